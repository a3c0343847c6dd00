/** Training by request against the same in plain C++: a step (`backstep`), and all batches of a model's data (`run`). */
import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { connect } from "../../protocol/client.js";
import { encode } from "../../protocol/encode.js";
import { SYNC } from "../../protocol/header.js";
import * as k from "../../protocol/make.js";
import type { K } from "../../protocol/values.js";
import { addonPath } from "../../server/engine/addon.js";
import { compare, digits, median } from "./measure.js";
import { Peer } from "./peer.js";
import { type Program, pageFaults, torchq } from "./programs.js";
import { type Row, ratioRow } from "./rows.js";

const run = promisify(execFile);

interface Network {
  readonly what: string;
  /** As the floor's program calls it. */
  readonly name: string;
  readonly module: string;
  readonly loss: string;
  /** Inputs and targets of so many rows. */
  readonly x: (rows: number) => string;
  readonly y: (rows: number) => string;
}

const perceptron = (hidden: number): Network => ({
  what: `MLP 64-${hidden}-10, Adam`,
  name: `mlp-${hidden}`,
  module: `seq(\`sequential; (\`linear;64;${hidden}); \`relu; (\`linear;${hidden};10))`,
  loss: "mse",
  x: (rows) => `tensor(\`randn;${rows} 64)`,
  y: (rows) => `tensor(\`randn;${rows} 10)`,
});

const classes = (rows: number): string => `tensor(\`randint;10;${rows};\`long)`;
const CLASSIFIER: Network = { ...perceptron(256), name: "classify-256", loss: "ce", y: classes };
const CONVOLUTION: Network = {
  what: "1x28x28, two convolutions, Adam",
  name: "conv",
  module: "seq(`sequential; (`conv2d;1;8;3); `relu; (`conv2d;8;16;3;2); `relu; `flatten; (`linear;2304;10))",
  loss: "ce",
  x: (rows) => `tensor(\`randn;${rows} 1 28 28)`,
  y: classes,
};
const RECURRENT: Network = {
  what: "LSTM 2x128 over 50 steps, Adam",
  name: "lstm",
  module: "enlist(`lstm;16;128;2;1b;1b)",
  loss: "mse",
  x: (rows) => `tensor(\`randn;${rows} 50 16)`,
  y: (rows) => `tensor(\`randn;${rows} 50 128)`,
};

interface Case {
  readonly network: Network;
  readonly batch: number;
  /** Batches of the data. */
  readonly batches: number;
  /** Measured in a round: steps, or epochs. */
  readonly rounds: number;
  /** As the floor's program calls it. */
  readonly loop: "step" | "epoch" | "shuffled" | "accuracy";
  readonly atMost: number;
  readonly floors: readonly Floor[];
}

/** What plain C++ does the same on: our allocator or libtorch's own; ours, but on a thread that waits to be asked. */
const FLOORS = {
  own: "plain C++ on our allocator",
  libtorch: "plain C++ on libtorch's own allocator",
  asked: "plain C++ on our allocator, on a thread that sleeps until it is asked",
} as const;
type Floor = keyof typeof FLOORS;

const epoch = (network: Network, loop: Case["loop"], atMost: number, batches = 100): Case => ({
  ...{ network, loop, atMost, batches },
  ...{ batch: 100, rounds: 10, floors: ["own"] },
});

const CASES: readonly Case[] = [
  {
    network: perceptron(256),
    batch: 100,
    batches: 1,
    rounds: 400,
    loop: "step",
    atMost: 1.05,
    floors: ["own", "libtorch", "asked"],
  },
  {
    network: perceptron(512),
    batch: 8192,
    batches: 1,
    rounds: 10,
    loop: "step",
    atMost: 1.05,
    floors: ["own", "libtorch"],
  },
  epoch(perceptron(256), "epoch", 1.02),
  epoch(perceptron(256), "shuffled", 1.05),
  epoch(CLASSIFIER, "accuracy", 1.08),
  epoch(CONVOLUTION, "epoch", 1.01, 5),
  { ...epoch(RECURRENT, "epoch", 1.02, 4), batch: 20 },
];

