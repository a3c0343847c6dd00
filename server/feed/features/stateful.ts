/** The functions that go on from row to row, by key, as if all rows of a key were one vector. */
import { ARRAY_OF, isFloating, TYPE } from "../../../protocol/types.js";
import { type K, KError } from "../../../protocol/values.js";
import { larger, smaller } from "../../language/values/moving.js";
import {
  Averages,
  CHANGES,
  differences,
  Fill,
  type Series as ItemSeries,
  Prior,
  productOf,
  QUOTIENTS,
  type Recurrence,
  Running,
  Shift,
  sumOf,
  zeroOf,
} from "../../language/values/recurrences.js";
import { add, divide, multiply, subtract } from "../../language/verbs/arithmetic.js";
import { EMA, MOVING, type Moving, totalOf, weightOf } from "../../language/verbs/windows.js";
import { typeName } from "./atomic.js";
import { type Block, Buffer, Constant, type Items, Series, sample } from "./series.js";

/** What stands to the left of a function: nothing, a number of rows, a weight. */
type Left = "none" | "rows" | "weight";

/** A row of the table: what it keeps for each key is what its recurrence keeps. */
interface Stateful extends Moving {
  readonly left: Left;
}

/** No window is longer. */
export const MOST_ROWS = 1_000_000;

const same = (type: number): number => {
  if (type === TYPE.guid || type === TYPE.list) throw new KError("type");
  return type;
};
const ordered = (type: number): number => {
  if (type === TYPE.symbol) throw new KError("type");
  return same(type);
};
const resultOf =
  (verb: (x: K, y: K) => K) =>
  (type: number): number =>
    verb(sample(type), sample(type)).type;
const sums = totalOf(add);
const prds = totalOf(multiply);
const deltas = resultOf(subtract);

const one = (
  name: string,
  out: (type: number) => number,
  make: (type: number) => Recurrence,
  floats = false,
): Stateful => ({ name, left: "none", out, floats, make });

/** The table: name, what stands to its left, result's type, state. */
const STATEFUL: readonly Stateful[] = [
  one("prev", same, (type) => new Shift(type, 1)),
  one("fills", same, (type) => new Fill(type)),
  one(
    "differ",
    (type) => same(type) && TYPE.boolean,
    (type) => new Prior(type, CHANGES),
  ),
  one("deltas", deltas, (type) => new Prior(type, differences(type, deltas(type)))),
  one("ratios", resultOf(divide), (type) => new Prior(type, QUOTIENTS), true),
  one("sums", sums, (type) => new Running(type, sums(type), sumOf(sums(type)), zeroOf(sums(type)))),
  one("prds", prds, (type) => new Running(type, prds(type), productOf(prds(type)))),
  one("maxs", ordered, (type) => new Running(type, type, isFloating(type) ? Math.max : larger)),
  one("mins", ordered, (type) => new Running(type, type, isFloating(type) ? Math.min : smaller)),
  one("avgs", EMA.out, () => new Averages(), true),
  ...MOVING.map((row): Stateful => ({ ...row, left: "rows" })),
  // of symbols the texts would be kept: of their codes there are numbers
  ...["xprev", "lag"].map(
    (name): Stateful => ({
      name,
      left: "rows",
      out: ordered,
      floats: false,
      make: (type, n) => new Shift(type, n),
    }),
  ),
  { ...EMA, left: "weight" },
];

const BY_NAME: ReadonlyMap<string, Stateful> = new Map(STATEFUL.map((row) => [row.name, row]));

export const isStateful = (word: string): boolean => BY_NAME.has(word);
export const statefulNames = (): string[] => [...BY_NAME.keys()];

/** A series that remembers. */
export class Remembering extends Series {
  readonly #out: Buffer | undefined;

  constructor(
    block: Block,
    type: number,
    readonly recurrence: Recurrence,
    readonly x: Series,
    readonly asFloats: boolean,
  ) {
    super(block, type);
    this.#out = type === TYPE.symbol ? undefined : new Buffer(type);
  }

  override items(): Items {
    const { count, keys } = this.block;
    const items = this.asFloats ? this.x.floats() : this.x.items();
    const out = this.#out?.of(count) ?? new Array<string>(count).fill("");
    this.recurrence.run(items, keys, out as ItemSeries);
    return out;
  }
}

