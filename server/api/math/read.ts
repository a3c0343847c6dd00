/** A k argument taken apart by an operator's row: which form it has, its inputs, options and output. */

import * as k from "../../../protocol/make.js";
import { Atom, type K, List, Symbols, Vector } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";
import type { Handle } from "../../engine/index.js";
import { isArrayOf } from "../args/arrays.js";
import type { OperatorArgs } from "../args/invoke.js";
import { describe, fail, resolve } from "../args/read.js";
import type { Call } from "../call.js";
import { type Form, formText, type Input, least, most, type OperatorRow, type Words } from "./forms.js";
import { isNothing, type Option } from "./options.js";

export interface Reading {
  readonly form: Form;
  readonly items: readonly K[];
  readonly inputs: readonly K[];
  /** Options by ATen's names. */
  readonly options: OperatorArgs;
  /** A tensor or vector that takes the result. */
  readonly output: Handle | undefined;
  readonly inplace: boolean;
}

const mostOf = ({ forms }: OperatorRow): number => Math.max(...forms.map(most));
const leastOf = ({ forms }: OperatorRow): number => Math.min(...forms.map(least));

/** An error of the row, in its words. @param n how many arguments `x` is */
function refuse(call: Call, row: OperatorRow, which: keyof Words, x: K, n = 1): never {
  const known: Readonly<Record<string, () => string | number>> = {
    who: () => row.who,
    form: () => formText(row),
    most: () => mostOf(row),
    least: () => leastOf(row),
    n: () => n,
    type: () => describe(call, x),
    last: () => describe(call, x instanceof List && x.count > 0 ? x.items.at(-1)! : x),
  };
  return fail(row.words[which]!.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(known[name]!())));
}

/** The arguments in a k value. */
function itemsOf(call: Call, row: OperatorRow, x: K): readonly K[] {
  if (asHandle(x) !== undefined) return [x];
  if (x instanceof List) return row.list === "array" && isOneArray(row, x) ? [x] : x.items;
  const { list, refuses } = row;
  if (list === "array" && (refuses === "nothing" || (refuses === "atoms" && x instanceof Vector))) return [x];
  if (list === "pair" && (x instanceof Vector || x instanceof Symbols)) {
    if (x.count > mostOf(row)) return refuse(call, row, "count", x, x.count);
    return Array.from({ length: x.count }, (_, i) => k.at(x, i));
  }
  return refuse(call, row, "refused", x);
}

/** Without options only an output can follow the input: any other list is an array, or what is refused as one. */
function isOneArray(row: OperatorRow, x: List): boolean {
  const { forms } = row;
  if (forms.some(({ options }) => options.length > 0)) return isArrayOf(x, mostOf(row));
  const last = x.count === 2 ? x.items[1]! : undefined;
  if (last === undefined || asHandle(last) !== undefined) return last === undefined;
  return !isNothing(last) || forms.every(({ inplace }) => inplace === undefined);
}

/** @throws KError in the words of the row where no form fits */
export function readForms(call: Call, row: OperatorRow, x: K): Reading {
  const items = itemsOf(call, row, x);
  const { forms } = row;
  for (const form of forms) {
    const found = readForm(call, form, items);
    if (found !== undefined) return found;
  }
  const n = items.length;
  if (n < leastOf(row) || n > mostOf(row)) {
    if (x instanceof Atom) return refuse(call, row, "refused", x);
    const few = n < leastOf(row) && row.words.few !== undefined;
    return refuse(call, row, few ? "few" : "count", x, n);
  }
  const missed = forms.length === 1 ? missing(forms[0]!, items) : undefined;
  return missed?.refusal === undefined
    ? refuse(call, row, "wrong", x, n)
    : fail(`${row.who}: ${missed.refusal}, given ${describe(call, items[at(forms[0]!, missed)]!)}`);
}

/** Where a required option stands. */
const at = (form: Form, option: Option): number => form.inputs.length + form.options.indexOf(option);

/** The first required option that is of another type. */
const missing = (form: Form, items: readonly K[]): Option | undefined =>
  form.options.find((option) => {
    const item = items[at(form, option)];
    return option.required && item !== undefined && option.read(item) === undefined;
  });

/** The reading by one form; undefined where the items do not fit it. */
export function readForm(call: Call, form: Form, items: readonly K[]): Reading | undefined {
  if (items.length < least(form) || items.length > most(form)) {
    // `::` in the output's place of a form that has none
    if (items.length !== most(form) + 1 || form.inplace === undefined) return undefined;
  }
  const count = form.inputs.length;
  const inputs = items.slice(0, count);
  if (!inputs.every((item, i) => suits(item, form.inputs[i]!))) return undefined;
  let rest = items.slice(count);
  const last = rest.at(-1);
  const output = last === undefined || form.output === undefined ? undefined : outputOf(call, form, last);
  const inplace = output === undefined && form.inplace !== undefined && last !== undefined && isNothing(last);
  if (output !== undefined || inplace) rest = rest.slice(0, -1);
  const options: Record<string, OperatorArgs[string]> = {};
  for (const option of form.options) {
    const value = rest[0] === undefined ? undefined : option.read(rest[0]);
    if (value !== undefined) {
      options[option.aten] = value;
      rest = rest.slice(1);
    } else if (option.required) return undefined;
  }
  return rest.length > 0 ? undefined : { form, items, inputs, options, output, inplace };
}

const suits = (item: K, { only }: Input): boolean =>
  only === undefined || (only === "atom" ? item instanceof Atom : asHandle(item) !== undefined);

function outputOf(call: Call, { output }: Form, x: K): Handle | undefined {
  const found = resolve(call, x);
  return found?.kind === (output === "vector" ? "vector" : "tensor") ? found.handle : undefined;
}
