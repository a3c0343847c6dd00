/**
 * Calls that ended, froze or filled a server, one by one, on a server of its own. Each is answered, by an error where it
 * must be; meanwhile somebody else is answered in time, and afterwards objects and memory are back.
 */
import assert from "node:assert/strict";
import { constants } from "node:buffer";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Client, connect } from "../../protocol/client.js";
import * as k from "../../protocol/make.js";
import type { Atom, K } from "../../protocol/values.js";
import { type Program, resident, torchq } from "../bench/programs.js";

const BYSTANDER = fileURLToPath(new URL("bystander.js", import.meta.url));

/** Milliseconds. */
const IN_TIME = 200;
/** A busy machine keeps everybody waiting: what the bystander waits while nothing happens is allowed so many times. */
const BUSY = 4;
/** Megabytes of the process, and seconds of a call. */
const MEMORY = 2000;
const LIMIT = 30;

interface Case {
  readonly what: string;
  /** Text or, where the language is not meant, a list. */
  readonly calls: readonly (string | K)[];
  /** The last call's error; none where it succeeds. */
  readonly error?: RegExp;
}

/** Node's buffers end at 4 GB, or from version 22 on not before all memory. */
const NO_REPLY = constants.MAX_LENGTH > 2 ** 33 ? /^wsfull$/ : /too large to be sent/;

const list = (name: string, ...args: K[]): K => k.list([k.symbol(name), ...args]);
const matrix = (rows: number): K => k.list(Array.from({ length: rows }, () => k.reals([1, 2])));
const longs = (count: number): K => k.longs(new BigInt64Array(count).fill(1n));

const CASES: readonly Case[] = [
  {
    what: "a reply larger than any buffer",
    calls: [list("expand", k.real(1), k.long(1_100_000_000))],
    error: NO_REPLY,
  },
  {
    what: "any number of empty lists",
    calls: ["t:tensor(`zeros;900000000 0)", "tensor t"],
    error: NO_REPLY,
  },
  {
    what: "the text of a tensor that has no elements but 900 million rows",
    calls: ["t:tensor(`zeros;30000 30000 0)", "str t"],
    error: /too large to be shown/,
  },
  { what: "the text of a large tensor", calls: ["t:tensor(`zeros;4000 4000)", "str t"], error: /too large/ },
  { what: "more memory than there is", calls: ["tensor(`ones;300000 300000)"], error: /^wsfull$/ },
  { what: "more memory than the limit", calls: ["tensor(`ones;600000000)"], error: /^wsfull$/ },
  { what: "small numbers that ask for much", calls: ["tensor(`arange;0;1;1e-9)"], error: /^wsfull$/ },
  {
    what: "elementwise work whose output is large",
    calls: ["a:tensor(`randn;9000 1)", "b:tensor(`randn;1 9000)", "c:mul(a;b)"],
  },
  {
    what: "views of a small tensor, and work on them",
    calls: ["a:tensor(`randn;1)", "b:expand(a;100000000)", "c:mul(b;2e)"],
  },
  { what: "a module with many parameters", calls: ["m:module enlist(`lstm;1;3000)"] },
  {
    what: "a long recurrence on few inputs",
    calls: ["m:module enlist(`lstm;4;4)", "x:tensor(`randn;20000 1 4)", "y:forward(m;x)"],
  },
  {
    what: "upsampling by much",
    calls: ["m:module enlist(`upsample;9000 9000)", "x:tensor(`randn;1 1 2 2)", "y:forward(m;x)"],
  },
  {
    what: "backward of a scalar with a large graph",
    calls: [
      "t:tensor(`randn;1500 1500;`grad)",
      "x:mul(t;1e)",
      "do[40;y:mul(x;1.001e);use[x;y]]",
      "s:mean x",
      "backward s",
      "zerograd t",
    ],
  },
  {
    what: "a long graph of small parts",
    calls: ["t:tensor(1 2 3e;`grad)", "x:mul(t;1e)", "do[20000;y:mul(x;1.0e);use[x;y]]"],
  },
  { what: "letting go of much", calls: ["t:tensor(`ones;10000 10000)", "free t"] },
  { what: "a matrix of a million rows", calls: [list("tensor", matrix(1_000_000))] },
  {
    what: "a million vectors as arguments",
    calls: [list("cat", matrix(1_000_000))],
    error: /^limit$/,
  },
  {
    what: "ten million longs where a few are meant",
    calls: ["v:vector(1 2;3 4)", list("tensor", k.list([k.symbol("zeros"), longs(10_000_000)]))],
    error: /expecting up to 64 dimensions/,
  },
  {
    what: "a collection of too many tensors",
    calls: [
      list("vector", k.list(Array.from({ length: 150_000 }, (_, i) => (i % 2 ? k.real(1) : k.long(1))))),
    ],
    error: /at most 50000/,
  },
  {
    what: "a loss that would compare everything with everything",
    calls: ["mse(100000 1#1e;100000#1e)"],
    error: /would be compared in \[100000, 100000\]/,
  },
  { what: "a list of many objects", calls: ["do[5000;tensor 1 2 3]", "obj[]"] },
];

const messageOf = (thrown: unknown): string => (thrown as Error).message;

