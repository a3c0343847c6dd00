/** `feed` and its functions as sessions see them: rows that a process sends, what is refused, and the feed's end. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { type Client, connect } from "../../protocol/client.js";
import * as k from "../../protocol/make.js";
import type { K, Symbols } from "../../protocol/values.js";
import { type Program, resident, torchq } from "../bench/programs.js";
import { plain } from "../protocol/plain.js";

/** Milliseconds in which what goes on beside the calls must have happened. */
const SOON = 10_000;
/** Feeds that the server allows. */
const MOST = 3;

const SET_UP = [
  "mk:{model(module enlist(`linear;1;1);loss`mse;opt`sgd)}",
  'o:`source`table`x`y`batchsize!(`push;`quote;(1#`mid)!enlist"(bid+ask)%2";"ahead[1;mid]-mid";2)',
  "t:([]time:0D10+til 4;sym:`a`a`a`b;bid:1 2 3 4f;ask:2 3 4 5f)",
];

class Session {
  private constructor(readonly client: Client) {}

  static async open(port: number, user = "ann"): Promise<Session> {
    const session = new Session(await connect({ port, host: "127.0.0.1", user }));
    for (const text of SET_UP) await session.ask(text);
    return session;
  }

  async ask(text: string | K): Promise<K> {
    return await this.client.request(text);
  }

  async gives(text: string, expected: string): Promise<void> {
    assert.deepEqual(plain(await this.ask(text)), plain(await this.ask(expected)), text);
  }

  async fails(text: string | K, why: RegExp): Promise<void> {
    const error = await this.ask(text).then(
      () => assert.fail(`${String(text)} gave no error, ${why} expected`),
      (thrown: Error) => thrown,
    );
    assert.match(error.message, why);
  }

  /** The expression comes to give what the other one says. */
  async comes(text: string, expected: string): Promise<void> {
    const start = performance.now();
    const wanted = inspect(plain(await this.ask(expected)));
    let found = "";
    while (performance.now() - start < SOON) {
      found = inspect(plain(await this.ask(text)));
      if (found === wanted) return;
      await sleep(10);
    }
    assert.fail(`${text} gives ${found}, not ${wanted}`);
  }
}

