/** Checkpoints: the same to the bit after a round trip, whatever fails on the way leaves the last good one. */
import assert from "node:assert/strict";
import * as disk from "node:fs/promises";
import {
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Place, placeOf } from "../../../server/api/args/files.js";
import { asHandle } from "../../../server/engine/handle.js";
import type { LearnWork } from "../../../server/engine/index.js";
import {
  readCheckpoint,
  restoreFeed,
  restoreModel,
  snapshot,
  writeCheckpoint,
} from "../../../server/feed/learning/checkpoint.js";
import { stateFiles, stateOf } from "../../../server/feed/learning/state_file.js";
import { type Disk, newestVersion, writeVersion } from "../../../server/feed/learning/versions.js";
import type { State } from "../../../server/feed/state.js";
import { Q } from "../../api/rig.js";

const STATE: State = {
  rows: 7,
  odd: { nan: Number.NaN, infinite: Number.NEGATIVE_INFINITY, zero: -0, text: "\udc80 ü", flag: true },
  names: ["A", "", "\udcff"],
  none: [],
  parts: [{ x: Float64Array.of(1, Number.NaN, -0) }, { x: Int32Array.of(-1) }],
  "a/b": Uint8Array.of(1),
  a: { b: Uint8Array.of(2, 3), longs: BigInt64Array.of(-(2n ** 63n)), reals: new Float32Array(0) },
  ["__proto__"]: { x: 1 },
};

const FACTS = { position: { date: 9824, messages: 12345, rows: 17 }, plan: { name: "f", steps: 1 } };
const NET = "q:module seq(`sequential; (`linear;2;4); (`batchnorm1d;4); (`drop;.5); (`linear;4;1))";
const MODEL = "m:model(q;loss`mse;opt(`adamw;q;.01))";

let folder: string;
let place: Place;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "checkpoint-"));
  place = placeOf("checkpoint", folder, "feeds/quotes");
});
afterEach(() => rm(folder, { recursive: true }));

