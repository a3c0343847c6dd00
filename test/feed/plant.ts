/**
 * The plant as a process of its own, so that it has a core of its own:
 *
 *     node dist/test/feed/plant.js --port 5010 --log /tmp/tick --rate 50000 --rows 10
 *
 * It says `plant: listening on 5010`. Other processes direct it over kdb+ connections: `.plant.play[table;rows;messages]`
 * as fast as subscribers take it, `.plant.pump[table;rows;rate;milliseconds]` at so many rows a second (both repeat the same
 * rows with later times, and answer when they are done, with messages, rows, bytes, milliseconds, queued),
 * `.plant.stream[rows;rate;milliseconds]` for quotes that go on and can be learned from, `.plant.queues[]`, `.plant.received[]`,
 * `.plant.latency[]` (microseconds from a row's publication to that of its prediction in `pred`, of each since it was asked last),
 * `.plant.endofday[]`, `.plant.die[bytes]`.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as k from "../../protocol/make.js";
import { Atom, type K, KError, NULL } from "../../protocol/values.js";
import type { Column } from "./columns.js";
import { Latency } from "./latency.js";
import { Market } from "./market.js";
import { type Played, Player, stream } from "./player.js";
import { makeReel } from "./reel.js";
import { type Plant, SCHEMAS, startPlant } from "./tickerplant.js";

export { Plant, SCHEMAS, startPlant } from "./tickerplant.js";

const OPTIONS = {
  /** 0: any. */
  port: { type: "string", default: "0" },
  /** Folder of log files, named `tick` and the date. */
  log: { type: "string" },
  /** Days since 2000. */
  date: { type: "string" },
  /** Milliseconds. */
  batch: { type: "string" },
  form: { type: "string", default: "table" },
  /** Bytes. */
  cutoff: { type: "string" },
  seed: { type: "string", default: "1" },
  /** As the market's options: nanoseconds from row to row, IC and horizon, row of the change and what becomes of β. */
  gap: { type: "string", default: "20000" },
  ic: { type: "string", default: "0.4" },
  horizon: { type: "string", default: "10" },
  change: { type: "string" },
  factor: { type: "string", default: "-1" },
  /** Quotes a second that are published from the start, without end. */
  rate: { type: "string", default: "0" },
  /** Rows of a message of these. */
  rows: { type: "string", default: "1" },
} as const;

/** Milliseconds. */
const FOREVER = 2 ** 40;

/** Bytes of a reel: enough that a message of a thousand rows is not always the same. */
const REEL = 4 * 2 ** 20;
const BYTES_A_ROW = 50;

/** What a running plant plays: a reel for each table and size of message, made when it is first wanted. */
class Stock {
  readonly #players = new Map<string, Player>();

  constructor(
    readonly plant: Plant,
    readonly market: Market,
    readonly latency: Latency,
  ) {}

  player(table: string, rows: number): Player {
    const key = `${table} ${rows}`;
    let player = this.#players.get(key);
    if (player === undefined) {
      const next = (count: number): readonly Column[] =>
        table === "trade" ? this.market.trades(count) : this.market.quotes(count);
      const messages = Math.max(2, Math.ceil(REEL / BYTES_A_ROW / rows));
      player = new Player(this.plant, makeReel(table, SCHEMAS[table]!, next, rows, messages));
      this.#players.set(key, player);
    }
    return player;
  }

  /** What others may call. */
  functions(): Readonly<Record<string, (args: readonly K[]) => K | Promise<K>>> {
    return {
      ".plant.play": async ([table, rows, messages]) =>
        played(await this.player(name(table), whole(rows)).blast(whole(messages))),
      ".plant.pump": async ([table, rows, rate, milliseconds]) =>
        played(await this.player(name(table), whole(rows)).pump(whole(rate), whole(milliseconds))),
      ".plant.stream": async ([rows, rate, milliseconds]) =>
        k.long(await stream(this.plant, this.market, whole(rows), whole(rate), whole(milliseconds))),
      ".plant.queues": () => k.longs(this.plant.queues()),
      ".plant.latency": () => k.floats(this.latency.take()),
      ".plant.received": () => {
        const received = [...this.plant.counts.received];
        return k.dict(k.symbols(received.map(([table]) => table)), k.longs(received.map(([, rows]) => rows)));
      },
      ".plant.endofday": () => {
        this.plant.endOfDay();
        return NULL;
      },
      ".plant.die": async ([bytes]) => {
        await this.plant.die("quote", this.market.quotes(1), { log: whole(bytes), wire: whole(bytes) });
        process.kill(process.pid, "SIGKILL");
        return NULL;
      },
    };
  }
}

function whole(x: K | undefined): number {
  const value = x instanceof Atom ? Number(x.value) : Number.NaN;
  if (!Number.isSafeInteger(value) || value < 0) throw new KError("type");
  return value;
}

function name(x: K | undefined): string {
  const table = x instanceof Atom ? k.text(x) : undefined;
  if (table !== "quote" && table !== "trade") throw new KError(table ?? "type");
  return table;
}

const played = (x: Played): K =>
  k.dict(k.symbols(Object.keys(x)), k.floats(Object.values(x as unknown as Record<string, number>)));

/** A plant's process. */
export interface PlantProcess {
  readonly child: ChildProcess;
  readonly port: number;
  readonly ended: Promise<unknown>;
}

/** Starts the program and waits until it listens. It ends when this process does. */
export async function spawnPlant(args: readonly string[] = []): Promise<PlantProcess> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  ended.then(() => process.removeListener("exit", kill));
  const [line] = (await Promise.race([
    once(child.stdout!, "data"),
    ended.then(() => Promise.reject(new Error("the plant ended before it listened"))),
  ])) as [Buffer];
  return { child, port: Number(/(\d+)\n/.exec(line.toString())![1]), ended };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  const functions: Record<string, (args: readonly K[]) => K | Promise<K>> = {};
  const latency = new Latency("pred");
  const plant = await startPlant({
    onUpd: latency.note,
    port: Number(values.port),
    form: values.form as "table" | "columns" | "atoms",
    functions,
    torn: "cut",
    ...(values.log === undefined ? {} : { log: { folder: values.log, name: "tick" } }),
    ...(values.date === undefined ? {} : { date: Number(values.date) }),
    ...(values.batch === undefined ? {} : { batch: Number(values.batch) }),
    ...(values.cutoff === undefined ? {} : { cutoff: Number(values.cutoff) }),
  });
  const market = new Market({
    seed: Number(values.seed),
    gap: Number(values.gap),
    ic: Number(values.ic),
    horizon: Number(values.horizon),
    ...(values.change === undefined
      ? {}
      : { change: { row: Number(values.change), factor: Number(values.factor) } }),
  });
  const stock = new Stock(plant, market, latency);
  Object.assign(functions, stock.functions());
  process.stdout.write(`plant: listening on ${plant.port}\n`);
  if (Number(values.rate) > 0) await stream(plant, market, Number(values.rows), Number(values.rate), FOREVER);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
