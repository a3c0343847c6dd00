/** Networks as nested lists (trees) and as depth-value pairs, and the functions that turn one into the other. */

import * as k from "../../../protocol/make.js";
import { Atom, type K, List, Symbols } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";
import { page, type Topic } from "../call.js";
import { nameOf } from "./ktypes.js";
import { asLong, fail } from "./read.js";
import { show } from "./show.js";

/** A value and how deep it stands, the root at 0. */
export interface Placed {
  readonly depth: bigint;
  readonly value: K;
}

/** As q's enlist. */
const enlist = (x: K): K => (x instanceof Atom ? k.collapse([x]) : k.list([x]));

/** Nesting beyond this is refused, by native code too: no network has it, and a walk must end. */
export const DEEPEST = 256n;
export const TOO_DEEP = `at most ${DEEPEST} levels of modules are possible`;

/**
 * The values of a tree in preorder. A list's first item is its own value, the others are below it; an enlisted value,
 * a symbol or a symbol list stands for itself.
 */
export function placed(x: K, depth = 0n, into: Placed[] = []): readonly Placed[] {
  if (depth > DEEPEST) return fail(`tree: ${TOO_DEEP}`);
  if (!(x instanceof List) || x.count === 0 || asHandle(x) !== undefined) {
    into.push({ depth, value: x instanceof Symbols && x.count === 1 ? k.at(x, 0) : x });
    return into;
  }
  into.push({ depth, value: x.items[0]! });
  for (const item of x.items.slice(1)) placed(item, depth + 1n, into);
  return into;
}

/** The pairs of a list of (depth;value), or of one such pair; undefined for anything else. */
export function depthValues(x: K): readonly Placed[] | undefined {
  if (!(x instanceof List) || x.count === 0) return undefined;
  const one = pair(x);
  if (one !== undefined) return [one];
  const all: Placed[] = [];
  for (const item of x.items) {
    const next = pair(item);
    if (next === undefined) return undefined;
    all.push(next);
  }
  return all;
}

function pair(x: K): Placed | undefined {
  if (!(x instanceof List) || x.count !== 2) return undefined;
  const depth = asLong(x.items[0]);
  return depth === undefined ? undefined : { depth, value: x.items[1]! };
}

function seq(x: K): K {
  if (x instanceof Symbols)
    return k.list(x.names.map((name, i) => (i === 0 ? k.symbol(name) : k.symbols([name]))));
  if (!(x instanceof List)) return fail(`seq: expecting a list, given ${nameOf(x)}`);
  return k.list(x.items.map((item, i) => (i === 0 ? item : enlist(item))));
}

function dv(x: K): K {
  const tree = x instanceof Symbols ? k.list(x.names.map(k.symbol)) : x;
  if (!(tree instanceof List)) return fail(`dv: expecting a tree, given ${nameOf(x)}`);
  return k.list(placed(tree).map(({ depth, value }) => k.list([k.long(depth), value])));
}

interface Node {
  readonly value: K;
  readonly children: Node[];
}

function tree(x: K): K {
  const pairs = depthValues(x) ?? fail(`tree: expecting depth-value pairs, given ${show(x)}`);
  const open: Node[] = [];
  for (const { depth, value } of pairs) {
    const most = BigInt(open.length);
    if (depth > DEEPEST) fail(`tree: ${TOO_DEEP}`);
    if (depth < 0n || depth > most || (open.length > 0 && depth === 0n))
      fail(`tree: depth ${depth} above max depth of ${most}`);
    open.length = Number(depth);
    const node: Node = { value, children: [] };
    open.at(-1)?.children.push(node);
    open.push(node);
  }
  const { value, children } = open[0]!;
  return k.list([value, ...children.map(nested)]);
}

const nested = ({ value, children }: Node): K =>
  children.length === 0 ? enlist(value) : k.list([value, ...children.map(nested)]);

export const treeTopic: Topic = page("modules", {
  seq: (_call, x) => seq(x),
  tree: (_call, x) => tree(x),
  dv: (_call, x) => dv(x),
});
