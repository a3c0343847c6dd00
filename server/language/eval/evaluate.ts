import * as k from "../../../protocol/make.js";
import { Atom, Dict, type K, KError, Symbols, Table } from "../../../protocol/values.js";
import type { Column, Node } from "../parse/nodes.js";
import { upsertInto } from "../sql/insert.js";
import { runQuery } from "../sql/query.js";
import { repeat } from "../values/arrays.js";
import {
  Composition,
  Derived,
  External,
  type Frame,
  Lambda,
  type Outcome,
  PAUSE,
  Primitive,
  type Run,
} from "../values/functions.js";
import { isTrue } from "../values/numbers.js";
import { leaves } from "../values/trace.js";
import { UnknownName } from "../values/unknown.js";
import { enlist, gather, isKeyed, isVector, wholeNumber } from "../values/vectors.js";
import { amend } from "../verbs/amend.js";
import { command } from "../verbs/commands.js";
import { indexDeep } from "../verbs/indexing.js";
import { primitive } from "../verbs/table.js";
import { Applier, callOf } from "./apply.js";

/** Thrown by `:x` and caught by the call it returns from. */
class Return {
  constructor(readonly value: K) {}
}

type Assign = Node & { kind: "assign" };

/** Walks the tree of one text request. */
export class Evaluator extends Applier {
  *run(text: string): Run<K> {
    try {
      if (text.startsWith("\\")) return yield* command(this, text.slice(1));
      return yield* this.program(this.workspace.parse(text));
    } catch (thrown) {
      if (thrown instanceof KError) leaves(thrown, text);
      throw thrown;
    }
  }

  /** A text request: `\\` commands are understood, and the value of an assignment is `::`, as over a handle of q. */
  *request(text: string): Run<K> {
    const value = yield* this.run(text);
    if (text.startsWith("\\")) return value;
    const last = this.workspace.parse(text).at(-1);
    return last == null || last.kind === "assign" ? k.NULL : value;
  }

  /** As `request`, but where the last thing to do is a call of a function from outside, it is left to whoever asked. */
  *outcome(text: string): Run<Outcome> {
    const tree = text.startsWith("\\") ? [] : this.workspace.parse(text);
    const last = tree.at(-1);
    if (last?.kind !== "juxtapose" && last?.kind !== "apply") return yield* this.request(text);
    try {
      yield* this.#statements(tree.slice(0, -1), undefined);
      const args = yield* this.#arguments(last.kind === "apply" ? last.args : [last.arg], undefined);
      const target = yield* this.#eval(last.target, undefined);
      const given = args.length === 1 && args[0] === undefined ? [k.NULL] : args;
      const call = target instanceof External && isWhole(given) ? callOf(target, given) : undefined;
      if (call !== undefined && !this.isDeferred) return call;
      return yield* last.kind === "apply"
        ? this.applyBrackets(target, args)
        : this.apply(target, args as K[]);
    } catch (thrown) {
      if (thrown instanceof Return) return thrown.value;
      if (thrown instanceof KError) leaves(thrown, text);
      throw thrown;
    }
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
    if (node.kind === "verb") return known(node.name);
    if (node.kind === "lambda")
      return new Lambda(node.code, frame === undefined ? this.context : frame.context);
    return undefined;
  }

