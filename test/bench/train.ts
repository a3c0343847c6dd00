/** A step of training by request against the same step in plain C++. */
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
  readonly hidden: number;
  readonly batch: number;
  /** Measured in a round. */
  readonly steps: number;
}

const NETWORKS: readonly Network[] = [
  { what: "MLP 64-256-10, Adam, batch 100", hidden: 256, batch: 100, steps: 400 },
  { what: "MLP 64-512-10, Adam, batch 8192 (activations of 16 MB)", hidden: 512, batch: 8192, steps: 10 },
];

/** Builds the C++ program with the addon's own build folder and compiler. */
async function floorProgram(): Promise<string> {
  const folder = dirname(addonPath());
  await run("cmake", ["--build", folder, "--target", "train_floor"]);
  return join(folder, "train_floor");
}

/** Bytes of a call of `backstep`, and of one that does nothing. */
async function requests(
  { port }: Program,
  { hidden, batch }: Network,
): Promise<{ step: Uint8Array; wire: Uint8Array }> {
  const client = await connect({ port, host: "127.0.0.1", user: "bench" });
  const made = async (text: string): Promise<K> => {
    await client.request(`v:${text}`);
    return client.request("v");
  };
  const layers = `(\`linear;64;${hidden}); \`relu; (\`linear;${hidden};10)`;
  await client.request(`m:module seq(\`sequential; ${layers})`);
  await client.request("o:opt(`adam;m)");
  const model = await made("model(m;loss`mse;o)");
  const x = await made(`tensor(\`randn;${batch} 64)`);
  const y = await made(`tensor(\`randn;${batch} 10)`);
  await client.close();
  const call = (name: string, ...args: K[]): Uint8Array => encode(k.list([k.symbol(name), ...args]), SYNC);
  return { step: call("backstep", model, x, y), wire: call("mapped", model) };
}

async function rows(network: Network, program: string): Promise<Row[]> {
  const { what, hidden, batch, steps } = network;
  const server = await torchq();
  const { step, wire } = await requests(server, network);
  const peer = await Peer.open(server.port);
  const size = async (request: Uint8Array): Promise<number> => (await peer.ask(request)).length;
  const sizes = { step: await size(step), wire: await size(wire) };
  const faults = { ours: 0, floor: 0 };
  /** Microseconds of a step, less those of a call that does nothing. */
  const ours = async (): Promise<number> => {
    const before = pageFaults(server.pid);
    const whole = median(await peer.roundTrips(step, sizes.step, steps));
    faults.ours = (pageFaults(server.pid) - before) / steps;
    return whole - median(await peer.roundTrips(wire, sizes.wire, 200));
  };
  const floor = (allocator: "own" | "libtorch") => async (): Promise<number> => {
    const { stdout } = await run(program, [String(hidden), String(batch), String(steps), allocator]);
    const [time, missed] = stdout.trim().split(" ").map(Number);
    faults.floor = missed!;
    return time!;
  };
  const result: Row[] = [];
  for (const allocator of ["own", "libtorch"] as const) {
    const x = await compare(ours, floor(allocator));
    const row = ratioRow(
      `backstep by list request less the wire: ${what}`,
      `plain C++ on ${allocator === "own" ? "our" : "libtorch's own"} allocator`,
      { atMost: 1.05 },
      x,
      "µs",
    );
    const missed = `page faults a step ${digits(faults.ours)}, floor ${digits(faults.floor)}`;
    result.push({ ...row, raw: `${row.raw}; ${missed}` });
  }
  await peer.close();
  await server.end();
  return result;
}

export async function train(): Promise<Row[]> {
  const program = await floorProgram();
  const all: Row[] = [];
  for (const network of NETWORKS) all.push(...(await rows(network, program)));
  return all;
}
