import * as k from "../../../protocol/make.js";
import { Atom, type Dict, Func, isNull, type K, KError, Symbols, TYPE } from "../../../protocol/values.js";
import type { Node } from "../parse/nodes.js";
import { valueText } from "../text/format.js";
import { symbols } from "../values/arrays.js";
import { asLimit, type Budget, claim } from "../values/budget.js";
import {
  type Asker,
  argumentCounts,
  Call,
  Callable,
  Composition,
  type Console,
  Derived,
  type Evaluation,
  External,
  type Frame,
  isPromise,
  LATER,
  Lambda,
  ONE,
  Primitive,
  Projection,
  type Run,
} from "../values/functions.js";
import { ADVERBS } from "../values/received.js";
import { backtrace, MOST, placesOf } from "../values/trace.js";
import { symbolsOf, wholeNumber } from "../values/vectors.js";
import { derive } from "../verbs/adverbs.js";
import { valueIn } from "../verbs/higher.js";
import { indexAt, indexDeep } from "../verbs/indexing.js";
import { keywords, primitive } from "../verbs/table.js";
import { inward } from "./inward.js";
import { outward, weigh } from "./result.js";
import type { Workspace } from "./workspace.js";

/**
 * Applies functions of every kind to arguments. Every method that can meet a k api function is a generator, and yields
 * a promise only when a function answers one; until then the driver in run.ts runs it through without a pause.
 */
export abstract class Applier implements Evaluation {
  protected readonly frames: Frame[] = [];
  protected readonly held: (readonly K[])[] = [];
  readonly console: Console;

  constructor(
    readonly workspace: Workspace,
    readonly budget: Budget,
  ) {
    this.console = workspace.console;
  }

  /** The answer that is put off: what it is once it is given. */
  #deferred: { answer: K | KError | undefined } | undefined;

  abstract run(text: string): Run<K>;
  abstract evaluate(node: Node, frame: Frame | undefined): Run<K>;
  abstract request(text: string): Run<K>;
  protected abstract callLambda(target: Lambda, args: readonly K[]): Run<K>;

  /** Everything the request can reach, for the memory account. */
  *roots(): Iterable<K> {
    yield* this.workspace.variables.values();
    for (const frame of this.frames) yield* frame.locals.values();
    for (const values of this.held) yield* values;
  }

  step(weight = 1): boolean {
    return this.budget.step(weight);
  }

  hold(values: readonly K[]): void {
    this.held.push(values);
  }

  release(): void {
    this.held.pop();
  }

  variable(name: string): K | undefined {
    return this.workspace.lookup(name);
  }

  assign(name: string, value: K): void {
    this.workspace.assign(name, value);
  }

  forget(name: string): void {
    this.workspace.forget(name);
  }

  parse(text: string): readonly (Node | null)[] {
    return this.workspace.parse(text);
  }

  get asker(): Asker | undefined {
    return this.workspace.externals.asker;
  }

  get context(): string {
    return this.workspace.context;
  }

  set context(name: string) {
    this.workspace.context = name;
  }

  /** A function that a peer sent, as one that can be applied. */
  inward(x: K): K {
    return inward(x, (text) => this.workspace.parse(text));
  }

  backtrace(error: KError): K {
    const trp = primitive(".Q.trp")!;
    const outer = this.frames
      .slice(-MOST)
      .map((frame) => new Lambda(frame.code, frame.context))
      .reverse();
    return backtrace([...placesOf(error), trp, ...outer], (x) => valueText(x));
  }

  namesOf(name: string): K | undefined {
    const { variables } = this.workspace;
    return name === "" ? symbols(variables.namespaces()) : variables.namespace(name)?.keys;
  }

  functions(): Dict {
    return this.workspace.functions();
  }

  isKeyword(name: string): boolean {
    return keywords.has(name);
  }

  defer(): void {
    this.#deferred = { answer: undefined };
  }

  protected get isDeferred(): boolean {
    return this.#deferred !== undefined;
  }

