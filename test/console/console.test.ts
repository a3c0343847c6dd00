import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { connect } from "../../protocol/client.js";
import * as k from "../../protocol/make.js";
import { KError } from "../../protocol/values.js";
import { isOpen, statements } from "../../server/console/lines.js";
import { watched } from "../../server/console/progress.js";
import { openRemote, type Remote } from "../../server/console/remote.js";
import { Repl } from "../../server/console/repl.js";
import { type ApiFunction, type Running, start } from "../../server/index.js";
import { DEFAULT_TEXT_LIMITS, Workspaces } from "../../server/language/index.js";
import { apiOf } from "../server/rig.js";

describe("console: statements", () => {
  const open = ["f:{x+", "(1;", "a[", '"abc', "{[a;b]\n a+b", 'f["]"'];
  const closed = ["f:{x+y}", "1+1 / (", '"(["', '"\\""', "a]", "", "(1;2)\n", "{ / }\n }"];
  for (const text of open) it(`${JSON.stringify(text)} goes on`, () => assert.equal(isOpen(text), true));
  for (const text of closed) it(`${JSON.stringify(text)} is whole`, () => assert.equal(isOpen(text), false));

  it("of a script: comments, continuation lines, the end", () => {
    const script = "/ first\na:1\n\nf:{x+\n  y}\n/\nnot this\n\\\nb:2 / two\ng:{\n x\n }\n\\\nnever\n";
    assert.deepEqual(statements(script), ["a:1", "f:{x+\n  y}", "b:2 / two", "g:{\n x\n }"]);
  });
});

/** What the console writes for what is piped into it. */
async function typed(remote: Remote, text: string): Promise<string> {
  const input = new PassThrough();
  const output = new PassThrough();
  let written = "";
  output.on("data", (chunk: Buffer) => {
    written += chunk.toString();
  });
  const repl = new Repl(remote, { input, output, terminal: false });
  input.end(text);
  await repl.run();
  return written;
}

