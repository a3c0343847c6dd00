/** Every type of module, loss and optimizer that `help` lists is made with its example, printed, cloned, saved, freed. */
import assert from "node:assert/strict";
import * as k from "../../protocol/make.js";
import type { Dict, K, Symbols } from "../../protocol/values.js";
import { exampleOptions } from "../../server/api/modules/definitions.js";
import { LAYERS } from "../../server/api/modules/types/layers.js";
import { LOSSES } from "../../server/api/training/loss_types.js";
import { OPTIMIZERS } from "../../server/api/training/optimizer_types.js";
import { plain } from "../protocol/plain.js";
import { Q } from "./rig.js";

/** One of two options must be given, and the example gives neither. */
const GIVEN: Readonly<Record<string, Dict>> = { upsample: k.dict(k.symbols(["size"]), k.longs([4n])) };
/** Smaller than the examples, whose states take their time. */
const SMALL: Readonly<Record<string, string>> = {
  transformer: "`in`heads`elayers`dlayers`dim!4 2 1 2 8",
  encoder: "`encoderlayer`layers`layernorm!(`in`heads`dim!4 2 8;2;4)",
  decoder: "`decoderlayer`layers`layernorm!(`in`heads`dim!4 2 8;2;4)",
  encoderlayer: "`in`heads`dim!4 2 8",
  decoderlayer: "`in`heads`dim!4 2 8",
};

/** How an optimizer makes a step whose gradients are its own affair. */
const STEP: Readonly<Record<string, string>> = {
  lbfgs: "f:{q:model(addref m;loss`mse;addref x);backstep(q;enlist 1 2e;enlist 3 4e);free q}",
};

/** A test in a session of its own, which leaves no object behind. */
function each(name: string, play: (q: Q) => Promise<void>): void {
  it(name, async function () {
    this.timeout(20_000);
    const q = new Q();
    try {
      await play(q);
      assert.equal(q.engine.handles().length, 0, "handles left");
    } finally {
      q.free();
    }
  });
}

/** The definition of a type as (type;options). */
const definition = (name: string, options: Dict): K =>
  k.count(options) === 0 ? k.symbol(name) : k.list([k.list([k.symbol(name), options])]);

const isTrue = async (q: Q, text: string): Promise<void> =>
  assert.deepEqual(plain(await q.value(text)), plain(k.boolean(true)), text);

describe("every type of module", () => {
  for (const row of LAYERS.values()) {
    if (row.functional) continue; // no module, an option row of a function alone
    each(row.name, async (q) => {
      const small = SMALL[row.name];
      const options = small ? ((await q.value(small)) as Dict) : (GIVEN[row.name] ?? exampleOptions(row));
      await q.assign("m", await q.send("module", definition(row.name, options)));
      const shown = plain(await q.value("module(m;1b)"));
      assert.ok((await q.engine.display(q.engine.handles()[0]!)).length > 0);
      await q.run(
        "p:parmnames m",
        "if[count p;freeze(m;first p)]",
        "training(m;0b)",
        "s:state m",
        "n:module s",
      );
      assert.deepEqual(plain(await q.value("module(n;1b)")), shown);
      await isTrue(q, "s~state n");
      await isTrue(q, "(gradflag m)~gradflag n");
      await q.run("free n", "to(m;`double)");
      if (row.parts) await isTrue(q, "(names m)~key modules m");
      await q.run("c:clone m");
      assert.deepEqual(plain(await q.value("module(c;1b)")), shown);
      await isTrue(q, "(state m)~state c");
      await isTrue(q, "(gradflag m)~gradflag c");
      await isTrue(q, "not training c");
      await q.run("free()");
    });
  }
});

describe("every loss", () => {
  for (const row of LOSSES.values())
    each(row.name, async (q) => {
      await q.assign("l", await q.send("loss", k.list([k.symbol(row.name), exampleOptions(row)])));
      const shown = (await q.value("loss(l;1b)")) as Dict;
      await q.assign("d", shown);
      assert.deepEqual(plain(await q.value("loss(loss d;1b)")), plain(shown));
      await q.run("free()");
    });
});

describe("every optimizer", () => {
  for (const row of OPTIMIZERS.values()) {
    each(row.name, async (q) => {
      const options = exampleOptions(row);
      await q.run("m:module enlist(`linear;2;2)");
      const module = await q.value("m");
      await q.assign("o", await q.send("opt", k.list([k.symbol(row.name), module, options])));
      const names = (options.keys as Symbols).names;
      assert.deepEqual(plain(await q.value("cols opt[(o;1b)]`options")), plain(k.symbols([...names])));
      await q.run(
        STEP[row.name] ?? "f:{backward Sum forward(m;enlist 1 2e);step x}",
        "f o",
        "p:opt(state o;m)",
      );
      await isTrue(q, "(state[o]`parms)~state[p]`parms");
      await q.run(
        "f p",
        "n:module enlist(`linear;2;1)",
        "opt(o;n)",
        "backward Sum forward(n;enlist 1 2e)",
        "f o",
      );
      await q.run("to(m;`double)", "zerograd m", "backward Sum forward(m;enlist 1 2f)");
      if (STEP[row.name] === undefined) await q.run("step o");
      await q.run("obj[]");
      await q.run("free()");
    });
  }
});
