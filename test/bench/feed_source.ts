/** Quotes from a plant's socket and from its log to rows in columns. */
import { once } from "node:events";
import { mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { check } from "../../protocol/check.js";
import { decodeTrusted } from "../../protocol/decode.js";
import { encode, encodeObject } from "../../protocol/encode.js";
import { ProtocolError } from "../../protocol/errors.js";
import { ASYNC, RESPONSE } from "../../protocol/header.js";
import * as k from "../../protocol/make.js";
import { type K, List } from "../../protocol/values.js";
import { LogFile, type Take } from "../../server/feed/source/log.js";
import { PlantSource } from "../../server/feed/source/plant.js";
import { SHORT } from "../../server/feed/source/reader.js";
import { ReplaySource } from "../../server/feed/source/replay.js";
import type { Listener } from "../../server/feed/source/source.js";
import { compare, timed } from "./measure.js";
import { type Row, ratioRow } from "./rows.js";

const NAMES = ["time", "sym", "bid", "ask", "bsize", "asize"];
const SYMS = ["AAPL", "MSFT", "GOOG", "IBM"];
const PIECE = 2 ** 16;
/** Bytes that are sent, and that a log has. */
const SENT = 2 ** 26;
const LOGGED = 2 ** 28;
const ROUNDS = 5;

function columns(rows: number): K[] {
  const numbers = Array.from({ length: rows }, (_, i) => i);
  return [
    k.timespans(numbers.map(BigInt)),
    k.symbols(numbers.map((i) => SYMS[i % SYMS.length]!)),
    k.floats(numbers),
    k.floats(numbers),
    k.longs(numbers),
    k.longs(numbers),
  ];
}

const upd = (data: K): K => k.list([k.symbol("upd"), k.symbol("quote"), data]);

/** So many whole messages as come to some size. */
function many(message: Uint8Array, size: number): Uint8Array {
  return Buffer.concat(Array.from({ length: Math.ceil(size / message.length) }, () => message));
}

/** Reads all columns, and counts rows. */
class Counter implements Listener {
  count = 0;
  constructor(
    private readonly wanted: number,
    private readonly over: () => void,
  ) {}

  schema(): ReadonlySet<string> {
    return new Set(NAMES);
  }
  rows({ count }: { count: number }): void {
    this.count += count;
    if (this.count === this.wanted) this.over();
  }
  failed(error: Error): void {
    throw error;
  }
  gap(_messages: number, why: string): void {
    throw new Error(why);
  }
  ignored(_messages: number, why: string): void {
    throw new Error(why);
  }
  endOfDay(): void {}
  status(): void {}
  done(): void {}
}

/** Milliseconds in which a socket takes all bytes, and does nothing with them. */
async function sink(port: number, size: number): Promise<number> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(Uint8Array.of(3, 0));
  await once(socket, "data");
  return timed(async () => {
    let left = size;
    socket.write(Uint8Array.of(0));
    await new Promise<void>((resolve) => {
      socket.on("data", (chunk) => {
        left -= chunk.length;
        if (left <= 0) resolve();
      });
    });
    socket.destroy();
  });
}

/** Milliseconds in which a source hands over all rows. */
function drain(port: number, rows: number): Promise<number> {
  return timed(async () => {
    let source: PlantSource | undefined;
    await new Promise<void>((resolve) => {
      const options = { table: "quote", syms: [], request: undefined, letGo: true };
      const place = { address: { host: "127.0.0.1", port }, folders: { logs: [], data: undefined } };
      source = new PlantSource({ ...options, ...place }, new Counter(rows, resolve));
      source.start(undefined);
    });
    source!.close();
  });
}

async function drained(rowsAMessage: number): Promise<Row> {
  const message = encode(upd(k.table(NAMES, columns(rowsAMessage))), ASYNC);
  const piece = many(message, PIECE);
  const pieces = Math.ceil(SENT / piece.length);
  const pair = k.list([k.symbol("quote"), k.table(NAMES, columns(0))]);
  const answer = encode(k.list([pair, k.long(0), k.symbol("")]), RESPONSE);
  const workerData = { answer, piece, pieces };
  const sender = new Worker(new URL("./feed_sender.js", import.meta.url), { workerData });
  const [port] = (await once(sender, "message")) as [number];
  const size = pieces * piece.length;
  const rows = (size / message.length) * rowsAMessage;
  const compared = await compare(
    () => drain(port, rows),
    () => sink(port, size),
    { rounds: ROUNDS, invert: true },
  );
  await sender.terminate();
  const perMessage = rowsAMessage === 1 ? "1 row" : `${rowsAMessage} rows`;
  return ratioRow(
    `quotes drained and decoded, ${perMessage} a message`,
    "a socket that takes the same bytes",
    { atLeast: 0.5 },
    compared,
    "million rows/s",
    (millis) => rows / 1000 / millis,
  );
}

/** Each message decoded to values, all of them looked into. */
const decoded: Take = (bytes, start, end) => {
  try {
    const after = check(bytes.subarray(0, end), start).end;
    const [, , data] = (decodeTrusted(bytes.subarray(start, after)) as List).items;
    if (data instanceof List) data.items;
    return after;
  } catch (error) {
    if (error instanceof ProtocolError && error.code === "short") return SHORT;
    throw error;
  }
};

async function replayed(rowsAMessage: number): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), "torchq-bench-"));
  const file = { path: join(folder, "log"), root: folder };
  try {
    const single = columns(1).map((column) => k.at(column, 0));
    const message = encodeObject(upd(k.list(rowsAMessage === 1 ? single : columns(rowsAMessage))));
    const piece = many(message, 2 ** 20);
    const fd = openSync(file.path, "w");
    writeSync(fd, Uint8Array.of(0xff, 1, 0, 0, 0, 0, 0, 0));
    let size = 8;
    for (; size < LOGGED; size += piece.length) writeSync(fd, piece);
    const replay = () =>
      timed(
        () =>
          new Promise<void>((resolve) => {
            const rows = ((size - 8) / message.length) * rowsAMessage;
            const named = { table: "quote", syms: [], columns: NAMES };
            new ReplaySource({ file, ...named }, new Counter(rows, resolve)).start(undefined);
          }),
      );
    const decode = () =>
      timed(() => {
        const log = new LogFile(file);
        while (log.read(Number.POSITIVE_INFINITY, decoded, () => false) === "piece");
        log.close();
      });
    return ratioRow(
      `a log replayed, ${rowsAMessage === 1 ? "1 row" : `${rowsAMessage} rows`} a message`,
      "its messages decoded alone",
      { atLeast: 0.5 },
      await compare(replay, decode, { rounds: ROUNDS, invert: true }),
      "MB/s",
      (millis) => size / 1000 / millis,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export async function sourceRows(): Promise<Row[]> {
  return [await drained(1), await drained(100), await drained(1000), await replayed(1), await replayed(100)];
}
