import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type Client, connect } from "../../protocol/client.js";
import * as k from "../../protocol/make.js";
import { type K, KError } from "../../protocol/values.js";
import type { Answer } from "../../server/api/call.js";
import {
  DEFAULT_TEXT_LIMITS,
  type Externals,
  evaluate,
  type TextLimits,
  Threads,
  Variables,
  valueText,
  Workspace,
} from "../../server/language/index.js";
import { type Served, serve } from "../server/rig.js";

const NONE: Externals = { rank: () => undefined, call: () => undefined, names: () => [] };

const session = (limits: Partial<TextLimits> = {}, host: Externals = NONE) =>
  new Workspace(host, { ...DEFAULT_TEXT_LIMITS, ...limits });

const ends = async (text: string, error: string, limits: Partial<TextLimits>) =>
  assert.rejects(async () => evaluate(text, session(limits)), { name: "KError", message: error });

describe("language: limits", () => {
  const loops = [
    "while[1b;]",
    "while[1b;x:1]",
    "{x+1}/[{1b};0]",
    "{x+1}/[1]",
    "{$[x;0;1]}\\[{1b};0]",
    "do[0W;1+1]",
  ];
  for (const text of loops) {
    it(`${text} ends in 'stop when its time is over`, () => ends(text, "stop", { time: 50 }));
    it(`${text} ends in 'limit after so many steps`, () => ends(text, "limit", { steps: 20_000 }));
  }

  const recursions = [
    "f:{f x+1};f 0",
    "{.z.s x}1",
    "f:{1+f x};f each 1 2",
    "f:{g x};g:{f x};f 1",
    "f:{f'[x]};f 1 2",
    'f:{value"f 1"};f 1',
    "f:{exec a from ([]a:1 2) where f a};f 1",
    "f:{.Q.trp[f;x;{[e;b]'e}]};f 1",
    "x:1;do[20000;x:(neg;x)];eval x",
    "x:1;do[20000;x:enlist x];.j.j x",
    '.j.k raze 20000#enlist"["',
  ];
  for (const text of recursions) {
    it(`${text} ends in 'stack`, () => ends(text, "stack", {}));
  }

  it("deeply nested text ends in 'stack", async () => {
    await ends(`${"(".repeat(20_000)}1${")".repeat(20_000)}`, "stack", {});
    await ends("1+".repeat(20_000), "stack", {});
    await ends(`${"{".repeat(20_000)}x${"}".repeat(20_000)}`, "stack", {});
  });

  it("a value nested deeper than calls may be is 'stack as an answer and does not spoil the next request", async () => {
    const user = session({ memory: 64 * 2 ** 20 });
    await assert.rejects(async () => evaluate("x:enlist 1;do[50000;x:(x;1)];x", user), { message: "stack" });
    assert.equal(valueText(await evaluate("i:0;while[i<30;y:til 100000;i+:1];i", user)), "30");
  });

  it("text that is too long is refused unread", async () => {
    await ends(`"${"a".repeat(200)}"`, "limit", { text: 100 });
    await ends('value 200#"1 "', "limit", { text: 100 });
  });

  it("text made to be slow is read at once", async () => {
    const before = performance.now();
    for (const text of [
      `1${":".repeat(300_000)}x`,
      `a${".".repeat(300_000)}b`,
      "`".repeat(300_000),
      "'".repeat(300_000),
    ]) {
      await assert.rejects(async () => evaluate(`${text};nothing`, session()), KError);
    }
    for (const end of ["", "x", "h", ".", "e", ":"]) {
      await assert.rejects(async () => evaluate("9".repeat(300_000) + end, session()), KError);
    }
    assert.equal(valueText(await evaluate(`"F"$"${"9".repeat(300_000)}x"`, session())), "0n");
    await assert.rejects(async () => evaluate(`${"1 ".repeat(200_000)}x`, session()), KError);
    assert.equal(valueText(await evaluate(`count rtrim "${" ".repeat(500_000)}a"`, session())), "500001");
    assert.equal(valueText(await evaluate('(20000#"a")like raze[300#enlist"*a"],"b"', session())), "0b");
    assert.ok(performance.now() - before < 15_000, `${performance.now() - before} ms`);
  });

  it("a list nested by a loop ends in an error when it is walked, not in a crash", async () => {
    await ends("x:enlist 1;do[100000;x:(x;1)];x+1", "stack", {});
  });

  const megabyte = 2 ** 20;
  const builders = [
    "til 1000000000",
    "2000000000#0",
    "10000000000#enlist 1 2",
    "x:til 1000;while[1b;x:x,x]",
    "x:();while[1b;x,:enlist til 10000]",
    "f:{(f x+1;til 100000)};f 0",
    "f:{f x+count a:til 100000};f 0",
    "d:(`long$())!();i:0;while[1b;d[i]:til 1000;i+:1]",
    "x:`a;while[1b;x:x,x]",
    'x:"ab";while[1b;x:ssr[x;"a";"aaaa"]]',
    "{x,x}/[{1b};1 2 3]",
    "til[10000] cross til 10000",
    "1000000000?10",
    "string til 5000000",
    "select a,b:a+1,c:a+2 from ([]a:til 1000000)",
    "t:([]a:til 100000);while[1b;t:t,t]",
    "t:([]a:til 100000);while[1b;t:t uj t]",
    "t:([]a:til 500000);select by a from t",
    "t:([]a:til 300000);t lj 1!update b:a from t",
    ".j.j 3000000#0",
    "x:til 1000000;(-8!x;-8!x)",
    '-4!400000#"a "',
    'i:0;while[1b;(`$".a.x",string i)set til 1000;i+:1]',
    'i:0;while[1b;(`$"x",string i)set i;i+:1]',
    "x:();while[1b;x:{x;y}[(x;til 10000)]]",
  ];
  for (const text of builders) {
    it(`${text} ends in 'wsfull`, () =>
      ends(text, "wsfull", { memory: 16 * megabyte, time: 20_000, depth: 400 }));
  }

  it("many names in a namespace are many names, not many looks through all of them", async () => {
    const before = performance.now();
    const text = 'i:0;do[20000;(`$".a.x",string i)set i;i+:1];count key`.a';
    assert.equal(valueText(await evaluate(text, session())), "20001");
    assert.ok(performance.now() - before < 10_000, `${performance.now() - before} ms`);
  });

  it("a compressed message of nothing is refused before it is made", async () => {
    const bomb = "0x0100010019000000000000400000000000000000000000000000";
    await assert.rejects(async () => evaluate(`-9!${bomb}`, session({ memory: 16 * megabyte })), KError);
  });

  it("garbage does not count: a loop that keeps little runs on", async () => {
    const small = session({ memory: 16 * megabyte });
    assert.equal(valueText(await evaluate("i:0;while[i<300;x:til 100000;i+:1];i", small)), "300");
  });

  it("what a user keeps counts in the user's next request", async () => {
    const user = session({ memory: 16 * megabyte });
    await evaluate("a:til 800000", user);
    await assert.rejects(async () => evaluate("b:til 800000;c:b+1", user), { message: "wsfull" });
    await evaluate("a:0;b:0", user);
    assert.equal(valueText(await evaluate("count til 800000", user)), "800000");
  });

  it("other sessions are answered while one loops", async () => {
    const busy = Promise.resolve(evaluate("while[1b;]", session({ time: 400 }))).catch(
      (error: KError) => error.message,
    );
    const other = session();
    let answered = 0;
    let longest = 0;
    const end = Date.now() + 250;
    while (Date.now() < end) {
      const before = performance.now();
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(valueText(await evaluate("1+1", other)), "2");
      longest = Math.max(longest, performance.now() - before);
      answered++;
    }
    assert.ok(answered > 5, `${answered} answers`);
    assert.ok(longest < 100, `${longest} ms for one answer`);
    assert.equal(await busy, "stop");
  });

  it("stop() ends what runs", async () => {
    const one = session();
    const running = evaluate("while[1b;]", one);
    one.stop();
    await assert.rejects(async () => running, { message: "stop" });
    assert.equal(valueText(await evaluate("2+2", one)), "4");
  });

  it("a trap does not catch the end of the request", async () => {
    await ends("@[{while[1b;]};0;`caught]", "stop", { time: 30 });
    await ends("while[1b;@[{while[1b;]};0;`caught]]", "limit", { steps: 5000 });
  });

  it("the time a k api function takes is not the text's", async () => {
    const slow: Externals = {
      rank: (name) => (name === "slow" ? 1 : undefined),
      call: () => new Promise<K>((resolve) => setTimeout(() => resolve(k.long(7)), 60)),
      names: () => ["slow"],
    };
    assert.equal(valueText(await evaluate("1+slow[]", session({ time: 30 }, slow))), "8");
  });
});

