/**
 * The shape of an operator's row (DESIGN, decision 7). A function is a list of forms, as its documentation lists them; a
 * form names its arguments in order and the ATen operator, whose other arguments take the schema's defaults.
 */
import type { K } from "../../../protocol/values.js";
import type { Soon } from "../../engine/index.js";
import type { OperatorArgs } from "../args/invoke.js";
import type { Call } from "../call.js";
import type { Option } from "./options.js";

/** A tensor argument: an array, an atom or a handle. */
export interface Input {
  readonly name: string;
  readonly aten: string;
  /** A number here is weaker than any tensor in type promotion, as a Python number is. */
  readonly weak: boolean;
  /** A number here is a long or a double of no dimensions, whatever its own type. */
  readonly wide: boolean;
  /** An array, tensor or vector, or a list of them, for ATen's lists of tensors. */
  readonly several: boolean;
  /**
   * `number`: an atom of a number, no boolean, byte or char; `tensor`: anything else; `scalar`: an atom of a number,
   * boolean, byte or char; `array`: anything but an atom.
   */
  readonly only: "atom" | "number" | "scalar" | "tensor" | "array" | "handle" | undefined;
}

export const input = (name: string, aten: string, rest: Partial<Input> = {}): Input => ({
  name,
  aten,
  weak: false,
  wide: false,
  several: false,
  only: undefined,
  ...rest,
});

/** The first input, and the second. */
export const x = input("x", "self");
export const y = input("y", "other");

export interface Form {
  /** In the order in which they are given. */
  readonly args: readonly Argument[];
  readonly inputs: readonly Input[];
  readonly options: readonly Option[];
  /** How many arguments it takes at least, and at most. */
  readonly least: number;
  readonly most: number;
  /** With the overload behind a dot: "sort.stable". */
  readonly operator: string;
  /** What the output may be: a tensor that `operator` writes, or a vector that takes the results. */
  readonly output: { readonly operator: string } | "vector" | undefined;
  /** The operator for `::` or () in the output's place. */
  readonly inplace: string | undefined;
  /** Arguments that no option gives, or that are made of options with names of their own. */
  readonly derive: Derive;
  /** What must be done with the arguments first; handles that it makes end with the call. */
  readonly before: Before | undefined;
  /** Which of the operator's results are given, by number, in this order; all of them where nothing is said. */
  readonly results: ((options: OperatorArgs) => readonly number[]) | undefined;
  /** Results of one shape are given as one tensor, with a dimension in front. */
  readonly stacked: boolean;
}

/**
 * Options as given to ATen's arguments: the same object, or a new one for each call, to which the inputs are added.
 * @throws KError for values that do not go together
 */
export type Derive = (options: OperatorArgs) => OperatorArgs;
export type Before = (call: Call, args: OperatorArgs) => Soon<OperatorArgs>;

export type Argument = Input | Option;

export const isInput = (argument: Argument): argument is Input => "several" in argument;

/** How a form ends: `out` and `inplace` are overloads of the same operator, or operators where they hold a dot. */
export interface Ending {
  readonly out?: string;
  readonly inplace?: string | true;
  readonly derive?: Derive;
  readonly before?: Before | undefined;
  readonly results?: (options: OperatorArgs) => readonly number[];
  readonly stacked?: true;
}

/** @param operator with the overload behind a dot */
export function form(args: readonly Argument[], operator: string, ending: Ending = {}): Form {
  const [base, overload] = operator.split(".", 2);
  const { out, inplace, derive = (options) => options, before, results, stacked = false } = ending;
  return {
    args,
    inputs: args.filter(isInput),
    options: args.filter((argument): argument is Option => !isInput(argument)),
    least: args.filter((argument) => isInput(argument) || argument.required).length,
    most: args.length + (out === undefined ? 0 : 1),
    operator,
    output:
      out === undefined
        ? undefined
        : out === "vector"
          ? "vector"
          : { operator: out.includes(".") ? out : `${base}.${out}` },
    inplace:
      inplace === true ? `${base}_${overload === undefined ? "" : `.${overload}`}` : (inplace ?? undefined),
    derive,
    before,
    results,
    stacked,
  };
}

