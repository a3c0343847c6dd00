import * as k from "../../../protocol/make.js";
import { Atom, Dict, type K, KError, List, Table } from "../../../protocol/values.js";
import { ITEM_BYTES } from "../values/arrays.js";
import { claim } from "../values/budget.js";
import {
  argumentCounts,
  Callable,
  type Derived,
  type Evaluation,
  PAUSE,
  Primitive,
  type Run,
} from "../values/functions.js";
import { match } from "../values/match.js";
import { isTrue } from "../values/numbers.js";
import { gather, isFunction, itemsOf, nullOf, wholeNumber } from "../values/vectors.js";
import { foldOf } from "./aggregate.js";

/** The adverbs: each, over, scan, prior, each-right, each-left. */

export function* derive(q: Evaluation, derived: Derived, args: readonly K[]): Run<K> {
  const { target, adverb } = derived;
  const [x, y] = args;
  switch (adverb) {
    case "'":
      return yield* each(q, target, args);
    case "/":
    case "\\":
      return yield* accumulate(q, target, args, adverb === "\\");
    case "':":
      return args.length === 1 ? yield* prior(q, target, undefined, x!) : yield* prior(q, target, x!, y!);
    default:
      if (args.length !== 2) throw new KError("rank");
      return adverb === "/:" ? yield* eachRight(q, target, x!, y!) : yield* eachLeft(q, target, x!, y!);
  }
}

/** Keeps a result among those before it. */
function collect(results: K[], value: K): void {
  claim(ITEM_BYTES);
  results.push(value);
}

const isCollection = (x: K): boolean => !(x instanceof Atom) && !isFunction(x);

/** Applies `f` to the items of the arguments side by side; atoms serve for every item. */
export function* each(q: Evaluation, f: K, args: readonly K[]): Run<K> {
  const lists = args.filter(isCollection);
  if (lists.length === 0) return yield* q.apply(f, args);
  const keyed = lists.find((x): x is Dict => x instanceof Dict);
  const n = k.count(lists[0]!);
  if (lists.some((x) => k.count(x) !== n)) throw new KError("length");
  const columns = args.map((x) => (isCollection(x) ? aligned(x, keyed) : x));
  const items = columns.map((x) => (isCollection(x) ? itemsOf(x) : undefined));
  const results: K[] = [];
  q.hold(results);
  for (let i = 0; i < n; i++) {
    if (q.step()) yield PAUSE;
    const value = yield* q.apply(
      f,
      items.map((item, j) => (item === undefined ? columns[j]! : item[i]!)),
    );
    collect(results, value);
  }
  q.release();
  const values = gather(results);
  return keyed === undefined ? values : new Dict(keyed.keys, values);
}

/** The values of a dictionary in the order of another's keys. */
function aligned(x: K, keyed: Dict | undefined): K {
  if (!(x instanceof Dict) || keyed === undefined || x === keyed || match(x.keys, keyed.keys)) return x;
  throw new KError("nyi: each of dictionaries with different keys");
}

export function* eachRight(q: Evaluation, f: K, x: K, y: K): Run<K> {
  return yield* eachOf(q, y, (item) => q.apply(f, [x, item]));
}

export function* eachLeft(q: Evaluation, f: K, x: K, y: K): Run<K> {
  return yield* eachOf(q, x, (item) => q.apply(f, [item, y]));
}

function* eachOf(q: Evaluation, x: K, f: (item: K) => Run<K>): Run<K> {
  if (!isCollection(x)) return yield* f(x);
  const results: K[] = [];
  q.hold(results);
  for (const item of itemsOf(x)) {
    if (q.step()) yield PAUSE;
    collect(results, yield* f(item));
  }
  q.release();
  const values = gather(results);
  return x instanceof Dict ? new Dict(x.keys, values) : values;
}

/** `f[item;previous item]`, the first with `start` or what the verb does nothing with. */
export function* prior(q: Evaluation, f: K, start: K | undefined, x: K): Run<K> {
  if (!isCollection(x)) return x;
  if (f instanceof Callable && f.rank === 1) return yield* each(q, f, [x]);
  const items = itemsOf(x);
  const results: K[] = [];
  q.hold(results);
  for (let i = 0; i < items.length; i++) {
    if (q.step()) yield PAUSE;
    const before = i === 0 ? start : items[i - 1]!;
    collect(
      results,
      yield* before === undefined ? firstOfPrior(q, f, items[0]!) : q.apply(f, [items[i]!, before]),
    );
  }
  q.release();
  const values = gather(results);
  return x instanceof Dict ? new Dict(x.keys, values) : values;
}

