/** What the benchmarks of feeds share: a server with a model, a feed on it, how it stands; and rows to feed it with. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Client, connect } from "../../protocol/client.js";
import * as k from "../../protocol/make.js";
import type { Atom, Dict, K, Symbols } from "../../protocol/values.js";
import { Market } from "../feed/market.js";
import { makeReel, type Reel } from "../feed/reel.js";
import { SCHEMAS } from "../feed/tickerplant.js";
import { resident, torchq } from "./programs.js";

/** Sixteen features of a quote, without nulls but for a key's first rows. */
export const FEATURES = {
  mid: "(bid+ask)%2",
  spread: "(ask-bid)%mid",
  imb: "(bsize-asize)%bsize+asize",
  ret: "log ratios mid",
  size: "log bsize+asize",
  ret1: "prev ret",
  ret2: "prev ret1",
  imb1: "prev imb",
  imb2: "prev imb1",
  spread1: "prev spread",
  bids: "deltas bid",
  asks: "deltas ask",
  turn: "imb-imb1",
  press: "imb*spread",
  moved: "abs ret",
  level: "0.01*mid",
};
const MODEL = "seq(`sequential; (`linear;16;64); `tanh; (`linear;64;1))";

export type Options = Readonly<Record<string, K>>;

export const QUOTE = Object.keys(SCHEMAS.quote!);

/** Quotes of twenty symbols, as many messages as fill about 4 MB. */
export function quotes(rows: number): Reel {
  const symbols = Array.from({ length: 20 }, (_, i) => `S${i}`);
  const market = new Market({ symbols, gap: 20_000 });
  return makeReel("quote", SCHEMAS.quote!, (count) => market.quotes(count), rows, Math.ceil(80_000 / rows));
}

/** A folder that is there while something is done with it. */
export async function inFolder<T>(act: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "feed-bench-"));
  try {
    return await act(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A number that a dictionary has. */
export function numberIn(x: K, name: string): number {
  const { keys, values } = x as Dict;
  return Number((k.at(values, (keys as Symbols).names.indexOf(name)) as Atom).value);
}

export class Server {
  #models = 0;

  private constructor(
    readonly client: Client,
    readonly pid: number,
    readonly end: () => Promise<void>,
  ) {}

  /** @param data folder of files that it may read and write */
  static async open(data: string): Promise<Server> {
    const program = await torchq("--data", data);
    const client = await connect({ port: program.port, host: "127.0.0.1", user: "bench" });
    return new Server(client, program.pid, async () => {
      await client.close();
      await program.end();
    });
  }

  /** Resident bytes. */
  get memory(): number {
    return resident(this.pid, "VmRSS");
  }

  /** An MLP 16-64-1 of its own learns from quotes: mean squared error, Adam, batches of 256, a label that is known at once. */
  async feed(options: Options): Promise<RunningFeed> {
    const name = `f${++this.#models}`;
    await this.client.request(`q:module ${MODEL}; m:model(q; loss\`mse; opt(\`adam;q;.001))`);
    const model = await this.client.request("m");
    const x = k.dict(
      k.symbols(Object.keys(FEATURES)),
      k.list(Object.values(FEATURES).map((text) => k.chars(text))),
    );
    const all = { table: k.symbol("quote"), name: k.symbol(name), x, y: k.chars("imb"), ...options };
    const settings = k.dict(k.symbols(Object.keys(all)), k.list(Object.values(all)));
    const handle = await this.client.request(k.list([k.symbol("feed"), k.list([model, settings])]));
    return new RunningFeed(this, handle);
  }
}

export class RunningFeed {
  constructor(
    readonly server: Server,
    readonly handle: K,
  ) {}

  /** What `feed` tells of it: a dictionary. */
  standing(): Promise<K> {
    return this.server.client.request(k.list([k.symbol("feed"), this.handle]));
  }

  async number(name: string): Promise<number> {
    return numberIn(await this.standing(), name);
  }

  /** Waits until a number of it is there. */
  async reaches(name: string, value: number): Promise<void> {
    while ((await this.number(name)) < value) await sleep(20);
  }

  async free(): Promise<void> {
    await this.server.client.request(k.list([k.symbol("free"), this.handle]));
  }
}
