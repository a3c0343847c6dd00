/** How fast a feed learns, how soon it predicts meanwhile, and what becomes of a plant that is too fast for it. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { connect } from "../../protocol/client.js";
import { encode } from "../../protocol/encode.js";
import { ASYNC } from "../../protocol/header.js";
import * as k from "../../protocol/make.js";
import type { Vector } from "../../protocol/values.js";
import { tableOf } from "../feed/columns.js";
import { Market } from "../feed/market.js";
import { spawnPlant } from "../feed/plant.js";
import { writeLargeLog } from "../feed/reel.js";
import { SCHEMAS, startPlant } from "../feed/tickerplant.js";
import { inFolder, numberIn, QUOTE, quotes, type RunningFeed, Server } from "./feed.js";
import { compare, digits, quantile } from "./measure.js";
import { built } from "./programs.js";
import { plainRow, type Row, ratioRow } from "./rows.js";

const run = promisify(execFile);
const MEGABYTE = 2 ** 20;
const BATCH = 256;

/** Steps a second between two moments of a feed. */
async function pace(feed: RunningFeed, from: number, to: number): Promise<number> {
  await feed.reaches("steps", from);
  const begun = { steps: await feed.number("steps"), time: performance.now() };
  await feed.reaches("steps", to);
  const steps = (await feed.number("steps")) - begun.steps;
  return (1000 * steps) / (performance.now() - begun.time);
}

/** Batches of the log that is learned from, of which the first fifth and the last tenth are not measured. */
const BATCHES = 12_000;

export async function learning(): Promise<Row[]> {
  const program = await built("feed_floor");
  const floor = (what: "learned" | "predicted") => async (): Promise<number> => {
    const { stdout } = await run(program, [BATCH, 500, 9, "own", what].map(String));
    return 1e6 / Number(stdout);
  };
  return inFolder(async (data) => {
    writeLargeLog(join(data, "quotes"), quotes(100), BATCHES * BATCH * 45);
    const server = await Server.open(data);
    const ours = (judge: boolean) => async (): Promise<number> => {
      const options = { source: k.symbol("quotes"), columns: k.symbols(QUOTE), judge: k.boolean(judge) };
      const feed = await server.feed(options);
      const found = await pace(feed, BATCHES / 5, (BATCHES * 9) / 10);
      await feed.free();
      return found;
    };
    const what = "learning from a log: 16 features, MLP 16-64-1, Adam, batch 256";
    const floors = [
      {
        kind: "learned",
        text: "plain C++ over ready tensors, on our allocator",
        goal: { atLeast: 0.9 },
        judge: false,
      },
      {
        kind: "predicted",
        text: "the same, each batch predicted before it is learned from",
        goal: {},
        judge: true,
      },
    ] as const;
    const result: Row[] = [];
    for (const { kind, text, goal, judge } of floors) {
      const compared = await compare(ours(judge), floor(kind), { rounds: 5 });
      result.push(
        ratioRow(judge ? `${what}, each row predicted and judged` : what, text, goal, compared, "batches/s"),
      );
    }
    await server.end();
    return result;
  });
}

/** Rows a second, and seconds of them, of which the first ones are not measured. */
const LIVE = { rate: 20_000, seconds: 8, unmeasured: 2 };

/** Milliseconds from a row's publication to its prediction, of all rows that were predicted. */
async function latencies(rows: number): Promise<{ times: number[]; sent: number; steps: number }> {
  const { rate, seconds, unmeasured } = LIVE;
  const market = new Market({ gap: 50_000 });
  const count = (rate * seconds) / rows;
  const spans: BigInt64Array[] = [];
  const messages = Array.from({ length: count }, () => {
    const columns = market.quotes(rows);
    spans.push(k.items(columns[0] as Vector) as BigInt64Array);
    const data = tableOf(SCHEMAS.quote!, columns);
    return encode(k.list([k.symbol("upd"), k.symbol("quote"), data]), ASYNC);
  });
  const all = spans.flatMap((each) => [...each]);
  const sent = new Float64Array(count);
  const times: number[] = [];
  let next = 0;
  const plant = await startPlant({
    onUpd: (_, [time]) => {
      const now = performance.now();
      for (const each of k.items(time as Vector) as BigInt64Array) {
        while (next < all.length && all[next] !== each) next++;
        if (next === all.length) throw new Error(`a prediction for ${each}, a time that no row had`);
        const message = Math.floor(next / rows);
        if (message >= (unmeasured * rate) / rows) times.push(now - sent[message]!);
        next++;
      }
    },
  });
  const result = await inFolder(async (data) => {
    const server = await Server.open(data);
    const feed = await server.feed({ source: k.symbol(`::${plant.port}`), publish: k.symbol("pred") });
    while (plant.subscribers("quote").length === 0) await sleep(10);
    await sleep(200);
    const [subscriber] = plant.subscribers("quote");
    const start = performance.now();
    for (let i = 0; i < count; ) {
      await sleep(1);
      const now = performance.now();
      const due = Math.min(count, Math.floor(((now - start) / 1000) * (rate / rows)));
      for (; i < due; i++) {
        sent[i] = performance.now();
        plant.deliver(subscriber!, messages[i]!);
      }
    }
    await sleep(500);
    const steps = await feed.number("steps");
    await server.end();
    return { times, sent: rate * (seconds - unmeasured), steps };
  });
  await plant.close();
  return result;
}

