/** Large vectors become tensors where they lie, and nobody else's values change with them. */
import assert from "node:assert/strict";
import { decode } from "../../protocol/decode.js";

import { Framer } from "../../protocol/framer.js";
import * as k from "../../protocol/make.js";
import type { K } from "../../protocol/values.js";
import { typeName } from "../../server/api/args/ktypes.js";
import { encoded } from "../../server/api/args/read.js";
import { bulkOffset } from "../../server/engine/bulk.js";
import { nativeCodec } from "../../server/engine/codec.js";
import { loadEngine } from "../../server/engine/index.js";
import { buildMessage } from "../protocol/builder.js";

const door = loadEngine(typeName);
const { allocate } = nativeCodec(door);
const engine = door.bind(door.newUser());
const COUNT = 300_000;
const numbers = (): Float64Array => Float64Array.from({ length: COUNT }, (_, i) => i);

/** The message of a request as a session has it after it came in pieces. */
function received(value: K): Uint8Array {
  const message = buildMessage(value, 1);
  const framer = new Framer({ allocate });
  for (let at = 0; at < message.length; at += 60_000) {
    framer.push(message.slice(at, at + 60_000));
    const whole = framer.next();
    if (whole !== undefined) return whole;
  }
  throw new Error("the message did not end");
}

/** The k vector that is the last item of a request. */
const lastItem = (message: Uint8Array): Uint8Array => {
  const { value } = decode(message);
  return encoded((value as { items: readonly K[] }).items.at(-1)!);
};

const create = (source: Uint8Array, own: boolean, dtype = "double") =>
  engine.create(source, { dtype, device: "cpu", own });

const zero = (handle: number) => engine.op(engine.operator("aten::zero_", "")!.id, [{ handle }], false);
/** An item of an encoded vector of doubles, of which each is its own index. */
const SEVENTH = 7;
const seventh = ({ buffer, byteOffset }: Uint8Array): number =>
  new DataView(buffer, byteOffset).getFloat64(6 + 8 * SEVENTH, true);

/** What a message's vector reads after the tensor made of it was set to zero. */
async function afterZero(message: Uint8Array, own: boolean): Promise<number> {
  const item = lastItem(message);
  const tensor = await create(item, own);
  await zero(tensor);
  engine.release(tensor);
  return seventh(item);
}

const REQUESTS: readonly (readonly [string, (x: K) => K])[] = [
  ["(`tensor;vector)", (x) => k.list([k.symbol("tensor"), x])],
  ["a function's name as text", (x) => k.list([k.chars("tensor"), x])],
  [
    "other arguments before it",
    (x) => k.list([k.symbol("f"), k.list([k.long(1), k.symbols(["a", "bc"])]), x]),
  ],
];

describe("large vectors into tensors", () => {
  for (const [what, request] of REQUESTS) {
    it(`${what}: the message's own memory is the tensor's, where nobody else has it`, async () => {
      const value = request(k.vector(9, numbers()));
      assert.equal(await afterZero(received(value), true), 0);
      assert.equal(await afterZero(received(value), false), SEVENTH);
    });
  }

  it("two tensors of the same bytes have two memories", async () => {
    const item = lastItem(received(k.list([k.symbol("tensor"), k.vector(9, numbers())])));
    const [one, two] = [await create(item, true), await create(item, true)];
    await zero(one);
    assert.equal(seventh(await engine.retrieve(two, true)), SEVENTH);
    engine.release(one);
    engine.release(two);
  });

  it("booleans are 0 or 1, whatever a peer sends", async () => {
    const vector = (bytes: Uint8Array): Uint8Array => {
      const item = lastItem(received(k.list([k.symbol("tensor"), k.vector(1, new Uint8Array(2 ** 21))])));
      item.set(bytes, 6);
      return item;
    };
    for (const own of [false, true]) {
      const handle = await create(vector(Uint8Array.of(0, 1, 2, 255)), own, "bool");
      const back = await engine.retrieve(handle, true);
      assert.deepEqual([...back.subarray(6, 11)], [0, 1, 1, 1, 0]);
      engine.release(handle);
    }
  });

  it("the offset is that of the first item, and 0 for whatever is no such message", () => {
    const message = buildMessage(k.list([k.symbol("tensor"), k.vector(9, numbers())]), 1);
    assert.equal(bulkOffset(message.subarray(0, 100), message.length), 8 + 6 + 8 + 6);
    assert.equal(bulkOffset(new Uint8Array(0), 2 ** 20), 0);
    assert.equal(bulkOffset(buildMessage(k.vector(9, numbers()), 1, "big"), message.length), 0);
    for (let i = 0; i < 5000; i++) {
      const bytes = Uint8Array.from({ length: 100 }, (_, j) =>
        j === 0 ? 1 : (i * 7919 + j * 104_729) >> (i % 8),
      );
      const offset = bulkOffset(bytes, 2 ** 20);
      assert.ok(offset >= 0 && offset <= 100, `${offset}`);
    }
  });
});
