/** q expressions over the rows of a table, as programs that go on from message to message. */
import { TYPE } from "../../../protocol/types.js";
import { KError } from "../../../protocol/values.js";
import type { Cells, Kept } from "../../language/values/recurrences.js";
import type { Column, Rows } from "../rows.js";
import type { State, Stateful, StateValue } from "../state.js";
import { Builder } from "./build.js";
import { type Definition, textOf } from "./expression.js";
import { listed, shown } from "./refusal.js";
import { Block, type Shared } from "./series.js";
import { Codes } from "./stateful.js";

export { type Definition, parseExpression } from "./expression.js";

/** Bytes that a program may remember. */
const MOST_BYTES = 2 ** 30;

/** Definitions checked against a table. What it remembers is kept by key; how the rows are cut means nothing. */
export interface Compiled extends Stateful {
  /** Columns of the table that the definitions, `by` and `time` need. */
  readonly reads: ReadonlySet<string>;
  /** By definition: the places of `code[places;...]` where that is all of it, else 0. */
  readonly codes: readonly number[];
  /** Bytes of what it remembers. */
  readonly bytes: number;
  /**
   * @param rows with the columns of `reads`; all rows of the feed, in order
   * @param keys codes of the rows' keys, 0.. in order of their first appearance
   * @returns by definition, an item a row, null is NaN; times in their own unit, and longs beyond 2^53 rounded. They are
   * good until the next call
   * @throws KError where a column is not what it was, or what would be remembered is more than may be
   */
  evaluate(rows: Rows, keys: Int32Array): readonly Float64Array[];
}

/**
 * @param definitions each may use those before it by name
 * @throws KError that names the definition, what is wrong with it, and what there is
 */
export function compile(
  definitions: readonly Definition[],
  columns: readonly Column[],
  by: string,
  time: string,
  mostBytes = MOST_BYTES,
): Compiled {
  const names = columns.map(({ name }) => name);
  for (const [role, name] of [
    ["by", by],
    ["time", time],
  ] as const)
    if (!names.includes(name))
      throw new KError(`feed: ${role}: no column ${shown(name)}; the table has ${listed(names)}`);
  return new Program(definitions, columns, [by, time], mostBytes, false);
}

/** Definitions over columns of floats, of which none remembers anything. */
export function compileFloats(definitions: readonly Definition[], names: readonly string[]): Compiled {
  return new Program(
    definitions,
    names.map((name) => ({ name, type: TYPE.float })),
    [],
    0,
    true,
  );
}

class Program implements Compiled {
  readonly reads: ReadonlySet<string>;
  readonly codes: readonly number[];
  readonly #block = new Block();
  readonly #parts: Builder;
  readonly #results: readonly Shared[];
  readonly #arrays: Float64Array[];
  readonly #empty: readonly Float64Array[];
  readonly #expressions: string;
  readonly #bytesAKey: number;
  /** Keys that have come, and that there is room for. */
  #keys = 0;
  #room = 0;

