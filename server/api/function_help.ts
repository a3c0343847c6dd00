/** What `help` says of a function: its page, how many arguments it takes, its forms, one call. */
import * as k from "../../protocol/make.js";
import type { Dict, K } from "../../protocol/values.js";
import { nearest } from "../language/text/nearest.js";
import { fail } from "./args/read.js";
import type { ApiFunction, Topic } from "./call.js";
import { EXAMPLES, FORMS } from "./function_forms.js";
import { type Form, isInput, type OperatorRow } from "./math/forms.js";
import { OPERATORS } from "./math/index.js";

const ROWS: ReadonlyMap<string, OperatorRow> = new Map(OPERATORS.map((row) => [row.name, row]));

interface Described {
  /** Calls with arguments by name, `?` behind those that may be left out; none where nothing is written of them. */
  readonly forms: readonly string[];
  /** A call, after the lines of SET_UP; empty where there is none. */
  readonly example: string;
}

/** A form's arguments as the function is called with them. */
const asCall = (name: string, form: string): string => (form === "" ? `${name}[]` : `${name}(${form})`);

/** A form of an operator: "dim?", "output?" may be left out. */
function formOf({ args, output }: Form): string {
  const names = args.map((each) => (isInput(each) || each.required ? each.name : `${each.name}?`));
  return [...names, ...(output === undefined ? [] : ["output?"])].join(";");
}

/** The call with what must be given, where that is tensors alone. */
function plainCall({ name, forms }: OperatorRow): string {
  const { inputs, options } = forms[0]!;
  if (options.some(({ required }) => required)) return "";
  return inputs.length === 1 ? `${name} x` : `${name}(${inputs.map(() => "x").join(";")})`;
}

const formsIn = (name: string, forms: string): string[] =>
  forms.split("|").map((form) => asCall(name, form.trim()));

export function described(name: string, about?: ApiFunction["about"]): Described {
  if (about !== undefined) return { forms: formsIn(name, about.forms), example: about.example };
  const row = ROWS.get(name);
  if (row !== undefined)
    return {
      forms: [...new Set(row.forms.map((form) => asCall(name, formOf(form))))],
      example: row.example?.[0] ?? EXAMPLES[name] ?? plainCall(row),
    };
  if (!Object.hasOwn(FORMS, name)) return { forms: [], example: "" };
  const [forms, example] = FORMS[name]!;
  return { forms: formsIn(name, forms), example };
}

const KEYS = ["function", "page", "args", "forms", "help", "example"];

function fields({ name, page, rank, about }: ApiFunction): K[] {
  const { forms, example } = described(name, about);
  return [
    k.symbol(name),
    k.symbol(page),
    k.long(rank),
    k.list(forms.map(k.chars)),
    k.chars(about?.help ?? ROWS.get(name)?.help ?? ""),
    k.chars(example),
  ];
}

function functionHelp(f: ApiFunction): Dict {
  const options = f.about?.options;
  return options === undefined
    ? k.dict(k.symbols(KEYS), k.list(fields(f)))
    : k.dict(k.symbols([...KEYS, "options"]), k.list([...fields(f), options]));
}

/** All of them, by page. */
export function functionTable(functions: Topic): K {
  const place = ({ page, name }: ApiFunction): string => `${page} ${name}`;
  const rows = [...functions].sort((a, b) => (place(a) < place(b) ? -1 : 1)).map(fields);
  return k.table(
    KEYS,
    KEYS.map((_, i) => k.collapse(rows.map((row) => row[i]!))),
  );
}

/**
 * @param others what else there is help on
 * @throws KError that names what was meant, where something is spelt nearly so
 */
export function helpOnFunction(functions: Topic, name: string, others: readonly string[]): Dict {
  const found = functions.find((f) => f.name === name);
  if (found !== undefined) return functionHelp(found);
  const meant = nearest(name, [...functions.map((f) => f.name), ...others]);
  return fail(`help: help topic, \`${name}${meant === undefined ? "" : ` (did you mean \`${meant}?)`}`);
}
