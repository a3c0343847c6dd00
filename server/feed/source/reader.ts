/**
 * Messages (`upd;table;data) to rows. Those of the usual forms (a table, or a list, of the schema's columns in their order;
 * a list of one row's atoms) are read where they lie: each column is looked for, and copied only once the whole message is
 * known to be sound. Any other form takes the long way: it is checked, decoded and looked into.
 *
 * Bytes are hostile: every length is held against what is there, and memory is taken for what has come alone.
 */
import { check, endOfSymbols, WIDE } from "../../../protocol/check.js";
import { decodeObject } from "../../../protocol/decode.js";
import { ProtocolError } from "../../../protocol/errors.js";
import { symbolBytes } from "../../../protocol/symbols.js";
import { TYPE, WIDTH } from "../../../protocol/types.js";
import { KError } from "../../../protocol/values.js";
import type { Column, Rows } from "../rows.js";
import { ColumnBuilder } from "./columns.js";
import { columnsOf } from "./forms.js";
import { SymbolPool } from "./symbols.js";

/** What `take` answers where the bytes end first. */
export const SHORT = -1;
const OTHER = -2;

const NOTHING = new Uint8Array(0);

/** Rows that go on together, about: a message is not cut. */
const BLOCK = 8192;
/** The column that a plant picks symbols by. */
const SYM = "sym";

/** Who is told of messages that are no rows. */
export interface Others {
  /** A message of another table or function, a whole and sound one. */
  other(bytes: Uint8Array, start: number, end: number): void;
  /** One of the table that cannot be read, or no sound one. */
  unread(why: string): void;
}

export interface TableOptions {
  readonly table: string;
  readonly columns: readonly Column[];
  /** Columns that are read. */
  readonly read: ReadonlySet<string>;
  /** None: all. */
  readonly syms: readonly string[];
  readonly others: Others;
}

const bytesOf = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts.map((part) => Uint8Array.from(part))));

/** A list of 3, a function's name and a table's first: what each message (`upd;table;data) begins with. */
export const headOf = (name: string, table: string): Uint8Array =>
  bytesOf([TYPE.list, 0, 3, 0, 0, 0], [0xf5], symbolBytes([name]), [0xf5], symbolBytes([table]));

const count32 = (count: number): number[] => [0, 8, 16, 24].map((shift) => (count >>> shift) & 0xff);

/** What a list of so many items begins with. */
const listHead = (count: number): Uint8Array => bytesOf([TYPE.list, 0], count32(count));

/** What a table of these columns begins with. */
const tableHead = (names: readonly string[]): Uint8Array =>
  bytesOf(
    [TYPE.table, 0, TYPE.dict, TYPE.symbol, 0],
    count32(names.length),
    symbolBytes(names),
    listHead(names.length),
  );

/** What messages begin with, compared by words of 4 bytes: byte by byte it would be a third of the time of short messages. */
class Beginning {
  readonly length: number;
  readonly #words: Int32Array;
  readonly #rest: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.length = bytes.length;
    const words = bytes.length >> 2;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    this.#words = Int32Array.from({ length: words }, (_, i) => view.getInt32(4 * i, true));
    this.#rest = bytes.slice(4 * words);
  }

  /** Whether the bytes from `start` to `end`, which lie within the view, begin so. */
  fits(view: DataView, start: number, end: number): boolean {
    if (end - start < this.length) return false;
    let at = start;
    for (const word of this.#words) {
      if (view.getInt32(at, true) !== word) return false;
      at += 4;
    }
    for (const byte of this.#rest) if (view.getUint8(at++) !== byte) return false;
    return true;
  }
}

/** @throws KError where a column cannot be read */
export class TableReader {
  /** Rows that are to be left out before any are taken: they were had before. */
  skip = 0;
  /** Rows taken that have not been handed over. */
  count = 0;
  readonly #options: TableOptions;
  readonly #head: Beginning;
  readonly #listHead: Beginning;
  readonly #tableHead: Beginning;
  readonly #types: Uint8Array;
  /** By column: who takes it, undefined where it is not read. */
  readonly #builders: readonly (ColumnBuilder | undefined)[];
  /** Where each column of the message at hand begins and ends. */
  readonly #from: Int32Array;
  readonly #to: Int32Array;
  /** The column of symbols that is picked by, -1: all are taken. */
  readonly #sym: number;
  readonly #wanted: ReadonlySet<string>;
  readonly #pool = new SymbolPool();

