/** Bytes that no honest peer sends: each is refused with a typed error, and nothing is allocated on their word. */
import assert from "node:assert/strict";
import { check } from "../../protocol/check.js";
import { decode, decodeObject } from "../../protocol/decode.js";
import { ProtocolError, type ProtocolErrorCode } from "../../protocol/errors.js";
import { frame } from "./builder.js";
import { bytes } from "./plain.js";

const OBJECTS: readonly (readonly [string, ProtocolErrorCode, string])[] = [
  ["nothing", "short", ""],
  ["atom without body", "short", "fa"],
  ["atom cut short", "short", "f900000000000000"],
  ["guid cut short", "short", "fe8c680a015a495aab5a65d4bfddb6a6"],
  ["bytes after the end", "malformed", "ff0100"],
  ["symbol without end", "short", "f5616263"],
  ["vector without head", "short", "07"],
  ["vector without count", "short", "0700010000"],
  ["vector of fewer bytes than announced", "short", "070002000000 0100000000000000"],
  ["2147483647 longs", "short", "0700ffffff7f 0100000000000000"],
  ["2147483647 guids", "short", "0200ffffff7f"],
  ["negative count", "malformed", "0700ffffffff 0100000000000000"],
  ["least count", "malformed", "000000000080"],
  ["negative wide count", "malformed", "0780ffffffffffffffff"],
  ["huge wide count", "short", "0780ffffffffff000000"],
  ["absurd wide count", "malformed", "0780ffffffffffffff7f"],
  ["wide count cut short", "short", "078001000000"],
  ["symbols without end", "short", "0b0002000000 610062"],
  ["more symbols than bytes", "short", "0b00ffffff7f 6100"],
  ["list of more items than bytes", "short", "0000ffffff7f ff01"],
  ["list that ends early", "short", "000002000000 f5616100"],
  [
    "a matrix whose last row is cut short",
    "short",
    "000003000000 050001000000 0100 050001000000 0200 050001000000 03",
  ],
  [
    "a matrix with a row of no type",
    "malformed",
    "000003000000 040001000000 01 040001000000 02 030001000000 03",
  ],
  ["a matrix with a huge row", "short", "000003000000 040001000000 01 040001000000 02 0400ffffff7f 03"],
  [
    "a matrix with a row of a wide huge count",
    "short",
    "000002000000 040001000000 01 048001000000ffff0000 02",
  ],
  ["type 3", "malformed", "030001000000 00"],
  ["type -3", "malformed", "fd00"],
  ["an enumeration", "malformed", "140001000000 00000000"],
  ["an enumeration's atom", "malformed", "ec00000000"],
  ["a nested type", "malformed", "4d0001000000 00"],
  ["a foreign object", "malformed", "7000"],
  ["type 113", "malformed", "7100"],
  ["an error inside of a list", "malformed", "000001000000 807479706500"],
  ["dictionary of unequal counts", "malformed", "63 060001000000 01000000 060002000000 0100000002000000"],
  ["dictionary of atoms", "malformed", "63 fa01000000 fa01000000"],
  ["dictionary with an atom for values", "malformed", "63 060001000000 01000000 fa01000000"],
  ["dictionary without values", "short", "63 060001000000 01000000"],
  ["table without dictionary", "malformed", "6200 060001000000 01000000"],
  [
    "table whose names are no symbols",
    "malformed",
    "620063 060001000000 01000000 000001000000 060001000000 01000000",
  ],
  ["table whose columns are no list", "malformed", "620063 0b0001000000 6100 060001000000 01000000"],
  [
    "table of fewer columns than names",
    "malformed",
    "620063 0b0002000000 61006200 000001000000 060001000000 01000000",
  ],
  ["table with an atom for a column", "malformed", "620063 0b0001000000 6100 000001000000 fa01000000"],
  [
    "table of unequal columns",
    "malformed",
    "620063 0b0002000000 61006200 000002000000 060001000000 01000000 060002000000 0100000002000000",
  ],
  ["lambda without source", "short", "6400"],
  ["lambda whose source is no text", "malformed", "6400 fa01000000"],
  ["projection of a negative count", "malformed", "68ffffffff"],
  ["projection of more than there is", "short", "68ffffff7f6500"],
  ["derived function of nothing", "short", "6a"],
];

