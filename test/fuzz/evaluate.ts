/** A process that evaluates the texts that it is sent, with little memory: text.ts starts it. */
import { KError } from "../../protocol/values.js";
import { outward } from "../../server/language/eval/result.js";
import { evaluateTo } from "../../server/language/eval/run.js";
import { Workspace } from "../../server/language/index.js";
import { checkedBytes } from "../../server/language/thread/bytes.js";
import { DEFAULT_TEXT_LIMITS } from "../../server/language/values/budget.js";
import { Call, LATER } from "../../server/language/values/functions.js";

const limits = { ...DEFAULT_TEXT_LIMITS, memory: 32 * 2 ** 20, time: 200, steps: 1_000_000 };
const externals = { rank: () => undefined, call: () => undefined, names: () => [] };

/** What a text ended in: the type of a value, a k error, or what nobody foresaw. */
export type Ending = { readonly type: number } | { readonly error: string } | { readonly fault: string };

async function ending(text: string): Promise<Ending> {
  try {
    const type = await evaluateTo(text, new Workspace(externals, limits), (outcome) => {
      if (outcome instanceof Call) throw new Error("a call of a function that is not there");
      if (outcome === LATER) return 0;
      return checkedBytes(outward(outcome)).bytes[0]!;
    });
    return { type };
  } catch (thrown) {
    if (thrown instanceof KError) return { error: thrown.message };
    return { fault: thrown instanceof Error ? String(thrown.stack) : String(thrown) };
  }
}

process.on("message", (text: string) => {
  ending(text).then((result) => process.send!(result));
});
