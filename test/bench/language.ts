/** What text costs more than the list form of the same request, and what its threads take. */
import { connect } from "../../protocol/client.js";
import { encode } from "../../protocol/encode.js";
import { SYNC } from "../../protocol/header.js";
import * as k from "../../protocol/make.js";
import { digits, median, ROUNDS } from "./measure.js";
import { Peer } from "./peer.js";
import { processorTime, resident, torchq } from "./programs.js";
import { plainRow, type Row } from "./rows.js";

const COUNT = 10_000;
const TRIPS = 2000;
const USERS = 16;

export async function language(): Promise<Row[]> {
  const server = await torchq();
  const client = await connect({ port: server.port, host: "127.0.0.1", user: "bench" });
  await client.request("q:module(`sequential;enlist(`linear;`a;10;5))");
  const handle = await client.request("q");
  await client.close();
  const peer = await Peer.open(server.port);
  const list = encode(k.list([k.symbol("gradflag"), handle]), SYNC);
  const last = encode(k.chars("gradflag q"), SYNC);
  const inside = encode(k.chars("first enlist gradflag q"), SYNC);
  const { length: reply } = await peer.ask(list);
  for (const text of [last, inside])
    if (Buffer.compare(await peer.ask(text), await peer.ask(list)) !== 0)
      throw new Error("text and list differ");

  /** Microseconds of a round trip (p50), and of the server's processor time for one. */
  const trip = async (request: Uint8Array): Promise<number> =>
    median(await peer.roundTrips(request, reply, TRIPS));
  const cost = async (request: Uint8Array): Promise<number> => {
    const before = processorTime(server.pid);
    await peer.roundTrips(request, reply, COUNT);
    return ((processorTime(server.pid) - before) * 1e6) / COUNT;
  };
  const trips = { list: [] as number[], last: [] as number[], inside: [] as number[] };
  for (let i = 0; i < ROUNDS; i++) {
    trips.list.push(await trip(list));
    trips.last.push(await trip(last));
    trips.inside.push(await trip(inside));
  }
  const costs = [await cost(list), await cost(last)] as const;
  await peer.close();
  const memory = await threads(server);
  await server.end();
  const beyond = (times: readonly number[]): number => median(times.map((time, i) => time - trips.list[i]!));
  const rounds = `${ROUNDS} rounds of ${TRIPS}`;
  return [
    plainRow(
      "`gradflag q` as text: a round trip (p50) beyond that of the list form",
      "the list form",
      { atMost: 60 },
      beyond(trips.last),
      "µs",
      `${digits(median(trips.last))} µs as text, ${digits(median(trips.list))} µs as list (${rounds}); ${digits(costs[1])} and ${digits(costs[0])} µs of the server's processor time`,
    ),
    plainRow(
      "the same where the text goes on with the result (`first enlist gradflag q`)",
      "the list form",
      {},
      beyond(trips.inside),
      "µs",
      `${digits(median(trips.inside))} µs as text (${rounds})`,
    ),
    memory,
  ];
}

/** Memory that a thread takes, of as many users as have threads of their own. */
async function threads({ port, pid }: { port: number; pid: number }): Promise<Row> {
  const clients = [];
  for (let i = 0; i < USERS; i++) clients.push(await connect({ port, host: "127.0.0.1", user: `user${i}` }));
  const before = resident(pid, "VmRSS");
  // one user has a thread already
  for (const client of clients.slice(1)) await client.request("sum x*x:til 1000");
  const after = resident(pid, "VmRSS");
  for (const client of clients) await client.close();
  return plainRow(
    "memory of a thread on which a user's text is worked out",
    "-",
    { atMost: 16 },
    (after - before) / (USERS - 1) / 2 ** 20,
    "MB",
    `${digits(before / 2 ** 20)} MB before, ${digits(after / 2 ** 20)} MB with ${USERS - 1} more threads`,
  );
}
