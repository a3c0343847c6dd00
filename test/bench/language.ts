/** What text costs more than the list form of the same request. */
import { connect } from "../../protocol/client.js";
import { encode } from "../../protocol/encode.js";
import { SYNC } from "../../protocol/header.js";
import * as k from "../../protocol/make.js";
import { digits, median, ROUNDS } from "./measure.js";
import { Peer } from "./peer.js";
import { processorTime, torchq } from "./programs.js";
import { plainRow, type Row } from "./rows.js";

const COUNT = 20_000;
const AHEAD = 100;

export async function language(): Promise<Row[]> {
  const server = await torchq();
  const client = await connect({ port: server.port, host: "127.0.0.1", user: "bench" });
  await client.request("q:module(`sequential;enlist(`linear;`a;10;5))");
  const handle = await client.request("q");
  await client.close();
  const peer = await Peer.open(server.port);
  const text = encode(k.chars("gradflag q"), SYNC);
  const list = encode(k.list([k.symbol("gradflag"), handle]), SYNC);
  const { length: reply } = await peer.ask(list);
  if (Buffer.compare(await peer.ask(text), await peer.ask(list)) !== 0)
    throw new Error("text and list differ");

  /** Microseconds of the server's processor time for one request. */
  const cost = async (request: Uint8Array): Promise<number> => {
    const before = processorTime(server.pid);
    await peer.pipelined(request, reply, COUNT, AHEAD);
    return ((processorTime(server.pid) - before) * 1e6) / COUNT;
  };
  await cost(text);
  await cost(list);
  const texts: number[] = [];
  const lists: number[] = [];
  const trips: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    texts.push(await cost(text));
    lists.push(await cost(list));
    const both = [];
    for (const request of [text, list]) both.push(median(await peer.roundTrips(request, reply, 2000)));
    trips.push(both[0]! - both[1]!);
  }
  await peer.close();
  await server.end();
  const more = median(texts.map((x, i) => x - lists[i]!));
  const raw = `${digits(median(texts))} µs as text, ${digits(median(lists))} µs as list, of the server's processor time; a round trip (p50) takes ${digits(median(trips))} µs more (${ROUNDS} rounds of ${COUNT})`;
  return [
    plainRow(
      "`gradflag q` as text: the server's time beyond that of the list form",
      "the list form",
      { atMost: 15 },
      more,
      "µs",
      raw,
    ),
  ];
}
