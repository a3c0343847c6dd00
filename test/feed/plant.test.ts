/** The tests' own plant, as an independent client (node-q), raw bytes and the log on disk see it. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { connect as dial, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "../../protocol/client.js";
import { decode, decodeObject } from "../../protocol/decode.js";
import { Framer } from "../../protocol/framer.js";
import * as k from "../../protocol/make.js";
import {
  type Atom,
  type Dict,
  type K,
  type List,
  type Table,
  TYPE,
  type Vector,
} from "../../protocol/values.js";
import { plain } from "../protocol/plain.js";
import { countLog, LOG_HEADER, logFile, tearLog } from "./log.js";
import { Market } from "./market.js";
import { spawnPlant } from "./plant.js";
import { Player, stream } from "./player.js";
import { makeReel, writeLargeLog } from "./reel.js";
import { type Plant, type PlantOptions, SCHEMAS, startPlant } from "./tickerplant.js";

interface NodeQ {
  k(...args: unknown[]): void;
  ks(...args: unknown[]): void;
  on(event: string, listener: (...args: unknown[]) => void): void;
  close(done: () => void): void;
}
const require = createRequire(import.meta.url);
const { symbol } = require("node-q/lib/typed.js") as { symbol(x: string): unknown };
const nodeq = require("node-q") as {
  connect(where: object, done: (error: Error | undefined, connection: NodeQ) => void): void;
};

const ABC = k.symbols(["a", "b", "c"]);
/** trade of tick.md's example: three trades a second after midnight. */
const trades = (syms: readonly string[] = ABC.names, price = 1.5): K =>
  k.list([
    k.timespans(syms.map(() => 1_000_000_000n)),
    k.symbols(syms),
    k.floats(syms.map((_, i) => price + i)),
    k.longs(syms.map(() => 10)),
  ]);

