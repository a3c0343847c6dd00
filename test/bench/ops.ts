/** Operators: what a call costs beside the operator itself, and large ones against plain C++. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { type Client, connect } from "../../protocol/client.js";
import { encode } from "../../protocol/encode.js";
import { SYNC } from "../../protocol/header.js";
import * as k from "../../protocol/make.js";
import type { K } from "../../protocol/values.js";
import { Q } from "../api/rig.js";
import { compare, digits, median } from "./measure.js";
import { handleOf, Peer } from "./peer.js";
import { built, torchq } from "./programs.js";
import { plainRow, type Row, ratioRow } from "./rows.js";

const USER = "bench";
const SMALL_ADDS = 20_000;
const AHEAD_REQUESTS = 1000;
const ROUNDS = 11;

const call = (name: string, ...args: K[]): Uint8Array => encode(k.list([k.symbol(name), ...args]), SYNC);

/** The C++ program, which waits for the names of operators. */
interface Floor {
  /** Milliseconds of the operator, microseconds for `add`. */
  time(name: string): Promise<number>;
  end(): Promise<unknown>;
}

async function floorProgram(): Promise<Floor> {
  const child = spawn(await built("ops_floor"), { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    time: async (name) => {
      child.stdin.write(`${name}\n`);
      return Number((await lines.next()).value);
    },
    end: () => {
      child.stdin.end();
      return ended;
    },
  };
}

/** (a) From a decoded request to the result's handle, and (b) many of them sent ahead of their replies. */
export async function calls(): Promise<Row[]> {
  return [await fromRequestToHandle(), await ahead()];
}

async function fromRequestToHandle(): Promise<Row> {
  const floor = await floorProgram();
  const q = new Q();
  const pair = k.list([await q.value("tensor 10#1e"), await q.value("tensor 10#2e")]);
  const mine = new Set(q.engine.handles());
  const ours = async (): Promise<number> => {
    const start = performance.now();
    for (let i = 0; i < SMALL_ADDS; i++) await q.send("add", pair);
    const time = performance.now() - start;
    for (const handle of q.engine.handles()) if (!mine.has(handle)) q.engine.release(handle);
    return (time * 1000) / SMALL_ADDS;
  };
  const result = await compare(ours, () => floor.time("add"), { rounds: ROUNDS });
  q.free();
  await floor.end();
  const above = median(result.rounds.map((round) => round.ours - round.floor));
  return plainRow(
    "add of two tensors of 10, from decoded request to result handle, above the operator itself",
    "libtorch's add, called unboxed",
    { atMost: 4 },
    above,
    "µs",
    `${digits(result.ours)} µs, floor ${digits(result.floor)} µs (medians of ${ROUNDS} rounds)`,
  );
}

async function ahead(): Promise<Row> {
  const server = await torchq();
  const client = await connect({ port: server.port, host: "127.0.0.1", user: USER });
  const peer = await Peer.open(server.port);
  /** @param name called with two tensors, or with one */
  const rate = async (name: string, arguments_: number): Promise<number> => {
    await client.call("free", k.NULL);
    const handles: K[] = [];
    for (let i = 0; i < 2; i++) handles.push(await client.call("tensor", k.reals(new Float32Array(10))));
    const request = call(name, arguments_ === 1 ? handles[0]! : k.list(handles));
    const { length } = await peer.ask(request);
    return await peer.pipelined(request, length, AHEAD_REQUESTS, AHEAD_REQUESTS);
  };
  const result = await compare(
    () => rate("add", 2),
    () => rate("gradflag", 1),
    { rounds: 2 * ROUNDS },
  );
  await peer.close();
  await client.close();
  await server.end();
  return ratioRow(
    `${AHEAD_REQUESTS} adds of two tensors of 10, sent ahead of their replies`,
    "as many gradflag of a tensor",
    { atMost: 1.3 },
    result,
    "µs a request",
    (seconds) => (seconds * 1e6) / AHEAD_REQUESTS,
  );
}

/** What the server makes before it is asked: the name of the function and its argument. */
const LARGE: Readonly<Record<string, readonly [what: string, ...setup: string[]]>> = {
  mm: ["mm of two matrices of 2048 by 2048", "x:(tensor(`rand;2048 2048);tensor(`rand;2048 2048))"],
  fft: ["fft of 2^20 reals", "x:tensor(`rand;1048576)"],
  sort: ["sort of 10^7 reals", "x:tensor(`rand;10000000)"],
  Sum: ["Sum of 10^8 reals", "x:tensor(`rand;100000000)"],
};

/** (c) A request with a handle, from sending to the reply, which is a handle too. */
export async function large(): Promise<Row[]> {
  const floor = await floorProgram();
  const rows: Row[] = [];
  for (const [name, [what, ...setup]] of Object.entries(LARGE)) {
    const server = await torchq();
    const client = await connect({ port: server.port, host: "127.0.0.1", user: USER });
    for (const text of setup) await client.request(text);
    const x = await client.request("x");
    const result = await compare(
      () => timedCall(client, name, x),
      () => floor.time(name),
      { rounds: ROUNDS },
    );
    rows.push(ratioRow(what, "plain C++ with the same threads", { atMost: 1.03 }, result, "ms"));
    await client.close();
    await server.end();
  }
  await floor.end();
  return rows;
}

/** Milliseconds; the result is freed behind them. */
async function timedCall(client: Client, name: string, x: K): Promise<number> {
  const start = performance.now();
  const result = await client.call(name, x);
  const time = performance.now() - start;
  await client.call("free", result);
  return time;
}

const DOUBLES = 10_000_000;

/** (d) A k array through an operator and back, against a tensor made and retrieved; (e) shapes of what comes back. */
export async function shapes(): Promise<Row[]> {
  const server = await torchq();
  const client = await connect({ port: server.port, host: "127.0.0.1", user: USER });
  const peer = await Peer.open(server.port);
  const array = k.vector(
    9,
    Float64Array.from({ length: DOUBLES }, (_, i) => i / 7),
  );
  const through = call("Abs", array);
  const into = call("tensor", array);
  const { length: reply } = await peer.ask(through);
  const result = await compare(
    () => peer.exchange([through], reply),
    async () => {
      const start = performance.now();
      const made = handleOf(await peer.ask(into));
      await peer.exchange([call("tensor", made)], reply);
      const time = performance.now() - start;
      await client.call("free", made);
      return time;
    },
    { rounds: ROUNDS },
  );
  const flat = call("tensor", await client.request("tensor(`rand;10000000;`double)"));
  const cube = call("tensor", await client.request("tensor(`rand;200 200 250;`double)"));
  const { length: cubeReply } = await peer.ask(cube);
  const back = await compare(
    () => peer.exchange([cube], cubeReply),
    () => peer.exchange([flat], reply),
    { rounds: ROUNDS },
  );
  await peer.close();
  await client.close();
  await server.end();
  return [
    ratioRow(
      "Abs of 10^7 doubles, a k array in and out",
      "the same array into a tensor and back out",
      { atMost: 1.15 },
      result,
      "ms",
    ),
    ratioRow("a tensor of 200 × 200 × 250 doubles back", "one of 10^7", { atMost: 1.5 }, back, "ms"),
  ];
}