/** What was given where no form fits. */
export interface Given {
  /** The first of them, where there are many. */
  readonly items: readonly K[];
  readonly n: number;
  /** What errors call the argument at a position, from 0. */
  type(at: number): string;
}

/**
 * The text of an error, or what tells it from the arguments. Filled in are {who}, {form} (the longest), {least}, {most},
 * {n} (arguments given), {type} (of all that was given) and {last} (the type of the last argument).
 */
export type Word = string | ((given: Given) => string);

export interface Words {
  /** For an atom or simple list where arguments are expected. */
  readonly refused: Word;
  /** Too few or too many arguments. */
  readonly count: Word;
  /** Too few, where that is said in other words. */
  readonly few?: Word;
  /** A simple list whose items are the arguments and fit no form, where that is said in other words. */
  readonly simple?: Word;
  /** Arguments that fit no form. */
  readonly wrong: Word;
}

/** The same words wherever no form fits. */
export const always = (text: Word): Words => ({ refused: text, count: text, wrong: text });

export interface OperatorRow {
  readonly name: string;
  /** The documentation page. */
  readonly page: string;
  /** What errors call the function. */
  readonly who: string;
  readonly forms: readonly Form[];
  /**
   * Whether a list is one array or the arguments. `array`: one array where its first items have one type and size, as
   * ktorch decides; `args`: always arguments; `pair`: arguments, and a simple list's items are arguments too; `simple`:
   * a simple list is one array, a general one the arguments.
   */
  readonly list: "array" | "args" | "pair" | "simple";
  /** What is refused although it could be read as one array: atoms, or simple lists too. */
  readonly refuses: "nothing" | "atoms" | "simple";
  /** `result`: a k value, or a handle where an input (`first`: the first) is a tensor; `handle`: always; `value`: never. */
  readonly gives: "result" | "first" | "handle" | "value";
  /** What is answered for k input changed in place: the array, nothing, or an error, as no tensor was changed. */
  readonly inplaceK: "array" | "null" | "refused";
  readonly words: Words;
  /** One sentence, for functions that no documentation but ours describes; and a call with what it gives, in q. */
  readonly help: string | undefined;
  readonly example: readonly [call: string, result: string] | undefined;
  /** What values libtorch must be guarded from; the text of the error. */
  readonly guard: ((args: OperatorArgs) => string | undefined) | undefined;
}

const ARRAY_WORDS: Words = {
  refused: "{who}: not implemented for {type}",
  count: "{who}: expecting up to {most} args, ({form}), given {n}",
  wrong: "{who}: unrecognized args, expecting up to {most}, ({form})",
};
const LIST_WORDS: Words = {
  refused: "{who}: not implemented for {type}",
  count: "{who}: expecting {least}-{most} args, ({form}), given {n}",
  wrong: "{who}: unrecognized arg(s), expecting {least}-{most} args, ({form})",
};

/** What a row may say besides its name and forms. */
export type Extra = Partial<Omit<OperatorRow, "name" | "page" | "forms" | "words">> & {
  readonly words?: Partial<Words>;
};

/** A function of a page. */
export function fn(
  page: string,
  name: string,
  forms: Form | readonly Form[],
  extra: Extra = {},
): OperatorRow {
  const all = Array.isArray(forms) ? (forms as readonly Form[]) : [forms as Form];
  const list = extra.list ?? (all[0]!.inputs.length > 1 ? "pair" : "array");
  return {
    name,
    page,
    who: name,
    forms: all,
    list,
    refuses: "nothing",
    gives: "result",
    inplaceK: "refused",
    guard: undefined,
    help: undefined,
    example: undefined,
    ...extra,
    words: { ...(list === "array" || list === "simple" ? ARRAY_WORDS : LIST_WORDS), ...extra.words },
  };
}

/** The names of a form's arguments, its output's last. */
export const argumentNames = ({ args, output }: Form): string[] => [
  ...args.map(({ name }) => name),
  ...(output === undefined ? [] : ["output"]),
];

/** The longest form in words: "input;dim;keepdim;output". */
export function formText({ forms, list }: OperatorRow): string {
  const names = argumentNames(forms.reduce((a, b) => (b.most > a.most ? b : a)));
  if (list === "array") names[0] = "input";
  return names.join(";");
}
