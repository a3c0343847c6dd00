/** Labels: expressions with `ahead` taken apart into what is known when a row comes and what becomes known later. */
import * as k from "../../../protocol/make.js";
import { INFINITY_OF, NANOS_OF, NULL_OF, TYPE } from "../../../protocol/types.js";
import type { Vector } from "../../../protocol/values.js";
import { Atom, type K } from "../../../protocol/values.js";
import type { Node } from "../../language/parse/nodes.js";
import { children } from "../../language/parse/scope.js";
import { isAtomic } from "./atomic.js";
import { type Compiled, compileFloats } from "./compile.js";
import { callIn, type Definition, textOf } from "./expression.js";
import { refusal, refusedWord } from "./refusal.js";
import { isStateful, MOST_ROWS, wholeIn } from "./stateful.js";

/** A value of a later row of the same key. */
export interface Ahead {
  /** Which of `early`: its value at the later row is meant. */
  readonly of: number;
  /** The row that is so many of the key's later, or the key's first row at least so many nanoseconds later. */
  readonly span: { readonly rows: number } | { readonly nanos: number };
}

export interface Label {
  /** Worked out when a row comes: to be compiled behind the features, whose names they use. Their own names are none that q can read. */
  readonly early: readonly Definition[];
  /** Those of `early` whose value at the row itself `final` needs: to be kept while the row waits. */
  readonly kept: readonly number[];
  readonly aheads: readonly Ahead[];
  /**
   * The targets of rows whose label is known, worked out in floats.
   * @param values `kept` in order, then `aheads` in order, each an array of `count` items; null is NaN
   * @returns by target, `count` items each, good until the next call
   */
  final(values: readonly Float64Array[], count: number): readonly Float64Array[];
}

/**
 * @param targets parsed by `parseExpression`; a target may use the features by name, and targets before it
 * @throws KError for an `ahead` that nobody could wait for: inside of another, without a span, under a function that remembers
 */
export function splitLabel(targets: readonly Definition[]): Label {
  return new Splitter(targets).label();
}

/** The longest span: what a double holds to the nanosecond. */
const MOST_DAYS = 100;
const MOST_NANOS = MOST_DAYS * 86_400e9;

class Splitter {
  readonly #early: Definition[] = [];
  readonly #kept: number[] = [];
  readonly #aheads: Ahead[] = [];
  /** What is in the above, by its text. */
  readonly #places = new Map<string, number>();
  readonly #targets = new Set<string>();
  readonly #final: Definition[];
  #name = "";

  constructor(targets: readonly Definition[]) {
    this.#final = targets.map(({ name, tree }) => {
      this.#name = name;
      const rest = this.#rest(tree);
      this.#targets.add(name);
      return { name, tree: rest };
    });
  }

  label(): Label {
    const names = [...this.#kept.map((_, i) => keptName(i)), ...this.#aheads.map((_, i) => aheadName(i))];
    const program: Compiled = compileFloats(this.#final, names);
    const final = (values: readonly Float64Array[], count: number): readonly Float64Array[] => {
      const columns = new Map(names.map((name, i) => [name, k.floats(values[i]!) as Vector]));
      return program.evaluate({ count, columns }, NO_KEYS);
    };
    return { early: this.#early, kept: this.#kept, aheads: this.#aheads, final };
  }

  /** What is left of an expression for when its label is known. */
  #rest(node: Node): Node {
    if (node.kind === "name" && this.#targets.has(node.name)) return node;
    if (isFixed(node)) return node;
    if (!this.#isLate(node)) return name(keptName(this.#keep(node)));
    const call = callIn(node);
    if (call === undefined) throw this.#refused("ahead can only stand among functions of a row");
    if (call.word === "ahead") return name(aheadName(this.#ahead(call.args)));
    if (isStateful(call.word) || call.word === "code")
      throw this.#refused(
        `${call.word} goes on from row to row, so nothing ahead, and no target, can stand in it`,
      );
    if (!isAtomic(call.word) && call.word !== "?") throw this.#refused(refusedWord(call.word));
    const args = call.args.map((arg) => {
      if (arg === null) throw this.#refused(`an argument of ${call.word} is left out`);
      return this.#rest(arg);
    });
    return { kind: "apply", target: { kind: "verb", name: call.word }, args };
  }

  /** Whether something in it is only known later: an `ahead`, or a target. */
  #isLate(node: Node): boolean {
    if (node.kind === "name") return node.name === "ahead" || this.#targets.has(node.name);
    return children(node).some((child) => child !== null && this.#isLate(child));
  }

  #ahead(args: readonly (Node | null)[]): number {
    const [left, inner, ...more] = args;
    if (left == null || inner == null || more.length > 0)
      throw this.#refused(
        "ahead takes a span and an expression, as in ahead[0D00:00:10;mid] or ahead[50;mid]",
      );
    if (this.#isLate(inner)) throw this.#refused("no ahead, and no target, can stand inside an ahead");
    if (isFixed(inner)) throw this.#refused("ahead of a constant: there is nothing to wait for");
    const span = left.kind === "value" ? spanOf(left.value) : undefined;
    if (span === undefined)
      throw this.#refused(
        `ahead takes a whole number of rows from 1 to ${MOST_ROWS}, or a span of time above 0 and of at most ` +
          `${MOST_DAYS} days, a constant`,
      );
    const of = this.#earlyOf(inner);
    return this.#placed(`ahead ${of} ${JSON.stringify(span)}`, () => this.#aheads.push({ of, span }) - 1);
  }

  #keep(node: Node): number {
    const of = this.#earlyOf(node);
    return this.#placed(`kept ${of}`, () => this.#kept.push(of) - 1);
  }

  #earlyOf(tree: Node): number {
    const place = this.#early.length;
    return this.#placed(`early ${textOf(tree)}`, () => {
      this.#early.push({ name: `${this.#name} (part ${place + 1})`, tree });
      return place;
    });
  }

  #placed(text: string, add: () => number): number {
    const known = this.#places.get(text);
    if (known !== undefined) return known;
    const place = add();
    this.#places.set(text, place);
    return place;
  }

  #refused(what: string): Error {
    return refusal(this.#name, what);
  }
}

const NO_KEYS = new Int32Array(0);
// with a space, so that no user's name is one
const keptName = (i: number): string => `kept ${i}`;
const aheadName = (i: number): string => `ahead ${i}`;
const name = (text: string): Node => ({ kind: "name", name: text });

/** Whether it is the same for all rows. */
const isFixed = (node: Node): boolean =>
  node.kind === "value" ||
  node.kind === "verb" ||
  (node.kind !== "name" &&
    node.kind !== "lambda" &&
    children(node).every((child) => child === null || isFixed(child)));

function spanOf(x: K): Ahead["span"] | undefined {
  const rows = wholeIn(x);
  if (rows !== undefined) return rows >= 1 && rows <= MOST_ROWS ? { rows } : undefined;
  const unit = CLOCKS.has(-x.type) ? NANOS_OF[-x.type] : undefined;
  if (!(x instanceof Atom) || unit === undefined) return undefined;
  if (x.value === NULL_OF[-x.type] || x.value === INFINITY_OF[-x.type]) return undefined;
  const nanos = Number(x.value) * Number(unit);
  return nanos > 0 && nanos <= MOST_NANOS ? { nanos } : undefined;
}

const CLOCKS: ReadonlySet<number> = new Set([TYPE.timespan, TYPE.minute, TYPE.second, TYPE.time]);
