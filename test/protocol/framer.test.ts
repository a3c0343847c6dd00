/** Streams cut in every way give the same messages, and what was handed out stays as it was. */
import assert from "node:assert/strict";
import { ProtocolError } from "../../protocol/errors.js";
import { Framer } from "../../protocol/framer.js";
import * as k from "../../protocol/make.js";
import { buildMessage } from "./builder.js";
import { bytes, hex } from "./plain.js";

const MESSAGES = [
  buildMessage(k.chars("1+1"), 1),
  buildMessage(k.NULL, 0),
  buildMessage(k.list([k.symbol("upd"), k.floats([1, 2, 3])]), 0),
  buildMessage(k.dict(k.symbols(["a"]), k.ints([1])), 2, "big"),
];
const STREAM = Buffer.concat(MESSAGES);
const EXPECTED = MESSAGES.map(hex);

/** All messages that are there now. */
function drain(framer: Framer): Uint8Array[] {
  const out: Uint8Array[] = [];
  for (let message = framer.next(); message !== undefined; message = framer.next()) out.push(message);
  return out;
}

type Feed = (framer: Framer, chunk: Uint8Array) => void;

/** The two ways in: chunks as they come, or reading into the framer's own memory. */
const FEEDS: readonly (readonly [string, Feed])[] = [
  ["push", (framer, chunk) => framer.push(Uint8Array.from(chunk))],
  [
    "target and filled",
    (framer, chunk) => {
      const target = framer.target();
      const size = Math.min(target.length, chunk.length);
      assert.ok(size > 0);
      target.set(chunk.subarray(0, size));
      framer.filled(size);
      if (size === chunk.length) return;
      held.push(...drain(framer));
      FEEDS[1]![1](framer, chunk.subarray(size));
    },
  ],
];
/** messages that came out while one chunk was being read in several steps */
let held: Uint8Array[] = [];

function feedAll(feed: Feed, chunks: readonly Uint8Array[], framer = new Framer()): Uint8Array[] {
  held = [];
  const out: Uint8Array[] = [];
  for (const chunk of chunks) {
    feed(framer, chunk);
    out.push(...held.splice(0), ...drain(framer));
  }
  return out;
}

