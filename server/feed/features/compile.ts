/** q expressions over the rows of a table, as programs that go on from message to message. */
import * as k from "../../../protocol/make.js";
import { TYPE } from "../../../protocol/types.js";
import { type K, KError } from "../../../protocol/values.js";
import type { Node } from "../../language/parse/nodes.js";
import type { Cells, Kept } from "../../language/values/recurrences.js";
import type { Column, Rows } from "../rows.js";
import type { State, Stateful, StateValue } from "../state.js";
import { atomic, atomicNames, choice, isAtomic, typeName } from "./atomic.js";
import { callIn, type Definition, textOf } from "./expression.js";
import { listed, refusal, refusedWord, shown } from "./refusal.js";
import { Block, ColumnSeries, Constant, isAtom, type Series, Shared } from "./series.js";
import { type Codes, codes, isStateful, type Remembering, stateful, statefulNames } from "./stateful.js";

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
  readonly #columns = new Map<string, ColumnSeries>();
  readonly #remembering: Remembering[] = [];
  readonly #codes: Codes[] = [];
  readonly #results: Shared[] = [];
  readonly #named = new Map<string, Series>();
  readonly #arrays: Float64Array[];
  readonly #empty: readonly Float64Array[];
  readonly #expressions: string;
  readonly #bytesAKey: number;
  /** Keys that have come, and that there is room for. */
  #keys = 0;
  #room = 0;
  /** The definition at hand. */
  #name = "";

  /**
   * @param also columns that others read
   * @param lenient whether a float may be a condition
   */
  constructor(
    definitions: readonly Definition[],
    readonly columns: readonly Column[],
    also: readonly string[],
    readonly mostBytes: number,
    readonly lenient: boolean,
  ) {
    const places: number[] = [];
    for (const { name, tree } of definitions) {
      if (this.#named.has(name)) throw refusal(name, "there are two of that name");
      this.#name = name;
      const series = this.#series(tree);
      if (!isNumeric(series) || isList(series)) throw this.#refused(notANumber(series));
      const shared = new Shared(this.#block, series);
      this.#named.set(name, series instanceof Constant ? series : shared);
      this.#results.push(shared);
      const code = this.#codes.find((each) => each === series);
      places.push(code?.n ?? 0);
    }
    this.codes = places;
    this.reads = new Set([...this.#columns.keys(), ...also]);
    this.#arrays = definitions.map(() => NOTHING);
    this.#empty = definitions.map(() => NOTHING);
    const types = [...this.#columns.values()].map(({ name, type }) => `${name} ${type}`);
    this.#expressions = JSON.stringify([types, definitions.map(({ tree }) => textOf(tree))]);
    this.#bytesAKey = this.#remembering.reduce((total, { recurrence }) => total + recurrence.bytesAKey, 0);
  }

  evaluate(rows: Rows, keys: Int32Array): readonly Float64Array[] {
    const { count } = rows;
    if (count === 0) return this.#empty;
    if (this.#bytesAKey > 0 && keys.length !== count)
      throw new KError(`feed: ${keys.length} keys for ${count} rows`);
    for (const column of this.#columns.values()) column.load(rows);
    this.#reserve(keys);
    const block = this.#block;
    block.count = count;
    block.keys = keys;
    block.number++;
    // in order, so that what a definition uses has been worked out
    for (let i = 0; i < this.#results.length; i++) this.#arrays[i] = this.#results[i]!.result();
    return this.#arrays;
  }

  get bytes(): number {
    return this.#room * this.#bytesAKey + this.#codes.reduce((total, { bytes }) => total + bytes, 0);
  }

  #reserve(keys: Int32Array): void {
    if (this.#bytesAKey === 0) return;
    let most = -1;
    for (let i = 0; i < keys.length; i++) if (keys[i]! > most) most = keys[i]!;
    const needed = most + 1;
    if (needed > this.#keys) this.#keys = needed;
    if (needed <= this.#room) return;
    const allowed = Math.floor(this.mostBytes / this.#bytesAKey);
    if (needed > allowed)
      throw new KError(
        `feed: what the features keep of ${needed} keys takes ${megabytes(needed * this.#bytesAKey)} MB, at most ` +
          `${megabytes(this.mostBytes)} may be kept: fewer keys (syms) or shorter windows`,
      );
    this.#room = Math.min(allowed, Math.max(needed, Math.ceil(this.#room * GROWTH)));
    for (const { recurrence } of this.#remembering) recurrence.reserve(this.#room);
  }

  save(): State {
    return {
      expressions: this.#expressions,
      keys: this.#keys,
      kept: this.#kept().map(({ items, width }) => ({ items: saved(items, this.#keys * width) })),
      codes: this.#codes.map(({ names }) => ({ names })),
    };
  }

  load(state: State): void {
    const { expressions, keys, kept, codes: coded } = state;
    if (expressions !== this.#expressions)
      throw new KError("feed: what was saved is of other expressions or columns");
    const places = this.#kept();
    if (!isCount(keys) || !isStates(kept, places.length) || !isStates(coded, this.#codes.length))
      throw broken();
    if (keys * this.#bytesAKey > this.mostBytes) throw broken();
    places.forEach((place, i) => {
      const items = kept[i]!.items;
      if (!isCells(items, place, keys)) throw broken();
      place.restore(items, keys);
    });
    this.#codes.forEach((code, i) => {
      const names = coded[i]!.names;
      if (!isTexts(names) || names.length >= code.n) throw broken();
      code.names = names;
    });
    this.#keys = keys;
    this.#room = keys;
  }

  #kept(): Kept[] {
    return this.#remembering.flatMap(({ recurrence }) => recurrence.kept);
  }

  #refused(what: string): KError {
    return refusal(this.#name, what);
  }

  #series(node: Node): Series {
    switch (node.kind) {
      case "value":
        return new Constant(this.#block, node.value);
      case "name":
        return this.#column(node.name);
      case "list":
        return this.#list(node.items);
      case "verb":
        throw this.#refused(`${node.name} stands alone, without what it works on`);
      default:
        return this.#call(node);
    }
  }

  #column(name: string): Series {
    const known = this.#named.get(name) ?? this.#columns.get(name);
    if (known !== undefined) return known;
    const column = this.columns.find((each) => each.name === name);
    if (column === undefined) {
      const names = this.columns.map((each) => each.name);
      throw this.#refused(`no column ${shown(name)}; the table has ${listed(names)}${this.#before()}`);
    }
    if (column.type < TYPE.boolean || column.type > TYPE.time || column.type === 3)
      throw this.#refused(`column ${name} is one of lists; only columns of one type can be worked with`);
    const series = new ColumnSeries(this.#block, name, column.type);
    this.#columns.set(name, series);
    return series;
  }

  #before(): string {
    const names = [...this.#named.keys()];
    return names.length === 0 ? "" : `, and before it there are ${listed(names)}`;
  }

  #list(items: readonly (Node | null)[]): Series {
    const values: K[] = [];
    for (const item of items) {
      const series = item === null ? undefined : this.#series(item);
      if (!(series instanceof Constant)) throw this.#refused("a list can only be made of constants");
      values.push(series.constant);
    }
    return new Constant(this.#block, k.collapse(values));
  }

  #call(node: Node): Series {
    const call = callIn(node);
    if (call === undefined) throw this.#refused(refusedNode(node));
    const { word } = call;
    const known = isAtomic(word) || isStateful(word) || word === "code" || word === "?";
    if (word === "ahead")
      throw this.#refused("ahead looks into the future: it can only stand in a label (y)");
    if (!known)
      throw this.#refused(
        this.#named.has(word) || this.#has(word)
          ? `${shown(word)} is no function`
          : refusedWord(word, [...atomicNames(), "?", ...statefulNames(), "code"]),
      );
    const args = call.args.map((arg) => {
      if (arg === null) throw this.#refused(`an argument of ${word} is left out`);
      return this.#series(arg);
    });
    try {
      return this.#applied(word, args);
    } catch (error) {
      throw error instanceof KError ? this.#refused(error.message) : error;
    }
  }

  #has(name: string): boolean {
    return this.columns.some((column) => column.name === name);
  }

  #applied(word: string, args: readonly Series[]): Series {
    if (word === "code") {
      const series = codes(this.#block, args);
      this.#codes.push(series);
      return series;
    }
    if (isStateful(word)) {
      const series = stateful(this.#block, word, args);
      this.#remembering.push(series);
      return series;
    }
    if (word === "$" && args.length > 2) throw new KError(refusedWord(word));
    if (word === "?") return choice(this.#block, args, this.lenient);
    return atomic(this.#block, word, args);
  }
}

const NOTHING = new Float64Array(0);
/** Room for keys grows by so much. */
const GROWTH = 1.5;

const megabytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20);

/** What it is that cannot be had: the expression itself, or what stands in the place of its function. */
function refusedNode(node: Node): string {
  const head = node.kind === "dyadic" ? node.verb : "target" in node ? node.target : node;
  const [only, more] = head.kind === "block" ? head.items : [head];
  const inner = more === undefined ? (only ?? head) : head;
  return REFUSED[node.kind] ?? REFUSED[inner.kind] ?? "only functions of a row can be applied";
}

/** Why other things that q can read are not here. */
const REFUSED: Readonly<Record<string, string>> = {
  lambda: "functions of one's own ({...}) are not here: say what they do, a name for each step",
  derive:
    "adverbs (' / \\ and their like) are not here; sums, maxs, deltas and their like go on from row to row",
  compose: "functions without what they work on are not here",
  assign: "an assignment is not here: give the expression a name of its own",
  query: "a query is not here: expressions see the columns of the feed's table",
  block: "brackets around several expressions are not here",
  table: "a table is not here",
  dict: "a dictionary is not here",
  return: "a return is not here",
  signal: "an error of one's own is not here",
};

const isNumeric = ({ type }: Series): boolean =>
  type !== TYPE.symbol && type !== TYPE.char && type !== TYPE.guid && type > 0 && type <= TYPE.time;

const isList = (x: Series): boolean => x instanceof Constant && !isAtom(x.constant);

function notANumber(x: Series): string {
  const { type } = x;
  if (isList(x)) return "is a list of constants, not a number for each row";
  if (type === TYPE.symbol)
    return "is a symbol, not a number; code[64;x] makes places of an embedding of symbols";
  return `is a ${typeName(type)}, not a number; comparing it, as with =, gives one`;
}

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
    (Array.isArray(x) || ArrayBuffer.isView(x)) &&
    x.constructor === place.items.constructor &&
    (x as Cells).length === keys * place.width
  );
}
