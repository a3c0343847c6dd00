/** Every type of the wire format, from hex literals. */
import assert from "node:assert/strict";
import { decode, decodeObject } from "../../protocol/decode.js";
import { encode, encodeObject } from "../../protocol/encode.js";
import * as k from "../../protocol/make.js";
import { swapObject } from "../../protocol/swap.js";
import { Dict, Func, type K, KError, List, Symbols, Table, TYPE, Vector } from "../../protocol/values.js";
import { build, buildMessage } from "./builder.js";
import { bytes, hex, plain } from "./plain.js";

const guid = "8c680a01-5a49-5aab-5a65-d4bfddb6a661";
const sorted = (x: Vector): Vector => new Vector(x.type, x.bytes, 1);

/** name, value, object on the wire; those marked q were recorded from a real q */
const OBJECTS: readonly (readonly [string, K, string])[] = [
  ["boolean", k.boolean(true), "ff01"],
  ["boolean false", k.boolean(false), "ff00"],
  ["guid (q)", k.guid(guid), "fe8c680a015a495aab5a65d4bfddb6a661"],
  ["null guid (q)", k.guid(new Uint8Array(16)), "fe00000000000000000000000000000000"],
  ["byte", k.byte(0xab), "fcab"],
  ["short", k.short(-2), "fbfeff"],
  ["null short", k.short(-32768), "fb0080"],
  ["int (q)", k.int(1), "fa01000000"],
  ["null int", k.int(-2147483648), "fa00000080"],
  ["infinite int", k.int(2147483647), "faffffff7f"],
  ["long", k.long(3n), "f90300000000000000"],
  ["long from a number", k.long(-1), "f9ffffffffffffffff"],
  ["null long", k.long(-(2n ** 63n)), "f90000000000000080"],
  ["infinite long", k.long(2n ** 63n - 1n), "f9ffffffffffffff7f"],
  ["real (q)", k.real(5.5), "f80000b040"],
  ["null real", k.real(Number.NaN), "f80000c07f"],
  ["float (q)", k.float(3.234), "f7ac1c5a643bdf0940"],
  ["null float", k.float(Number.NaN), "f7000000000000f87f"],
  ["infinite float", k.float(Number.POSITIVE_INFINITY), "f7000000000000f07f"],
  ["negative zero", k.float(-0), "f70000000000000080"],
  ["char", k.char("3"), "f633"],
  ["symbol", k.symbol("foo"), "f5666f6f00"],
  ["null symbol", k.symbol(""), "f500"],
  ["symbol that is not UTF-8", k.symbol("\udcff\udc80"), "f5ff8000"],
  ["symbol beyond ASCII", k.symbol("é𝄞"), "f5c3a9f09d849e00"],
  ["timestamp (q)", k.timestamp(279417600000000n), "f400c0cafa20fe0000"],
  ["month (q)", k.month(12), "f30c000000"],
  ["date (q)", k.date(366), "f26e010000"],
  ["datetime (q)", k.datetime(3.234), "f1ac1c5a643bdf0940"],
  ["timespan (q)", k.timespan(20217600000000n), "f000c0dd4663120000"],
  ["minute (q)", k.minute(721), "efd1020000"],
  ["second (q)", k.second(43500), "eeeca90000"],
  ["time (q)", k.time(43499123), "ed73be9702"],

  ["booleans", k.booleans([true, false, true]), "010003000000010001"],
  ["guids", k.guids([guid]), "0200010000008c680a015a495aab5a65d4bfddb6a661"],
  ["bytes", k.bytes([1, 255]), "04000200000001ff"],
  ["shorts", k.shorts([1, -1]), "0500020000000100ffff"],
  ["ints (q)", k.ints([1]), "06000100000001000000"],
  ["longs", k.longs([1n, -2n]), "0700020000000100000000000000feffffffffffffff"],
  ["reals", k.reals([1, -2]), "0800020000000000803f000000c0"],
  ["floats", k.floats([1]), "090001000000000000000000f03f"],
  ["null floats", k.floats([-Number.NaN]), "090001000000000000000000f87f"],
  ["chars (q)", k.chars("{x+y}"), "0a00050000007b782b797d"],
  ["chars that are not UTF-8", k.chars("a\udcff"), "0a000200000061ff"],
  ["symbols (q)", k.symbols(["a", "b"]), "0b000200000061006200"],
  ["symbols with a null (q)", k.symbols(["", "a"]), "0b0002000000006100"],
  ["timestamps", k.timestamps([1n]), "0c00010000000100000000000000"],
  ["months", k.months([12]), "0d00010000000c000000"],
  ["dates", k.dates([366]), "0e00010000006e010000"],
  ["datetimes", k.datetimes([1]), "0f0001000000000000000000f03f"],
  ["timespans", k.timespans([-1]), "100001000000ffffffffffffffff"],
  ["minutes", k.minutes([721]), "110001000000d1020000"],
  ["seconds", k.seconds([43500]), "120001000000eca90000"],
  ["times", k.times([43499123]), "13000100000073be9702"],
  ["no longs", k.longs([]), "070000000000"],
  ["no symbols", k.symbols([]), "0b0000000000"],
  ["no chars", k.chars(""), "0a0000000000"],
  ["sorted ints", sorted(k.ints([1, 2])), "0601020000000100000002000000"],
  ["grouped symbols", new Symbols(1, ["a"], 4), "0b04010000006100"],

  ["empty list", k.EMPTY, "000000000000"],
  ["a handle", k.list([k.long(5)]), "000001000000f90500000000000000"],
  ["list (q)", k.list([k.long(42), k.NULL, k.symbol("foo")]), "000003000000f92a000000000000006500f5666f6f00"],
  [
    "strings (q)",
    k.list([k.chars("one"), k.chars("two"), k.char("3")]),
    "0000030000000a00030000006f6e650a000300000074776ff633",
  ],
  ["list of equal atoms", k.list([k.byte(1), k.byte(2)]), "000002000000fc01fc02"],
  ["nested", k.list([k.list([k.EMPTY])]), "000001000000000001000000000000000000"],
  [
    "dictionary (q)",
    k.dict(k.symbols(["a", "b"]), k.ints([2, 3])),
    "630b0002000000610062000600020000000200000003000000",
  ],
  [
    "sorted dictionary",
    new Dict(sorted(k.ints([1])), k.ints([2]), TYPE.sortedDict),
    "7f0601010000000100000006000100000002000000",
  ],
  [
    "table (q)",
    k.table({ a: k.ints([2]), b: k.ints([3]) }),
    "6200630b0002000000610062000000020000000600010000000200000006000100000003000000",
  ],
  [
    "sorted table",
    new Table(k.symbols(["a"]), k.list([new Vector(6, bytes("02000000"), 3)]), 1),
    "6201630b0001000000610000000100000006030100000002000000",
  ],
  [
    "keyed table (q)",
    k.dict(k.table({ a: k.ints([2]) }), k.table({ b: k.ints([3]) })),
    `63 6200630b0001000000610000000100000006000100000002000000
        6200630b0001000000620000000100000006000100000003000000`,
  ],
  ["null", k.NULL, "6500"],
  ["elided argument", new Func(101, bytes("ff")), "65ff"],
  ["plus", new Func(102, bytes("01")), "6601"],
  ["iterator", new Func(103, bytes("02")), "6702"],
  ["lambda (q)", new Func(100, bytes("000a00050000007b782b797d")), "64000a00050000007b782b797d"],
  ["lambda in .d (q)", new Func(100, bytes("64000a00050000007b782b797d")), "6464000a00050000007b782b797d"],
  [
    "projection (q)",
    new Func(104, bytes("0200000064000a00050000007b782b797df90300000000000000")),
    "680200000064000a00050000007b782b797df90300000000000000",
  ],
  ["composition", new Func(105, bytes("0200000065006601")), "690200000065006601"],
  ...[106, 107, 108, 109, 110, 111].map((type): [string, K, string] => [
    `derived ${type}`,
    new Func(type, bytes("6601")),
    `${type.toString(16)}6601`,
  ]),
];

