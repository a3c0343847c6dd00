/** What older peers cannot take is refused; large vectors travel by reference. */
import assert from "node:assert/strict";
import { decodeObject } from "../../protocol/decode.js";
import { encode, encodeObject, encodeParts } from "../../protocol/encode.js";
import { ProtocolError, type ProtocolErrorCode } from "../../protocol/errors.js";
import * as k from "../../protocol/make.js";
import { type K, Symbols, Vector } from "../../protocol/values.js";
import { build } from "./builder.js";
import { bytes, hex } from "./plain.js";

const refused = (code: ProtocolErrorCode) => (error: unknown) =>
  error instanceof ProtocolError && error.code === code;

describe("capability", () => {
  const GUID = new Uint8Array(16);
  const cases: readonly (readonly [string, K, number])[] = [
    ["guid", k.guid(GUID), 3],
    ["guids", k.guids(GUID), 3],
    ["timestamp", k.timestamp(1), 1],
    ["timestamps", k.timestamps([1]), 1],
    ["timespan", k.timespan(1), 1],
    ["timespans", k.timespans([1]), 1],
    ["guid in a list", k.list([k.int(1), k.list([k.guid(GUID)])]), 3],
    ["timespans in a table", k.table({ a: k.timespans([1]) }), 1],
    ["long", k.long(1), 0],
  ];
  for (const [name, value, needed] of cases) {
    it(`${name} needs ${needed}`, () => {
      const came = decodeObject(Uint8Array.from(build(value)));
      for (let capability = 0; capability <= 6; capability++) {
        for (const x of [value, came]) {
          if (capability < needed) assert.throws(() => encode(x, 2, { capability }), refused("type"));
          else assert.equal(hex(encode(x, 2, { capability }).subarray(8)), hex(build(value)));
        }
      }
    });
  }

  it("a projection that holds a guid", () => {
    const came = decodeObject(bytes("680200000065ff fe00000000000000000000000000000000"));
    assert.throws(() => encode(came, 2, { capability: 2 }), refused("type"));
    assert.equal(encode(came, 2, { capability: 3 }).length, 32);
  });

  it("counts of 8 bytes inside of a list need 6", () => {
    const came = decodeObject(bytes("000001000000 0480010000000000000005"));
    assert.throws(() => encode(came, 2, { capability: 3 }), refused("limit"));
    assert.equal(encode(came, 2).length, 25);
  });

  it("messages beyond 2 GB need 5, vectors beyond 2147483647 items 6", () => {
    const gigabyte = new Vector(4, new Uint8Array(Buffer.allocUnsafeSlow(2 ** 30).buffer));
    const large = k.list([gigabyte, gigabyte, gigabyte]);
    assert.throws(() => encodeParts(large, 2, { capability: 3 }), refused("limit"));
    const parts = encodeParts(large, 2, { capability: 5 });
    const total = 8 + 6 + 3 * (6 + 2 ** 30);
    assert.equal(
      parts.reduce((sum, part) => sum + part.length, 0),
      total,
    );
    assert.equal(hex(parts[0]!), "01020000200000c0 000003000000 040000000040".replaceAll(" ", ""));
    const larger = encodeParts(k.list([large, large]), 2);
    assert.equal(hex(larger[0]!.subarray(0, 8)), "010200013e000080", "byte 3 has bits 32 to 39");
    // a stand-in for bytes that no machine here should have to hold
    const long = new Symbols(2 ** 31, [], 0, new Uint8Array(0));
    assert.throws(() => encodeObject(long, { capability: 5 }), refused("limit"));
    assert.equal(hex(encodeObject(long)), "0b800000008000000000");
  });

  it("a large vector is handed on by reference, with the rest joined around it", () => {
    const data = new Float64Array(100_000);
    const x = k.list([k.symbol("upd"), k.floats(data), k.int(1), k.floats(data)]);
    const parts = encodeParts(x, 0);
    assert.equal(parts.length, 4);
    assert.equal(parts[1]!.buffer, data.buffer);
    assert.equal(Buffer.compare(Buffer.concat(parts), encode(x, 0)), 0);
  });

  it("values too deep are refused, not overflowed", () => {
    let x: K = k.EMPTY;
    for (let i = 0; i < 100_000; i++) x = k.list([x]);
    assert.throws(() => encode(x, 2), refused("limit"));
  });

  it("symbols with a zero character, unknown types and broken vectors are refused", () => {
    assert.throws(() => encode(k.symbol("é\0b"), 1), refused("type"));
    assert.throws(() => encode(new Vector(7, new Uint8Array(9)), 1), refused("type"));
    assert.throws(() => encode(new Vector(3, new Uint8Array(9)), 1), refused("type"));
    assert.throws(() => encode(k.symbol("a\0b"), 1), refused("type"));
    assert.throws(() => encode(k.symbols(["a", "b\0"]), 1), refused("type"));
    assert.throws(() => encode(k.atom(3, 1), 1), refused("type"));
  });
});
