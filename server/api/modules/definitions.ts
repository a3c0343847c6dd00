/**
 * Options of modules, losses and optimizers as k values: read from positions, names and dictionaries by the tables of
 * rows, and printed back with or without those that stand at their default.
 */
import { encodeObject } from "../../../protocol/encode.js";
import * as k from "../../../protocol/make.js";
import { LONG_NULL } from "../../../protocol/types.js";
import { Atom, Dict, type K, List, Symbols, TYPE, Vector } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";
import type { OptionValue } from "../../engine/index.js";
import { nameOf, typeName } from "../args/ktypes.js";
import { asFlag, asLong, asLongs, asNumber, asSymbol, encoded, fail } from "../args/read.js";
import { show } from "../args/show.js";
import { DTYPES } from "../args/tensor_options.js";
import type { OptionRow, Plain } from "./types/rows.js";

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
  /** @param known whether another type has an option of the name */
  unknown(shape: Shape, name: string): string;
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

/** An option's value, for the engine and as it is printed. */
export interface Read {
  readonly value: OptionValue;
  readonly shown: K;
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
    given.set(option.name, readValue(shape.name, option, x, listed, refusal));
  });
  for (const [name, x] of args.pairs) {
    const option = shape.options.find((row) => row.name === name);
    if (option === undefined) return fail(dialect.unknown(shape, name));
    if (!isSkipped(option, x)) given.set(name, readValue(shape.name, option, x));
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
    if (read === undefined || (option.positive === true && !isPositive(read.value)))
      return fail(`${shape.name}: ${option.missing ?? `no ${option.name} given`}`);
    checkRange(shape, option, read.value);
    values.set(option.name, read);
  }
  return values;
}

function checkRange(
  { name }: Shape,
  { name: option, least, most, fallback, nulls }: OptionRow,
  value: OptionValue,
): void {
  const values = Array.isArray(value) ? value : [value];
  for (const each of values) {
    if (each === null && nulls !== true && !(values.length === 1 && hasNone(fallback)))
      fail(`${name} ${option}: expected a number, given null`);
    if (typeof each !== "bigint") continue;
    if (least !== undefined && each < least)
      fail(`${name} ${option}: expected at least ${least}, given ${each}`);
    if (most !== undefined && each > most) fail(`${name} ${option}: expected at most ${most}, given ${each}`);
  }
}

/** Whether a default says that nothing is given. */
const hasNone = (fallback: Plain | undefined): boolean => fallback === null || Array.isArray(fallback);

const isPositive = (x: OptionValue): boolean => typeof x === "bigint" && x > 0n;

// one value ----------------------------------------------------------------------------------------------------

/**
 * @param listed what the message calls the value, when it came out of a list
 * @param refusal the whole of the message after the type's name
 */
function readValue(type: string, option: OptionRow, x: K, listed?: string, refusal?: string): Read {
  const refuse = (expected: string): never =>
    fail(
      refusal === undefined
        ? `${type} ${option.name}: ${expected}, given ${listed ?? nameOf(x)}`
        : `${type}: ${refusal}`,
    );
  switch (option.type) {
    case "long": {
      const value = asLong(x);
      return value === undefined ? refuse("expected long scalar") : longRead(value);
    }
    case "double": {
      const value = asNumber(x);
      return value === undefined ? refuse("expected double") : doubleRead(Number(value), x);
    }
    case "bool": {
      const value = asFlag(x);
      return value === undefined ? refuse("expected boolean scalar") : { value, shown: k.boolean(value) };
    }
    case "symbol": {
      const value = asSymbol(x);
      return value === undefined ? refuse("expected symbol") : symbolRead(type, option, value);
    }
    case "dtype": {
      const value = asSymbol(x);
      return value === undefined ? refuse("expected symbol") : dtypeRead(value);
    }
    case "padding": {
      const value = asSymbol(x);
      return value === undefined ? readSize(type, option, x, refuse) : symbolRead(type, option, value);
    }
    case "size":
      return readSize(type, option, x, refuse);
    case "ratio":
    case "doubles": {
      const value = asDoubles(x);
      if (value === undefined) return refuse("expected double(s)");
      return option.count === undefined ? { value, shown: x } : spreadOut(type, option, value, x);
    }
    case "longs":
    case "shape": {
      const value = asLongs(x);
      if (value === undefined) return refuse("expected long(s)");
      return { value, shown: option.type === "shape" ? k.longs(value) : x };
    }
    case "indices": {
      const value = asLongs(x);
      return value === undefined
        ? fail(`${type} ${option.name}: long(s) expected, given ${plural(x)}`)
        : { value, shown: x };
    }
    case "tensor":
      return asHandle(x) === undefined
        ? { value: encoded(x), shown: x }
        : fail(`${type} ${option.name}: expected array or tensor, given object`);
  }
}

