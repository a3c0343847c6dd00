/** Compression: outputs recorded from q, a slow compressor and node-q as second opinions, and give-up rules. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import fc from "fast-check";
import { compress, uncompress } from "../../protocol/compress.js";
import { decode } from "../../protocol/decode.js";
import { ProtocolError } from "../../protocol/errors.js";
import * as k from "../../protocol/make.js";
import { type K, Vector } from "../../protocol/values.js";
import { buildMessage, whole } from "./builder.js";
import { slowCompress } from "./deflate.js";
import { hex, plain } from "./plain.js";

const require = createRequire(import.meta.url);
const nodeq = require("node-q/lib/c.js") as { deserialize(b: Buffer, ...flags: boolean[]): unknown };

const named = (n: number, name: string) => k.symbols(Array.from({ length: n }, () => name));
const til = (from: number) => k.longs(Array.from({ length: 200 }, (_, i) => from + i));

/** The tokens that q makes, recorded; the long ones as a SHA-256 of their hexadecimal digits. */
const KNOWN: readonly (readonly [string, K, number, number, string])[] = [
  [
    "1000#`q",
    named(1000, "q"),
    2014,
    45,
    "de070000800b00e80300007171ffaa7171ff7171ff7171ff7171ff2a7171ff7171ff7171bf",
  ],
  [
    "([] q:1000#`q)",
    k.table({ q: named(1000, "q") }),
    2031,
    63,
    "ef070000006200630b0001000034007100000001020b00e803570000710071ff0071ff0071ff005571ff0071ff0071ff0071ff000171be",
  ],
  [
    "([] a:til 200;b:25+til 200;c:200#`a)",
    k.table({ a: til(0), b: til(25), c: named(200, "a") }),
    3647,
    1064,
    "c2bd7e170c7d0606033e9542a442fcf00f78e6fc2b8b7517147f4c88d58b5e8a",
  ],
];

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

const bigEndian = (packed: Uint8Array, plainSize: number): Uint8Array =>
  Uint8Array.from([
    0,
    packed[1]!,
    1,
    0,
    ...whole(packed.length, 4, "big"),
    ...whole(plainSize, 4, "big"),
    ...packed.slice(12),
  ]);

describe("compression", () => {
  for (const [name, value, size, packedSize, tokens] of KNOWN) {
    it(`${name} becomes q's own bytes, and back`, () => {
      const message = buildMessage(value, 1);
      assert.equal(message.length, size);
      const packed = compress(message);
      assert.ok(packed !== undefined);
      assert.equal(packed.length, packedSize);
      assert.equal(hex(packed.subarray(0, 8)), hex([1, 1, 1, 0, ...whole(packedSize, 4, "little")]));
      const text = hex(packed.subarray(8));
      assert.equal(tokens.length === 64 ? digest(text) : text, tokens);
      assert.equal(hex(uncompress(packed, size)), hex(message));
      const decoded = decode(packed);
      assert.equal(decoded.kind, 1);
      assert.deepEqual(plain(decoded.value as K), plain(value));
    });

    it(`${name} with a size of 8 bytes (flag 02), and from a big-endian peer`, () => {
      const packed = compress(buildMessage(value, 1))!;
      const wide = Uint8Array.from([
        ...[1, 1, 2, 0, ...whole(packed.length + 4, 4, "little"), ...whole(size, 8, "little")],
        ...packed.slice(12),
      ]);
      assert.deepEqual(plain(decode(wide).value as K), plain(value));
      const plainBig = buildMessage(value, 1, "big");
      const packedBig = slowCompress(plainBig)!;
      assert.deepEqual(plain(decode(bigEndian(packedBig, size)).value as K), plain(value));
      const wideBig = Uint8Array.from([
        ...[0, 1, 2, 0, ...whole(packedBig.length + 4, 4, "big"), ...whole(size, 8, "big")],
        ...packedBig.slice(12),
      ]);
      assert.deepEqual(plain(decode(wideBig).value as K), plain(value));
      assert.equal(hex(compress(plainBig)!), hex(bigEndian(packedBig, size)));
    });
  }

  it("node-q reads what we compress", () => {
    const packed = compress(buildMessage(til(0), 2)) ?? compress(buildMessage(named(5000, "abc"), 2));
    assert.deepEqual(
      nodeq.deserialize(Buffer.from(packed!), true, true, true, true),
      Array.from({ length: 5000 }, () => "abc"),
    );
  });

  it("makes the bytes that the slow compressor makes", () => {
    const run = fc.oneof(
      fc.tuple(fc.uint8Array({ maxLength: 12 }), fc.integer({ min: 1, max: 200 })),
      fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 3, max: 3 }), fc.integer({ min: 1, max: 600 })),
    );
    let packed = 0;
    fc.assert(
      fc.property(fc.array(run, { minLength: 4, maxLength: 20 }), (runs) => {
        const data = runs.flatMap(([part, n]) => Array.from({ length: n }, () => [...part]).flat());
        const message = buildMessage(new Vector(4, Uint8Array.from(data)), 0);
        const expected = slowCompress(message);
        const made = compress(message);
        assert.equal(made && hex(made), expected && hex(expected));
        if (made !== undefined) {
          packed++;
          assert.equal(hex(uncompress(made, message.length)), hex(message));
        }
      }),
    );
    assert.ok(packed > 10, "the data were worth compressing");
  });

  it("small messages and those that would not shrink to half go as they are", () => {
    const zeros = (n: number) => buildMessage(new Vector(4, new Uint8Array(n)), 0);
    assert.equal(compress(zeros(1986)), undefined, "2000 bytes");
    assert.ok(compress(zeros(1987)), "2001 bytes");
    let seed = 1;
    const noise = Uint8Array.from({ length: 5000 }, () => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return seed >> 16;
    });
    assert.equal(compress(buildMessage(new Vector(4, noise), 0)), undefined);
  });

  it("a bomb is refused before it inflates", () => {
    const packed = compress(buildMessage(new Vector(4, new Uint8Array(1_000_000)), 0))!;
    assert.throws(() => decode(packed, { maxSize: 999_999 }), { name: "ProtocolError", code: "limit" });
    assert.equal(decode(packed, { maxSize: 1_000_014 }).kind, 0);
    assert.throws(() => uncompress(packed, 999_999), ProtocolError);
  });

  it("5014 bytes in 64 are no bomb", () => {
    const message = buildMessage(new Vector(4, new Uint8Array(5000)), 1);
    const packed = compress(message)!;
    assert.ok(packed.length <= 64);
    assert.equal(hex(uncompress(packed, 10_000)), hex(message));
  });

  it("a native twin can take its place", () => {
    let seen = 0;
    const packed = compress(buildMessage(named(1000, "q"), 1))!;
    decode(packed, {
      uncompress: (message, limit) => {
        seen = message.length;
        return uncompress(message, limit);
      },
    });
    assert.equal(seen, 45);
  });
});