  /**
   * @param also columns that others read
   * @param lenient whether a float may be a condition
   */
  constructor(
    definitions: readonly Definition[],
    columns: readonly Column[],
    also: readonly string[],
    readonly mostBytes: number,
    lenient: boolean,
  ) {
    const parts = new Builder(this.#block, columns, lenient);
    this.#parts = parts;
    this.#results = definitions.map((definition) => parts.define(definition));
    this.codes = this.#results.map(({ inner }) => (inner instanceof Codes ? inner.n : 0));
    this.reads = new Set([...parts.columns.keys(), ...also]);
    this.#arrays = definitions.map(() => NOTHING);
    this.#empty = definitions.map(() => NOTHING);
    const types = [...parts.columns.values()].map(({ name, type }) => `${name} ${type}`);
    this.#expressions = JSON.stringify([types, definitions.map(({ name, tree }) => [name, textOf(tree)])]);
    this.#bytesAKey = parts.remembering.reduce((total, { recurrence }) => total + recurrence.bytesAKey, 0);
  }

  evaluate(rows: Rows, keys: Int32Array): readonly Float64Array[] {
    const { count } = rows;
    if (count === 0) return this.#empty;
    if (this.#bytesAKey > 0 && keys.length !== count)
      throw new KError(`feed: ${keys.length} keys for ${count} rows`);
    for (const column of this.#parts.columns.values()) column.load(rows);
    this.#reserve(keys);
    const block = this.#block;
    block.count = count;
    block.keys = keys;
    block.number++;
    // in order, so that what a definition uses has been worked out
    for (let i = 0; i < this.#results.length; i++) this.#arrays[i] = this.#results[i]!.result();
    if (this.bytes > this.mostBytes) throw this.#tooMuch(this.#keys, this.bytes);
    return this.#arrays;
  }

  get bytes(): number {
    return this.#room * this.#bytesAKey + this.#parts.codes.reduce((total, { bytes }) => total + bytes, 0);
  }

  #reserve(keys: Int32Array): void {
    if (this.#bytesAKey === 0) return;
    let most = -1;
    for (let i = 0; i < keys.length; i++) if (keys[i]! > most) most = keys[i]!;
    const needed = most + 1;
    if (needed > this.#keys) this.#keys = needed;
    if (needed <= this.#room) return;
    const allowed = Math.floor(this.mostBytes / this.#bytesAKey);
    if (needed > allowed) throw this.#tooMuch(needed, needed * this.#bytesAKey);
    this.#room = Math.min(allowed, Math.max(needed, Math.ceil(this.#room * GROWTH)));
    for (const { recurrence } of this.#parts.remembering) recurrence.reserve(this.#room);
  }

  #tooMuch(keys: number, bytes: number): KError {
    return new KError(
      `feed: what the features keep of ${keys} keys takes ${megabytes(bytes)} MB, at most ` +
        `${megabytes(this.mostBytes)} may be kept: fewer keys (syms), shorter windows or fewer codes`,
    );
  }

  save(): State {
    return {
      expressions: this.#expressions,
      keys: this.#keys,
      kept: this.#kept().map(({ items, width }) => ({ items: saved(items, this.#keys * width) })),
      codes: this.#parts.codes.map(({ names }) => ({ names })),
    };
  }

  load(state: State): void {
    const { expressions, keys, kept, codes: coded } = state;
    if (expressions !== this.#expressions)
      throw new KError("feed: what was saved is of other expressions or columns");
    const places = this.#kept();
    if (!isCount(keys) || !isStates(kept, places.length) || !isStates(coded, this.#parts.codes.length))
      throw broken();
    if (keys * this.#bytesAKey > this.mostBytes) throw broken();
    places.forEach((place, i) => {
      const items = kept[i]!.items;
      if (!isCells(items, place, keys)) throw broken();
      place.restore(items, keys);
    });
    this.#parts.codes.forEach((code, i) => {
      const names = coded[i]!.names;
      if (!isTexts(names) || names.length >= code.n) throw broken();
      code.names = names;
    });
    this.#keys = keys;
    this.#room = keys;
  }

  #kept(): Kept[] {
    return this.#parts.remembering.flatMap(({ recurrence }) => recurrence.kept);
  }
}

const NOTHING = new Float64Array(0);
/** Room for keys grows by so much. */
const GROWTH = 1.5;

const megabytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20);

const broken = (): KError => new KError("feed: what was saved of the features is not whole");

function saved(items: Cells, count: number): StateValue {
  return items.slice(0, count) as StateValue;
}

const isCount = (x: StateValue | undefined): x is number =>
  typeof x === "number" && Number.isSafeInteger(x) && x >= 0;

function isStates(x: StateValue | undefined, count: number): x is readonly State[] {
  return Array.isArray(x) && x.length === count && x.every((each) => typeof each === "object");
}

const isTexts = (x: StateValue | undefined): x is readonly string[] =>
  Array.isArray(x) && x.every((each) => typeof each === "string");

function isCells(x: StateValue | undefined, place: Kept, keys: number): x is Cells & StateValue {
  return (
    x instanceof (place.items.constructor as typeof Uint8Array) && (x as Cells).length === keys * place.width
  );
}
