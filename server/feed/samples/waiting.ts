/** Samples that wait for their label, and rows that windows are made of: what is kept by key. */
import { KError } from "../../../protocol/values.js";
import type { Ahead } from "../features/label.js";
import type { State, Stateful } from "../state.js";
import { Known } from "./known.js";
import { Line } from "./line.js";
import { numbers, part, whole } from "./saved.js";
import { NO_NUMBER, NUMBER, ROW, TIME, Track, type TrackShape, VALUES } from "./track.js";

export interface WaitingPlan {
  /** Features of a row, rows of a window. */
  readonly width: number;
  readonly window: number;
  /** Values of the row itself that its label needs. */
  readonly kept: number;
  readonly aheads: readonly Ahead[];
  /** Nanoseconds after its time that a value may come. */
  readonly tolerance: number;
  /** A sample that still waits when so many younger ones have come has lost. At least 1. */
  readonly most: number;
}

/**
 * A label is known once each of its values ahead is. A value so many rows ahead is the key's row of that number; a
 * value some time ahead is that of the key's first row from then on, which must come within the tolerance: once
 * event time has passed that, of whatever key, the sample has lost. As times never fall, samples of a key get their
 * values in order, and lose in order over all keys: so no sample is looked at before its turn.
 */
export class Waiting implements Stateful {
  readonly tracks: Track[] = [];
  /** Samples whose label did not come in time. */
  expired = 0;
  /** Samples that wait. */
  count = 0;
  readonly known = new Known();

  readonly #shape: TrackShape;
  readonly #spans: readonly number[];
  readonly #rows: readonly number[];
  readonly #deadline: number;
  readonly #line = new Line();
  /** Keys' rows of which samples have lost in this block. */
  readonly #losers: Track[] = [];

