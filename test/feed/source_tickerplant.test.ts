/** The source against the whole tickerplant of these tests: its modes and forms, its death and its next life. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as k from "../../protocol/make.js";
import type { Position } from "../../server/feed/rows.js";
import { PlantSource } from "../../server/feed/source/plant.js";
import type { Column } from "./columns.js";
import { DATE, Recorder, until } from "./source_rig.js";
import { type Plant, type PlantOptions, startPlant } from "./tickerplant.js";

const READ = ["sym", "price", "n"];

describe("feed: a plant, the tests' tickerplant", function () {
  this.timeout(60_000);
  let folder: string;
  let plant: Plant;
  let source: PlantSource;
  let n: number;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "torchq-tick-"));
    n = 0;
  });
  afterEach(async () => {
    source.close();
    await plant.close().catch(() => undefined);
    rmSync(folder, { recursive: true });
  });

  const SCHEMAS = { trade: { time: 16, sym: 11, price: 9, n: 7 }, quote: { time: 16, sym: 11, bid: 9 } };
  const start = async (options: PlantOptions = {}): Promise<void> => {
    const log = { folder, name: "sym" };
    plant = await startPlant({ date: DATE, schemas: SCHEMAS, log, ...options });
  };
  const subscribe = (recorder: Recorder, syms: readonly string[] = [], from?: Position): void => {
    source = new PlantSource(
      {
        address: { host: "127.0.0.1", port: plant.port },
        request: undefined,
        table: "trade",
        syms,
        letGo: true,
        folders: { logs: [], data: folder },
        patience: 200,
        pause: 5,
      },
      recorder,
    );
    source.start(from);
  };
  const live = (recorder: Recorder) => until("it is live", () => recorder.events.at(-1) === "live");
  const has = (recorder: Recorder, count: number) =>
    until(`${count} rows`, () => recorder.rowsSeen.length >= count);
  /** Trades of a and b in turn, and a quote that is none of it. */
  const trades = (count: number): void => {
    plant.upd("quote", k.list([k.symbol("a"), k.float(1)]));
    if (count === 1) plant.upd("trade", k.list([k.symbol("ab"[n % 2]!), k.float(n), k.long(n++)]));
    else {
      const numbers = Array.from({ length: count }, () => n++);
      const syms = numbers.map((i) => "ab"[i % 2]!);
      plant.upd("trade", k.list([k.symbols(syms), k.floats(numbers), k.longs(numbers)]));
    }
  };
  const all = () => Array.from({ length: n }, (_, i) => i);

  for (const form of ["table", "columns", "atoms"] as const)
    for (const batch of [undefined, 0])
      for (const syms of [[], ["b"]])
        it(`${form}, ${batch === undefined ? "at once" : "in batches"}, ${syms.length === 0 ? "all symbols" : "one symbol"}`, async () => {
          await start({ form, ...(batch === undefined ? {} : { batch }) });
          const expected = () => all().filter((i) => syms.length === 0 || i % 2 === 1);
          trades(5);
          trades(1);
          plant.flush();
          trades(1);
          const recorder = new Recorder(READ);
          subscribe(recorder, syms);
          await live(recorder);
          trades(3);
          plant.flush();
          await has(recorder, expected().length);
          source.hold();
          trades(1);
          trades(4);
          plant.flush();
          source.release();
          await live(recorder);
          trades(1);
          plant.endOfDay();
          trades(2);
          plant.flush();
          await has(recorder, expected().length);
          assert.deepEqual(recorder.numbers, expected());
          assert.deepEqual(recorder.gaps, []);
        });

  it("dies in the middle of a message, in its log and on the wire, and comes again with that log cut", async () => {
    await start();
    const { port } = plant;
    const recorder = new Recorder(READ);
    subscribe(recorder);
    await live(recorder);
    trades(3);
    await has(recorder, 3);
    await plant.die("trade", [k.timespans([1]), k.symbols(["a"]), k.floats([9]), k.longs([9])] as Column[], {
      log: 20,
      wire: 30,
    });
    await start({ port, torn: "cut" });
    trades(2);
    await has(recorder, 5);
    assert.deepEqual(recorder.numbers, all());
    assert.deepEqual(recorder.gaps, []);
  });

  for (const position of ["empty", "undefined"] as const)
    it(`without a log, .u.L ${position}: live rows alone`, async () => {
      plant = await startPlant({ schemas: SCHEMAS, position });
      const recorder = new Recorder(READ);
      subscribe(recorder);
      await live(recorder);
      trades(3);
      await has(recorder, 3);
      assert.deepEqual(recorder.numbers, all());
      assert.ok(recorder.events.some((x) => x.startsWith("live rows alone: the plant")));
    });
});
