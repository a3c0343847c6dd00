import * as k from "../../../protocol/make.js";
import { LETTERS } from "../../../protocol/types.js";
import { type Atom, Dict, type K, KError, List, Table, TYPE, Vector } from "../../../protocol/values.js";
import { allocate, listOf, repeat } from "../values/arrays.js";
import { type Evaluation, PAUSE, type Run, type Verb } from "../values/functions.js";
import { gather, isAtom, isVector, itemsOf, pick, symbolsOf } from "../values/vectors.js";
import { castTo } from "../verbs/cast.js";
import { take } from "../verbs/lists.js";
import { keyTable, unkey } from "../verbs/tables.js";
import { groupBy, Sliced } from "./groups.js";

/** What a table is made of (`meta`), and tables made of others: `xgroup`, `fby`, `xbar`. */

/** The letter of a column's type: small of a vector, capital of a list of vectors of one type, else a blank. */
export function letterOf(column: K): string {
  if (isVector(column)) return LETTERS[column.type]!;
  const first = column instanceof List ? column.items[0] : undefined;
  if (first === undefined || !isVector(first)) return " ";
  const same = (column as List).items.every((item) => item.type === first.type);
  return same ? LETTERS[first.type]!.toUpperCase() : " ";
}

function meta(q: Evaluation, [x]: readonly K[]): K {
  const table = unkey(named(q, x!));
  const { items } = table.values;
  const attributes = items.map((column) =>
    isVector(column) && column.attr > 0 ? "supg"[column.attr - 1]! : "",
  );
  const rows = k.table(
    ["c", "t", "f", "a"],
    [
      table.columns,
      k.chars(items.map(letterOf).join("")),
      k.symbols(items.map(() => "")),
      k.symbols(attributes),
    ],
  );
  return keyTable(1, rows);
}

/** A verb of one table, or of the name of one. */
export const ofName =
  (one: (x: K) => K) =>
  (q: Evaluation, [x]: readonly K[]): K =>
    one(named(q, x!));

/** A verb whose right side is a table; where it is the name of one, that table changes and the answer is the name. */
export const onName =
  (two: (x: K, y: K) => K) =>
  (q: Evaluation, [x, y]: readonly K[]): K => {
    const table = named(q, y!);
    const result = two(x!, table);
    if (table === y) return result;
    q.assign((y as Atom).value as string, result);
    return y!;
  };

/** A table by its name, or itself. */
function named(q: Evaluation, x: K): K {
  if (!isAtom(x) || typeof x.value !== "string") return x;
  const value = q.variable(x.value);
  if (value === undefined) throw new KError(x.value);
  return value;
}

function xgroup(x: K, y: K): K {
  const table = unkey(y);
  const names = symbolsOf(x);
  const keys = take(k.symbols(names), table) as Table;
  const groups = groupBy(keys.values.items, k.count(table), false);
  const others = table.columns.names.filter((name) => !names.includes(name));
  const columns = others.map((name) => {
    const sliced = new Sliced(table.values.items[table.columns.names.indexOf(name)]!, groups);
    return listOf(groups.count, (g) => sliced.at(g));
  });
  return new Dict(new Table(keys.columns, k.list(groups.keys)), k.table(others, columns));
}

/** `(f;values) fby groups`: what `f` makes of each group's values, in every row of the group. */
function* fby(q: Evaluation, [x, y]: readonly K[]): Run<K> {
  const [f, values] = itemsOf(x!);
  if (f === undefined || values === undefined) throw new KError("length");
  const n = k.count(y!);
  if (k.count(values) !== n) throw new KError("length");
  const groups = groupBy(y instanceof Table ? y.values.items : [y!], n);
  const sliced = new Sliced(values, groups);
  const results: K[] = [];
  q.hold(results);
  const places = new Int32Array(n);
  for (let g = 0; g < groups.count; g++) {
    if (q.step()) yield PAUSE;
    results.push(yield* q.apply(f, [sliced.at(g)]));
    for (let i = groups.starts[g]!; i < groups.starts[g + 1]!; i++) places[groups.rows[i]!] = g;
  }
  q.release();
  return pick(gather(results), places);
}

/** Numbers down to multiples of x, in y's own type; a span of time is first made y's unit. */
function xbar(x: K, y: K): K {
  if (y instanceof List) return gather(y.items.map((item) => xbar(x, item)));
  if (y instanceof Dict) return new Dict(y.keys, xbar(x, y.values));
  if (!isAtom(x) || (!isAtom(y) && !(y instanceof Vector))) throw new KError("type");
  const values = isAtom(y) ? repeat(y, 1) : y;
  if (!(values instanceof Vector) || values.type === TYPE.guid) throw new KError("type");
  const step = stepOf(x, values.type);
  const floating = values.type === TYPE.real || values.type === TYPE.float || values.type === TYPE.datetime;
  const integral = typeof step === "bigint" && !floating;
  if (!floating && !integral) return xbar(x, castTo(TYPE.float, y));
  const nothing = k.NULL_OF[values.type];
  const type = values.type <= TYPE.byte || values.type === TYPE.char ? TYPE.int : values.type;
  const down = (value: number | bigint): number | bigint => {
    if (value === nothing || Number.isNaN(value)) return value;
    if (floating) return Number(step) * Math.floor(Number(value) / Number(step));
    const whole = BigInt(value);
    const multiple = whole - (((whole % (step as bigint)) + (step as bigint)) % (step as bigint));
    return typeof value === "bigint" ? multiple : Number(multiple);
  };
  const items = k.items(values);
  const out = allocate(type, values.count);
  for (let i = 0; i < out.length; i++) out[i] = down(items[i]!) as never;
  const result = k.vector(type, out);
  return isAtom(y) ? k.at(result, 0) : result;
}

function stepOf(x: K, type: number): bigint | number {
  const from = -x.type;
  const span = from >= TYPE.timespan && from !== type && type >= TYPE.timestamp && type !== TYPE.date;
  const same = span ? castTo(type === TYPE.timestamp ? TYPE.timespan : type, x) : x;
  if (!isAtom(same) || typeof same.value === "string" || typeof same.value === "object")
    throw new KError("type");
  const step = same.value;
  if (Number(step) <= 0) throw new KError("domain");
  return typeof step === "bigint" ||
    (Number.isInteger(Number(step)) && from !== TYPE.float && from !== TYPE.real)
    ? BigInt(step)
    : Number(step);
}

export const SHAPE: readonly Verb[] = [
  { name: "meta", act: meta },
  { name: "xgroup", infix: true, two: xgroup },
  { name: "fby", infix: true, run: fby, counts: [2] },
  { name: "xbar", infix: true, two: xbar },
];
