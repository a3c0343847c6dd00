/** Quotes to batches: five features, scaled, and labels ten seconds ahead, through the queue to the learner. */
import * as k from "../../protocol/make.js";
import type { Symbols, Vector } from "../../protocol/values.js";
import type { FeedPlan } from "../../server/feed/plan.js";
import { Queue } from "../../server/feed/samples/queue.js";
import { Samples } from "../../server/feed/samples/samples.js";
import { COLUMNS, FEATURES, KEYS, quotes } from "./feed_features.js";
import { timed } from "./measure.js";
import { plainRow, type Row } from "./rows.js";

/** Rows a second of event time: as many wait for ten seconds. */
const A_SECOND = 20_000;

const PLAN: FeedPlan = {
  ...{
    name: "bench",
    source: { kind: "push", columns: [] },
    table: "quote",
    syms: [],
    by: "sym",
    time: "time",
  },
  ...{ definitions: [], targets: [{ name: "y", text: "log ahead[0D00:00:10;mid]%mid" }] },
  inputs: [{ name: "x", features: Object.entries(FEATURES).map(([name, text]) => ({ name, text })) }],
  ...{ window: 0, scale: true, nulls: "skip", tolerance: 60e9, batchsize: 256, batchtime: 0, steps: 1 },
  ...{ replay: { keep: 0, rows: 0 }, behind: "log", queue: { batches: 64, bytes: 2 ** 28 } },
  ...{ seed: 1, keys: 1000, judge: true, publish: "" },
};

async function rate(rowsAMessage: number, rows: number): Promise<number> {
  const queue = new Queue(PLAN, "live", () => {});
  const samples = Samples.of(PLAN, COLUMNS, (piece) => queue.put(piece));
  const blocks = quotes(100, rowsAMessage);
  const names = Array.from({ length: KEYS }, (_, i) => `sym${i}`);
  const syms = blocks.map(({ keys }) => k.symbols(Array.from(keys, (key) => names[key]!)));
  let sent = 0;
  const pass = (count: number) => (): void => {
    for (let i = 0; i < count / rowsAMessage; i++) {
      const { columns } = blocks[i % blocks.length]!;
      const time = new BigInt64Array(rowsAMessage);
      for (let j = 0; j < rowsAMessage; j++) time[j] = BigInt(sent++ * (1e9 / A_SECOND));
      const all = new Map<string, Vector | Symbols>(columns);
      all.set("time", k.timespans(time)).set("sym", syms[i % blocks.length]!);
      samples.push({ count: rowsAMessage, columns: all });
      while (queue.take(16) !== undefined);
    }
  };
  pass(12 * A_SECOND)();
  return (rows * 1000) / (await timed(pass(rows)));
}

export async function sampleRows(): Promise<Row[]> {
  const what = "quotes to batches, five features scaled, labels ten seconds ahead";
  const large = await rate(1000, 2_000_000);
  const small = await rate(1, 200_000);
  const row = (size: string, atLeast: number, perSecond: number): Row =>
    plainRow(
      `${what}, ${size} a message`,
      "nothing",
      { atLeast },
      perSecond / 1e6,
      "million rows/s",
      `${(1e6 / perSecond).toFixed(2)} µs a row`,
    );
  return [row("1,000 rows", 1, large), row("1 row", 0.1, small)];
}
