/** Every function here with a live handle, a freed one, another user's, and an object of a wrong class. */
import assert from "node:assert/strict";
import type { K } from "../../protocol/values.js";
import { plain } from "../protocol/plain.js";
import { MODULE_USES, type Use } from "./module_uses.js";
import { functions, Q } from "./rig.js";

const TENSOR = "tensor 1 2 3e";
const VECTOR = "vector(1 2;3e)";
const DICT = "dict`a`b!(1 2;3e)";
const RELU = "module`relu";
const SGD = "opt`sgd";

const attributeOn = (name: string, kind = "modules", make = RELU): Use => ({
  call: `${name} h`,
  good: TENSOR,
  bad: [make, `${name}: not implemented for ${kind}`],
});

const USES: readonly Use[] = [
  { call: "tensor h", good: TENSOR, bad: [RELU, "tensor not implemented for module"] },
  { call: "tensor(h;0)", good: TENSOR, bad: [RELU, "tensor not implemented for module"] },
  { call: "tensor(1 2;h)", good: TENSOR },
  { call: "tensor(`zeros;h)", good: TENSOR },
  { call: "tensor(`zeros;3;h)", good: TENSOR },
  {
    call: "to(h;`double)",
    good: TENSOR,
    bad: [SGD, "to: not implemented for optimizer"],
  },
  { call: "options h", good: TENSOR },
  {
    call: "vector h",
    good: VECTOR,
    bad: [RELU, "vector: not implemented for module"],
  },
  { call: "vector(h;0)", good: VECTOR },
  { call: "vector(h;0;1 2)", good: VECTOR },
  { call: "vector(1 2;h)", good: TENSOR, bad: [RELU, "vector: not implemented for module"] },
  { call: "dict h", good: DICT, bad: [RELU, "dict: expecting k dictionary or (syms;vals), given module"] },
  { call: "dict(h;`a)", good: DICT },
  { call: "dict(h;`a;1 2)", good: DICT },
  { call: "dict`a`b!(1;h)", good: TENSOR, bad: [RELU, "vector: not implemented for module"] },
  { call: "class h", good: TENSOR },
  { call: "objtype h", good: TENSOR },
  { call: "free h", good: TENSOR },
  {
    call: "return h",
    good: TENSOR,
    bad: [RELU, "return: expecting tensor, vector or dictionary, given module"],
  },
  { call: "addref h", good: TENSOR, bad: [VECTOR, "addref not implemented for vector"] },
  { call: "same(h;h)", good: TENSOR, bad: [RELU, "same: expects two tensors"] },
  { call: "alias(h;h)", good: TENSOR, bad: [RELU, "alias: expects two tensors"] },
  { call: "use[h;1 2]", good: TENSOR, bad: [RELU, "use: 1st arg must be tensor, vector or dictionary"] },
  { call: "use[tensor 1;h]", good: TENSOR, bad: [RELU, "use: unable to re-assign tensor to given module"] },
  { call: "tensorcount h", good: TENSOR },
  ...["stride", "dim", "itemsize", "numel", "offset", "sparsedim", "densedim", "weakref", "sptr", "sref"].map(
    (n) => attributeOn(n),
  ),
  ...["layout", "memory", "gradfn", "defined", "contiguous", "coalesced", "leaf", "sparseflag"].map((n) =>
    attributeOn(n),
  ),
  { call: "pinned h", good: TENSOR, bad: [RELU, "pin: not implemented for modules"] },
  ...["size", "elements", "bytes", "ptr", "ref"].map((name) => ({ call: `${name} h`, good: TENSOR })),
  ...["gradient", "gradflag", "dtype", "ktype", "device"].map((n) => attributeOn(n, "optimizers", SGD)),
  { call: "gradflag(h;1b)", good: TENSOR, bad: [SGD, "gradflag: not implemented for optimizer"] },
  {
    call: "grad h",
    good: TENSOR,
    bad: [RELU, "unexpected arg(s) for gradient, expecting tensor (enlist to return gradient ptr)"],
  },
  { call: "freeze h", good: TENSOR, bad: [SGD, "freeze: not implemented for optimizer"] },
  { call: "unfreeze h", good: TENSOR, bad: [SGD, "unfreeze: not implemented for optimizer"] },
  { call: "freeze(h;`a)", good: DICT },
  { call: "freeze(dict`a`b!(1 2;3 4 5e);`b;h)", good: TENSOR },
  { call: "mul(h;2)", good: TENSOR, bad: [RELU, "multiply: not implemented for module"] },
  { call: "mul(2 3 4;h)", good: TENSOR, bad: [RELU, "multiply: not implemented for module"] },
  { call: "mul(1 2 3e;2;h)", good: TENSOR },
  { call: "add(h;2)", good: TENSOR, bad: [RELU, "add: not implemented for module"] },
  { call: "mean h", good: TENSOR, bad: [RELU, "mean: not implemented for module"] },
  ...["reshape(h;3 1)", "expand(h;2 3)", "narrow(h;0;0;1)", "index(h;0;1)", "transpose h", "squeeze h"].map(
    (call): Use => ({
      call,
      good: TENSOR,
      bad: [RELU, `${/^\w+/.exec(call)![0]}: not implemented for module`],
    }),
  ),
  { call: "permute(h;0)", good: TENSOR },
  { call: "View(h;3 1)", good: TENSOR, bad: [RELU, "view: not implemented for module"] },
  { call: "unsqueeze(h;0)", good: TENSOR, bad: [RELU, "unsqueeze: not implemented for module"] },
  { call: "resize(h;4)", good: TENSOR, bad: [RELU, "resize: not implemented for module"] },
  { call: "reshape(1 2 3;h)", good: TENSOR },
  { call: "detach h", good: VECTOR, bad: [RELU, "detach: not implemented for module"] },
  { call: "cat(h;1 2e)", good: TENSOR, bad: [RELU, "cat: arg[0] unexpected, given module"] },
  { call: "stack h", good: "vector(1 2;3 4)" },
  {
    call: "batch(h;2)",
    good: TENSOR,
    bad: [RELU, "batch: expecting 1st arg of tensor,vector or dictionary, given module"],
  },
  {
    call: "restore h",
    good: TENSOR,
    bad: [RELU, "restore: expecting tensor,vector,dictionary or model, given module"],
  },
  {
    call: "reset(h;1;2)",
    good: TENSOR,
    bad: [RELU, "reset: tensor expected as 1st of at least two arguments"],
  },
  { call: "lun h", good: "lu tensor(1 2f;3 4f)" },
  { call: "mm(h;h)", good: "tensor(1 2f;3 4f)", bad: [RELU, "mm: not implemented for module"] },
  { call: "multidot h", good: "vector(1 2f;3 4f)", bad: [RELU, "multidot: not implemented for module"] },
  { call: "fft h", good: TENSOR, bad: [RELU, "fft: not implemented for module"] },
  { call: "multinomial h", good: TENSOR, bad: [RELU, "multinomial: not implemented for module"] },
  { call: "real h", good: "tensor(`complex;1 2;3 4)" },
  { call: "indices h", good: "sparse 0 1" },
  { call: "sparse h", good: TENSOR },
  {
    call: "fill(h;2)",
    good: TENSOR,
    bad: [RELU, "fill: given module expecting parameter/buffer names in addition to fill element"],
  },
  ...MODULE_USES,
  { call: "zeros h", good: TENSOR, bad: [RELU, "zeros: not implemented for single module argument"] },
];

