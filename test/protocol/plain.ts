/** k values as plain data, to be compared with assert.deepEqual, and arbitrary ones for property tests. */
import fc from "fast-check";
import * as k from "../../protocol/make.js";
import { Atom, Dict, Func, type K, List, Symbols, Table, TYPE, Vector } from "../../protocol/values.js";

export type Plain = readonly unknown[];

/** All there is to know of a value: type, attribute, items. */
export function plain(x: K): Plain {
  if (x instanceof Atom) return [x.type, x.value instanceof Uint8Array ? hex(x.value) : x.value];
  if (x instanceof Vector) return [x.type, x.attr, hex(x.bytes)];
  if (x instanceof Symbols) return [11, x.attr, [...x.names]];
  if (x instanceof List) return [0, x.attr, x.items.map(plain)];
  if (x instanceof Dict) return [x.type, plain(x.keys), plain(x.values)];
  if (x instanceof Table) return [98, x.attr, plain(x.columns), plain(x.values)];
  return [x.type, hex(x.body)];
}

export const hex = (bytes: ArrayLike<number>): string => Buffer.from(Uint8Array.from(bytes)).toString("hex");
export const bytes = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replace(/\s/g, ""), "hex"));

/** Text with every kind of character that the wire can carry: ASCII, beyond, and bytes that are not UTF-8. */
export const anyText = fc
  .array(fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("\udc80", "\udcff", "é", "𝄞", "a", " ")), {
    maxLength: 6,
  })
  .map((parts) => parts.join("").replaceAll("\0", ""))
  // escapes that together are valid UTF-8 would come back as the character they spell
  .filter((text) => !/[\udc80-\udcff]{2}/.test(text));

const byteArray = (max: number) => fc.uint8Array({ maxLength: max });
const attr = fc.constantFrom(0, 1, 2, 3, 4);

const widths: readonly (readonly [number, number])[] = [
  [1, 1],
  [2, 16],
  [4, 1],
  [5, 2],
  [6, 4],
  [7, 8],
  [8, 4],
  [9, 8],
  [10, 1],
  [12, 8],
  [13, 4],
  [14, 4],
  [15, 8],
  [16, 8],
  [17, 4],
  [18, 4],
  [19, 4],
];

const anyVector = fc
  .tuple(fc.constantFrom(...widths), byteArray(48), attr)
  .map(([[type, width], data, a]) => new Vector(type, data.slice(0, data.length - (data.length % width)), a));
const anySymbols = fc
  .tuple(fc.array(anyText, { maxLength: 5 }), attr)
  .map(([names, a]) => new Symbols(names.length, names, a));

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const anyAtom: fc.Arbitrary<K> = fc.oneof(
  fc.boolean().map(k.boolean),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map(k.guid),
  fc.integer({ min: 0, max: 255 }).map(k.byte),
  fc.integer({ min: 0, max: 255 }).map(k.char),
  fc.integer({ min: -32768, max: 32767 }).map(k.short),
  fc.float().map(k.real),
  fc.double().map(k.float),
  fc.double().map(k.datetime),
  anyText.map(k.symbol),
  fc.tuple(fc.constantFrom(k.int, k.month, k.date, k.minute, k.second, k.time), int32).map(([f, x]) => f(x)),
  fc.tuple(fc.constantFrom(k.long, k.timestamp, k.timespan), int64).map(([f, x]) => f(x)),
);
const anyFunc = fc.constantFrom<K>(
  k.NULL,
  new Func(TYPE.unary, bytes("ff")),
  new Func(TYPE.binary, bytes("01")),
  new Func(TYPE.iterator, bytes("02")),
  new Func(TYPE.lambda, bytes("00 0a0005000000 7b782b797d")),
  new Func(106, bytes("6601")),
);

const anyTable = (column: fc.Arbitrary<K>): fc.Arbitrary<Table> =>
  fc
    .tuple(fc.array(fc.tuple(anyText, column), { minLength: 1, maxLength: 4 }), fc.constantFrom(0, 1))
    .map(([columns, a]) => {
      const rows = k.count(columns[0]![1]);
      const fitting = columns.filter(([, c]) => k.count(c) === rows);
      return new Table(k.symbols(fitting.map(([name]) => name)), k.list(fitting.map(([, c]) => c)), a);
    });

/** Any value that can be on the wire, nested up to a few levels. */
export const anyK: fc.Arbitrary<K> = fc.letrec<{ any: K; list: List; column: K; dict: Dict; table: Table }>(
  (tie) => ({
    list: fc
      .tuple(fc.array(tie("any"), { maxLength: 4 }), attr)
      .map(([items, a]) => new List(items.length, items, a)),
    column: fc.oneof(anyVector, anySymbols, tie("list")),
    table: anyTable(tie("column")),
    dict: fc
      .tuple(tie("column"), tie("column"), fc.constantFrom(99 as const, 127 as const))
      .filter(([keys, values]) => k.count(keys) === k.count(values))
      .map(([keys, values, type]) => new Dict(keys, values, type)),
    any: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      anyAtom,
      anyVector,
      anySymbols,
      anyFunc,
      tie("list"),
      tie("table"),
      tie("dict"),
    ),
  }),
).any;