for (const [way, feed] of FEEDS) {
  describe(`framer, ${way}`, () => {
    it("several messages in one packet", () => {
      assert.deepEqual(feedAll(feed, [STREAM]).map(hex), EXPECTED);
    });

    it("one byte at a time", () => {
      const chunks = [...STREAM].map((byte) => Uint8Array.of(byte));
      assert.deepEqual(feedAll(feed, chunks).map(hex), EXPECTED);
    });

    it("cut in two at every point", () => {
      for (let at = 0; at <= STREAM.length; at++) {
        const chunks = [STREAM.subarray(0, at), STREAM.subarray(at)].filter((chunk) => chunk.length > 0);
        assert.deepEqual(feedAll(feed, chunks).map(hex), EXPECTED, `cut at ${at}`);
      }
    });

    it("cut in three at every pair of points", () => {
      for (let a = 1; a < STREAM.length - 1; a++) {
        for (let b = a + 1; b < STREAM.length; b++) {
          const chunks = [STREAM.subarray(0, a), STREAM.subarray(a, b), STREAM.subarray(b)];
          assert.deepEqual(feedAll(feed, chunks).map(hex), EXPECTED, `cut at ${a} and ${b}`);
        }
      }
    });

    it("messages handed out are never overwritten", () => {
      const framer = new Framer();
      const large = buildMessage(k.bytes(Uint8Array.from({ length: 100_000 }, (_, i) => i)), 1);
      const stream = Buffer.concat([STREAM, large, STREAM, STREAM, large, STREAM]);
      const kept: [Uint8Array, string][] = [];
      for (const step of [1, 7, 100, 4096, 65_536]) {
        for (let at = 0; at < stream.length; at += step) {
          for (const message of feedAll(feed, [stream.subarray(at, at + step)], framer)) {
            kept.push([message, hex(message)]);
          }
        }
      }
      assert.equal(kept.length, 5 * (4 * EXPECTED.length + 2));
      for (const [message, text] of kept) assert.equal(hex(message), text);
      assert.equal(framer.waiting, 0);
    });

    it("a bad header is refused at its eighth byte, after the messages before it", () => {
      for (const [bad, code] of [
        ["020000000a000000", "malformed"],
        ["0100000008000000", "malformed"],
        ["01000000ffffff7f", "limit"],
        ["010000ff0a000000", "limit"],
        ["000000007fffffff", "limit"],
      ] as const) {
        const framer = new Framer({ maxMessage: 1_000_000 });
        feed(framer, Buffer.concat([MESSAGES[0]!, bytes(bad).subarray(0, 7)]));
        assert.equal(hex(framer.next()!), EXPECTED[0]);
        assert.equal(framer.next(), undefined);
        feed(framer, bytes(bad).subarray(7));
        assert.throws(
          () => framer.next(),
          (error) => error instanceof ProtocolError && error.code === code,
        );
      }
    });

    it("the limit counts the header", () => {
      const message = MESSAGES[0]!;
      assert.equal(feedAll(feed, [message], new Framer({ maxMessage: message.length })).length, 1);
      assert.throws(
        () => feedAll(feed, [message], new Framer({ maxMessage: message.length - 1 })),
        ProtocolError,
      );
    });

    it("memory follows what has arrived, not what was announced", () => {
      const framer = new Framer();
      const before = process.memoryUsage().arrayBuffers;
      const committed = () => process.memoryUsage().arrayBuffers - before;
      feed(framer, bytes("010000000000004000")); // announces 1 GB
      assert.equal(framer.next(), undefined);
      assert.ok(committed() < 300_000, `${committed()}`);
      const chunk = new Uint8Array(65_536);
      for (let i = 1; i <= 64; i++) {
        feedAll(feed, [chunk], framer);
        // sixteen times what has arrived, and buffers not yet collected
        const bound = 18 * framer.waiting + 1_000_000;
        assert.ok(committed() < bound, `${committed()} committed for ${framer.waiting} bytes`);
      }
      assert.ok(framer.waiting > 64 * 65_536);
    });
  });
}

describe("framer", () => {
  it("hands out a message that lies in one chunk without a copy", () => {
    const framer = new Framer();
    framer.push(STREAM);
    for (const message of drain(framer)) assert.equal(message.buffer, STREAM.buffer);
  });

  it("a chunk may be pushed before the last one is used up", () => {
    const framer = new Framer();
    framer.push(STREAM.subarray(0, 30));
    framer.push(STREAM.subarray(30));
    assert.deepEqual(drain(framer).map(hex), EXPECTED);
  });

  it("lets the socket read a large message where it will lie", () => {
    const message = buildMessage(k.bytes(new Uint8Array(300_000).fill(7)), 1);
    const framer = new Framer();
    let at = 0;
    let out: Uint8Array | undefined;
    while (out === undefined) {
      const target = framer.target();
      assert.equal(framer.target().byteOffset, target.byteOffset, "the same region until it is filled");
      const size = Math.min(target.length, 50_000, message.length - at);
      target.set(message.subarray(at, at + size));
      framer.filled(size);
      at += size;
      out = framer.next();
    }
    assert.equal(at, message.length);
    assert.equal(Buffer.compare(out, message), 0);
  });

  it("a message that grows peaks below 1.3 times its size", () => {
    const size = 64 * 2 ** 20;
    const chunk = new Uint8Array(2 ** 20);
    const framer = new Framer();
    const header = Buffer.from("0100000000000000", "hex");
    header.writeUInt32LE(size, 4);
    globalThis.gc?.();
    const before = process.memoryUsage().arrayBuffers;
    let largest = 0;
    framer.push(header);
    let message = framer.next();
    for (let sent = 8; message === undefined; sent += chunk.length) {
      framer.push(chunk.subarray(0, Math.min(chunk.length, size - sent)));
      message = framer.next();
      largest = Math.max(largest, process.memoryUsage().arrayBuffers - before);
    }
    assert.equal(message.length, size);
    // memory given up and not yet collected counts here too: a sixteenth, and so on
    assert.ok(largest < 1.3 * size, `${largest / size}`);
  });
});
