/** Rows of a made-up day, and what the samples' maker needs of expressions, written by hand. */
import fc from "fast-check";
import * as k from "../../protocol/make.js";
import type { Symbols, Vector } from "../../protocol/values.js";
import type { Compiled } from "../../server/feed/features/compile.js";
import type { Ahead, Label } from "../../server/feed/features/label.js";
import type { FeedPlan } from "../../server/feed/plan.js";
import type { Rows } from "../../server/feed/rows.js";
import { Samples } from "../../server/feed/samples/samples.js";
import type { Batch, Counts, Piece } from "../../server/feed/samples/work.js";
import type { State } from "../../server/feed/state.js";

/** A row: seconds since midnight, and two columns of floats; NaN is null. */
export interface Row {
  readonly sym: string;
  readonly seconds: number;
  readonly x: number;
  readonly y: number;
}

export const SECOND = 1e9;

export const rowsOf = (rows: readonly Row[]): Rows => ({
  count: rows.length,
  columns: new Map<string, Vector | Symbols>([
    ["time", k.timespans(rows.map(({ seconds }) => BigInt(seconds) * 1_000_000_000n))],
    ["sym", k.symbols(rows.map(({ sym }) => sym))],
    ["x", k.floats(rows.map(({ x }) => x))],
    ["y", k.floats(rows.map(({ y }) => y))],
  ]),
});

export const plan = (changes: Partial<FeedPlan> = {}): FeedPlan => ({
  name: "f",
  source: { kind: "push", columns: [] },
  table: "quote",
  syms: [],
  by: "sym",
  time: "time",
  definitions: [],
  inputs: [
    {
      name: "a",
      features: [
        { name: "x", text: "x" },
        { name: "p", text: "prev x" },
      ],
    },
  ],
  targets: [{ name: "y", text: "y" }],
  window: 0,
  scale: false,
  nulls: "skip",
  tolerance: 0,
  batchsize: 4,
  batchtime: 0,
  steps: 1,
  replay: { keep: 0, rows: 0 },
  behind: "log",
  queue: { batches: 64, bytes: 2 ** 30 },
  seed: 1,
  keys: 100,
  judge: true,
  publish: "predictions",
  ...changes,
});

/**
 * Columns x, the key's x before (remembered), the key's number, and y: the first two, or three, are features; y is
 * what labels are made of.
 */
export class Columns implements Compiled {
  readonly reads = new Set(["time", "sym", "x", "y"]);
  readonly bytes = 0;
  readonly codes: readonly number[];
  #before: number[] = [];

  constructor(readonly coded: boolean) {
    this.codes = coded ? [0, 0, 10, 0] : [0, 0, 0];
  }

  evaluate(rows: Rows, keys: Int32Array): readonly Float64Array[] {
    const of = (name: string) => k.items(rows.columns.get(name) as never) as Float64Array;
    const before = new Float64Array(rows.count);
    const x = of("x");
    for (let i = 0; i < rows.count; i++) {
      before[i] = this.#before[keys[i]!] ?? Number.NaN;
      this.#before[keys[i]!] = x[i]!;
    }
    return [x, before, ...(this.coded ? [Float64Array.from(keys)] : []), of("y")];
  }

