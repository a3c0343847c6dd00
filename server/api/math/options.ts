/** What a form's arguments can be: how each is read from a k value and what ATen calls it. */
import * as k from "../../../protocol/make.js";
import { Atom, isNull, type K, List, TYPE, Vector } from "../../../protocol/values.js";
import type { OperatorArg } from "../../engine/index.js";
import { DTYPES } from "../args/dtypes.js";
import { asFlag, asLong, asLongs, asNumber, asSymbol, fail, isLongNull, scalarOf } from "../args/read.js";

/** Undefined where the k value is of another type. */
type Reader = (x: K) => OperatorArg | undefined;

/** What an option may say besides its name and type. */
interface Facts {
  /** ATen's name where it is another. */
  readonly aten?: string;
  readonly convert?: (value: OperatorArg) => OperatorArg;
  readonly required?: true;
  /** Begins the error when a required argument is of another type; `, given TYPE` follows. */
  readonly refusal?: string | undefined;
  /** The value where it is left out, if that is not the schema's own. */
  readonly fallback?: OperatorArg;
}

/** An argument that is no tensor. It may be left out unless it is `required`. */
export class Option {
  /**
   * @param name as the documentation calls it
   * @param type what stands for its kind of values, in tests and help
   */
  constructor(
    readonly name: string,
    readonly type: string,
    private readonly reader: Reader,
    private readonly facts: Facts = {},
  ) {}

  get aten(): string {
    return this.facts.aten ?? this.name;
  }

  get required(): boolean {
    return this.facts.required ?? false;
  }

  get refusal(): string | undefined {
    return this.facts.refusal;
  }

  get fallback(): OperatorArg {
    return this.facts.fallback;
  }

  private with(facts: Facts): Option {
    return new Option(this.name, this.type, this.reader, { ...this.facts, ...facts });
  }

  /** The same under ATen's name, its value converted. */
  to(aten: string, convert?: (value: OperatorArg) => OperatorArg): Option {
    return this.with(convert === undefined ? { aten } : { aten, convert });
  }

  /** The same, which must be given. */
  must(refusal?: string): Option {
    return this.with({ required: true, refusal });
  }

  /** The same with a value for where it is left out. */
  or(fallback: OperatorArg): Option {
    return this.with({ fallback });
  }

  /** Undefined where `x` is of another type. */
  read(x: K): OperatorArg | undefined {
    const value = this.reader(x);
    const { convert } = this.facts;
    return value === undefined || convert === undefined ? value : convert(value);
  }
}

/** A long; its null passes as it is and libtorch refuses it. */
export const long = (name: string): Option => new Option(name, "long", asLong);
/** A long, whose null stands for none. */
export const maybeLong = (name: string): Option =>
  new Option(name, "long", (x) => (isLongNull(x) ? null : asLong(x)));
/** More than any tensor has. libtorch goes into each of a list of them, and its stack ends at some hundred thousand. */
const MOST_DIMENSIONS = 64;

/** Dimensions, or what there is one of for each dimension. */
function dimensions(x: K): bigint[] | undefined {
  if (x instanceof Vector && x.type === TYPE.long && x.count > MOST_DIMENSIONS)
    return fail(`expecting up to ${MOST_DIMENSIONS} dimensions, given ${x.count}`);
  return asLongs(x);
}

/** Dimensions, a size and the like: a long, longs, or () for none. */
export const size = (name: string): Option =>
  new Option(name, "longs", (x) => (x instanceof List && x.count === 0 ? [] : dimensions(x)));
/** The same where none stands for no choice. */
export const maybeLongs = (name: string): Option =>
  size(name).to(name, (values) => ((values as OperatorArg[]).length === 0 ? null : values));
export const flag = (name: string): Option => new Option(name, "flag", asFlag);
/** An atom of a number: no boolean, byte or char. */
export const isNumber = (x: K): boolean => x.type !== -TYPE.byte && asNumber(x) !== undefined;
/** A number of any type but boolean, byte and char. */
export const number = (name: string): Option =>
  new Option(name, "number", (x) => (isNumber(x) ? asNumber(x) : undefined));
/** Any atom that is a number, boolean, byte or char. */
export const scalar = (name: string): Option => new Option(name, "scalar", scalarOf);
/** A number; a null stands for none. */
export const maybeNumber = (name: string): Option =>
  new Option(name, "number", (x) => (isNullNumber(x) ? null : isNumber(x) ? asNumber(x) : undefined));
/** A double (k float). */
export const double = (name: string): Option =>
  new Option(name, "double", (x) => (x.type === -TYPE.float ? (asNumber(x) as number) : undefined));
/** A long or a double. */
export const longOrDouble = (name: string): Option =>
  new Option(name, "number", (x) =>
    x.type === -TYPE.long || x.type === -TYPE.float ? asNumber(x) : undefined,
  );
/** A double, whose null stands for none. */
export const maybeDouble = (name: string): Option =>
  new Option(name, "double", (x) => {
    if (x.type !== -TYPE.float) return undefined;
    const value = asNumber(x) as number;
    return Number.isNaN(value) ? null : value;
  });
export const dtype = (name = "dtype"): Option =>
  new Option(name, "dtype", (x) => {
    const symbol = asSymbol(x);
    if (symbol === undefined || symbol === "") return symbol === "" ? null : undefined;
    return DTYPES.includes(symbol) ? symbol : fail(`unrecognized data type: ${symbol}`);
  });
/** A string. */
export const text = (name: string): Option =>
  new Option(name, "text", (x) => (Math.abs(x.type) === TYPE.char ? k.text(x) : undefined));
/**
 * One of some symbols; the empty one stands for none.
 * @param unknown the error for another symbol, which follows it
 */
export const choice = (name: string, symbols: readonly string[], unknown: string): Option =>
  new Option(name, `one of ${symbols.join(", ")}`, (x) => {
    const symbol = asSymbol(x);
    if (symbol === undefined) return undefined;
    if (symbol === "") return null;
    return symbols.includes(symbol) ? symbol : fail(`${unknown}${symbol}`);
  });

function isNullNumber(x: K): boolean {
  if (!(x instanceof Atom)) return false;
  const { value } = x;
  if (x.type === -TYPE.long) return isLongNull(x);
  if (x.type === -TYPE.float || x.type === -TYPE.real) return Number.isNaN(value as number);
  if (x.type === -TYPE.int) return value === -(2 ** 31);
  return x.type === -TYPE.short && value === -(2 ** 15);
}

/** `::` or (): nothing is given here. */
export const isNothing = (x: K): boolean => isNull(x) || (x instanceof List && x.count === 0);