describe("hostile calls", function () {
  this.timeout(240_000);

  let server: Program;
  let bystander: ChildProcess;
  let client: Client;
  let usual = 0;
  const waits: string[] = [];

  const worstWait = async (): Promise<number> => {
    const answer = once(bystander, "message");
    bystander.send("worst?");
    return (await answer)[0] as number;
  };
  const objects = async (): Promise<number> =>
    Number(((await client.request("count obj[]")) as Atom).value as bigint);
  const inTime = (wait: number, what: string): void => {
    waits.push(`        ${what}: ${Math.round(wait)} ms`);
    const allowed = Math.max(IN_TIME, BUSY * usual);
    assert(
      wait <= allowed,
      `${what}: the bystander waited ${Math.round(wait)} ms, allowed ${Math.round(allowed)}`,
    );
  };

  before(async () => {
    server = await torchq("-w", String(MEMORY), "-T", String(LIMIT));
    bystander = fork(BYSTANDER, [String(server.port)]);
    client = await connect({ port: server.port, host: "127.0.0.1", user: "mallory" });
    await client.request("sum exp til 10");
    await sleep(1000);
    await worstWait();
    await sleep(2000);
    usual = await worstWait();
  });

  after(async () => {
    console.log(`${waits.join("\n")}\n        while nothing happens: ${Math.round(usual)} ms`);
    bystander?.disconnect();
    await client?.close();
    await server?.end();
  });

  for (const { what, calls, error } of CASES)
    it(what, async () => {
      await worstWait();
      const last = calls.length - 1;
      for (const [i, call] of calls.entries()) {
        const wanted = i === last ? error : undefined;
        const failure = await client.request(call).then(
          () => undefined,
          (thrown: unknown) => messageOf(thrown),
        );
        if (wanted === undefined) assert.equal(failure, undefined, String(i));
        else assert.match(failure ?? "no error", wanted);
      }
      await client.request("free[]");
      inTime(await worstWait(), what);
      assert.equal(await objects(), 0);
    });

  it("a call beyond the time limit is answered, and what it makes goes", async () => {
    const own = await torchq("-T", "1");
    const other = await connect({ port: own.port, host: "127.0.0.1", user: "mallory" });
    try {
      await other.request("a:tensor(`randn;6000 6000)");
      const start = performance.now();
      const answer = await other.request("b:mm(a;a);mm(b;a)").then(() => "done", messageOf);
      if (answer !== "done") {
        assert.equal(answer, "stop");
        assert(performance.now() - start < 1000 + Math.max(1000, 10 * usual));
      }
      await other.request("free[]").catch(() => {});
      for (let i = 0; (await other.request("count obj[]").catch(() => undefined)) === undefined; i++)
        if (i > 60) assert.fail("the engine does not come back");
      assert.equal(Number(((await other.request("count obj[]")) as Atom).value as bigint), 0);
    } finally {
      await other.close();
      await own.end();
    }
  });

  it("a connection that goes in the middle of a large reply", async () => {
    await client.request("t:tensor(`randn;20000000)");
    const t = await client.request("t");
    const other = await connect({ port: server.port, host: "127.0.0.1", user: "mallory" });
    other.call("tensor", t).catch(() => {});
    await sleep(20);
    await other.close();
    await client.request("free[]");
    assert.equal(await objects(), 0);
  });

  it("a message larger than the memory that is left ends its connection alone", async () => {
    const own = await torchq("-w", "400");
    const other = await connect({ port: own.port, host: "127.0.0.1", user: "mallory" });
    try {
      await assert.rejects(other.call("tensor", k.floats(new Float64Array(100_000_000))));
      const again = await connect({ port: own.port, host: "127.0.0.1", user: "mallory" });
      assert.deepEqual(await again.request("1+1"), k.long(2));
      await again.close();
    } finally {
      await other.close();
      await own.end();
    }
  });

  for (const [what, first, then] of [
    ["small memory that was freed", "{tensor(`ones;x)}each 12000#5000", "tensor(`ones;75000000)"],
    ["large memory that was freed", "{tensor(`ones;x)}each 12#5000000", "{tensor(`ones;x)}each 200#500000"],
  ] as const)
    it(`${what} goes back to the system before the limit is passed`, async () => {
      const limit = 700;
      const own = await torchq("-w", String(limit));
      const other = await connect({ port: own.port, host: "127.0.0.1", user: "mallory" });
      try {
        for (const call of [`count ${first}`, "free[]", `a:${then};count obj[]`]) await other.request(call);
        const most = resident(own.pid, "VmHWM") / 2 ** 20;
        assert(most < limit * 1.05, `${Math.round(most)} MB were resident`);
      } finally {
        await other.close();
        await own.end();
      }
    });

  it("memory is back", async () => {
    for (let i = 0; i < 100; i++) {
      if (resident(server.pid, "VmRSS") < 1e9) break;
      await sleep(200);
    }
    const megabytes = resident(server.pid, "VmRSS") / 1e6;
    assert(megabytes < 1000, `${Math.round(megabytes)} MB are resident`);
    assert(resident(server.pid, "VmHWM") / 1e6 < MEMORY * 1.1, "more than the limit was in use");
  });
});
