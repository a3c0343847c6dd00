import * as k from "../../../protocol/make.js";
import { type K, KError } from "../../../protocol/values.js";
import { Budget } from "../values/budget.js";
import { PAUSE, type Run } from "../values/functions.js";
import { Evaluator } from "./evaluate.js";
import { outward, weigh } from "./result.js";
import type { Workspace } from "./workspace.js";

/**
 * The value of q text; of an assignment `::`, as over a handle of q. A promise only where a k api function answered one
 * or the request took longer than a slice.
 * @throws KError (or a promise that rejects with one)
 */
export function evaluate(text: string, workspace: Workspace): K | Promise<K> {
  const { evaluator, budget } = begin(workspace);
  return drive(evaluator.answered(evaluator.request(text)), workspace, budget);
}

/**
 * Applies a function that the peer sent, or the one that a text gives (a name, an operator, a lambda), to arguments.
 * @throws KError (or a promise that rejects with one)
 */
export function apply(f: string | K, args: readonly K[], workspace: Workspace): K | Promise<K> {
  const { evaluator, budget } = begin(workspace);
  return drive(evaluator.answered(application(f, args, evaluator)), workspace, budget);
}

function* application(f: string | K, args: readonly K[], evaluator: Evaluator): Run<K> {
  const target = typeof f === "string" ? yield* evaluator.run(f) : f;
  const given = args.map((arg) => evaluator.inward(arg));
  return yield* evaluator.apply(target, given.length === 0 ? [k.NULL] : given);
}

function begin(workspace: Workspace): { evaluator: Evaluator; budget: Budget } {
  const budget: Budget = new Budget(
    workspace.limits,
    () => weigh(evaluator.roots()) + workspace.variables.weight,
    workspace.account,
  );
  const evaluator = new Evaluator(workspace, budget);
  workspace.begin(budget);
  return { evaluator, budget };
}

function drive(run: Run<K>, workspace: Workspace, budget: Budget): K | Promise<K> {
  let waiting = false;
  try {
    const step = advance(() => run.next(k.NULL), budget);
    if (step.done) return step.value;
    waiting = true;
    return finish(run, step.value, workspace, budget);
  } finally {
    if (!waiting) workspace.end(budget);
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
  workspace: Workspace,
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
    workspace.end(budget);
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
