import * as k from "../../../protocol/make.js";
import { Atom, Dict, Func, isNull, type K, KError, List, Symbols, TYPE } from "../../../protocol/values.js";
import type { Adverb, Column, Control, Node, Query } from "../parse/nodes.js";
import { Lambda, Primitive } from "../values/functions.js";
import { ADVERBS } from "../values/received.js";
import { gather, itemsOf } from "../values/vectors.js";

/**
 * Parse trees as k values, the way `parse` gives and `eval` takes them: a symbol is a name, a list a function and its
 * arguments, a list of one item that item itself; everything else stands for itself.
 */

/** A value that is not to be evaluated. */
const constant = (x: K): K =>
  (x instanceof Atom && x.type === -TYPE.symbol) || x instanceof Symbols || (x instanceof List && x.count > 0)
    ? k.collapse([x])
    : x;

const iterator = (adverb: Adverb): Func => new Func(TYPE.iterator, Uint8Array.of(ADVERBS.indexOf(adverb)));

/** A primitive by its name. */
type Verbs = (name: string) => K;

/** The tree of a node. */
export const toTree = (node: Node | null, verb: Verbs): K => new Planter(verb).tree(node);
/** The tree of statements one after the other. */
export const sequence = (nodes: readonly (Node | null)[], verb: Verbs): K =>
  new Planter(verb).call(k.char(";"), nodes);

class Planter {
  constructor(readonly verb: Verbs) {}

  tree(node: Node | null): K {
    const { verb } = this;
    if (node === null) return k.NULL;
    switch (node.kind) {
      case "value":
        return constant(node.value);
      case "name":
        return k.symbol(node.name);
      case "verb":
        return verb(node.name);
      case "list":
        return this.call(verb("enlist"), node.items);
      case "apply":
        return this.call(this.tree(node.target), node.args);
      case "juxtapose":
        return k.list([this.tree(node.target), this.tree(node.arg)]);
      case "dyadic":
        return k.list([this.tree(node.verb), this.tree(node.left), this.tree(node.right)]);
      case "compose":
        return k.list([iterator("'"), this.tree(node.outer), this.tree(node.inner)]);
      case "derive":
        return k.list([iterator(node.adverb), this.tree(node.target)]);
      case "assign": {
        const place =
          node.index.length === 0 ? k.symbol(node.name) : this.call(k.symbol(node.name), node.index);
        const glyph = node.verb?.kind === "verb" ? node.verb.name : "";
        return k.list([node.global ? k.NULL : verb(`${glyph}:`), place, this.tree(node.value)]);
      }
      case "lambda":
        return new Lambda(node.code);
      case "block":
        return this.call(k.char(";"), node.items);
      case "control":
        return this.call(node.word === "$" ? verb("$") : k.symbol(node.word), node.args);
      case "return":
        return k.list([verb(":"), this.tree(node.value)]);
      case "signal":
        return k.list([iterator("'"), this.tree(node.value)]);
      case "table": {
        const columns = this.#flipped(node.columns);
        return node.keys === null ? columns : k.list([verb("!"), this.#flipped(node.keys), columns]);
      }
      case "dict":
        return this.#dictionary(node.entries);
      case "query":
        return this.#query(node);
    }
  }

  call(f: K, args: readonly (Node | null)[]): K {
    return k.list([f, ...args.map((arg) => this.tree(arg))]);
  }

  #dictionary(columns: readonly Column[]): K {
    const values = this.call(
      this.verb("enlist"),
      columns.map((column) => column.value),
    );
    return k.list([this.verb("!"), constant(names(columns)), values]);
  }

  #flipped(columns: readonly Column[]): K {
    return k.list([this.verb("+:"), this.#dictionary(columns)]);
  }

  #phrases(columns: readonly Column[]): K {
    return k.dict(names(columns), gather(columns.map((column) => this.tree(column.value))));
  }

  #query(query: Query): K {
    const { word, columns, by, where, limit, order } = query;
    const { verb } = this;
    const from = this.tree(query.from);
    const conditions = where.length === 0 ? k.EMPTY : k.list([k.list(where.map((node) => this.tree(node)))]);
    if (word === "delete") {
      const gone = columns.length === 0 ? k.symbols([]) : k.list([names(columns)]);
      return k.list([verb("!"), from, conditions, k.boolean(false), gone]);
    }
    const part = (these: readonly Column[], single: boolean): K =>
      single ? constant(this.tree(these[0]!.value)) : this.#phrases(these);
    const isExec = word === "exec";
    const wanted =
      columns.length === 0 ? k.EMPTY : part(columns, isExec && columns.length === 1 && !query.named);
    const none = isExec ? k.EMPTY : k.boolean(query.distinct);
    const groups = by === null ? none : part(by, isExec && by.length === 1 && !query.keysNamed);
    const rest: K[] = [];
    if (limit !== null || order !== null)
      rest.push(limit === null ? k.long(k.INFINITY_OF[TYPE.long] as bigint) : this.tree(limit));
    if (order !== null)
      rest.push(k.list([k.list([verb(order.descending ? ">:" : "<:"), this.tree(order.by)])]));
    return k.list([verb(word === "update" ? "!" : "?"), from, conditions, groups, wanted, ...rest]);
  }
}