describe("console: at a server", () => {
  const row = (name: string, run: ApiFunction["run"]): [string, ApiFunction] => [
    name,
    { name, rank: 1, page: "test", run },
  ];
  const warned: string[] = [];
  const functions = new Map<string, ApiFunction>([
    row("twice", (_, x) => k.list([x, x])),
    row("warnings", () => k.list(warned.splice(0).map(k.chars))),
    row("careless", () => {
      warned.push("this may be wrong");
      return k.long(7);
    }),
    row("help", (_, x) => k.chars(`help on ${k.text(x)}`)),
    row("fails", () => {
      throw new KError("no such layer");
    }),
  ]);
  let server: Running;
  let remote: Remote;

  before(async () => {
    const parts = {
      api: apiOf(functions),
      language: new Workspaces({ ...DEFAULT_TEXT_LIMITS, time: 20_000 }),
    };
    server = await start({ addresses: [{ port: 0 }], logLevel: "fatal" }, parts);
    remote = await openRemote({ host: "127.0.0.1", port: server.ports[0]!, user: "ann" });
  });

  after(async () => {
    await remote.close();
    await server.close();
  });

  const lines: readonly (readonly [string, string])[] = [
    ["1+1\n", "2\n"],
    ["a:til 3\na\n", "0 1 2\n"],
    ["([]a:1 2;b:`x`y)\n", "a b\n---\n1 x\n2 y\n"],
    ["twice 1 2\n", "1 2\n1 2\n"],
    ["show 1;2\n", "1\n2\n"],
    ["0N!3;\n", "3\n"],
    ["1+`a\n", "'type\n"],
    ["twcie 1\n", "'twcie\n  did you mean twice?\n"],
    ["{twicee x}1\n", "'twicee\n  did you mean twice?\n  [1]  {twicee x}\n"],
    ["nothinglikeit\n", "'nothinglikeit\n"],
    ['\'"twicee"\n', "'twicee\n"],
    ["show 5;1+`a\n", "5\n'type\n"],
    ["fails 1\n", "'no such layer\n"],
    ["f:{x+\n y}\nf[1;2]\n", "3\n"],
    ["f:{\nx+y\n}\nf[2;2]\n", "4\n"],
    ["/ nothing\n\n3\n", "3\n"],
    ["\\P 3\n1%3\n\\P 7\n1%3\n", "0.333\n0.3333333\n"],
    ["\\h relu\n", '"help on relu"\n'],
    ["\\h 1+1\n", "'\\h wants a name, got 1+1\n"],
    ["1\n\\\\\n2\n", "1\n"],
    ["1\nexit 0\n2\n", "1\n"],
    ["5", "5\n"],
  ];
  for (const [text, expected] of lines) {
    it(JSON.stringify(text), async () => assert.equal(await typed(remote, text), expected));
  }

  it("prints what was warned of, once", async () => {
    assert.equal(await typed(remote, "careless[]\n1+1\n"), "7\nwarning: this may be wrong\n2\n");
  });

  it("over the wire the error of an unknown name is the name", async () => {
    const client = await connect({ host: "127.0.0.1", port: server.ports[0]!, user: "ann" });
    for (const text of ["twcie 1", "twcie"])
      await assert.rejects(
        client.request(text),
        (error: Error) => error instanceof KError && error.message === "twcie",
      );
    await client.close();
  });

  it("\\t gives milliseconds, \\ts bytes too", async () => {
    assert.match(await typed(remote, "\\t til 100\n"), /^\d+\n$/);
    assert.match(await typed(remote, "\\ts:10 til 100\n"), /^\d+ \d+\n$/);
  });

  it("\\l runs a script's lines", async () => {
    const folder = mkdtempSync(join(tmpdir(), "torchq-"));
    try {
      const file = join(folder, "a.q");
      writeFileSync(file, "/ two and a function\nb:40\ng:{\n x+b\n }\ng 2\n");
      assert.equal(await typed(remote, `\\l ${file}\nb\n`), "42\n40\n");
      assert.match(await typed(remote, `\\l ${join(folder, "none.q")}\n1\n`), /^'ENOENT[^\n]*\n1\n$/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("\\h alone explains the console", async () => assert.match(await typed(remote, "\\h\n"), /\\l file\.q/));

  it("names to complete: functions, variables, q's words", async () => {
    await remote.print("myvariable:1");
    const names = await remote.names();
    for (const name of ["twice", "myvariable", "til"]) assert.ok(names.includes(name), name);
  });

  it("an interrupt stops what runs, and the variables stay", async () => {
    await remote.print("kept:7");
    const running = remote.print("while[1b;]").catch((error: Error) => error);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await remote.interrupt();
    assert.ok((await running) instanceof Error);
    assert.equal(await remote.print("kept"), "7\n");
  });
});

describe("console: what goes on", () => {
  const ROW = { epoch: 3, batch: 120, batches: 600, loss: 0.267149, rate: 0.001 };
  const SHOWN = "\r\u001b[Kepoch 3  batch 120 of 600  loss 0.2671  rate 0.001";
  const ERASED = "\r\u001b[K";
  const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  function collect(): { output: PassThrough & { columns?: number }; written: () => string } {
    const output = new PassThrough();
    let text = "";
    output.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    return { output, written: () => text };
  }

  it("is on a line of its own that is written over, and gone in the end", async () => {
    const { output, written } = collect();
    const asked = [[ROW], [], [{ ...ROW, batch: 121, loss: Number.NaN }, ROW]];
    let end = (_: string): void => {};
    const work = new Promise<string>((resolve) => {
      end = resolve;
    });
    const ask = async () => {
      const epochs = asked.shift();
      if (epochs === undefined) end("7");
      return epochs;
    };
    assert.equal(await watched(work, ask, output, { after: 1, every: 1 }), "7");
    assert.equal(
      written(),
      `${SHOWN}\r\u001b[Kepoch 3  batch 121 of 600  rate 0.001  |  epoch 3  batch 120 of 600  loss 0.267${ERASED}`,
    );
  });

  it("is no longer than the terminal is wide", async () => {
    const { output, written } = collect();
    output.columns = 20;
    await watched(sleep(50), async () => [ROW], output, { after: 1, every: 1000 });
    assert.equal(written(), `${SHOWN.slice(0, 4 + 19)}${ERASED}`);
    // some terminals do not know
    output.columns = 0;
    await watched(sleep(50), async () => [ROW], output, { after: 1, every: 1000 });
    assert.ok(written().endsWith(`${ERASED}${SHOWN}${ERASED}`));
  });

  it("is not asked for where the answer is there soon, nor again where nobody knows", async () => {
    const { output, written } = collect();
    let asked = 0;
    const ask = async () => {
      asked++;
      return undefined;
    };
    await watched(sleep(10), ask, output, { after: 1000, every: 1 });
    assert.equal(asked, 0);
    await watched(sleep(50), ask, output, { after: 1, every: 1 });
    assert.equal(asked, 1);
    await assert.rejects(watched(Promise.reject(new Error("no")), ask, output), /^Error: no$/);
    assert.equal(written(), "");
  });

  /** What a console writes for a line at a server that trains for a while. */
  async function writes(terminal: boolean): Promise<string> {
    const row = (name: string, run: ApiFunction["run"]): [string, ApiFunction] => [
      name,
      { name, rank: 1, page: "test", run },
    ];
    const columns = { ...ROW, seconds: 1 };
    const functions = new Map([
      row("history", () =>
        k.table({
          epoch: k.longs([columns.epoch]),
          batch: k.longs([columns.batch]),
          batches: k.longs([columns.batches]),
          loss: k.floats([columns.loss]),
          rate: k.floats([columns.rate]),
          seconds: k.floats([columns.seconds]),
        }),
      ),
      row("trains", async (call) => {
        for (let i = 0; i < 20; i++) {
          await sleep(10);
          await call.giveWay();
        }
        return k.long(7);
      }),
    ]);
    const server = await start(
      { addresses: [{ port: 0 }], logLevel: "fatal" },
      { api: apiOf(functions), language: new Workspaces(DEFAULT_TEXT_LIMITS) },
    );
    const remote = await openRemote({ host: "127.0.0.1", port: server.ports[0]!, user: "ann" });
    const input = new PassThrough();
    const { output, written } = collect();
    const repl = new Repl(remote, { input, output, terminal, pace: { after: 20, every: 20 } });
    const ended = repl.run();
    input.write("trains 1\n");
    if (terminal) await sleep(400);
    input.end();
    await ended;
    await remote.close();
    await server.close();
    return written();
  }

  it("is asked of the server over a second connection", async () => {
    const text = await writes(true);
    assert.ok(text.includes(SHOWN), JSON.stringify(text));
    assert.ok(text.includes(`${ERASED}7\n`), JSON.stringify(text));
  });

  it("is not shown where nobody looks", async () => assert.equal(await writes(false), "7\n"));
});

describe("console: at a process that prints nothing by itself", () => {
  it("values are laid out here", async () => {
    const language = {
      evaluate: () => k.longs([1, 2, 3]),
      apply: () => {
        throw new KError(".torch.run");
      },
    };
    const server = await start(
      { addresses: [{ port: 0 }], logLevel: "fatal" },
      { api: apiOf(new Map()), language },
    );
    const remote = await openRemote({ host: "127.0.0.1", port: server.ports[0]! });
    assert.equal(await typed(remote, "anything\n"), "1 2 3\n");
    await remote.close();
    await server.close();
  });
});
