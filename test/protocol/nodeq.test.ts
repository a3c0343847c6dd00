/** node-q as an independent coder, for every type that it knows. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { decode } from "../../protocol/decode.js";
import { encode } from "../../protocol/encode.js";
import * as k from "../../protocol/make.js";
import type { K } from "../../protocol/values.js";
import { plain } from "./plain.js";

type Make = (x: unknown) => unknown;
const require = createRequire(import.meta.url);
const coder = require("node-q/lib/c.js") as {
  deserialize(
    b: Buffer,
    nanos2date: boolean,
    flipTables: boolean,
    emptyChar2null: boolean,
    long2number: boolean,
  ): unknown;
  serialize(x: unknown): Buffer;
};
const q = require("node-q/lib/typed.js") as Record<string, Make>;
const Long = require("long") as { fromString(text: string): unknown };

/** node-q makes local Date objects of temporals, and ours are q's units, so the tests fix a local date. */
const local = (ms: number) =>
  new Date(Date.UTC(2000, 0, 1) + ms + new Date(2000, 0, 1).getTimezoneOffset() * 60_000);
const GUID = "8c680a01-5a49-5aab-5a65-d4bfddb6a661";
const DAY = 86_400_000;

/** type, what node-q calls it, its value for node-q, the same made by us, what node-q should read */
const ATOMS: readonly (readonly [string, unknown, K, unknown])[] = [
  ["boolean", true, k.boolean(true), true],
  ["guid", GUID, k.guid(GUID), GUID],
  ["byte", 0x2b, k.byte(0x2b), 0x2b],
  ["short", -5, k.short(-5), -5],
  ["int", 7, k.int(7), 7],
  ["long", Long.fromString("-123456789012"), k.long(-123456789012n), -123456789012],
  ["real", 1.5, k.real(1.5), 1.5],
  ["float", Math.PI, k.float(Math.PI), Math.PI],
  ["char", "x", k.char("x"), "x"],
  ["symbol", "sÿm", k.symbol("sÿm"), "sÿm"],
  ["timestamp", local(10 * DAY + 1), k.timestamp(864_000_001_000_000n), local(10 * DAY + 1)],
  ["month", new Date(2001, 0, 1), k.month(12), new Date(2001, 0, 1)],
  ["date", local(366 * DAY), k.date(366), local(366 * DAY)],
  ["datetime", local(DAY / 2), k.datetime(0.5), local(DAY / 2)],
  ["timespan", local(1234), k.timespan(1_234_000_000n), local(1234)],
  ["minute", local(721 * 60_000), k.minute(721), local(721 * 60_000)],
  ["second", local(5000), k.second(5), local(5000)],
  ["time", local(5000), k.time(5000), local(5000)],
];

const read = (x: K): unknown => coder.deserialize(Buffer.from(encode(x, 2)), true, false, false, true);
const written = (x: unknown): K => decode(coder.serialize(x)).value as K;

describe("node-q", () => {
  for (const [name, theirs, ours, seen] of ATOMS) {
    it(`${name}, atom and vector, both ways`, () => {
      assert.deepEqual(plain(written(q[name]!(theirs))), plain(ours));
      assert.deepEqual(read(ours), seen);
      const many = k.collapse([ours, ours, ours]);
      assert.deepEqual(plain(written(q[`${name}s`]!([theirs, theirs, theirs]))), plain(many));
      const expected = name === "char" ? "xxx" : [seen, seen, seen];
      assert.deepEqual(read(many), expected);
    });
  }

  it("reads our lists, dictionaries and tables", () => {
    const table = k.table({ a: k.ints([1, 2]), b: k.symbols(["x", "y"]) });
    assert.deepEqual(read(table), { a: [1, 2], b: ["x", "y"] });
    assert.deepEqual(read(k.dict(k.symbols(["a", "b"]), k.list([k.int(1), k.chars("hi")]))), {
      a: 1,
      b: "hi",
    });
    assert.deepEqual(read(k.list([k.list([]), k.symbols([""]), k.NULL])), [[], [null], null]);
    assert.deepEqual(read(k.ints([-2147483648, 2147483647])), [null, Number.POSITIVE_INFINITY]);
    assert.deepEqual(read(k.floats([Number.NaN])), [null]);
  });

  it("its inferred requests", () => {
    assert.deepEqual(plain(written("1+1")), plain(k.chars("1+1")));
    assert.deepEqual(plain(written("`sym")), plain(k.symbol("sym")));
    assert.deepEqual(plain(written(3)), plain(k.float(3)));
    assert.deepEqual(plain(written(null)), plain(k.NULL));
    assert.deepEqual(
      plain(written(["f", 1, "`s"])),
      plain(k.list([k.chars("f"), k.float(1), k.symbol("s")])),
    );
    assert.deepEqual(plain(written({ a: 1, b: 2 })), plain(k.dict(k.symbols(["a", "b"]), k.floats([1, 2]))));
  });

  it("our errors are its errors", () => {
    assert.throws(
      () => coder.deserialize(Buffer.from(encode(k.error("stale pointer"), 2)), true, true, true, true),
      {
        message: "stale pointer",
      },
    );
  });
});
