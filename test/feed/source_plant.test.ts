/**
 * The plant as a source: each row once and in order, whatever happens to the connection, the log and the day. The last test
 * lives more lives where LIVES says so, from the seed SEED on.
 */
import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compress } from "../../protocol/compress.js";
import * as k from "../../protocol/make.js";
import type { Position } from "../../server/feed/rows.js";
import { type PlantOptions, PlantSource } from "../../server/feed/source/plant.js";
import { readAnswer, requestTexts } from "../../server/feed/source/request.js";
import { Random } from "../fuzz/random.js";
import { buildMessage } from "../protocol/builder.js";
import {
  DATE,
  dayName,
  FakePlant,
  HEADER,
  listOf,
  NAMES,
  Recorder,
  type Row,
  type Told,
  tableOf,
  until,
  upd,
} from "./source_rig.js";

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const quotes = (from: number, to: number, sym = "a"): Row[] =>
  range(from, to).map((n): Row => [n, sym, n / 2, n]);
const pause = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis));

describe("feed: what a plant is asked", () => {
  it("symbols and tables that are plain names", () => {
    assert.equal(requestTexts("quote", [], undefined)[0], "(.u.sub[`quote;`];.u.i;.u.L;.u.d)");
    assert.equal(requestTexts("quote", ["AAPL"], undefined)[0], "(.u.sub[`quote;`AAPL];.u.i;.u.L;.u.d)");
    assert.equal(requestTexts("q", ["A", "B.N", "c_1"], undefined)[1], "(.u.sub[`q;`A`B.N`c_1];.u.i;.u.L)");
    assert.deepEqual(requestTexts("q", ["A/B"], "own[]"), ["own[]"]);
    for (const bad of ["", "a b", "a;exit 0", "a]", "a`b", "a\n", '"', "1a", "a/b", "é", "x".repeat(300)]) {
      assert.throws(() => requestTexts(bad, [], undefined), /no plain name/, bad);
      assert.throws(() => requestTexts("quote", ["a", bad], undefined), /no plain name/, bad);
    }
  });

  const pair = k.list([k.symbol("quote"), tableOf([])]);
  const columns = [
    ["time", 16],
    ["sym", 11],
    ["px", 9],
    ["n", 7],
  ].map(([name, type]) => ({ name, type }));
  const good = [
    [
      "with a date",
      [pair, k.long(5), k.symbol(":/x/sym2025.11.25"), k.date(9461)],
      { messages: 5, log: ":/x/sym2025.11.25", date: 9461 },
    ],
    [
      "the date in the log's name",
      [pair, k.int(5), k.symbol(":/x/sym2025.11.25")],
      { messages: 5, log: ":/x/sym2025.11.25", date: 9460 },
    ],
    ["no log", [pair, k.long(0), k.symbol("")], { messages: 0, log: "", date: 0 }],
    [
      "nulls",
      [pair, k.long(-(2n ** 63n)), k.symbol(":"), k.date(-(2 ** 31))],
      { messages: undefined, log: "", date: 0 },
    ],
    ["nonsense", [pair, k.float(5), k.long(1), k.chars("x")], { messages: undefined, log: "", date: 0 }],
    [
      "several tables",
      [k.list([k.list([k.symbol("trade"), k.table({ a: k.longs([]) })]), pair]), k.long(1)],
      { messages: 1, log: "", date: 0 },
    ],
    ["a table alone", [tableOf([]), k.long(1)], { messages: 1, log: "", date: 0 }],
  ] as const;
  for (const [name, answer, expected] of good)
    it(`is answered ${name}`, () =>
      assert.deepEqual(readAnswer(k.list(answer), "quote"), { columns, ...expected }));
  it("is answered a pair alone", () =>
    assert.deepEqual(readAnswer(pair, "quote"), { columns, messages: undefined, log: "", date: 0 }));
  for (const bad of [
    k.long(1),
    k.EMPTY,
    k.list([k.long(1), k.long(2)]),
    k.list([k.list([k.symbol("trade"), k.long(1)])]),
    k.NULL,
  ])
    it(`an answer of type ${bad.type} is refused`, () =>
      assert.throws(() => readAnswer(bad, "quote"), /the plant's answer/));
});

describe("feed: a plant", function () {
  this.timeout(60_000);
  let folder: string;
  let plant: FakePlant;
  const sources: PlantSource[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "torchq-plant-"));
  });
  afterEach(async () => {
    for (const source of sources.splice(0)) source.close();
    await plant.close();
    rmSync(folder, { recursive: true });
  });

  async function begin(told: Told = { folder }): Promise<void> {
    plant = new FakePlant(told);
    await plant.listen();
  }
  function subscribe(recorder: Recorder, options: Partial<PlantOptions> = {}, from?: Position): PlantSource {
    const source = new PlantSource(
      {
        address: { host: "127.0.0.1", port: plant.port },
        request: undefined,
        table: "quote",
        syms: [],
        letGo: true,
        folders: { logs: [], data: folder },
        patience: 200,
        pause: 5,
        ...options,
      },
      recorder,
    );
    sources.push(source);
    source.start(from);
    return source;
  }
  const isLive = (recorder: Recorder) => recorder.events.at(-1) === "live";
  const live = (recorder: Recorder) => until("it is live", () => isLive(recorder));
  const has = (recorder: Recorder, count: number) =>
    until(`${count} rows`, () => recorder.rowsSeen.length >= count);

  it("the log first, then live, in every form", async () => {
    await begin();
    plant.upd("quote", quotes(0, 3));
    plant.upd("trade", quotes(0, 3));
    plant.upd("quote", quotes(3, 4), "atoms");
    const recorder = new Recorder();
    const source = subscribe(recorder);
    await live(recorder);
    assert.deepEqual(recorder.numbers, range(0, 4));
    assert.deepEqual(recorder.positions.at(-1), { position: { date: DATE, messages: 3, rows: 0 }, rows: 4 });
    plant.upd("quote", quotes(4, 6));
    plant.upd("quote", quotes(6, 8), "columns");
    plant.upd("quote", quotes(8, 9), "atoms");
    await has(recorder, 9);
    assert.deepEqual(recorder.numbers, range(0, 9));
    assert.deepEqual(recorder.positions.at(-1)!.position, { date: DATE, messages: 3, rows: 5 });
    assert.equal(source.lag, 0);
    assert.deepEqual(recorder.gaps, []);
    assert.deepEqual(plant.asked, ["(.u.sub[`quote;`];.u.i;.u.L;.u.d)"]);
  });

  it("reads the log after it was live, up to where it was, on a later day", async () => {
    await begin();
    const recorder = new Recorder();
    const source = subscribe(recorder, { syms: ["a", "b"] });
    await live(recorder);
    for (let n = 0; n < 30; n++) plant.upd("quote", quotes(n, n + 1, "abc"[n % 3]));
    await has(recorder, 20);
    const { position } = recorder.positions.at(-1)!;
    assert.deepEqual(position, { date: DATE, messages: 0, rows: 20 });
    source.close();
    plant.upd("quote", quotes(30, 32));
    plant.endOfDay();
    plant.endOfDay();
    plant.upd("quote", quotes(32, 34));
    const second = new Recorder();
    subscribe(second, { syms: ["a", "b"] }, position);
    await live(second);
    assert.deepEqual(second.numbers, range(30, 34));
    assert.deepEqual(
      second.events.filter((x) => x.startsWith("end")),
      [`end of day ${DATE}`, `end of day ${DATE + 1}`],
    );
    assert.deepEqual(second.positions.at(-1)!.position, { date: DATE + 2, messages: 1, rows: 0 });
    assert.deepEqual(second.gaps, []);
  });

  it("the day's end while it is live", async () => {
    await begin();
    const recorder = new Recorder();
    subscribe(recorder);
    await live(recorder);
    plant.upd("quote", quotes(0, 2));
    plant.endOfDay();
    plant.upd("quote", quotes(2, 3));
    await has(recorder, 3);
    await until("it has asked again", () => plant.asked.length === 2);
    plant.upd("quote", quotes(3, 4));
    await has(recorder, 4);
    assert.deepEqual(recorder.numbers, range(0, 4));
    assert.deepEqual(
      recorder.positions.map(({ position }) => position.date),
      [DATE, DATE + 1, DATE + 1, DATE + 1],
    );
    assert.equal(recorder.positions.at(-1)!.position.messages + recorder.positions.at(-1)!.position.rows, 2);
  });

  it("live rows are let go while it is held, and read from the log", async () => {
    await begin();
    const recorder = new Recorder();
    const source = subscribe(recorder);
    await live(recorder);
    plant.upd("quote", quotes(0, 5));
    await has(recorder, 5);
    source.hold();
    for (let n = 5; n < 50; n++) plant.upd("quote", quotes(n, n + 1));
    await until("all came", () => source.received.messages === 46);
    assert.equal(recorder.rowsSeen.length, 5);
    assert.equal(source.lag, 45);
    assert.match(recorder.events.at(-1)!, /live rows are let go/);
    source.release();
    await live(recorder);
    plant.upd("quote", quotes(50, 51));
    await has(recorder, 51);
    assert.deepEqual(recorder.numbers, range(0, 51));
  });

  it("a listener that wants no more at the log's end gets no live rows either", async () => {
    await begin();
    plant.upd("quote", quotes(0, 5));
    const recorder = new Recorder();
    const source = subscribe(recorder);
    recorder.onRows = () => source.hold();
    await has(recorder, 5);
    plant.upd("quote", quotes(5, 6));
    await until("it came", () => source.received.messages === 1);
    await pause(20);
    assert.equal(recorder.rowsSeen.length, 5);
    source.release();
    await has(recorder, 6);
    assert.deepEqual(recorder.numbers, range(0, 6));
  });

  it("close from within a call ends it there", async () => {
    await begin();
    for (let n = 0; n < 3; n++) {
      plant.upd("quote", quotes(10_000 * n, 10_000 * n + 10_000));
      plant.endOfDay();
    }
    const recorder = new Recorder();
    const source = subscribe(recorder, {}, { date: DATE, messages: 0, rows: 0 });
    recorder.onRows = () => source.close();
    await has(recorder, 1);
    await pause(30);
    assert.equal(recorder.blocks, 1);
    assert.deepEqual(
      recorder.events.filter((x) => !x.startsWith("connected")),
      [],
    );
    assert.equal(plant.sockets.size, 0);
  });

  it("an end of a day that is none", async () => {
    await begin();
    const recorder = new Recorder();
    subscribe(recorder);
    await live(recorder);
    for (const date of [-(2 ** 31), 2 ** 31 - 1, -1, 0]) {
      plant.send(k.list([k.symbol(".u.end"), k.date(date)]));
      await until("it was told", () => recorder.events.at(-1)!.startsWith("end of day"));
      plant.upd("quote", quotes(recorder.rowsSeen.length, recorder.rowsSeen.length + 1));
      await has(recorder, recorder.rowsSeen.length + 1);
      recorder.events.length = 0;
      plant.drop();
      await live(recorder);
    }
    assert.deepEqual(recorder.numbers, [0, 1, 2, 3]);
    assert.equal(recorder.error, undefined);
  });

  it("live rows are not let go where that is not wanted, nor where there is no log", async () => {
    for (const options of [{ letGo: false }, { folders: { logs: [], data: undefined } }]) {
      await begin();
      const recorder = new Recorder();
      const source = subscribe(recorder, options);
      await live(recorder);
      source.hold();
      plant.upd("quote", quotes(0, 5));
      await has(recorder, 5);
      source.close();
      await plant.close();
    }
    await begin();
  });

  it("a listener that wants no more while the log is read is given no more", async () => {
    await begin();
    for (let n = 0; n < 200; n++) plant.upd("quote", quotes(100 * n, 100 * n + 100));
    const recorder = new Recorder();
    const source = subscribe(recorder);
    recorder.onRows = () => source.hold();
    await has(recorder, 1);
    await pause(30);
    assert.ok(recorder.rowsSeen.length < 10_000, `${recorder.rowsSeen.length}`);
    recorder.onRows = undefined;
    plant.upd("quote", quotes(20_000, 20_001));
    source.release();
    await has(recorder, 20_001);
    assert.deepEqual(recorder.numbers, range(0, 20_001));
  });

  it("batches: what is published late is read once", async () => {
    await begin({ folder, batch: true });
    plant.upd("quote", quotes(0, 2));
    plant.flush();
    plant.upd("quote", quotes(2, 5));
    const recorder = new Recorder();
    const source = subscribe(recorder);
    await live(recorder);
    assert.deepEqual(recorder.numbers, [0, 1]);
    plant.upd("quote", quotes(5, 6));
    plant.flush();
    await has(recorder, 6);
    plant.upd("quote", quotes(6, 7));
    source.hold();
    plant.flush();
    plant.upd("quote", quotes(7, 8));
    source.release();
    await live(recorder);
    plant.flush();
    await has(recorder, 8);
    assert.deepEqual(recorder.numbers, range(0, 8));
  });

  it("a plant that is not there yet", async () => {
    await begin();
    const { port } = plant;
    await plant.close();
    const recorder = new Recorder();
    subscribe(recorder);
    await until(
      "it has tried",
      () => recorder.events.filter((x) => x.startsWith("no connection")).length >= 3,
    );
    assert.match(recorder.events[2]!, /ECONNREFUSED.*again in 0.02 s/);
    plant = new FakePlant({ folder });
    plant.upd("quote", quotes(0, 3));
    await plant.listen(port);
    await live(recorder);
    assert.deepEqual(recorder.numbers, [0, 1, 2]);
  });

  it("a plant that dies in the middle of a message, at any byte", async () => {
    await begin();
    const recorder = new Recorder();
    subscribe(recorder);
    let n = 0;
    for (let part = 1; part < 140; part += 7) {
      await live(recorder);
      plant.upd("quote", quotes(n, n + 2));
      plant.drop(part);
      plant.upd("quote", quotes(n + 2, n + 3));
      n += 3;
      await has(recorder, n);
      await until("it is there again", () => isLive(recorder));
    }
    assert.deepEqual(recorder.numbers, range(0, n));
    assert.deepEqual(recorder.gaps, []);
  });

  it("every cut of the stream gives the same rows", async () => {
    await begin();
    const bytes = Buffer.concat([
      buildMessage(upd("quote", tableOf(quotes(0, 2))), 0),
      buildMessage(upd("quote", listOf(quotes(2, 3))), 0),
      buildMessage(upd("trade", listOf(quotes(2, 3))), 0, "big"),
      buildMessage(upd("quote", tableOf(quotes(3, 5))), 0, "big"),
    ]);
    const recorder = new Recorder();
    subscribe(recorder, { folders: { logs: [], data: undefined } });
    await live(recorder);
    let count = 0;
    for (let cut = 1; cut < bytes.length; cut += 3) {
      plant.sendBytes(bytes.subarray(0, cut));
      await pause(1);
      plant.sendBytes(bytes.subarray(cut));
      count += 5;
      await has(recorder, count);
    }
    assert.deepEqual(
      recorder.numbers,
      Array.from({ length: count }, (_, i) => i % 5),
    );
  });

  it("compressed messages", async () => {
    await begin();
    const recorder = new Recorder();
    subscribe(recorder);
    await live(recorder);
    plant.sendBytes(compress(buildMessage(upd("quote", tableOf(quotes(0, 500))), 0))!);
    await has(recorder, 500);
    assert.deepEqual(recorder.numbers, range(0, 500));
  });

  it("what is no row is counted, and who asks is answered", async () => {
    await begin();
    const recorder = new Recorder();
    subscribe(recorder);
    await live(recorder);
    plant.send(upd("trade", k.longs([1])));
    plant.send(k.chars("hello"));
    plant.send(upd("quote", k.long(1)));
    plant.sendBytes(Uint8Array.of(1, 0, 0, 0, 10, 0, 0, 0, 0, 0));
    plant.sendBytes(Uint8Array.of(1, 0, 0, 0, 10, 0, 0, 0, 120, 0));
    plant.send(k.chars("1+1"), 1);
    plant.upd("quote", quotes(0, 1));
    await has(recorder, 1);
    await until("it has answered", () => plant.published.length === 1);
    assert.equal(plant.published[0]!.toString("latin1", 8), "\x80nyi\0");
    assert.deepEqual([...recorder.counts].sort(), [
      ["cut short", 1],
      ["no sound object", 1],
      ["no table and no list of columns", 1],
      ["of another table or function", 2],
    ]);
  });

  it("bytes that are no messages end the connection, and it comes again", async () => {
    await begin();
    const recorder = new Recorder();
    subscribe(recorder);
    await live(recorder);
    for (const bytes of [
      "GET / HTTP/1.0\r\n\r\n",
      "\x01\x00\x00\x00\xff\xff\xff\x7f",
      "\x01\x00\x00\x00\x00\x00\x00\x00",
    ]) {
      plant.upd("quote", quotes(recorder.rowsSeen.length, recorder.rowsSeen.length + 1));
      plant.sendBytes(Buffer.from(bytes, "latin1"));
      await until(
        "it says so",
        () =>
          recorder.events.at(-1)!.includes("the plant's bytes are no messages") ||
          recorder.events.some((x) => x.includes("no messages")),
      );
      recorder.events.length = 0;
      await live(recorder);
    }
    assert.deepEqual(recorder.numbers, [0, 1, 2]);
  });

  it("plants without a date, without a position", async () => {
    await begin({ folder, refuses: (text) => text.includes(".u.d") });
    plant.upd("quote", quotes(0, 2));
    const recorder = new Recorder();
    subscribe(recorder);
    await live(recorder);
    assert.deepEqual(recorder.numbers, [0, 1]);
    assert.equal(recorder.positions[0]!.position.date, DATE);
    await plant.close();

    await begin({ folder, refuses: (text) => text.includes(".u.i") });
    plant.upd("quote", quotes(0, 2));
    const other = new Recorder();
    subscribe(other);
    await live(other);
    assert.deepEqual(other.numbers, []);
    assert.ok(other.events.includes("live rows alone: the plant tells no position"));
    plant.upd("quote", quotes(2, 3));
    await has(other, 1);
    plant.drop();
    plant.upd("quote", quotes(3, 4));
    await until("it knows of the gap", () => other.gaps.length > 0);
    assert.match(other.gaps[0]!, /^0: the plant tells no position/);
  });

  it("a plant that refuses is asked again, later", async () => {
    let refuses = true;
    await begin({ folder, refuses: () => refuses });
    const recorder = new Recorder();
    subscribe(recorder);
    await until("it says so", () =>
      recorder.events.some((x) => x.startsWith("the plant answers 'nyi; again in")),
    );
    refuses = false;
    await live(recorder);

    const other = new Recorder();
    subscribe(other, { table: "trade" });
    await until("it says so", () =>
      other.events.some((x) => x.startsWith("the plant answers 'trade; again in")),
    );
  });

  it("a request of one's own", async () => {
    await begin({
      folder,
      answers: () => k.list([k.list([k.symbol("quote"), tableOf([])]), k.long(0), k.symbol("")]),
    });
    const recorder = new Recorder();
    subscribe(recorder, { request: "mine[1]" });
    await live(recorder);
    assert.deepEqual(plant.asked, ["mine[1]"]);
  });

  it("a log elsewhere is read where --logs says it is; one that may not be read is a gap, not a reason to stop", async () => {
    await begin({ folder, called: "/tp/logs" });
    plant.upd("quote", quotes(0, 2));
    const mapped = new Recorder();
    subscribe(mapped, { folders: { logs: [{ from: "/tp/logs", to: folder }], data: undefined } });
    await live(mapped);
    assert.deepEqual(mapped.numbers, [0, 1]);

    const recorder = new Recorder();
    subscribe(recorder, {}, { date: DATE, messages: 0, rows: 0 });
    await live(recorder);
    assert.deepEqual(recorder.numbers, []);
    assert.match(recorder.gaps[0]!, /^1: the log ":.tp.logs.*--logs .tp.logs=FOLDER/);
    plant.upd("quote", quotes(2, 3));
    await has(recorder, 1);
    plant.drop();
    plant.upd("quote", quotes(3, 5));
    plant.upd("quote", quotes(5, 6));
    await until("it knows of the gap", () => recorder.gaps.length > 1);
    plant.upd("quote", quotes(6, 7));
    await has(recorder, 2);
    assert.deepEqual(recorder.numbers, [2, 6]);
  });

  it("a torn log: what it has, then a gap, then live", async () => {
    await begin();
    plant.upd("quote", quotes(0, 2));
    plant.upd("quote", quotes(2, 4));
    truncateSync(plant.log!, readFileSync(plant.log!).length - 3);
    const recorder = new Recorder();
    subscribe(recorder);
    await live(recorder);
    assert.deepEqual(recorder.numbers, [0, 1]);
    assert.match(recorder.gaps[0]!, /^1: .*after 1 messages, .*in the middle of one/);
    plant.upd("quote", quotes(4, 5));
    await has(recorder, 3);
    assert.deepEqual(recorder.numbers, [0, 1, 4]);
  });

  it("a torn log of a day that is over: what it has, then the next day's", async () => {
    await begin();
    plant.upd("quote", quotes(0, 2));
    appendFileSync(plant.log!, Uint8Array.of(0, 0, 3, 0));
    plant.endOfDay();
    plant.upd("quote", quotes(2, 3));
    const recorder = new Recorder();
    subscribe(recorder, {}, { date: DATE, messages: 0, rows: 1 });
    await live(recorder);
    assert.deepEqual(recorder.numbers, [1, 2]);
    assert.match(recorder.gaps[0]!, /^1: .*in the middle of one/);
  });

  it("a log that is behind what was published is waited for", async () => {
    await begin();
    plant.upd("quote", quotes(0, 2));
    const bytes = readFileSync(plant.log!);
    writeFileSync(plant.log!, HEADER);
    const recorder = new Recorder();
    subscribe(recorder, { patience: 10_000 });
    await pause(120);
    assert.deepEqual(recorder.numbers, []);
    writeFileSync(plant.log!, bytes);
    await live(recorder);
    assert.deepEqual(recorder.numbers, [0, 1]);
    assert.deepEqual(recorder.gaps, []);
  });

  it("days that the plant left out", async () => {
    await begin();
    plant.upd("quote", quotes(0, 2));
    const { log } = plant;
    plant.date += 3;
    plant.endOfDay();
    rmSync(join(folder, dayName(DATE + 3)), { force: true });
    assert.ok(log !== undefined);
    plant.upd("quote", quotes(2, 3));
    const recorder = new Recorder();
    subscribe(recorder, {}, { date: DATE, messages: 1, rows: 0 });
    await live(recorder);
    assert.deepEqual(recorder.numbers, [2]);
    assert.deepEqual(
      recorder.events.filter((x) => x.startsWith("end")),
      [`end of day ${DATE + 3}`],
    );
    assert.deepEqual(recorder.gaps, []);
  });

  it("yesterday's log is gone: a gap, then today's", async () => {
    await begin();
    plant.upd("quote", quotes(0, 2));
    const { log } = plant;
    plant.endOfDay();
    plant.upd("quote", quotes(2, 3));
    renameSync(log!, `${log}.gone`);
    const recorder = new Recorder();
    subscribe(recorder, {}, { date: DATE, messages: 1, rows: 0 });
    await live(recorder);
    assert.deepEqual(recorder.numbers, [2]);
    assert.match(recorder.gaps[0]!, /ENOENT/);
  });

  it("a plant that is behind the position, and one whose log has begun anew", async () => {
    await begin();
    plant.upd("quote", quotes(0, 2));
    for (const from of [
      { date: DATE, messages: 9, rows: 0 },
      { date: DATE + 1, messages: 0, rows: 0 },
    ]) {
      const recorder = new Recorder();
      subscribe(recorder, {}, from);
      await live(recorder);
      assert.match(recorder.gaps[0]!, /the plant is at message 1 of 2025.11.25, which is before/);
      assert.deepEqual(recorder.numbers, []);
    }
  });

  it("a schema that changes: other columns are taken, one that is read ends it", async () => {
    let schema = tableOf([]);
    const told = {
      folder,
      get schema() {
        return schema;
      },
    };
    await begin(told);
    const recorder = new Recorder(["n"]);
    subscribe(recorder);
    await live(recorder);
    schema = k.table(
      [...NAMES, "more"],
      [k.timespans([]), k.symbols([]), k.floats([]), k.longs([]), k.reals([])],
    );
    plant.drop();
    await until("it says so", () => recorder.events.some((x) => x.includes("has other columns")));
    await live(recorder);
    plant.send(
      upd(
        "quote",
        k.table(
          [...NAMES, "more"],
          [k.timespans([1]), k.symbols(["a"]), k.floats([1]), k.longs([7]), k.reals([1])],
        ),
      ),
    );
    await has(recorder, 1);
    schema = k.table({ time: k.timespans([]), n: k.ints([]) });
    plant.drop();
    await until("it fails", () => recorder.error !== undefined);
    assert.match(recorder.error!.message, /quote has changed: column n is gone or of another type/);
    assert.deepEqual(recorder.numbers, [7]);
  });

  it("a listener that refuses the schema, or fails, ends it", async () => {
    await begin();
    const recorder = new Recorder();
    recorder.schema = () => {
      throw new Error("no column bid");
    };
    subscribe(recorder);
    await until("it fails", () => recorder.error !== undefined);
    const other = new Recorder();
    other.onRows = () => {
      throw new Error("full");
    };
    subscribe(other);
    await live(other);
    plant.upd("quote", quotes(0, 1));
    await until("it fails", () => other.error !== undefined);
    plant.upd("quote", quotes(1, 2));
    await pause(20);
    assert.deepEqual(
      [recorder.error!.message, other.error!.message, other.blocks],
      ["no column bid", "full", 1],
    );
    assert.equal(plant.sockets.size, 0);
  });

  it("publishes to the plant, while there is one", async () => {
    await begin();
    const recorder = new Recorder();
    const source = subscribe(recorder);
    assert.equal(source.publish("pred", Uint8Array.of(0, 0, 0, 0, 0, 0)), false);
    await live(recorder);
    assert.equal(source.publish("pred", Uint8Array.of(7, 0, 0, 0, 0, 0)), true);
    await until("it came", () => plant.published.length === 1);
    assert.equal(
      plant.published[0]!.toString("hex"),
      "010000002200000000000300000" + "0f52e752e75706400f57072656400070000000000",
    );
  });

  it("close: nothing more is told, no connection stays", async () => {
    await begin();
    const recorder = new Recorder();
    const source = subscribe(recorder);
    await live(recorder);
    source.close();
    plant.upd("quote", quotes(0, 1));
    await until("the connection is gone", () => plant.sockets.size === 0);
    assert.deepEqual(recorder.numbers, []);
    const { length } = recorder.events;
    const early = new Recorder();
    subscribe(early).close();
    await pause(30);
    assert.equal(recorder.events.length, length);
    assert.deepEqual(early.events, []);
    assert.equal(plant.sockets.size, 0);
  });

  it("a server that never answers a login, or is no plant, hangs nobody", async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket.on("error", () => undefined)));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    await begin();
    const recorder = new Recorder();
    const { port } = silent.address() as { port: number };
    const source = subscribe(recorder, { address: { host: "127.0.0.1", port, timeout: 30 } });
    await until(
      "it has tried again",
      () => recorder.events.filter((x) => /no answer within 30 ms/.test(x)).length >= 2,
    );
    source.close();
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  /** One day's life of a feed and its plant, by chance. */
  async function life(seed: number): Promise<void> {
    const random = new Random(seed);
    const batch = random.chance(0.5);
    await begin({ folder, batch });
    const syms = random.chance(0.5) ? ["a", "b"] : [];
    const expected: number[] = [];
    const got: number[] = [];
    let n = 0;
    let recorder = new Recorder();
    let began: Position | undefined = { date: DATE, messages: 0, rows: 0 };
    let source = subscribe(recorder, { syms }, began);
    let held = false;
    const hold = () => {
      held = true;
      source.hold();
    };
    const release = () => {
      held = false;
      source.release();
    };
    const busy = () => {
      assert.ok(!held, "rows came to a listener that wants none");
      if (random.chance(0.1)) hold();
    };
    recorder.onRows = busy;
    const ACTIONS: readonly (readonly [number, () => Promise<void> | void])[] = [
      [
        8,
        () => {
          const rows = Array.from(
            { length: random.pick([1, 1, 3, 300]) },
            (): Row => [n, random.pick(["a", "b", "c"]), 0, n++],
          );
          expected.push(
            ...rows.filter(([, sym]) => syms.length === 0 || syms.includes(sym)).map((row) => row[3]),
          );
          plant.upd("quote", rows, random.pick(["table", "columns", "atoms"]));
        },
      ],
      [2, () => plant.upd("trade", quotes(0, 1))],
      [3, () => plant.flush()],
      [2, hold],
      [3, release],
      [1, () => plant.drop(random.chance(0.5) ? random.below(200) : undefined)],
      [0.5, () => plant.endOfDay()],
      [6, () => pause(random.below(8))],
      [
        0.5,
        () => {
          // killed: it goes on from a position that was told before
          source.close();
          held = false;
          const { positions } = recorder;
          const at = positions.length === 0 ? undefined : random.pick(positions.slice(-5));
          const rows = at?.rows ?? 0;
          got.push(...recorder.numbers.slice(0, rows));
          const from = at?.position ?? began;
          began = from;
          recorder = new Recorder();
          recorder.onRows = busy;
          source = subscribe(recorder, { syms }, from);
        },
      ],
    ];
    const total = ACTIONS.reduce((sum, [weight]) => sum + weight, 0);
    for (let step = 0; step < 150; step++) {
      let at = random.below(total * 1000) / 1000;
      for (const [weight, act] of ACTIONS) {
        at -= weight;
        if (at < 0) {
          await act();
          break;
        }
      }
    }
    plant.flush();
    recorder.onRows = () => assert.ok(!held);
    release();
    const count = () => got.length + recorder.rowsSeen.length;
    const told = () =>
      `seed ${seed}: all ${expected.length} came, of which ${count()} are there; lag ${source.lag}, ${recorder.events.slice(-5).join(" | ")}`;
    await until(told, () => count() >= expected.length || recorder.error !== undefined);
    assert.equal(recorder.error, undefined);
    await pause(5);
    assert.deepEqual([...got, ...recorder.numbers], expected, `seed ${seed}`);
    assert.deepEqual(recorder.gaps, [], `seed ${seed}`);
    assert.equal(recorder.error, undefined);
    source.close();
    await plant.close();
    for (let date = DATE; date <= plant.date; date++) rmSync(join(folder, dayName(date)), { force: true });
  }

  it("any order of rows, batches, holds, losses, kills and days gives each row once, in order", async function () {
    this.timeout(300_000);
    const first = Number(process.env.SEED ?? 1);
    for (let seed = first; seed < first + Number(process.env.LIVES ?? 12); seed++) await life(seed);
  });
});
