/** Predictions as k values. */
import { encodeObject } from "../../../protocol/encode.js";
import * as k from "../../../protocol/make.js";
import { type K, TYPE } from "../../../protocol/values.js";
import type { Learned } from "../../engine/index.js";
import type { Arrivals } from "../samples/work.js";
import type { Preview } from "../thread/messages.js";

/** A vector; where a prediction has several numbers, one of each. */
const outputs = (width: number, column: (j: number) => Float64Array): K => {
  const columns = Array.from({ length: width }, (_, j) => k.floats(column(j)));
  return columns.length === 1 ? columns[0]! : k.list(columns);
};

/** Columns time, sym, prediction and version for a plant, as the bytes of a list. */
export function published(
  { time, keys }: Arrivals,
  { rows, width, predictions, versions }: Learned,
): Uint8Array {
  const columns = [
    k.vector(
      TYPE.timespan,
      Array.from({ length: rows }, (_, i) => BigInt(Math.round(time[i]!))),
    ),
    k.symbols(keys.slice(0, rows)),
    outputs(width, (j) => Float64Array.from({ length: rows }, (_, i) => predictions[i * width + j]!)),
    k.longs(Array.from(versions.subarray(0, rows))),
  ];
  return new Uint8Array(encodeObject(k.list(columns)));
}

/** What was asked for: of each row, null where it is no sample. */
export function asked(preview: Preview, { width, predictions }: Learned, rows: number): K {
  return outputs(Math.max(1, width), (j) => {
    const column = new Float64Array(rows).fill(Number.NaN);
    for (let i = 0; i < preview.count; i++) column[preview.rows[i]!] = predictions[i * width + j]!;
    return column;
  });
}
