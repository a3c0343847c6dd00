import { type Dict, Func, type K, type KError, TYPE } from "../../../protocol/values.js";
import type { Adverb, LambdaCode, Node } from "../parse/nodes.js";

/**
 * The evaluator's own functions. They are k values, so lists and dictionaries hold them like any other; their `body`
 * stays empty until `outward` (result.ts) makes something of them that can be sent.
 */

/** What the evaluator yields: a promise to wait for, or PAUSE to let others have their turn. */
export const PAUSE = Symbol("pause");
export type Run<T> = Generator<PromiseLike<K> | typeof PAUSE, T, K>;

export const isPromise = (x: K | PromiseLike<K>): x is PromiseLike<K> =>
  "then" in x && typeof x.then === "function";

/** The session behind a text, where there is one: what `.z.w`, `.z.u` and `.z.a` say, and what a message to it goes through. */
export interface Asker {
  /** The number under which a text knows the session; never 0. */
  readonly handle: number;
  readonly userName: string;
  /** Its IPv4 address as q's int. */
  readonly address: number;
  /**
   * Sends the session an asynchronous message.
   * @returns false when it is gone
   */
  push(value: K): boolean;
  /**
   * Sends the session a synchronous message.
   * @returns its answer; rejects with its k error, or with one where it gives none in time
   */
  ask(value: K): PromiseLike<K>;
  /**
   * Gives a session of the same user the answer that it has put off.
   * @throws KError (or a promise that rejects with one) where it has not
   */
  respond(handle: number, value: K | KError): K | PromiseLike<K>;
}

/** The names that a piece of text sees before the user's variables: those of the call in which it stands, or columns. */
export interface Frame {
  readonly code: LambdaCode;
  /** The namespace that global names belong to. */
  readonly context: string;
  readonly locals: Map<string, K>;
}

/** What a primitive that calls functions needs of the evaluator. */
export interface Evaluation {
  apply(f: K, args: readonly K[]): Run<K>;
  /** As `apply`; a k error becomes what `handler` says: a function of its text, or a value. */
  trap(f: K, args: readonly K[], handler: K | ((error: KError) => Run<K>)): Run<K>;
  /** Where a trapped error came from, and who trapped it, as `.Q.trp` hands it on. */
  backtrace(error: KError): K;
  /** The value of q text, in the user's names. */
  run(text: string): Run<K>;
  /** As `run`, the way a request is answered: commands are understood, and an assignment answers `::`. */
  request(text: string): Run<K>;
  /** The value of a part of a text. */
  evaluate(node: Node, frame: Frame | undefined): Run<K>;
  /** Reads q text. */
  parse(text: string): readonly (Node | null)[];
  /** Counts a step of work; true when it is time to yield PAUSE. */
  step(weight?: number): boolean;
  /** Keeps values that a generator holds while others run within the memory account; pair with `release`. */
  hold(values: readonly K[]): void;
  release(): void;
  /** What a name stands for where the request is, undefined where that is nothing. */
  variable(name: string): K | undefined;
  assign(name: string, value: K): void;
  /** Drops a variable of the user's. */
  forget(name: string): void;
  /** The namespace that a request's own names belong to: "" is the root, others begin with a dot. `\\d` changes it. */
  context: string;
  readonly asker: Asker | undefined;
  /** Puts off the answer to the request (`-30!(::)`). */
  defer(): void;
  /** Gives the answer, if it is this request's that was put off. */
  answer(value: K | KError): boolean;
  /** What a whole name stands for. */
  valueNamed(name: string): K | undefined;
  /** The names in a namespace ("" for the namespaces, "." for the root); undefined of what is none. */
  namesOf(namespace: string): K | undefined;
  /** The functions from outside by name. */
  functions(): Dict;
  isKeyword(name: string): boolean;
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

/** A call of a function from outside. As the outcome of a request it is left to whoever asked: its value is the answer. */
export class Call {
  constructor(
    readonly name: string,
    readonly args: readonly K[],
  ) {}
}

/** The outcome of a request whose answer is put off. */
export const LATER = Symbol("later");

/** What a text request ends in. */
export type Outcome = K | Call | typeof LATER;

export class Lambda extends Callable {
  readonly rank: number;
  /** @param context the namespace that its global names belong to, "" for the root */
  constructor(
    readonly code: LambdaCode,
    readonly context = "",
  ) {
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

  /** Whether it is a projection with so many arguments: each waits for all that its function takes, from two on. */
  waits(given: number): boolean {
    return this.adverb === "'" && given > 1 && given < this.rank;
  }
}
