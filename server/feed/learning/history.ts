/** What `history` shows of a feed: how each window of samples was judged, and what happened. */
import * as k from "../../../protocol/make.js";
import { type K, KError } from "../../../protocol/values.js";
import type { Learned } from "../../engine/index.js";
import type { FeedSettings } from "../plan.js";
import { numbers as numbersIn } from "../samples/saved.js";
import type { Arrivals, Batches } from "../samples/work.js";
import type { State, Stateful } from "../state.js";
import type { About, Event } from "../thread/messages.js";
import { Judge, type Judgement } from "./judge.js";

/** Rows that are kept; of more the oldest go. */
const MOST = 10_000;
/** Predictions that may wait for their labels. */
const KEEP = 2 ** 20;

/** Samples of a window that is not judged, where it is told by time. */
const PLAIN = 10_000;

/** Numbers of a row that are whole. */
const COUNTS = [
  ...["rows", "samples", "unjudged", "steps", "version"],
  ...["waiting", "lag", "dropped", "skipped", "expired", "late"],
] as const;
const FIGURES = ["loss", "mae", "rmse", "r2", "ic", "hit", "accuracy", "auc"] as const;

type Count = (typeof COUNTS)[number];
type Figure = (typeof FIGURES)[number];

/** A window; or something that happened, with a note alone. */
type Row = Readonly<Record<Count | Figure, number>> & {
  readonly time: number;
  readonly drift: boolean;
  readonly note: string;
};

const EMPTY = Object.fromEntries([
  ...COUNTS.map((name) => [name, 0]),
  ...FIGURES.map((name) => [name, Number.NaN]),
]) as Record<Count | Figure, number>;

/** What happens to a feed besides what its source tells. */
export type Happening = Event | "nan" | "checkpoint" | "ended";

/** Batches of a work as the judge knows them: of each what is new. */
function* freshOf({ sizes, fresh, numbers, targets }: Batches, done: number) {
  const columns = numbers.length === 0 ? 0 : targets.length / numbers.length;
  let at = 0;
  for (let i = 0; i < done; i++) {
    const to = at + fresh[i]!;
    yield {
      count: fresh[i]!,
      numbers: numbers.subarray(at, to),
      targets: targets.subarray(at * columns, to * columns),
    };
    at += sizes[i]!;
  }
}

export class History implements Stateful {
  readonly #settings: FeedSettings;
  #rows: Row[] = [];
  #width = 0;
  #judge: Judge | undefined;
  /** Of the learner itself, where a champion predicts that is renewed when it was worse. */
  #own: Judge | undefined;
  #better = Number.NaN;
  #wantsPromotion = false;
  #about: About | undefined;
  #version = 0;
  #time = Number.NaN;
  /** Of the window, where nothing is judged. */
  #plain = NO_SAMPLES;

  constructor(settings: FeedSettings) {
    this.#settings = settings;
  }

  /** Samples have arrived and were predicted. */
  predicted(arrivals: Arrivals, learned: Learned): void {
    const { rows, width, predictions, own, versions } = learned;
    if (rows === 0) return;
    this.#judges(width);
    const some = { ...arrivals, count: rows };
    this.#judge?.predicted(some, predictions);
    if (own !== undefined) this.#own?.predicted(some, own);
    this.#version = versions[rows - 1]!;
    this.#time = arrivals.time[rows - 1]!;
  }