describe("feed", function () {
  this.timeout(60_000);

  let data: string;
  let server: Program;
  let q: Session;

  before(async () => {
    data = mkdtempSync(join(tmpdir(), "torchq-feed-"));
    server = await torchq("--data", data, "--feeds", String(MOST), "--linger", "0");
  });
  beforeEach(async () => {
    q = await Session.open(server.port);
  });
  afterEach(async () => {
    await q.ask("free[]");
    await q.client.close();
    for (const each of readdirSync(data)) rmSync(join(data, each), { recursive: true });
  });
  after(async () => {
    await server.end();
    rmSync(data, { recursive: true });
  });

  it("learns from rows that are sent, as tables, columns or single rows, with and without an answer", async () => {
    await q.ask("f:feed(m:mk[];o)");
    await q.gives("exec first status from feed[]", '"waits for upd"');
    await q.ask("upd(`quote;t)");
    await q.ask("upd(`quote;flip`ask`bid`sym`time!(5 6f;4 5f;`a`a;0D11 0D12))");
    const columns = await q.ask("(0D13 0D13;`a`b;1 2f;2 3f)");
    await q.client.send(k.list([k.symbol("upd"), k.symbol("quote"), columns]));
    await q.ask("upd(`quote;(0D14;`a;1f;2f))");
    // of `a` all rows but the last have a label, of `b` the first: 7 samples, 3 batches of 2
    await q.comes("(feed f)`rows`samples`steps", "9 9 3");
    await q.gives("(feed f)`status", '"takes upd"');
    await q.gives("count predict(f;t)", "4");
    await q.gives("first exec steps from feed[]", "3");
    // another session of the user finds both
    await q.gives("exec first ptr from feed[] where feed=`quote,not ended", "f");
    await q.gives("(feed f)`model", "m");
  });

  for (const [what, text, note] of [
    ["no table", "5", /a message: no table and no list/],
    ["a column that is missing", "([]a:1 2)", /no column time/],
    ["another type", "update bid:1 2 3 4 from t", /column bid of another type than float/],
    ["another count of columns", "(1;2)", /2 columns where the table has 4/],
  ] as const)
    it(`${what} is no row: counted, noted, and what follows is learned from`, async () => {
      await q.ask("f:feed(mk[];o)");
      await q.ask("upd(`quote;t)");
      await q.ask(`upd(\`quote;${text})`);
      await q.ask("upd(`quote;t)");
      await q.comes("(feed f)`rows", "8");
      assert.match(k.text(await q.ask("(feed f)`note"))!, note);
    });

  it("a list of columns is taken where `columns` names them", async () => {
    await q.ask("f:feed(mk[];o,(1#`columns)!enlist`time`sym`bid`ask)");
    await q.ask("upd(`quote;value flip t)");
    await q.comes("(feed f)`rows", "4");
  });

  it("garbage before the table is known, and after", async () => {
    await q.ask("f:feed(mk[];o)");
    for (const text of [
      "5",
      "`a",
      '"abc"',
      "()",
      "::",
      "{x}",
      "`a`b!1 2",
      "(();())",

      "1000000#0",
    ]) {
      await q.ask(`upd(\`quote;${text})`);
    }
    await q.ask("upd(`quote;t)");
    await q.comes("(feed f)`rows", "4");
    for (const text of ["5", "`a", '"abc"', "()", "::", "{x}", "`a`b!1 2", "(();())", "([]a:())", "0#t"])
      await q.ask(`upd(\`quote;${text})`);
    await q.ask("upd(`quote;t)");
    await q.comes("(feed f)`rows", "8");
    for (const text of ["upd 5", "upd`quote", "upd(5;t)", "upd(`quote;t;1)"])
      await q.fails(text, /^upd: \(table;data\) expected/);
    await q.fails("upd(`nosuch;t)", /none of the user's feeds takes `nosuch/);
  });

  for (const [what, text, error] of [
    ["a text that is no q", '(1#`a)!enlist"(bid"', /^feed: a: .*expected \)/],
    ["no text", '`a`b!("bid";`ask)', /^feed: x: b is to be a q text .*given `ask/],
    ["an empty text", '`a`b!("bid";"")', /^feed: x: b is to be a q text/],
    ["a name that is none", '(1#`$"a b")!enlist"bid"', /^feed: x: a name of letters.*given `a b/],
    ["a name twice", '`a`a!("bid";"ask")', /^feed: x: a is defined twice/],
    ["a name in two inputs", '`u`v!2#enlist(1#`a)!enlist"bid"', /^feed: a is defined twice/],
    [
      "inputs of which one is a text",
      '`u`v!((1#`a)!enlist"bid";"ask")',
      /^feed: x: v: a dictionary of names/,
    ],
    ["nothing", "(`$())!()", /^feed: x expected: features/],
    ["a symbol", "`bid", /^feed: x expected: features.*given `bid/],
  ] as const)
    it(`x: ${what}`, async () => {
      await q.fails(`feed(mk[];@[o;\`x;:;${text}])`, error);
      await q.gives("count feed[]", "0");
    });

  it("a column that is not there ends the feed when the table comes; feed and history say so", async () => {
    await q.ask('f:feed(m:mk[];o,(1#`x)!enlist(1#`a)!enlist"foo+bid")');
    await q.ask("upd(`quote;t)");
    await q.comes("(feed f)`status", '"a: no column foo; the table has time sym bid ask"');
    await q.gives("first exec status from feed[]", '"a: no column foo; the table has time sym bid ask"');
    await q.gives(
      "last exec note from history f",
      '"ended: a: no column foo; the table has time sym bid ask"',
    );
    await q.fails("upd(`quote;t)", /^upd: the feed quote has ended: a: no column foo/);
    await q.fails("predict(f;t)", /has ended/);
    await q.ask("g:feed(m;o)"); // in its place
    await q.gives("count feed[]", "1");
  });

  it("options of all types: refused by name, with what is expected and what was given", async () => {
    const { names } = (await q.ask("exec option from (help`feed)`options")) as Symbols;
    assert.ok(names.includes("batchsize") && names.length > 20);
    const odd = [
      ...[
        "0N",
        "0W",
        "-1",
        "0Ni",
        "0n",
        "0w",
        "-1f",
        "1e300",
        "0x00",
        '"a"',
        '""',
        '"abc"',
        "`",
        "`nosuch",
        '`$"a b"',
      ],
      ...[
        '`$"../x"',
        "()",
        "::",
        "0#0",
        "enlist 1",
        "1 2",
        "`a`b",
        "0Nn",
        "-0D01",
        "0Wn",
        "100D",
        "2024.01.01",
      ],
      ...[
        "`a`b!1 2",
        "([]a:1 2)",
        "([a:1 2]b:1 2)",
        "{x}",
        "(();())",
        "100000#0",
        "(1#`a)!1#5",
        "(`$())!()",
        "enlist`a`b!1 2",
      ],
    ];
    for (const name of names)
      for (const value of odd) {
        const text = `v:(${value});r:@[feed;(mk[];@[o;\`${name};:;v]);{x}];$[10h=type r;r;[free r;""]]`;
        const error = k.text(await q.ask(text));
        assert.match(error!, /^(feed: .{10,}|)$/s, `${name}: ${value}`);
      }
    await q.gives("count feed[]", "0");
  });

  it("options that there are none, twice, missing, or no dictionary", async () => {
    await q.fails("feed(mk[];o,(1#`batchsiz)!1#5)", /no option `batchsiz \(did you mean batchsize\?\)/);
    await q.fails("feed(mk[];`table`table;`a`b)", /table is given twice/);
    await q.fails("feed(mk[];`source`table!`push`quote)", /^feed: x expected/);
    await q.fails("feed mk[]", /\(model;options\) expected/);
    await q.fails("feed(mk[];5)", /\(model;options\) expected/);
    await q.fails("feed(mk[];`source`table;1 2 3)", /\(model;options\) expected/);
    for (const x of ["5", "`a", "tensor 1 2 3", "loss`mse", '"quote"', "(1;2)"])
      await q.fails(`feed ${x}`, /^feed: model or feed expected/);
  });

  it("predict refuses what is no table of the feed's, and more rows than it takes", async () => {
    await q.ask("f:feed(m:mk[];o)");
    await q.fails("predict(f;t)", /does not know its table yet/);
    await q.ask("upd(`quote;t)");
    await q.comes("(feed f)`rows", "4");
    await q.fails("predict(f;delete ask from t)", /column ask expected, a float list .*given none/);
    await q.fails(
      "predict(f;update ask:1 2 3 4 from t)",
      /column ask expected, a float list .*given a long list/,
    );
    await q.fails("predict(f;update ask:(1;2f;3;4)from t)", /given a general list/);
    await q.fails("predict(f;first t)", /a dictionary, which enlist/);
    await q.fails("predict(f;`sym xkey t)", /a keyed table, which 0!/);
    await q.fails("predict(f;5)", /given long scalar/);
    await q.fails("predict f", /given no table/);
    await q.fails("predict(f;t;t)", /given 3 arguments/);
    await q.fails("predict(m;t)", /^predict: feed expected, given model/);
    await q.fails("predict 5", /^predict: feed expected, given long/);
    await q.fails("predict(f;10001#t)", /at most 10000 rows/);
    await q.gives("count predict(f;10000#t)", "10000");
    await q.gives("count predict(f;0#t)", "0");
    await q.gives("(feed f)`rows`samples", "4 4");
  });

  it("checkpoint of a feed that has had no rows says so, again and again", async () => {
    await q.ask("f:feed(mk[];o)");
    await q.fails("checkpoint f", /^checkpoint: the feed has had no rows yet/);
    await q.fails("checkpoint f", /^checkpoint: the feed has had no rows yet/);
    await q.ask("upd(`quote;0#t)");
    await q.ask("@[checkpoint;f;{x}]");
    await q.ask("upd(`quote;t)");
    await q.comes("(feed f)`rows", "4");
    await q.gives("checkpoint f", '`$"feeds/ann/quote/000000001"');
  });

  it("checkpoint gives the name of its folder; a feed of that name goes on from it", async () => {
    await q.ask("f:feed(m:mk[];o)");
    await q.ask("upd(`quote;t)");
    await q.comes("(feed f)`steps", "1");
    await q.gives("checkpoint f", '`$"feeds/ann/quote/000000001"');
    assert.deepEqual(readdirSync(join(data, "feeds/ann/quote")), ["000000001"]);
    await q.ask("p:forward(m;3 1#1 2 3e);free f");
    await q.ask("f:feed(n:mk[];o)");
    await q.gives("tensor forward(n;3 1#1 2 3e)", "tensor p");
    await q.gives("(feed f)`steps", "1");
    await q.ask("upd(`quote;0#t)");
    await q.comes("(feed f)`rows`samples", "4 4");
    await q.fails("checkpoint m", /^checkpoint: feed expected, given model/);
    await q.fails("checkpoint 5", /^checkpoint: feed expected/);
    await q.fails("checkpoint[]", /^checkpoint: feed expected/);
  });

  it("reads a log file of the data folder, to its end; one without rows ends the feed, which says why", async () => {
    const hex =
      "ff01000000000000" +
      "0000 03000000 f575706400 f571756f746500" + // (`upd;`quote;
      "0000 04000000 1000 02000000 00a0724e18090000 00a0724e18090000 0b00 02000000 6100 6100" +
      "0900 02000000 000000000000f03f 0000000000000040 0900 02000000 0000000000000040 0000000000000840";
    writeFileSync(join(data, "day.log"), Buffer.from(hex.replaceAll(" ", ""), "hex"));
    await q.ask("o[`source]:`day.log");
    await q.ask("o[`columns]:`time`sym`bid`ask");
    await q.ask("f:feed(mk[];o)");
    await q.comes("(feed f)`status", '"done"');
    await q.gives("(feed f)`rows`samples", "2 2");
    await q.fails("feed(mk[];@[o;`table`name;:;`trade`g])", /^feed: the log has no rows of trade$/);
    await q.fails("feed(mk[];@[o;`columns`name;:;(();`h)])", /a list of columns has no names/);
    await q.fails("feed(mk[];@[o;`source`name;:;`nosuch`i])", /source: there is no log file "nosuch"/);
  });

  it("a feed and its model are their user's alone", async () => {
    await q.ask("f:feed(m:mk[];o)");
    const f = await q.ask("f");
    const other = await Session.open(server.port, "bob");
    for (const name of ["feed", "history", "checkpoint"])
      await other.fails(k.list([k.symbol(name), f]), /expected|stale|given/);
    await other.fails(k.list([k.symbol("predict"), k.list([f, await other.ask("t")])]), /expected|stale/);
    await other.gives("count feed[]", "0");
    await other.fails("upd(`quote;t)", /none of the user's feeds/);
    await other.client.close();
  });

  it("one model is in one feed, a name is one feed's, and there are no more than --feeds", async () => {
    await q.ask("f:feed(m:mk[];o)");
    await q.fails("feed(m;o,(1#`name)!1#`b)", /the model learns in the feed quote already/);
    await q.fails("feed(mk[];o)", /there is a feed quote already/);
    for (let i = 1; i < MOST; i++) await q.ask(`feed(mk[];o,(1#\`name)!1#\`f${i})`);
    await q.fails("feed(mk[];o,(1#`name)!1#`more)", /3 feeds at a time at most .*--feeds/);
    await q.ask("free f");
    await q.comes("count feed[]", "2");
    await q.ask("feed(mk[];o,(1#`name)!1#`more)");
  });

  it("those whose checkpoint is being read count for --feeds", async () => {
    const large = "model(module seq(`sequential;(`linear;1;1000000);(`linear;1000000;1));loss`mse;opt`sgd)";
    const names = ["a", "b", "c", "d"];
    for (const name of names) {
      await q.ask(`f:feed(${large};o,(1#\`name)!1#\`${name})`);
      await q.ask("upd(`quote;t)");
      await q.comes("(feed f)`rows", "4");
      await q.ask("checkpoint f; free f");
    }
    const sessions = await Promise.all(names.map(() => Session.open(server.port)));
    const begun = await Promise.allSettled(
      names.map((name, i) => sessions[i]!.ask(`feed(${large};o,(1#\`name)!1#\`${name})`)),
    );
    const refused = begun.filter(({ status }) => status === "rejected") as PromiseRejectedResult[];
    for (const { reason } of refused) assert.match(String(reason), /3 feeds at a time at most/);
    assert.equal(refused.length, names.length - MOST);
    for (const { client } of sessions) await client.close();
  });

  it("all feeds of a table take what is sent", async () => {
    await q.ask("f:feed(mk[];o)");
    await q.ask("g:feed(mk[];o,(1#`name)!1#`g)");
    for (let i = 0; i < 5; i++)
      await q.client.send(k.list([k.symbol("upd"), k.symbol("quote"), await q.ask("t")]));
    await q.comes("exec rows from feed[]", "20 20");
    await q.ask("predict(f;t)");
  });

  it("the model's end is the feed's, which says so; its own end leaves the model", async () => {
    const bystander = await Session.open(server.port, "bob");
    await q.ask("f:feed(m:mk[];o)");
    await q.ask("do[50;upd(`quote;10000#t)]");
    await q.ask("free m");
    await q.comes("(feed f)`status", '"the model was freed"');
    await q.ask("g:feed(n:mk[];o,(1#`name)!1#`g)");
    await q.ask("do[50;upd(`quote;10000#t)]");
    await q.ask("free g");
    await q.gives("`g in exec feed from feed[]", "0b");
    await q.fails("feed g", /stale/);
    await q.gives("count parmnames n", "2");
    await q.ask("h:feed(n;o,(1#`name)!1#`h)");
    await q.ask("free[]");
    await q.gives("count feed[]", "0");
    await bystander.gives("1+1", "2");
    await bystander.client.close();
  });

  it("of feeds that have ended the last twenty stay", async () => {
    await q.ask('o[`x]:(1#`a)!enlist"foo"');
    for (let i = 0; i < 8; i++) {
      for (let j = 0; j < MOST; j++) await q.ask(`feed(mk[];o,(1#\`name)!1#\`f${MOST * i + j})`);
      await q.ask("upd(`quote;t)");
      await q.comes("exec all ended from feed[]", "1b");
    }
    await q.gives("exec(count feed;last feed)from feed[]", "(20+3;`f23)"); // the last three found twenty
    await q.gives("count obj[]", "20+3+24");
  });

  it("threads end with their feeds", async () => {
    const threads = (): number => readdirSync(`/proc/${server.pid}/task`).length;
    await q.ask("free feed(mk[];o)");
    await sleep(1500);
    const before = threads();
    for (let i = 0; i < 5; i++) {
      await q.ask("f:feed(mk[];o)");
      await q.ask("upd(`quote;t)");
      await q.ask("free f");
    }
    const start = performance.now();
    while (threads() > before && performance.now() - start < SOON) await sleep(50);
    assert.ok(threads() <= before, `${threads()} threads, ${before} before`);
  });

  it("the session goes, the feed goes on, although nobody lingers", async () => {
    const other = await Session.open(server.port, "eve");
    await other.ask("f:feed(m:mk[];o)");
    await other.client.close();
    await sleep(1500);
    const again = await Session.open(server.port, "eve");
    await again.ask("upd(`quote;t)");
    await again.comes("first exec rows from feed[]", "4");
    await again.ask("free[]");
    await again.client.close();
  });

  for (const [user, folder] of [
    ["..", "%2e."],
    [".", "%2e"],
    ["a/b", "a%2fb"],
    ["", "_"],
    ["_", "%5f"],
    ["é", "%c3%a9"],
    ["-x", "%2dx"],
    ["x".repeat(300), /^%[0-9a-f]{64}$/],
  ] as const)
    it(`checkpoints of a user called ${JSON.stringify(user.slice(0, 10))} have a folder of their own`, async () => {
      const other = await Session.open(server.port, user);
      await other.ask("f:feed(mk[];o)");
      await other.ask("upd(`quote;t)");
      await other.comes("(feed f)`rows", "4");
      await other.ask("checkpoint f");
      const [only, ...more] = readdirSync(join(data, "feeds"));
      assert.deepEqual(more, []);
      if (typeof folder === "string") assert.equal(only, folder);
      else assert.match(only!, folder);
      assert.deepEqual(readdirSync(data), ["feeds"]);
      await other.ask("free[]");
      await other.client.close();
    });

  it("more rows than can be learned wait in bounded memory", async () => {
    await q.ask("f:feed(mk[];o)");
    const big = await q.ask("100000#t");
    let refused = 0;
    for (let i = 0; i < 60; i++)
      await q.ask(k.list([k.symbol("upd"), k.list([k.symbol("quote"), big])])).catch((error: Error) => {
        assert.match(error.message, /bytes that it has not looked at yet.*send them later/);
        refused++;
      });
    await q.gives("1+1", "2");
    const megabytes = resident(server.pid, "VmHWM") / 2 ** 20;
    console.log(`        ${refused} of 60 refused, ${Math.round(megabytes)} MB at most`);
    assert.ok(megabytes < 3000, `${megabytes} MB`);
  });
});

describe("feed without a data folder", () => {
  it("learns, and says that it writes nothing", async () => {
    const server = await torchq();
    const q = await Session.open(server.port);
    try {
      await q.ask("f:feed(mk[];o)");
      await q.fails("checkpoint f", /this server writes no files: it was started without --data/);
      await q.fails("feed(mk[];o,`source`name!`day.log`b)", /^feed: source: .*--logs/);
      await q.ask("upd(`quote;t)");
      await q.comes("(feed f)`rows", "4");
    } finally {
      await q.client.close();
      await server.end();
    }
  });
});
