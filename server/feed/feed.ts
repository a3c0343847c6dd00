/**
 * One feed on the main thread: moves what its own thread has made ready to the engine, predictions back, and writes
 * checkpoints. Rows are read, and samples made, on its thread (thread/worker.ts).
 */
import * as k from "../../protocol/make.js";
import { type K, KError, type Table } from "../../protocol/values.js";
import { encoded, fail } from "../api/args/read.js";
import type { Call } from "../api/call.js";
import type { Around } from "../calls/background.js";
import type { Engine, Handle, Learned } from "../engine/index.js";
import { asKError, firstLine } from "../errors.js";
import type { Checkpoints } from "./learning/checkpoints.js";
import type { History } from "./learning/history.js";
import { learnWork } from "./learning/learn.js";
import { asked, published } from "./learning/predictions.js";
import type { FeedSettings } from "./plan.js";
import { buffersOf, type Work } from "./samples/work.js";
import type { Allowed } from "./source/index.js";
import { type Standing, summary } from "./standing.js";
import type { About, Mark, Preview, Report, Snapshot } from "./thread/messages.js";
import { FeedThread } from "./thread/thread.js";
import { type Promised, promised, type Wish } from "./waiting.js";

/** Bytes of rows from `upd` that the thread has not taken yet; more are refused. */
const MOST_UNTAKEN = 64 * 2 ** 20;

type Given = Work<Mark>;

/** A work that the engine has been given. */
interface Begun {
  readonly work: Given;
  readonly about: About;
  readonly start: number;
  /** Undefined where there was nothing to predict and to learn. */
  readonly learned: Promise<Learned | undefined>;
}

/** What a feed is made of, all of it there. */
export interface Parts {
  readonly handle: Handle;
  readonly model: Handle;
  readonly engine: Engine;
  readonly settings: FeedSettings;
  readonly allowed: Allowed;
  readonly around: Around;
  readonly history: History;
  /** Undefined where the server has no data folder. */
  readonly checkpoints: Checkpoints | undefined;
  /** Where to go on. */
  readonly from: Snapshot | undefined;
  /** Steps of the optimizer before that. */
  readonly before: number;
}

export class Feed {
  readonly #parts: Parts;
  readonly #onEnd: () => void;
  readonly #thread: FeedThread;
  readonly #ready = promised<void>();
  readonly #works: { readonly work: Given; readonly about: About }[] = [];
  /** Who waits for the cut that is asked for, and for the one after it. */
  #mark: Promised<string> | undefined;
  readonly #previews = new Map<number, Wish<Preview>>();
  #lastPreview = 0;
  #status = "connecting";
  #about: About | undefined;
  /** What happened last. */
  #noted = "";
  #steps: number;
  #loss = Number.NaN;
  #untaken = 0;
  #working: Promise<void> | undefined;
  #over = false;
  /** When the engine was done with the last work. */
  #free = 0;
  readonly #saver: NodeJS.Timeout | undefined;