/** Operators leave the first item as it is; a function gets a null before it. */
function* firstOfPrior(q: Evaluation, f: K, first: K): Run<K> {
  if (f instanceof Primitive && "+-*%&|,".includes(f.verb.name)) return first;
  return yield* q.apply(f, [first, first instanceof Atom ? nullOf(-first.type) : k.EMPTY]);
}

function* accumulate(q: Evaluation, f: K, args: readonly K[], scan: boolean): Run<K> {
  const rank = f instanceof Callable ? f.rank : 1;
  if (rank === 1) {
    if (args.length === 1) return yield* converge(q, f, args[0]!, scan);
    if (args.length === 2) return yield* repeatedly(q, f, args[0]!, args[1]!, scan);
    throw new KError("rank");
  }
  if (args.length === 1) {
    const fold = scan ? undefined : foldOf(f, args[0]!);
    if (fold !== undefined) return fold;
    return yield* reduce(q, f, undefined, [args[0]!], scan);
  }
  const counts = f instanceof Primitive ? argumentCounts(f.verb) : [rank];
  if (!counts.includes(args.length)) throw new KError("rank");
  return yield* reduce(q, f, args[0]!, args.slice(1), scan);
}

/** `f` over the items: from the first item, or from `start` where one is given (it is then not part of a scan). */
export function* reduce(
  q: Evaluation,
  f: K,
  start: K | undefined,
  lists: readonly K[],
  scan: boolean,
): Run<K> {
  const source = lists.find(isCollection);
  if (source === undefined) {
    return start === undefined ? lists[0]! : yield* q.apply(f, [start, ...lists]);
  }
  const n = k.count(source);
  const columns = lists.map((x) => (isCollection(x) ? itemsOf(x) : undefined));
  if (columns.some((column) => column !== undefined && column.length !== n)) throw new KError("length");
  if (n === 0) return start === undefined ? source : scan ? emptied(source) : start;
  const results: K[] = [];
  q.hold(results);
  let value = start;
  for (let i = 0; i < n; i++) {
    if (q.step()) yield PAUSE;
    const items = columns.map((column, j) => (column === undefined ? lists[j]! : column[i]!));
    value = value === undefined ? items[0]! : yield* q.apply(f, [value, ...items]);
    if (scan) collect(results, value);
    else results[0] = value;
  }
  q.release();
  if (!scan) return value!;
  const values = gather(results);
  return source instanceof Dict ? new Dict(source.keys, values) : values;
}

const emptied = (x: K): K => (x instanceof Table || x instanceof List ? k.EMPTY : x);

/** `f` of `f` until the value no longer changes, or is the first one again. */
function* converge(q: Evaluation, f: K, x: K, scan: boolean): Run<K> {
  const results: K[] = [x];
  q.hold(results);
  let value = x;
  for (;;) {
    if (q.step()) yield PAUSE;
    const next = yield* q.apply(f, [value]);
    if (match(next, value) || match(next, x)) break;
    value = next;
    if (scan) collect(results, value);
    else results[0] = value;
  }
  q.release();
  return scan ? gather(results) : value;
}

/** `n f/x` applies `f` n times; `test f/x` applies it while the test holds. */
function* repeatedly(q: Evaluation, f: K, control: K, x: K, scan: boolean): Run<K> {
  const results: K[] = [x];
  q.hold(results);
  const times = isFunction(control) || control instanceof Dict ? undefined : wholeNumber(control);
  let value = x;
  for (let i = 0; times === undefined || i < times; i++) {
    if (q.step()) yield PAUSE;
    if (times === undefined && !isTrue(yield* q.apply(control, [value]))) break;
    value = yield* q.apply(f, [value]);
    if (scan) collect(results, value);
    else results[0] = value;
  }
  q.release();
  return scan ? gather(results) : value;
}