describe("language: hostile texts in a server", () => {
  /** Milliseconds in which a bystander is answered; a machine that runs other tests needs more than a free one. */
  const PATIENCE = 1000;
  let served: Served;
  let bystander: Client;
  let sender: Client;
  let watching = true;
  let longest = 0;
  let watch: Promise<void>;

  before(async () => {
    const limits = { ...DEFAULT_TEXT_LIMITS, time: 1000, grace: 500, resident: Number.POSITIVE_INFINITY };
    served = await serve({}, { language: new Threads<Answer>(limits, 4) });
    const options = { port: served.port, host: "127.0.0.1" };
    bystander = await connect({ ...options, user: "bystander" });
    sender = await connect({ ...options, user: "sender" });
    await Promise.all([bystander.request("1+1"), sender.request("1+1")]);
    watch = (async () => {
      while (watching) {
        const before = performance.now();
        assert.equal(valueText(await bystander.request("1+1")), "2");
        longest = Math.max(longest, performance.now() - before);
        await sleep(50);
      }
    })();
  });
  after(async () => {
    watching = false;
    await watch;
    await Promise.all([bystander.close(), sender.close()]);
    await served.server.close(1000);
  });

  const hostile = [
    "3000000000 0N#1",
    "400000000#(::)",
    "300000000#0Ng",
    "0Ni#{x}",
    '"," vs 50000000#","',
    '` vs `$50000000#"."',
    "group til 10000000",
    "x:1;while[1b;x:(x;x)]",
    "x:();while[1b;x,:enlist 1#til 1000000]",
    'system"t:5000000 til 10"',
    "?[10000000#1b;1;2]",
    "?[5000000#1b;5000000#`a;5000000#`b]",
    "(2000 2000#1f) mmu 2000 2000#1f",
    "string til 10000000",
    ",/[1000000#enlist 1 2]",
    "raze 10000000#enlist 1 2",
    "1 cut til 10000000",
    "asc string each 1000000?100000",
    "1000000#enlist til 1000000",
  ];
  for (const text of hostile) {
    it(`${text} ends in 'stop or 'wsfull, the others are answered, and the sender goes on`, async () => {
      longest = 0;
      await assert.rejects(sender.request(text), /^KError: (stop|wsfull)(: .* lost)?$/);
      assert.ok(longest < PATIENCE, `a bystander waited for ${longest} ms`);
      assert.equal(valueText(await sender.request("x:0;1+1")), "2");
    });
  }

  it("values that a strict client cannot read are 'type", async () => {
    for (const text of ["{x}!1", "neg!1", "`a`b!({x}!1;2)"])
      await assert.rejects(sender.request(text), { message: "type" }, text);
  });
});

