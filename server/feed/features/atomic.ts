/** Verbs that work on each row by itself: the language's own, and of floats the plain loops that they come to. */

import * as k from "../../../protocol/make.js";
import { TYPE } from "../../../protocol/types.js";
import { type K, KError, Symbols, Vector } from "../../../protocol/values.js";
import type { Verb } from "../../language/values/functions.js";
import { findVerb } from "../../language/verbs/table.js";
import { type Block, Buffer, Constant, type Items, isAtom, Series, sample } from "./series.js";

type One = (x: Float64Array, out: Float64Array) => void;
type Two = (x: Float64Array, y: Float64Array, out: Float64Array) => void;

interface Atomic {
  readonly name: string;
  readonly one?: true;
  readonly two?: true;
  /** An argument that is the same for all rows: 0 the left one, 1 the right one, which may be a list. */
  readonly constant?: 0 | 1;
  /** The same for floats: bit for bit what the language's verb makes of them. */
  readonly floatOne?: One;
  readonly floatTwo?: Two;
}

const each =
  (f: (x: number) => number): One =>
  (x, out) => {
    for (let i = 0; i < x.length; i++) out[i] = f(x[i]!);
  };

const add: Two = (x, y, out) => {
  for (let i = 0; i < x.length; i++) out[i] = x[i]! + y[i]!;
};
const subtract: Two = (x, y, out) => {
  for (let i = 0; i < x.length; i++) out[i] = x[i]! - y[i]!;
};
const multiply: Two = (x, y, out) => {
  for (let i = 0; i < x.length; i++) out[i] = x[i]! * y[i]!;
};
const divide: Two = (x, y, out) => {
  for (let i = 0; i < x.length; i++) out[i] = x[i]! / y[i]!;
};
const lesser: Two = (x, y, out) => {
  for (let i = 0; i < x.length; i++) out[i] = x[i]! < y[i]! || Number.isNaN(x[i]!) ? x[i]! : y[i]!;
};
const greater: Two = (x, y, out) => {
  for (let i = 0; i < x.length; i++) out[i] = x[i]! > y[i]! || Number.isNaN(y[i]!) ? x[i]! : y[i]!;
};
const fill: Two = (x, y, out) => {
  for (let i = 0; i < x.length; i++) out[i] = Number.isNaN(y[i]!) ? x[i]! : y[i]!;
};
const negate: One = (x, out) => {
  for (let i = 0; i < x.length; i++) out[i] = -x[i]!;
};

const ATOMIC: readonly Atomic[] = [
  { name: "neg", one: true, floatOne: negate },
  { name: "abs", one: true, floatOne: each(Math.abs) },
  { name: "exp", one: true, floatOne: each(Math.exp) },
  { name: "log", one: true, floatOne: each(Math.log) },
  { name: "sqrt", one: true, floatOne: each(Math.sqrt) },
  { name: "reciprocal", one: true, floatOne: each((x) => 1 / x) },
  ...["sin", "cos", "tan", "asin", "acos", "atan"].map((name): Atomic => ({ name, one: true })),
  ...["floor", "ceiling", "signum", "not", "null"].map((name): Atomic => ({ name, one: true })),
  { name: "+", two: true, floatTwo: add },
  { name: "-", two: true, floatTwo: subtract },
  { name: "*", two: true, floatTwo: multiply },
  { name: "%", two: true, floatTwo: divide },
  ...["&", "and"].map((name): Atomic => ({ name, two: true, floatTwo: lesser })),
  ...["|", "or"].map((name): Atomic => ({ name, two: true, floatTwo: greater })),
  { name: "^", two: true, floatTwo: fill },
  ...["=", "<>", "<", ">", "<=", ">=", "div", "mod", "xexp", "xlog"].map(
    (name): Atomic => ({ name, two: true }),
  ),
  { name: "xbar", two: true, constant: 0 },
  { name: "$", two: true, constant: 0 },
  ...["in", "within", "like"].map((name): Atomic => ({ name, two: true, constant: 1 })),
];

const BY_NAME: ReadonlyMap<string, Atomic> = new Map(ATOMIC.map((row) => [row.name, row]));

export const isAtomic = (word: string): boolean => BY_NAME.has(word);
export const atomicNames = (): string[] => [...BY_NAME.keys()];

/** @throws KError without the expression's name */
export function atomic(block: Block, word: string, args: readonly Series[]): Series {
  const row = BY_NAME.get(word)!;
  const wanted = [...(row.one ? [1] : []), ...(row.two ? [2] : [])];
  if (!wanted.includes(args.length))
    throw new KError(`${word} takes ${wanted.join(" or ")} arguments, not ${args.length}`);
  args.forEach((arg, i) => {
    const fixed = arg instanceof Constant;
    if (i === row.constant && !fixed)
      throw new KError(`what stands ${SIDE[i]} of ${word} must be a constant`);
    if (fixed && !isAtom(arg.constant) && !(i === 1 && row.constant === 1))
      throw new KError(
        `a list of constants can only stand to the right of in, within and like, not with ${word}`,
      );
  });
  const verb = findVerb(word)!;
  const run = (values: readonly K[]): K =>
    values.length === 1 ? verb.one!(values[0]!) : verb.two!(values[0]!, values[1]!);
  const all = args.every((arg) => arg instanceof Constant);
  const values = args.map((arg) => (arg instanceof Constant ? arg.constant : sample(arg.type)));
  const result = tried(word, args, () => run(values));
  if (all) {
    if (!isAtom(result)) throw new KError(`${word} of constants is no single value`);
    return new Constant(block, result);
  }
  if (!(result instanceof Vector || result instanceof Symbols) || result.count !== 1)
    throw new KError(`${word} gives no single value for each row`);
  const plain =
    result.type === TYPE.float && args.every(({ type }) => type <= TYPE.float && type !== TYPE.guid);
  if (plain && row.floatOne !== undefined && args.length === 1)
    return new FloatOne(block, row.floatOne, args[0]!);
  if (plain && row.floatTwo !== undefined) return new FloatTwo(block, row.floatTwo, args[0]!, args[1]!);
  return new Applied(block, result.type, word, verb, args);
}

