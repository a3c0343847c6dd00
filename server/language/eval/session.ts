import * as k from "../../../protocol/make.js";
import { Dict, type K, KError, Table } from "../../../protocol/values.js";
import type { Node } from "../parse/nodes.js";
import { parse } from "../parse/parse.js";
import { CONSOLE } from "../text/display.js";
import { type Account, Budget, DEFAULT_LIMITS, type Limits } from "../values/budget.js";
import { type Console, HostFunction, PAUSE, type Run } from "../values/functions.js";
import { indexAt } from "../verbs/indexing.js";
import { keywords, verbNames } from "../verbs/table.js";
import { NOT_HERE, toolValue } from "../verbs/tools.js";
import { Evaluator } from "./evaluate.js";
import { outward, weigh } from "./result.js";

/** The functions that text may call, however they are made. */
export interface Host {
  /** How many arguments a function takes, undefined where there is none of that name. */
  rank(name: string): number | undefined;
  /** @throws KError (or a promise that rejects with one) */
  call(name: string, args: readonly K[]): K | PromiseLike<K> | undefined;
  functionNames(): Iterable<string>;
  /** Where `show` and its like print; without it they print nowhere. */
  print?(text: string): void;
}

/** Text no longer than this is parsed once and remembered. */
const REMEMBERED_TEXT = 500;
const REMEMBERED = 500;
const trees = new Map<string, readonly (Node | null)[]>();

/** Characters of a dotted name that is followed into dictionaries. */
const LONGEST_PATH = 255;

const accounts = new WeakMap<ReadonlyMap<string, K>, Account>();

/** One connection's side of the language: its user's variables, its console settings, what it is running. */
export class LanguageSession {
  readonly console: Console;
  readonly account: Account;
  readonly #functions = new Map<string, HostFunction>();
  readonly #running = new Set<Budget>();

  /** @param variables the user's, shared by all of the user's sessions */
  constructor(
    readonly host: Host,
    readonly limits: Limits = DEFAULT_LIMITS,
    readonly variables: Map<string, K> = new Map(),
  ) {
    this.account = accounts.get(variables) ?? { claimed: 0 };
    accounts.set(variables, this.account);
    this.console = { ...CONSOLE, print: (text) => host.print?.(text) };
  }

  /** A name's value: a variable, a k api function, one of the `.z` values. @throws KError 'nyi for names of q that are not here */
  lookup(name: string): K | undefined {
    const value = this.variables.get(name) ?? this.#function(name) ?? toolValue(name);
    if (value !== undefined) return value;
    const dot = name.lastIndexOf(".");
    if (dot > 0 && name.length <= LONGEST_PATH) {
      const holder = this.lookup(name.slice(0, dot));
      if (holder instanceof Dict || holder instanceof Table)
        return indexAt(holder, k.symbol(name.slice(dot + 1)));
    }
    if (NOT_HERE.has(name)) throw new KError(`nyi: ${name}`);
    return undefined;
  }

  #function(name: string): HostFunction | undefined {
    const rank = this.host.rank(name);
    if (rank === undefined) return undefined;
    let found = this.#functions.get(name);
    if (found === undefined || found.rank !== rank) {
      found = new HostFunction(name, rank);
      this.#functions.set(name, found);
    }
    return found;
  }

  assign(name: string, value: K): void {
    if (name.startsWith(".z.") || name.startsWith(".Q.")) throw new KError(`nyi: assigning ${name}`);
    this.variables.set(name, value);
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

  /** Names to complete: variables, k api functions, q's keywords. */
  names(): string[] {
    return [...new Set([...this.variables.keys(), ...this.host.functionNames(), ...verbNames()])];
  }

  /** Ends what the session is running with 'stop. */
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

/**
 * The value of q text; of an assignment `::`, as over a handle of q. A promise only where a k api function answered one
 * or the request took longer than a slice.
 * @throws KError (or a promise that rejects with one)
 */
export function evaluate(text: string, session: LanguageSession): K | Promise<K> {
  const { evaluator, budget } = begin(session);
  return drive(evaluator.request(text), session, budget);
}

/**
 * Applies the function that a text gives (a name, an operator, a lambda) to arguments.
 * @throws KError (or a promise that rejects with one)
 */
export function apply(text: string, args: readonly K[], session: LanguageSession): K | Promise<K> {
  const { evaluator, budget } = begin(session);
  return drive(application(text, args, evaluator), session, budget);
}

function* application(text: string, args: readonly K[], evaluator: Evaluator): Run<K> {
  const target = yield* evaluator.run(text);
  return yield* evaluator.apply(target, args.length === 0 ? [k.NULL] : args);
}

function begin(session: LanguageSession): { evaluator: Evaluator; budget: Budget } {
  const budget: Budget = new Budget(session.limits, () => weigh(evaluator.roots()), session.account);
  const evaluator = new Evaluator(session, budget);
  session.begin(budget);
  return { evaluator, budget };
}

function drive(run: Run<K>, session: LanguageSession, budget: Budget): K | Promise<K> {
  let waiting = false;
  try {
    const step = advance(() => run.next(k.NULL), budget);
    if (step.done) return step.value;
    waiting = true;
    return finish(run, step.value, session, budget);
  } finally {
    if (!waiting) session.end(budget);
  }
}

type Step = IteratorResult<PromiseLike<K> | typeof PAUSE, K>;

function advance(next: () => Step, budget: Budget): Step {
  budget.resume();
  try {
    const step = next();
    return step.done ? { done: true, value: outward(step.value) } : step;
  } catch (thrown) {
    if (thrown instanceof RangeError && thrown.message.includes("call stack")) throw new KError("stack");
    throw thrown;
  } finally {
    budget.suspend();
  }
}

async function finish(
  run: Run<K>,
  first: PromiseLike<K> | typeof PAUSE,
  session: LanguageSession,
  budget: Budget,
): Promise<K> {
  try {
    let waited = first;
    for (;;) {
      const step = await settle(run, waited, budget);
      if (step.done) return step.value;
      waited = step.value;
    }
  } finally {
    session.end(budget);
  }
}

async function settle(run: Run<K>, waited: PromiseLike<K> | typeof PAUSE, budget: Budget): Promise<Step> {
  if (waited === PAUSE) {
    await new Promise((resolve) => setImmediate(resolve));
    return advance(() => run.next(k.NULL), budget);
  }
  let value: K;
  try {
    value = await waited;
  } catch (thrown) {
    return advance(() => run.throw(thrown), budget);
  }
  return advance(() => run.next(value), budget);
}
