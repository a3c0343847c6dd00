import { WIDTH } from "../../../protocol/types.js";
import { Symbols, Vector } from "../../../protocol/values.js";
import type { Rows } from "../rows.js";

/** Rows in blocks of at most so many, so that what is made of a large message needs memory for a part of it only. */
export function* blocks(rows: Rows, most: number): Generator<Rows> {
  if (rows.count === 0) return;
  if (rows.count <= most) yield rows;
  else
    for (let from = 0; from < rows.count; from += most) {
      const to = Math.min(rows.count, from + most);
      const columns = [...rows.columns].map(([name, column]) => [name, slice(column, from, to)] as const);
      yield { count: to - from, columns: new Map(columns) };
    }
}

function slice(column: Vector | Symbols, from: number, to: number): Vector | Symbols {
  if (column instanceof Symbols) return new Symbols(to - from, () => column.names.slice(from, to));
  const width = WIDTH[column.type]!;
  return new Vector(column.type, column.bytes.subarray(from * width, to * width));
}
