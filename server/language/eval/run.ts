import * as k from "../../../protocol/make.js";
import { type K, KError } from "../../../protocol/values.js";
import { asLimit, Budget, claim } from "../values/budget.js";
import { Call, isPromise, LATER, type Outcome, PAUSE, type Run } from "../values/functions.js";
import { Evaluator } from "./evaluate.js";
import { outward, weigh } from "./result.js";
import type { Workspace } from "./workspace.js";

/**
 * The value of q text; of an assignment `::`, as over a handle of q. A promise only where a k api function answered one
 * or the request took longer than a slice.
 * @throws KError (or a promise that rejects with one)
 */
export function evaluate(text: string, workspace: Workspace): K | Promise<K> {
  const outcome = evaluateTo(text, workspace, outwardOutcome);
  return wholly(outcome, workspace);
}

/**
 * Applies a function that the peer sent, or the one that a text gives (a name, an operator, a lambda), to arguments.
 * @throws KError (or a promise that rejects with one)
 */
export function apply(f: string | K, args: readonly K[], workspace: Workspace): K | Promise<K> {
  return wholly(applyTo(f, args, workspace, outwardOutcome), workspace);
}

/**
 * As `evaluate`, for those who make the last call themselves and have a form of their own for values.
 * @param deliver makes something of what comes out, as a part of the request's work
 */
export function evaluateTo<T>(
  text: string,
  workspace: Workspace,
  deliver: (outcome: Outcome) => T,
): T | Promise<T> {
  const { evaluator, budget } = begin(workspace);
  return drive(evaluator.answered(evaluator.outcome(text)), deliver, workspace, budget);
}

/** As `apply`, with the value in the form that `deliver` gives it. */
export function applyTo<T>(
  f: string | K,
  args: readonly K[],
  workspace: Workspace,
  deliver: (outcome: K | typeof LATER) => T,
): T | Promise<T> {
  const { evaluator, budget } = begin(workspace);
  return drive(evaluator.answered(application(f, args, evaluator)), deliver, workspace, budget);
}

function* application(f: string | K, args: readonly K[], evaluator: Evaluator): Run<K> {
  claim(weigh(args));
  const target = typeof f === "string" ? yield* evaluator.run(f) : f;
  const given = args.map((arg) => evaluator.inward(arg));
  return yield* evaluator.apply(target, given.length === 0 ? [k.NULL] : given);
}

const outwardOutcome = (x: Outcome): Outcome =>
  x === LATER ? x : x instanceof Call ? new Call(x.name, x.args.map(outward)) : outward(x);

/** Does what an outcome leaves to whoever asked. */
function wholly(outcome: Outcome | Promise<Outcome>, workspace: Workspace): K | Promise<K> {
  const perform = (x: Outcome): K | Promise<K> =>
    x === LATER ? putOff(workspace) : x instanceof Call ? performed(x, workspace) : x;
  return outcome instanceof Promise ? outcome.then(perform) : perform(outcome);
}

function putOff({ externals }: Workspace): Promise<K> {
  if (externals.putOff === undefined) throw new KError("nyi: -30! by a later request, without a session");
  return Promise.resolve(externals.putOff());
}

function performed({ name, args }: Call, { externals }: Workspace): K | Promise<K> {
  const answer = externals.call(name, args);
  if (answer === undefined) throw new KError(name);
  return isPromise(answer) ? Promise.resolve(answer) : answer;
}

function begin(workspace: Workspace): { evaluator: Evaluator; budget: Budget } {
  const { limits, account, around, variables } = workspace;
  const reachable = (): number => weigh(evaluator.roots()) + variables.weight;
  const budget: Budget = new Budget(limits, reachable, account, around);
  const evaluator = new Evaluator(workspace, budget);
  workspace.begin(budget);
  return { evaluator, budget };
}

type Waited = PromiseLike<K> | typeof PAUSE;
type Step<R> = IteratorResult<Waited, R>;

function drive<R, T>(
  run: Run<R>,
  deliver: (result: R) => T,
  workspace: Workspace,
  budget: Budget,
): T | Promise<T> {
  const advance = (next: () => Step<R>): Step<T> => {
    budget.resume();
    try {
      const step = next();
      return step.done ? { done: true, value: deliver(step.value) } : step;
    } catch (thrown) {
      throw asLimit(thrown);
    } finally {
      budget.suspend();
    }
  };
  let waiting = false;
  try {
    const step = advance(() => run.next(k.NULL));
    if (step.done) return step.value;
    waiting = true;
    return finish(run, step.value, advance).finally(() => workspace.end(budget));
  } finally {
    if (!waiting) workspace.end(budget);
  }
}

async function finish<R, T>(
  run: Run<R>,
  first: Waited,
  advance: (next: () => Step<R>) => Step<T>,
): Promise<T> {
  let step: Step<T> = { value: first };
  while (!step.done) {
    const waited: Waited = step.value;
    if (waited === PAUSE) {
      await new Promise((resolve) => setImmediate(resolve));
      step = advance(() => run.next(k.NULL));
      continue;
    }
    let next: () => Step<R>;
    try {
      const value = await waited;
      next = () => run.next(value);
    } catch (thrown) {
      next = () => run.throw(thrown);
    }
    step = advance(next);
  }
  return step.value;
}
