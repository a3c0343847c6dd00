/** Native compression: the same bytes as JavaScript's, the same refusals, and large messages aside from the event loop. */
import assert from "node:assert/strict";
import { compress } from "../../protocol/compress.js";
import { decode } from "../../protocol/decode.js";
import { ProtocolError } from "../../protocol/errors.js";
import * as k from "../../protocol/make.js";
import type { Vector } from "../../protocol/values.js";
import { typeName } from "../../server/api/args/ktypes.js";
import { nativeCodec } from "../../server/engine/codec.js";
import { loadEngine } from "../../server/engine/index.js";
import { buildMessage, frame, whole } from "../protocol/builder.js";
import { slowCompress } from "../protocol/deflate.js";
import { bytes, hex } from "../protocol/plain.js";

const codec = nativeCodec(loadEngine(typeName));
const LIMIT = 2 ** 31 - 1;

const chars = (length: number, at: (i: number) => number): Uint8Array =>
  frame([10, 0, ...whole(length, 4, "little"), ...Array.from({ length }, (_, i) => at(i) & 255)]);

/** Runs of every length around 255 and 256, where a pair ends, separated by one other byte. */
const runs = (): Uint8Array => {
  const items: number[] = [];
  for (let length = 250; length < 262; length++) items.push(...new Array(length).fill(97), length - 200);
  return frame([10, 0, ...whole(items.length, 4, "little"), ...items]);
};

const MESSAGES: readonly (readonly [string, Uint8Array])[] = [
  ["zeros", chars(5000, () => 0)],
  ["2001 bytes", chars(2001 - 14, () => 7)],
  ["2000 bytes", chars(2000 - 14, () => 7)],
  ["two bytes in turn", chars(4000, (i) => i & 1)],
  ["a period of three", chars(4000, (i) => i % 3)],
  ["a period of 8 and of 9", chars(9000, (i) => (i < 4500 ? i % 8 : i % 9))],
  ["runs that end a pair", runs()],
  ["a square each, which does not compress", chars(4000, (i) => (i * i) >> 3)],
  ["small numbers as doubles", buildMessage(k.floats(Array.from({ length: 500 }, (_, i) => i % 9)), 2)],
  ["the same, big-endian", buildMessage(k.floats(Array.from({ length: 500 }, (_, i) => i % 9)), 1, "big")],
  ["symbols", buildMessage(k.symbols(Array.from({ length: 900 }, (_, i) => `s${i % 4}`)), 0)],
];

describe("native compression", () => {
  for (const [what, message] of MESSAGES) {
    it(`${what}: as a slow compressor has it, and back`, async () => {
      const packed = await codec.compress(message);
      assert.equal(packed && hex(packed), slowCompress(message) && hex(slowCompress(message)!));
      if (packed === undefined) return;
      assert.equal(hex(await codec.uncompress(packed, LIMIT)), hex(message));
      for (let size = 9; size < packed.length; size += 1 + (packed.length >> 6)) {
        const torn = Uint8Array.from(packed.subarray(0, size));
        await assert.rejects(async () => codec.uncompress(torn, LIMIT), ProtocolError, `${size} bytes`);
      }
    });
  }

  it("a size that the tokens cannot have, or beyond the limit, is refused at once", () => {
    const packed = Buffer.from(slowCompress(chars(5000, () => 0))!);
    assert.throws(() => codec.uncompress(packed, 4000), { code: "limit" });
    packed.writeUInt32LE(2 ** 30, 8);
    assert.throws(() => codec.uncompress(packed, LIMIT), { code: "malformed" });
  });

  it("a pair without anything before it is refused", () => {
    // header, size 9 + 8, one control byte with a pair first
    const message = bytes("01010100 0f000000 11000000 01 41 07");
    assert.throws(() => codec.uncompress(message, LIMIT), ProtocolError);
  });

  it("8 bytes of size", async () => {
    const message = chars(5000, (i) => i % 7);
    const packed = Buffer.from(slowCompress(message)!);
    const wide = Buffer.concat([packed.subarray(0, 12), Buffer.alloc(4), packed.subarray(12)]);
    wide[2] = 2;
    wide.writeUInt32LE(wide.length, 4);
    assert.equal(hex(await codec.uncompress(wide, LIMIT)), hex(message));
  });

  it("a large message leaves the event loop free, and is the same as JavaScript's", async () => {
    const message = buildLarge();
    let ticks = 0;
    const tick = (): void => {
      ticks++;
      timer = setImmediate(tick);
    };
    let timer = setImmediate(tick);
    const packed = await codec.compress(message);
    assert.ok(ticks > 0, "other work ran meanwhile");
    assert.equal(Buffer.compare(packed!, compress(message)!), 0);
    ticks = 0;
    const plain = await codec.uncompress(packed!, LIMIT);
    clearImmediate(timer);
    assert.ok(ticks > 0, "other work ran meanwhile");
    assert.equal(Buffer.compare(plain, message), 0);
    assert.equal((decode(plain).value as Vector).count, 1_000_000);
  });
});

/** A million doubles. */
function buildLarge(): Uint8Array {
  const items = Float64Array.from({ length: 1_000_000 }, (_, i) => (i % 1000) / 4);
  const message = Buffer.alloc(14 + items.byteLength);
  message.set([1, 2, 0, 0]);
  message.writeUInt32LE(message.length, 4);
  message.set([9, 0], 8);
  message.writeUInt32LE(items.length, 10);
  message.set(new Uint8Array(items.buffer), 14);
  return message;
}
