import * as k from "../../../protocol/make.js";
import { INFINITY_OF, isFloating, NULL_OF, TYPE, WIDTH } from "../../../protocol/types.js";
import { Dict, type K, KError, List, Table, Vector } from "../../../protocol/values.js";
import { allocate } from "../values/arrays.js";
import { work } from "../values/budget.js";
import type { Verb } from "../values/functions.js";
import {
  larger,
  MovingCount,
  MovingDeviation,
  MovingFold,
  MovingMean,
  MovingSum,
  smaller,
} from "../values/moving.js";
import { asK, toFloats } from "../values/numbers.js";
import { Ema, type Item, type Recurrence, zeroOf } from "../values/recurrences.js";
import { isAtom, wholeNumber } from "../values/vectors.js";
import { add } from "./arithmetic.js";

/** `3 mavg x` and its like: code.kx.com, "avg", "sum", "max", "min", "count", "dev", "ema". */

/** A verb whose results come from the items so far, in order. */
export interface Moving {
  readonly name: string;
  /** The type of the results, by that of the items. @throws KError 'type */
  readonly out: (type: number) => number;
  /** Whether items are made floats first. */
  readonly floats: boolean;
  /** What a window of no items gives; without it null. */
  readonly empty?: 0;
  /** @param type of the items, float where they are made that */
  readonly make: (type: number, n: number) => Recurrence;
}

/** Numbers and times. */
function numeric(type: number): number {
  if (type === TYPE.symbol || type === TYPE.guid || type === TYPE.char || type === TYPE.list)
    throw new KError("type");
  return type;
}

function toFloat(type: number): number {
  numeric(type);
  return TYPE.float;
}

/** What becomes of items that a verb puts together, two by two: what is shorter than an int becomes one. */
export const totalOf =
  (verb: (x: K, y: K) => K) =>
  (type: number): number => {
    const item = asK(numeric(type), 1);
    const total = add(item, k.int(0));
    if (verb(total, item).type !== total.type) throw new KError("type");
    return -total.type;
  };
const summed = totalOf(add);

/** These, and characters. */
const ordered = (type: number): number => (type === TYPE.char ? type : numeric(type));

function counted(type: number): number {
  ordered(type);
  return TYPE.int;
}

/** What every item of a type is larger than, unless it is null; and smaller. */
const leastOf = (type: number): Item => (WIDTH[type] === 1 ? 0 : (NULL_OF[type] as Item));
const mostOf = (type: number): Item => (WIDTH[type] === 1 ? 255 : INFINITY_OF[type]!);

/** Rows with a number of items. */
export const MOVING: readonly Moving[] = [
  { name: "mavg", out: toFloat, floats: true, make: (_, n) => new MovingMean(n) },
  { name: "mdev", out: toFloat, floats: true, make: (_, n) => new MovingDeviation(n) },
  {
    name: "msum",
    out: summed,
    floats: false,
    empty: 0,
    make: (type, n) => new MovingSum(type, summed(type), n),
  },
  {
    name: "mcount",
    out: counted,
    floats: false,
    empty: 0,
    make: (type, n) => new MovingCount(type, n),
  },
  {
    name: "mmax",
    out: ordered,
    floats: false,
    make: (type, n) => new MovingFold(type, n, larger, leastOf(type)),
  },
  {
    name: "mmin",
    out: ordered,
    floats: false,
    make: (type, n) => new MovingFold(type, n, smaller, mostOf(type)),
  },
];

/** Applies a row to each vector in a value. */
function along(row: Moving, make: (type: number, count: number) => Recurrence | undefined): (x: K) => K {
  const apply = (x: K): K => {
    if (x instanceof Dict) return new Dict(x.keys, apply(x.values));
    if (x instanceof Table) return new Table(x.columns, k.list(x.values.items.map(apply)));
    if (x instanceof List && x.count === 0) return x;
    if (!(x instanceof Vector)) throw new KError("type");
    work(x.count);
    const type = row.out(x.type);
    const out = allocate(type, x.count);
    const recurrence = make(row.floats ? TYPE.float : x.type, x.count);
    if (recurrence === undefined) out.fill((row.empty === 0 ? zeroOf(type) : k.NULL_OF[type]) as never);
    else {
      recurrence.reserve(1);
      recurrence.run(row.floats ? (toFloats(x) as Float64Array) : k.items(x), undefined, out);
    }
    return k.vector(type, out);
  };
  return apply;
}

/** A window is no longer than the vector; one of no items has no sum, mean or largest. */
const moving = (row: Moving): Verb => ({
  name: row.name,
  infix: true,
  two: (n, x) => {
    const most = wholeNumber(n);
    return along(row, (type, count) =>
      most <= 0 ? undefined : row.make(type, Math.max(1, Math.min(most, count))),
    )(x);
  },
});

/** The number that an atom holds. @throws KError 'type */
export function weightOf(x: K): number {
  const weight = isAtom(x) ? toFloats(x) : undefined;
  if (typeof weight !== "number" || !(isFloating(-x.type) || -x.type <= TYPE.long)) throw new KError("type");
  return weight;
}

export const EMA: Moving = {
  name: "ema",
  out: toFloat,
  floats: true,
  make: (_, alpha) => new Ema(alpha),
};

export const WINDOWS: readonly Verb[] = [
  ...MOVING.map(moving),
  { name: "ema", infix: true, two: (alpha, x) => along(EMA, () => EMA.make(TYPE.float, weightOf(alpha)))(x) },
];