/** @throws KError without the expression's name */
export function stateful(block: Block, word: string, args: readonly Series[]): Remembering {
  const row = BY_NAME.get(word)!;
  const wanted = row.left === "none" ? 1 : 2;
  if (args.length !== wanted)
    throw new KError(`${word} takes ${wanted} argument${wanted === 1 ? "" : "s"}, not ${args.length}`);
  const x = args.at(-1)!;
  if (x instanceof Constant) throw new KError(`${word} of a constant: there is nothing to go on from`);
  const left = row.left === "none" ? 0 : leftOf(row, args[0]!);
  let type: number;
  try {
    type = row.out(x.type);
  } catch (error) {
    if (!(error instanceof KError)) throw error;
    throw new KError(`${word} of ${typeName(x.type)} is '${error.message} in q`);
  }
  return new Remembering(block, type, row.make(row.floats ? TYPE.float : x.type, left), x, row.floats);
}

function leftOf(row: Stateful, x: Series): number {
  if (row.left === "rows") return rowsOf(row.name, x);
  const weight = x instanceof Constant && ARRAY_OF[x.type] !== undefined ? weightIn(x.constant) : Number.NaN;
  if (weight > 0 && weight <= 1) return weight;
  throw new KError(`${row.name} takes a weight above 0 and at most 1 to its left, a constant`);
}

const weightIn = (x: K): number => {
  try {
    return weightOf(x);
  } catch {
    return Number.NaN;
  }
};

/** A number of rows, a constant. */
function rowsOf(word: string, x: Series): number {
  const value = x instanceof Constant ? wholeIn(x.constant) : undefined;
  if (value !== undefined && value >= 1 && value <= MOST_ROWS) return value;
  throw new KError(`${word} takes a whole number of rows from 1 to ${MOST_ROWS}, a constant`);
}

/** The whole number in an atom of a whole type. */
export function wholeIn(x: K): number | undefined {
  if (!("value" in x) || x.type > -TYPE.byte || x.type < -TYPE.long) return undefined;
  return Number(x.value);
}

/**
 * `code[n;sym]`: symbols as places in a table of n, in order of their first appearance; the last place is for all that
 * come when the others are taken.
 */
export class Codes extends Series {
  readonly #out = new Buffer<Int32Array>(TYPE.int);
  #places = new Map<string, number>();
  bytes = 0;

  constructor(
    block: Block,
    readonly n: number,
    readonly x: Series,
  ) {
    super(block, TYPE.int);
  }

  override items(): Int32Array {
    const names = this.x.items() as readonly string[];
    const out = this.#out.of(this.block.count);
    for (let i = 0; i < out.length; i++) out[i] = this.#places.get(names[i]!) ?? this.#join(names[i]!);
    return out;
  }

  #join(name: string): number {
    const place = this.#places.size;
    if (place >= this.n - 1) return this.n - 1;
    this.#places.set(name, place);
    this.bytes += NAME_BYTES + 2 * name.length;
    return place;
  }

  get names(): readonly string[] {
    return [...this.#places.keys()];
  }

  set names(names: readonly string[]) {
    this.#places = new Map();
    this.bytes = 0;
    for (const name of names) this.#join(name);
  }
}

/** What V8 takes for a text and its place in a map. */
const NAME_BYTES = 80;

/** @throws KError without the expression's name */
export function codes(block: Block, args: readonly Series[]): Codes {
  const [n, x] = args;
  if (n === undefined || x === undefined || args.length !== 2)
    throw new KError("code takes a number of places and a symbol, as in code[64;sym]");
  if (x.type !== TYPE.symbol || x instanceof Constant)
    throw new KError(
      `code is of a column of symbols, not of ${x instanceof Constant ? "a constant" : typeName(x.type)}`,
    );
  const value = n instanceof Constant ? wholeIn(n.constant) : undefined;
  if (value === undefined || value < 1 || value > MOST_ROWS)
    throw new KError(`code takes a whole number of places from 1 to ${MOST_ROWS}, a constant`);
  return new Codes(block, value, x);
}
