/**
 * A tickerplant's log file: eight bytes of header, then messages one after the other, each a bare serialized object, a
 * list of `upd`, the table's name and its columns.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  statSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { check, UNLIMITED } from "../../protocol/check.js";
import { ProtocolError } from "../../protocol/errors.js";
import { EPOCH_MILLIS, MILLIS_A_DAY } from "../../protocol/types.js";

/** What q writes for an empty list: two bytes of its own, type, attribute, count. */
export const LOG_HEADER = Uint8Array.of(0xff, 1, 0, 0, 0, 0, 0, 0);

/** "2026.11.25" of days since 2000. */
export const dateText = (date: number): string =>
  new Date(EPOCH_MILLIS + date * MILLIS_A_DAY).toISOString().slice(0, 10).replaceAll("-", ".");

/** Days since 2000 of today, by the wall clock. */
export const today = (): number => Math.floor((Date.now() - EPOCH_MILLIS) / MILLIS_A_DAY);

export const logFile = (folder: string, name: string, date: number): string =>
  join(folder, `${name}${dateText(date)}`);

export interface Counted {
  /** Whole messages. */
  readonly messages: number;
  /** Bytes up to the last whole message's end. */
  readonly good: number;
  readonly size: number;
}

const BLOCK = 16 * 2 ** 20;

/** What `-11!(-2;file)` tells. The file is read in blocks: it may be larger than memory. */
export function countLog(file: string, blockSize = BLOCK): Counted {
  const fd = openSync(file, "r");
  try {
    const { size } = fstatSync(fd);
    let block = new Uint8Array(blockSize);
    let messages = 0;
    let good = LOG_HEADER.length;
    for (;;) {
      const bytes = block.subarray(0, readSync(fd, block, 0, block.length, good));
      let at = 0;
      let short = false;
      while (at < bytes.length && !short) {
        try {
          at = check(bytes, at, true, UNLIMITED).end;
          messages++;
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
          if (error.code !== "short") return { messages, good: good + at, size };
          short = true;
        }
      }
      good += at;
      if (good >= size || good + bytes.length - at >= size)
        return { messages, good: Math.min(good, size), size };
      if (at === 0) block = new Uint8Array(2 * block.length);
    }
  } finally {
    closeSync(fd);
  }
}

export class Log {
  readonly #fd: number;
  #messages: number;

  private constructor(
    readonly file: string,
    fd: number,
    messages: number,
  ) {
    this.#fd = fd;
    this.#messages = messages;
  }

  /**
   * Begins a log, or goes on with one.
   * @param torn whether a torn tail is cut off; an error otherwise, as the public plant ends then
   */
  static open(file: string, torn: "refuse" | "cut" = "refuse"): Log {
    if (!existsSync(file) || statSync(file).size === 0) {
      const fd = openSync(file, "w");
      writeSync(fd, LOG_HEADER);
      return new Log(file, fd, 0);
    }
    const { messages, good, size } = countLog(file);
    if (good < size) {
      if (torn === "refuse")
        throw new Error(`${file} is torn: ${messages} messages in ${good} of ${size} bytes`);
      truncateSync(file, good);
    }
    return new Log(file, openSync(file, "a"), messages);
  }

  get messages(): number {
    return this.#messages;
  }

  /** Writes whole messages. */
  append(bytes: Uint8Array, messages = 1): void {
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
    this.#messages += messages;
  }

  /** Writes the beginning of a message: what a plant leaves that dies while it writes. */
  tear(bytes: Uint8Array): void {
    writeSync(this.#fd, bytes);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** Cuts the last bytes of a log off. */
export const tearLog = (file: string, bytes: number): void => truncateSync(file, statSync(file).size - bytes);
