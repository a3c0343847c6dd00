/** The unusual forms of what `upd` is given, put into the usual one: items of a table's columns, in the schema's order. */
import { encodeObject } from "../../../protocol/encode.js";
import { symbolBytes } from "../../../protocol/symbols.js";
import { TYPE, TYPE_NAMES, WIDTH } from "../../../protocol/types.js";
import { Atom, Dict, type K, List, Symbols, Table, Vector } from "../../../protocol/values.js";
import { at } from "../../../protocol/view.js";
import type { Column } from "../rows.js";

export interface Columns {
  readonly rows: number;
  /** By the schema: a column's items as bytes; of those that are not read, none. */
  readonly columns: readonly Uint8Array[];
}

const NOTHING = new Uint8Array(0);

/**
 * The columns of data in whatever form: a table or a dictionary by name; a list of columns, or of atoms, in the schema's
 * order; a vector, where all columns of the one row have its type.
 * @returns a text that says what it is not
 */
export function columnsOf(data: K, schema: readonly Column[], read: ReadonlySet<string>): Columns | string {
  const values = valuesOf(data, schema);
  if (typeof values === "string") return values;
  const counts = values
    .filter((x, i) => x !== undefined && !(x instanceof Atom) && read.has(schema[i]!.name))
    .map(countOf);
  const rows = counts.length === 0 ? 1 : counts[0]!;
  if (rows < 0) return "a column that is no vector";
  if (counts.some((count) => count !== rows)) return "columns of different counts";
  const columns: Uint8Array[] = [];
  for (const [i, column] of schema.entries()) {
    const value = values[i];
    if (!read.has(column.name)) columns.push(NOTHING);
    else if (value === undefined) return `no column ${column.name}`;
    else {
      const bytes = itemsOf(value, column.type, rows);
      if (bytes === undefined) return `column ${column.name} of another type than ${TYPE_NAMES[column.type]}`;
      columns.push(bytes);
    }
  }
  return { rows, columns };
}

/** A value for each column of the schema; those that are no value of a row or a column are undefined. */
function valuesOf(data: K, schema: readonly Column[]): readonly (K | undefined)[] | string {
  if (data instanceof Table || (data instanceof Dict && data.keys instanceof Symbols)) {
    const names = (data instanceof Table ? data.columns : (data.keys as Symbols)).names;
    const values = itemsIn(data.values);
    if (values === undefined) return "a dictionary that is no row";
    const byName = new Map(names.map((name, i) => [name, values[i]]));
    return schema.map(({ name }) => byName.get(name));
  }
  const values = itemsIn(data);
  if (values === undefined) return "no table and no list of columns";
  if (values.length !== schema.length) return `${values.length} columns where the table has ${schema.length}`;
  return values;
}

/** Columns of more are no row. */
const MOST_COLUMNS = 10_000;

function itemsIn(x: K): readonly K[] | undefined {
  if (x instanceof List && x.count <= MOST_COLUMNS) return x.items;
  if ((x instanceof Vector || x instanceof Symbols) && x.count <= MOST_COLUMNS)
    return Array.from({ length: x.count }, (_, i) => at(x, i));
  return undefined;
}

function countOf(x: K | undefined): number {
  return x instanceof Vector || x instanceof Symbols || x instanceof List ? x.count : -1;
}

/** Bytes that atoms repeated for each row may become. */
const REPEATED = 2 ** 26;

/** The items of a column as bytes; an atom stands for each row. */
function itemsOf(x: K, type: number, rows: number): Uint8Array | undefined {
  if (x instanceof Vector) return x.type === type ? x.bytes : undefined;
  if (x instanceof Symbols) return type === TYPE.symbol ? (x.bytes ?? symbolBytes(x.names)) : undefined;
  if (x instanceof List)
    return x.count === 0 && (WIDTH[type]! > 0 || type === TYPE.symbol) ? NOTHING : undefined;
  if (!(x instanceof Atom) || x.type !== -type) return undefined;
  const item = encodeObject(x).subarray(1);
  if (item.length * rows > REPEATED) return undefined;
  const out = new Uint8Array(item.length * rows);
  for (let row = 0; row < rows; row++) out.set(item, row * item.length);
  return out;
}
