import * as k from "../../../protocol/make.js";
import { type Atom, Dict, type K, KError, List, TYPE } from "../../../protocol/values.js";
import type { Column, Node, Query } from "../parse/nodes.js";
import type { Evaluation, Run, Verb } from "../values/functions.js";
import { isAtom, itemsOf, symbolsOf } from "../values/vectors.js";
import { queryOf } from "./query.js";
import { columnsOf, fromTree, sequence, toTree } from "./trees.js";

/** Queries as functions (`?[t;c;b;a]`, `![t;c;b;a]`) and trees as values (`parse`, `eval`). */

const isEmpty = (x: K): boolean => !isAtom(x) && k.count(x) === 0;
const isFlag = (x: K): x is Atom => isAtom(x) && x.type === -TYPE.boolean;

/** Conditions are a list of trees. */
const conditions = (x: K): Node[] => (isEmpty(x) ? [] : itemsOf(x).map(fromTree));

/** A query's parts where nothing else is said. */
const EVERYTHING = {
  columns: [] as readonly Column[],
  named: true,
  keysNamed: true,
  by: null as readonly Column[] | null,
  distinct: false,
  limit: null as Node | null,
  order: null as Query["order"],
};

const single = (x: K): Column[] => [{ name: "x", value: fromTree(x) }];
/** Symbols as what is grouped by or taken, each under its own name. */
const plain = (x: K): Column[] => symbolsOf(x).map((name) => ({ name, value: { kind: "name", name } }));

/** `?[t;c;b;a]`, with a number of rows and an order. @throws KError 'type, 'rank */
function* selecting(q: Evaluation, [t, c, b, a, n, g]: readonly K[]): Run<K> {
  const query = { ...EVERYTHING, where: conditions(c!), from: { kind: "value", value: k.NULL } as Node };
  const limit: Node | null = n === undefined ? null : { kind: "value", value: n };
  const isDict = a instanceof Dict;
  if (isFlag(b!) || b instanceof Dict) {
    const order = g === undefined ? null : orderOf(g);
    const by = b instanceof Dict ? columnsOf(b) : null;
    const columns = isDict ? columnsOf(a) : isEmpty(a!) ? [] : plain(a!);
    // a dictionary to group by and a tree is what `exec` gives
    if (by !== null && !isDict && !isEmpty(a!))
      return yield* queryOf(
        q,
        { ...query, word: "exec", by, columns: single(a!), named: false },
        t!,
        undefined,
      );
    const distinct = by === null && (b as Atom).value === true;
    return yield* queryOf(
      q,
      { ...query, word: "select", by, columns, distinct, limit, order },
      t!,
      undefined,
    );
  }
  const by = isEmpty(b!) ? null : single(b!);
  const columns = isDict ? columnsOf(a) : isEmpty(a!) ? [] : single(a!);
  return yield* queryOf(
    q,
    { ...query, word: "exec", by, keysNamed: false, columns, named: isDict },
    t!,
    undefined,
  );
}

/** `,(>:;`a)`: the rows in descending order of a column. */
function orderOf(x: K): Query["order"] {
  const tree = x instanceof List && x.count === 1 ? x.items[0]! : x;
  const [verb, column] = itemsOf(tree);
  const name = (verb as { verb?: { name: string } }).verb?.name;
  if (column === undefined || (name !== "<" && name !== ">" && name !== "iasc" && name !== "idesc"))
    throw new KError("type");
  return { by: fromTree(column), descending: name === ">" || name === "idesc" };
}

/** `![t;c;b;a]`: an update, or with names for a the deletion of columns, with none of rows. */
export function* changing(q: Evaluation, [t, c, b, a]: readonly K[]): Run<K> {
  const query = { ...EVERYTHING, where: conditions(c!), from: { kind: "value", value: k.NULL } as Node };
  if (a instanceof Dict) {
    const by = b instanceof Dict ? columnsOf(b) : null;
    return yield* queryOf(q, { ...query, word: "update", by, columns: columnsOf(a) }, t!, undefined);
  }
  const names = a instanceof List && a.count === 1 ? a.items[0]! : a!;
  return yield* queryOf(
    q,
    { ...query, word: "delete", columns: isEmpty(names) ? [] : plain(names) },
    t!,
    undefined,
  );
}

/** What `parse` gives of a text. */
export function parseText(q: Evaluation, x: K): K {
  const text = k.text(x);
  if (text === undefined) throw new KError("type");
  const nodes = q.parse(text);
  const verb = (name: string): K => q.variable(name) ?? k.symbol(name);
  return nodes.length === 1 ? toTree(nodes[0]!, verb) : sequence(nodes, verb);
}

/** The value of a tree. */
export const evaluateTree = (q: Evaluation, x: K): Run<K> => q.evaluate(fromTree(x), undefined);

export const FUNCTIONAL: readonly Verb[] = [
  { name: "?", run: selecting, counts: [4, 5, 6] },
  { name: "parse", act: (q, [x]) => parseText(q, x!) },
  { name: "eval", run: (q, [x]) => evaluateTree(q, x!) },
  { name: "reval", run: (q, [x]) => evaluateTree(q, x!) },
];
