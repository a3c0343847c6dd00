/** What holds for any k value. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { check } from "../../protocol/check.js";
import { compress, uncompress } from "../../protocol/compress.js";
import { decode, decodeObject } from "../../protocol/decode.js";
import { encode, encodeObject, encodeParts } from "../../protocol/encode.js";
import { ProtocolError } from "../../protocol/errors.js";
import { bytesOf, textOf } from "../../protocol/text.js";
import type { K } from "../../protocol/values.js";
import { build, buildMessage, letters } from "./builder.js";
import { anyK, hex, plain } from "./plain.js";

describe("any value", () => {
  it("encodes to what the slow builder builds", () => {
    fc.assert(fc.property(anyK, (x) => assert.equal(hex(encodeObject(x)), hex(build(x)))));
  });

  it("comes back from the builder's bytes", () => {
    fc.assert(
      fc.property(anyK, fc.constantFrom(0, 1, 2), (x, kind) => {
        const message = decode(buildMessage(x, kind));
        assert.equal(message.kind, kind);
        assert.deepEqual(plain(message.value as K), plain(x));
      }),
    );
  });

  it("encodes again to the same bytes, looked at or not", () => {
    fc.assert(
      fc.property(anyK, (x) => {
        const wire = Uint8Array.from(build(x));
        const decoded = decodeObject(wire);
        assert.equal(hex(encodeObject(decoded)), hex(wire));
        plain(decoded);
        assert.equal(hex(encodeObject(decoded)), hex(wire));
        assert.equal(check(wire).end, wire.length);
      }),
    );
  });

  it("in pieces is the same message", () => {
    fc.assert(
      fc.property(anyK, (x) => {
        assert.equal(hex(Buffer.concat(encodeParts(x, 1))), hex(encode(x, 1)));
      }),
    );
  });

  it("cut anywhere is refused with a typed error", () => {
    fc.assert(
      fc.property(anyK, fc.nat(), (x, at) => {
        const wire = Uint8Array.from(build(x));
        const cut = wire.subarray(0, at % wire.length);
        assert.throws(() => decodeObject(cut), ProtocolError);
      }),
    );
  });

  it("with bytes changed decodes or is refused with a typed error", () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(anyK, changes, fc.constantFrom("little" as const, "big" as const), (x, edits, order) => {
        const wire = buildMessage(x, 2, order);
        for (const [at, value] of edits) wire[8 + (at % (wire.length - 8))] = value;
        try {
          const { value } = decode(wire);
          if (!(value instanceof Error)) encodeObject(decodeObject(Uint8Array.from(build(value))));
        } catch (error) {
          assert.ok(error instanceof ProtocolError, String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("any bytes decode or are refused with a typed error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (wire) => {
        try {
          plain(decodeObject(wire));
        } catch (error) {
          assert.ok(error instanceof ProtocolError, String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("any text", () => {
  it("any bytes survive as text", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (data) =>
        assert.equal(hex(bytesOf(textOf(data))), hex(data)),
      ),
      { numRuns: 1000 },
    );
  });

  it("has the bytes that the slow builder builds", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.constantFrom("", "\udc80", "\udcff"), (text, end) => {
        assert.equal(hex(bytesOf(text + end)), hex(letters(text + end)));
      }),
    );
  });
});

describe("any compressible message", () => {
  const runs = fc.array(fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 1, max: 900 })), {
    minLength: 8,
    maxLength: 40,
  });

  it("comes back as it was, in less than half the bytes", () => {
    fc.assert(
      fc.property(runs, fc.uint8Array({ maxLength: 300 }), (repeats, noise) => {
        const body = Buffer.concat([...repeats.map(([value, n]) => Buffer.alloc(n, value)), noise]);
        const message = Buffer.concat([Buffer.from([1, 1, 0, 0]), Buffer.alloc(4), body]);
        message.writeUInt32LE(message.length, 4);
        const packed = compress(message);
        if (packed === undefined) return;
        assert.ok(packed.length < message.length / 2);
        assert.equal(Buffer.compare(uncompress(packed, message.length), message), 0);
      }),
    );
  });

  it("with bytes changed inflates to the announced size or is refused with a typed error", () => {
    const body = Buffer.concat([Buffer.alloc(3000, 7), Buffer.from("abcdefgh".repeat(200))]);
    const message = Buffer.concat([Buffer.from([1, 1, 0, 0]), Buffer.alloc(4), body]);
    message.writeUInt32LE(message.length, 4);
    const packed = compress(message);
    assert.ok(packed !== undefined);
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 255 }), (at, value) => {
        const changed = Uint8Array.from(packed);
        changed[12 + (at % (packed.length - 12))] = value;
        try {
          assert.equal(uncompress(changed, 10_000).length, message.length);
        } catch (error) {
          assert.ok(error instanceof ProtocolError, String(error));
        }
      }),
      { numRuns: 1000 },
    );
  });
});
