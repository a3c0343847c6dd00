/** Constructors, views and text. */
import assert from "node:assert/strict";
import { decode } from "../../protocol/decode.js";
import { encodeObject } from "../../protocol/encode.js";
import * as k from "../../protocol/make.js";
import { bytesOf, textOf } from "../../protocol/text.js";
import { Atom, isNull, KError, List, Symbols, TYPE, Vector } from "../../protocol/values.js";
import { buildMessage } from "./builder.js";
import { bytes, hex, plain } from "./plain.js";

describe("text", () => {
  for (const [name, wire, text] of [
    ["nothing", "", ""],
    ["ASCII", "4f6b", "Ok"],
    ["two, three and four bytes", "c3a9 e282ac f09d849e", "é€𝄞"],
    ["byte order mark", "efbbbf61", "\ufeff61".slice(0, 1).concat("a")],
    ["a lone continuation", "6180", "a\udc80"],
    ["a sequence cut short", "e282", "\udce2\udc82"],
    ["an overlong form", "c0af", "\udcc0\udcaf"],
    ["an overlong form of three", "e09fbf", "\udce0\udc9f\udcbf"],
    ["an encoded surrogate", "eda080", "\udced\udca0\udc80"],
    ["beyond Unicode", "f4908080", "\udcf4\udc90\udc80\udc80"],
    ["latin-1", "636166e9", "caf\udce9"],
    ["between valid text", "c3a9ffc3a9", "é\udcffé"],
  ] as const) {
    it(name, () => {
      assert.equal(textOf(bytes(wire)), text);
      assert.equal(hex(bytesOf(text)), hex(bytes(wire)));
    });
  }

  it("surrogates that stand for no byte become U+FFFD", () => {
    assert.equal(hex(bytesOf("\ud800a\udc00")), "efbfbd61efbfbd");
    assert.equal(hex(bytesOf("\ud83d\udc80")), "f09f9280", "a pair is a character");
  });
});

describe("constructors", () => {
  it("take typed arrays by reference, at any offset", () => {
    const data = Float64Array.of(1, 2, 3);
    const x = k.floats(data.subarray(1));
    assert.equal(x.bytes.buffer, data.buffer);
    assert.deepEqual(k.items(x), Float64Array.of(2, 3));
    assert.equal(k.items(x).buffer, data.buffer);
  });

  it("take arrays of numbers, bigints, booleans and text", () => {
    assert.deepEqual(k.items(k.longs([1, 2])), BigInt64Array.of(1n, 2n));
    assert.deepEqual(k.items(k.longs([1n, -(2n ** 63n)])), BigInt64Array.of(1n, -(2n ** 63n)));
    assert.deepEqual(k.items(k.booleans([true, false])), Uint8Array.of(1, 0));
    assert.deepEqual(k.symbols(["a"]).names, ["a"]);
    assert.deepEqual(plain(k.vector(TYPE.symbol, ["a"], 1)), [11, 1, ["a"]]);
    assert.deepEqual(plain(k.vector(TYPE.time, [1], 1)), [19, 1, "01000000"]);
    assert.equal(k.text(k.chars("é")), "é");
  });

  it("refuse items that do not fit the type", () => {
    assert.throws(() => k.vector(TYPE.int, Float64Array.of(1)), TypeError);
    assert.throws(() => k.vector(3, [1]), TypeError);
    assert.throws(() => k.vector(0, [1]), TypeError);
    assert.throws(() => k.vector(TYPE.symbol, Uint8Array.of(1)), TypeError);
    assert.throws(() => k.vector(TYPE.guid, new Uint8Array(17)), TypeError);
    assert.throws(() => k.guid("8c68"), TypeError);
    assert.throws(() => k.char("ab"), TypeError);
    assert.throws(() => k.char("é"), TypeError);
  });

  it("lists stay lists; collapse does as q does", () => {
    assert.ok(k.list([k.long(1)]) instanceof List);
    assert.deepEqual(plain(k.collapse([k.long(1), k.long(2)])), plain(k.longs([1, 2])));
    assert.deepEqual(plain(k.collapse([k.symbol("a"), k.symbol("b")])), plain(k.symbols(["a", "b"])));
    assert.deepEqual(plain(k.collapse([k.char("a"), k.char("b")])), plain(k.chars("ab")));
    assert.deepEqual(plain(k.collapse([k.boolean(true)])), plain(k.booleans([true])));
    assert.deepEqual(plain(k.collapse([k.guid(new Uint8Array(16))])), plain(k.guids(new Uint8Array(16))));
    assert.ok(k.collapse([k.long(1), k.int(2)]) instanceof List);
    assert.ok(k.collapse([k.longs([1])]) instanceof List);
    assert.deepEqual(plain(k.collapse([])), plain(k.EMPTY));
  });

  it("dictionaries and tables need equal counts", () => {
    const length = (error: unknown) => error instanceof KError && error.message === "length";
    assert.throws(() => k.dict(k.symbols(["a"]), k.ints([1, 2])), length);
    assert.throws(() => k.table({ a: k.ints([1]), b: k.ints([1, 2]) }), length);
    assert.throws(() => k.table(["a"], []), length);
    assert.equal(k.count(k.table(["a", "b"], [k.ints([1]), k.chars("x")])), 1);
  });

  it("nulls and infinities by type", () => {
    for (const [type, name] of Object.entries({
      5: "0080",
      6: "00000080",
      7: "0000000000000080",
      12: "0000000000000080",
      19: "00000080",
      9: "000000000000f87f",
      8: "0000c07f",
      10: "20",
      11: "00",
    })) {
      const wire = encodeObject(k.atom(Number(type), k.NULL_OF[Number(type)]!));
      assert.equal(hex(wire), (256 - Number(type)).toString(16) + name);
    }
    for (const [type, name] of Object.entries({
      5: "ff7f",
      6: "ffffff7f",
      16: "ffffffffffffff7f",
      15: "000000000000f07f",
      8: "0000807f",
    })) {
      const wire = encodeObject(k.atom(Number(type), k.INFINITY_OF[Number(type)]!));
      assert.equal(hex(wire), (256 - Number(type)).toString(16) + name);
    }
    assert.ok(isNull(k.NULL));
  });
});