  save(): State {
    return { before: Float64Array.from(this.#before) };
  }

  load({ before }: State): void {
    this.#before = [...(before as Float64Array)];
  }
}

/** The sum of y and the values of y that lie ahead. */
export const label = (aheads: readonly Ahead["span"][]): Label => ({
  early: [{ name: " y", tree: undefined as never }],
  kept: [0],
  aheads: aheads.map((span) => ({ of: 0, span })),
  final: (values, count) => [
    Float64Array.from({ length: count }, (_, i) => values.reduce((sum, column) => sum + column[i]!, 0)),
  ],
});

/** All that came of rows: arrivals put together, and batches. */
export interface Seen {
  arrivals: { number: number; time: number; key: string; inputs: number[][] }[];
  batches: Batch[];
  counts: Counts;
  waiting: number;
}

/** What comes of rows that are cut into messages of these sizes, the rest in one; and of those of the day after. */
export function run(
  settings: FeedPlan,
  aheads: readonly Ahead["span"][],
  rows: readonly Row[],
  cuts: readonly number[] = [],
  between: (samples: Samples, again: () => Samples) => Samples = (samples) => samples,
  most?: number,
  tomorrow: readonly Row[] = [],
): Seen {
  const seen: Omit<Seen, "counts" | "waiting"> = { arrivals: [], batches: [] };
  const emit = (piece: Piece): void => {
    if (piece.kind === "batch") {
      const { kind: _, ...batch } = piece;
      seen.batches.push(batch);
      return;
    }
    if (piece.first !== seen.arrivals.length) throw new Error("numbers have a gap");
    for (let i = 0; i < piece.count; i++)
      seen.arrivals.push({
        number: piece.first + i,
        time: piece.time[i]!,
        key: piece.keys[i]!,
        inputs: piece.inputs.map((data) => {
          const length = data.length / piece.count;
          return [...data.subarray(i * length, (i + 1) * length)];
        }),
      });
  };
  const coded = settings.inputs.length > 1;
  const again = () => new Samples(settings, new Columns(coded), label(aheads), emit, most);
  let samples = again();
  const push = (all: readonly Row[]) => {
    let from = 0;
    for (const size of [...cuts, all.length]) {
      const part = all.slice(from, from + size);
      from += part.length;
      samples.push(rowsOf(part));
      samples = between(samples, again);
    }
  };
  push(rows);
  if (tomorrow.length > 0) {
    samples.endOfDay();
    push(tomorrow);
  }
  return { ...seen, counts: samples.counts, waiting: samples.waiting };
}

/** A state as it comes back from a file: JSON, and the bytes of typed arrays. */
export function written(state: State): State {
  const arrays: ArrayBufferView[] = [];
  const text = JSON.stringify(state, (_, value) =>
    ArrayBuffer.isView(value) ? { array: arrays.push(value) - 1 } : value,
  );
  return JSON.parse(text, (_, value) =>
    typeof value === "object" && value !== null && "array" in value
      ? structuredClone(arrays[value.array])
      : value,
  );
}

const value = fc.oneof(
  { weight: 8, arbitrary: fc.double({ min: -100, max: 100, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY) },
);

/** A day's rows: times rise mostly, some fall. */
export const anyDay = fc
  .array(
    fc.record({
      sym: fc.constantFrom("a", "b", "c"),
      step: fc.oneof(
        { weight: 6, arbitrary: fc.integer({ min: 0, max: 3 }) },
        { weight: 1, arbitrary: fc.integer({ min: -5, max: 30 }) },
      ),
      x: value,
      y: value,
    }),
    { maxLength: 60 },
  )
  .map((rows) => {
    let seconds = 100;
    return rows.map(({ step, ...rest }): Row => {
      seconds += step;
      return { ...rest, seconds };
    });
  });

export const anyCuts = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 12 });

const anySpan: fc.Arbitrary<Ahead["span"]> = fc.oneof(
  fc.record({ rows: fc.integer({ min: 0, max: 4 }) }),
  fc.record({ nanos: fc.integer({ min: 0, max: 8 }).map((seconds) => seconds * SECOND) }),
);

export const anyAheads = fc.array(anySpan, { maxLength: 3 });

export const anyPlan = fc
  .record({
    coded: fc.boolean(),
    window: fc.integer({ min: 0, max: 4 }),
    scale: fc.boolean(),
    nulls: fc.constantFrom("skip" as const, "fill" as const),
    tolerance: fc.constantFrom(0, 2 * SECOND, Number.POSITIVE_INFINITY),
    batchsize: fc.integer({ min: 1, max: 6 }),
    batchtime: fc.constantFrom(0, 5 * SECOND),
    replay: fc.record({ keep: fc.integer({ min: 0, max: 9 }), rows: fc.integer({ min: 0, max: 4 }) }),
    seed: fc.integer(),
  })
  .map(({ coded, ...rest }) => {
    const base = plan(rest);
    if (!coded) return base;
    return {
      ...base,
      inputs: [...base.inputs, { name: "s", features: [{ name: "c", text: "code[10;sym]" }] }],
    };
  });
