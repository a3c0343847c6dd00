/** A k argument taken apart by an operator's row: which form it has, its inputs, options and output. */

import * as k from "../../../protocol/make.js";
import { Atom, type K, List, TYPE, Vector } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";
import type { Handle } from "../../engine/index.js";
import { isArrayOf, isTensorType } from "../args/arrays.js";
import type { OperatorArgs } from "../args/invoke.js";
import { nameOf } from "../args/ktypes.js";
import { describe, fail, resolve, scalarOf } from "../args/read.js";
import type { Call } from "../call.js";
import { type Form, formText, type Input, isInput, type OperatorRow, type Words } from "./forms.js";
import { isNothing, isNumber, type Option } from "./options.js";

export interface Reading {
  readonly form: Form;
  readonly items: readonly K[];
  /** The items are those of a simple list: tensors of no dimensions and of one type, none a number by itself. */
  readonly spread: boolean;
  readonly inputs: readonly K[];
  /** Options by ATen's names. */
  readonly options: OperatorArgs;
  /** A tensor or vector that takes the result. */
  readonly output: Handle | undefined;
  readonly inplace: boolean;
}

/** A call as its row reads it, ready for the operator. */
export interface Prepared extends Reading {
  readonly args: OperatorArgs;
  /** Whether results are handles. */
  readonly asHandle: boolean;
}

const mostOf = ({ forms }: OperatorRow): number => Math.max(...forms.map((form) => form.most));
const leastOf = ({ forms }: OperatorRow): number => Math.min(...forms.map((form) => form.least));

/** An error of the row, in its words. @param n how many arguments there are, of which `items` may be the first */
function refuse(
  call: Call,
  row: OperatorRow,
  which: keyof Words,
  x: K,
  items: readonly K[] = [],
  n = items.length,
): never {
  const type = (item: K | undefined): string =>
    describe(call, x instanceof List && item !== undefined ? item : x);
  const known: Readonly<Record<string, () => string | number>> = {
    who: () => row.who,
    form: () => formText(row),
    most: () => mostOf(row),
    least: () => leastOf(row),
    n: () => n,
    type: () => type(undefined),
    last: () => type(items.at(-1)),
  };
  const word = row.words[which]!;
  const text = typeof word === "string" ? word : word({ items, n, type: (at) => type(items[at]) });
  return fail(text.replaceAll(/\{(\w+)\}/g, (all, name: string) => String(known[name]?.() ?? all)));
}

interface Arguments extends Pick<Reading, "items" | "spread"> {
  /** How many there are: of more than any form takes, `items` are the first. */
  readonly n: number;
}

const given = (items: readonly K[], n = items.length): Arguments => ({ items, spread: false, n });

/** The arguments in a k value. Of a long list no more is looked at than tells that no form takes as many. */
function argumentsIn(call: Call, row: OperatorRow, x: K): Arguments {
  const { list, refuses } = row;
  const tooMany = mostOf(row) + 2; // one more is the place of an output that a form has not
  if (asHandle(x) !== undefined) return given([x]);
  if (x instanceof List)
    return list === "array" && isOneArray(row, x) ? given([x]) : given(x.head(tooMany), x.count);
  const vector = x instanceof Vector && isTensorType(x.type);
  if ((list === "array" || list === "simple") && (refuses === "nothing" || (refuses === "atoms" && vector)))
    return given([x]);
  if (list !== "pair" || x instanceof Atom) return refuse(call, row, "refused", x);
  if (!vector) return fail(`no torch type found for k: ${nameOf(x)}`);
  const items = Array.from({ length: Math.min(x.count, tooMany) }, (_, i) => k.at(x, i));
  return { items, spread: true, n: x.count };
}

/** Without options only an output can follow the input: any other list is an array, or what is refused as one. */
function isOneArray(row: OperatorRow, x: List): boolean {
  const { forms } = row;
  if (forms.some(({ options }) => options.length > 0)) return isArrayOf(x, mostOf(row));
  if (x.count !== 2 || forms.every(({ output, inplace }) => (output ?? inplace) === undefined)) return true;
  const [first, last] = x.items as [K, K];
  return asHandle(last) === undefined && !(isNothing(last) && asHandle(first) !== undefined);
}

