/** What waits for the learner, and what becomes of it when that is too much. */
import type { WhenBehind } from "../plan.js";
import { bytesOf, coalesce, joinArrivals, joinBatches } from "./join.js";
import { Random } from "./random.js";
import type { Arrivals, Batch, Piece, Work } from "./work.js";

/**
 * `strict`: a row is predicted after all batches that came before it, whatever that takes: yesterday's log.
 * `live`: rows are predicted as soon as may be, and learned from when there is time.
 */
export type Mode = "strict" | "live";

export interface QueuePlan {
  readonly behind: WhenBehind;
  /** Batches that may wait, from 1, and their bytes. */
  readonly queue: { readonly batches: number; readonly bytes: number };
  readonly seed: number;
}

/** What has become of that for which there was no time. */
export interface QueueCounts {
  /** Batches that nobody learns from, and their samples. */
  dropped: number;
  droppedSamples: number;
  /** Batches that have become part of another. */
  coalesced: number;
  /** Samples that nobody predicted when they arrived. */
  unpredicted: number;
}

/** Arrivals, and samples of batches, that go out at once, and bytes of their inputs: at least one batch goes. */
const WORK_ROWS = 2 ** 14;
const WORK_BYTES = 2 ** 24;
/** Arrivals that may wait. */
const ARRIVALS = 2 ** 16;

interface Marked<Mark> {
  readonly mark: Mark;
  /** Samples that had arrived. */
  readonly after: number;
}

export class Queue<Mark = unknown> {
  readonly counts: QueueCounts = { dropped: 0, droppedSamples: 0, coalesced: 0, unpredicted: 0 };
  readonly #random: Random;
  /** Batches and marks in order. Invariant: `after` does not fall, and is at most `#arrived`. */
  #lane: (Batch | Marked<Mark>)[] = [];
  #batches = 0;
  #bytes = 0;
  /** Of these, samples from `#next` to below `#arrived` are still to go out. */
  #arrivals: Arrivals[] = [];
  #next = 0;
  #arrived = 0;
  #held = false;
  /** Batches that have been there to choose from since there was room for one more. */
  #offered = 0;

  /**
   * @param onHold called with true when no more rows should come until it is called with false: the source stops
   *   (`log`, and whenever order is strict). A message that has begun may still be put whole.
   */
  constructor(
    readonly plan: QueuePlan,
    /** May be changed between two pieces: from a log to what is live. */
    public mode: Mode,
    readonly onHold: (held: boolean) => void,
  ) {
    this.#random = new Random(plan.seed);
  }