const outcome = async (q: Q, text: string): Promise<string> => {
  try {
    await q.value(text);
    return "a value";
  } catch (error) {
    return (error as Error).message.split("\n")[0]!;
  }
};

const told = (x: K): unknown => plain(x);

describe("functions and the state of handles", () => {
  for (const { call, good, bad } of USES) {
    it(call, async () => {
      const mine = new Q();
      const other = new Q();
      try {
        await mine.run(`h:${good}`);
        assert.equal(await outcome(mine, call), "a value", "live");

        await mine.run(`g:h:${good}`);
        await other.assign("h", await mine.value("h"));
        assert.equal(await outcome(other, call), "stale pointer", "another user's");
        assert.deepEqual(told(await mine.value("mapped g")), [-1, true], "still there");

        await mine.run("free g");
        assert.equal(await outcome(mine, call), "stale pointer", "freed");

        if (bad !== undefined) {
          await mine.run(`h:${bad[0]}`);
          assert.equal(await outcome(mine, call), bad[1], "wrong class");
          assert.deepEqual(told(await mine.value("mapped h")), [-1, true], "the refused object");
        }
      } finally {
        mine.free();
        other.free();
      }
    });
  }

  it("mapped tells, whatever it is given", async () => {
    const q = new Q();
    await q.dialogue([
      ["h:tensor 1"],
      ["mapped h", "1b"],
      ["free h"],
      ["mapped h", "0b"],
      ["mapped 1", "0b"],
      ["mapped`a`b", "0b"],
      ["mapped(1;2f)", "0b"],
    ]);
  });

  it("every function refuses what it cannot use, and lives on", async () => {
    const q = new Q();
    const odd = [
      "::",
      "0b",
      "1",
      "1f",
      '"a"',
      "`a",
      "1 2",
      "`a`b",
      "()",
      "(1;`a)",
      "(1 2;3)",
      "`a`b!1 2",
      "([]a:1 2)",
    ];
    const before = q.engine.objectCount();
    try {
      for (const [name, { rank }] of functions) {
        for (const arg of odd) {
          const args = rank === 2 ? `[${arg};${arg}]` : `[${arg}]`;
          const said = await outcome(q, name + args);
          assert.ok(said.length > 0 && !said.includes("undefined"), `${name}${args}: ${said}`);
          assert.ok(!/is not a function|Cannot read|not iterable/.test(said), `${name}${args}: ${said}`);
        }
      }
    } finally {
      q.free();
    }
    assert.ok(q.engine.objectCount() <= before);
  });
});
