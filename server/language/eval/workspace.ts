import * as k from "../../../protocol/make.js";
import { Dict, type K, KError, Table } from "../../../protocol/values.js";
import type { Node } from "../parse/nodes.js";
import { parse } from "../parse/parse.js";
import { CONSOLE } from "../text/display.js";
import { symbols } from "../values/arrays.js";
import {
  type Account,
  type Budget,
  DEFAULT_TEXT_LIMITS,
  type Surroundings,
  type TextLimits,
} from "../values/budget.js";
import { type Asker, type Console, External } from "../values/functions.js";
import { indexAt } from "../verbs/indexing.js";
import { keywords, primitive, verbNames } from "../verbs/table.js";
import { NOT_HERE, toolValue } from "../verbs/tools.js";
import { qualified, refuseOwn, Variables } from "./names.js";

/** The functions from outside that text may call: the k api. */
export interface Externals {
  /** How many arguments a function takes, undefined where there is none of that name. */
  rank(name: string): number | undefined;
  /** @throws KError (or a promise that rejects with one) */
  call(name: string, args: readonly K[]): K | PromiseLike<K> | undefined;
  names(): Iterable<string>;
  /** Where `show` and its like print; without it they print nowhere. */
  print?(text: string): void;
  /** The session behind the text; without it `.z.w` is 0 and nothing can be sent. */
  readonly asker?: Asker;
  /** The answer that the session is given later, where texts are evaluated wholly here. */
  putOff?(): PromiseLike<K>;
}

/** Text no longer than this is parsed once and remembered. */
const REMEMBERED_TEXT = 500;
const REMEMBERED = 500;
const trees = new Map<string, readonly (Node | null)[]>();

/** Characters of a dotted name that is followed into dictionaries. */
const LONGEST_PATH = 255;

/** What the texts of one connection see: its user's variables, functions from outside, its console settings; and which of them run. */
export class Workspace {
  console: Console;
  /** The namespace that `\\d` has entered; "" is the root. */
  context = "";
  readonly #external = new Map<string, External>();
  readonly #running = new Set<Budget>();

  /**
   * @param variables the user's, shared by all of the user's connections
   * @param account the user's
   */
  constructor(
    readonly externals: Externals,
    readonly limits: TextLimits = DEFAULT_TEXT_LIMITS,
    readonly variables: Variables = new Variables(),
    readonly account: Account = { claimed: 0, limit: limits.memory },
    readonly around?: Surroundings,
  ) {
    this.console = { ...CONSOLE, print: (text) => externals.print?.(text) };
  }

  /**
   * A name's value: a variable, a k api function, one of the `.z` values, a primitive, a namespace.
   * @throws KError 'nyi for names of q that are not here
   */
  lookup(name: string, context = this.context): K | undefined {
    const whole = qualified(name, context);
    const value =
      this.variables.get(whole) ??
      this.#externalOf(name) ??
      toolValue(name, this.externals.asker) ??
      primitive(name) ??
      (name.startsWith(".") && name.length <= LONGEST_PATH ? this.variables.namespace(name) : undefined);
    if (value !== undefined) return value;
    const inside = name.length <= LONGEST_PATH ? this.#inside(name, context) : undefined;
    if (inside !== undefined) return inside;
    if (NOT_HERE.has(name)) throw new KError(`nyi: ${name}`);
    return undefined;
  }

  /** What stands under a dotted name in a variable that is a dictionary or a table. */
  #inside(name: string, context: string): K | undefined {
    const dot = name.lastIndexOf(".");
    if (dot <= 0) return undefined;
    const path = name.slice(0, dot);
    // a namespace holds the names that are kept under it and no others
    const holder = path.startsWith(".")
      ? (this.variables.get(path) ?? this.#inside(path, context))
      : this.lookup(path, context);
    if (!(holder instanceof Dict || holder instanceof Table)) return undefined;
    return indexAt(holder, k.symbol(name.slice(dot + 1)));
  }

  #externalOf(name: string): External | undefined {
    const rank = this.externals.rank(name);
    if (rank === undefined) return undefined;
    let found = this.#external.get(name);
    if (found === undefined || found.rank !== rank) {
      found = new External(name, rank);
      this.#external.set(name, found);
    }
    return found;
  }

  assign(name: string, value: K, context = this.context): void {
    const whole = qualified(name, context);
    refuseOwn(whole);
    if (whole.startsWith(".") && whole.length > LONGEST_PATH) throw new KError("limit");
    // a function from outside under its own name needs no variable
    if (value instanceof External && value.name === whole) this.variables.delete(whole);
    else this.variables.store(whole, value);
  }

  forget(name: string): void {
    const whole = qualified(name, this.context);
    refuseOwn(whole);
    this.variables.delete(whole);
  }

  /** @throws KError where q cannot read it, 'limit where it is too long */
  parse(text: string): readonly (Node | null)[] {
    const known = trees.get(text);
    if (known !== undefined) return known;
    const { text: longest } = this.limits;
    if (longest > 0 && text.length > longest) throw new KError("limit");
    const tree = parse(text, keywords);
    if (text.length <= REMEMBERED_TEXT) {
      if (trees.size >= REMEMBERED) trees.delete(trees.keys().next().value!);
      trees.set(text, tree);
    }
    return tree;
  }

  /** The functions from outside by name. */
  functions(): Dict {
    const names = [...this.externals.names()];
    return new Dict(symbols(names), k.list(names.map((name) => this.#externalOf(name)!)));
  }

  /** Names to complete: variables, k api functions, q's keywords. */
  names(): string[] {
    return [...new Set([...this.variables.keys(), ...this.externals.names(), ...verbNames()])];
  }

  /** Prints where another one prints, and is in its namespace. */
  enter({ console, context }: Workspace): void {
    this.console = console;
    this.context = context;
  }

  /** Ends what is running with 'stop. */
  stop(): void {
    for (const budget of this.#running) budget.stop();
  }

  /** @internal */
  begin(budget: Budget): void {
    this.#running.add(budget);
  }

  /** @internal */
  end(budget: Budget): void {
    this.#running.delete(budget);
  }
}
