/** The language on threads: what goes over, what comes back, who shares, and what ends. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { decodeTrusted } from "../../protocol/decode.js";
import * as k from "../../protocol/make.js";
import { Encoded, Func, type K, KError } from "../../protocol/values.js";
import { DEFAULT_TEXT_LIMITS, type Sender, Threads, valueText } from "../../server/language/index.js";
import { eventually } from "../server/rig.js";

const LIMITS = { ...DEFAULT_TEXT_LIMITS, resident: Number.POSITIVE_INFINITY, grace: 1000 };

/** A connection with some functions: `now` and `later` give their argument, `fails` an error, `big` so many bytes. */
class Connection implements Sender<K | string> {
  readonly functions = new Map(["now", "later", "fails", "big"].map((name) => [name, { rank: 1 }]));
  readonly answered: string[] = [];
  readonly pushed: string[] = [];
  readonly handle: number;
  readonly userName: string;
  readonly address = 0x7f000001;

  constructor(readonly user: number) {
    this.handle = 10 + user;
    this.userName = `user${user}`;
  }

  push(value: K | Encoded): boolean {
    this.pushed.push(valueText(value instanceof Encoded ? decodeTrusted(value.bytes) : value));
    return true;
  }

  async ask(): Promise<K> {
    throw new KError("nobody asks here");
  }

  async putOff(): Promise<K> {
    throw new KError("nothing is put off here");
  }

  respond(): K {
    throw new KError("nothing is put off here");
  }

  call(name: string, [x]: readonly K[]): K | Promise<K> {
    if (name === "fails") throw new KError("no such thing");
    if (name === "later") return sleep(5).then(() => x!);
    return name === "big" ? k.bytes(new Uint8Array(Number((x as { value?: unknown }).value)).fill(7)) : x!;
  }

  answer(name: string, args: readonly K[]): string {
    if (name === "fails") throw new KError("no such thing at the end");
    this.answered.push(name);
    return `${name} ${valueText(args[0]!)}`;
  }
}