/**
 * @param apart the arguments, where a caller has them apart
 * @throws KError in the words of the row where no form fits
 */
export function readForms(call: Call, row: OperatorRow, x: K, apart?: readonly K[]): Reading {
  const { items, spread, n } = apart === undefined ? argumentsIn(call, row, x) : given(apart);
  const { forms, words } = row;
  for (const form of forms) {
    const found = readForm(call, form, items, spread);
    if (found !== undefined) return found;
  }
  if (spread) return refuse(call, row, words.simple === undefined ? "count" : "simple", x, items, n);
  if (n < leastOf(row) || n > mostOf(row)) {
    if (x instanceof Atom) return refuse(call, row, "refused", x, items);
    return refuse(call, row, n < leastOf(row) && words.few !== undefined ? "few" : "count", x, items, n);
  }
  const missed = forms.length === 1 ? missing(forms[0]!, items) : undefined;
  return missed?.refusal === undefined
    ? refuse(call, row, "wrong", x, items, n)
    : fail(`${row.who}: ${missed.refusal}, given ${describe(call, items[at(forms[0]!, missed)]!)}`);
}

/** Where an option stands, when all before it are given. */
const at = (form: Form, option: Option): number => form.args.indexOf(option);

/** The first required option that is of another type. */
const missing = (form: Form, items: readonly K[]): Option | undefined =>
  form.options.find((option) => {
    const item = items[at(form, option)];
    return option.required && item !== undefined && option.read(item) === undefined;
  });

/** The reading by one form; undefined where the items do not fit it. */
export function readForm(call: Call, form: Form, items: readonly K[], spread = false): Reading | undefined {
  if (items.length < form.least || items.length > form.most) {
    // `::` in the output's place of a form that has none
    if (items.length !== form.most + 1 || form.inplace === undefined) return undefined;
  }
  let rest = items;
  const last = items.length > form.least ? items.at(-1) : undefined;
  const output = last === undefined || form.output === undefined ? undefined : outputOf(call, form, last);
  const inplace = output === undefined && form.inplace !== undefined && last !== undefined && isNothing(last);
  if (output !== undefined || inplace) rest = rest.slice(0, -1);
  const inputs: K[] = [];
  const options: Record<string, OperatorArgs[string]> = {};
  for (const argument of form.args) {
    const item = rest[0];
    if (isInput(argument)) {
      if (item === undefined || !suits(item, argument, spread)) return undefined;
      inputs.push(item);
      rest = rest.slice(1);
      continue;
    }
    const value = item === undefined ? undefined : argument.read(spread ? asNumberAtom(item) : item);
    if (value !== undefined) rest = rest.slice(1);
    else if (argument.required) return undefined;
    const known = value === undefined ? argument.fallback : value;
    if (known !== undefined) options[argument.aten] = known;
  }
  return rest.length > 0 ? undefined : { form, items, spread, inputs, options, output, inplace };
}

const SMALL: readonly number[] = [-TYPE.boolean, -TYPE.byte, -TYPE.char];

/** An item of a simple list as an option: booleans, bytes and chars are numbers there. */
const asNumberAtom = (x: K): K => (SMALL.includes(x.type) ? k.long(BigInt(scalarOf(x)!)) : x);

function suits(item: K, { only }: Input, spread: boolean): boolean {
  switch (only) {
    case "atom":
      return item instanceof Atom;
    case "number":
      return !spread && isNumber(item);
    case "scalar":
      return !spread && scalarOf(item) !== undefined;
    case "tensor":
      return spread || !isNumber(item);
    case "array":
      return !(item instanceof Atom);
    case "handle":
      return asHandle(item) !== undefined;
    case undefined:
      return true;
  }
}

function outputOf(call: Call, { output }: Form, x: K): Handle | undefined {
  const found = resolve(call, x);
  return found?.kind === (output === "vector" ? "vector" : "tensor") ? found.handle : undefined;
}
