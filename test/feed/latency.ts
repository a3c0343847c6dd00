/** How long after a row was published its prediction came back, told by the row's time. */
import * as k from "../../protocol/make.js";
import { TYPE, Vector } from "../../protocol/values.js";
import type { Column } from "./columns.js";

/** Rows that may wait for a prediction: of more the oldest are forgotten. */
const MOST = 2 ** 18;

export class Latency {
  readonly #table: string;
  /** Milliseconds by the row's time, the oldest first. */
  readonly #published = new Map<bigint, number>();
  #microseconds: number[] = [];

  /** @param table where predictions come */
  constructor(table: string) {
    this.#table = table;
  }

  /** A plant's `onUpd`. */
  readonly note = (table: string, [times]: readonly Column[]): void => {
    if (!(times instanceof Vector) || times.type !== TYPE.timespan) return;
    const now = performance.now();
    for (const time of k.items(times) as BigInt64Array)
      if (table === this.#table) this.#came(time, now);
      else this.#published.set(time, now);
    while (this.#published.size > MOST) this.#published.delete(this.#published.keys().next().value!);
  };

  /** Microseconds of each prediction since it was asked last, as many as are kept. */
  take(): number[] {
    const taken = this.#microseconds;
    this.#microseconds = [];
    return taken;
  }

  #came(time: bigint, now: number): void {
    const then = this.#published.get(time);
    if (then === undefined) return;
    this.#published.delete(time);
    if (this.#microseconds.length < MOST) this.#microseconds.push(1000 * (now - then));
  }
}
