import * as k from "../../../protocol/make.js";
import { INT_NULL, isBig, isFloating, LONG_INFINITY, LONG_NULL, TYPE } from "../../../protocol/types.js";
import { type K, KError } from "../../../protocol/values.js";
import { allocate } from "../values/arrays.js";
import { atomicOne, atomicTwo, type Simple } from "../values/atomic.js";
import type { Verb } from "../values/functions.js";
import { TOLERANCE } from "../values/match.js";
import {
  ADD,
  asK,
  changed,
  map,
  ruleOf,
  type TypeRule,
  toBigs,
  toFloats,
  toInts,
  WIDER,
  zip,
} from "../values/numbers.js";

/** Arithmetic: each verb is a row of what it does to doubles, 64-bit and 32-bit integers. */

interface Kernel {
  readonly type: TypeRule;
  readonly float: (x: number, y: number) => number;
  /** 64-bit and 32-bit integers; nulls are taken care of. */
  readonly long: (x: bigint, y: bigint) => bigint;
  readonly int: (x: number, y: number) => number;
  /** Of lists of 64-bit integers, nulls and all, where there is a way without an object for each item. */
  readonly longs?: (x: BigInt64Array, y: BigInt64Array, out: BigInt64Array) => void;
}

/** Of fewer the views of their halves would take longer. */
const FEW = 16;

/** x + y, or x - y as the sum of x, the complement of y and 1: by halves of 32 bits, with what the lower one carries. */
const byHalves =
  (flip: 0 | -1): NonNullable<Kernel["longs"]> =>
  (x, y, out) => {
    const halves = ({ buffer, byteOffset, length }: BigInt64Array) =>
      new Int32Array(buffer, byteOffset, 2 * length);
    const [a, b, to] = [halves(x), halves(y), halves(out)];
    for (let i = 0; i < to.length; i += 2) {
      const [low, high, otherLow, otherHigh] = [a[i]!, a[i + 1]!, b[i]!, b[i + 1]!];
      if ((low === 0 && high === INT_NULL) || (otherLow === 0 && otherHigh === INT_NULL)) {
        to[i] = 0;
        to[i + 1] = INT_NULL;
        continue;
      }
      const sum = (low >>> 0) + ((otherLow ^ flip) >>> 0) - flip;
      to[i] = sum | 0;
      to[i + 1] = high + (otherHigh ^ flip) + (sum >= 2 ** 32 ? 1 : 0);
    }
  };

function kernel({ type: rule, float, long, int, longs: halves }: Kernel): (x: Simple, y: Simple) => K {
  const longs = (x: bigint, y: bigint): bigint =>
    x === LONG_NULL || y === LONG_NULL ? LONG_NULL : BigInt.asIntN(64, long(x, y));
  const ints = (x: number, y: number): number =>
    x === INT_NULL || y === INT_NULL ? INT_NULL : int(x, y) | 0;
  return (x, y) => {
    const [a, b] = [Math.abs(x.type), Math.abs(y.type)];
    const type = rule(a, b);
    const make = (count: number) => allocate(type, count);
    if (isFloating(type) || isFloating(a) || isFloating(b)) {
      return floatResult(
        type,
        zip(
          toFloats(x, type),
          toFloats(y, type),
          (n) => allocate(isFloating(type) ? type : TYPE.float, n),
          float,
        ),
      );
    }
    if (isBig(type)) {
      const [p, q] = [toBigs(x, type), toBigs(y, type)];
      if (
        halves === undefined ||
        typeof p === "bigint" ||
        typeof q === "bigint" ||
        p.length < FEW ||
        p.length !== q.length
      )
        return asK(type, zip(p, q, make, longs));
      const out = make(p.length) as BigInt64Array;
      halves(p, q, out);
      return asK(type, out);
    }
    return asK(type, zip(toInts(x, type), toInts(y, type), make, ints));
  };
}

/** A temporal that met a real is worked out in floats and rounded down to its own unit. */
function floatResult(type: number, value: ReturnType<typeof zip<number>>): K {
  if (isFloating(type)) return asK(type, value);
  const whole = (item: number): number | bigint => {
    if (isBig(type)) return Number.isFinite(item) ? BigInt.asIntN(64, BigInt(Math.floor(item))) : LONG_NULL;
    return Number.isFinite(item) ? Math.floor(item) | 0 : INT_NULL;
  };
  if (typeof value !== "object") return asK(type, whole(Number(value)));
  const out = allocate(type, value.length);
  for (let i = 0; i < out.length; i++) out[i] = whole(value[i] as number) as never;
  return k.vector(type, out);
}

