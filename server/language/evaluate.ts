import * as k from "../../protocol/make.js";
import { Atom, Dict, Func, type K, KError, Symbols, Table, TYPE } from "../../protocol/values.js";
import { derive } from "./adverbs.js";
import { amend } from "./amend.js";
import type { Budget } from "./budget.js";
import {
  argumentCounts,
  Callable,
  type Caller,
  Composition,
  type Console,
  Derived,
  HostFunction,
  Lambda,
  ONE,
  PAUSE,
  Primitive,
  Projection,
  type Run,
} from "./functions.js";
import { indexAt, indexDeep } from "./indexing.js";
import type { LanguageSession } from "./session.js";
import type { Column, LambdaCode, Node } from "./syntax.js";
import { gather, repeat, symbolsOf, wholeNumber } from "./vectors.js";
import { findVerb } from "./verbs.js";

/** One call of a lambda: its names and what they hold. */
interface Frame {
  readonly code: LambdaCode;
  readonly locals: Map<string, K>;
}

/** Thrown by `:x` and caught by the call it returns from. */
class Return {
  constructor(readonly value: K) {}
}

/**
 * Walks the tree of one text request. Every method that can meet a k api function is a generator, and yields a promise
 * only when a function answers one; until then the driver in session.ts runs it through without a pause.
 */
export class Evaluator implements Caller {
  readonly #frames: Frame[] = [];
  readonly #held: (readonly K[])[] = [];
  readonly console: Console;

  constructor(
    readonly session: LanguageSession,
    readonly budget: Budget,
  ) {
    this.console = session.console;
  }

  /** Everything the request can reach, for the memory account. */
  *roots(): Iterable<K> {
    yield* this.session.variables.values();
    for (const frame of this.#frames) yield* frame.locals.values();
    for (const values of this.#held) yield* values;
  }

  step(weight = 1): boolean {
    return this.budget.step(weight);
  }

  hold(values: readonly K[]): void {
    this.#held.push(values);
  }

  release(): void {
    this.#held.pop();
  }

  variable(name: string): K | undefined {
    return this.session.lookup(name);
  }

  assign(name: string, value: K): void {
    this.session.assign(name, value);
  }

  names(): string[] {
    return [...this.session.variables.keys()];
  }

  *run(text: string): Run<K> {
    return yield* this.program(this.session.parse(text));
  }

  *program(statements: readonly (Node | null)[]): Run<K> {
    try {
      return yield* this.#statements(statements, undefined);
    } catch (thrown) {
      if (thrown instanceof Return) return thrown.value;
      throw thrown;
    }
  }

  *#statements(nodes: readonly (Node | null)[], frame: Frame | undefined): Run<K> {
    let value: K = k.NULL;
    for (const node of nodes) value = node === null ? k.NULL : yield* this.#eval(node, frame);
    return value;
  }

  /** The value of a node that needs no work, undefined of any other. */
  #leaf(node: Node, frame: Frame | undefined): K | undefined {
    if (node.kind === "value") return node.value;
    if (node.kind === "name") return this.#name(node.name, frame);
    if (node.kind === "verb") return primitive(node.name);
    if (node.kind === "lambda") return new Lambda(node.code);
    return undefined;
  }