describe("language: answers with and without a promise", () => {
  const host: Externals = {
    rank: (name) => ({ now: 1, later: 1, fails: 1, pair: 2 })[name],
    call: (name, args) => {
      if (name === "fails") return Promise.reject(new KError("no such thing"));
      if (name === "later") return Promise.resolve(args[0]!);
      return name === "pair" ? k.list(args) : args[0]!;
    },
    names: () => ["now", "later", "fails", "pair"],
  };

  it("is at once where nothing took a promise", () => {
    const answer = evaluate("sum now 1 2 3", session({}, host));
    assert.ok(!(answer instanceof Promise));
    assert.equal(valueText(answer), "6");
  });

  it("is a promise where a k api function answered one, wherever it stands", async () => {
    const texts: readonly (readonly [string, string])[] = [
      ["1+later 2", "3"],
      ["{x+later y}[1;2]", "3"],
      ["later each 1 2 3", "1 2 3"],
      ["(later 1;later`a)", "(1;`a)"],
      ["{x+later 1}/[3;0]", "3"],
      ["x:later 5;x*2", "10"],
      ["@[fails;1;{x}]", '"no such thing"'],
    ];
    for (const [text, expected] of texts) {
      const answer = evaluate(text, session({}, host));
      assert.ok(answer instanceof Promise, text);
      assert.equal(valueText(await answer), expected, text);
    }
    await assert.rejects(async () => evaluate("1+fails 1", session({}, host)), { message: "no such thing" });
  });

  it("a list, brackets and juxtaposition give a function of one argument the same list", async () => {
    for (const text of ["now(1;`a)", "now[1;`a]", "now[(1;`a)]"]) {
      assert.equal(valueText(await evaluate(text, session({}, host))), "(1;`a)", text);
    }
    assert.equal(valueText(await evaluate("now[1;2]", session({}, host))), "1 2");
  });

  it("no argument is ::, an empty list is an empty list", async () => {
    assert.equal(valueText(await evaluate("type now[]", session({}, host))), "101h");
    assert.equal(valueText(await evaluate("type now()", session({}, host))), "0h");
  });

  it("a function of two arguments projects on its first", async () => {
    assert.equal(valueText(await evaluate("pair[1]`b", session({}, host))), "(1;`b)");
    assert.equal(valueText(await evaluate("p:pair[`a];p each 1 2", session({}, host))), "((`a;1);(`a;2))");
    await assert.rejects(async () => evaluate("pair[1;2;3]", session({}, host)), { message: "rank" });
  });

  it("handles stay one-element lists through lists, each, indexing and variables", async () => {
    const variables = new Variables();
    variables.set("h", k.list([k.long(5)]));
    variables.set("g", k.list([k.long(6)]));
    const one = new Workspace(host, DEFAULT_TEXT_LIMITS, variables);
    const types: readonly (readonly [string, string])[] = [
      ["type h", "0h"],
      ["type each (h;g)", "0 0h"],
      ["type (h;g)1", "0h"],
      ["type now h", "0h"],
      ["type first now each (h;g)", "0h"],
      ["type h,g", "0h"],
      ["type each h,g", "-7 -7h"],
      ["type 0+h", "7h"],
      ["-3!(h;g)", '"(,5;,6)"'],
      ["d:`a`b!(h;g);type d`b", "0h"],
      ["type last value d", "0h"],
    ];
    for (const [text, expected] of types) assert.equal(valueText(await evaluate(text, one)), expected, text);
  });

  it("k api functions are values: in lists, as arguments, with adverbs", async () => {
    const texts: readonly (readonly [string, string])[] = [
      ["(now;neg)@\\:1", "1 -1"],
      ["{x y}[now;3]", "3"],
      ["now'[1 2]", "1 2"],
      ["f:now;f 4", "4"],
      ["type now", "101h"],
    ];
    for (const [text, expected] of texts)
      assert.equal(valueText(await evaluate(text, session({}, host))), expected, text);
  });
});
