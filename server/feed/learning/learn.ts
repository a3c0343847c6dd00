/** What a feed's thread made, as the engine takes it: arrays with their sizes. */
import type { FeedArray, LearnWork } from "../../engine/index.js";
import type { FeedPlan } from "../plan.js";
import type { Batches, Data } from "../samples/work.js";

interface Samples {
  readonly count: number;
  readonly inputs: readonly Data[];
}

/** Samples of an input: rows × features, with a window rows × window × features. An input of one code is rows alone. */
function arrays({ window }: FeedPlan, { count, inputs }: Samples): FeedArray[] {
  return inputs.map((values) => {
    const width = values.length / (count * Math.max(1, window));
    const each = values instanceof Int32Array && width === 1 ? [] : [width];
    return { values, sizes: [count, ...(window > 0 ? [window] : []), ...each] };
  });
}

const sum = (counts: Int32Array): number => counts.reduce((total, count) => total + count, 0);

/** @param both whether the learner's own predictions are wanted beside the champion's */
export function learnWork(
  plan: FeedPlan,
  arrivals: Samples | undefined,
  batches?: Batches | undefined,
  both = false,
): LearnWork {
  const predicted = arrivals === undefined || arrivals.count === 0 ? [] : arrays(plan, arrivals);
  if (batches === undefined) return { arrivals: predicted, cuts: [], inputs: [], counts: [], both };
  const { sizes, after, inputs, targets } = batches;
  const count = sum(sizes);
  return {
    arrivals: predicted,
    cuts: Array.from(after),
    inputs: arrays(plan, { count, inputs }),
    targets: { values: targets, sizes: [count, targets.length / count] },
    counts: Array.from(sizes),
    both,
  };
}
