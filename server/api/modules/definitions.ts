/**
 * Options of modules, losses and optimizers as k values: read from positions, names and dictionaries by the tables of
 * rows, and printed back with or without those that stand at their default.
 */
import { encodeObject } from "../../../protocol/encode.js";
import * as k from "../../../protocol/make.js";
import { LONG_NULL } from "../../../protocol/types.js";
import { Dict, type K, List, Symbols, Vector } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";
import type { OptionValue } from "../../engine/index.js";
import { nameOf } from "../args/ktypes.js";
import { asFlag, asLong, asNumber, asSymbol, fail } from "../args/read.js";
import { show } from "../args/show.js";
import { plain, type Read, readValue } from "./option_values.js";
import { type OptionRow, type Plain, RANGES } from "./types/rows.js";

export type Pair = readonly [name: string, value: K];

/** What has options: a module, loss or optimizer type. */
export interface Shape {
  readonly name: string;
  readonly options: readonly OptionRow[];
  readonly refusal?: string;
  readonly refusesValues?: boolean;
}

/** Where definitions of modules, losses and optimizers differ: in how they say no. */
export interface Dialect {
  tooMany(shape: Shape, args: Arguments, most: number): string;
  unknown(shape: Shape, name: string): string;
  /** What the error for a value of another type says was expected; undefined: the usual. */
  expected?(option: OptionRow, named: boolean): string | undefined;
}

/** Arguments that follow the type's name. */
export interface Arguments {
  readonly positional: readonly K[];
  readonly pairs: readonly Pair[];
  /** How many items stand before the options, for messages. */
  readonly before: number;
  /** The whole definition, for messages. */
  readonly whole: K;
}

export type OptionValues = ReadonlyMap<string, Read>;

/**
 * Name-value pairs: a dictionary, a symbol list, (name;value;...) or a list of (name;value). Undefined for other values.
 * @throws KError when names and values do not come in pairs
 */
export function pairsOf(x: K): readonly Pair[] | undefined {
  if (x instanceof Dict) {
    if (!(x.keys instanceof Symbols))
      return fail(`name,value dictionary expects symbol keys, given ${nameOf(x.keys)}`);
    return x.keys.names.map((name, i) => [name, k.at(x.values, i)]);
  }
  if (x instanceof Symbols) {
    if (x.count % 2 !== 0) fail(`uneven no. of symbols for name,value pairs: ${show(x)}`);
    return evenly(x.names.map(k.symbol));
  }
  if (!(x instanceof List) || x.count === 0) return undefined;
  const first = x.items[0]!;
  if (asSymbol(first) !== undefined) {
    if (x.count % 2 !== 0) fail(`uneven no. of elements for name,value pairs in list: ${show(x)}`);
    return evenly(x.items);
  }
  if (!startsWithName(first)) return undefined;
  return x.items.map((item, i) => {
    const items = item instanceof Symbols ? item.names.map(k.symbol) : item instanceof List ? item.items : [];
    const name = asSymbol(items[0]);
    if (items.length !== 2 || name === undefined)
      return fail(`name,value pair[${i}] is not a pair: ${show(item)}`);
    return [name, items[1]!];
  });
}

function startsWithName(x: K): boolean {
  if (x instanceof Symbols) return x.count > 0;
  return x instanceof List && x.count > 0 && asSymbol(x.items[0]) !== undefined;
}

function evenly(items: readonly K[]): readonly Pair[] {
  const pairs: Pair[] = [];
  for (let i = 0; i < items.length; i += 2) {
    const name = asSymbol(items[i]);
    if (name === undefined) return fail(`expected a symbol as option name, given ${nameOf(items[i]!)}`);
    pairs.push([name, items[i + 1]!]);
  }
  return pairs;
}

/**
 * Splits a definition's items from `before` on into positions and the pairs that may end them.
 * @param whole the definition; a symbol list has positions only
 */
export function splitArguments(items: readonly K[], before: number, whole: K): Arguments {
  const rest = items.slice(before);
  const pairs = whole instanceof Symbols || rest.length === 0 ? undefined : pairsOf(rest.at(-1)!);
  return {
    positional: pairs === undefined ? rest : rest.slice(0, -1),
    pairs: pairs ?? [],
    before,
    whole,
  };
}

/**
 * Reads the options of a type; those not given take their value from `base`, else their default.
 * @throws KError with the k api's text for what is unknown, of a wrong type, too many or missing
 */
export function readOptions(
  shape: Shape,
  args: Arguments,
  dialect: Dialect,
  base?: OptionValues,
): OptionValues {
  const given = new Map<string, Read>();
  const places = shape.options.filter((option) => option.named !== true);
  const { positional } = args;
  const most = places.length - (endsWithSymbol(places) ? 1 : 0);
  const counted = most < places.length && asSymbol(positional.at(-1)) !== undefined ? 1 : 0;
  if (positional.length - counted > most) fail(dialect.tooMany(shape, args, most));
  positional.forEach((x, i) => {
    const option = placeOf(places, positional, i);
    const listed = args.whole instanceof Symbols ? nameOf(args.whole) : undefined;
    if (isSkipped(option, x)) return;
    const refusal = option.refusal ?? (shape.refusesValues === true ? shape.refusal : undefined);
    const expected = dialect.expected?.(option, false);
    given.set(option.name, readValue(shape.name, option, x, { listed, refusal, expected }));
  });
  for (const [name, x] of args.pairs) {
    const option = shape.options.find((row) => row.name === name);
    if (option === undefined) return fail(dialect.unknown(shape, name));
    if (!isSkipped(option, x))
      given.set(name, readValue(shape.name, option, x, { expected: dialect.expected?.(option, true) }));
  }
  return complete(shape, given, base);
}