const MESSAGES: readonly (readonly [string, ProtocolErrorCode, string])[] = [
  ["no header", "short", "01000000"],
  ["byte order 2", "malformed", "020000000a000000ff01"],
  ["kind 3", "malformed", "010300000a000000ff01"],
  ["compression 3", "malformed", "010003000a000000ff01"],
  ["length of a header alone", "malformed", "0100000008000000"],
  ["length 0", "malformed", "0100000000000000ff01"],
  ["length too small", "malformed", "0100000009000000ff01"],
  ["length too large", "malformed", "01000000ffffffffff01"],
  ["length of hundreds of gigabytes", "malformed", "010000ff0a000000ff01"],
  ["an error in a request", "malformed", "010100000e000000807479706500"],
  ["an error without end", "malformed", "010200000d0000008074797065"],
  ["an error that ends twice", "malformed", "010200000f00000080747970650000"],
  ["big-endian negative count", "malformed", "000000000000000e 0700ffffffff"],
  ["big-endian count read as such", "short", "000000000000000e 040000000100"],
  ["compressed without size", "short", "010001000a0000001000"],
  ["compressed without tokens", "short", "010001000c00000010000000"],
  ["compressed to nothing", "malformed", "010001000e000000 00000000 00ff"],
  ["compressed to a header", "malformed", "010001000e000000 08000000 00ff"],
  ["compressed to more than it can hold", "malformed", "010001000e000000 ffffff7f 00ff"],
  ["compressed to more than the limit", "limit", "010001000e000000 ffffffff 00ff"],
  ["compressed to terabytes", "limit", "0100020012000000 00000000ff000000 00ff"],
  ["compressed from an empty slot", "malformed", "010001000f000000 0b000000 010501"],
  ["compressed past its end", "malformed", "0100010013000000 0d000000 04 ff01 feff 000000"],
  ["compressed tokens cut short", "short", "010001000f000000 20000000 00ff01"],
];

/** Runs `act` and gives what it threw, which must have allocated next to nothing. */
function refusal(act: () => unknown): ProtocolError {
  const before = process.memoryUsage().arrayBuffers;
  let thrown: unknown;
  try {
    act();
  } catch (error) {
    thrown = error;
  }
  assert.ok(process.memoryUsage().arrayBuffers - before < 1e6, "memory was committed to a false count");
  assert.ok(thrown instanceof ProtocolError, `${thrown}`);
  return thrown;
}

describe("malformed", () => {
  for (const [name, code, text] of OBJECTS) {
    it(`object: ${name}`, () => {
      assert.equal(refusal(() => decodeObject(bytes(text))).code, code);
      if (text !== "") assert.equal(refusal(() => decode(frame(bytes(text), 1))).code, code);
    });
  }

  for (const [name, code, text] of MESSAGES) {
    it(`message: ${name}`, () => assert.equal(refusal(() => decode(bytes(text))).code, code));
  }

  it("says what was wrong", () => {
    assert.match(
      refusal(() => decodeObject(bytes("0700020000000100000000000000"))).message,
      /16 bytes announced at byte 6, 8 left/,
    );
  });

  const levels = (n: number, head: string, end: string) => bytes(head.repeat(n) + end);

  it("nesting is limited", () => {
    const list = "000001000000";
    const tooDeep = (wire: Uint8Array) => refusal(() => decodeObject(wire));
    assert.equal(check(levels(200, list, "ff01")).end, 1202);
    assert.equal(tooDeep(levels(201, list, "ff01")).code, "limit");
    assert.equal(tooDeep(levels(100_000, list, "ff01")).code, "limit");
    for (const head of ["63", "6a", "620063", "6801000000"]) {
      const error = tooDeep(levels(100_000, head, ""));
      assert.ok(error.code === "limit" || error.code === "malformed", error.message);
    }
    assert.equal(refusal(() => decodeObject(levels(5, list, "ff01"), { depth: 4 })).code, "limit");
  });

  it("items that would become objects are limited", () => {
    const list = Buffer.concat([bytes("000064000000"), Buffer.alloc(200, bytes("ff01"))]);
    assert.equal(check(list).end, list.length);
    assert.equal(refusal(() => decodeObject(list, { objects: 99 })).code, "limit");
    const symbols = Buffer.concat([bytes("0b0064000000"), Buffer.alloc(100)]);
    assert.equal(refusal(() => decodeObject(symbols, { symbols: 99 })).code, "limit");
  });

  it("a walk over a million small vectors takes some tens of milliseconds", () => {
    const row = bytes("080002000000 0000803f0000803f");
    const message = Buffer.concat([bytes("000040420f00"), Buffer.alloc(1_000_000 * row.length, row)]);
    const started = performance.now();
    assert.equal(check(message).end, message.length);
    const took = performance.now() - started;
    assert.ok(took < 500, `${took} ms`);
  });

  it("deep lists cost one walk each, not one walk a level", () => {
    const inner = Buffer.concat([bytes("000040420f00"), Buffer.alloc(2_000_000, bytes("ff01"))]);
    const nested = Buffer.concat([Buffer.alloc(150 * 6, bytes("000001000000")), inner]);
    let x = decodeObject(nested);
    const started = performance.now();
    for (let depth = 0; depth < 150; depth++) {
      assert.ok("items" in x);
      x = x.items[0]!;
    }
    const took = performance.now() - started;
    assert.ok("items" in x && x.items.length === 1_000_000);
    assert.ok(took < 3000, `${took} ms`);
  });
});
