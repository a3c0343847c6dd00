/**
 * Messages of a table that are encoded once and played many times, each time with later times: a plant's output at the
 * speed of copying, for benchmarks and large logs.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { decodeObject } from "../../protocol/decode.js";
import { encode, encodeObject } from "../../protocol/encode.js";
import { ASYNC, HEADER_SIZE } from "../../protocol/header.js";
import * as k from "../../protocol/make.js";
import { type K, type List, Table, TYPE, Vector } from "../../protocol/values.js";
import { type Column, rowsOf, type Schema, tableOf } from "./columns.js";
import { LOG_HEADER } from "./log.js";

/** Messages one after the other, and where each ends. */
class Strip {
  readonly bytes: Buffer;
  readonly ends: readonly number[];
  /** Where each time lies. */
  readonly #times: readonly number[];
  #shift = 0;

  /** @param head bytes before the object in each message */
  constructor(messages: readonly Uint8Array[], head: number) {
    this.bytes = Buffer.concat(messages);
    const ends: number[] = [];
    const times: number[] = [];
    let start = 0;
    for (const { length } of messages) {
      const object = new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + start + head, length - head);
      const data = (decodeObject(object) as List).items[2]!;
      const first = (data instanceof Table ? data.values : (data as List)).items[0];
      if (!(first instanceof Vector) || first.type !== TYPE.timespan)
        throw new Error("a reel's first column is timespans");
      for (let i = 0; i < first.count; i++)
        times.push(first.bytes.byteOffset - this.bytes.byteOffset + 8 * i);
      start += length;
      ends.push(start);
    }
    this.ends = ends;
    this.#times = times;
  }

  /** Makes all times those of the making and `nanos` more. */
  shift(nanos: number): void {
    const more = nanos - this.#shift;
    if (more === 0) return;
    this.#shift = nanos;
    const low = ((more % 2 ** 32) + 2 ** 32) % 2 ** 32;
    const high = Math.floor(more / 2 ** 32);
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
    for (const at of this.#times) {
      const sum = view.getUint32(at, true) + low;
      view.setUint32(at, sum, true);
      view.setUint32(at + 4, view.getUint32(at + 4, true) + high + (sum >= 2 ** 32 ? 1 : 0), true);
    }
  }
}

export interface Reel {
  readonly table: string;
  /** Rows of each message. */
  readonly rows: number;
  readonly messages: number;
  /** Nanoseconds from one playing's first time to the next one's. */
  readonly span: number;
  /** As subscribers get them, in two copies: one may be on its way while the other is made later. */
  readonly wire: readonly [Strip, Strip];
  /** As they lie in a log. */
  readonly log: Strip;
}

/**
 * @param columns the next so many rows of the table; their first column is timespans
 */
export function makeReel(
  table: string,
  schema: Schema,
  columns: (rows: number) => readonly Column[],
  rows: number,
  messages: number,
): Reel {
  const wire: Uint8Array[] = [];
  const log: Uint8Array[] = [];
  const times: bigint[] = [];
  const message = (data: K): List => k.list([k.symbol("upd"), k.symbol(table), data]);
  for (let i = 0; i < messages; i++) {
    const some = columns(rows);
    if (rowsOf(some) !== rows) throw new Error(`${rows} rows were wanted`);
    wire.push(encode(message(tableOf(schema, some)), ASYNC));
    log.push(encodeObject(message(k.list(some))));
    const spans = k.items(some[0] as Vector) as BigInt64Array;
    times.push(spans[0]!, spans[rows - 1]!);
  }
  const all = rows * messages;
  const length = Number(times.at(-1)! - times[0]!);
  // the last row's distance to the next playing's first is what rows have on average
  const span = length + Math.max(1, Math.round(length / Math.max(1, all - 1)));
  const strip = (): Strip => new Strip(wire, HEADER_SIZE);
  return { table, rows, messages, span, wire: [strip(), strip()], log: new Strip(log, 0) };
}

/** Writes a log of about so many bytes, whole messages. @returns what is in it */
export function writeLargeLog(
  file: string,
  reel: Reel,
  bytes: number,
): { messages: number; rows: number; bytes: number } {
  const fd = openSync(file, "w");
  let size = writeSync(fd, LOG_HEADER);
  let messages = 0;
  try {
    for (let play = 0; size < bytes; play++) {
      reel.log.shift(play * reel.span);
      const last = reel.log.ends.findIndex((end) => size + end >= bytes);
      const count = last < 0 ? reel.messages : last + 1;
      const part = reel.log.bytes.subarray(0, reel.log.ends[count - 1]);
      for (let at = 0; at < part.length; ) at += writeSync(fd, part, at);
      size += part.length;
      messages += count;
    }
  } finally {
    closeSync(fd);
  }
  return { messages, rows: messages * reel.rows, bytes: size };
}
