/** The codec as others import it. */
import assert from "node:assert/strict";
import { decode, encode, k, SYNC, Vector } from "torchq/protocol";

describe("torchq/protocol", () => {
  it("encodes and decodes by itself", () => {
    const { kind, value } = decode(encode(k.floats([1, 2]), SYNC));
    assert.equal(kind, SYNC);
    assert.ok(value instanceof Vector);
    assert.deepEqual(k.items(value), Float64Array.of(1, 2));
  });
});