  /** Batches that wait. */
  get batches(): number {
    return this.#batches;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Samples that wait to be predicted. */
  get arrivals(): number {
    return this.#arrived - this.#next;
  }

  get held(): boolean {
    return this.#held;
  }

  put(piece: Piece): void {
    if (piece.kind === "arrivals") this.#arrive(piece);
    else {
      // a feed that went on from a state: its numbers do not begin at 0
      if (piece.after > this.#arrived) this.#next = this.#arrived = piece.after;
      this.#lane.push(piece);
      this.#batches++;
      this.#bytes += bytesOf(piece);
      if (this.#lets) this.#limit();
    }
    this.#hold();
  }

  /** Comes out when all that was put before has gone out, and before anything of what is put later is learned. */
  mark(mark: Mark): void {
    this.#lane.push({ mark, after: this.#arrived });
  }

  /**
   * The next work, undefined where there is none.
   * Strict: batches come after just those arrivals that came before them. Live: all arrivals that wait go first, even
   * those from behind a mark, but not in one work with it.
   * @param most batches at most, from 0
   */
  take(most: number): Work<Mark> | undefined {
    const first = this.#next;
    const rows = this.#rows();
    const reach = Math.min(this.#arrived, first + rows);
    let end = this.mode === "strict" ? first : reach;
    let marked: Marked<Mark> | undefined;
    const batches: Batch[] = [];
    let samples = 0;
    for (const item of this.#lane) {
      if (item.after > reach) break;
      if ("mark" in item) {
        marked = item;
        break;
      }
      samples += item.count;
      if (batches.length >= most || (batches.length > 0 && samples > rows)) break;
      batches.push(item);
      this.#bytes -= bytesOf(item);
    }
    this.#lane.splice(0, batches.length + (marked === undefined ? 0 : 1));
    this.#batches -= batches.length;
    if (marked !== undefined) end = Math.max(first, Math.min(reach, marked.after));
    else if (this.mode === "strict") end = Math.max(first, Math.min(reach, this.#lane[0]?.after ?? reach));
    const work = {
      arrivals: this.#depart(end),
      batches:
        batches.length === 0
          ? undefined
          : joinBatches(
              batches,
              batches.map(({ after }) => (this.mode === "strict" ? Math.max(0, after - first) : end - first)),
            ),
      mark: marked?.mark,
    };
    this.#hold();
    return end === first && batches.length === 0 && marked === undefined ? undefined : work;
  }

  /** Rows of a work. */
  #rows(): number {
    return Math.min(WORK_ROWS, Math.max(1, Math.floor(WORK_BYTES / this.#width())));
  }

  /** Bytes of a sample's inputs. */
  #width(): number {
    const some = this.#arrivals[0] ?? this.#lane.find((item) => !("mark" in item));
    if (some === undefined || "mark" in some) return 1;
    return Math.max(1, some.inputs.reduce((sum, data) => sum + data.byteLength, 0) / some.count);
  }

  #arrive(piece: Arrivals): void {
    if (this.#arrivals.length === 0) this.#next = piece.first;
    this.#arrivals.push(piece);
    this.#arrived = piece.first + piece.count;
    if (this.mode === "strict") return;
    while (this.#arrivals.length > 1 && this.#pressing > 1) {
      const { first, count } = this.#arrivals.shift()!;
      this.counts.unpredicted += first + count - this.#next;
      this.#next = first + count;
    }
  }

  /** Arrivals that wait, as a share of those that may. */
  get #pressing(): number {
    return Math.max(this.arrivals / ARRIVALS, (this.arrivals * this.#width()) / this.plan.queue.bytes);
  }

  /** Arrivals up to `end` go out. */
  #depart(end: number): Arrivals | undefined {
    const first = this.#next;
    if (end === first) return undefined;
    const past = this.#arrivals.findIndex((piece) => piece.first >= end);
    const pieces = past < 0 ? this.#arrivals : this.#arrivals.slice(0, past);
    const joined = joinArrivals(pieces, first, end);
    const gone = this.#arrivals.findIndex((piece) => piece.first + piece.count > end);
    this.#arrivals = gone < 0 ? [] : this.#arrivals.slice(gone);
    this.#next = end;
    return joined;
  }

  /** Whether batches are let go, rather than rows kept away. */
  get #lets(): boolean {
    return this.mode === "live" && this.plan.behind !== "log";
  }

  get #over(): boolean {
    const { batches, bytes } = this.plan.queue;
    return this.#batches > 1 && (this.#batches > batches || this.#bytes > bytes);
  }

  /** Batches go until those that are left may wait. */
  #limit(): void {
    if (!this.#over) this.#offered = this.#batches;
    else this.#offered++;
    while (this.#over) {
      const { behind, queue } = this.plan;
      if (behind === "sample") this.#drop(Math.min(this.#random.below(this.#offered), this.#batches - 1));
      else if (behind === "drop" || this.#batches <= queue.batches || !this.#coalesce()) this.#drop(0);
    }
  }

  /** Nobody learns from the batch at this place among those that wait. */
  #drop(place: number): void {
    const at = this.#places()[place]!;
    const [batch] = this.#lane.splice(at, 1) as [Batch];
    this.#batches--;
    this.#bytes -= bytesOf(batch);
    this.counts.dropped++;
    this.counts.droppedSamples += batch.count;
  }

  /** The two smallest neighbours become one, the older ones of several; false where marks keep all apart. */
  #coalesce(): boolean {
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i + 1 < this.#lane.length; i++) {
      const one = this.#lane[i]!;
      const other = this.#lane[i + 1]!;
      if ("mark" in one || "mark" in other || one.count + other.count >= least) continue;
      best = i;
      least = one.count + other.count;
    }
    if (best < 0) return false;
    this.#lane.splice(best, 2, coalesce(this.#lane[best] as Batch, this.#lane[best + 1] as Batch));
    this.#batches--;
    this.counts.coalesced++;
    return true;
  }

  /** Where batches are in the lane. */
  #places(): number[] {
    return this.#lane.flatMap((item, i) => ("mark" in item ? [] : [i]));
  }

  /** Says so when the source should stop, at what may wait, and go on, at half of it. */
  #hold(): void {
    const { batches, bytes } = this.plan.queue;
    const share = this.#lets
      ? 0
      : Math.max(this.#batches / batches, this.#bytes / bytes, this.mode === "strict" ? this.#pressing : 0);
    if (this.#held ? share > 0.5 : share < 1) return;
    this.#held = !this.#held;
    this.onHold(this.#held);
  }
}