const SHOWN: Readonly<Record<Case["loop"], string>> = {
  step: "backstep by list request less the wire",
  epoch: "run, a batch",
  shuffled: "run shuffled, a batch",
  accuracy: "run with loss and accuracy, a batch",
};

/** Builds the C++ program with the addon's own build folder and compiler. */
async function floorProgram(): Promise<string> {
  const folder = dirname(addonPath());
  await run("cmake", ["--build", folder, "--target", "train_floor"]);
  return join(folder, "train_floor");
}

/** Bytes of the call that is measured, and of one that does nothing. */
async function requests(
  { port }: Program,
  { network, batch, batches, loop }: Case,
): Promise<{ work: Uint8Array; wire: Uint8Array }> {
  const client = await connect({ port, host: "127.0.0.1", user: "bench" });
  const made = async (text: string): Promise<K> => {
    await client.request(`v:${text}`);
    return client.request("v");
  };
  await client.request(`m:module ${network.module}`);
  await client.request("o:opt(`adam;m)");
  const model = await made(`model(m;loss\`${network.loss};o)`);
  const x = await made(network.x(batch * batches));
  const y = await made(network.y(batch * batches));
  const set = (name: string, value: K): Promise<K> =>
    client.request(k.list([k.symbol("train"), model, k.symbol(name), value]));
  await set("batchsize", k.long(batch));
  if (loop === "shuffled") await set("shuffle", k.boolean(true));
  if (loop === "accuracy") await set("metrics", k.symbols(["loss", "accuracy"]));
  if (loop !== "step") await client.request(k.list([k.symbol("data"), model, x, y]));
  await client.close();
  const call = (name: string, ...args: K[]): Uint8Array => encode(k.list([k.symbol(name), ...args]), SYNC);
  return {
    work: loop === "step" ? call("backstep", model, x, y) : call("run", model),
    wire: call("mapped", model),
  };
}

async function rows(each: Case, program: string): Promise<Row[]> {
  const { network, batch, batches, rounds, loop, atMost } = each;
  const server = await torchq();
  const { work, wire } = await requests(server, each);
  const peer = await Peer.open(server.port);
  const size = async (request: Uint8Array): Promise<number> => (await peer.ask(request)).length;
  const sizes = { work: await size(work), wire: await size(wire) };
  const faults = { ours: 0, floor: 0 };
  /** Microseconds of a batch, less those of a call that does nothing. */
  const ours = async (): Promise<number> => {
    const before = pageFaults(server.pid);
    const whole = median(await peer.roundTrips(work, sizes.work, rounds));
    faults.ours = (pageFaults(server.pid) - before) / rounds / batches;
    return (whole - median(await peer.roundTrips(wire, sizes.wire, 200))) / batches;
  };
  const floor = (kind: Floor) => async (): Promise<number> => {
    const how = kind === "asked" ? ["asked", "own"] : [loop, kind];
    const args = [network.name, batch * batches, batch, rounds, ...how];
    const { stdout } = await run(program, args.map(String));
    const [time, missed] = stdout.trim().split(" ").map(Number);
    faults.floor = missed!;
    return time!;
  };
  const result: Row[] = [];
  for (const kind of each.floors) {
    const x = await compare(ours, floor(kind));
    const row = ratioRow(
      `${SHOWN[loop]}: ${network.what}, batch ${batch}`,
      FLOORS[kind],
      kind === "asked" ? {} : { atMost },
      x,
      "µs",
    );
    const missed = `page faults a batch ${digits(faults.ours)}, floor ${digits(faults.floor)}`;
    result.push({ ...row, raw: `${row.raw}; ${missed}` });
  }
  await peer.close();
  await server.end();
  return result;
}

async function measured(cases: readonly Case[]): Promise<Row[]> {
  const program = await floorProgram();
  const all: Row[] = [];
  for (const each of cases) all.push(...(await rows(each, program)));
  return all;
}

export const steps = (): Promise<Row[]> => measured(CASES.filter(({ loop }) => loop === "step"));
export const runs = (): Promise<Row[]> => measured(CASES.filter(({ loop }) => loop !== "step"));
