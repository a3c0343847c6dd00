/** Columns of tables, as a tickerplant moves them about: rows joined, rows picked, names and types checked. */
import * as k from "../../protocol/make.js";
import { WIDTH } from "../../protocol/types.js";
import { Atom, type K, KError, List, Symbols, Table, TYPE, Vector } from "../../protocol/values.js";

export type Column = Vector | Symbols;

/** Names and type numbers of a table's columns, in order. */
export type Schema = Readonly<Record<string, number>>;

export const rowsOf = (columns: readonly Column[]): number => columns[0]?.count ?? 0;

export const tableOf = (schema: Schema, columns: readonly Column[]): Table =>
  k.table(Object.keys(schema), columns);

/** A table without rows; `sym` is marked as grouped, as plants do. */
export function emptyTable(schema: Schema): Table {
  const GROUPED = 4;
  const columns = Object.entries(schema).map(([name, type]) =>
    k.vector(type, [], name === "sym" ? GROUPED : 0),
  );
  return k.table(Object.keys(schema), columns);
}

/** The rows at the positions. */
export function pick(column: Column, positions: readonly number[]): Column {
  if (column instanceof Symbols) return k.symbols(positions.map((i) => column.names[i]!));
  const width = WIDTH[column.type]!;
  const out = new Uint8Array(positions.length * width);
  for (const [to, from] of positions.entries())
    out.set(column.bytes.subarray(from * width, (from + 1) * width), to * width);
  return new Vector(column.type, out);
}

/** One column's pieces, one after the other. */
export function join(pieces: readonly Column[]): Column {
  const first = pieces[0]!;
  if (first instanceof Symbols) return k.symbols(pieces.flatMap((piece) => (piece as Symbols).names));
  return new Vector(first.type, Buffer.concat(pieces.map((piece) => (piece as Vector).bytes)));
}

/** A single row as q writes it: a list of atoms. */
export const atomsOf = (columns: readonly Column[]): List => k.list(columns.map((column) => k.at(column, 0)));

/**
 * What a feed handler has sent (a list of columns, a list of atoms for a single row, a table), by the schema.
 * @param time the time of rows that come without one
 * @throws KError length or type where it does not fit the schema
 */
export function columnsOf(schema: Schema, data: K, time: () => bigint): Column[] {
  const given = data instanceof Table ? data.values.items : data instanceof List ? data.items : undefined;
  if (given === undefined) throw new KError("type");
  const columns = given.map((x) => (x instanceof Atom ? k.vector(-x.type, [x.value]) : x));
  const types = Object.values(schema);
  const rows = columns[0] instanceof Vector || columns[0] instanceof Symbols ? columns[0].count : 0;
  if (types[0] === TYPE.timespan && columns.length === types.length - 1)
    columns.unshift(k.timespans(new Array<bigint>(rows).fill(time())));
  if (columns.length !== types.length) throw new KError("length");
  return columns.map((column, i) => {
    if (!(column instanceof Vector || column instanceof Symbols) || column.type !== types[i])
      throw new KError("type");
    if (column.count !== rows) throw new KError("length");
    return column;
  });
}
