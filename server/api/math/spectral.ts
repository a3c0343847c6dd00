/** Fourier transforms, their frequencies and windows (math-spectral page). */

import type { OperatorArgs } from "../args/invoke.js";
import { fn, form, type OperatorRow, x } from "./forms.js";
import { choice, long, maybeLong, maybeLongs, type Option } from "./options.js";

const PAGE = "math-spectral";

// transforms ---------------------------------------------------------------------------------------------------

/** A transform pads its input to the size that is asked for; more points than this are no size but a mistake. */
const MOST_POINTS = 2n ** 28n;

function tooLong({ n, s }: OperatorArgs): string | undefined {
  const sizes = (s ?? [n ?? 1n]) as readonly bigint[];
  const points = sizes.reduce((product, each) => product * (each > 0n ? each : 1n), 1n);
  return points > MOST_POINTS
    ? `up to ${MOST_POINTS} points expected, given a size of ${sizes.join(" ")}`
    : undefined;
}

/** (input;size;dim;norm;output): a long each in one dimension, lists of them in several. */
function transform(name: string, size: Option, dim: Option): OperatorRow {
  const norm = choice("norm", ["forward", "backward", "ortho"], "unrecognized fft norm: ");
  return fn(PAGE, name, form([x, size, dim, norm], `fft_${name}`, { out: "out" }), { guard: tooLong });
}

const KINDS = ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"];

const shift = (name: string): OperatorRow =>
  fn(PAGE, name, [form([x], `fft_${name}`), form([x, maybeLongs("dim").must()], `fft_${name}`)], {
    words: {
      count: "{who}: unexpected arg(s), expecting (input;dim)",
      wrong: "{who}: expected 2nd arg of dimension(s), given {last}",
    },
  });

export const SPECTRAL: readonly OperatorRow[] = [
  ...KINDS.map((kind) => transform(kind, maybeLong("size").to("n"), long("dim"))),
  ...KINDS.flatMap((kind) =>
    ["2", "n"].map((d) => transform(kind + d, maybeLongs("size").to("s"), maybeLongs("dim"))),
  ),
  shift("fftshift"),
  shift("ifftshift"),
];
