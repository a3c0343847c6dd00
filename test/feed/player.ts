/** Rows from a plant: a reel as fast as its subscribers take it, or at a rate whether they take it or not; or fresh quotes. */
import { setTimeout as sleep } from "node:timers/promises";
import * as k from "../../protocol/make.js";
import type { Market } from "./market.js";
import type { Reel } from "./reel.js";
import type { Plant } from "./tickerplant.js";

export interface Played {
  readonly messages: number;
  readonly rows: number;
  /** On the wire, to one subscriber. */
  readonly bytes: number;
  readonly milliseconds: number;
  /** The most that any subscriber's output queue held, bytes. */
  readonly queued: number;
}

/** Goes on where it stopped; times never go back. Subscribers get all rows, whatever symbols they have asked for. */
export class Player {
  readonly #plant: Plant;
  readonly #reel: Reel;
  #messages = 0;

  constructor(plant: Plant, reel: Reel) {
    this.#plant = plant;
    this.#reel = reel;
  }

  /** As fast as the slowest subscriber takes it. The plant's log is written first. */
  async blast(messages: number): Promise<Played> {
    const subscribers = this.#plant.subscribers(this.#reel.table);
    const start = performance.now();
    let [bytes, queued] = [0, 0];
    let [before, last]: Promise<unknown>[] = [];
    for (let left = messages; left > 0; ) {
      // the copy that was sent before the last one must be on its way before its times are changed
      await before;
      const { part, count } = this.#next(left);
      before = last;
      last = Promise.all(subscribers.map((each) => each.sent(part)));
      bytes += part.length;
      queued = Math.max(queued, ...this.#plant.queues());
      left -= count;
    }
    await last;
    return this.#played(messages, bytes, start, queued);
  }

  /** At a rate, for so long. */
  async pump(rowsPerSecond: number, milliseconds: number): Promise<Played> {
    const start = performance.now();
    let [bytes, queued] = [0, 0];
    const send = (due: number): void => {
      for (let left = due; left > 0; ) {
        const { part, count } = this.#next(left);
        const copy = Uint8Array.from(part);
        for (const each of this.#plant.subscribers(this.#reel.table)) this.#plant.deliver(each, copy);
        bytes += part.length;
        left -= count;
      }
      queued = Math.max(queued, ...this.#plant.queues());
    };
    const messages = await atRate(rowsPerSecond / this.#reel.rows, milliseconds, send);
    return this.#played(messages, bytes, start, queued);
  }

  /** The next messages, at most so many, of one playing; in the log already. */
  #next(most: number): { part: Uint8Array; count: number } {
    const reel = this.#reel;
    const play = Math.floor(this.#messages / reel.messages);
    const first = this.#messages % reel.messages;
    const count = Math.min(most, reel.messages - first);
    const strip = reel.wire[play % 2]!;
    strip.shift(play * reel.span);
    if (this.#plant.file !== undefined) {
      reel.log.shift(play * reel.span);
      this.#plant.record(cut(reel.log, first, count), count);
    }
    this.#messages += count;
    return { part: cut(strip, first, count), count };
  }

  #played(messages: number, bytes: number, start: number, queued: number): Played {
    const milliseconds = performance.now() - start;
    return { messages, rows: messages * this.#reel.rows, bytes, milliseconds, queued };
  }
}

const cut = ({ bytes, ends }: Reel["log"], first: number, count: number): Uint8Array =>
  bytes.subarray(first === 0 ? 0 : ends[first - 1], ends[first + count - 1]);

/** Calls `send` with how many are due, about every millisecond. @returns how many there were */
async function atRate(aSecond: number, milliseconds: number, send: (due: number) => void): Promise<number> {
  const start = performance.now();
  let done = 0;
  for (let now = 0; now < milliseconds; ) {
    await sleep(1);
    now = Math.min(performance.now() - start, milliseconds);
    const due = Math.floor((now * aSecond) / 1000) - done;
    send(due);
    done += due;
  }
  return done;
}

/** Publishes a market's quotes as they are made, without repeating any. @returns how many messages */
export function stream(
  plant: Plant,
  market: Market,
  rowsPerMessage: number,
  rowsPerSecond: number,
  milliseconds: number,
): Promise<number> {
  return atRate(rowsPerSecond / rowsPerMessage, milliseconds, (due) => {
    for (let i = 0; i < due; i++) plant.upd("quote", k.list(market.quotes(rowsPerMessage)));
  });
}
