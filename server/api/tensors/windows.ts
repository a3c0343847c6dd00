/** Windows and sample frequencies for Fourier transforms: tensors made of numbers (math-spectral page). */
import { Atom, type K, List, NULL, TYPE, Vector } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";
import type { Soon } from "../../engine/index.js";
import { make, type OperatorArgs, writeInto } from "../args/invoke.js";
import { nameOf } from "../args/ktypes.js";
import { after, asLong, describe, fail } from "../args/read.js";
import { optionNames, readTensorOptions, type TensorOptions } from "../args/tensor_options.js";
import { type Call, page, type Run, type Topic } from "../call.js";
import { fn, form, type OperatorRow } from "../math/forms.js";
import { flag, long, longOrDouble } from "../math/options.js";
import { prepare } from "../math/run.js";
import { finish } from "./convert.js";

const PAGE = "math-spectral";

/** A tensor made of numbers, with tensor options last. @param dtype where none of them names one */
function created(call: Call, row: OperatorRow, x: K, dtype?: string): Soon<K> {
  const all = x instanceof Atom ? [x] : x instanceof List && asHandle(x) === undefined ? x.items : undefined;
  const names = all !== undefined && all.length > 1 ? optionNames(all.at(-1)) : undefined;
  const options: TensorOptions = names === undefined ? {} : readTensorOptions(call.engine, names);
  const items = names === undefined ? all : all!.slice(0, -1);
  return after(prepare(call, row, x, items), ({ form: { operator, output }, args, output: into }) => {
    if (into !== undefined)
      return after(writeInto(call, (output as { operator: string }).operator, args, [into]), () => NULL);
    const { layout, device, pinned } = options;
    const given = { ...args, dtype: options.dtype ?? dtype, layout, device, pin_memory: pinned };
    return after(make(call, operator, given), (made) => finish(call, made, options));
  });
}

/** What a window's many cosines are worked out for in a second or two. */
const LONGEST_WINDOW = 100_000_000n;

const tooLong = ({ window_length, n = window_length }: OperatorArgs): string | undefined =>
  (n as bigint) > LONGEST_WINDOW ? `expecting a length of at most ${LONGEST_WINDOW}, given ${n}` : undefined;

/** (length;periodic;numbers): the numbers, which take their defaults, only where the flag is given. */
function window(
  name: string,
  overload: string,
  numbers: Readonly<Record<string, number>>,
  expected: string,
): Run {
  const given = Object.keys(numbers).map(longOrDouble);
  const defaults = (options: OperatorArgs): OperatorArgs => ({ periodic: true, ...numbers, ...options });
  const length = long("length").to("window_length").must();
  const operator = `${name}_window.${overload}`;
  const all = `{who} expects arg(s) of ${expected}`;
  const row = fn(
    PAGE,
    name,
    [
      form([length], operator, { derive: defaults }),
      form([length, flag("periodic").must(), ...given], operator, { derive: defaults }),
    ],
    { list: "args", gives: "handle", guard: tooLong, words: { refused: all, count: all, wrong: all } },
  );
  return (call, x) => created(call, row, x, call.settings.defaultDtype);
}

const PLAIN_WINDOW = "length, (length;tensor attributes), (length;periodic;tensor attributes)";
const plain = (name: string): Run => window(name, "periodic", {}, PLAIN_WINDOW);

/** (length;scale;options), (length;scale;output), or both numbers as a long list. */
function frequencies(name: string): Run {
  const wrong = "{who}: unrecognized arg(s), expecting (length;scale;options/output)";
  const row = fn(
    PAGE,
    name,
    form([long("length").to("n").must(), longOrDouble("scale").to("d")], `fft_${name}`, { out: "out" }),
    {
      list: "pair",
      gives: "handle",
      guard: (args) => {
        const { n } = args;
        return (n as bigint) < 0n ? `length cannot be negative, given ${n}` : tooLong(args);
      },
      words: { refused: `${wrong}, given {type}`, count: wrong, wrong },
    },
  );
  return (call, x) => {
    if (x instanceof Vector && x.type === TYPE.long && x.count !== 2)
      return fail(`${name}: expecting FFT length and spacing but given ${x.count} element(s)`);
    if (x instanceof Atom && asLong(x) === undefined)
      return fail(
        `${name}: unrecognized arg(s), expecting (length;scale;options/output), given ${nameOf(x)}`,
      );
    const first = x instanceof List ? (x.count === 0 ? x : x.items[0]!) : undefined;
    if (first !== undefined && asLong(first) === undefined)
      return fail(`${name}: expecting FFT length as first argument, given ${describe(call, first)}`);
    return created(call, row, x);
  };
}

export const windowTopic: Topic = page(PAGE, {
  bartlett: plain("bartlett"),
  blackman: plain("blackman"),
  hann: plain("hann"),
  hamming: window(
    "hamming",
    "periodic_alpha_beta",
    { alpha: 0.54, beta: 0.46 },
    "length, (length;periodic), (length;periodic;alpha) or (length;periodic;alpha;beta), along w'optional tensor attributes",
  ),
  kaiser: window(
    "kaiser",
    "beta",
    { beta: 12 },
    "length, (length;periodic) or (length;periodic;beta), along w'optional tensor attributes",
  ),
  fftfreq: frequencies("fftfreq"),
  rfftfreq: frequencies("rfftfreq"),
});