  /** @param onEnd called once, when it learns no more */
  constructor(parts: Parts, onEnd: () => void) {
    this.#parts = parts;
    this.#onEnd = onEnd;
    this.#steps = parts.before;
    const { settings, allowed, from } = parts;
    this.#thread = new FeedThread(
      { plan: settings, allowed, saves: parts.checkpoints !== undefined, from },
      (report) => this.#hear(report),
      (why) => this.#fail(why),
    );
    const { time } = settings.save;
    if (time > 0 && parts.checkpoints !== undefined)
      this.#saver = setInterval(() => void this.checkpoint().catch(() => undefined), time).unref();
  }

  get handle(): Handle {
    return this.#parts.handle;
  }

  get model(): Handle {
    return this.#parts.model;
  }

  /** Whether it has ended. */
  get over(): boolean {
    return this.#over;
  }

  get settings(): FeedSettings {
    return this.#parts.settings;
  }

  /** Resolves when the table's columns are known and the expressions fit them; rejects where they do not. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  standing(): Standing {
    const { name, table } = this.settings;
    const { counts, waiting = 0, dropped = 0 } = this.#about ?? {};
    return {
      ...{ handle: this.handle, model: this.model, ended: this.#over },
      ...{ name, table, status: this.#status, rows: counts?.rows ?? 0, steps: this.#steps },
      ...{ loss: this.#loss, waiting, dropped, note: this.#noted },
    };
  }

  /** How it stands, in full. */
  summary(): K {
    return summary(this.standing(), this.#about, this.#parts.checkpoints?.last ?? "");
  }

  history(): K {
    return this.#parts.history.table();
  }

  /** Rows that a session sends, as the bytes of a table or a list. @throws KError where too many wait */
  take(bytes: Uint8Array): void {
    if (this.#over) fail(`upd: the feed ${this.settings.name} has ended: ${this.#status}`);
    if (this.#untaken + bytes.length > MOST_UNTAKEN)
      fail(
        `upd: the feed ${this.settings.name} holds ${this.#untaken} bytes that it has not looked at yet, and with these ` +
          `${bytes.length} there were more than ${MOST_UNTAKEN}; send them later, or in smaller parts`,
      );
    this.#untaken += bytes.length;
    // a Buffer's slice would be the same memory, which goes over to the thread
    const own = new Uint8Array(bytes);
    this.#thread.post({ order: "rows", bytes: own }, [own.buffer]);
  }

  /** Which samples rows would be that came now. */
  preview(table: Table): Promise<Preview> {
    if (this.#over) return Promise.reject(new KError(`predict: the feed has ended: ${this.#status}`));
    const id = ++this.#lastPreview;
    const wish = promised<Preview>();
    this.#previews.set(id, wish);
    const own = new Uint8Array(encoded(table));
    this.#thread.post({ order: "preview", id, bytes: own }, [own.buffer]);
    return wish.promise;
  }

  /** What it predicts for them, a number (or one of each class) a row; null where a row is no sample. In a turn. */
  async predict({ engine }: Call, preview: Preview, rows: number): Promise<K> {
    if (preview.count === 0) return k.floats(new Float64Array(rows).fill(Number.NaN));
    const learned = await engine.learn(this.handle, learnWork(this.settings, preview));
    if (learned.failed !== undefined) fail(`predict: ${learned.failed}`);
    return asked(preview, learned, rows);
  }

  /** Writes it down at the next cut of the stream. @returns the checkpoint's name */
  checkpoint(): Promise<string> {
    if (this.#parts.checkpoints === undefined)
      return Promise.reject(
        new KError("checkpoint: this server writes no files: it was started without --data"),
      );
    if (this.#over) return Promise.reject(new KError(`checkpoint: the feed has ended: ${this.#status}`));
    if (this.#mark === undefined) {
      this.#mark = promised<string>();
      this.#thread.post({ order: "mark" });
    }
    return this.#mark.promise;
  }

  /** Ends it where one of its objects is gone. @returns whether it is there itself */
  look(): boolean {
    const { engine, handle, model } = this.#parts;
    const there = engine.kind(handle) === "feed";
    if (!there) this.#end("freed");
    else if (engine.kind(model) !== "model") this.#fail("the model was freed");
    return there;
  }

  /** The server closes: it is written down, and ends. */
  async close(): Promise<void> {
    if (!this.#over && this.#parts.checkpoints !== undefined && this.#about !== undefined)
      await this.checkpoint().catch(() => undefined);
    this.#end("closed");
    await this.#working;
  }

  #hear(report: Report): void {
    switch (report.report) {
      case "begun":
        // nobody tells a table before it comes
        if (this.settings.source.kind === "push") this.#ready.resolve();
        return;
      case "ready":
        this.#about = report.about;
        this.#ready.resolve();
        return;
      case "status":
        this.#status = report.text;
        return;
      case "event":
        this.#note(report.what, report.text);
        return;
      case "taken":
        this.#untaken -= report.bytes;
        return;
      case "preview":
        this.#wished(report.id)?.resolve(report.preview);
        return;
      case "refused":
        this.#wished(report.id)?.reject(new KError(report.why));
        return;
      case "unmarked":
        this.#mark?.reject(new KError(report.why));
        this.#mark = undefined;
        return;
      case "failed":
        this.#fail(report.why);
        return;
      case "work":
        this.#works.push(report);
        this.#working ??= this.#goThrough();
    }
  }

  /** All rows before it have gone through. */
  #passed({ what, text }: Extract<Mark, { kind: "note" }>): void {
    this.#note(what, text);
    if (what === "done") this.#status = "done";
  }

  #note(...[what, text]: Parameters<History["note"]>): void {
    this.#noted = `${what}: ${text}`;
    this.#parts.history.note(what, text);
  }

  #wished(id: number): Wish<Preview> | undefined {
    const wish = this.#previews.get(id);
    this.#previews.delete(id);
    return wish;
  }

  /**
   * Works are done one after the other, each in a turn of the engine's. What came of one is looked at while the engine
   * does the next, unless it decides how that begins.
   */
  async #goThrough(): Promise<void> {
    try {
      for (let begun = this.#begin(); begun !== undefined; ) {
        const learned = await begun.learned;
        if (this.#over) return;
        const now = performance.now();
        // the engine may have begun it only when it was done with the one before
        const took = now - Math.max(begun.start, this.#free);
        this.#free = now;
        const next = this.#decides(begun.work, learned) ? undefined : this.#begin();
        await this.#finish(begun, learned, took);
        begun = next ?? this.#begin();
      }
    } catch (error) {
      this.#fail(asKError(error).message);
    } finally {
      this.#working = undefined;
    }
  }

  /** Gives the next work to the engine; undefined where there is none, or the feed has ended. */
  #begin(): Begun | undefined {
    this.look();
    const next = this.#over ? undefined : this.#works.shift();
    if (next === undefined) return undefined;
    const { engine, handle, settings, around } = this.#parts;
    const { work, about } = next;
    const start = performance.now();
    this.#about = about;
    if (work.arrivals === undefined && work.batches === undefined)
      return { ...next, start, learned: Promise.resolve(undefined) };
    const learn = async (): Promise<Learned> =>
      around.turns.take(() =>
        engine.learn(
          handle,
          learnWork(settings, work.arrivals, work.batches, settings.champion === "better"),
        ),
      );
    const learned = learn();
    // it is awaited in its turn, unless the one before is the feed's end
    learned.catch(() => undefined);
    return { ...next, start, learned };
  }

  /** Whether the next work may begin only when what came of this one has been looked at. */
  #decides({ mark }: Given, learned: Learned | undefined): boolean {
    if (mark?.kind === "cut" || this.settings.champion === "better") return true;
    return learned !== undefined && (learned.failed !== undefined || learned.broken || learned.stopped);
  }

  /** @param milliseconds that the engine took */
  async #finish({ work, about }: Begun, learned: Learned | undefined, milliseconds: number): Promise<void> {
    if (learned !== undefined) await this.#learned(work, learned, about);
    if (work.mark?.kind === "cut") await this.#write(work.mark.snapshot);
    else if (work.mark !== undefined) this.#passed(work.mark);
    const batches = work.batches?.sizes.length ?? 0;
    const memory = buffersOf(work);
    this.#thread.post({ order: "next", batches, milliseconds, memory }, memory);
  }

  async #learned(work: Given, learned: Learned, about: About): Promise<void> {
    const { history, settings } = this.#parts;
    if (work.arrivals !== undefined) {
      history.predicted(work.arrivals, learned);
      if (settings.publish !== "") {
        const columns = published(work.arrivals, learned);
        this.#thread.post({ order: "publish", columns }, [columns.buffer as ArrayBuffer]);
      }
    }
    if (work.batches !== undefined) {
      history.learned(work.batches, learned, about);
      this.#steps += (learned.done - learned.skipped.length) * settings.steps;
      const { losses } = learned;
      for (let i = 0; i < learned.done; i++) if (!Number.isNaN(losses[i]!)) this.#loss = losses[i]!;
    }
    if (history.wantsPromotion) await this.#promote();
    if (learned.failed !== undefined) this.#fail(learned.failed);
    else if (learned.broken || learned.stopped) await this.#goBack(learned);
  }

  async #promote(): Promise<void> {
    const { engine, handle, around, history } = this.#parts;
    await around.turns.take(() => engine.promote(handle));
    history.promoted();
  }

  /** Losses are not finite any more: the model is as it was when it was last written down. */
  async #goBack({ broken }: Learned): Promise<void> {
    const { checkpoints, around } = this.#parts;
    const why = broken
      ? "parameters are not finite: the learning rate is too high, or a feature too large"
      : "the losses or gradients of three batches in a row were not finite";
    const found = checkpoints?.last === undefined ? undefined : await checkpoints.find();
    if (checkpoints !== undefined && found !== undefined) {
      await around.turns.take(() => checkpoints.putBack(found));
      this.#note("nan", `${why}; the model is as it was in ${checkpoints.last}`);
    } else this.#note("nan", why);
    this.#fail(why);
  }

  async #write(snapshot: Snapshot): Promise<void> {
    const { checkpoints, around, history } = this.#parts;
    const wish = snapshot.asked ? this.#mark : undefined;
    if (snapshot.asked) this.#mark = undefined;
    if (checkpoints === undefined) return;
    try {
      const stored = await around.turns.take(() => checkpoints.read());
      const name = await checkpoints.write(stored, snapshot, history.save());
      wish?.resolve(name);
    } catch (error) {
      const why = firstLine((error as Error).message);
      this.#note("checkpoint", why);
      around.log.warn({ feed: this.settings.name, why }, "feed: no checkpoint");
      wish?.reject(asKError(error));
    }
  }

  /** It cannot go on. */
  #fail(reason: string): void {
    if (this.#over) return;
    const why = reason.replace(/^feed: /, "");
    this.#parts.around.log.warn({ feed: this.settings.name, why }, "feed: ended");
    this.#note("ended", why);
    this.#end(why);
  }

  #end(status: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#status = status;
    clearInterval(this.#saver);
    const gone = new KError(`feed: ${status}`);
    this.#ready.reject(gone);
    this.#mark?.reject(gone);
    for (const wish of this.#previews.values()) wish.reject(gone);
    this.#previews.clear();
    void this.#thread.close();
    this.#onEnd();
  }
}