  answer(value: K | KError): boolean {
    if (this.#deferred === undefined || this.#deferred.answer !== undefined) return false;
    this.#deferred.answer = value;
    return true;
  }

  /** The request's answer: what its text gives or, where that was put off, what it has answered by so far. */
  *answered<T>(run: Run<T>): Run<T | K | typeof LATER> {
    const value = yield* run;
    if (this.#deferred === undefined) return value;
    const { answer } = this.#deferred;
    if (answer === undefined) return LATER;
    if (answer instanceof KError) throw answer;
    return answer;
  }

  knownNames(): string[] {
    return this.workspace.names();
  }

  valueNamed(name: string): K | undefined {
    return this.workspace.variables.get(name) ?? this.workspace.lookup(name, "");
  }

  protected *applyBrackets(target: K, args: (K | undefined)[]): Run<K> {
    if (args.length === 1 && args[0] === undefined) return yield* this.apply(target, [k.NULL]);
    if (args.every((arg) => arg !== undefined)) {
      const given = args as K[];
      // in brackets an operator with one argument waits for its second
      if (target instanceof Primitive && given.length < target.rank) return this.project(target, given);
      return yield* this.apply(target, given);
    }
    if (target instanceof Callable) return this.project(target, args);
    return indexDeep(
      target,
      args.map((arg) => arg ?? k.NULL),
    );
  }

  protected project(target: Callable, args: readonly (K | undefined)[]): K {
    const missing = args.filter((arg) => arg === undefined).length;
    const counts = target instanceof Primitive ? argumentCounts(target.verb) : [target.rank];
    // a derived function takes as many arguments as it is given
    const given = target instanceof Derived ? args.length : 0;
    const rank = Math.max(target.rank, given, ...counts.filter((count) => count === args.length));
    if (args.length > rank) throw new KError("rank");
    return new Projection(target, args, rank - args.length + missing);
  }

  *apply(target: K, args: readonly K[]): Run<K> {
    if (target instanceof Primitive) return yield* this.#applyPrimitive(target, args);
    if (target instanceof External) return yield* this.#applyExternal(target, args);
    if (target instanceof Lambda) return yield* this.callLambda(target, args);
    if (target instanceof Projection) return yield* this.#applyProjection(target, args);
    if (target instanceof Derived) {
      if (target.waits(args.length)) return this.project(target, args);
      this.budget.enter();
      const value = yield* derive(this, target, args);
      this.budget.leave();
      return value;
    }
    if (target instanceof Composition) {
      const inner = yield* this.apply(target.inner, args);
      return yield* this.apply(target.outer, [inner]);
    }
    if (target === k.NULL || (target instanceof Func && target.type === TYPE.unary && target.body[0] === 0)) {
      if (args.length !== 1) throw new KError("rank");
      return args[0]!;
    }
    if (target instanceof Func && target.type === TYPE.iterator) {
      const adverb = ADVERBS[target.body[0]!];
      if (args.length === 2 && adverb === "'") return new Composition(args[0]!, this.inward(args[1]!));
      if (args.length !== 1 || adverb === undefined) throw new KError("rank");
      return new Derived(this.inward(args[0]!), adverb);
    }
    if (target instanceof Func) return yield* this.apply(this.inward(target), args);
    if (target instanceof Atom) return yield* this.#applyAtom(target, args);
    return args.length === 1 ? indexAt(target, args[0]!) : indexDeep(target, args);
  }

  *trap(f: K, args: readonly K[], handler: K | ((error: KError) => Run<K>)): Run<K> {
    const held = this.held.length;
    const frames = this.frames.length;
    const { depth } = this.budget;
    try {
      return yield* this.apply(f, args);
    } catch (thrown) {
      const error = asError(thrown);
      this.held.length = held;
      this.frames.length = frames;
      this.budget.depth = depth;
      if (typeof handler === "function") return yield* handler(error);
      return handler instanceof Func ? yield* this.apply(handler, [k.chars(error.message)]) : handler;
    }
  }

  /**
   * A symbol stands for the function of that name. An integer is a handle: 0 is the process itself, -1 and -2 print, the
   * session's own number asks it something, and negated sends it a message.
   */
  *#applyAtom(target: Atom, args: readonly K[]): Run<K> {
    if (target.type === -TYPE.symbol) {
      const named = this.workspace.lookup(target.value as string);
      if (named === undefined) throw new KError("type");
      return yield* this.apply(named, args);
    }
    if (target.type !== -TYPE.long && target.type !== -TYPE.int) throw new KError("type");
    if (args.length !== 1) throw new KError("rank");
    const handle = wholeNumber(target);
    const text = k.text(args[0]!);
    if (handle === 0) return yield* valueIn(this, args);
    if (Math.abs(handle) > 2) return yield* this.#send(handle, args[0]!);
    const lines = text !== undefined ? [text] : symbolsOrStrings(args[0]!);
    for (const line of lines) this.console.print(handle < 0 ? `${line}\n` : line);
    return target;
  }

  *#send(handle: number, message: K): Run<K> {
    if (this.asker === undefined || Math.abs(handle) !== this.asker.handle)
      throw new KError("nyi: handles other than .z.w");
    if (handle < 0) {
      this.asker.push(outward(message));
      return k.NULL;
    }
    // messages leave in order, so there is nothing to wait for
    if (isNull(message) || k.text(message) === "") return k.NULL;
    const answer = yield this.asker.ask(outward(message));
    claim(weigh([answer]));
    return answer;
  }

