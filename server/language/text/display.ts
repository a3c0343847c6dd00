import * as k from "../../../protocol/make.js";
import {
  type Atom,
  Dict,
  isNull,
  type K,
  List,
  Symbols,
  Table,
  TYPE,
  Vector,
} from "../../../protocol/values.js";
import { isVector, itemAt, slice } from "../values/vectors.js";
import { bareText, valueText } from "./format.js";

/** How much of a value the console shows. */
export interface DisplayOptions {
  /** Significant digits of floats, 0 for all (`\P`). */
  readonly precision: number;
  /** Columns and rows of the console (`\c`). */
  readonly width: number;
  readonly height: number;
}

export const CONSOLE: DisplayOptions = { precision: 7, width: 80, height: 25 };

/**
 * A value as the q console prints it: lines ended by a line feed, longer or more ones cut with `..`; nothing for `::`.
 */
export function display(x: K, options: DisplayOptions = CONSOLE): string {
  if (isNull(x)) return "";
  const room = Math.max(1, options.height - 2);
  const shown = new Layout(options.precision, options.width, room + 1).lines(x);
  const lines = shown.length > room ? [...shown.slice(0, room - 1), ".."] : shown;
  return lines.map((line) => `${cut(line, options.width)}\n`).join("");
}

const cut = (line: string, width: number): string =>
  line.length < width ? line : `${line.slice(0, Math.max(0, width - 3))}..`;

/** Vectors that print as one word, items not apart. */
const isPacked = (x: K): boolean =>
  x instanceof Vector && (x.type === TYPE.boolean || x.type === TYPE.byte || x.type === TYPE.char);
const isSequence = (x: K): x is Vector | Symbols | List => isVector(x) || x instanceof List;

const pad = (text: string, width: number): string => text + " ".repeat(Math.max(0, width - length(text)));
/** Characters, not UTF-16 units. */
function length(text: string): number {
  let count = text.length;
  // the second half of a pair belongs to the first
  if (SURROGATE.test(text))
    for (let i = 1; i < text.length; i++) if (isPair(text.charCodeAt(i - 1), text.charCodeAt(i))) count--;
  return count;
}
const SURROGATE = /[\ud800-\udfff]/;
const isPair = (high: number, low: number): boolean => high >> 10 === 0x36 && low >> 10 === 0x37;
const widest = (cells: readonly string[]): number =>
  cells.reduce((width, cell) => Math.max(width, length(cell)), 0);

class Layout {
  /** @param rows no more rows than this are worth laying out */
  constructor(
    readonly precision: number,
    readonly width: number,
    readonly rows: number,
  ) {}

  lines(x: K): string[] {
    if (x instanceof Table) return this.#table(x);
    if (x instanceof Dict) return this.#dict(x);
    if (x instanceof List && x.count > 0) return this.#rowCells(this.#head(x));
    return [this.#one(x)];
  }

  #one(x: K): string {
    return valueText(x, this.precision, this.width);
  }

  #head<T extends K>(x: T): T {
    return k.count(x) > this.rows ? (slice(x, 0, this.rows) as T) : x;
  }

  /** One text for each item of a list: the cells of a column, the lines of a list. */
  cells(x: K): string[] {
    if (x instanceof Table) return this.cells(k.list(this.#rowsOf(x)));
    if (x instanceof Symbols) return [...x.names];
    if (x instanceof Vector) {
      return Array.from({ length: Math.min(x.count, Math.max(this.width, this.rows)) }, (_, i) =>
        bareText(x.type, (k.at(x, i) as Atom).value, this.precision),
      );
    }
    if (!(x instanceof List)) return [this.#one(x)];
    return this.#isMatrix(x)
      ? this.#matrix(x.items.map((item) => this.cells(item)))
      : x.items.map((item) => this.#one(item));
  }

  /** As `cells`, of what has lines of its own: there the nulls of a matrix are blank. */
  #rowCells(x: K): string[] {
    return x instanceof List && this.#isMatrix(x)
      ? this.#matrix(x.items.map((item) => this.#columnCells(item)))
      : this.cells(x);
  }

  #rowsOf(x: Table): K[] {
    return Array.from({ length: k.count(x) }, (_, i) => itemAt(x, i));
  }

  /** Lists of one length line up; strings and packed vectors are words of their own. */
  #isMatrix(x: List): boolean {
    const first = x.items[0];
    if (first === undefined || !isSequence(first)) return false;
    const n = first.count;
    if (n === 0 || !x.items.every((item) => isSequence(item) && item.count === n)) return false;
    return !x.items.every((item) => isPacked(item) && item.type === first.type);
  }

  #matrix(rows: readonly string[][]): string[] {
    const columns = rows[0]!.length;
    const lines = rows.map(() => "");
    for (let j = 0; j < columns; j++) {
      const width = widest(rows.map((row) => row[j]!));
      rows.forEach((row, i) => {
        lines[i] += (j === 0 ? "" : " ") + pad(row[j]!, width);
      });
      if (lines[0]!.length > this.width) break;
    }
    return lines;
  }

  /** Columns under their names. */
  #grid(names: readonly string[], columns: readonly K[], rows: number): string[] {
    const lines = new Array<string>(rows + 2).fill("");
    columns.forEach((column, j) => {
      const cells = this.#columnCells(this.#head(column));
      const width = Math.max(length(names[j]!), widest(cells));
      const gap = j === 0 ? "" : " ";
      lines[0] += gap + pad(names[j]!, width);
      lines[1] += "-".repeat(gap.length + width);
      for (let i = 0; i < rows; i++) lines[i + 2] += gap + pad(cells[i]!, width);
    });
    return lines;
  }

  /** A null of a simple list is blank. */
  #columnCells(column: K): string[] {
    if (!(column instanceof Vector)) return this.cells(column);
    return Array.from({ length: Math.min(column.count, Math.max(this.width, this.rows)) }, (_, i) =>
      bareText(column.type, (k.at(column, i) as Atom).value, this.precision, ""),
    );
  }

  #table(x: Table): string[] {
    return this.#grid(x.columns.names, x.values.items, Math.min(k.count(x), this.rows));
  }

  #dict(x: Dict): string[] {
    const rows = Math.min(k.count(x), this.rows);
    if (x.values instanceof Table) {
      const right = this.#table(x.values);
      const left =
        x.keys instanceof Table ? this.#table(x.keys) : this.#unnamed(this.cells(this.#head(x.keys)));
      return left.map((line, i) => `${line}| ${right[i]}`);
    }
    const keys = this.cells(this.#head(x.keys)).slice(0, rows);
    const values = this.#rowCells(this.#head(x.values));
    const width = widest(keys);
    return keys.map((key, i) => `${pad(key, width)}| ${values[i]}`);
  }

  /** Keys that are no table, beside one: no name, and dashes under that. */
  #unnamed(cells: readonly string[]): string[] {
    const width = widest(cells);
    return [" ".repeat(width), "-".repeat(width), ...cells.map((cell) => pad(cell, width))];
  }
}