  constructor(options: TableOptions) {
    const { table, columns, read, syms } = options;
    const names = columns.map(({ name }) => name);
    for (const { name, type } of columns)
      if (read.has(name) && type !== TYPE.symbol && !WIDTH[type])
        throw new KError(`column ${name} of ${table} has items of no type of their own: it cannot be read`);
    this.#options = options;
    this.#head = new Beginning(headOf("upd", table));
    this.#listHead = new Beginning(listHead(columns.length));
    this.#tableHead = new Beginning(tableHead(names));
    this.#types = Uint8Array.from(columns, ({ type }) => type);
    this.#builders = columns.map(({ name, type }) =>
      read.has(name) ? new ColumnBuilder(type, this.#pool) : undefined,
    );
    this.#from = new Int32Array(columns.length);
    this.#to = new Int32Array(columns.length);
    this.#wanted = new Set(syms);
    this.#sym = syms.length === 0 ? -1 : names.indexOf(SYM);
    if (syms.length > 0 && this.#types[this.#sym] !== TYPE.symbol)
      throw new KError(`${table} has no symbols in a column ${SYM}, which syms are picked by`);
  }

  /** Whether as many rows wait as go on together. */
  get full(): boolean {
    return this.count >= BLOCK;
  }

  /**
   * Takes the message that begins at `start`.
   * @param end where the bytes end
   * @param keep false: it is walked over only
   * @returns where it ends, SHORT where the bytes end first
   * @throws ProtocolError for what is no sound object: nobody knows where it ends
   */
  take(bytes: Uint8Array, start: number, end: number, keep = true): number {
    this.#look(bytes);
    if (this.#head.fits(this.#view, start, end)) {
      const after = this.#data(bytes, start + this.#head.length, end);
      if (after !== OTHER) {
        if (after !== SHORT && keep) this.#append(bytes);
        return after;
      }
    }
    return this.#long(bytes, start, end, keep);
  }

  /** As `take`, for data alone: what `upd` is given. */
  takeData(bytes: Uint8Array): void {
    try {
      this.#look(bytes);
      const after = this.#data(bytes, 0, bytes.length);
      if (after === bytes.length) this.#append(bytes);
      else this.#decoded(bytes);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#options.others.unread(error.message);
    }
  }

  /** The rows that were taken, undefined where there are none. */
  rows(): Rows | undefined {
    const { count } = this;
    // a message of hundreds of megabytes is not kept for its view
    this.#look(NOTHING);
    if (count === 0) return undefined;
    this.count = 0;
    const columns = new Map<string, ReturnType<ColumnBuilder["take"]>>();
    for (const [i, builder] of this.#builders.entries())
      if (builder !== undefined) columns.set(this.#options.columns[i]!.name, builder.take());
    return { count, columns };
  }

  /** The bytes looked at last, as a view. */
  #bytes: Uint8Array = NOTHING;
  #view: DataView = new DataView(NOTHING.buffer);

  #look(bytes: Uint8Array): void {
    if (bytes === this.#bytes) return;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Rows of the message whose columns have been found. */
  #rows = 0;

  /** Finds the columns; OTHER where they come in another form. */
  #data(bytes: Uint8Array, start: number, end: number): number {
    const types = this.#types;
    const view = this.#view;
    let at = start;
    const table = bytes[at] === TYPE.table;
    const head = table ? this.#tableHead : this.#listHead;
    if (!head.fits(view, at, end)) return OTHER;
    at += head.length;
    let rows = -1;
    let atoms = false;
    for (let i = 0; i < types.length; i++) {
      if (at >= end) return SHORT;
      const type = types[i]!;
      const is = bytes[at]!;
      if (type === TYPE.list) {
        const after = endOfObject(bytes, at, end);
        if (after === SHORT) return SHORT;
        at = after;
        continue;
      }
      let count = 1;
      if (is === type) {
        if (end - at < 6) return SHORT;
        if (bytes[at + 1]! >= WIDE) return OTHER;
        count = view.getUint32(at + 2, true);
        if (atoms) return OTHER;
        at += 6;
      } else if (is === 256 - type && !table && (rows === -1 || atoms)) {
        atoms = true;
        at += 1;
      } else return OTHER;
      if (rows !== count && rows !== -1) return OTHER;
      rows = count;
      this.#from[i] = at;
      if (type === TYPE.symbol) {
        at = endOfSymbols(bytes, at, count, end);
        if (at < 0) return SHORT;
      } else {
        const size = count * WIDTH[type]!;
        if (size > end - at) return SHORT;
        at += size;
      }
      this.#to[i] = at;
    }
    // columns of lists alone: nobody has counted
    if (rows === -1) return OTHER;
    this.#rows = rows;
    return at;
  }

  /** Copies the columns that were found. */
  #append(bytes: Uint8Array): void {
    let rows = this.#rows;
    const picked = this.#sym >= 0 || this.skip > 0 ? this.#pick(bytes) : undefined;
    if (picked !== undefined) rows = picked.length;
    if (rows === 0) return;
    for (let i = 0; i < this.#builders.length; i++) {
      const builder = this.#builders[i];
      if (builder === undefined) continue;
      const from = this.#from[i]!;
      const to = this.#to[i]!;
      if (picked !== undefined) builder.pick(bytes, from, to, picked);
      else if (rows === 1 && builder.width === 8) builder.add8(this.#view, from);
      else builder.add(bytes, from, to, rows);
    }
    this.count += rows;
  }

  /** Which rows of the message at hand are taken, undefined: all. */
  #pick(bytes: Uint8Array): Int32Array | undefined {
    const rows = this.#rows;
    let wanted: Int32Array | undefined;
    if (this.#sym >= 0) {
      const picked = new Int32Array(rows);
      let count = 0;
      let at = this.#from[this.#sym]!;
      for (let row = 0; row < rows; row++) {
        let end = at;
        while (bytes[end] !== 0) end++;
        if (this.#wanted.has(this.#pool.name(bytes, at, end))) picked[count++] = row;
        at = end + 1;
      }
      if (count < rows) wanted = picked.subarray(0, count);
    }
    if (this.skip === 0) return wanted;
    wanted ??= Int32Array.from({ length: rows }, (_, row) => row);
    const skipped = Math.min(this.skip, wanted.length);
    this.skip -= skipped;
    return wanted.subarray(skipped);
  }

  #long(bytes: Uint8Array, start: number, end: number, keep: boolean): number {
    const after = endOfObject(bytes, start, end);
    if (after === SHORT || !keep) return after;
    if (this.#head.fits(this.#view, start, after))
      this.#decoded(bytes.subarray(start + this.#head.length, after));
    else this.#options.others.other(bytes, start, after);
    return after;
  }

  /** Data in an unusual form, known to be sound or not: it is put into the usual one. */
  #decoded(data: Uint8Array): void {
    const found = columnsOf(decodeObject(data), this.#options.columns, this.#options.read);
    if (typeof found === "string") {
      this.#options.others.unread(found);
      return;
    }
    const usual = Buffer.concat(found.columns);
    let at = 0;
    for (const [i, column] of found.columns.entries()) {
      this.#from[i] = at;
      at += column.length;
      this.#to[i] = at;
    }
    this.#rows = found.rows;
    this.#look(usual);
    this.#append(usual);
  }
}

/** Where the data of a sound message (`upd;table;data) begins, -1 where it is another. */
export function dataOf(bytes: Uint8Array, start: number, table: string): number {
  const head = headOf("upd", table);
  return head.every((byte, i) => bytes[start + i] === byte) ? start + head.length : -1;
}

/** Where an object ends, SHORT where the bytes end first. @throws ProtocolError for no sound one */
export function endOfObject(bytes: Uint8Array, start: number, end: number): number {
  try {
    return check(end === bytes.length ? bytes : bytes.subarray(0, end), start).end;
  } catch (error) {
    if (error instanceof ProtocolError && error.code === "short") return SHORT;
    throw error;
  }
}