/** The last option is a trailing symbol (a reduction): it takes the last position where that is a symbol, and no other. */
function endsWithSymbol(places: readonly OptionRow[]): boolean {
  const last = places.at(-1);
  return places.length > 1 && last?.type === "symbol" && last.trailing === true;
}

/**
 * A value at the end that is none for its place stands for a later option of its type which may be `trailing`, whatever
 * was left out before it: a reduction, a mode, an in-place flag.
 */
function placeOf(places: readonly OptionRow[], positional: readonly K[], i: number): OptionRow {
  const option = places[i]!;
  const x = positional[i]!;
  if (i !== positional.length - 1 || suits(option, x)) return option;
  return places.find((row, j) => j > i && row.trailing === true && suits(row, x)) ?? option;
}

/** Whether a value is of the kind that an option takes. */
function suits({ type }: OptionRow, x: K): boolean {
  switch (type) {
    case "padding":
    case "inner":
      return true;
    case "symbol":
    case "dtype":
      return asSymbol(x) !== undefined;
    case "bool":
      return asFlag(x) !== undefined;
    case "double":
      return asNumber(x) !== undefined;
    case "long":
      return asLong(x) !== undefined;
    default:
      return asSymbol(x) === undefined && asFlag(x) === undefined;
  }
}

/** `()` and `::` where a value may be left out. */
function isSkipped(option: OptionRow, x: K): boolean {
  const empty = (x instanceof List && x.count === 0) || show(x) === "::";
  return empty && (option.type === "tensor" || Array.isArray(option.fallback));
}

function complete(shape: Shape, given: ReadonlyMap<string, Read>, base?: OptionValues): OptionValues {
  const values = new Map<string, Read>();
  for (const option of shape.options) {
    let read = given.get(option.name) ?? base?.get(option.name);
    if (read === undefined && option.like !== undefined) read = values.get(option.like);
    if (read === undefined && option.fallback !== undefined) read = plain(option, option.fallback);
    if (read === undefined || (option.missing !== undefined && isNoCount(option, read.value)))
      return fail(`${shape.name}: ${option.missing ?? `no ${option.name} given`}`);
    checkRange(shape, option, read.value);
    values.set(option.name, read);
  }
  return values;
}

function checkRange(
  { name }: Shape,
  { name: option, range = "any", fallback, nulls }: OptionRow,
  value: OptionValue,
): void {
  const values = Array.isArray(value) ? value : [value];
  const [least, most] = RANGES[range];
  for (const each of values) {
    if (isNone(each) && nulls !== true && (each !== value || !hasNone(fallback)))
      fail(`${name} ${option}: expected a number, given null`);
    if (typeof each !== "bigint" || isNone(each)) continue;
    if (each < least) fail(`${name} ${option}: expected at least ${least}, given ${each}`);
    if (each > most) fail(`${name} ${option}: expected at most ${most}, given ${each}`);
  }
}

const isNone = (x: OptionValue): boolean => x === null || x === LONG_NULL || Number.isNaN(x);

/** Whether a default says that nothing is given. */
const hasNone = (fallback: Plain | undefined): boolean => fallback === null || Array.isArray(fallback);

/** Of something counted, fewer than there can be. */
const isNoCount = ({ type, range }: OptionRow, x: OptionValue): boolean =>
  type === "long" &&
  (range === "count" || range === "repeats") &&
  !(typeof x === "bigint" && x >= RANGES[range][0]);

// printing -----------------------------------------------------------------------------------------------------

/** names!values with the values side by side as q has them. */
export function dictionary(names: readonly string[], values: readonly K[]): Dict {
  return new Dict(k.symbols(names), k.collapse(values));
}

/** All options of a type, in the table's order; those that are printed only when given are left out. */
export function printed(shape: Shape, values: OptionValues): Dict {
  const rows = shape.options.filter(
    (option) => option.hidden !== true || values.get(option.name)!.value !== null,
  );
  return dictionary(
    rows.map((option) => option.name),
    rows.map((option) => values.get(option.name)!.shown),
  );
}

export function engineOptions(values: OptionValues): Record<string, OptionValue> {
  const options: Record<string, OptionValue> = {};
  for (const [name, { value }] of values) options[name] = value;
  return options;
}

/** Without the options that stand at their default. */
export function notDefault(shape: Shape, options: Dict): Dict {
  const names = (options.keys as Symbols).names;
  const all = new Map(names.map((name, i) => [name, k.at(options.values, i)]));
  const kept = names.filter((name) => {
    const option = shape.options.find((row) => row.name === name);
    if (option === undefined || option.shown === true) return true;
    const usual = option.like === undefined ? fallbackOf(option) : all.get(option.like);
    return usual === undefined || !sameK(usual, all.get(name)!);
  });
  return dictionary(
    kept,
    kept.map((name) => all.get(name)!),
  );
}

const fallbackOf = (option: OptionRow): K | undefined =>
  option.fallback === undefined ? undefined : plain(option, option.fallback).shown;

const sameK = (a: K, b: K): boolean => Buffer.compare(encodeObject(a), encodeObject(b)) === 0;

/** The options as `help` shows them. */
export function exampleOptions(shape: Shape): Dict {
  const rows = shape.options.filter((option) => option.hidden !== true || option.example !== undefined);
  return dictionary(
    rows.map((option) => option.name),
    rows.map((option) => option.exampleK ?? plain(option, option.example ?? option.fallback ?? null).shown),
  );
}

/** Whether a value is a list that can hold handles, looked into no further than needed. */
export const mayHoldHandles = (x: K): x is List =>
  x instanceof List && x.count > 0 && asHandle(x) === undefined && !(x.items[0] instanceof Vector);
