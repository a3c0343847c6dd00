/** Training where others are served, or for long: their waits, what many sessions get, memory. */
import { setTimeout as sleep } from "node:timers/promises";
import * as k from "../../protocol/make.js";
import { compare, digits, median, quantile } from "./measure.js";
import { CONVOLUTION, call, modelOf, type Network, perceptron } from "./networks.js";
import { Peer } from "./peer.js";
import { resident, torchq } from "./programs.js";
import { plainRow, type Row, ratioRow } from "./rows.js";

/** Questions while a run goes on, and the most milliseconds from an answer to the next one. */
const QUESTIONS = 1000;
const PAUSE = 6;
/** Milliseconds that an answer may take beyond one batch. */
const BEYOND = 2;

async function besideOne(network: Network, rows: number): Promise<Row> {
  const server = await torchq();
  const { model, train } = await modelOf(server.port, network, rows);
  await train("batchsize", k.long(100));
  const [worker, other] = await Promise.all([Peer.open(server.port), Peer.open(server.port)]);
  const work = call("run", model);
  const question = call("gradflag", model);
  const reply = (await worker.ask(work)).length;
  const answer = (await other.ask(question)).length;
  /** Milliseconds of a batch when nobody asks. */
  const batch = median(await worker.roundTrips(work, reply, 5)) / 1000 / (rows / 100);
  let over = false;
  const training = (async () => {
    while (!over) await worker.ask(work);
  })();
  const waits: number[] = [];
  for (let i = 0; i < QUESTIONS; i++) {
    await sleep(Math.random() * PAUSE);
    waits.push(await other.exchange([question], answer));
  }
  over = true;
  await training;
  await Promise.all([worker.close(), other.close()]);
  await server.end();
  const [half, most] = [quantile(waits, 0.5), quantile(waits, 0.99)];
  return plainRow(
    `gradflag of another session while run goes on, p99 beyond one batch: ${network.what}, batch 100`,
    "one batch",
    { atMost: BEYOND },
    most - batch,
    "ms",
    `p50 ${digits(half)} ms, p99 ${digits(most)} ms, a batch ${digits(batch)} ms; ${QUESTIONS} questions`,
  );
}

export async function beside(): Promise<Row[]> {
  return [await besideOne(perceptron(256), 100_000), await besideOne(CONVOLUTION, 10_000)];
}

const SESSIONS = 100;
const TINY: Network = {
  ...perceptron(16),
  what: "MLP 8-16-1, Adam, batch 10",
  module: "seq(`sequential; (`linear;8;16); `relu; (`linear;16;1))",
  x: (rows) => `tensor(\`randn;${rows} 8)`,
  y: (rows) => `tensor(\`randn;${rows} 1)`,
};
const TINY_BATCH = 10;

/** Steps a second of sessions that train a model each, all at once, against those of one session alone. */
async function manyOf(what: string, name: "run" | "backstep", steps: number, rounds: number): Promise<Row> {
  const server = await torchq();
  const rows = name === "run" ? steps * TINY_BATCH : TINY_BATCH;
  const peers: Peer[] = [];
  const requests: Uint8Array[] = [];
  for (let i = 0; i < SESSIONS; i++) {
    const { model, train } = await modelOf(server.port, TINY, rows);
    await train("batchsize", k.long(TINY_BATCH));
    peers.push(await Peer.open(server.port));
    requests.push(call(name, model));
  }
  const reply = (await peers[0]!.ask(requests[0]!)).length;
  const rate = async (count: number, each: number): Promise<number> => {
    const start = performance.now();
    await Promise.all(peers.slice(0, count).map((peer, i) => peer.roundTrips(requests[i]!, reply, each)));
    return (count * each * steps * 1000) / (performance.now() - start);
  };
  const x = await compare(
    () => rate(SESSIONS, rounds),
    () => rate(1, rounds * SESSIONS),
  );
  await Promise.all(peers.map((peer) => peer.close()));
  await server.end();
  return ratioRow(
    `steps a second of ${SESSIONS} sessions with a model each, ${what}: ${TINY.what}`,
    "one session",
    { atLeast: 0.9 },
    x,
    "steps/s",
  );
}

export async function many(): Promise<Row[]> {
  return [
    await manyOf("run of 200 batches", "run", 200, 2),
    await manyOf("backstep by request", "backstep", 1, 20),
  ];
}

const EPOCHS = 10_000;

/** Memory that is resident after so many epochs, against that after a tenth of them. */
export async function epochs(): Promise<Row[]> {
  const server = await torchq();
  const { model, train } = await modelOf(server.port, TINY, TINY_BATCH * 10);
  await train("batchsize", k.long(TINY_BATCH));
  await train("shuffle", k.boolean(true));
  const peer = await Peer.open(server.port);
  const thousand = call("run", model, k.long(EPOCHS / 10));
  const after: number[] = [];
  for (let i = 0; i < 10; i++) {
    await peer.ask(thousand);
    after.push(resident(server.pid, "VmRSS"));
  }
  await peer.close();
  await server.end();
  const [first, last] = [after[0]!, after.at(-1)!];
  const megabytes = after.map((bytes) => digits(bytes / 2 ** 20));
  return [
    plainRow(
      `memory resident after ${EPOCHS} epochs of 10 batches, shuffled: ${TINY.what}`,
      `after ${EPOCHS / 10}`,
      { atMost: 1.02 },
      last / first,
      "×",
      `MB after each ${EPOCHS / 10}: ${megabytes.join(" ")}`,
    ),
  ];
}