describe("the tests' plant", () => {
  let folder: string;
  let plant: Plant | undefined;
  const open: NodeQ[] = [];
  const sockets: Socket[] = [];
  const programs: ChildProcess[] = [];
  const start = async (options: PlantOptions = {}): Promise<Plant> => {
    plant = await startPlant({ date: 9460, clock: () => 5n, ...options });
    return plant;
  };
  const logged = (): { folder: string; name: string } => ({ folder, name: "tick" });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "plant-"));
  });
  afterEach(async () => {
    for (const each of open.splice(0)) each.close(() => {});
    for (const each of sockets.splice(0)) each.destroy();
    for (const each of programs.splice(0)) each.kill("SIGKILL");
    await plant?.close().catch(() => {});
    plant = undefined;
    rmSync(folder, { recursive: true });
  });

  /** A node-q client: `ask` for sync requests, `heard` for what came unasked. */
  async function client(): Promise<{
    ask: (...args: unknown[]) => Promise<unknown>;
    heard: unknown[];
    q: NodeQ;
  }> {
    const q = await new Promise<NodeQ>((resolve, reject) =>
      nodeq.connect({ host: "127.0.0.1", port: plant!.port }, (error, made) =>
        error ? reject(error) : resolve(made),
      ),
    );
    open.push(q);
    const heard: unknown[] = [];
    q.on("upd", (table, data) => heard.push([table, data]));
    q.on(".u.end", (date) => heard.push(["end", date]));
    const ask = (...args: unknown[]): Promise<unknown> =>
      new Promise((resolve, reject) =>
        q.k(...args, (error: Error | undefined, result: unknown) =>
          error ? reject(error) : resolve(result),
        ),
      );
    return { ask, heard, q };
  }

  /** Bytes as they come, after a log-in of a client of capability 3 and a subscription to trade. */
  async function raw(
    subscription = ".u.sub[`trade;`]",
  ): Promise<{ socket: Socket; bytes: () => Buffer; size: (n: number) => Promise<Buffer> }> {
    const socket = dial(plant!.port, "127.0.0.1");
    sockets.push(socket);
    let got = Buffer.alloc(0);
    let wake = (): void => {};
    socket.on("error", () => {});
    socket.on("close", () => wake());
    socket.on("data", (chunk) => {
      got = Buffer.concat([got, chunk]);
      wake();
    });
    const size = async (n: number): Promise<Buffer> => {
      while (got.length < n && !socket.destroyed)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      return got;
    };
    socket.write(Uint8Array.of(0x61, 0x3a, 3, 0));
    assert.deepEqual(await size(1), Buffer.of(3));
    const text = Buffer.from(subscription);
    const head = Buffer.from("0100000000000000 0a0000000000".replaceAll(" ", ""), "hex");
    head[1] = 1;
    head.writeUInt32LE(14 + text.length, 4);
    head.writeUInt32LE(text.length, 10);
    socket.write(Buffer.concat([head, text]));
    await size(9);
    await size(1 + got.readUInt32LE(5));
    got = Buffer.alloc(0);
    return { socket, bytes: () => got, size };
  }

  it("subscribes by list: the name and the empty table come back, then rows as they are published", async () => {
    await start();
    const { ask, heard } = await client();
    assert.deepEqual(await ask(".u.sub", symbol("trade"), symbol("")), ["trade", []]);
    plant!.upd("trade", trades(["a", "b"]));
    await ask(".u.i");
    const times = (heard[0] as [string, { time: unknown }[]])[1].map(({ time }) => time);
    assert.deepEqual(heard, [
      [
        "trade",
        [
          { time: times[0], sym: "a", price: 1.5, size: 10 },
          { time: times[1], sym: "b", price: 2.5, size: 10 },
        ],
      ],
    ]);
  });

  const answers: readonly (readonly [string, (file: string) => unknown])[] = [
    ["(.u.sub[`trade;`];.u.i;.u.L)", (file) => [["trade", []], 2, file]],
    [
      "(.u.sub[`trade;`a`b];`.u `i`L)",
      (file) => [
        ["trade", []],
        [2, file],
      ],
    ],
    ["(.u.sub[`trade;`a];.u.i;.u.L;.u.j;.u.l)", (file) => [["trade", []], 2, file, 2, 3]],
    ["(.u.i ; .u.j)", () => [2, 2]],
    [".u.i", () => 2],
    [".u.t", () => ["quote", "trade", "pred"]],
    [
      "(.u.sub[`;`];.u.i;.u.L)",
      (file) => [
        [
          ["quote", []],
          ["trade", []],
          ["pred", []],
        ],
        2,
        file,
      ],
    ],
  ];
  for (const [text, expected] of answers)
    it(`answers ${text}`, async () => {
      const { file } = await start({ log: logged() });
      plant!.upd("trade", trades());
      plant!.upd("trade", trades());
      const { ask } = await client();
      assert.deepEqual(await ask(text), expected(`:${file}`));
    });

  it("answers a lambda with its arguments, and .u.d", async () => {
    await start();
    const { ask } = await client();
    assert.deepEqual(await ask("{(.u.sub[x;y];.u.i;.u.L)}", symbol("trade"), "`a"), [["trade", []], 0, null]);
    // 9460 days after 2000.01.01
    assert.deepEqual(await ask(".u.d"), new Date(2025, 10, 25));
  });

  it("errors are q's: the unknown name, a type, what is beyond it", async () => {
    await start();
    const { ask } = await client();
    await assert.rejects(ask(".u.sub", symbol("nosuch"), symbol("")), { message: "nosuch" });
    await assert.rejects(ask("(.u.sub[`nosuch;`];.u.i)"), { message: "nosuch" });
    await assert.rejects(ask(".u.sub", 1, symbol("")), { message: "type" });
    await assert.rejects(ask(".u.sub", symbol("trade"), 1), { message: "type" });
    await assert.rejects(ask(".u.nosuch"), { message: ".u.nosuch" });
    await assert.rejects(ask("1+1"), { message: "nyi" });
    await assert.rejects(ask("(.u.i"), { message: ")" });
    await assert.rejects(ask("constructor"), { message: "constructor" });
    assert.equal(await ask(".u.i"), 0);
  });

  it("each subscriber gets the symbols that it wants, and no message where none is among them", async () => {
    await start();
    const [one, two, all] = [await client(), await client(), await client()];
    await one.ask(".u.sub", symbol("trade"), symbol("a"));
    await two.ask("(.u.sub[`trade;`b`c`zz];.u.i)");
    await all.ask(".u.sub", symbol("trade"), symbol(""));
    plant!.upd("trade", trades(["a", "b", "c", "a"]));
    plant!.upd("trade", trades(["d"]));
    await one.ask(".u.sub", symbol("trade"), symbol("d")); // another subscription replaces the first
    plant!.upd("trade", trades(["a", "d"]));
    for (const each of [one, two, all]) await each.ask(".u.i");
    const syms = ({ heard }: typeof one) =>
      heard.map((x) => (x as [string, { sym: string }[]])[1].map(({ sym }) => sym));
    assert.deepEqual(syms(one), [["a", "a"], ["d"]]);
    assert.deepEqual(syms(two), [["b", "c"]]);
    assert.deepEqual(syms(all), [["a", "b", "c", "a"], ["d"], ["a", "d"]]);
  });

  it("batch mode gathers: one message a table; .u.i counts what is published, .u.j what is in the log", async () => {
    const { file } = await start({ batch: 0, log: logged() });
    const { ask, heard } = await client();
    await ask(".u.sub[`;`a`b]");
    plant!.upd("trade", trades(["a"]));
    plant!.upd("pred", k.list([k.timespans([1]), k.symbols(["a"]), k.floats([0.5]), k.longs([3])]));
    plant!.upd("trade", trades(["b", "c"], 7));
    assert.deepEqual(await ask("(.u.i;.u.j)"), [0, 3]);
    assert.deepEqual(heard, []);
    plant!.flush();
    plant!.flush();
    assert.deepEqual(await ask("(.u.i;.u.j)"), [3, 3]);
    assert.deepEqual(
      heard.map((x) =>
        (x as [string, { sym: string }[]]).map((y) => (typeof y === "string" ? y : y.map(({ sym }) => sym))),
      ),
      [
        ["trade", ["a", "b"]],
        ["pred", ["a"]],
      ],
    );
    assert.equal(countLog(file!).messages, 3);
  });

  it("batch mode publishes by its timer", async () => {
    await start({ batch: 1 });
    const { size } = await raw();
    plant!.upd("trade", trades(["a"]));
    assert.ok((await size(50)).length > 50);
  });

  const COLUMNS = [
    "000003000000f575706400f5747261646500000004000000",
    "10000200000060af573a3920000060af573a39200000",
    "0b000200000061006200",
    "090002000000000000000000f83f0000000000000440",
    "0700020000000a000000000000001400000000000000",
  ].join("");
  const ATOMS =
    "000003000000f575706400f5747261646500000004000000f0e183f83939200000f56100f7000000000000f83ff90a00000000000000";

  it("its log is the public plant's to the byte", async () => {
    const { file } = await start({ log: logged(), schemas: { trade: SCHEMAS.trade! } });
    plant!.upd("trade", k.list([k.timespan(0x2039_39f8_83e1n), k.symbol("a"), k.float(1.5), k.long(10)]));
    const two = [k.symbols(["a", "b"]), k.floats([1.5, 2.5]), k.longs([10, 20])];
    plant!.upd("trade", k.list([k.timespans([0x2039_3a57_af60n, 0x2039_3a57_af60n]), ...two]));
    assert.equal(readFileSync(file!, "hex"), `ff01000000000000${ATOMS}${COLUMNS}`);
  });

  for (const [form, body] of [
    ["columns", COLUMNS],
    ["atoms", ATOMS],
  ] as const)
    it(`publishes ${form} where it is told to`, async () => {
      await start({ form });
      const { size } = await raw();
      const one = [k.timespan(0x2039_39f8_83e1n), k.symbol("a"), k.float(1.5), k.long(10)];
      const two = [k.symbols(["a", "b"]), k.floats([1.5, 2.5]), k.longs([10, 20])];
      plant!.upd(
        "trade",
        k.list(form === "atoms" ? one : [k.timespans([0x2039_3a57_af60n, 0x2039_3a57_af60n]), ...two]),
      );
      const length = 8 + body.length / 2;
      const header = Buffer.from([1, 0, 0, 0, length, 0, 0, 0]).toString("hex");
      assert.equal((await size(length)).toString("hex"), header + body);
    });

  it("goes on with a log, and tells the messages in it", async () => {
    await start({ log: logged() });
    plant!.upd("trade", trades());
    plant!.upd("trade", trades());
    await plant!.close();
    const { file } = await start({ log: logged() });
    const { ask } = await client();
    assert.equal(await ask(".u.i"), 2);
    plant!.upd("trade", trades());
    assert.equal(await ask(".u.i"), 3);
    assert.equal(countLog(file!).messages, 3);
  });

  it("a torn log is refused, or cut where that is told", async () => {
    const { file } = await start({ log: logged() });
    plant!.upd("trade", trades());
    const { size } = statSync(file!);
    plant!.upd("trade", trades());
    await plant!.close();
    tearLog(file!, 5);
    assert.deepEqual(countLog(file!), { messages: 1, good: size, size: 2 * size - 8 - 5 });
    await assert.rejects(start({ log: logged() }), /is torn: 1 messages in \d+ of \d+ bytes/);
    await start({ log: logged(), torn: "cut" });
    assert.equal(plant!.logged, 1);
    assert.equal(statSync(file!).size, size);
  });

  it("counts logs that end anywhere, in blocks of any size", async () => {
    const { file } = await start({ log: logged() });
    const ends = [8];
    for (let i = 1; i <= 5; i++) {
      plant!.upd("trade", trades(ABC.names.slice(0, 1 + (i % 3))));
      ends.push(statSync(file!).size);
    }
    await plant!.close();
    for (const block of [1, 7, 64, 200, 4096])
      assert.deepEqual(countLog(file!, block), { messages: 5, good: ends[5], size: ends[5] });
    for (let size = ends[5]! - 1; size >= 8; size--) {
      tearLog(file!, 1);
      const messages = ends.filter((end) => end <= size).length - 1;
      assert.deepEqual(countLog(file!, 50), { messages, good: ends[messages], size });
    }
    appendFileSync(file!, Uint8Array.of(200, 1, 2, 3));
    assert.deepEqual(countLog(file!), { messages: 0, good: 8, size: 12 });
  });

  it("at the day's end subscribers get the date, and the next date's log begins", async () => {
    const { file } = await start({ log: logged(), batch: 0 });
    const { socket, size } = await raw();
    const other = await raw(".u.i");
    plant!.upd("trade", trades(["a"]));
    plant!.endOfDay();
    // (`.u.end;2025.11.25): list of 2, symbol, date 9460
    const end = `0100000020000000${"000002000000f52e752e656e6400f2f4240000"}`;
    const length = end.length / 2;
    const bytes = Buffer.from(end, "hex");
    bytes.writeUInt32LE(length, 4);
    const message = await size(120);
    assert.equal(message.subarray(-length).toString("hex"), bytes.toString("hex"));
    assert.equal(file, join(folder, "tick2025.11.25"));
    assert.equal(plant!.file, join(folder, "tick2025.11.26"));
    assert.deepEqual([plant!.date, plant!.published, plant!.logged], [9461, 0, 0]);
    assert.equal(countLog(file!).messages, 1);
    assert.deepEqual(readFileSync(plant!.file!), Buffer.from(LOG_HEADER));
    assert.equal(other.bytes().length, 0, "who has not subscribed is not told");
    socket.destroy();
  });

  it("without a log .u.L is empty, or not there, and nothing is counted", async () => {
    await start();
    let { ask } = await client();
    plant!.upd("trade", trades());
    assert.deepEqual(await ask("(.u.i;.u.L;.u.l)"), [0, null, 0]);
    await plant!.close();
    await start({ position: "undefined" });
    ({ ask } = await client());
    await assert.rejects(ask("(.u.sub[`trade;`];.u.i;.u.L)"), { message: ".u.L" });
    assert.deepEqual(plant!.queues(), [], "what was right of it was not done");
  });

  it("dies in the middle of a message: so many bytes are in the log, so many with the subscriber", async () => {
    const { file } = await start({ log: logged() });
    const { socket, bytes, size } = await raw();
    plant!.upd("trade", trades());
    const whole = (await size(100)).length;
    const before = statSync(file!).size;
    const closed = once(socket, "close");
    await plant!.die("trade", (trades() as List).items as Vector[], { log: 40, wire: 33 });
    await closed;
    assert.equal(bytes().length, whole + 33);
    assert.deepEqual(bytes().subarray(whole), bytes().subarray(0, 33));
    assert.deepEqual(countLog(file!), { messages: 1, good: before, size: before + 40 });
  });

  it("a subscriber that does not read fills its queue, is seen, and cut off where that is told", async () => {
    await start({ cutoff: 4_000_000 });
    const { socket } = await raw();
    const { heard, ask } = await client();
    await ask(".u.sub", symbol("quote"), symbol(""));
    socket.pause();
    const many = new Market().trades(10_000);
    while (plant!.queues().every((queued) => queued === 0)) plant!.upd("trade", k.list(many));
    const [queued] = plant!.queues().sort((a, b) => b - a);
    assert.ok(queued! > 0 && queued! <= 4_000_000);
    while (plant!.counts.cut === 0) plant!.upd("trade", k.list(many));
    while (plant!.queues().length > 1) await new Promise(setImmediate);
    assert.deepEqual(plant!.queues(), [0]);
    assert.deepEqual(heard, []);
  });

  it("takes .u.upd sync and async, puts the time in, and publishes it like any other", async () => {
    const seen: unknown[] = [];
    await start({
      log: logged(),
      onUpd: (table, columns) => seen.push([table, ...columns.map((x) => plain(k.at(x, 0))[1])]),
    });
    const [feed, watcher] = [await connect({ host: "127.0.0.1", port: plant!.port }), await client()];
    await watcher.ask(".u.sub", symbol("pred"), symbol(""));
    const call = (data: K): K => k.list([k.symbol(".u.upd"), k.symbol("pred"), data]);
    const some = [k.symbols(["a", "b"]), k.floats([0.5, -1]), k.longs([7, 7])];
    assert.deepEqual(await feed.request(call(k.list([k.timespans([3, 4]), ...some]))), k.NULL);
    await feed.send(call(k.list([k.symbol("c"), k.float(2), k.long(8)])));
    await assert.rejects(feed.request(call(k.list(some.slice(1)))), { message: "length" });
    await assert.rejects(feed.request(call(k.list([k.longs([3, 4]), ...some]))), { message: "type" });
    await assert.rejects(feed.request(call(k.list([k.timespans([3]), ...some]))), { message: "length" });
    await feed.send(k.list([k.symbol(".u.upd"), k.symbol("nosuch"), k.list(some)]));
    assert.deepEqual(await feed.request(".u.i"), k.long(2));
    await watcher.ask(".u.i");
    const rows = watcher.heard.flatMap((x) => (x as [string, { sym: string; prediction: number }[]])[1]);
    assert.deepEqual(
      rows.map(({ sym, prediction }) => [sym, prediction]),
      [
        ["a", 0.5],
        ["b", -1],
        ["c", 2],
      ],
    );
    assert.deepEqual([...plant!.counts.received], [["pred", 3]]);
    assert.equal(plant!.counts.refused, 1);
    assert.deepEqual(seen, [
      ["pred", 3n, "a", 0.5, 7n],
      ["pred", 5n, "c", 2, 8n],
    ]);
    await feed.close();
  });

  it("lets in whom it knows", async () => {
    await start({ users: { ann: "pw" } });
    await assert.rejects(
      connect({ host: "127.0.0.1", port: plant!.port, user: "ann", password: "no" }),
      /closed the connection at login/,
    );
    const known = await connect({ host: "127.0.0.1", port: plant!.port, user: "ann", password: "pw" });
    await known.close();
  });

  describe("a reel", () => {
    /** Messages' data and the times in it. */
    const timesOf = (data: K): bigint[] => {
      const columns = ((data as Table).values ?? data) as List;
      return [...(k.items(columns.items[0] as Vector) as BigInt64Array)];
    };
    // a gap by which times pass 2^32 nanoseconds again and again
    const market = (): Market => new Market({ gap: 300_000_000 });
    const reel = (rows = 3, messages = 5) => {
      const from = market();
      return makeReel("quote", SCHEMAS.quote!, (n) => from.quotes(n), rows, messages);
    };

    it("is played as fast as it is taken: each message once, in the log first, times never go back", async () => {
      const { file } = await start({ log: logged() });
      const { bytes, size } = await raw(".u.sub[`quote;`]");
      const player = new Player(plant!, reel());
      const first = await player.blast(7);
      const second = await player.blast(5);
      await size(first.bytes + second.bytes);
      assert.deepEqual([first.messages, first.rows, second.rows], [7, 21, 15]);
      const framer = new Framer();
      framer.push(bytes());
      const live: K[] = [];
      for (let each = framer.next(); each !== undefined; each = framer.next())
        live.push((decode(each).value as List).items[2]!);
      const times = live.flatMap(timesOf);
      assert.equal(times.length, 36);
      assert.deepEqual(times.slice(0, 15), [...market().next(15).time]);
      for (let i = 1; i < times.length; i++) assert.ok(times[i]! > times[i - 1]!, `row ${i}`);
      assert.equal(times[15]! - times[0]!, BigInt(reel().span));
      assert.deepEqual(countLog(file!), {
        messages: 12,
        good: statSync(file!).size,
        size: statSync(file!).size,
      });
      assert.deepEqual(logTimes(readFileSync(file!)), times);
    });

    function logTimes(file: Buffer): bigint[] {
      const times: bigint[] = [];
      const one = file.indexOf(Buffer.from("000003000000f575706400", "hex"));
      let at = one;
      while (at < file.length) {
        const next = file.indexOf(Buffer.from("000003000000f575706400", "hex"), at + 1);
        const end = next < 0 ? file.length : next;
        times.push(...timesOf((decodeObject(Uint8Array.from(file.subarray(at, end))) as List).items[2]!));
        at = end;
      }
      return times;
    }

    it("is played at a rate, taken or not, and tells the queue", async () => {
      await start();
      const { bytes, size } = await raw(".u.sub[`quote;`]");
      const played = await new Player(plant!, reel()).pump(3000, 100);
      assert.equal(played.rows, 300);
      assert.equal(played.queued, 0);
      await size(played.bytes);
      assert.equal(bytes().length, played.bytes);
    });

    it("makes large logs, of whole messages", () => {
      const file = join(folder, "large");
      const made = writeLargeLog(file, reel(100, 50), 3_000_000);
      assert.deepEqual(countLog(file), { messages: made.messages, good: made.bytes, size: made.bytes });
      assert.ok(made.bytes >= 3_000_000 && made.bytes < 3_010_000);
      const times = logTimes(readFileSync(file));
      assert.equal(times.length, made.rows);
      for (let i = 1; i < times.length; i++) assert.ok(times[i]! > times[i - 1]!);
    });

    it("quotes can be made as they are published, too", async () => {
      await start();
      await stream(plant!, market(), 10, 2000, 50);
      assert.deepEqual([...plant!.counts.received], [["quote", 100]]);
    });
  });

  describe("as a program", () => {
    it("plays, tells of itself, and dies in the middle of a message", async () => {
      const { port, ended, child } = await spawnPlant(["--log", folder, "--date", "9460"]);
      programs.push(child);
      let quotes = 0;
      const seen = await connect({
        host: "127.0.0.1",
        port,
        onMessage: (value) => {
          quotes += k.count((value as List).items[2]!);
        },
      });
      const [, i, file] = ((await seen.request("(.u.sub[`quote;`];.u.i;.u.L)")) as List).items;
      assert.deepEqual(i, k.long(0));
      assert.deepEqual(file, k.symbol(`:${logFile(folder, "tick", 9460)}`));
      const control = await connect({ host: "127.0.0.1", port });
      const played = (await control.call(".plant.play", k.symbol("quote"), k.long(100), k.long(50))) as Dict;
      assert.equal((k.items(played.values as Vector) as Float64Array)[1], 5000);
      await control.call(".plant.pump", k.symbol("quote"), k.long(1), k.long(1000), k.long(50));
      await control.call(".plant.stream", k.long(1), k.long(1000), k.long(50));
      assert.deepEqual(await control.call(".plant.queues"), k.longs([0]));
      assert.deepEqual(
        plain(await control.call(".plant.received")),
        plain(k.dict(k.symbols(["quote"]), k.longs([50]))),
      );
      const pred = k.list([k.timespans([-1]), k.symbols(["a"]), k.floats([0]), k.longs([0])]);
      await control.call(".u.upd", k.symbol("quote"), k.list([...new Market().quotes(2)]));
      const [time] = new Market().quotes(1);
      await control.call(".u.upd", k.symbol("pred"), k.list([time, ...(pred as List).items.slice(1)]));
      await control.call(".u.upd", k.symbol("pred"), k.list([time, ...(pred as List).items.slice(1)]));
      await control.call(".u.upd", k.symbol("pred"), pred);
      const [waited, ...more] = k.items((await control.call(".plant.latency")) as Vector) as Float64Array;
      assert.ok(waited! > 0 && waited! < 5e6 && more.length === 0, "of one row, once");
      assert.deepEqual(await control.call(".plant.latency"), k.floats([]));
      await assert.rejects(control.call(".plant.play", k.symbol("pred"), k.long(1), k.long(1)), {
        message: "pred",
      });
      await assert.rejects(control.call(".plant.play", k.symbol("quote"), k.long(-1), k.long(1)), {
        message: "type",
      });
      assert.deepEqual((await seen.request(".u.i")) as Atom, k.long(154));
      assert.equal(quotes, 5102);
      await control.call(".plant.die", k.long(20)).catch(() => {});
      assert.deepEqual(await ended, [null, "SIGKILL"]);
      const { messages, good, size } = countLog(logFile(folder, "tick", 9460));
      assert.deepEqual([messages, size - good], [154, 20]);
    });
  });

  it("its schemas are what its quotes and trades are", () => {
    const market = new Market();
    for (const [name, columns] of [
      ["quote", market.quotes(1)],
      ["trade", market.trades(1)],
    ] as const)
      assert.deepEqual(
        columns.map((x) => x.type),
        Object.values(SCHEMAS[name]!),
      );
    assert.equal(SCHEMAS.quote!.time, TYPE.timespan);
  });
});
