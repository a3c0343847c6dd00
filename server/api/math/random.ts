/** Draws from distributions that tensors describe (math-random page). */
import { type K, NULL } from "../../../protocol/values.js";
import type { Soon } from "../../engine/index.js";
import { forget, invoke, make } from "../args/invoke.js";
import { after, answer } from "../args/read.js";
import { type Call, page, type Topic } from "../call.js";
import { fn, form, type OperatorRow, x } from "./forms.js";
import { flag, long } from "./options.js";
import { finish, prepare } from "./run.js";

const PAGE = "math-random";

export const RANDOM: readonly OperatorRow[] = [
  fn(PAGE, "bernoulli", form([x], "bernoulli", { out: "out" }), {
    words: {
      count: "{who}: expecting args of (x;output), but {n} args given",
      wrong: "{who}: expecting args of (x;output), given {last} as output",
    },
  }),
];

/** A count that is not given, or negative, is one draw. */
const samples = ({ num_samples: n }: { num_samples?: bigint }): bigint | undefined =>
  n === undefined || n < 0n ? undefined : n;

const MULTINOMIAL = fn(
  PAGE,
  "multinomial",
  form([x, long("n").to("num_samples"), flag("replace").to("replacement")], "multinomial", {
    out: "out",
    derive: (options) => ({ ...options, num_samples: samples(options) ?? 1n }),
  }),
  {
    refuses: "atoms",
    words: {
      count: "{who}: expecting 1-4 args, (input;n;replaceflag;output), given {n}",
      wrong: "{who}: unrecognized args, expecting (input;n;replaceflag;output)",
    },
  },
);

/** Indices drawn with probabilities by row; without a count, one for each row, and no dimension of one. */
function multinomial(call: Call, x: K): Soon<K> {
  return after(prepare(call, MULTINOMIAL, x), (prepared) => {
    const { args, options, output, asHandle } = prepared;
    if (samples(options) !== undefined) return finish(call, MULTINOMIAL, prepared);
    if (output === undefined)
      return after(make(call, "multinomial", args), (drawn) => {
        const self = { handle: call.keep(drawn) };
        return after(invoke(call, "squeeze", { self }, asHandle ? "handle" : "k"), answer);
      });
    return after(finish(call, MULTINOMIAL, prepared), () =>
      after(invoke(call, "squeeze_", { self: { handle: output } }, "handle"), (made) => {
        forget(call, made);
        return NULL;
      }),
    );
  });
}

export const randomTopic: Topic = page(PAGE, { multinomial });