  *#applyPrimitive(target: Primitive, args: readonly K[]): Run<K> {
    const { verb } = target;
    const n = args.length;
    this.budget.primitive();
    if ((verb.run !== undefined || verb.act !== undefined) && (verb.counts ?? ONE).includes(n)) {
      return verb.act === undefined ? yield* verb.run!(this, args) : verb.act(this, args);
    }
    if (n === 2 && verb.two !== undefined && !target.monadic) return verb.two(args[0]!, args[1]!);
    if (n === 1 && verb.one !== undefined) return verb.one(args[0]!);
    if (n === 3 && verb.three !== undefined) return verb.three(args[0]!, args[1]!, args[2]!);
    if (n === 4 && verb.four !== undefined) return verb.four(args[0]!, args[1]!, args[2]!, args[3]!);
    if (n < target.rank) return this.project(target, args);
    throw new KError("rank");
  }

  *#applyExternal(target: External, args: readonly K[]): Run<K> {
    const call = callOf(target, args);
    if (call === undefined) return this.project(target, args);
    const answer = this.workspace.externals.call(call.name, call.args);
    if (answer === undefined) throw new KError(call.name);
    const value = isPromise(answer) ? yield answer : answer;
    claim(weigh([value]));
    return value;
  }

  *#applyProjection(target: Projection, args: readonly K[]): Run<K> {
    if (args.length > target.rank) throw new KError("rank");
    let used = 0;
    const filled = target.args.map((arg) => (arg === undefined ? args[used++] : arg));
    while (used < args.length) filled.push(args[used++]);
    const missing = target.rank - args.length;
    if (missing > 0) return new Projection(target.target, filled, missing);
    return yield* this.apply(target.target, filled as K[]);
  }
}

/**
 * The call that an application of a function from outside is, undefined where arguments are missing. A function of one
 * argument that gets several takes the list of them, as in `(`freeze;m;names)`.
 */
export function callOf({ rank, name }: External, args: readonly K[]): Call | undefined {
  if (args.length < rank) return undefined;
  if (rank > 1 && args.length > rank) throw new KError("rank");
  return new Call(name, args.length > rank ? [k.collapse(args)] : args);
}

/** What a trap catches: k errors, except those that end the whole request; others go on. */
function asError(thrown: unknown): KError {
  const error = asLimit(thrown);
  if (!(error instanceof KError) || error.message === "stop" || error.message === "limit") throw error;
  return error;
}

function symbolsOrStrings(x: K): readonly string[] {
  if (x instanceof Symbols) return symbolsOf(x);
  if ("items" in x && Array.isArray(x.items)) {
    return (x.items as K[]).map((item) => {
      const text = k.text(item);
      if (text === undefined) throw new KError("type");
      return text;
    });
  }
  throw new KError("type");
}
