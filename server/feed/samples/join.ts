/** Arrivals and batches put together: each array of the result has memory of its own. */
import { pool } from "./pool.js";
import type { Arrivals, Batch, Batches, Data } from "./work.js";

/**
 * Items of arrays, one after the other; one whole array as it is.
 * @param over whether a part's array is of no more use
 */
function join<T extends Data>(parts: readonly T[], over: (part: number) => boolean = () => true): T {
  const [part] = parts as [T];
  if (parts.length === 1 && part.byteLength === part.buffer.byteLength) return part;
  const Type = part.constructor as new (buffer: ArrayBuffer, at: number, length: number) => T;
  const out = pool.array(
    Type,
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const each of parts) {
    out.set(each, at);
    at += each.length;
  }
  parts.forEach((each, i) => {
    if (over(i)) pool.give(each);
  });
  return out;
}

/** Some of an array's samples, where it has `count`. */
function some<T extends Data>(data: T, count: number, from: number, to: number): T {
  const width = data.length / count;
  return (from === 0 && to === count ? data : data.subarray(width * from, width * to)) as T;
}

/** Arrivals from one number to below another, of pieces that follow each other and have all of them; those before are used up. */
export function joinArrivals(pieces: readonly Arrivals[], first: number, end: number): Arrivals {
  const parts = pieces.map((piece) => {
    const from = Math.max(0, first - piece.first);
    const to = Math.min(piece.count, end - piece.first);
    return {
      time: some(piece.time, piece.count, from, to),
      keys: to - from === piece.count ? piece.keys : piece.keys.slice(from, to),
      inputs: piece.inputs.map((data) => some(data, piece.count, from, to)),
    };
  });
  const over = (i: number): boolean => pieces[i]!.first + pieces[i]!.count <= end;
  return {
    count: end - first,
    first,
    time: join(
      parts.map(({ time }) => time),
      over,
    ),
    keys: parts.length === 1 ? parts[0]!.keys : parts.flatMap(({ keys }) => keys),
    inputs: parts[0]!.inputs.map((_, i) =>
      join(
        parts.map(({ inputs }) => inputs[i]!),
        over,
      ),
    ),
  };
}

/** Batches are used up. @param after how many of the work's arrivals come before each batch */
export function joinBatches(batches: readonly Batch[], after: readonly number[]): Batches {
  return {
    sizes: Int32Array.from(batches, ({ count }) => count),
    fresh: Int32Array.from(batches, ({ fresh }) => fresh),
    after: Int32Array.from(after),
    numbers: join(batches.map(({ numbers }) => numbers)),
    inputs: batches[0]!.inputs.map((_, i) => join(batches.map(({ inputs }) => inputs[i]!))),
    targets: join(batches.map(({ targets }) => targets)),
  };
}

/** Two batches as one, both used up: new samples of both first, then those from replay buffers. */
export function coalesce(one: Batch, other: Batch): Batch {
  const both = <T extends Data>(of: (batch: Batch) => T): T =>
    join([
      some(of(one), one.count, 0, one.fresh),
      some(of(other), other.count, 0, other.fresh),
      some(of(one), one.count, one.fresh, one.count),
      some(of(other), other.count, other.fresh, other.count),
    ]);
  return {
    count: one.count + other.count,
    fresh: one.fresh + other.fresh,
    after: other.after,
    numbers: both(({ numbers }) => numbers),
    inputs: one.inputs.map((_, i) => both(({ inputs }) => inputs[i]!)),
    targets: both(({ targets }) => targets),
  };
}

export const bytesOf = ({ inputs, numbers, targets }: Batch): number =>
  inputs.reduce((sum, data) => sum + data.byteLength, numbers.byteLength + targets.byteLength);