describe("views", () => {
  it("items of unaligned bytes are a copy, with the same values", () => {
    for (let offset = 0; offset < 9; offset++) {
      const memory = new Uint8Array(offset + 16);
      memory.set(bytes("0100000000000000feffffffffffffff"), offset);
      assert.deepEqual(k.items(new Vector(7, memory.subarray(offset))), BigInt64Array.of(1n, -2n));
      assert.deepEqual(k.items(new Vector(6, memory.subarray(offset))), Int32Array.of(1, 0, -2, -1));
      assert.deepEqual(k.items(new Vector(5, memory.subarray(offset, offset + 2))), Int16Array.of(1));
    }
  });

  it("single items of everything that has items", () => {
    const table = k.table({ a: k.ints([1, 2]), b: k.symbols(["x", "y"]) });
    assert.deepEqual(plain(k.at(k.floats([1, 2.5]), 1)), plain(k.float(2.5)));
    assert.deepEqual(plain(k.at(k.reals([0.5]), 0)), plain(k.real(0.5)));
    assert.deepEqual(plain(k.at(k.shorts([1, -5]), 1)), plain(k.short(-5)));
    assert.deepEqual(plain(k.at(k.longs([1, -5]), 1)), plain(k.long(-5)));
    assert.deepEqual(plain(k.at(k.timestamps([7]), 0)), plain(k.timestamp(7)));
    assert.deepEqual(plain(k.at(k.dates([7]), 0)), plain(k.date(7)));
    assert.deepEqual(plain(k.at(k.booleans([false, true]), 1)), plain(k.boolean(true)));
    assert.deepEqual(plain(k.at(k.chars("ab"), 1)), plain(k.char("b")));
    const guid = "8c680a01-5a49-5aab-5a65-d4bfddb6a661";
    assert.deepEqual(plain(k.at(k.guids([new Uint8Array(16), guid]), 1)), plain(k.guid(guid)));
    assert.deepEqual(plain(k.at(k.symbols(["a", "b"]), 1)), plain(k.symbol("b")));
    assert.deepEqual(plain(k.at(k.list([k.NULL]), 0)), plain(k.NULL));
    assert.deepEqual(plain(k.at(k.dict(k.symbols(["a"]), k.ints([9])), 0)), plain(k.int(9)));
    assert.deepEqual(
      plain(k.at(table, 1)),
      plain(k.dict(k.symbols(["a", "b"]), k.list([k.int(2), k.symbol("y")]))),
    );
    assert.throws(() => k.at(k.ints([1]), 1), RangeError);
    assert.throws(() => k.at(k.ints([1]), -1), RangeError);
    assert.throws(() => k.at(k.int(1), 0), TypeError);
  });

  it("the first items of a decoded list, with and without the others", () => {
    const atoms = Array.from({ length: 100 }, (_, i) => k.long(BigInt(i)));
    const read = (): List => decode(buildMessage(k.list(atoms), 1)).value as List;
    for (const most of [0, 1, 2, 99, 100, 101]) {
      const wanted = atoms.slice(0, most).map(plain);
      assert.deepEqual(read().head(most).slice(0, most).map(plain), wanted);
      const whole = read();
      assert.equal(whole.items.length, 100);
      assert.deepEqual(whole.head(most).slice(0, most).map(plain), wanted);
    }
    assert.equal(read().head(2).length, 2, "a long list is not made whole");
    assert.deepEqual(
      k
        .list([k.long(1n)])
        .head(2)
        .map(plain),
      [k.long(1n)].map(plain),
    );
  });

  it("counts", () => {
    assert.equal(k.count(k.int(1)), 1);
    assert.equal(k.count(k.NULL), 1);
    assert.equal(k.count(k.EMPTY), 0);
    assert.equal(k.count(k.guids(new Uint8Array(32))), 2);
    assert.equal(k.count(k.dict(k.symbols(["a", "b"]), k.ints([1, 2]))), 2);
    assert.equal(k.count(k.table([], [])), 0);
    assert.equal(k.count(new Symbols(1, ["a"])), 1);
  });

  it("text of char vectors, char atoms and symbols only", () => {
    assert.equal(k.text(k.chars("ab")), "ab");
    assert.equal(k.text(k.char(0xe9)), "\udce9");
    assert.equal(k.text(k.symbol("s")), "s");
    assert.equal(k.text(k.int(1)), undefined);
    assert.equal(k.text(k.bytes([97])), undefined);
    assert.equal(k.text(k.symbols(["a"])), undefined);
    assert.ok(k.symbol("s") instanceof Atom);
  });
});
