/**
 * Kills a server again and again while it learns from a plant whose day ends meanwhile, and compares the model, to the bit,
 * with that of a server that nobody killed:
 *
 *     node dist/test/feed/kills.js --kills 100
 */
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Client, connect } from "../../protocol/client.js";
import * as k from "../../protocol/make.js";
import { Random } from "../fuzz/random.js";
import { type Program, torchq } from "../server/program.js";
import { Market } from "./market.js";
import { type Plant, startPlant } from "./tickerplant.js";

const ROWS = 20;
/** Milliseconds between two messages of the plant. */
const PACE = 10;

/** A server that learns: what a q user would type. Dropout, so that random numbers count too. */
const SCRIPT = (port: number): readonly string[] => [
  "seed 1",
  "q:module seq(`sequential; (`linear;`enc;5;16); `relu; (`drop;.2); (`linear;`out;16;1))",
  "m:model(q; loss`mse; opt(`adamw;q;.001))",
  'x:`mid`spread`imb`ret`vol!("(bid+ask)%2"; "(ask-bid)%mid"; "(bsize-asize)%bsize+asize"; "log ratios mid"; "20 mdev ret")',
  'y:"1e4*log ahead[0D00:00:00.2;mid]%mid"',
  `f:feed(m;\`source\`table\`syms\`x\`y\`batchsize\`scale\`replay\`replayrows\`name\`save!(\`:localhost:${port};\`quote;\`AAPL\`MSFT\`GOOG;x;y;32;1b;500;8;\`fx;400))`,
];

interface Learning {
  readonly program: Program;
  readonly session: Client;
}

async function learn(data: string, plant: Plant): Promise<Learning> {
  const program = await torchq([
    "-p",
    "0",
    "--unix",
    "off",
    "--data",
    data,
    "--logs",
    join(data, "..", "logs"),
  ]);
  const session = await connect({ port: program.port, user: "ann" });
  for (const text of SCRIPT(plant.port)) await session.request(text);
  return { program, session };
}

const number = (x: unknown): number => Number((x as { value: bigint }).value);

/** Waits until a feed has had so many rows, and learned from all that can be. */
async function until({ session }: Learning, rows: number): Promise<void> {
  for (;;) {
    const had = number(await session.request("(feed f)`rows"));
    if (had === rows) return;
    if (had > rows) throw new Error(`${had} rows of ${rows}: some were doubled`);
    await sleep(50);
  }
}

/** What the last checkpoint has of the model and the optimizer. */
async function written({ session }: Learning, data: string): Promise<readonly Buffer[]> {
  const name = k.text(await session.request("checkpoint f"))!;
  return ["model", "optimizer"].map((file) => readFileSync(join(data, name, `${file}.safetensors`)));
}

export interface Outcome {
  readonly kills: number;
  readonly rows: number;
  readonly steps: number;
  readonly same: boolean;
}

/**
 * @param pause milliseconds at most from a server's start to its end
 */
export async function kills(
  count: number,
  { seed = 1, pause = 1500, say = (_: string) => {} } = {},
): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "torchq-kills-"));
  const [logs, killed, spared] = ["logs", "killed", "spared"].map((each) => join(folder, each)) as [
    string,
    string,
    string,
  ];
  for (const each of [logs, killed, spared]) await mkdir(each);
  const random = new Random(seed);
  const market = new Market({ seed });
  const plant = await startPlant({ log: { folder: logs, name: "tick" }, date: 9825 });
  let rows = 0;
  let ends = 0;
  let over = false;
  const wanted = new Set(["AAPL", "MSFT", "GOOG"]);
  const ticks = (async () => {
    while (!over) {
      const columns = market.quotes(ROWS);
      rows += columns[1].names.filter((sym) => wanted.has(sym)).length;
      plant.upd("quote", k.list(columns));
      await sleep(PACE);
    }
  })();
  try {
    const undisturbed = await learn(spared, plant);
    for (let i = 0; i < count; i++) {
      const victim = await learn(killed, plant);
      await sleep(random.below(pause));
      // the day ends in the middle, while a server is up, and once more while none is
      if (ends === 0 && i >= count / 2) {
        plant.endOfDay();
        ends++;
        await sleep(random.below(50));
      }
      victim.program.child.kill("SIGKILL");
      await victim.program.ended;
      if (ends === 1 && i >= (count * 3) / 4) {
        plant.endOfDay();
        ends++;
      }
      say(`${i + 1} killed, ${rows} rows`);
    }
    over = true;
    await ticks;
    const survivor = await learn(killed, plant);
    await until(survivor, rows);
    await until(undisturbed, rows);
    const one = await written(survivor, killed);
    const other = await written(undisturbed, spared);
    const steps = number(await undisturbed.session.request("(feed f)`steps"));
    for (const { session, program } of [survivor, undisturbed]) {
      await session.close();
      program.child.kill("SIGTERM");
      await program.ended;
    }
    return { kills: count, rows, steps, same: one.every((file, i) => file.equals(other[i]!)) };
  } finally {
    over = true;
    await ticks;
    await plant.close();
    await rm(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { kills: { type: "string", default: "100" }, seed: { type: "string", default: "1" } },
  });
  const outcome = await kills(Number(values.kills), {
    seed: Number(values.seed),
    say: (text) => process.stdout.write(`${text}\n`),
  });
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
  process.exitCode = outcome.same ? 0 : 1;
}