describe("language: threads", () => {
  let threads: Threads<K | string>;
  const open = (most = 4, limits: Partial<typeof LIMITS> = {}): void => {
    threads = new Threads<K | string>({ ...LIMITS, ...limits }, most);
  };
  afterEach(() => threads.close());

  const shown = async (answer: Promise<K | string | Encoded>): Promise<string> => {
    const value = await answer;
    if (typeof value === "string") return value;
    return valueText(value instanceof Encoded ? decodeTrusted(value.bytes) : value);
  };
  const ask = (text: string, who: Connection): Promise<string> => shown(threads.evaluate(text, who));

  it("values come back as bytes with the capability that they need", async () => {
    open();
    const one = new Connection(1);
    assert.equal(await ask("1+til 3", one), "1 2 3");
    assert.equal(((await threads.evaluate("til 3", one)) as Encoded).needs, 0);
    assert.equal(((await threads.evaluate("2024.01.01D0+til 3", one)) as Encoded).needs, 1);
    assert.equal(((await threads.evaluate("enlist 0Ng", one)) as Encoded).needs, 3);
  });

  it("calls go to the connection and their results come back; the last one is the connection's answer", async () => {
    open();
    const one = new Connection(1);
    assert.equal(await ask("1+later 2", one), "3");
    assert.equal(await ask("later each 1 2 3", one), "1 2 3");
    assert.equal(await ask("@[fails;1;{x}]", one), '"no such thing"');
    assert.equal(await ask("count big 20000000", one), "20000000");
    assert.equal(await ask("sum big 2000000", one), "14000000i");
    assert.equal(await ask("x:5;now x", one), "now 5");
    assert.equal(await ask("now[1;2]", one), "now 1 2");
    assert.deepEqual(one.answered, ["now", "now"]);
    await assert.rejects(ask("fails 1", one), { message: "no such thing at the end" });
    await assert.rejects(ask("1+fails 1", one), { message: "no such thing" });
  });

  it("functions that a peer knows by name apply to arguments of any size", async () => {
    open();
    const one = new Connection(1);
    await ask("f:{sum x*y}", one);
    const x = k.floats(new Float64Array(2_000_000).fill(2));
    assert.equal(await shown(threads.apply("f", [x, k.float(3)], one)), "1.2e+07");
    assert.equal(await shown(threads.apply("{x}", [], one)), "::");
    await assert.rejects(shown(threads.apply("nothing", [], one)), { message: "nothing" });
    const lambda = new Func(100, Uint8Array.from([0, 10, 0, 5, 0, 0, 0, ...Buffer.from("{x*y}")]));
    assert.equal(await shown(threads.apply(lambda, [k.long(6), k.long(7)], one)), "42");
  });

  it("a text knows who asks, and sends him messages before its answer", async () => {
    open(1);
    const [one, two] = [new Connection(1), new Connection(2)];
    assert.equal(await ask("(.z.w;.z.u)", one), "(11i;`user1)");
    assert.equal(await ask("(.z.w;.z.u)", two), "(12i;`user2)");
    await ask("neg[.z.w](`upd;1 2);neg[.z.w]`end;1", one);
    assert.deepEqual(one.pushed, ["(`upd;1 2)", "`end"]);
    await assert.rejects(ask("neg[.z.w]{x}!1", one), { message: "type" });
  });

  it("what is no k value does not leave the thread, neither as an answer nor to a function", async () => {
    open();
    const one = new Connection(1);
    for (const text of ["{x}!1", "(1;{x}!1)", "now{x}!1", "1+now{x}!1"])
      await assert.rejects(ask(text, one), { message: "type" }, text);
    await assert.rejects(ask("300{enlist x}/()", one), /^KError: limit: more than 200 levels/);
    assert.equal(await ask("type {x}", one), "100h");
  });

  it("an answer that is larger than what it is made of counts by its own size", async () => {
    open(1, { memory: 64 * 2 ** 20 });
    await assert.rejects(ask("100000#enlist til 100000", new Connection(1)), { message: "wsfull" });
  });

  it("a text that is too long is refused", async () => {
    open(1, { text: 100 });
    assert.equal(threads.longest, 100);
    await assert.rejects(ask(`"${"a".repeat(200)}"`, new Connection(1)), { message: "limit" });
  });

  it("variables belong to the user, also where users share a thread, and settings to the connection", async () => {
    for (const most of [1, 4]) {
      open(most);
      const [one, again, two] = [new Connection(1), new Connection(1), new Connection(2)];
      await ask('x:42;system"P 3"', one);
      assert.equal(await ask("x", again), "42");
      assert.equal(await ask('system"P"', one), "3i");
      assert.equal(await ask('system"P"', again), "7i");
      await assert.rejects(ask("x", two), { message: "x" });
      assert.equal(await ask('system"v"', two), "`symbol$()");
      await ask("x:1", two);
      assert.equal(await ask("x", one), "42");
      threads.forget(1);
      await assert.rejects(ask("x", new Connection(1)), { message: "x" });
      assert.equal(await ask("x", two), "1");
      await threads.close();
    }
  });

  it("users who share a thread share its memory, and are answered while one of them loops", async () => {
    open(1, { memory: 64 * 2 ** 20 });
    const [one, two] = [new Connection(1), new Connection(2)];
    assert.equal(await ask("count x:til 3000000", one), "3000000");
    const looping = ask("while[1b;]", two).catch((error: Error) => error.message);
    await assert.rejects(ask("y:til 3000000", one), { message: "wsfull" });
    assert.equal(await ask("count x", one), "3000000");
    threads.stop(two);
    assert.equal(await looping, "stop");
  });

  it("a user has a thread of his own as long as there are any", async () => {
    open(2, { time: 10_000 });
    const [one, two] = [new Connection(1), new Connection(2)];
    const hours = ask("asc 2000000?1000000;while[1b;]", one).catch((error: Error) => error.message);
    for (let i = 0; i < 20; i++) assert.equal(await ask("1+1", two), "2");
    threads.stop(one);
    assert.equal(await hours, "stop");
  });

  it("a sender that has gone stops what it runs, in the middle of a primitive too, and keeps its variables", async () => {
    open(1, { time: 60_000 });
    const one = new Connection(1);
    await ask("x:42", one);
    for (const text of ["while[1b;]", 'system"t:100000000 til 10"', "(2000 2000#1f) mmu 2000 2000#1f"]) {
      const running = ask(text, one).catch((error: Error) => error.message);
      await sleep(100);
      threads.stop(one);
      assert.equal(await running, "stop", text);
    }
    assert.equal(await ask("x", new Connection(1)), "42");
  });

  it("a text that does not end in time by itself ends with its thread, and the next one has a new one", async () => {
    open(2, { time: 500, grace: 50 });
    const lost: string[] = [];
    threads.report = (users, why) => lost.push(`${users.join(" ")}: ${why.message.split(":")[0]}`);
    const [one, two] = [new Connection(1), new Connection(2)];
    await ask("x:2500000?1f", one);
    for (let i = 0; i < 3; i++) await ask("x:x,x", one);
    await ask("x:2", two);
    // sorting is one call of the runtime, which nothing interrupts
    await assert.rejects(ask("asc x", one), /^KError: stop: .* variables .* lost/);
    assert.deepEqual(lost, ["user1: stop"]);
    await assert.rejects(ask("x", one), { message: "x" });
    assert.equal(await ask("1+1", one), "2");
    assert.equal(await ask("x", two), "2");
  });

  it("where the process has no room left, what is large is 'wsfull, and calls are made all the same", async () => {
    open(1, { resident: 2 ** 20 });
    const one = new Connection(1);
    await assert.rejects(ask("til 1000000", one), { message: "wsfull" });
    await assert.rejects(ask("x:();while[1b;x,:enlist til 1000]", one), { message: "wsfull" });
    assert.equal(await ask("1+now 2", one), "3");
    assert.equal(await ask("now 1 2 3", one), "now 1 2 3");
  });

  it("what a user lets go is room again, without a text that takes much", async () => {
    const resident = process.memoryUsage.rss() + 200 * 2 ** 20;
    open(1, { resident });
    const one = new Connection(1);
    await assert.rejects(ask("x:();while[1b;x,:enlist til 1000000]", one), { message: "wsfull" });
    await ask("x:0", one);
    await eventually(() => process.memoryUsage.rss() < resident - 50 * 2 ** 20);
    assert.equal(await ask("count x:til 1000000", one), "1000000");
  });

  it("closing ends what runs", async () => {
    open(1, { time: 60_000 });
    const running = ask("while[1b;]", new Connection(1)).catch((error: Error) => error.message);
    await ask("1+1", new Connection(1));
    await threads.close();
    assert.equal(await running, "stop");
  });
});
