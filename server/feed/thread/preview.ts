/** What rows would be that came now: worked out of a copy of all state, so that nothing is changed. */
import { setImmediate as others } from "node:timers/promises";
import { decodeObject } from "../../../protocol/decode.js";
import * as k from "../../../protocol/make.js";
import { TYPE_NAMES } from "../../../protocol/types.js";
import { KError, type Symbols, Table, TYPE, type Vector } from "../../../protocol/values.js";
import type { FeedPlan } from "../plan.js";
import type { Column, Rows } from "../rows.js";
import { blocks } from "../samples/blocks.js";
import { joinArrivals } from "../samples/join.js";
import { Samples } from "../samples/samples.js";
import type { Arrivals } from "../samples/work.js";
import type { Preview } from "./messages.js";

/** Rows at most: they are looked at one by one. */
const MOST = 10_000;
/** Rows between two looks at what the plant has sent meanwhile. */
const SLICE = 100;

/**
 * @param samples whose state is copied, at once
 * @param bytes a table
 * @throws KError for what is no table of such columns
 */
export async function previewOf(
  plan: FeedPlan,
  columns: readonly Column[],
  samples: Samples | undefined,
  bytes: Uint8Array,
): Promise<Preview> {
  if (samples === undefined) throw new KError("predict: the feed does not know its table yet");
  const table = decodeObject(bytes);
  if (!(table instanceof Table)) throw new KError("predict: table expected");
  const rows = rowsOf(table, columns, samples.compiled.reads);
  const found: Arrivals[] = [];
  const places: number[] = [];
  let row = 0;
  const copy = Samples.of({ ...plan, judge: true }, columns, (piece) => {
    if (piece.kind !== "arrivals") return;
    found.push(piece);
    places.push(row);
  });
  copy.load(structuredClone(samples.save()));
  for (const one of blocks(rows, 1)) {
    copy.push(one);
    row++;
    if (row % SLICE === 0) await others();
  }
  if (found.length === 0) return { count: 0, rows: new Int32Array(0), inputs: [] };
  const first = found[0]!.first;
  const { count, inputs } = joinArrivals(found, first, first + found.length);
  return { count, rows: Int32Array.from(places), inputs };
}

function rowsOf(table: Table, columns: readonly Column[], reads: ReadonlySet<string>): Rows {
  const count = k.count(table);
  if (count > MOST) throw new KError(`predict: at most ${MOST} rows expected, given ${count}`);
  const read = new Map<string, Vector | Symbols>();
  for (const { name, type } of columns) {
    if (!reads.has(name)) continue;
    const at = table.columns.names.indexOf(name);
    const column = at < 0 ? undefined : table.values.items[at]!;
    if (column?.type !== type)
      throw new KError(
        `predict: column ${name} expected, a ${TYPE_NAMES[type]} list as the feed's table has; given ${column === undefined ? "none" : typeName(column.type)}`,
      );
    read.set(name, column as Vector | Symbols);
  }
  return { count, columns: read };
}

const typeName = (type: number): string =>
  type === TYPE.list ? "a general list" : `a ${TYPE_NAMES[type]} list`;
