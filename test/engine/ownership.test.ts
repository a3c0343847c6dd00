/** A handle is its user's alone: to everybody else's verbs it is stale, in whatever argument it stands. */
import assert from "node:assert/strict";
import { encodeObject } from "../../protocol/encode.js";
import * as k from "../../protocol/make.js";
import { typeName } from "../../server/api/args/ktypes.js";
import { type Engine, type Handle, loadEngine } from "../../server/engine/index.js";

const door = loadEngine(typeName);
const mine = door.bind(door.newUser());
const others = door.bind(door.newUser());

const value = encodeObject(k.floats([1, 2]));
const cloneOf = (handle: Handle): [id: number, args: { handle: Handle }[], asK: boolean] => [
  mine.operator("aten::clone", "")!.id,
  [{ handle }],
  false,
];

/** An argument of each form, given by a user to whom the handle does not belong. */
const USES: Readonly<Record<string, (engine: Engine, tensor: Handle, vector: Handle) => unknown>> = {
  "an object": (engine, tensor) => engine.address(tensor),
  "an object of one class": (engine, _, vector) => engine.member(vector, 0n),
  "a tensor": (engine, tensor) => engine.describe(tensor),
  "a tensor to compute with": (engine, tensor) => engine.retrieve(tensor),
  "a tensor to change": (engine, tensor) => engine.assign(tensor, value),
  "an operator's argument": (engine, tensor) => engine.op(...cloneOf(tensor)),
  "one of several tensors": (engine, tensor) => engine.vector([value, tensor]),
  "the values of named tensors": (engine, tensor) =>
    engine.setTensors(tensor, "parameters", { values: [value] }, "set"),
  "an optimizer's parameters": (engine, tensor) =>
    engine.optimizer(
      "sgd",
      { options: {}, definition: new Uint8Array(0) },
      { objects: [tensor], names: [[]] },
    ),
  "what another handle is to stand for": (engine, tensor) => engine.replace(engine.undefinedTensor(), tensor),
  "a large tensor that leaves": (engine, tensor) => engine.parcel(tensor, true),
};

describe("whose a handle is", () => {
  let tensor: Handle;
  let vector: Handle;

  before(async () => {
    tensor = await mine.create(value);
    vector = await mine.vector([tensor]);
  });
  after(() => {
    for (const engine of [mine, others]) for (const handle of engine.handles()) engine.release(handle);
  });

  for (const [what, use] of Object.entries(USES))
    it(`${what}: stale to another user`, async () => {
      await assert.rejects(async () => await use(others, tensor, vector), { message: "stale pointer" });
    });

  it("is not seen and not ended by another user", async () => {
    assert.equal(others.kind(tensor), undefined);
    assert.equal(others.release(tensor), false);
    assert.equal(mine.kind(tensor), "tensor");
    const copy = (await mine.op(...cloneOf(tensor))) as Handle;
    assert.equal(mine.kind(copy), "tensor");
  });
});
