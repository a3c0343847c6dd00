/** The wire's rows over a socket: round trips, tensors in and out, memory, connections. */
import { connect } from "../../protocol/client.js";
import { encode, encodeParts } from "../../protocol/encode.js";
import { SYNC } from "../../protocol/header.js";
import * as k from "../../protocol/make.js";
import type { K } from "../../protocol/values.js";
import { compare, digits, median, quantile } from "./measure.js";
import { handleOf, Peer, together } from "./peer.js";
import { floor, type Program, processorTime, resident, torchq } from "./programs.js";
import { plainRow, type Row, ratioRow } from "./rows.js";

/** Round trips measured one by one in a round, and requests sent ahead of their replies. */
const TRIPS = 2000;
const TRIP_ROUNDS = 15;
const AHEAD_REQUESTS = 20_000;
const AHEAD = 100;
/** Bytes of a reply that the floor is given to send as it is. */
const SMALL = 4096;
const DOUBLES = 12_500_000;
const MATRIX = { rows: 1_000_000, columns: 12 };
/** The largest vector: a billion bytes. */
const GIGABYTE = 125_000_000;

/** Rounds of what takes a tenth of a second: more, since one alone says little. */
const BULK_ROUNDS = 21;

/** The user that peers log in as, so that the objects are theirs. */
const USER = "bench";

/** A value that the server keeps under a name, as it answers it. */
async function made({ port }: Program, text: string, name: string): Promise<K> {
  const client = await connect({ port, host: "127.0.0.1", user: USER });
  await client.request(`${name}:${text}`);
  const value = await client.request(name);
  await client.close();
  return value;
}

const call = (name: string, ...args: K[]): Uint8Array => encode(k.list([k.symbol(name), ...args]), SYNC);

const module = (server: Program): Promise<K> =>
  made(server, "module(`sequential;enlist(`linear;`a;10;5))", "m");

/** A server and a floor that exchanges as many bytes, with a peer on each. */
interface Pair {
  readonly server: Peer;
  readonly floor: Peer;
  readonly floorPort: number;
  readonly reply: number;
  end(): Promise<void>;
}

async function pair(server: Program, request: readonly Uint8Array[]): Promise<Pair> {
  const ours = await Peer.open(server.port);
  const size = request.reduce((sum, part) => sum + part.length, 0);
  const answer = await ours.ask(Buffer.concat(request));
  const program = await (answer.length < SMALL
    ? floor(size, answer.length, answer)
    : floor(size, answer.length));
  const bare = await Peer.open(program.port);
  const end = async (): Promise<void> => {
    await Promise.all([ours.close(), bare.close()]);
    await program.end();
  };
  return { server: ours, floor: bare, floorPort: program.port, reply: answer.length, end };
}

/** Requests per second that torchq's own client makes, while `AHEAD` of its promises are open. */
async function clientRate(port: number, request: K): Promise<number> {
  const client = await connect({ port, host: "127.0.0.1", user: USER });
  let left = AHEAD_REQUESTS;
  const one = async (): Promise<void> => {
    while (left-- > 0) await client.request(request);
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: AHEAD }, one));
  const seconds = (performance.now() - start) / 1000;
  await client.close();
  return AHEAD_REQUESTS / seconds;
}

export async function roundTrips(): Promise<Row[]> {
  const server = await torchq();
  const handle = await module(server);
  const request = call("gradflag", handle);
  const both = await pair(server, [request]);
  const tails = { server: [] as number[], floor: [] as number[] };
  const p50 = async (side: "server" | "floor"): Promise<number> => {
    const times = await both[side].roundTrips(request, both.reply, TRIPS);
    tails[side].push(quantile(times, 0.99));
    return median(times);
  };
  const one = await compare(
    () => p50("server"),
    () => p50("floor"),
    { rounds: TRIP_ROUNDS },
  );
  const rate = async (peer: Peer): Promise<number> =>
    AHEAD_REQUESTS / (await peer.pipelined(request, both.reply, AHEAD_REQUESTS, AHEAD));
  const ahead = await compare(
    () => rate(both.server),
    () => rate(both.floor),
  );
  const list = k.list([k.symbol("gradflag"), handle]);
  const client = await compare(
    () => clientRate(server.port, list),
    () => clientRate(both.floorPort, list),
  );
  await both.end();
  await server.end();
  return [
    ratioRow(
      `gradflag of a two-parameter module, round trip, p50 (${request.length} bytes out, ${both.reply} back)`,
      "bare Node TCP echo",
      { atMost: 1.4 },
      one,
      "µs",
    ),
    plainRow(
      "the same, p99",
      "bare Node TCP echo",
      {},
      median(tails.server),
      "µs",
      `floor ${digits(median(tails.floor))} µs, medians of ${TRIP_ROUNDS} rounds of ${TRIPS}`,
    ),
    ratioRow(
      `the same, ${AHEAD} requests in flight on one connection, by torchq's own client`,
      "bare Node TCP echo, the same client",
      { atLeast: 0.6 },
      client,
      "requests/s",
    ),
    ratioRow(
      `the same, ${AHEAD} in flight, by a client that only counts bytes`,
      "bare Node TCP echo that only counts bytes",
      { atLeast: 0.6 },
      ahead,
      "requests/s",
    ),
  ];
}

