/** A feed's source: rows drained from a plant's socket against bytes alone, and from a log against decoding alone. */
import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { check } from "../../protocol/check.js";
import { connect } from "../../protocol/client.js";
import { decodeObject } from "../../protocol/decode.js";
import { dial } from "../../protocol/dial.js";
import { encode } from "../../protocol/encode.js";
import { ProtocolError } from "../../protocol/errors.js";
import { SYNC } from "../../protocol/header.js";
import * as k from "../../protocol/make.js";
import type { List } from "../../protocol/values.js";
import type { Rows } from "../../server/feed/rows.js";
import { PlantSource } from "../../server/feed/source/plant.js";
import { ReplaySource } from "../../server/feed/source/replay.js";
import type { Listener } from "../../server/feed/source/source.js";
import { promised } from "../../server/feed/waiting.js";
import { spawnPlant } from "../feed/plant.js";
import { writeLargeLog } from "../feed/reel.js";
import { inFolder, numberIn, QUOTE, quotes } from "./feed.js";
import { compare, digits } from "./measure.js";
import { type Row, ratioRow } from "./rows.js";

const HOST = "127.0.0.1";

/** Counts rows. */
function counter(heard: Partial<Listener>, failed: (error: Error) => void): Listener {
  return {
    schema: (columns) => new Set(columns.map(({ name }) => name)),
    rows: () => undefined,
    endOfDay: () => undefined,
    gap: (_, why) => failed(new Error(why)),
    status: () => undefined,
    ignored: (_, why) => failed(new Error(why)),
    done: () => undefined,
    failed,
    ...heard,
  };
}

/** Rows a second from a plant that sends as fast as they are taken. */
async function drained(rows: number, messages: number): Promise<Row> {
  const plant = await spawnPlant();
  const client = await connect({ host: HOST, port: plant.port });
  const play = async (count: number): Promise<number> =>
    numberIn(
      await client.request(k.list([k.symbol(".plant.play"), k.symbol("quote"), k.long(rows), k.long(count)])),
      "bytes",
    );
  const all = rows * messages;
  const bytes = await play(messages);
  /** Rows a second of a whole play. */
  const pace = async (end: Promise<void>): Promise<number> => {
    const start = performance.now();
    await Promise.all([play(messages), end]);
    return (1000 * all) / (performance.now() - start);
  };

  const ours = async (): Promise<number> => {
    const live = promised<void>();
    const end = promised<void>();
    let got = 0;
    const listener = counter(
      {
        status: (text) => {
          if (text.startsWith("live")) live.resolve();
        },
        rows: (some: Rows) => {
          got += some.count;
          if (got >= all) end.resolve();
        },
      },
      (error) => end.reject(error),
    );
    const source = new PlantSource(
      {
        ...{ address: { host: HOST, port: plant.port }, request: undefined, table: "quote", syms: [] },
        ...{ letGo: false, folders: { logs: [], data: undefined } },
      },
      listener,
    );
    source.start(undefined);
    await live.promise;
    const found = await pace(end.promise);
    source.close();
    return found;
  };

  const floor = async (): Promise<number> => {
    const { socket, capability } = await dial({ host: HOST, port: plant.port });
    const end = promised<void>();
    const subscribed = promised<void>();
    let got = Number.NaN;
    socket.on("error", end.reject);
    socket.on("data", (chunk) => {
      if (Number.isNaN(got)) {
        got = 0;
        subscribed.resolve();
        return;
      }
      got += chunk.length;
      if (got >= bytes) end.resolve();
    });
    socket.resume();
    const request = k.list([k.symbol(".u.sub"), k.symbol("quote"), k.symbol("")]);
    socket.write(encode(request, SYNC, { capability }));
    await subscribed.promise;
    const found = await pace(end.promise);
    socket.destroy();
    return found;
  };

  const compared = await compare(ours, floor);
  await client.close();
  plant.child.kill();
  await plant.ended;
  const size = digits(bytes / messages);
  return ratioRow(
    `rows from a plant, ${rows} a message (${size} bytes): read, decoded to columns`,
    "a bare socket that counts the same bytes",
    { atLeast: 0.5 },
    compared,
    "rows/s",
  );
}

export async function drain(): Promise<Row[]> {
  return [await drained(1, 400_000), await drained(100, 40_000), await drained(1000, 6_000)];
}

const BLOCK = 2 ** 20;

/** Checks and decodes each message of a log by itself. @returns rows */
function decoded(file: string): number {
  const fd = openSync(file, "r");
  let block = new Uint8Array(BLOCK);
  let offset = 8;
  let kept = 0;
  let rows = 0;
  for (;;) {
    const size = readSync(fd, block, kept, block.length - kept, offset);
    if (size === 0) break;
    offset += size;
    const end = kept + size;
    let at = 0;
    while (at < end) {
      const next = endOf(block, at, end);
      if (next < 0) break;
      const message = decodeObject(block.subarray(at, next)) as List;
      rows += k.count((message.items[2] as List).items[0]!);
      at = next;
    }
    kept = end - at;
    const rest = block.subarray(at, end);
    if (at === 0) block = new Uint8Array(2 * block.length);
    block.set(rest);
  }
  closeSync(fd);
  return rows;
}

/** Where the message ends, -1 beyond the bytes. */
function endOf(bytes: Uint8Array, start: number, end: number): number {
  try {
    return check(end === bytes.length ? bytes : bytes.subarray(0, end), start).end;
  } catch (error) {
    if (error instanceof ProtocolError && error.code === "short") return -1;
    throw error;
  }
}

/** @returns rows */
async function replayed(folder: string, name: string): Promise<number> {
  const end = promised<number>();
  let rows = 0;
  const listener = counter(
    {
      rows: (some) => {
        rows += some.count;
      },
      done: () => end.resolve(rows),
    },
    end.reject,
  );
  const file = { path: join(folder, name), root: folder };
  new ReplaySource({ table: "quote", syms: [], columns: QUOTE, file }, listener).start(undefined);
  return end.promise;
}

/** Bytes of the log; a smaller one by FEED_LOG_MB for a quick look. */
const LOG = Number(process.env.FEED_LOG_MB ?? 1024) * 2 ** 20;

export async function replay(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const each of [100, 1]) {
    rows.push(
      await inFolder(async (folder) => {
        const file = join(folder, "log");
        const written = writeLargeLog(file, quotes(each), LOG);
        const rate = async (act: () => number | Promise<number>): Promise<number> => {
          const start = performance.now();
          const got = await act();
          if (got !== written.rows) throw new Error(`${got} rows instead of ${written.rows}`);
          return (1000 * written.bytes) / 1e6 / (performance.now() - start);
        };
        const compared = await compare(
          () => rate(() => replayed(folder, "log")),
          () => rate(() => decoded(file)),
          { rounds: 3 },
        );
        return ratioRow(
          `a log of ${digits(written.bytes / 2 ** 20)} MB, ${each} rows a message, replayed: read, decoded to columns`,
          "each message checked and decoded by itself",
          { atLeast: 0.5 },
          compared,
          "MB/s",
        );
      }),
    );
  }
  return rows;
}
