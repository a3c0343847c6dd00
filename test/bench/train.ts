/**
 * Training by request against the same in plain C++: a step (`backstep`), all batches of a model's data (`run`), and a
 * forward calculation (`evaluate`).
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { connect } from "../../protocol/client.js";
import * as k from "../../protocol/make.js";
import type { K } from "../../protocol/values.js";
import { compare, digits, median } from "./measure.js";
import { CLASSIFIER, CONVOLUTION, call, modelOf, type Network, perceptron, RECURRENT } from "./networks.js";
import { Peer } from "./peer.js";
import { built, type Program, pageFaults, torchq } from "./programs.js";
import { type Row, ratioRow } from "./rows.js";

const run = promisify(execFile);

interface Case {
  readonly network: Network;
  readonly batch: number;
  /** Batches of the data. */
  readonly batches: number;
  /** Measured in a round: steps, or epochs. */
  readonly rounds: number;
  /** As the floor's program calls it. */
  readonly loop: "step" | "forward" | "epoch" | "shuffled" | "accuracy";
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

const evaluation = (network: Network): Case => ({
  ...{ network, loop: "forward", batch: 100, batches: 1, rounds: 50, atMost: 1.1, floors: ["own"] },
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
  { ...evaluation(perceptron(256)), rounds: 1000 },
  evaluation(CONVOLUTION),
  evaluation(RECURRENT),
  epoch(perceptron(256), "epoch", 1.02),
  epoch(perceptron(256), "shuffled", 1.05),
  epoch(CLASSIFIER, "accuracy", 1.08),
  epoch(CONVOLUTION, "epoch", 1.01, 50),
  { ...epoch(RECURRENT, "epoch", 1.02, 4), batch: 20 },
];

const SHOWN: Readonly<Record<Case["loop"], string>> = {
  step: "backstep by list request less the wire",
  forward: "evaluate by list request",
  epoch: "run, a batch",
  shuffled: "run shuffled, a batch",
  accuracy: "run with loss and accuracy, a batch",
};

/** What a model makes of inputs, an object of all peers' user. */
async function result(port: number, model: K, x: K): Promise<K> {
  const peer = await connect({ port, host: "127.0.0.1", user: "bench" });
  const made = await peer.call("eforward", model, x);
  await peer.close();
  return made;
}

/** Bytes of the call that is measured; and of one that does nothing, or but sends what a forward calculation sends. */
async function requests(
  { port }: Program,
  { network, batch, batches, loop }: Case,
): Promise<{ work: Uint8Array; wire: Uint8Array }> {
  const { model, x, y, train } = await modelOf(port, network, batch * batches);
  await train("batchsize", k.long(batch));
  if (loop === "shuffled") await train("shuffle", k.boolean(true));
  if (loop === "accuracy") await train("metrics", k.symbols(["loss", "accuracy"]));
  const work = {
    step: call("backstep", model, x, y),
    forward: call("evaluate", model, x),
    epoch: call("run", model),
    shuffled: call("run", model),
    accuracy: call("run", model),
  }[loop];
  return {
    work,
    wire: loop === "forward" ? call("tensor", await result(port, model, x)) : call("mapped", model),
  };
}

async function rows(each: Case, program: string): Promise<Row[]> {
  const { network, batch, batches, rounds, loop, atMost } = each;
  const many = batches === 1 ? "" : `, ${batches} batches a call`;
  const server = await torchq();
  const { work, wire } = await requests(server, each);
  const peer = await Peer.open(server.port);
  const size = async (request: Uint8Array): Promise<number> => (await peer.ask(request)).length;
  const sizes = { work: await size(work), wire: await size(wire) };
  const faults = { ours: 0, floor: 0 };
  const wireTime = async (): Promise<number> => median(await peer.roundTrips(wire, sizes.wire, 200));
  const plusWire = loop === "forward";
  /** Microseconds of a batch, less those of the other call; of a forward calculation all. */
  const ours = async (): Promise<number> => {
    const before = pageFaults(server.pid);
    const whole = median(await peer.roundTrips(work, sizes.work, rounds));
    faults.ours = (pageFaults(server.pid) - before) / rounds / batches;
    return plusWire ? whole : (whole - (await wireTime())) / batches;
  };
  const floor = (kind: Floor) => async (): Promise<number> => {
    const how = kind === "asked" ? ["asked", "own"] : [loop, kind];
    const args = [network.name, batch * batches, batch, rounds, ...how];
    const { stdout } = await run(program, args.map(String));
    const [time, missed] = stdout.trim().split(" ").map(Number);
    faults.floor = missed!;
    return plusWire ? time! + (await wireTime()) : time!;
  };
  const result: Row[] = [];
  for (const kind of each.floors) {
    const x = await compare(ours, floor(kind));
    const row = ratioRow(
      `${SHOWN[loop]}: ${network.what}, batch ${batch}${many}`,
      FLOORS[kind] + (plusWire ? ", and a call that sends the same answer" : ""),
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
  const program = await built("train_floor");
  const all: Row[] = [];
  for (const each of cases) all.push(...(await rows(each, program)));
  return all;
}

export const steps = (): Promise<Row[]> => measured(CASES.filter(({ loop }) => loop === "step"));
export const evaluations = (): Promise<Row[]> => measured(CASES.filter(({ loop }) => loop === "forward"));
export const runs = (): Promise<Row[]> =>
  measured(CASES.filter(({ loop }) => loop !== "step" && loop !== "forward"));