/** Processors make NaNs of either sign; q's null is one of them. */
const quiet = (x: number): number => (Number.isNaN(x) ? Number.NaN : x);

const SUM = ruleOf(ADD);
const DIFFERENCE = ruleOf(changed(ADD, "pp n", "mm i", "dd i", "zz f", "pd n", "dp n"));
/** q divides integers into floats; only reals among themselves and with integers stay real. */
const QUOTIENT = ruleOf(ADD.map((row) => row.replace(/[^e ]/g, "f")));
const FLOAT: TypeRule = ruleOf(ADD.map((row) => row.replace(/[^ ]/g, "f")));
/** `&`, `|`: the wider type, booleans staying booleans. */
const WIDEST = ruleOf(WIDER);

const floorDiv = (x: bigint, y: bigint): bigint => {
  if (y === 0n) return x === 0n ? LONG_NULL : x > 0n ? LONG_INFINITY : -LONG_INFINITY;
  const quotient = x / y;
  return x % y !== 0n && x < 0n !== y < 0n ? quotient - 1n : quotient;
};
const floorDivInt = (x: number, y: number): number =>
  y === 0 ? (x === 0 ? INT_NULL : Math.sign(x) * (2 ** 31 - 1)) : Math.floor(x / y);

/** q's minimum and maximum take null for the smallest value of all. */
const lesser = <T extends number | bigint>(x: T, y: T): T => (x < y || Number.isNaN(x) ? x : y);
const greater = <T extends number | bigint>(x: T, y: T): T => (x > y || Number.isNaN(y) ? x : y);

export const add = atomicTwo(
  kernel({
    type: SUM,
    float: (x, y) => x + y,
    long: (x, y) => x + y,
    int: (x, y) => x + y,
    longs: byHalves(0),
  }),
);
export const subtract = atomicTwo(
  kernel({
    type: DIFFERENCE,
    float: (x, y) => x - y,
    long: (x, y) => x - y,
    int: (x, y) => x - y,
    longs: byHalves(-1),
  }),
);
export const multiply = atomicTwo(
  kernel({ type: SUM, float: (x, y) => x * y, long: (x, y) => x * y, int: Math.imul }),
);
export const divide = atomicTwo(
  kernel({ type: QUOTIENT, float: (x, y) => quiet(x / y), long: (x) => x, int: (x) => x }),
);

/** Nulls count as smallest, so the kernels' own care for them is undone by looking before they do. */
function extreme(pick: <T extends number | bigint>(x: T, y: T) => T): (x: K, y: K) => K {
  return atomicTwo((x, y) => {
    const type = WIDEST(Math.abs(x.type), Math.abs(y.type));
    const make = (count: number) => allocate(type, count);
    if (isFloating(type)) return asK(type, zip(toFloats(x, type), toFloats(y, type), make, pick<number>));
    if (isBig(type)) return asK(type, zip(toBigs(x, type), toBigs(y, type), make, pick<bigint>));
    return asK(type, zip(toInts(x, type), toInts(y, type), make, pick<number>));
  });
}

export const minimum = extreme(lesser);
export const maximum = extreme(greater);

const integral = (x: Simple): boolean => !isFloating(Math.abs(x.type));

/** `div` and `mod` of integers: the left side's type where that is temporal, else the wider, and at least an int. */
const INTEGRAL: TypeRule = (x, y) =>
  SUM(x, y) > TYPE.long && x > TYPE.long ? x : Math.max(TYPE.int, SUM(x, y));

const modulo = (x: number, y: number): number => (y === 0 ? Number.NaN : x - y * Math.floor(x / y));

const integerDiv = kernel({
  type: INTEGRAL,
  float: (x, y) => Math.floor(x / y),
  long: floorDiv,
  int: floorDivInt,
});
const integerMod = kernel({
  type: INTEGRAL,
  float: modulo,
  long: (x, y) => (y === 0n ? LONG_NULL : x - y * floorDiv(x, y)),
  int: (x, y) => (y === 0 ? INT_NULL : modulo(x, y)),
});
const floatMod = kernel({ type: FLOAT, float: modulo, long: (x) => x, int: (x) => x });

/** `div` of floats is the floor of the quotient, a long. */
const div = atomicTwo((x, y) => (integral(x) && integral(y) ? integerDiv(x, y) : floor(divide(x, y))));
const mod = atomicTwo((x, y) => (integral(x) && integral(y) ? integerMod(x, y) : floatMod(x, y)));

