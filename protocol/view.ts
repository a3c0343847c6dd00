/** Looking into k values: typed arrays over a vector's bytes, single items, counts, text. */
import { textOf } from "./text.js";
import { ARRAY_OF, type AtomValue, type Items, TYPE, WIDTH } from "./types.js";
import { Atom, Dict, type K, List, Symbols, Table, Vector } from "./values.js";

// Vectors share memory with messages, which are little-endian.
if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) throw new Error("a little-endian machine is needed");

/** The items of a vector. Shares the vector's memory where that is aligned, else it is a copy; treat it as read-only. */
export function items(x: Vector): Items {
  const Type = ARRAY_OF[x.type];
  if (Type === undefined) throw new TypeError(`type ${x.type} has no items of fixed width`);
  const { bytes } = x;
  const length = bytes.length / Type.BYTES_PER_ELEMENT;
  if (bytes.byteOffset % Type.BYTES_PER_ELEMENT === 0) {
    return new Type(bytes.buffer as ArrayBuffer, bytes.byteOffset, length);
  }
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return new Type(copy.buffer, 0, length);
}

/** Number of items: as q's count, so 1 for an atom or a function, the rows of a table, the keys of a dictionary. */
export function count(x: K): number {
  if (x instanceof Vector || x instanceof Symbols || x instanceof List) return x.count;
  if (x instanceof Dict) return count(x.keys);
  if (x instanceof Table) return x.values.count === 0 ? 0 : count(x.values.items[0]!);
  return 1;
}

/**
 * Item `i` of a vector, symbol vector or list; of a dictionary the value; of a table the row, as a dictionary.
 * @throws RangeError when there is no such item, TypeError when `x` has no items
 */
export function at(x: K, i: number): K {
  if (x instanceof Dict) return at(x.values, i);
  if (!(x instanceof Vector || x instanceof Symbols || x instanceof List || x instanceof Table)) {
    throw new TypeError(`type ${x.type} has no items`);
  }
  const length = count(x);
  if (!Number.isInteger(i) || i < 0 || i >= length) throw new RangeError(`no item ${i} of ${length}`);
  if (x instanceof List) return x.items[i]!;
  if (x instanceof Symbols) return new Atom(-TYPE.symbol, x.names[i]!);
  if (x instanceof Vector) {
    const view = new DataView(x.bytes.buffer, x.bytes.byteOffset, x.bytes.byteLength);
    return new Atom(-x.type, readItem(view, i * WIDTH[x.type]!, x.type));
  }
  const row = x.values.items.map((column) => at(column, i));
  return new Dict(x.columns, new List(row.length, row));
}

/** The little-endian item of a fixed-width type at `position`, as an atom's value. */
export function readItem(view: DataView, position: number, type: number): AtomValue {
  switch (type) {
    case TYPE.boolean:
      return view.getUint8(position) !== 0;
    case TYPE.byte:
    case TYPE.char:
      return view.getUint8(position);
    case TYPE.guid:
      return new Uint8Array(view.buffer, view.byteOffset + position, 16).slice();
    case TYPE.short:
      return view.getInt16(position, true);
    case TYPE.long:
    case TYPE.timestamp:
    case TYPE.timespan:
      return view.getBigInt64(position, true);
    case TYPE.real:
      return view.getFloat32(position, true);
    case TYPE.float:
    case TYPE.datetime:
      return view.getFloat64(position, true);
    default:
      return view.getInt32(position, true);
  }
}

/** The text of a char vector, char atom or symbol atom; undefined for anything else. */
export function text(x: K): string | undefined {
  if (x instanceof Vector) return x.type === TYPE.char ? textOf(x.bytes) : undefined;
  if (!(x instanceof Atom)) return undefined;
  if (x.type === -TYPE.symbol) return x.value as string;
  return x.type === -TYPE.char ? textOf(Uint8Array.of(x.value as number)) : undefined;
}
