/** The safetensors format, after its own description; hostile files. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { KError } from "../../../protocol/values.js";
import { type NamedArray, readSafetensors, safetensors } from "../../../server/feed/learning/safetensors.js";

const bytes = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
/** A file of this header, as it is, and these bytes. */
function file(header: string | object, data: Uint8Array = new Uint8Array(0), size?: bigint): Uint8Array {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(size ?? BigInt(text.length));
  return bytes(length, text, data);
}
const array = (part: Partial<NamedArray>): NamedArray => ({
  ...{ name: "x", dtype: "F32", shape: [1], bytes: new Uint8Array(4) },
  ...part,
});

describe("safetensors", () => {
  it("is written as its description has it", () => {
    const written = bytes(
      ...safetensors({
        arrays: [
          array({ name: "b", dtype: "U8", shape: [3], bytes: Uint8Array.of(1, 2, 3) }),
          array({ name: "a", shape: [2, 1], bytes: Uint8Array.of(0, 0, 128, 63, 0, 0, 0, 64) }),
        ],
        metadata: { format: "pt" },
      }),
    );
    const header =
      '{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}}';
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    assert.deepEqual(written, file(padded, Uint8Array.of(0, 0, 128, 63, 0, 0, 0, 64, 1, 2, 3)));
  });

  it("is read back: any names, empty arrays, numbers without dimension", () => {
    const arrays = [
      array({ name: "__proto__", dtype: "F64", shape: [], bytes: new Uint8Array(8).fill(7) }),
      array({ name: "none", dtype: "I64", shape: [3, 0], bytes: new Uint8Array(0) }),
      array({ name: "é\udc80/ü", dtype: "BF16", shape: [2], bytes: Uint8Array.of(1, 2, 3, 4) }),
      array({ name: "flag", dtype: "BOOL", shape: [1], bytes: Uint8Array.of(1) }),
    ];
    const read = readSafetensors(bytes(...safetensors({ arrays, metadata: {} })));
    const byName = (all: readonly NamedArray[]): readonly NamedArray[] =>
      [...all].sort((a, b) => (a.name < b.name ? -1 : 1));
    assert.deepEqual(byName(read.arrays), byName(arrays));
    assert.deepEqual(read.metadata, {});
    assert.deepEqual(readSafetensors(bytes(...safetensors({ arrays: [], metadata: {} }))).arrays, []);
  });

  it("refuses to write what no reader takes", () => {
    const write = (...arrays: readonly NamedArray[]): unknown => safetensors({ arrays, metadata: {} });
    assert.throws(() => write(array({}), array({})), /two arrays of the name "x"/);
    assert.throws(() => write(array({ name: "__metadata__" })), /two arrays of the name/);
    assert.throws(() => write(array({ shape: [2] })), /"x" has 4 bytes, not those of F32 \[2\]/);
    assert.throws(() => write(array({ shape: [2 ** 40, 2 ** 40] })), /not those of/);
    assert.throws(() => write(array({ name: "x".repeat(2 ** 24) })), /a header of \d+ bytes/);
  });

  it("refuses a file with changed bytes, or gives arrays within it", () => {
    const good = bytes(
      ...safetensors({
        arrays: [array({}), array({ name: "y", shape: [3], bytes: new Uint8Array(12) })],
        metadata: {},
      }),
    );
    const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.nat(good.length),
        (changes, length) => {
          const changed = good.slice(0, length);
          for (const [at, byte] of changes) if (at < length) changed[at] = byte;
          try {
            for (const { bytes, shape } of readSafetensors(changed).arrays) {
              assert(bytes.byteOffset + bytes.length <= changed.length);
              assert.equal(
                bytes.length %
                  Math.max(
                    shape.reduce((x, y) => x * y, 1),
                    1,
                  ),
                0,
              );
            }
          } catch (error) {
            assert(error instanceof KError, String(error));
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  const four = new Uint8Array(4);
  const entry = (part: object): object => ({
    x: { dtype: "F32", shape: [1], data_offsets: [0, 4], ...part },
  });
  const hostile: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ["nothing", new Uint8Array(0), /shorter than eight bytes/],
    ["a torn length", new Uint8Array(7), /shorter than eight bytes/],
    ["a header that is not there", file("{}", undefined, 3n), /a header of 3 bytes is not there/],
    ["a header of 2^64-1 bytes", file("{}", undefined, 2n ** 64n - 1n), /is not there/],
    ["no JSON", file("{x}"), /no JSON/],
    ["no UTF-8", bytes(file("", undefined, 4n), Uint8Array.of(0x7b, 0xff, 0xff, 0x7d)), /no JSON/],
    ["a list", file([]), /no object/],
    ["null", file("null"), /no object/],
    ["no entry", file({ x: 1 }), /"x" is no entry/],
    ["null for an entry", file({ x: null }), /"x" is no entry/],
    ["an unknown type", file(entry({ dtype: "F7" }), four), /unknown type, "F7"/],
    ["a type of another kind", file(entry({ dtype: "toString" }), four), /unknown type/],
    ["a shape that is none", file(entry({ shape: 1 }), four), /no shape/],
    ["a negative size", file(entry({ shape: [-1] }), four), /no shape/],
    ["half a size", file(entry({ shape: [0.5] }), four), /no shape/],
    ["sizes that overflow", file(entry({ shape: [2 ** 52, 2 ** 52] }), four), /not as large as its shape/],
    ["a place that is none", file(entry({ data_offsets: [0] }), four), /no place/],
    ["a place before the first", file(entry({ data_offsets: [-4, 0] }), four), /no place/],
    ["a place backwards", file(entry({ data_offsets: [4, 0] }), four), /not as large as its shape/],
    ["a place behind the end", file(entry({ data_offsets: [4, 8] }), four), /does not begin where/],
    ["fewer bytes", file(entry({}), new Uint8Array(3)), /3 bytes of arrays, 4 expected/],
    ["more bytes", file(entry({}), new Uint8Array(5)), /5 bytes of arrays, 4 expected/],
    [
      "two at one place",
      file({ ...entry({}), y: { dtype: "F32", shape: [1], data_offsets: [0, 4] } }, four),
      /"y" does not begin where/,
    ],
    [
      "a name twice",
      file(
        '{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"x":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}',
        four,
      ),
      /does not begin/,
    ],
    ["metadata that are no texts", file({ __metadata__: { a: 1 } }), /metadata/],
    ["metadata that are none", file({ __metadata__: 1 }), /metadata/],
  ];
  for (const [what, given, error] of hostile)
    it(`refuses ${what}`, () => assert.throws(() => readSafetensors(given), error));
});