const longRead = (x: bigint): Read => ({ value: x === LONG_NULL ? null : x, shown: k.long(x) });

function doubleRead(value: number, x?: K): Read {
  const none = Number.isNaN(value) || (x instanceof Atom && x.value === LONG_NULL);
  return { value: none ? null : value, shown: k.float(none ? Number.NaN : value) };
}

/** The empty symbol is none. */
function dtypeRead(value: string): Read {
  if (value !== "" && !(DTYPES as readonly string[]).includes(value))
    fail(`unrecognized data type: ${value}`);
  return { value: value === "" ? null : value, shown: k.symbol(value) };
}

function symbolRead(type: string, option: OptionRow, value: string): Read {
  if (option.symbols !== undefined && !option.symbols.includes(value)) {
    if (option.type === "padding") fail(`${type}: unrecognized padding: ${value}`);
    if (option.unknown !== undefined) fail(`${option.unknown}: ${value}`);
    fail(`${type} ${option.name}:${value} is not one of ${option.symbols.join(",")}`);
  }
  return { value, shown: k.symbol(value) };
}

function readSize(type: string, option: OptionRow, x: K, refuse: (expected: string) => never): Read {
  const value = asLongs(x);
  return value === undefined ? refuse("expected long(s)") : spreadOut(type, option, value, x);
}

/** One number serves all dimensions; equal numbers are printed as one. */
function spreadOut<T extends bigint | number>(type: string, option: OptionRow, values: T[], x: K): Read {
  const { count } = option;
  if (values.length !== count && !(values.length === 1 && !(count === undefined)))
    return fail(
      `${type} ${option.name}: expected scalar or ${count}-element input, given ${values.length}-element list`,
    );
  const all = values.length === 1 ? new Array<T>(count!).fill(values[0]!) : values;
  const value = engineSize(option, all.map(orNull));
  if (all.some((each) => each !== all[0])) return { value, shown: x };
  const one = all[0]!;
  if (option.type === "ratio") return { value, shown: k.floats(all as number[]) };
  return { value, shown: k.long(one as bigint) };
}

const engineSize = ({ type, count }: OptionRow, all: (bigint | number | null)[]): OptionValue =>
  type === "size" && count === 1 ? all[0]! : all;

const orNull = (x: bigint | number): bigint | number | null => (x === LONG_NULL ? null : x);

function asDoubles(x: K): number[] | undefined {
  if (x instanceof Vector) {
    if (x.type !== TYPE.float && x.type !== TYPE.real && x.type !== TYPE.long) return undefined;
    return Array.from(k.items(x) as ArrayLike<number | bigint>, Number);
  }
  const one = asNumber(x);
  return one === undefined ? undefined : [Number(one)];
}

/** "double(s)" for a double or a list of them. */
function plural(x: K): string {
  const type = Math.abs(x.type);
  return type > 0 && type < 20 ? `${typeName(-type).replace(" scalar", "")}(s)` : nameOf(x);
}

/** A value of the tables. */
export function plain(option: OptionRow, x: Plain): Read {
  if (Array.isArray(x)) return plainList(option, x as readonly number[]);
  if (typeof x === "boolean") return { value: x, shown: k.boolean(x) };
  if (typeof x === "string") return { value: x, shown: k.symbol(x) };
  if (x === null) return { value: null, shown: NULLS[option.type] ?? k.NULL };
  const number = x as number;
  switch (option.type) {
    case "double":
    case "doubles":
      return { value: number, shown: k.float(number) };
    case "size":
    case "padding":
      return {
        value: engineSize(option, new Array<bigint>(option.count!).fill(BigInt(number))),
        shown: k.long(number),
      };
    default:
      return { value: BigInt(number), shown: k.long(number) };
  }
}

const NULLS: Partial<Record<OptionRow["type"], K>> = {
  long: k.long(LONG_NULL),
  double: k.float(Number.NaN),
  dtype: k.symbol(""),
};

function plainList(option: OptionRow, xs: readonly number[]): Read {
  if (xs.length === 0) return { value: null, shown: k.EMPTY };
  const floating = option.type === "ratio" || option.type === "doubles" || option.type === "tensor";
  if (floating) return { value: [...xs], shown: k.floats(xs) };
  return { value: xs.map(BigInt), shown: k.longs(xs) };
}

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
    rows.map((option) => plain(option, option.example ?? option.fallback ?? null).shown),
  );
}

/** Whether a value is a list that can hold handles, looked into no further than needed. */
export const mayHoldHandles = (x: K): x is List =>
  x instanceof List && x.count > 0 && asHandle(x) === undefined && !(x.items[0] instanceof Vector);
