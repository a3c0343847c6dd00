/** One option's value: read from a k value by the type of its row, or taken from the tables. */
import * as k from "../../../protocol/make.js";
import { LONG_NULL } from "../../../protocol/types.js";
import { Atom, Dict, type K, TYPE, Vector } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";
import type { OptionValue } from "../../engine/index.js";
import { DTYPES } from "../args/dtypes.js";
import { nameOf, typeName } from "../args/ktypes.js";
import { asFlag, asLong, asLongs, asNumber, asSymbol, encoded, fail } from "../args/read.js";
import type { OptionRow, Plain } from "./types/rows.js";

/** An option's value, for the engine and as it is printed. */
export interface Read {
  readonly value: OptionValue;
  readonly shown: K;
}

/** How the error for a value of another type than the option's is worded. */
export interface Wording {
  /** What the message calls the value, when it came out of a list. */
  readonly listed?: string | undefined;
  /** The whole of the message after the type's name. */
  readonly refusal?: string | undefined;
  /** What was expected, where not the usual words say it. */
  readonly expected?: string | undefined;
}

export function readValue(
  type: string,
  option: OptionRow,
  x: K,
  { listed, refusal, expected }: Wording = {},
): Read {
  const refuse = (usual: string): never =>
    fail(
      refusal === undefined
        ? `${type} ${option.name}: ${expected ?? usual}, given ${listed ?? nameOf(x)}`
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
    case "inner":
      return { value: option.of === undefined ? null : innerValue(x), shown: x };
  }
}

const longRead = (x: bigint): Read => ({ value: x === LONG_NULL ? null : x, shown: k.long(x) });

function doubleRead(value: number, x?: K): Read {
  const none = Number.isNaN(value) || (x instanceof Atom && x.value === LONG_NULL);
  return { value: none ? null : value, shown: k.float(none ? Number.NaN : value) };
}

/** The empty symbol is none. */
function dtypeRead(value: string): Read {
  if (value !== "" && !DTYPES.includes(value)) fail(`unrecognized data type: ${value}`);
  return { value: value === "" ? null : value, shown: k.symbol(value) };
}

/** The options of an inner module in order, as its definition has become their dictionary; none for an empty one. */
function innerValue(x: K): OptionValue {
  if (!(x instanceof Dict) || k.count(x.keys) === 0) return null;
  return Array.from({ length: k.count(x.keys) }, (_, i) => plainValue(k.at(x.values, i)));
}

function plainValue(x: K): OptionValue {
  if (x instanceof Vector) return Array.from(k.items(x) as ArrayLike<bigint>);
  return x instanceof Atom ? (x.value as OptionValue) : null;
}

/** The null symbol is none where there may be none. */
function symbolRead(type: string, option: OptionRow, value: string): Read {
  if (value === "" && option.fallback === null) return { value: null, shown: k.symbol("") };
  if (option.symbols !== undefined && !option.symbols.includes(value)) {
    if (option.type === "padding") fail(`${type}: unrecognized padding: ${value}`);
    if (option.unknown !== undefined)
      fail(`${option.unknown}${option.unknown.endsWith("`") ? "" : ": "}${value}`);
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

const NO_OPTIONS = new Dict(k.symbols([]), k.EMPTY);
const NULLS: Partial<Record<OptionRow["type"], K>> = {
  long: k.long(LONG_NULL),
  double: k.float(Number.NaN),
  dtype: k.symbol(""),
};

function plainList(option: OptionRow, xs: readonly number[]): Read {
  if (option.type === "inner") return { value: null, shown: NO_OPTIONS };
  if (xs.length === 0) return { value: null, shown: k.EMPTY };
  const floating = option.type === "ratio" || option.type === "doubles" || option.type === "tensor";
  if (floating) return { value: [...xs], shown: k.floats(xs) };
  return { value: xs.map(BigInt), shown: k.longs(xs) };
}