describe("a checkpoint", () => {
  let q: Q;
  beforeEach(() => {
    q = new Q();
  });
  afterEach(() => q.free());

  const handle = async (name: string): Promise<number> => asHandle(await q.value(name))!;
  async function made(network = NET, model = MODEL, champion = 2n): Promise<{ model: number; feed: number }> {
    await q.run("seed 42", network, model);
    const m = await handle("m");
    return { model: m, feed: await q.engine.learner(m, { seed: 1n, steps: 1n, champion }) };
  }
  const work = (seed: number): LearnWork => ({
    arrivals: [],
    cuts: [0],
    inputs: [{ values: Float64Array.of(0.1, seed, 0.3, -0.2, 0.7, 0.4), sizes: [3, 2] }],
    targets: { values: Float64Array.of(0.5, -0.1, seed), sizes: [3, 1] },
    counts: [3],
  });
  const written = async (made: { model: number; feed: number }): Promise<number> => {
    const taken = await snapshot(q.engine, made.model, made.feed);
    const { number, left } = await writeCheckpoint(place, 3, { taken, state: STATE, facts: FACTS });
    assert.equal(left, undefined);
    return number;
  };
  const newest = async () => (await readCheckpoint(place))!.value;

  for (const dtype of ["", "float", "double", "half", "bfloat16"])
    it(`comes back as it was, to the bit: ${dtype === "" ? "float with a long buffer" : dtype}`, async () => {
      // on the CPU libtorch has no batch normalization in half, and no mean squared error
      const plain = dtype !== "half" && dtype !== "bfloat16";
      const network = plain ? NET : "q:module seq(`sequential; (`linear;2;4); (`linear;4;1))";
      const first = await made(dtype === "" ? network : `${network};to(q;\`${dtype})`);
      if (plain) assert.equal((await q.engine.learn(first.feed, work(0.2))).failed, undefined);
      await q.run("freeze(m;`0.bias)");
      const taken = await snapshot(q.engine, first.model, first.feed);
      assert.equal(await written(first), 1);
      const { model, champion, learner, groups, state, plan, position } = await newest();
      const sorted = <T extends { readonly name: string }>(all: readonly T[]): readonly T[] =>
        [...all].sort((a, b) => (a.name < b.name ? -1 : 1));
      for (const [read, was] of [
        [model, taken.model],
        [champion!, taken.champion!],
      ] as const) {
        assert.deepEqual(sorted(read.parameters).map(view), sorted(was.parameters).map(view));
        assert.deepEqual(sorted(read.buffers).map(view), sorted(was.buffers).map(view));
      }
      assert.deepEqual(sorted(model.optimizer).map(view), sorted(taken.model.optimizer).map(view));
      assert.deepEqual(model.frozen, ["0.bias"]);
      assert.equal(model.parameters[0]!.dtype, dtype || "float");
      const counter = model.buffers.find(({ name }) => name.endsWith("num_batches_tracked"));
      assert.equal(counter?.dtype, plain ? dtype || "long" : undefined);
      assert.deepEqual(
        { ...learner, random: Buffer.from(learner.random) },
        { ...taken.learner, random: Buffer.from(taken.learner.random) },
      );
      assert.deepEqual(
        groups.map((each) => Buffer.from(each)),
        taken.groups.map((each) => Buffer.from(each)),
      );
      assert.deepEqual([plan, position], [FACTS.plan, FACTS.position]);
      assert.deepEqual(state, STATE);
    });
  const view = ({ bytes, ...rest }: { readonly bytes: Uint8Array }) => ({
    ...rest,
    bytes: Buffer.from(bytes).toString("hex"),
  });

  it("is gone on from as if nothing had happened", async () => {
    const first = await made();
    const { engine } = q;
    for (const seed of [0.1, 0.2, 0.3]) await engine.learn(first.feed, work(seed));
    await written(first);
    const rest = async (feed: number): Promise<unknown> => [
      await engine.learn(feed, work(0.4)),
      await engine.learn(feed, work(0.5)),
    ];
    const expected = await rest(first.feed);
    const end = await snapshot(engine, first.model, first.feed);
    const second = await made(`seed 5;${NET}`);
    const stored = await newest();
    assert.equal(await restoreModel(engine, second.model, stored), true);
    await restoreFeed(engine, second.feed, stored);
    assert.deepEqual(await rest(second.feed), expected);
    assert.deepEqual(await snapshot(engine, second.model, second.feed), end);
  });

  it("says where the optimizer's options are others, which stay", async () => {
    await written(await made());
    const other = await made(NET, "m:model(q;loss`mse;opt(`adamw;q;.02))");
    assert.equal(await restoreModel(q.engine, other.model, await newest()), false);
  });

  it("of another model changes nothing, and says what differs", async () => {
    await written(await made());
    const stored = await newest();
    const others: readonly (readonly [string, string, RegExp])[] = [
      [NET.replaceAll("4", "5"), MODEL, /parameter `0.weight is of sizes \[5, 2\], stored is \[4, 2\]/],
      [`${NET};to(q;\`double)`, MODEL, /parameter `0.weight is double, stored is float/],
      [NET.replace("(`linear;2;4)", "(`linear;2;4;0b)"), MODEL, /the module has no parameter `0.bias/],
      [NET.replace("(`drop;.5); ", ""), MODEL, /no parameter `2.weight is stored/],
      [NET.replace("`batchnorm1d;4", "`batchnorm1d;4;1e-5;.1;1b;0b"), MODEL, /the module has no buffer/],
    ];
    for (const [network, model, error] of others) {
      const other = await made(network, model);
      const before = await snapshot(q.engine, other.model, other.feed);
      await assert.rejects(restoreModel(q.engine, other.model, stored), error);
      assert.deepEqual(await snapshot(q.engine, other.model, other.feed), before);
    }
    const first = await made();
    await q.engine.learn(first.feed, work(0.1));
    await written(first);
    const other = await made(NET, "m:model(q;loss`mse;opt(`sgd;q;.01))");
    const before = await snapshot(q.engine, other.model, other.feed);
    await assert.rejects(
      restoreModel(q.engine, other.model, await newest()),
      /sgd keeps no .* for `0\.weight/,
    );
    assert.deepEqual(await snapshot(q.engine, other.model, other.feed), before);
  });

  it("that was never written is none", async () => {
    assert.equal(await readCheckpoint(place), undefined);
    await mkdir(join(folder, "feeds/quotes"), { recursive: true });
    assert.equal(await readCheckpoint(place), undefined);
  });

  it("that is broken is passed over for the one before, with the reason", async () => {
    const model = await made();
    await written(model);
    const path = join(folder, "feeds/quotes");
    const one = join(path, "000000001");
    const spoil: readonly (readonly [(at: string) => Promise<unknown>, RegExp])[] = [
      [(at) => rm(join(at, "checkpoint.json")), /ENOENT/],
      [(at) => rm(join(at, "champion.safetensors")), /champion.safetensors: ENOENT/],
      [(at) => truncate(join(at, "model.safetensors"), 100), /model.safetensors: 100 bytes, \d+ expected/],
      [(at) => writeFile(join(at, "checkpoint.json"), "{}"), /of format undefined, 1 expected/],
      [(at) => writeFile(join(at, "checkpoint.json"), "{"), /JSON/],
      [(at) => writeFile(join(at, "checkpoint.json"), "null"), /null/],
      [
        async (at) => {
          await rm(join(at, "feed.json"));
          await symlink(join(one, "feed.json"), join(at, "feed.json"));
        },
        /feed.json: ELOOP/,
      ],
      [
        async (at) => {
          const about = JSON.parse(await readFile(join(at, "checkpoint.json"), "utf8")) as object;
          await writeFile(
            join(at, "checkpoint.json"),
            JSON.stringify({ ...about, learner: { steps: "-1" } }),
          );
        },
        /no count of steps/,
      ],
      [
        async (at) => {
          await rm(at, { recursive: true });
          await symlink(one, at);
        },
        /no folder/,
      ],
      [
        async (at) => {
          await rm(at, { recursive: true });
          await writeFile(at, "");
        },
        /no folder/,
      ],
    ];
    for (const [change, error] of spoil) {
      const two = join(path, "000000002");
      await cp(one, two, { recursive: true });
      await change(two);
      const found = (await readCheckpoint(place))!;
      assert.equal(found.number, 1);
      assert.match(found.broken.join(), error);
      await rm(two, { recursive: true });
    }
    await rm(join(one, "feed.json"));
    await assert.rejects(
      readCheckpoint(place),
      /feeds\/quotes has nothing that is whole: 000000001: feed.json: ENOENT/,
    );
    // The next one has a number of its own.
    assert.equal(await written(model), 2);
    assert.equal((await readCheckpoint(place))!.number, 2);
  });

  it("lies in no folder behind a link", async () => {
    await mkdir(join(folder, "elsewhere/quotes"), { recursive: true });
    await symlink(join(folder, "elsewhere"), join(folder, "feeds"));
    await assert.rejects(written(await made()), /feeds is no folder/);
    await assert.rejects(readCheckpoint(place), /feeds is no folder/);
  });
});

describe("the state of a feed's parts", () => {
  it("is the same after it was written", () => {
    const { arrays, json } = stateFiles(STATE);
    assert.deepEqual(
      arrays.map(({ name }) => name),
      ["parts/0/x", "parts/1/x", "a/b", "a/b#2", "a/longs", "a/reals"],
    );
    assert.deepEqual(stateOf(arrays, JSON.parse(JSON.stringify(json))), STATE);
  });

  it("is refused where it is none", () => {
    let deep: unknown = {};
    for (let i = 0; i < 10000; i++) deep = { x: deep };
    for (const json of [
      null,
      1,
      "x",
      [],
      ["array", "x"],
      { x: ["array", "y"] },
      { x: ["what", 1] },
      { x: null },
      deep,
    ])
      assert.throws(() => stateOf([], json), /the state of a feed/);
    for (const json of [{ x: ["texts", [1]] }, { x: ["states", 1] }, { x: ["states", [1]] }])
      assert.throws(() => stateOf([], json), /the state of a feed/);
  });
});

describe("numbered folders", () => {
  const files = (text: string): Map<string, readonly Uint8Array[]> =>
    new Map([
      ["one", [Buffer.from(text), Buffer.from("!")]],
      ["two", []],
    ]);
  const texts = async (at: string): Promise<string> =>
    `${await readFile(join(at, "one"), "utf8")}${await readFile(join(at, "two"), "utf8")}`;
  const newest = async (): Promise<string | undefined> => (await newestVersion(place, texts))?.value;
  const names = async (): Promise<string[]> => (await readdir(join(folder, "feeds/quotes"))).sort();

  it("the last few are kept", async () => {
    for (let i = 1; i <= 12; i++) {
      assert.deepEqual(await writeVersion(place, 3, files(`${i}`)), { number: i });
      assert.equal(await newest(), `${i}!`);
    }
    assert.deepEqual(await names(), ["000000010", "000000011", "000000012"]);
    await writeVersion(place, 1, files("13"));
    assert.deepEqual(await names(), ["000000013"]);
  });

  it("others' files stay", async () => {
    await writeVersion(place, 1, files("1"));
    await writeFile(join(folder, "feeds/quotes/notes.txt"), "");
    await writeVersion(place, 1, files("2"));
    assert.deepEqual(await names(), ["000000002", "notes.txt"]);
  });

  /** The file system fails at the n-th call from now, and at all that follow where the process is dead. */
  function failing(n: number, dead: boolean): { readonly fs: Disk; readonly calls: () => number } {
    let calls = 0;
    const check = (): void => {
      const failed = dead ? calls >= n : calls === n;
      calls++;
      if (failed) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
    };
    const counted = <T extends object>(object: T, which: readonly string[]): T =>
      new Proxy(object, {
        get: (target, name) => {
          const found = Reflect.get(target, name) as unknown;
          if (typeof found !== "function") return found;
          return async (...args: unknown[]): Promise<unknown> => {
            if (which.includes(String(name))) check();
            const result = (await Reflect.apply(found, target, args)) as unknown;
            return name === "open" ? counted(result as object, ["writeFile", "sync"]) : result;
          };
        },
      });
    return {
      fs: counted({ ...disk } as Disk, ["lstat", "mkdir", "open", "readdir", "rename", "rm"]),
      calls: () => calls,
    };
  }

  for (const dead of [false, true])
    it(`${dead ? "the process killed" : "a full disk"} at any step leaves the last good one`, async () => {
      await writeVersion(place, 2, files("0"));
      let steps = 0;
      for (let n = 0; ; n++) {
        const before = (await newest())!;
        const list = await names();
        const { fs, calls } = failing(n, dead);
        const error = await writeVersion(place, 2, files(`${n + 1}`), fs).then(
          (written) => (written.left === undefined ? undefined : "left"),
          (thrown: unknown) => (thrown as Error).message,
        );
        steps = calls();
        if (error === undefined && steps <= n) break;
        const after = await newest();
        assert(after === before || after === `${n + 1}!`, `${after} after step ${n}: ${error}`);
        if (error !== undefined && error !== "left")
          assert.equal(error, "checkpoint: feeds/quotes cannot be written (ENOSPC)");
        if (!dead && error !== "left" && error !== undefined && after === before)
          assert.deepEqual(await names(), list);
        // Whatever is left goes with the next that is written.
        await writeVersion(place, 2, files("ok"));
        assert.equal(await newest(), "ok!");
        const drafts = (await names()).filter((name) => !/^\d+$/.test(name));
        assert.deepEqual(drafts, []);
      }
      assert(steps > 12, `${steps} steps`);
    });

  it("a folder that cannot be written to is said by name", async () => {
    await mkdir(join(folder, "feeds"));
    await writeFile(join(folder, "feeds/quotes"), "");
    await assert.rejects(writeVersion(place, 1, files("x")), /checkpoint: quotes is no folder/);
    assert.equal((await lstat(join(folder, "feeds/quotes"))).isFile(), true);
  });
});