  #name(name: string, frame: Frame | undefined): K {
    const local = frame?.locals.get(name);
    if (local !== undefined) return local;
    if (name === ".z.s" && frame !== undefined) return new Lambda(frame.code, frame.context);
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
    const value = this.workspace.lookup(name, frame?.context);
    if (value === undefined) throw new UnknownName(name);
    return value;
  }

  evaluate(node: Node, frame: Frame | undefined): Run<K> {
    return this.#eval(node, frame);
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
        return yield* this.applyBrackets(target, args);
      }
      case "list":
        return yield* this.#list(node.items, frame);
      case "assign":
        return yield* this.#assign(node, frame);
      case "block":
        return yield* this.#statements(node.items, frame);
      case "derive":
        return new Derived(this.inward(yield* this.#eval(node.target, frame)), node.adverb);
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
      case "query":
        return yield* runQuery(this, node, frame);
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
    // a list with gaps waits for what fills them
    return isWhole(items) ? gather(items) : this.project(known("enlist"), items);
  }

  protected *callLambda(target: Lambda, args: readonly K[]): Run<K> {
    const { code } = target;
    if (args.length > target.rank) throw new KError("rank");
    if (args.length < target.rank) return this.project(target, args);
    const locals = new Map<string, K>();
    for (let i = 0; i < code.params.length; i++) locals.set(code.params[i]!, args[i]!);
    const frame = { code, context: target.context, locals };
    const held = this.held.length;
    const { depth } = this.budget;
    this.budget.enter();
    this.frames.push(frame);
    try {
      return yield* this.#statements(code.body, frame);
    } catch (thrown) {
      if (thrown instanceof Return) return thrown.value;
      if (thrown instanceof KError) leaves(thrown, target);
      throw thrown;
    } finally {
      this.frames.pop();
      this.held.length = held;
      this.budget.depth = depth;
    }
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

  /** `d.a:x` where d is a dictionary or a table is `` d[`a]:x ``. */
  #held(node: Assign, frame: Frame | undefined): Assign {
    const [holder, ...path] = node.name.split(".");
    if (holder === "" || path.length === 0) return node;
    const local = frame?.locals.get(holder!);
    const old = local ?? this.workspace.lookup(holder!, frame?.context);
    if (!(old instanceof Dict || old instanceof Table)) return node;
    const index = path.map((word): Node => ({ kind: "value", value: k.symbol(word) }));
    return { ...node, name: holder!, index: [...index, ...node.index], global: local === undefined };
  }

  *#assign(given: Assign, frame: Frame | undefined): Run<K> {
    const node = this.#held(given, frame);
    const value = this.#leaf(node.value, frame) ?? (yield* this.#eval(node.value, frame));
    const { name } = node;
    const local =
      frame !== undefined && !node.global && (frame.code.locals.has(name) || frame.locals.has(name));
    const store = (x: K): void => {
      if (local) frame.locals.set(name, x);
      else this.workspace.assign(name, x, frame?.context);
    };
    if (node.verb === null && node.index.length === 0) {
      store(value);
      return value;
    }
    const index = (yield* this.#arguments(node.index, frame)).map((arg) => arg ?? k.NULL);
    const old = (local ? frame.locals.get(name) : undefined) ?? this.workspace.lookup(name, frame?.context);
    if (old instanceof External || (old === undefined && index.length > 0)) throw new KError(name);
    const verb = node.verb === null ? null : yield* this.#eval(node.verb, frame);
    const appends = verb instanceof Primitive && verb.verb.name === "," && index.length === 0;
    if (old === undefined) {
      // what is not there yet begins with the value
      const first = appends && value instanceof Atom ? enlist(value) : value;
      store(first);
      return first;
    }
    if (appends) {
      // appending in place keeps a vector's type, and gives a table rows
      if (isVector(old) && old.count > 0 && Math.abs(value.type) !== old.type) throw new KError("type");
      if (old instanceof Table || isKeyed(old)) {
        const table = upsertInto(old, value);
        store(table);
        return table;
      }
    }
    const amended = yield* amend(this, old, index, verb, value);
    store(amended);
    return node.verb === null ? value : index.length === 0 ? amended : indexDeep(amended, index);
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

const isWhole = (args: readonly (K | undefined)[]): args is readonly K[] =>
  args.every((arg) => arg !== undefined);

function known(name: string): Primitive {
  const found = primitive(name);
  if (found === undefined) throw new KError(`nyi: ${name}`);
  return found;
}

function signalText(x: K): string {
  const text = k.text(x);
  if (text === undefined) throw new KError("type");
  return text;
}
