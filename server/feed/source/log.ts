/**
 * A tickerplant's log: 8 bytes, then messages one after the other, bare objects without lengths. It is read in pieces,
 * while the plant goes on writing it: a message whose end has not come is looked at again when the file has grown.
 */
import { closeSync, fstatSync, readSync } from "node:fs";
import { ProtocolError } from "../../../protocol/errors.js";
import { KError } from "../../../protocol/values.js";
import { type Found, openLog } from "./paths.js";
import { SHORT } from "./reader.js";

const HEADER = 8;
const PIECE = 2 ** 20;
/** Bytes of the longest message. */
export const LONGEST_MESSAGE = 2 ** 28;
const COMPRESSED = "kxzipped";

/** Takes the message that begins at `start`. @returns as TableReader.take */
export type Take = (bytes: Uint8Array, start: number, end: number) => number;

/**
 * there: so many messages have been read; piece: a piece of the file has, there may be more; held: as `held` wanted; end:
 * the file ends, perhaps within a message; damaged: what follows is no message.
 */
export type Read = "there" | "piece" | "held" | "end" | "damaged";

export class LogFile {
  /** Messages read so far. */
  messages = 0;
  /** Why it cannot be read on, where it is damaged. */
  damage = "";
  readonly #fd: number;
  #piece = new Uint8Array(PIECE);
  /** What has been read from the file and not been taken. */
  #at = 0;
  #end = 0;
  /** Bytes read from the file. */
  #offset = HEADER;

  /** @throws KError for a file that is not to be had, and for what is no log */
  constructor(readonly file: Found) {
    this.#fd = openLog(file);
    try {
      this.#checkHeader();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Whether the file is still the one of its name, no shorter than what was read of it. */
  get current(): boolean {
    let fd: number | undefined;
    try {
      fd = openLog(this.file);
      const now = fstatSync(fd);
      const own = fstatSync(this.#fd);
      return now.ino === own.ino && now.dev === own.dev && now.size >= this.#offset;
    } catch {
      return false;
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  /** Bytes that have not been taken. */
  get left(): number {
    return Math.max(0, fstatSync(this.#fd).size - this.whole);
  }

  /** Bytes that have been read of a message whose end has not come. */
  get torn(): number {
    return this.#end - this.#at;
  }

  /** Bytes of the messages that were read whole. */
  get whole(): number {
    return this.#offset - this.torn;
  }

  /** Where it ends, and how, once that has been seen. */
  get ending(): string {
    const where = `${this.file.path} ends after ${this.messages} messages, at byte ${this.whole}`;
    if (this.damage !== "") return `${where}: ${this.damage}`;
    return this.torn > 0 ? `${where}, in the middle of one` : where;
  }

  /**
   * Gives messages to `take`, those of one piece of the file at most.
   * @param until number of the first message that is not to be read
   * @param held asked after each message whether to stop
   */
  read(until: number, take: Take, held: () => boolean): Read {
    for (let filled = false; ; filled = true) {
      while (this.messages < until && this.#at < this.#end) {
        if (held()) return "held";
        let after: number;
        try {
          after = take(this.#piece, this.#at, this.#end);
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
          this.damage = error.message;
          return "damaged";
        }
        if (after === SHORT) break;
        this.#at = after;
        this.messages++;
      }
      if (this.messages >= until) return "there";
      if (filled) return "piece";
      if (this.torn >= LONGEST_MESSAGE) {
        this.damage = `a message of more than ${LONGEST_MESSAGE} bytes`;
        return "damaged";
      }
      if (!this.#fill()) return "end";
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** Reads on in the file. @returns whether it has more */
  #fill(): boolean {
    const { torn } = this;
    let piece = this.#piece;
    if (2 * torn > piece.length) piece = new Uint8Array(Math.min(4 * torn, LONGEST_MESSAGE + PIECE));
    else if (torn === 0 && piece.length > PIECE) piece = new Uint8Array(PIECE);
    piece.set(this.#piece.subarray(this.#at, this.#end));
    this.#piece = piece;
    this.#at = 0;
    const size = readSync(this.#fd, piece, torn, piece.length - torn, this.#offset);
    this.#end = torn + size;
    this.#offset += size;
    return size > 0;
  }

  #checkHeader(): void {
    const header = Buffer.alloc(HEADER);
    const size = readSync(this.#fd, header, 0, HEADER, 0);
    const name = this.file.path;
    if (header.toString("latin1") === COMPRESSED)
      throw new KError(`${name} is a compressed log: it is to be written out plain before it can be read`);
    // one that is being made may be shorter
    if (size === HEADER && (header[0] !== 0xff || header[1] !== 1 || header[2] !== 0))
      throw new KError(`${name} is no log of a tickerplant`);
  }
}