const floatVerb = (float: (x: number, y: number) => number): ((x: K, y: K) => K) =>
  atomicTwo(kernel({ type: FLOAT, float, long: (x) => x, int: (x) => x }));

const floats = (count: number) => allocate(TYPE.float, count);

/** A verb of one argument that answers floats. */
const toFloat = (f: (x: number) => number): ((x: K) => K) =>
  atomicOne((x) =>
    asK(
      TYPE.float,
      map(toFloats(x), floats, (item) => quiet(f(item))),
    ),
  );

/** Floats down (or up) to longs, within the tolerance; integers as they are. */
function rounding(round: (x: number) => number): (x: K) => K {
  const one = (x: number): bigint => {
    if (Number.isNaN(x)) return LONG_NULL;
    if (Math.abs(x) >= 2 ** 63) return x > 0 ? LONG_INFINITY : -LONG_INFINITY;
    const near = Math.round(x);
    return BigInt(Math.abs(near - x) <= TOLERANCE * Math.abs(x) ? near : round(x));
  };
  return atomicOne((x) => {
    const type = Math.abs(x.type);
    if (!isFloating(type)) {
      if (type === TYPE.symbol || type === TYPE.guid || type === TYPE.char) throw new KError("type");
      return x;
    }
    const values = toFloats(x);
    if (typeof values === "number") return k.long(one(values));
    const out = allocate(TYPE.long, values.length) as BigInt64Array;
    for (let i = 0; i < out.length; i++) out[i] = one(values[i]!);
    return k.longs(out);
  });
}

export const floor = rounding(Math.floor);

/** A verb that keeps its argument's type, booleans and bytes becoming ints. */
function keeping(
  float: (x: number) => number,
  long: (x: bigint) => bigint,
  int: (x: number) => number,
): (x: K) => K {
  return atomicOne((x) => {
    const type = Math.abs(x.type) < TYPE.short ? TYPE.int : Math.abs(x.type);
    if (type === TYPE.char || type === TYPE.symbol || type === TYPE.guid) throw new KError("type");
    const make = (count: number) => allocate(type, count);
    if (isFloating(type)) return asK(type, map(toFloats(x), make, float));
    if (isBig(type))
      return asK(
        type,
        map(toBigs(x, type), make, (item) => (item === LONG_NULL ? item : long(item))),
      );
    return asK(
      type,
      map(toInts(x, type), make, (item) => (item === INT_NULL ? item : int(item))),
    );
  });
}

export const negate = keeping(
  (x) => -x,
  (x) => -x,
  // no integer is -0
  (x) => 0 - x,
);
const absolute = keeping(Math.abs, (x) => (x < 0n ? -x : x), Math.abs);

const signum = atomicOne((x) =>
  asK(
    TYPE.int,
    map(
      toFloats(x),
      (count) => allocate(TYPE.int, count),
      (item) => (Number.isNaN(item) ? -1 : Math.sign(item)),
    ),
  ),
);

export const ARITHMETIC: readonly Verb[] = [
  { name: "+", two: add },
  { name: "-", two: subtract, one: negate },
  { name: "*", two: multiply },
  { name: "%", two: divide, one: toFloat((x) => 1 / x) },
  { name: "&", two: minimum },
  { name: "|", two: maximum },
  { name: "and", infix: true, two: minimum },
  { name: "or", infix: true, two: maximum },
  { name: "div", infix: true, two: div },
  { name: "mod", infix: true, two: mod },
  { name: "xexp", infix: true, two: floatVerb((x, y) => (x === 1 && Number.isNaN(y) ? y : x ** y)) },
  { name: "xlog", infix: true, two: floatVerb((x, y) => Math.log(y) / Math.log(x)) },
  { name: "neg", one: negate },
  { name: "abs", one: absolute },
  { name: "signum", one: signum },
  { name: "floor", one: floor },
  { name: "ceiling", one: rounding(Math.ceil) },
  { name: "reciprocal", one: toFloat((x) => 1 / x) },
  { name: "sqrt", one: toFloat(Math.sqrt) },
  { name: "exp", one: toFloat(Math.exp) },
  { name: "log", one: toFloat(Math.log) },
  { name: "sin", one: toFloat(Math.sin) },
  { name: "cos", one: toFloat(Math.cos) },
  { name: "tan", one: toFloat(Math.tan) },
  { name: "asin", one: toFloat(Math.asin) },
  { name: "acos", one: toFloat(Math.acos) },
  { name: "atan", one: toFloat(Math.atan) },
];
