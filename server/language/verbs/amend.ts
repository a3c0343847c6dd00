import * as k from "../../../protocol/make.js";
import {
  Atom,
  Dict,
  isNull,
  type K,
  KError,
  List,
  Symbols,
  Table,
  TYPE,
  Vector,
  WIDTH,
} from "../../../protocol/values.js";
import { longsOf, places, repeat } from "../values/arrays.js";
import { claim, PLACE_BYTES, VECTOR_BYTES } from "../values/budget.js";
import { type Evaluation, PAUSE, type Run } from "../values/functions.js";
import { Finder, isOneItem } from "../values/match.js";
import { gather, isKeyed, isList, isVector, itemsOf, wholeNumber } from "../values/vectors.js";
import { checkPath, indexAt } from "./indexing.js";

/**
 * A copy of `x` with what stands at `path` replaced: by `y` where `f` is null, else by `f[old;y]`, or `f[old]` where
 * `y` is undefined. An index that is a list goes item by item, with the items of `y` where it is one.
 * @throws KError 'index, 'type, 'length
 */
export function* amend(q: Evaluation, x: K, path: readonly K[], f: K | null, y: K | undefined): Run<K> {
  checkPath(path);
  const [first, ...rest] = path;
  if (first === undefined) {
    if (f === null) return y!;
    return yield* q.apply(f, y === undefined ? [x] : [x, y]);
  }
  if (isNull(first)) {
    const all = x instanceof Dict ? x.keys : longsOf(places(k.count(x), (i) => i));
    return yield* amendEach(q, x, all, rest, f, y);
  }
  if (first instanceof Atom || (x instanceof Dict && isOneItem(x.keys, first))) {
    return yield* amendOne(q, x, first, rest, f, y);
  }
  return yield* amendEach(q, x, first, rest, f, y);
}

function* amendOne(q: Evaluation, x: K, index: K, rest: readonly K[], f: K | null, y: K | undefined): Run<K> {
  if (f === null && rest.length === 0) return put(x, index, y!);
  const old = isDefined(x, index) ? indexAt(x, index) : k.EMPTY;
  return put(x, index, yield* amend(q, old, rest, f, y));
}

const isDefined = (x: K, index: K): boolean => !(x instanceof List && x.count === 0) || isVector(index);

function* amendEach(
  q: Evaluation,
  x: K,
  index: K,
  rest: readonly K[],
  f: K | null,
  y: K | undefined,
): Run<K> {
  const indices = itemsOf(index);
  const spread = y !== undefined && !(y instanceof Atom) && (isList(y) || y instanceof Dict);
  if (spread && k.count(y) !== indices.length) throw new KError("length");
  const values = spread ? itemsOf(y) : undefined;
  let result = x;
  for (let i = 0; i < indices.length; i++) {
    result = yield* amend(q, result, [indices[i]!, ...rest], f, values === undefined ? y : values[i]!);
    if (q.step(1 + (k.count(result) >> 4))) yield PAUSE;
  }
  return result;
}

function withLast(x: K, item: K): K[] {
  claim(k.count(x) * PLACE_BYTES);
  return itemsOf(x).concat([item]);
}

/** A copy of `x` with one item replaced, or, in a dictionary, added. */
function put(x: K, index: K, value: K): K {
  if (isKeyed(x)) throw new KError("nyi: assigning rows of a keyed table");
  if (x instanceof Dict) return putKey(x, index, value);
  if (x instanceof Table) return putColumn(x, index, value);
  if (!isList(x)) throw new KError("type");
  const place = wholeNumber(index);
  if (place < 0 || place >= x.count) throw new KError("length");
  if (x instanceof List) {
    claim(x.count * PLACE_BYTES);
    return gather(x.items.with(place, value));
  }
  if (!(value instanceof Atom) || value.type !== -x.type) throw new KError("type");
  if (x instanceof Symbols) {
    claim(x.count * PLACE_BYTES);
    return k.symbols(x.names.with(place, value.value as string));
  }
  claim(x.bytes.length + VECTOR_BYTES);
  const bytes = new Uint8Array(x.bytes);
  bytes.set((k.vector(x.type, [value.value]) as Vector).bytes, place * WIDTH[x.type]!);
  return new Vector(x.type, bytes);
}

function putKey(x: Dict, key: K, value: K): Dict {
  const place = new Finder(x.keys).place(key);
  if (place >= 0) return new Dict(x.keys, put(x.values, k.long(place), value), x.type);
  if (isVector(x.keys) && key.type !== -x.keys.type) throw new KError("type");
  if (isVector(x.values) && x.values.count > 0 && value.type !== -x.values.type) throw new KError("type");
  return new Dict(gather(withLast(x.keys, key)), gather(withLast(x.values, value)));
}

function putColumn(x: Table, index: K, value: K): Table {
  if (index.type !== -TYPE.symbol) {
    if (!(value instanceof Dict)) throw new KError("type");
    const columns = x.values.items.map((column, i) =>
      put(column, index, indexAt(value, k.symbol(x.columns.names[i]!))),
    );
    return new Table(x.columns, k.list(columns));
  }
  const name = (index as Atom).value as string;
  const rows = k.count(x);
  if (!(value instanceof Atom) && k.count(value) !== rows) throw new KError("length");
  const column = value instanceof Atom ? repeat(value, rows) : value;
  const place = x.columns.names.indexOf(name);
  if (place >= 0) return new Table(x.columns, k.list(x.values.items.with(place, column)));
  return new Table(k.symbols([...x.columns.names, name]), k.list([...x.values.items, column]));
}