  constructor(readonly plan: WaitingPlan) {
    const aheads = plan.aheads.length;
    this.#shape = {
      width: plan.width,
      window: plan.window,
      notes: VALUES + plan.kept + aheads,
      aheads,
    };
    this.#spans = plan.aheads.map(({ span }) => ("nanos" in span ? span.nanos : Number.NaN));
    this.#rows = plan.aheads.map(({ span }) => ("rows" in span ? span.rows : Number.NaN));
    const times = this.#spans.filter((span) => !Number.isNaN(span));
    this.#deadline = times.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...times);
  }

  /** Numbers beside the features of a row. */
  get notes(): number {
    return this.#shape.notes;
  }

  /** Where values ahead begin in them. */
  get ahead(): number {
    return VALUES + this.plan.kept;
  }

  /** The rows of a key. */
  track(key: number): Track {
    const track = this.tracks[key];
    if (track !== undefined) return track;
    while (this.tracks.length <= key) this.tracks.push(new Track(this.#shape));
    return this.tracks[key]!;
  }

  /** The key's newest row is a sample, which waits. */
  wait(key: number, track: Track): void {
    this.#line.push(key, track.base + track.tail - 1);
    this.count++;
    if (this.#line.end - this.#line.head > this.plan.most) this.#trim();
  }

  /**
   * A row has come: rows of its key get the values that they wait for.
   * @param values columns of values that labels wait for, by ahead
   * @param row which of them
   * @param arrived samples that have arrived
   */
  resolve(
    key: number,
    track: Track,
    time: number,
    values: readonly Float64Array[],
    row: number,
    arrived: number,
  ): void {
    const { notes, tail, next } = track;
    const size = this.#shape.notes;
    const { tolerance } = this.plan;
    let all = tail;
    for (let i = 0; i < next.length; i++) {
      const value = values[i]![row]!;
      const span = this.#spans[i]!;
      const rows = this.#rows[i]!;
      const place = VALUES + this.plan.kept + i;
      let at = next[i]!;
      for (; at < tail; at++) {
        const from = at * size;
        // one of the two is NaN, and never so
        if (notes[from + ROW]! + rows <= track.seen) notes[from + place] = value;
        else if (notes[from + TIME]! + span <= time) {
          if (time > notes[from + TIME]! + span + tolerance) this.#lose(track, at, at + 1);
          else notes[from + place] = value;
        } else break;
      }
      next[i] = at;
      if (at < all) all = at;
    }
    for (let at = track.known; at < all; at++)
      if (notes[at * size + NUMBER]! !== NO_NUMBER) {
        this.count--;
        this.known.push(key, track.base + at, arrived);
      }
    track.known = all;
  }

  /** Samples among rows of a key, from `at` to below `end`, have lost. */
  #lose(track: Track, at: number, end: number): void {
    for (; at < end; at++) {
      const place = at * this.#shape.notes + NUMBER;
      if (track.notes[place] === NO_NUMBER) continue;
      track.notes[place] = NO_NUMBER;
      this.expired++;
      this.count--;
    }
  }

  /** A block has been dealt with: what is known is let go, and what has waited long enough loses. */
  settle(keys: Int32Array, now: number): void {
    this.known.clear();
    this.#sweep(now);
    for (let i = 0; i < keys.length; i++) this.tracks[keys[i]!]!.release();
    for (const track of this.#losers) track.release();
    this.#losers.length = 0;
  }

  /** All that waits has lost. Between blocks. */
  expire(): void {
    for (const track of this.tracks) {
      this.#lose(track, track.known, track.tail);
      track.pass(track.tail);
      track.release();
    }
    this.#line.clear();
  }

  #trackOf(entry: number): Track {
    return this.tracks[this.#line.key(entry)]!;
  }

  /** Whether a sample in the line still waits; its row is among its key's then. */
  #waits(entry: number): boolean {
    const { base, known } = this.#trackOf(entry);
    return this.#line.row(entry) - base >= known;
  }

  /** Samples that wait no more leave the line. */
  #skip(): void {
    const line = this.#line;
    while (line.head < line.end && !this.#waits(line.head)) line.head++;
  }

  /** Too many have come since the oldest that waits. */
  #trim(): void {
    const line = this.#line;
    this.#skip();
    for (; line.end - line.head > this.plan.most; this.#skip()) {
      const track = this.#trackOf(line.head);
      const end = line.row(line.head) - track.base + 1;
      this.#lose(track, track.known, end);
      track.pass(end);
      this.#losers.push(track);
    }
    line.compact();
  }

  /** Samples whose time for values is over lose where one is missing; those that wait for a row only wait on. */
  #sweep(now: number): void {
    const line = this.#line;
    for (; line.swept < line.end; line.swept++) {
      if (!this.#waits(line.swept)) continue;
      const track = this.#trackOf(line.swept);
      const place = line.row(line.swept) - track.base;
      const time = track.notes[place * this.#shape.notes + TIME]!;
      if (!(now > time + this.#deadline + this.plan.tolerance)) break;
      const { next } = track;
      for (let i = 0; i < next.length; i++)
        if (!Number.isNaN(this.#spans[i]!) && next[i]! <= place) {
          this.#lose(track, next[i]!, place + 1);
          next[i] = place + 1;
          this.#losers.push(track);
        }
      track.known = Math.min(...next);
    }
    this.#skip();
    line.compact();
  }

  save(): State {
    const { tracks } = this;
    const size = this.#shape.notes;
    const { width, aheads } = this.#shape;
    const kept = Int32Array.from(tracks, (track) => track.tail - track.begin);
    const rows = kept.reduce((sum, count) => sum + count, 0);
    const places = new Float64Array((3 + aheads) * tracks.length);
    const features = new Float64Array(rows * width);
    const notes = new Float64Array(rows * size);
    let at = 0;
    tracks.forEach((track, key) => {
      const { begin, tail } = track;
      places.set(
        [track.base + begin, track.seen, track.known - begin, ...track.next.map((place) => place - begin)],
        (3 + aheads) * key,
      );
      features.set(track.features.subarray(begin * width, tail * width), at * width);
      notes.set(track.notes.subarray(begin * size, tail * size), at * size);
      at += tail - begin;
    });
    return {
      expired: this.expired,
      count: this.count,
      line: this.#line.save(),
      shape: this.#dimensions(),
      ...{ kept, places, features, notes },
    };
  }

  #dimensions(): Int32Array {
    const { width, window, notes, aheads } = this.#shape;
    return Int32Array.of(width, window, notes, aheads);
  }

  load(state: State): void {
    const { width, notes: size, aheads } = this.#shape;
    const shape = this.#dimensions();
    if (numbers(state, "shape", Int32Array, shape.length).some((each, i) => each !== shape[i]))
      throw new KError("feed: no state of this feed: features, window or label differ");
    const kept = numbers(state, "kept", Int32Array);
    const rows = kept.reduce((sum, count) => sum + count, 0);
    const places = numbers(state, "places", Float64Array, (3 + aheads) * kept.length);
    const features = numbers(state, "features", Float64Array, rows * width);
    const notes = numbers(state, "notes", Float64Array, rows * size);
    this.tracks.length = 0;
    let at = 0;
    kept.forEach((count, key) => {
      const track = this.track(key);
      const [base, seen, known, ...next] = places.subarray((3 + aheads) * key, (3 + aheads) * (key + 1));
      track.move(2 ** Math.ceil(Math.log2(count + SPARE)));
      track.features.set(features.subarray(at * width, (at + count) * width));
      track.notes.set(notes.subarray(at * size, (at + count) * size));
      Object.assign(track, { base, seen, known, kept: known, tail: count });
      next.forEach((place, i) => {
        track.next[i] = place;
      });
      at += count;
    });
    this.expired = whole(state, "expired", Number.MAX_SAFE_INTEGER);
    this.count = whole(state, "count", rows);
    this.known.clear();
    this.#line.load(part(state, "line"));
  }
}

/** So that each track has some room. */
const SPARE = 8;
