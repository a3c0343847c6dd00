import { Func, type K, TYPE } from "../../../protocol/values.js";
import type { Adverb, LambdaCode } from "../parse/nodes.js";

/**
 * The evaluator's own functions. They are k values, so lists and dictionaries hold them like any other; their `body`
 * stays empty until `outward` (result.ts) makes something of them that can be sent.
 */

/** What the evaluator yields: a promise to wait for, or PAUSE to let others have their turn. */
export const PAUSE = Symbol("pause");
export type Run<T> = Generator<PromiseLike<K> | typeof PAUSE, T, K>;

/** What a primitive that calls functions needs of the evaluator. */
export interface Evaluation {
  apply(f: K, args: readonly K[]): Run<K>;
  /** As `apply`; a k error becomes what `handler` says: a function of its text, or a value. */
  trap(f: K, args: readonly K[], handler: K): Run<K>;
  /** The value of q text, in the user's names. */
  run(text: string): Run<K>;
  /** As `run`, the way a request is answered: commands are understood, and an assignment answers `::`. */
  request(text: string): Run<K>;
  /** Counts a step of work; true when it is time to yield PAUSE. */
  step(weight?: number): boolean;
  /** Keeps values that a generator holds while others run within the memory account; pair with `release`. */
  hold(values: readonly K[]): void;
  release(): void;
  /** A user's variable, undefined where there is none. */
  variable(name: string): K | undefined;
  assign(name: string, value: K): void;
  /** The names of the user's variables. */
  names(): string[];
  /** Every name that text may use. */
  knownNames(): string[];
  readonly console: Console;
}

/** How values print, and where. */
export interface Console {
  precision: number;
  width: number;
  height: number;
  print(text: string): void;
}

/** One row of the table of primitives. */
export interface Verb {
  readonly name: string;
  /** A keyword that stands between its operands, as `in` does. Operators all do. */
  readonly infix?: boolean;
  readonly one?: (x: K) => K;
  readonly two?: (x: K, y: K) => K;
  readonly three?: (x: K, y: K, z: K) => K;
  readonly four?: (x: K, y: K, z: K, w: K) => K;
  /** For primitives that call functions: stands before the above for the argument counts in `counts` (one, if none). */
  readonly run?: (q: Evaluation, args: readonly K[]) => Run<K>;
  /** For primitives that need the evaluation but call nothing: the same. */
  readonly act?: (q: Evaluation, args: readonly K[]) => K;
  readonly counts?: readonly number[];
}

export abstract class Callable extends Func {
  /** Arguments it takes; fewer in brackets make a projection. */
  abstract readonly rank: number;

  constructor(type: number) {
    super(type, NO_BODY);
  }
}

const NO_BODY = new Uint8Array(0);

/** An operator or keyword as a value. */
export class Primitive extends Callable {
  readonly rank: number;
  /** @param monadic the operator's one-argument form, written with a colon: `(#:)` */
  constructor(
    readonly verb: Verb,
    readonly monadic = false,
  ) {
    super(monadic || (!isInfix(verb) && verb.one !== undefined) ? TYPE.unary : TYPE.binary);
    this.rank = monadic ? 1 : isInfix(verb) ? 2 : Math.min(...argumentCounts(verb));
  }
}

/** Whether a primitive stands between its operands: operators do, and the keywords that say so. */
export const isInfix = (verb: Verb): boolean => verb.infix === true || !/^\.?[A-Za-z]/.test(verb.name);

/** The argument counts of a primitive that says none. */
export const ONE: readonly number[] = [1];

/** How many arguments a primitive takes. */
export function argumentCounts(verb: Verb): number[] {
  const direct = [verb.one, verb.two, verb.three, verb.four].flatMap((f, i) =>
    f === undefined ? [] : [i + 1],
  );
  return [...direct, ...(verb.run === undefined && verb.act === undefined ? [] : (verb.counts ?? ONE))];
}

/** A function from outside, of the k api, as a value. */
export class External extends Callable {
  constructor(
    readonly name: string,
    readonly rank: number,
  ) {
    super(TYPE.unary);
  }
}

export class Lambda extends Callable {
  readonly rank: number;
  constructor(readonly code: LambdaCode) {
    super(TYPE.lambda);
    this.rank = Math.max(1, code.params.length);
  }
}

/** A function with some arguments given; undefined stands for one still to come. */
export class Projection extends Callable {
  readonly rank: number;
  constructor(
    readonly target: K,
    readonly args: readonly (K | undefined)[],
    rank: number,
  ) {
    super(TYPE.projection);
    this.rank = rank;
  }
}

export class Composition extends Callable {
  readonly rank: number;
  constructor(
    readonly outer: K,
    readonly inner: K,
  ) {
    super(TYPE.composition);
    this.rank = inner instanceof Callable ? inner.rank : 1;
  }
}

const ADVERB_TYPE: Readonly<Record<Adverb, number>> = {
  "'": 106,
  "/": 107,
  "\\": 108,
  "':": 109,
  "/:": 110,
  "\\:": 111,
};

/** A function made by an adverb, such as `+/`. */
export class Derived extends Callable {
  readonly rank: number;
  constructor(
    readonly target: K,
    readonly adverb: Adverb,
  ) {
    super(ADVERB_TYPE[adverb]);
    this.rank =
      adverb === "'" && target instanceof Callable
        ? target.rank
        : adverb === "/:" || adverb === "\\:"
          ? 2
          : 1;
  }
}