const names = (columns: readonly Column[]): Symbols => k.symbols(columns.map((column) => column.name));

/** @throws KError 'type for a list that is no tree */
export function fromTree(x: K): Node {
  if (x instanceof Atom && x.type === -TYPE.symbol && x.value !== "")
    return { kind: "name", name: x.value as string };
  if (x instanceof Symbols && x.count === 1) return { kind: "value", value: k.symbol(x.names[0]!) };
  if (x instanceof List && x.count === 1) return { kind: "value", value: x.items[0]! };
  if (!(x instanceof List || x instanceof Symbols) || x.count === 0) return { kind: "value", value: x };
  const [first, ...rest] = itemsOf(x);
  return special(first!, rest) ?? { kind: "apply", target: fromTree(first!), args: rest.map(argument) };
}

const argument = (x: K): Node | null => (isNull(x) ? null : fromTree(x));
const isName = (x: K | undefined): x is Atom & { value: string } =>
  x instanceof Atom && x.type === -TYPE.symbol;

/** What is not the application of a function: statements, control words, assignments, errors, iterators. */
function special(first: K, rest: readonly K[]): Node | undefined {
  if (first instanceof Atom && first.type === -TYPE.char && first.value === 0x3b)
    return { kind: "block", items: rest.map(argument) };
  if (isName(first) && (first.value === "if" || first.value === "do" || first.value === "while"))
    return { kind: "control", word: first.value as Control, args: rest.map(argument) };
  if (first instanceof Func && first.type === TYPE.iterator) return iterated(ADVERBS[first.body[0]!], rest);
  if (isNull(first) && rest.length === 2) return assignment(rest[0]!, rest[1]!, null, true);
  if (!(first instanceof Primitive)) return undefined;
  const { name } = first.verb;
  if (name === "$" && rest.length > 2) return { kind: "control", word: "$", args: rest.map(argument) };
  if (name === ":" && rest.length === 1) return { kind: "return", value: fromTree(rest[0]!) };
  if (name === ":" && rest.length === 2) return assignment(rest[0]!, rest[1]!, null, false);
  if (first.monadic && rest.length === 2)
    return assignment(rest[0]!, rest[1]!, { kind: "verb", name }, false);
  return undefined;
}

function iterated(adverb: Adverb | undefined, rest: readonly K[]): Node {
  const [x, y] = rest;
  if (adverb === undefined || x === undefined || rest.length > 2) throw new KError("type");
  if (y !== undefined) return { kind: "compose", outer: fromTree(x), inner: fromTree(y) };
  // `'` alone in front is an error to signal, of a function its each
  const target = fromTree(x);
  const isText = target.kind === "value" && !(target.value instanceof Func);
  return adverb === "'" && isText ? { kind: "signal", value: target } : { kind: "derive", target, adverb };
}

function assignment(place: K, value: K, operator: Node | null, global: boolean): Node | undefined {
  const parts = isName(place)
    ? [place]
    : place instanceof List || place instanceof Symbols
      ? itemsOf(place)
      : [];
  const [name, ...index] = parts;
  if (!isName(name)) return undefined;
  return {
    kind: "assign",
    name: name.value,
    index: index.map(argument),
    verb: operator,
    value: fromTree(value),
    global,
  };
}

/** A dictionary of names to trees, as columns. @throws KError 'type */
export function columnsOf(x: K): Column[] {
  if (!(x instanceof Dict && x.keys instanceof Symbols)) throw new KError("type");
  const values = itemsOf(x.values);
  return x.keys.names.map((name, i) => ({ name, value: fromTree(values[i]!) }));
}
