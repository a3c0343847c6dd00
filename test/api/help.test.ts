/** `help` on every function and type: what it shows can be run. */
import assert from "node:assert/strict";
import * as k from "../../protocol/make.js";
import type { Symbols } from "../../protocol/values.js";
import { SET_UP } from "../../server/api/function_forms.js";
import { described } from "../../server/api/function_help.js";
import { functions, Q } from "./rig.js";

/** Pages of which every function's forms are written down. */
const PAGES = ["freeze", "modules", "train", "tensors", "pointers", "model", "opt", "loss"];

const session = new Q();
const names = async (text: string): Promise<readonly string[]> =>
  ((await session.value(text)) as Symbols).names;

describe("help: functions", () => {
  for (const { name, page } of functions.values()) {
    const { forms, example } = described(name);
    if (example === "") {
      if (PAGES.includes(page)) it(name, () => assert.fail("has no example"));
      continue;
    }
    it(`${name}: ${example}`, async () => {
      const own = new Q();
      await own.run(...SET_UP, example, "free[]");
      assert.match(example, new RegExp(`\\b${name}\\b`));
      assert(forms.length > 0);
    });
  }

  it("forms, page, number of arguments, a call", async () => {
    await session.gives(
      "help`freeze",
      [
        "`function`page`args`forms`help`example!(`freeze;`freeze;1;",
        '("freeze(object)";"freeze(module;names)";"freeze(module;names;values)";"freeze(module;dict)");"";',
        '"freeze(q;`a.weight)")',
      ].join(""),
    );
    await session.gives("help[`sort]`forms", 'enlist"sort(x;dim?;descend?;stable?;output?)"');
    await session.gives("help[`obj]`forms", 'enlist"obj[]"');
  });

  it("all of them in one table, by page", async () => {
    assert.deepEqual(new Set(await names("help[`function]`function")), new Set(functions.keys()));
    await session.gives("exec function from help[`function]where page=`freeze", "`freeze`unfreeze");
  });

  it("the topics, for no argument", async () => {
    const topics = await names("key help[]");
    assert.deepEqual(await names("key help()"), topics);
    assert(topics.includes("function"));
    for (const topic of topics) assert.notDeepEqual(await session.value(`help\`${topic}`), k.NULL);
  });

  for (const [typed, meant] of [
    ["frceeze", "freeze"],
    ["lineer", "linear"],
    ["modul", "module"],
    ["optimiser", "optimizer"],
  ])
    it(`${typed}: was ${meant} meant?`, async () => {
      await assert.rejects(session.value(`help\`${typed}`), {
        message: `help: help topic, \`${typed} (did you mean \`${meant}?)`,
      });
    });
});

describe("help: every listed type can be made with the options that it shows", () => {
  for (const [topic, make] of [
    ["module", (name: string) => `module enlist(\`${name};\`m;help[\`${name}]\`options)`],
    ["loss", (name: string) => `loss(\`${name};help[\`${name}]\`options)`],
    ["optimizer", (name: string) => `opt(\`${name};module enlist(\`linear;\`a;3;4);help\`${name})`],
  ] as const)
    it(topic, async () => {
      const listed = await names(`first value flip help\`${topic}`);
      assert(listed.length > 4);
      for (const name of listed) await session.run(make(name));
      await session.run("free[]");
    });
});
