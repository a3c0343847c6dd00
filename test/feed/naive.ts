/** Samples and batches of a whole day, each row looking through all others: slow, and without any state. */
import type { Ahead } from "../../server/feed/features/label.js";
import type { FeedPlan } from "../../server/feed/plan.js";
import { type Row, SECOND, type Seen } from "./day.js";

export function naive(settings: FeedPlan, aheads: readonly Ahead["span"][], rows: readonly Row[]): Seen {
  const { nulls, tolerance, batchsize, batchtime } = settings;
  const window = Math.max(1, settings.window);
  const coded = settings.inputs.length > 1;
  const codes = [...new Set(rows.map(({ sym }) => sym))];
  let late = 0;
  const times: number[] = [];
  for (const { seconds } of rows) {
    const last = times.at(-1) ?? Number.NEGATIVE_INFINITY;
    if (seconds * SECOND < last) late++;
    times.push(Math.max(last, seconds * SECOND));
  }
  const now = times.at(-1) ?? 0;
  /** Rows of row i's key: before it, nearest first; after it and itself, in order. */
  const before = (i: number) =>
    rows.flatMap(({ sym }, j) => (j < i && sym === rows[i]!.sym ? [j] : [])).reverse();
  const later = (i: number) => rows.flatMap(({ sym }, j) => (j >= i && sym === rows[i]!.sym ? [j] : []));
  const raw = rows.map(({ x }, i) => [x, rows[before(i)[0] ?? -1]?.x ?? Number.NaN]);
  const isNull = (i: number) => !raw[i]!.every(Number.isFinite);
  const features = rows.map((_, i) =>
    raw[i]!.map((value, j) => {
      if (Number.isFinite(value)) return value;
      const good = before(i).find((other) => Number.isFinite(raw[other]![j]));
      return good === undefined ? 0 : raw[good]![j]!;
    }),
  );
  const samples = rows
    .map((_, i) => i)
    .filter((i) => nulls === "fill" || !isNull(i))
    .map((i) => ({
      row: i,
      window: [i, ...before(i).filter((j) => nulls === "fill" || !isNull(j))].slice(0, window).reverse(),
    }))
    .filter((sample) => sample.window.length === window);
  const inputs = (sample: { window: number[] }) => [
    sample.window.flatMap((i) => features[i]!),
    ...(coded ? [sample.window.map((i) => codes.indexOf(rows[i]!.sym))] : []),
  ];
  const longest = Math.max(...aheads.map((span) => ("nanos" in span ? span.nanos : 0)));
  let expired = 0;
  let unlabelled = 0;
  let waiting = 0;
  const known: { number: number; at: number; target: number }[] = [];
  samples.forEach((sample, number) => {
    const { row } = sample;
    const found = aheads.map((span) => {
      if ("rows" in span) return later(row)[span.rows];
      return later(row).find((j) => times[j]! >= times[row]! + span.nanos);
    });
    const lost = aheads.some((span, i) => {
      if ("rows" in span) return false;
      const at = found[i];
      if (at === undefined) return now > times[row]! + longest + tolerance;
      return times[at]! > times[row]! + span.nanos + tolerance;
    });
    if (lost) expired++;
    else if (found.includes(undefined)) waiting++;
    else {
      const values = [row, ...(found as number[])].map((j) => rows[j]!.y);
      const target = values.reduce((sum, y) => sum + y, 0);
      known.push({ number, at: Math.max(row, ...(found as number[])), target });
    }
  });
  known.sort((a, b) => a.at - b.at || a.number - b.number);
  const arrived = (row: number) => samples.filter((sample) => sample.row <= row).length;
  const seen: Seen["batches"] = [];
  let open: typeof known = [];
  const close = (at: number) => {
    if (open.length > 0) {
      const all = open.map(({ number }) => inputs(samples[number]!));
      seen.push({
        count: open.length,
        fresh: open.length,
        after: arrived(at),
        numbers: Float64Array.from(open, ({ number }) => number),
        inputs: [
          Float64Array.from(all.flatMap((each) => each[0]!)),
          ...(coded ? [Int32Array.from(all.flatMap((each) => each[1]!))] : []),
        ],
        targets: Float64Array.from(open, ({ target }) => target),
      });
    }
    open = [];
  };
  rows.forEach((_, row) => {
    if (
      batchtime > 0 &&
      row > 0 &&
      Math.floor(times[row]! / batchtime) !== Math.floor(times[row - 1]! / batchtime)
    )
      close(row);
    for (const each of known) {
      if (each.at !== row) continue;
      if (!Number.isFinite(each.target)) unlabelled++;
      else if (open.push(each) === batchsize) close(row);
    }
  });
  const skipped = rows.filter((_, i) => isNull(i)).length;
  return {
    arrivals: samples.map((sample, number) => ({
      number,
      time: times[sample.row]!,
      key: rows[sample.row]!.sym,
      inputs: inputs(sample),
    })),
    batches: seen,
    counts: { rows: rows.length, samples: samples.length, skipped, expired, unlabelled, late },
    waiting,
  };
}
