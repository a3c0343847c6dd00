/** Event time: what the rows say, never what the machine's clock says. */
import { isBig, isFloating, isTemporal, NANOS_OF, TYPE, TYPE_NAMES } from "../../../protocol/types.js";
import { KError, type Symbols, Vector } from "../../../protocol/values.js";
import { items } from "../../../protocol/view.js";
import type { State, Stateful } from "../state.js";
import { numbers } from "./saved.js";

/** Nanoseconds from which on a 64-bit time is a null or an infinity. */
const ENDLESS = 2 ** 63 - 2 ** 10;
const NO_INT = 2 ** 31 - 1;

/**
 * The event times of rows, which never fall: a row from before the latest so far counts as at that time, and so does
 * one without a time.
 */
export class Clock implements Stateful {
  /** Rows whose time was taken from the latest before. */
  late = 0;
  #type = 0;
  #now = Number.NEGATIVE_INFINITY;

  /** @param column name of the time column, for errors */
  constructor(readonly column: string) {}

  /** The latest time so far, in nanoseconds; `-Infinity` before the first row of a day. */
  get now(): number {
    return this.#now;
  }

  /** Whether times have dates, so that they go on rising over midnight. */
  get dated(): boolean {
    return this.#type === TYPE.timestamp || this.#type === TYPE.date || this.#type === TYPE.datetime;
  }

  /**
   * Times in nanoseconds since midnight, or since 2000 where they have dates (there to 128 ns: it is a float).
   * @throws KError where the column is not of a time type, or of another one than before
   */
  read(values: Vector | Symbols | undefined): Float64Array {
    if (!(values instanceof Vector) || !isTemporal(values.type) || values.type === TYPE.month)
      throw new KError(
        `feed: ${this.column} is not a column of times; one of timestamp, date, datetime, timespan, minute, second, time is needed`,
      );
    if (this.#type !== 0 && this.#type !== values.type)
      throw new KError(
        `feed: ${this.column} was a column of type ${TYPE_NAMES[this.#type]}, and now comes as ${TYPE_NAMES[values.type]}`,
      );
    this.#type = values.type;
    const times = nanos(values);
    let now = this.#now;
    for (let i = 0; i < times.length; i++) {
      // also false where there is no time
      if (times[i]! >= now) now = times[i]!;
      else {
        this.late++;
        if (now === Number.NEGATIVE_INFINITY) now = 0;
        times[i] = now;
      }
    }
    this.#now = now;
    return times;
  }

  /** Midnight: times without dates begin anew. */
  endOfDay(): void {
    if (!this.dated) this.#now = Number.NEGATIVE_INFINITY;
  }

  save(): State {
    return { clock: Float64Array.of(this.#type, this.#now, this.late) };
  }

  load(state: State): void {
    const [type, now, late] = numbers(state, "clock", Float64Array, 3);
    this.#type = type!;
    this.#now = now!;
    this.late = late!;
  }
}

/** A fresh array of nanoseconds; NaN where there is no time. */
function nanos(column: Vector): Float64Array {
  const out = new Float64Array(column.count);
  const values = items(column);
  const unit = Number(NANOS_OF[column.type]!);
  if (isBig(column.type)) {
    // two halves of 32 bits: no bigint is made for each item
    const halves = new Int32Array(values.buffer, values.byteOffset, 2 * out.length);
    for (let i = 0; i < out.length; i++) {
      const time = halves[2 * i + 1]! * 2 ** 32 + (halves[2 * i]! >>> 0);
      out[i] = Math.abs(time) < ENDLESS ? time : Number.NaN;
    }
  } else {
    const units = values as Int32Array | Float64Array;
    const most = isFloating(column.type) ? Number.MAX_SAFE_INTEGER : NO_INT;
    for (let i = 0; i < out.length; i++) out[i] = Math.abs(units[i]!) < most ? units[i]! * unit : Number.NaN;
  }
  return out;
}
