/** How a feed stands: a row of the table of all, and one by itself in full. */
import * as k from "../../protocol/make.js";
import type { K } from "../../protocol/values.js";
import { handleK } from "../engine/handle.js";
import type { Handle } from "../engine/index.js";
import type { About } from "./thread/messages.js";

/** What stands in the table of feeds. */
export interface Standing {
  readonly handle: Handle;
  readonly model: Handle;
  readonly name: string;
  readonly table: string;
  readonly status: string;
  readonly ended: boolean;
  readonly rows: number;
  readonly steps: number;
  readonly loss: number;
  readonly waiting: number;
  readonly dropped: number;
  /** What happened last, "" for nothing. */
  readonly note: string;
}

export const standings = (all: readonly Standing[]): K =>
  k.table({
    ptr: k.list(all.map(({ handle }) => handleK(handle))),
    feed: k.symbols(all.map(({ name }) => name)),
    table: k.symbols(all.map(({ table }) => table)),
    status: k.list(all.map(({ status }) => k.chars(status))),
    ended: k.booleans(all.map(({ ended }) => ended)),
    rows: k.longs(all.map(({ rows }) => rows)),
    steps: k.longs(all.map(({ steps }) => steps)),
    loss: k.floats(all.map(({ loss }) => loss)),
    waiting: k.longs(all.map(({ waiting }) => waiting)),
    dropped: k.longs(all.map(({ dropped }) => dropped)),
  });

/** @param checkpoint the last one's name, "" where there is none */
export function summary(standing: Standing, about: About | undefined, checkpoint: string): K {
  const { name, table, status, rows, steps, loss, waiting, dropped, note } = standing;
  const { counts, lag = 0, coalesced = 0, unpredicted = 0 } = about ?? {};
  const fields: readonly (readonly [string, K])[] = [
    ["feed", k.symbol(name)],
    ["table", k.symbol(table)],
    ["status", k.chars(status)],
    ["ended", k.boolean(standing.ended)],
    ["model", handleK(standing.model)],
    ["rows", k.long(rows)],
    ["samples", k.long(counts?.samples ?? 0)],
    ["steps", k.long(steps)],
    ["loss", k.float(loss)],
    ["lag", k.long(lag)],
    ["waiting", k.long(waiting)],
    ["dropped", k.long(dropped)],
    ["coalesced", k.long(coalesced)],
    ["unpredicted", k.long(unpredicted)],
    ["skipped", k.long(counts?.skipped ?? 0)],
    ["expired", k.long(counts?.expired ?? 0)],
    ["unlabelled", k.long(counts?.unlabelled ?? 0)],
    ["late", k.long(counts?.late ?? 0)],
    ["note", k.chars(note)],
    ["checkpoint", k.symbol(checkpoint)],
  ];
  return k.dict(k.symbols(fields.map(([each]) => each)), k.list(fields.map(([, value]) => value)));
}
