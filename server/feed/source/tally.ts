/** Messages that are no rows, counted by the reason until they are told of. */
import type { Listener } from "./source.js";

/** Reasons kept apart. */
const MOST = 100;

export class Tally {
  #counts = new Map<string, number>();

  constructor(private readonly listener: Pick<Listener, "ignored">) {}

  add(why: string): void {
    const reason = this.#counts.size < MOST || this.#counts.has(why) ? why : "for other reasons";
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  tell(): void {
    if (this.#counts.size === 0) return;
    const counts = this.#counts;
    this.#counts = new Map();
    for (const [why, count] of counts) this.listener.ignored(count, why);
  }
}