export async function latency(): Promise<Row[]> {
  const result: Row[] = [];
  for (const rows of [1, 20]) {
    const { times, sent, steps } = await latencies(rows);
    const raw = `${times.length} of ${sent} rows, ${steps} steps; p90 ${digits(quantile(times, 0.9))} ms, most ${digits(quantile(times, 1))} ms`;
    for (const [name, q, atMost] of [
      ["p50", 0.5, 1],
      ["p99", 0.99, 5],
    ] as const)
      result.push(
        plainRow(
          `from a row's publication to its prediction's arrival at the plant, ${name}: ${LIVE.rate} rows/s, ${rows} a message, while learning`,
          "-",
          { atMost },
          quantile(times, q),
          "ms",
          raw,
        ),
      );
  }
  return result;
}

/** Optimizer steps on each batch: learning is what takes the time. */
const STEPS = 20;
const ROWS = 100;
/** Rows a second that are tried first, then twice as many until no more than this share of them can be learned from. */
const FIRST_RATE = 20_000;
const ENOUGH = 0.6;
/** Milliseconds of a try, and of the flood. */
const TRY = 3000;
const FLOOD = 15_000;
/** Milliseconds between two looks at queue and memory. */
const LOOK = 50;

export async function flood(): Promise<Row[]> {
  const result: Row[] = [];
  for (const behind of ["drop", "log"] as const)
    result.push(
      await inFolder(async (data) => {
        const plant = await spawnPlant(["--log", data]);
        const [pumping, looking] = await Promise.all(
          [0, 1].map(() => connect({ host: "127.0.0.1", port: plant.port })),
        );
        const server = await Server.open(data);
        const feed = await server.feed({
          ...{ source: k.symbol(`::${plant.port}`), behind: k.symbol(behind) },
          ...{ steps: k.long(STEPS), queue: k.long(64) },
        });
        const pump = (rate: number, milliseconds: number): Promise<unknown> => {
          const args = [k.symbol("quote"), ...[ROWS, rate, milliseconds].map((x) => k.long(x))];
          return pumping!.request(k.list([k.symbol(".plant.pump"), ...args]));
        };
        const seen = { queued: 0, memory: 0 };
        const before = server.memory;
        /** What happens at a rate. @returns rows that were learned from, a second */
        const during = async (rate: number, milliseconds: number): Promise<number> => {
          const begun = { steps: await feed.number("steps"), time: performance.now() };
          let over = false;
          const done = pump(rate, milliseconds).then(() => {
            over = true;
          });
          while (!over) {
            const queues = k.items((await looking!.request(".plant.queues[]")) as Vector) as BigInt64Array;
            seen.queued = Math.max(seen.queued, ...Array.from(queues, Number));
            seen.memory = Math.max(seen.memory, server.memory);
            await sleep(LOOK);
          }
          await done;
          const steps = (await feed.number("steps")) - begun.steps;
          return ((steps / STEPS) * BATCH * 1000) / (performance.now() - begun.time);
        };
        let rate = FIRST_RATE;
        while ((await during(rate, TRY)) > ENOUGH * rate) rate *= 2;
        seen.queued = 0;
        const learned = await during(rate, FLOOD);
        const after = server.memory;
        const standing = await feed.standing();
        await server.end();
        await Promise.all([pumping!.close(), looking!.close()]);
        plant.child.kill();
        await plant.ended;
        const megabytes = (x: number): string => digits(x / MEGABYTE);
        return plainRow(
          `a plant sends about twice as many rows as can be learned, ${behind} when behind: most in its output queue`,
          "-",
          { atMost: 1 },
          seen.queued / MEGABYTE,
          "MB",
          `${digits(rate)} rows/s for ${FLOOD / 1000} s, of which ${digits(learned)} learned; dropped ${digits(numberIn(standing, "dropped"))}, lag ${digits(numberIn(standing, "lag"))} messages; server ${megabytes(before)} MB before, ${megabytes(seen.memory)} at most, ${megabytes(after)} after`,
        );
      }),
    );
  return result;
}