const SIDE = ["to the left", "to the right"];

/** Says of which types a verb would have nothing. */
function tried(word: string, args: readonly Series[], run: () => K): K {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof KError)) throw error;
    throw new KError(
      `${word} of ${args.map((arg) => typeName(arg.type)).join(" and ")} is '${error.message} in q`,
    );
  }
}

export const typeName = (type: number): string => NAMES[type] ?? `type ${type}`;
const NAMES: readonly string[] = Array.from({ length: 20 }, (_, type) =>
  type === TYPE.list ? "list" : (Object.entries(TYPE).find(([, number]) => number === type)?.[0] ?? ""),
);

class FloatOne extends Series {
  readonly #out = new Buffer<Float64Array>(TYPE.float);

  constructor(
    block: Block,
    readonly run: One,
    readonly x: Series,
  ) {
    super(block, TYPE.float);
  }

  override items(): Float64Array {
    const out = this.#out.of(this.block.count);
    this.run(this.x.floats(), out);
    return out;
  }
}

class FloatTwo extends Series {
  readonly #out = new Buffer<Float64Array>(TYPE.float);

  constructor(
    block: Block,
    readonly run: Two,
    readonly x: Series,
    readonly y: Series,
  ) {
    super(block, TYPE.float);
  }

  override items(): Float64Array {
    const out = this.#out.of(this.block.count);
    this.run(this.x.floats(), this.y.floats(), out);
    return out;
  }
}

/** A verb of the language as it is. */
class Applied extends Series {
  readonly #args: readonly Series[];
  readonly #verb: Verb;

  constructor(
    block: Block,
    type: number,
    readonly word: string,
    verb: Verb,
    args: readonly Series[],
  ) {
    super(block, type);
    this.#verb = verb;
    this.#args = args;
  }

  override value(): Vector | Symbols {
    const [x, y] = this.#args;
    const value = y === undefined ? this.#verb.one!(x!.value()) : this.#verb.two!(x!.value(), y.value());
    if (value.type !== this.type || k.count(value) !== this.block.count)
      throw new KError(
        `feed: ${this.word} gave ${typeName(value.type)} where it gave ${typeName(this.type)} before`,
      );
    return value as Vector | Symbols;
  }

  override items(): Items {
    const value = this.value();
    return value instanceof Symbols ? value.names : k.items(value);
  }
}

/** `?[test;x;y]`: of each row the one or the other. */
export class Choice extends Series {
  readonly #out: Buffer | undefined;

  /** @param test booleans */
  constructor(
    block: Block,
    readonly test: Series,
    readonly x: Series,
    readonly y: Series,
  ) {
    super(block, x.type === y.type ? x.type : TYPE.float);
    this.#out = this.type === TYPE.symbol ? undefined : new Buffer(this.type);
  }

  override items(): Items {
    const { count } = this.block;
    const test = this.test.items() as Uint8Array;
    const same = this.x.type === this.y.type;
    const x = same ? this.x.items() : this.x.floats();
    const y = same ? this.y.items() : this.y.floats();
    const out = (this.#out?.of(count) ?? new Array<string>(count)) as unknown as number[];
    for (let i = 0; i < count; i++) out[i] = (test[i] === 1 ? x[i] : y[i]) as number;
    return out as unknown as Items;
  }
}

/** Numbers that may stand for one another: all but times, symbols and the like. */
export const isNumber = (type: number): boolean =>
  type <= TYPE.float && type !== TYPE.guid && type !== TYPE.list;

/** @param lenient whether a test may be a float, true where it is neither 0 nor null @throws KError without the expression's name */
export function choice(block: Block, args: readonly Series[], lenient: boolean): Series {
  const [test, x, y] = args;
  if (test === undefined || x === undefined || y === undefined || args.length !== 3)
    throw new KError(`? takes a condition and two values here, as in ?[c;a;b]`);
  for (const arg of args)
    if (arg instanceof Constant && !isAtom(arg.constant))
      throw new KError("? takes single values, not a list of constants");
  if (x.type !== y.type && !(isNumber(x.type) && isNumber(y.type)))
    throw new KError(`? of ${typeName(x.type)} and ${typeName(y.type)}: both must be of one kind`);
  if (x.type === TYPE.guid) throw new KError("? of guids is not here");
  if (test.type === TYPE.boolean) return new Choice(block, test, x, y);
  if (!lenient) throw new KError(`the condition of ? is ${typeName(test.type)}, not boolean: say c<>0`);
  return new Choice(block, new Truth(block, test), x, y);
}

/** Floats as booleans. */
class Truth extends Series {
  readonly #out = new Buffer<Uint8Array>(TYPE.boolean);

  constructor(
    block: Block,
    readonly x: Series,
  ) {
    super(block, TYPE.boolean);
  }

  override items(): Uint8Array {
    const x = this.x.floats();
    const out = this.#out.of(this.block.count);
    for (let i = 0; i < x.length; i++) out[i] = x[i] !== 0 && !Number.isNaN(x[i]!) ? 1 : 0;
    return out;
  }
}