  /** Batches have been learned. */
  learned(batches: Batches, { done, losses, skipped }: Learned, about: About): void {
    this.#about = about;
    let i = 0;
    for (const batch of freshOf(batches, done)) {
      const steps = Number.isNaN(losses[i]!) ? 0 : this.#settings.steps;
      // the learner's own row comes first, to be compared with the champion's
      this.#own?.known(batch);
      if (this.#judge === undefined) this.#unjudged(batch.count, losses[i]!, steps);
      this.#judge?.learned(losses[i]!, steps);
      this.#judge?.known(batch);
      i++;
    }
    if (skipped.length > 0)
      this.note("nan", `${skipped.length} batches were left out: loss or gradient was not finite`);
  }

  /** Whether the champion was worse than the learner in the last window. */
  get wantsPromotion(): boolean {
    return this.#wantsPromotion;
  }

  promoted(): void {
    this.#wantsPromotion = false;
  }

  /** What is ignored may be very much: it takes the place of what was ignored just before. */
  note(what: Happening, text: string): void {
    if (what === "ended") {
      this.#judge?.end();
      if (this.#plain.samples > 0) this.#closePlain();
    }
    if (what === "ignored" && this.#rows.at(-1)?.note.startsWith("ignored: ") === true) this.#rows.pop();
    this.#add({ ...EMPTY, time: this.#time, version: this.#version, drift: false, note: `${what}: ${text}` });
  }

  table(): K {
    const of = <T>(pick: (row: Row) => T): T[] => this.#rows.map(pick);
    const span = (time: number): bigint => (Number.isNaN(time) ? NULL_SPAN : BigInt(Math.round(time)));
    return k.table({
      time: k.timespans(of(({ time }) => span(time))),
      ...Object.fromEntries(COUNTS.slice(0, 5).map((name) => [name, k.longs(of((row) => row[name]))])),
      ...Object.fromEntries(FIGURES.map((name) => [name, k.floats(of((row) => row[name]))])),
      ...Object.fromEntries(COUNTS.slice(5).map((name) => [name, k.longs(of((row) => row[name]))])),
      drift: k.booleans(of(({ drift }) => drift)),
      note: k.list(of(({ note }) => k.chars(note))),
    });
  }

  save(): State {
    const numbers = (name: Count | Figure | "time"): Float64Array =>
      Float64Array.from(this.#rows, (row) => row[name]);
    return {
      width: this.#width,
      now: Float64Array.of(this.#version, this.#time),
      plain: Float64Array.of(...Object.values(this.#plain)),
      time: numbers("time"),
      ...Object.fromEntries([...COUNTS, ...FIGURES].map((name) => [name, numbers(name)])),
      drift: Uint8Array.from(this.#rows, ({ drift }) => (drift ? 1 : 0)),
      note: this.#rows.map(({ note }) => note),
      ...(this.#judge && { judge: this.#judge.save() }),
      ...(this.#own && { own: this.#own.save() }),
    };
  }

  load(state: State): void {
    const { width, now, note, drift, judge, own } = state;
    const plain = numbersIn(state, "plain", Float64Array, 4);
    const column = (name: string): Float64Array => {
      const numbers = state[name];
      if (numbers instanceof Float64Array) return numbers;
      throw wrong();
    };
    if (typeof width !== "number" || !Array.isArray(note)) throw wrong();
    if (!(drift instanceof Uint8Array) || !(now instanceof Float64Array)) throw wrong();
    const columns = ["time" as const, ...COUNTS, ...FIGURES].map((name) => [name, column(name)] as const);
    this.#rows = (note as string[]).map((text, i) => {
      const numbers = Object.fromEntries(columns.map(([name, values]) => [name, values[i]!]));
      return { ...(numbers as unknown as Row), drift: drift[i] === 1, note: text };
    });
    this.#version = now[0]!;
    this.#time = now[1]!;
    const [samples, steps, losses, batches] = plain;
    this.#plain = { samples: samples!, steps: steps!, losses: losses!, batches: batches! };
    if (judge === undefined || width < 1) return;
    this.#judges(width);
    this.#judge?.load(judge as State);
    if (own !== undefined) this.#own?.load(own as State);
  }

  /** There is a judge for predictions of so many numbers. */
  #judges(width: number): void {
    if (width === this.#width) return;
    this.#width = width;
    this.#judge = undefined;
    this.#own = undefined;
    const { report, drift, champion, targets } = this.#settings;
    const kind = targets.length === 1 && width > 1 ? "classes" : "values";
    // a module that gives other numbers than one a target, or one a class, is only known by its loss
    if (kind === "values" && width !== targets.length) return;
    const options = {
      kind,
      ...{ width, windowrows: report.rows, windowtime: report.time, keep: KEEP },
      drift: { delta: drift.delta, lambda: drift.threshold || Number.POSITIVE_INFINITY, warmup: WARMUP },
    } as const;
    this.#judge = new Judge(options, (row) => this.#judged(row));
    this.#own =
      champion === "better"
        ? new Judge(options, (row) => {
            this.#better = errorOf(row);
          })
        : undefined;
  }

  /** Samples that nobody predicted, or whose predictions are not known by their numbers: windows of them have a loss alone. */
  #unjudged(samples: number, loss: number, steps: number): void {
    const { samples: before, steps: stepsBefore, losses, batches } = this.#plain;
    const finite = Number.isFinite(loss);
    this.#plain = {
      samples: before + samples,
      steps: stepsBefore + steps,
      losses: losses + (finite ? loss : 0),
      batches: batches + (finite ? 1 : 0),
    };
    if (this.#plain.samples >= (this.#settings.report.rows || PLAIN)) this.#closePlain();
  }

  #closePlain(): void {
    const { samples: unjudged, steps, losses, batches } = this.#plain;
    this.#plain = NO_SAMPLES;
    this.#close({ ...EMPTY, unjudged, steps, loss: losses / batches, time: this.#time, drift: false });
  }

  #judged(row: Judgement): void {
    this.#close(row);
    if (this.#better < errorOf(row)) this.#wantsPromotion = true;
  }

  #close(row: Judgement): void {
    const { counts, waiting = 0, lag = 0, dropped = 0 } = this.#about ?? {};
    const { skipped = 0, expired = 0, late = 0 } = counts ?? {};
    this.#add({ ...row, version: this.#version, waiting, lag, dropped, skipped, expired, late, note: "" });
  }

  #add(row: Row): void {
    this.#rows.push(row);
    if (this.#rows.length > MOST) this.#rows.splice(0, this.#rows.length - MOST);
  }
}

const NO_SAMPLES = { samples: 0, steps: 0, losses: 0, batches: 0 };
/** Batches before Page-Hinkley's test says anything. */
const WARMUP = 30;
const NULL_SPAN = -(2n ** 63n);

/** What is compared of two windows: the smaller, the better. */
const errorOf = ({ rmse, accuracy }: Judgement): number => (Number.isNaN(rmse) ? -accuracy : rmse);

const wrong = (): KError => new KError("checkpoint: no history");