  #name(name: string, frame: Frame | undefined): K {
    const local = frame?.locals.get(name);
    if (local !== undefined) return local;
    if (name === ".z.s" && frame !== undefined) return new Lambda(frame.code);
    if (frame?.code.locals.has(name)) return k.EMPTY;
    const dot = name.indexOf(".", 1);
    if (dot > 0) {
      const holder = frame?.locals.get(name.slice(0, dot));
      if (holder !== undefined)
        return indexDeep(
          holder,
          name
            .slice(dot + 1)
            .split(".")
            .map(k.symbol),
        );
    }
    const value = this.session.lookup(name);
    if (value === undefined) throw new KError(name);
    return value;
  }

  *#eval(node: Node, frame: Frame | undefined): Run<K> {
    const leaf = this.#leaf(node, frame);
    if (leaf !== undefined) return leaf;
    if (this.budget.step()) yield PAUSE;
    switch (node.kind) {
      case "dyadic": {
        const right = this.#leaf(node.right, frame) ?? (yield* this.#eval(node.right, frame));
        this.hold([right]);
        const left = this.#leaf(node.left, frame) ?? (yield* this.#eval(node.left, frame));
        this.release();
        const verb = this.#leaf(node.verb, frame) ?? (yield* this.#eval(node.verb, frame));
        return yield* this.apply(verb, [left, right]);
      }
      case "juxtapose": {
        const arg = this.#leaf(node.arg, frame) ?? (yield* this.#eval(node.arg, frame));
        this.hold([arg]);
        const target = this.#leaf(node.target, frame) ?? (yield* this.#eval(node.target, frame));
        this.release();
        return yield* this.apply(target, [arg]);
      }
      case "apply": {
        const args = yield* this.#arguments(node.args, frame);
        const target = this.#leaf(node.target, frame) ?? (yield* this.#eval(node.target, frame));
        return yield* this.#applyBrackets(target, args);
      }
      case "list":
        return yield* this.#list(node.items, frame);
      case "assign":
        return yield* this.#assign(node, frame);
      case "block":
        return yield* this.#statements(node.items, frame);
      case "derive":
        return new Derived(yield* this.#eval(node.target, frame), node.adverb);
      case "compose": {
        const inner = yield* this.#eval(node.inner, frame);
        const outer = yield* this.#eval(node.outer, frame);
        return inner === k.NULL ? outer : new Composition(outer, inner);
      }
      case "control":
        return yield* this.#control(node.word, node.args, frame);
      case "table":
        return yield* this.#table(node.keys, node.columns, frame);
      case "dict": {
        const { names, values } = yield* this.#columns(node.entries, frame);
        return k.dict(names, gather(values));
      }
      case "return":
        throw new Return(yield* this.#eval(node.value, frame));
      case "signal":
        throw new KError(signalText(yield* this.#eval(node.value, frame)));
      default:
        throw new KError("nyi");
    }
  }

  /** Arguments from the right, as q evaluates them; undefined stands for an elided one. */
  *#arguments(nodes: readonly (Node | null)[], frame: Frame | undefined): Run<(K | undefined)[]> {
    const args = new Array<K | undefined>(nodes.length).fill(undefined);
    const held: K[] = [];
    this.hold(held);
    for (let i = nodes.length - 1; i >= 0; i--) {
      const node = nodes[i];
      if (node == null) continue;
      const value = this.#leaf(node, frame) ?? (yield* this.#eval(node, frame));
      args[i] = value;
      held.push(value);
    }
    this.release();
    return args;
  }

  *#list(nodes: readonly (Node | null)[], frame: Frame | undefined): Run<K> {
    const items = yield* this.#arguments(nodes, frame);
    return gather(items.map((item) => item ?? k.NULL));
  }

  *#applyBrackets(target: K, args: (K | undefined)[]): Run<K> {
    if (args.length === 1 && args[0] === undefined) return yield* this.apply(target, [k.NULL]);
    if (args.every((arg) => arg !== undefined)) {
      const given = args as K[];
      // in brackets an operator with one argument waits for its second
      if (target instanceof Primitive && given.length < target.rank) return this.#project(target, given);
      return yield* this.apply(target, given);
    }
    if (target instanceof Callable) return this.#project(target, args);
    return indexDeep(
      target,
      args.map((arg) => arg ?? k.NULL),
    );
  }

  #project(target: Callable, args: readonly (K | undefined)[]): K {
    const missing = args.filter((arg) => arg === undefined).length;
    const counts = target instanceof Primitive ? argumentCounts(target.verb) : [target.rank];
    const rank = Math.max(target.rank, ...counts.filter((count) => count === args.length));
    if (args.length > rank) throw new KError("rank");
    return new Projection(target, args, rank - args.length + missing);
  }

  *apply(target: K, args: readonly K[]): Run<K> {
    if (target instanceof Primitive) return yield* this.#applyPrimitive(target, args);
    if (target instanceof HostFunction) return yield* this.#applyHost(target, args);
    if (target instanceof Lambda) return yield* this.#applyLambda(target, args);
    if (target instanceof Projection) return yield* this.#applyProjection(target, args);
    if (target instanceof Derived) {
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
    if (target instanceof Func) throw new KError("nyi: functions that a peer sent");
    if (target instanceof Atom) return yield* this.#applyAtom(target, args);
    return args.length === 1 ? indexAt(target, args[0]!) : indexDeep(target, args);
  }

  *trap(f: K, args: readonly K[], handler: K): Run<K> {
    const held = this.#held.length;
    const frames = this.#frames.length;
    const { depth } = this.budget;
    try {
      return yield* this.apply(f, args);
    } catch (thrown) {
      const error = asError(thrown);
      this.#held.length = held;
      this.#frames.length = frames;
      this.budget.depth = depth;
      return handler instanceof Func ? yield* this.apply(handler, [k.chars(error.message)]) : handler;
    }
  }

  /** A symbol stands for the function of that name; -1 and -2 print; other integers would be handles. */
  *#applyAtom(target: Atom, args: readonly K[]): Run<K> {
    if (target.type === -TYPE.symbol) {
      const named = this.session.lookup(target.value as string);
      if (named === undefined) throw new KError("type");
      return yield* this.apply(named, args);
    }
    if (target.type !== -TYPE.long && target.type !== -TYPE.int) throw new KError("type");
    const handle = wholeNumber(target);
    const text = k.text(args[0]!);
    if (Math.abs(handle) > 2 || handle === 0) throw new KError("nyi: handles");
    const lines = text !== undefined ? [text] : symbolsOrStrings(args[0]!);
    for (const line of lines) this.console.print(handle < 0 ? `${line}\n` : line);
    return target;
  }

  *#applyPrimitive(target: Primitive, args: readonly K[]): Run<K> {
    const { verb } = target;
    const n = args.length;
    if ((verb.run !== undefined || verb.act !== undefined) && (verb.counts ?? ONE).includes(n)) {
      return verb.act === undefined ? yield* verb.run!(this, args) : verb.act(this, args);
    }
    if (n === 2 && verb.two !== undefined && !target.monadic) return verb.two(args[0]!, args[1]!);
    if (n === 1 && verb.one !== undefined) return verb.one(args[0]!);
    if (n === 3 && verb.three !== undefined) return verb.three(args[0]!, args[1]!, args[2]!);
    if (n === 4 && verb.four !== undefined) return verb.four(args[0]!, args[1]!, args[2]!, args[3]!);
    if (n < target.rank) return this.#project(target, args);
    throw new KError("rank");
  }

  /** A function of one argument that gets several takes the list of them, as in `(`freeze;m;names)`. */
  *#applyHost(target: HostFunction, args: readonly K[]): Run<K> {
    const { rank, name } = target;
    if (args.length < rank) return this.#project(target, args);
    if (rank > 1 && args.length > rank) throw new KError("rank");
    const answer = this.session.host.call(name, args.length > rank ? [k.collapse(args)] : args);
    if (answer === undefined) throw new KError(name);
    return isPromise(answer) ? yield answer : answer;
  }

  *#applyLambda(target: Lambda, args: readonly K[]): Run<K> {
    const { code } = target;
    if (args.length > target.rank) throw new KError("rank");
    if (args.length < target.rank) return this.#project(target, args);
    const locals = new Map<string, K>();
    for (let i = 0; i < code.params.length; i++) locals.set(code.params[i]!, args[i]!);
    const frame = { code, locals };
    const held = this.#held.length;
    const { depth } = this.budget;
    this.budget.enter();
    this.#frames.push(frame);
    try {
      return yield* this.#statements(code.body, frame);
    } catch (thrown) {
      if (!(thrown instanceof Return)) throw thrown;
      return thrown.value;
    } finally {
      this.#frames.pop();
      this.#held.length = held;
      this.budget.depth = depth;
    }
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

  *#control(word: string, args: readonly (Node | null)[], frame: Frame | undefined): Run<K> {
    const [first, ...rest] = args;
    if (first == null) throw new KError(word);
    if (word === "$") {
      for (let i = 0; i + 1 < args.length; i += 2) {
        const test = args[i];
        if (test == null || isTrue(yield* this.#eval(test, frame)))
          return yield* this.#statements([args[i + 1]!], frame);
      }
      return args.length % 2 === 0 ? k.NULL : yield* this.#statements([args.at(-1)!], frame);
    }
    if (word === "if") {
      if (isTrue(yield* this.#eval(first, frame))) yield* this.#statements(rest, frame);
      return k.NULL;
    }
    const times = word === "do" ? wholeNumber(yield* this.#eval(first, frame)) : Number.POSITIVE_INFINITY;
    for (let i = 0; i < times; i++) {
      if (word === "while" && !isTrue(yield* this.#eval(first, frame))) break;
      if (this.budget.step()) yield PAUSE;
      yield* this.#statements(rest, frame);
    }
    return k.NULL;
  }

  *#assign(node: Node & { kind: "assign" }, frame: Frame | undefined): Run<K> {
    const value = this.#leaf(node.value, frame) ?? (yield* this.#eval(node.value, frame));
    const { name } = node;
    const local =
      frame !== undefined && !node.global && (frame.code.locals.has(name) || frame.locals.has(name));
    const store = (x: K): void => {
      if (local) frame.locals.set(name, x);
      else this.session.assign(name, x);
    };
    if (node.verb === null && node.index.length === 0) {
      store(value);
      return value;
    }
    const index = (yield* this.#arguments(node.index, frame)).map((arg) => arg ?? k.NULL);
    const old = (local ? frame.locals.get(name) : undefined) ?? this.session.lookup(name);
    if (old === undefined || old instanceof HostFunction) throw new KError(name);
    const verb = node.verb === null ? null : yield* this.#eval(node.verb, frame);
    store(yield* amend(this, old, index, verb, value));
    return node.verb === null ? value : k.NULL;
  }

  *#columns(columns: readonly Column[], frame: Frame | undefined): Run<{ names: Symbols; values: K[] }> {
    const values = yield* this.#arguments(
      columns.map((column) => column.value),
      frame,
    );
    const names = columns.map((column) => column.name);
    return { names: new Symbols(names.length, names), values: values as K[] };
  }

  *#table(keys: readonly Column[] | null, columns: readonly Column[], frame: Frame | undefined): Run<K> {
    const { names, values } = yield* this.#columns([...(keys ?? []), ...columns], frame);
    const sizes = values.filter((value) => !(value instanceof Atom)).map(k.count);
    const rows = sizes[0];
    if (rows === undefined) throw new KError("rank");
    if (sizes.some((size) => size !== rows)) throw new KError("length");
    const full = values.map((value) => (value instanceof Atom ? repeat(value, rows) : value));
    const part = (from: number, to: number) =>
      new Table(k.symbols(names.names.slice(from, to)), k.list(full.slice(from, to)));
    const cut = keys?.length ?? 0;
    if (cut === 0) return part(0, full.length);
    return new Dict(part(0, cut), part(cut, full.length));
  }
}

/** What a trap catches: k errors, except those that end the whole request; others go on. */
function asError(thrown: unknown): KError {
  if (thrown instanceof RangeError && thrown.message.includes("call stack")) return new KError("stack");
  if (!(thrown instanceof KError) || thrown.message === "stop" || thrown.message === "limit") throw thrown;
  return thrown;
}

const primitives = new Map<string, Primitive>();

/** A primitive by its name; an operator with a colon behind it is its one-argument form. */
function primitive(name: string): Primitive {
  let found = primitives.get(name);
  if (found === undefined) {
    const monadic = name.length > 1 && name.endsWith(":") && !/^[0-2]/.test(name);
    const verb = findVerb(monadic ? name.slice(0, -1) : name);
    if (verb === undefined) throw new KError(`nyi: ${name}`);
    found = new Primitive(verb, monadic);
    primitives.set(name, found);
  }
  return found;
}

const isPromise = (x: K | PromiseLike<K>): x is PromiseLike<K> => "then" in x && typeof x.then === "function";

/** What `$[`, `if[` and `while[` take for true: an atom that is not zero. */
function isTrue(x: K): boolean {
  if (!(x instanceof Atom) || typeof x.value === "string" || typeof x.value === "object")
    throw new KError("type");
  return Boolean(x.value) || Number.isNaN(x.value);
}

function signalText(x: K): string {
  const text = k.text(x);
  if (text === undefined) throw new KError("type");
  return text;
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