export async function connections(): Promise<Row[]> {
  const server = await torchq();
  const request = call("gradflag", await module(server));
  const { reply, ...both } = await pair(server, [request]);
  const program = await floor(request.length, reply);
  await both.end();
  const rows: Row[] = [];
  for (const count of [1, 10, 100]) {
    const open = (where: Program) => Promise.all(Array.from({ length: count }, () => Peer.open(where.port)));
    const [ours, bare] = [await open(server), await open(program)];
    const each = Math.ceil(AHEAD_REQUESTS / 2 / count);
    const rate = async (peers: readonly Peer[]): Promise<number> =>
      (each * count) / (await together(peers, request, reply, each));
    const costs: number[] = [];
    const rateAndCost = async (): Promise<number> => {
      const before = processorTime(server.pid);
      const result = await rate(ours);
      costs.push(((processorTime(server.pid) - before) * 1e6) / (each * count));
      return result;
    };
    const result = await compare(rateAndCost, () => rate(bare), { rounds: 5 });
    const many = `${count} connection${count > 1 ? "s" : ""}`;
    const row = ratioRow(
      `${many}, each with one request under way`,
      "bare Node TCP echo",
      {},
      result,
      "requests/s",
    );
    rows.push({
      ...row,
      raw: `${row.raw}; ${digits(median(costs))} µs of the server's processor time a request`,
    });
    for (const peer of [...ours, ...bare]) await peer.close();
  }
  await program.end();
  await server.end();
  return rows;
}

export async function idle(): Promise<Row[]> {
  const count = 1000;
  const server = await torchq("--max-connections", "2000");
  const request = call("gradflag", await module(server));
  const first = await Peer.open(server.port);
  const { length: reply } = await first.ask(request);
  const before = resident(server.pid, "VmRSS");
  const peers: Peer[] = [];
  for (let i = 0; i < count; i++) peers.push(await Peer.open(server.port));
  const connected = resident(server.pid, "VmRSS");
  for (const peer of peers) await peer.exchange([request], reply);
  const used = resident(server.pid, "VmRSS");
  for (const peer of [first, ...peers]) await peer.close();
  await server.end();
  const each = (bytes: number): number => (bytes - before) / count / 1024;
  const raw = `${digits(before / 2 ** 20)} MB before, ${digits(connected / 2 ** 20)} MB with ${count} connections, ${digits(used / 2 ** 20)} MB after a request on each`;
  return [plainRow(`memory of one of ${count} idle connections`, "-", {}, each(used), "KB", raw)];
}

const doubles = (count: number): K =>
  k.vector(
    9,
    Float64Array.from({ length: count }, (_, i) => i / 7),
  );

function matrix({ rows, columns }: typeof MATRIX): K {
  const items: K[] = [];
  for (let i = 0; i < rows; i++) {
    items.push(
      k.vector(
        8,
        Float32Array.from({ length: columns }, (_, j) => i + j / 16),
      ),
    );
  }
  return k.list(items);
}

/** A value into a tensor, and the tensor back out. */
async function inAndOut(what: string, value: K, goal: number): Promise<Row[]> {
  const server = await torchq();
  const request = encodeParts(k.list([k.symbol("tensor"), value]), SYNC);
  const size = request.reduce((sum, part) => sum + part.length, 0);
  const into = await pair(server, request);
  const free = call("free", k.NULL);
  const sent = async (peer: Peer): Promise<number> => {
    const time = await peer.exchange(request, into.reply);
    // between two tensors the last one goes, or the server would keep them all
    if (peer === into.server) await peer.ask(free);
    return time;
  };
  const rate = (milliseconds: number): number => size / 1e6 / (milliseconds / 1000);
  const way = { invert: true, rounds: BULK_ROUNDS };
  const inwards = await compare(
    () => sent(into.server),
    () => sent(into.floor),
    way,
  );
  const tensor = handleOf(await into.server.ask(Buffer.concat(request)));
  await into.end();

  const back = call("tensor", tensor);
  const out = await pair(server, [back]);
  const received = (peer: Peer): Promise<number> => peer.exchange([back], out.reply);
  const outwards = await compare(
    () => received(out.server),
    () => received(out.floor),
    way,
  );
  await out.end();
  await server.end();
  return [
    ratioRow(
      `${what} into a tensor (${digits(size / 1e6)} MB)`,
      "bare Node sink of the same bytes",
      { atLeast: goal },
      inwards,
      "MB/s",
      rate,
    ),
    ratioRow(
      "the same tensor back",
      "bare Node source of the same bytes",
      { atLeast: goal },
      outwards,
      "MB/s",
      rate,
    ),
  ];
}

export const vector = (): Promise<Row[]> =>
  inAndOut(`${digits(DOUBLES / 1e6)} million doubles`, doubles(DOUBLES), 0.85);

export const nested = (): Promise<Row[]> =>
  inAndOut("a matrix of 1 000 000 × 12 reals (a list of vectors)", matrix(MATRIX), 0.5);

export async function memory(): Promise<Row[]> {
  const server = await torchq();
  const before = resident(server.pid, "VmRSS");
  const peer = await Peer.open(server.port);
  const bulk = new Float64Array(GIGABYTE).fill(1.5);
  const request = encodeParts(k.list([k.symbol("tensor"), k.vector(9, bulk)]), SYNC);
  const time = await peer.exchange(request, 8 + 15);
  const most = resident(server.pid, "VmHWM");
  await peer.close();
  await server.end();
  return [
    plainRow(
      "peak resident memory while 1 GB of doubles becomes a tensor",
      "the tensor's own 1 GB",
      { atMost: 2.2 },
      most / 1e9,
      "GB",
      `${digits(before / 1e9)} GB before, ${digits(time)} ms in all`,
    ),
  ];
}
