/** Taking turns with a floor, medians, and how busy the machine was meanwhile. */
import { availableParallelism, loadavg } from "node:os";

/** The value that a share `q` of the numbers lies below. */
export function quantile(values: ArrayLike<number>, q: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
}

export const median = (values: ArrayLike<number>): number => quantile(values, 0.5);

/** What one round measured of us and of the floor, in the same unit. */
export interface Round {
  readonly ours: number;
  readonly floor: number;
}

export interface Compared {
  /** The median of the rounds' own ratios, so that what slows the machine for a while slows both sides of it. */
  readonly ratio: number;
  readonly ours: number;
  readonly floor: number;
  readonly rounds: readonly Round[];
}

export const ROUNDS = 7;

/** Milliseconds of a step. */
export async function timed(step: () => unknown): Promise<number> {
  const start = performance.now();
  await step();
  return performance.now() - start;
}

/**
 * Runs both sides in turn, after one unmeasured round of each; who goes first changes from round to round.
 * @param invert whether the ratio is the floor's number over ours: for times where the goal speaks of rates
 */
export async function compare(
  ours: () => Promise<number>,
  floor: () => Promise<number>,
  { rounds = ROUNDS, invert = false } = {},
): Promise<Compared> {
  await floor();
  await ours();
  const all: Round[] = [];
  for (let i = 0; i < rounds; i++) {
    if (i % 2 === 0) {
      const first = await floor();
      all.push({ floor: first, ours: await ours() });
    } else {
      const first = await ours();
      all.push({ ours: first, floor: await floor() });
    }
  }
  return {
    ratio: median(all.map((x) => (invert ? x.floor / x.ours : x.ours / x.floor))),
    ours: median(all.map((x) => x.ours)),
    floor: median(all.map((x) => x.floor)),
    rounds: all,
  };
}

/** "load 2.1 on 2 cores": the system's average over the last minute. */
export const load = (): string => `${loadavg()[0]!.toFixed(1)} on ${availableParallelism()} cores`;

/** Three digits, without an exponent. */
export const digits = (x: number): string =>
  x >= 1000 ? Math.round(x).toLocaleString("en").replaceAll(",", " ") : String(Number(x.toPrecision(3)));
