/** A server that learns from a market in which there is something to learn: what a user sees in `history`. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Client, connect } from "../../protocol/client.js";
import { encodeObject } from "../../protocol/encode.js";
import * as k from "../../protocol/make.js";
import type { Atom, Table, Vector } from "../../protocol/values.js";
import { realComponents } from "../../server/components.js";
import { type Running, start } from "../../server/index.js";
import { makeLog } from "../../server/log.js";
import { kills } from "./kills.js";
import { Market } from "./market.js";
import { startPlant } from "./tickerplant.js";

const NETWORK = [
  "seed 1",
  "q:module seq(`sequential; (`linear;`enc;5;16); `relu; (`linear;`out;16;1))",
  "m:model(q; loss`mse; opt(`adamw;q;.003))",
  'x:`mid`spread`imb`ret`vol!("(bid+ask)%2"; "(ask-bid)%mid"; "(bsize-asize)%bsize+asize"; "log ratios mid"; "50 mdev ret")',
  'y:"1e4*log ahead[10;mid]%mid"',
];

describe("a feed that learns from a market", function () {
  this.timeout(120_000);
  let folder: string;
  let server: Running;
  let session: Client;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "torchq-feed-"));
    const options = { addresses: [{ port: 0 }], unix: false, data: folder };
    server = await start(options, { ...realComponents(options), log: makeLog("fatal") });
    session = await connect({ port: server.ports[0]!, user: "ann" });
    for (const text of NETWORK) await session.request(text);
  });

  after(async () => {
    await session.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  const long = async (text: string): Promise<number> => Number(((await session.request(text)) as Atom).value);
  const column = async (name: string): Promise<number[]> => {
    const table = (await session.request("history f")) as Table;
    const values = table.values.items[table.columns.names.indexOf(name)] as Vector;
    return Array.from(k.items(values) as ArrayLike<number | bigint>, Number);
  };
  const until = async (what: () => Promise<boolean>): Promise<void> => {
    while (!(await what())) await sleep(20);
  };

  it("comes as near to what can be known as the best straight line, before and after the market changes", async () => {
    const ROWS = 240_000;
    const CHANGE = 120_000;
    const IC = 0.4;
    const market = new Market({ seed: 3, ic: IC, horizon: 10, change: { row: CHANGE, factor: -1 } });
    const plant = await startPlant({ log: { folder, name: "tick" }, date: 9825 });
    for (let rows = 0; rows < ROWS; rows += 1000) plant.upd("quote", k.list(market.quotes(1000)));
    await plant.close();
    await session.request(
      "f:feed(m;`source`table`x`y`scale`columns`drift`driftdelta`name!(`tick2026.11.25;`quote;x;y;1b;`time`sym`bid`ask`bsize`asize;20;.1;`market))",
    );
    await until(async () => k.text(await session.request("(feed f)`status")) === "done");
    assert.equal(await long("(feed f)`rows"), ROWS);
    const ic = await column("ic");
    const samples = await column("samples");
    // a row of history is 10,000 samples: the last two before the change, and the last two
    const before = ic.slice(9, 11);
    const after = ic.slice(-3, -1);
    assert.equal(samples[0], 10_000);
    for (const each of [...before, ...after])
      assert.ok(each > 0.9 * IC, `best ${IC}, by window ${ic.map((x) => x.toFixed(3)).join(" ")}`);
    assert.ok(ic[12]! < 0, "just after the change it knows less than nothing");
    const drift = await column("drift");
    assert.ok(drift.slice(12, 15).includes(1), "the change is marked");
    assert.ok(!drift.slice(3, 12).includes(1), "nothing is marked before");
    // what happened has its place among the windows, however far ahead the log is read
    assert.deepEqual(samples.slice(-2), [10_000, 0]);
    assert.equal(k.text(await session.request("last(history f)`note")), "done: the log is at its end");
    await session.request("free f");
  });

  it("learns on with layers frozen, and with them free again", async () => {
    const market = new Market({ seed: 4, ic: 0.4, horizon: 10 });
    await session.request("f:feed(m;`source`table`x`y`scale`report`name!(`push;`quote;x;y;1b;1000;`frozen))");
    const quotes = { time: 0, sym: 1, bid: 2, ask: 3, bsize: 4, asize: 5 };
    let rows = 0;
    const push = async (count: number): Promise<void> => {
      const columns = market.quotes(count);
      await session.call(
        "upd",
        k.symbol("quote"),
        k.table(Object.fromEntries(Object.entries(quotes).map(([name, at]) => [name, columns[at]!]))),
      );
      rows += count;
      await until(
        async () => (await long("(feed f)`rows")) === rows && (await long("(feed f)`waiting")) === 0,
      );
    };
    const values = async (names: string): Promise<string> =>
      Buffer.from(encodeObject(await session.request(`{tensor parm(m;x)}each ${names}`))).toString("hex");
    await push(5000);
    await session.request("freeze(m;`enc.weight`enc.bias)");
    const steps = await long("(feed f)`steps");
    const [encoder, output] = [await values("`enc.weight`enc.bias"), await values("`out.weight`out.bias")];
    await push(5000);
    assert.equal(await values("`enc.weight`enc.bias"), encoder);
    assert.notEqual(await values("`out.weight`out.bias"), output);
    assert.ok((await long("(feed f)`steps")) > steps + 10);
    await session.request("unfreeze(m;`enc.weight`enc.bias)");
    await push(5000);
    assert.notEqual(await values("`enc.weight`enc.bias"), encoder);
    assert.ok((await column("samples")).filter((n) => n === 1000).length >= 13);
  });

  it("is as it was written down where its losses are not finite any more, and says so", async () => {
    await session.request("free f");
    await session.request("f:feed(m;`source`table`x`y`scale`report`name!(`push;`quote;x;y;1b;1000;`spoilt))");
    const market = new Market({ seed: 5 });
    const names = ["time", "sym", "bid", "ask", "bsize", "asize"];
    const push = async (count: number): Promise<void> => {
      const columns = market.quotes(count);
      const table = k.table(Object.fromEntries(names.map((name, at) => [name, columns[at]!])));
      await session.call("upd", k.symbol("quote"), table);
    };
    const values = async (): Promise<string> =>
      Buffer.from(
        encodeObject(await session.request("{tensor parm(m;x)}each`enc.weight`out.weight")),
      ).toString("hex");
    await push(3000);
    await until(async () => (await long("(feed f)`steps")) > 5 && (await long("(feed f)`waiting")) === 0);
    await session.request("checkpoint f");
    const written = await values();
    await session.request("lr(m;1e30)");
    await push(5000);
    await until(async () => (await long("(feed f)`ended")) === 1);
    assert.equal(await values(), written);
    const notes = k.text(await session.request("raze(history f)`note"))!;
    assert.match(notes, /not finite.*the model is as it was in feeds\/ann\/spoilt\/000000001/);
  });

  it("is the same to the bit after kills in the middle as without", async () => {
    const outcome = await kills(3, { seed: 5 });
    assert.ok(outcome.same, JSON.stringify(outcome));
    assert.ok(outcome.steps > 50, JSON.stringify(outcome));
  });
});