describe("types", () => {
  for (const [name, value, text] of OBJECTS) {
    const wire = bytes(text);

    it(`${name}: encodes to the known bytes`, () => {
      assert.equal(hex(encodeObject(value)), hex(wire));
    });

    it(`${name}: decodes from them, at any alignment`, () => {
      for (let offset = 0; offset < 8; offset++) {
        const shifted = new Uint8Array(offset + wire.length);
        shifted.set(wire, offset);
        assert.deepEqual(plain(decodeObject(shifted.subarray(offset))), plain(value));
      }
    });

    it(`${name}: what was decoded encodes to the same bytes`, () => {
      assert.equal(hex(encodeObject(decodeObject(wire))), hex(wire));
    });

    if (!(value instanceof Func)) {
      it(`${name}: the same from a big-endian peer`, () => {
        const big = buildMessage(value, 1, "big");
        assert.deepEqual(plain(decode(big).value as K), plain(value));
        assert.equal(hex(build(value)), hex(wire), "the builder agrees with the known bytes");
      });
    }
  }

  it("big-endian bytes known from a literal", () => {
    const message = bytes("00 01 00 00 00000021 63 0b0000000002 61006200 060000000002 00000002 00000003");
    assert.deepEqual(plain(decode(message).value as K), plain(k.dict(k.symbols(["a", "b"]), k.ints([2, 3]))));
  });

  it("functions from a big-endian peer become little-endian", () => {
    const projection = bytes("68 00000002 64000a0000000005 7b782b797d f90000000000000003");
    assert.equal(hex(swapObject(projection)), "680200000064000a00050000007b782b797df90300000000000000");
    assert.equal(hex(swapObject(bytes("6afa00000001"))), "6afa01000000");
  });

  it("large big-endian vectors of each width", () => {
    for (const make of [k.shorts, k.ints, k.longs, k.reals, k.floats] as ((x: number[]) => K)[]) {
      const value = make(Array.from({ length: 300 }, (_, i) => i - 150));
      assert.deepEqual(plain(decode(buildMessage(value, 0, "big")).value as K), plain(value));
    }
  });

  it("counts of 8 bytes", () => {
    const wide = bytes("07 80 0100000000000000 0500000000000000");
    assert.deepEqual(plain(decodeObject(wide)), plain(k.longs([5])));
    assert.equal(hex(encodeObject(decodeObject(wide))), "0700010000000500000000000000");
    const list = bytes("00 80 0200000000000000 fc01 fc02");
    assert.deepEqual(plain(decodeObject(list)), plain(k.list([k.byte(1), k.byte(2)])));
    const big = bytes("00 01 00 00 00000016 06 81 0000000000000001 00000005");
    assert.deepEqual(plain(decode(big).value as K), plain(sorted(k.ints([5]))));
  });

  it("every NaN is a null float", () => {
    for (const nan of ["f7000000000000f8ff", "f7000000000000f87f", "f7010000000000f07f"]) {
      assert.deepEqual(plain(decodeObject(bytes(nan))), [-9, Number.NaN]);
    }
    const vector = bytes("090001000000000000000000f8ff");
    assert.equal(hex(encodeObject(decodeObject(vector))), hex(vector), "a vector keeps its bits");
  });

  it("headers", () => {
    assert.equal(hex(encode(k.int(1), 0)), "010000000d000000fa01000000");
    assert.equal(hex(encode(k.ints([1]), 2)), "010200001200000006000100000001000000");
    assert.equal(decode(bytes("010000000d000000fa01000000")).kind, 0);
    assert.equal(decode(bytes("010100000a000000ff01")).kind, 1);
  });

  it("errors (q)", () => {
    const wire = bytes("010200000e000000 80 7479706500");
    const { kind, value } = decode(wire);
    assert.equal(kind, 2);
    assert.ok(value instanceof KError);
    assert.equal(value.message, "type");
    assert.equal(hex(encode(k.error("type"), 2)), hex(wire));
    assert.equal(hex(encode(k.error(""), 2).subarray(8)), hex([0x80, ...Buffer.from("error"), 0]));
    assert.equal(hex(encode(k.error("a\0b"), 2).subarray(8)), hex([0x80, ...Buffer.from("a b"), 0]));
  });

  it("lists and symbols are read when they are asked for, at every depth", () => {
    let value: K = k.list([k.symbols(["deep"]), k.long(1)]);
    for (let i = 0; i < 30; i++) value = k.list([k.long(i), value, k.chars("after")]);
    const decoded = decodeObject(Uint8Array.from(build(value)));
    assert.deepEqual(plain(decoded), plain(value));
    let inner: K = decoded;
    for (let i = 0; i < 30; i++) {
      const list: K = inner;
      assert.ok(list instanceof List && list.encoded !== undefined);
      assert.equal(hex(list.encoded), hex(build(list)));
      inner = list.items[1]!;
    }
  });

  it("rows of a matrix, and what lies between them that is none", () => {
    const row = (i: number) => k.ints([i, i + 1]);
    const others = [
      k.ints([1]),
      k.floats([1]),
      k.long(7),
      k.chars("text"),
      k.list([]),
      k.vector(6, [5, 6], 1),
    ];
    for (const other of others) {
      for (const at of [0, 1, 2, 4]) {
        const rows: K[] = [row(1), row(2), row(3), row(4)];
        rows.splice(at, 0, other);
        for (const order of ["little", "big"] as const) {
          const message = buildMessage(k.list([k.list(rows), k.long(1n), k.list(rows)]), 1, order);
          const read = decode(message).value as List;
          assert.deepEqual(plain(read), plain(k.list([k.list(rows), k.long(1n), k.list(rows)])));
        }
      }
    }
    const wide = bytes("000003000000 050001000000 0100 0580 0100000000000000 0200 050001000000 0300");
    assert.deepEqual(plain(decodeObject(wide)), plain(k.list([1, 2, 3].map((x) => k.shorts([x])))));
  });

  it("a hundred thousand symbols, some of them beyond ASCII", () => {
    const names = Array.from({ length: 100_000 }, (_, i) =>
      i % 1000 === 0 ? `é${i}\udcfe` : `sym${i % 777}`,
    );
    const wire = Buffer.concat(names.map((name) => Buffer.from([...build(k.symbol(name)).slice(1)])));
    const message = Buffer.concat([bytes("0b00a0860100"), wire]);
    const decoded = decodeObject(message);
    assert.ok(decoded instanceof Symbols);
    assert.deepEqual(decoded.names, names);
    assert.equal(Buffer.compare(encodeObject(k.symbols(names)), message), 0);
  });
});
