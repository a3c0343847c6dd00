/** The text of an expression, read. What it means is for `compile` and `splitLabel`. */
import { type K, KError, List, Symbols } from "../../../protocol/values.js";
import type { Node } from "../../language/parse/nodes.js";
import { type Keywords, parse } from "../../language/parse/parse.js";
import { children } from "../../language/parse/scope.js";
import { keywords } from "../../language/verbs/table.js";
import { refusal, shown } from "./refusal.js";

/** An expression that q can read, by the name that later ones use it by. */
export interface Definition {
  readonly name: string;
  readonly tree: Node;
}

/** Characters of a text, and expressions inside expressions. */
const LONGEST = 4000;
const DEEPEST = 60;

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,99}$/;

/** `lag` stands between its operands, as `xprev` does. */
const WORDS: Keywords = {
  has: (name) => name === "lag" || keywords.has(name),
  isInfix: (name) => name === "lag" || keywords.isInfix(name),
};

/** @throws KError where q cannot read the text, or the name is none */
export function parseExpression(name: string, text: string): Definition {
  if (!NAME.test(name)) throw refusal(shown(JSON.stringify(name)), "a name is made of letters, digits and _");
  if (WORDS.has(name)) throw refusal(name, "is a word of q's own");
  if (text.length > LONGEST)
    throw refusal(name, `the text has ${text.length} characters, at most ${LONGEST} are read`);
  const tree = only(name, text);
  if (deeperThan(tree, DEEPEST)) throw refusal(name, `more than ${DEEPEST} expressions inside each other`);
  return { name, tree };
}

function only(name: string, text: string): Node {
  let statements: readonly (Node | null)[];
  try {
    statements = parse(text, WORDS);
  } catch (error) {
    if (!(error instanceof KError)) throw error;
    throw refusal(name, error.message);
  }
  const [tree] = statements;
  if (tree === undefined || tree === null) throw refusal(name, "the text is empty");
  if (statements.length > 1) throw refusal(name, "more than one expression");
  return tree;
}

function deeperThan(node: Node, most: number): boolean {
  if (most === 0) return true;
  return children(node).some((child) => child !== null && deeperThan(child, most - 1));
}

/** A function and what it is applied to, in whichever way that is written. */
export interface Call {
  readonly word: string;
  readonly args: readonly (Node | null)[];
}

/** The call that a node is; undefined where it is none, or none of a named function. */
export function callIn(node: Node): Call | undefined {
  if (node.kind === "control") return { word: node.word, args: node.args };
  if (node.kind === "dyadic") return called(node.verb, [node.left, node.right]);
  if (node.kind === "apply") return called(node.target, node.args);
  if (node.kind !== "juxtapose") return undefined;
  // `mavg[5] x`
  if (node.target.kind === "apply") return called(node.target.target, [...node.target.args, node.arg]);
  return called(node.target, [node.arg]);
}

function called(target: Node, args: readonly (Node | null)[]): Call | undefined {
  return target.kind === "verb" || target.kind === "name" ? { word: target.name, args } : undefined;
}

/** A tree as a text that no other has. */
export const textOf = (tree: Node): string =>
  JSON.stringify(tree, (_, value: unknown) => {
    if (typeof value === "bigint") return `${value}n`;
    if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0)))
      return `${1 / value} ${value}`;
    if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
    if (value instanceof Symbols) return { symbols: value.names };
    if (value instanceof List) return { list: value.items };
    return value;
  });

export const isConstant = (node: Node): node is Node & { readonly kind: "value"; readonly value: K } =>
  node.kind === "value";
