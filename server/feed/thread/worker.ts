/** A feed's own thread: source, features, samples and queue. What is ready goes to the main thread, a work at a time. */
import { parentPort, workerData } from "node:worker_threads";
import { KError } from "../../../protocol/values.js";
import type { Column, Position, Rows } from "../rows.js";
import { pool } from "../samples/pool.js";
import { Queue } from "../samples/queue.js";
import { Samples } from "../samples/samples.js";
import { buffersOf, type Piece } from "../samples/work.js";
import { dateText } from "../source/dates.js";
import { type Listener, openSource, PushSource, type Source } from "../source/index.js";
import type { About, Event, Mark, Order, Report, Setting } from "./messages.js";
import { previewOf } from "./preview.js";

/**
 * Works that are under way: while the engine learns one, the next is there; of a log, where nobody waits for what comes after
 * it, so many that the engine has enough to do while a block of rows keeps this thread.
 */
const UNDER_WAY = { live: 2, strict: 8 };
/** Milliseconds that a work may take: so long others wait for their turn. */
const WORK = 4;
const MOST_BATCHES = 256;

const port = parentPort!;

class FeedWorker implements Listener {
  readonly #setting: Setting;
  readonly #queue: Queue<Mark>;
  readonly #source: Source;
  #columns: readonly Column[] = [];
  #samples: Samples | undefined;
  #position: Position | undefined;
  #underWay = 0;
  /** Milliseconds a batch takes, as seen so far. */
  #pace = 1;
  /** A cut that is wanted, and whether somebody waits for it. */
  #wanted: { readonly asked: boolean } | undefined;
  /** A cut is in the stream: it holds much, so there is one at a time. */
  #cutting = false;
  #unsaved = 0;
  /** What was ignored last. */
  #ignored = "";
  #telling = false;
  #previewing = Promise.resolve();

  constructor(setting: Setting) {
    this.#setting = setting;
    this.#queue = new Queue<Mark>(setting.plan, "strict", (held) =>
      held ? this.#source.hold() : this.#source.release(),
    );
    this.#source = openSource(setting.plan, setting.allowed, this);
  }

  start(): void {
    const { plan } = this.#setting;
    Samples.check(plan);
    const { kind } = plan.source;
    if (kind !== "plant") this.status(kind === "push" ? "waits for upd" : "reads the log");
    tell({ report: "begun" });
    this.#position = this.#setting.from?.position;
    this.#source.start(this.#position);
  }

  // what the source tells

  schema(columns: readonly Column[]): ReadonlySet<string> {
    const { plan, from } = this.#setting;
    const samples = Samples.of(plan, columns, (piece: Piece) => this.#queue.put(piece));
    if (from !== undefined) {
      for (const { name, type } of from.columns)
        if (samples.compiled.reads.has(name) && !columns.some((x) => x.name === name && x.type === type))
          throw new KError(`the checkpoint was made of another table: its column ${name} is not there`);
      samples.load(from.state);
    }
    this.#columns = columns;
    this.#samples = samples;
    if (this.#setting.plan.source.kind === "push") this.status("takes upd");
    tell({ report: "ready", about: this.#about() });
    return samples.compiled.reads;
  }

  rows(rows: Rows, position: Position, live: boolean): void {
    this.#queue.mode = live ? "live" : "strict";
    this.#samples!.push(rows);
    this.#position = position;
    this.#unsaved += rows.count;
    const { rows: every } = this.#setting.plan.save;
    if (every > 0 && this.#unsaved >= every) this.#want(false);
    this.#cut();
    this.#offer();
  }

  endOfDay(position: Position): void {
    this.#samples?.endOfDay();
    this.#position = position;
    this.#passes("day", `the day ends; the next is ${dateText(position.date)}`);
    this.#want(false);
    this.#cut();
    this.#offer();
  }

  gap(messages: number, why: string): void {
    this.#passes("gap", messages > 0 ? `${messages} messages: ${why}` : why);
    this.#offer();
  }

  status(text: string): void {
    tell({ report: "status", text });
  }

  ignored(messages: number, why: string): void {
    this.#ignored = `${messages === 1 ? "a message" : `${messages} messages`}: ${why}`;
    event("ignored", this.#ignored);
  }

  done(): void {
    if (this.#samples === undefined) {
      const { table } = this.#setting.plan;
      const why = this.#ignored === "" ? "" : ` that can be read: ${this.#ignored}`;
      this.failed(new KError(`the log has no rows of ${table}${why}`));
      return;
    }
    this.#passes("done", "the log is at its end");
    this.#want(false);
    this.#cut();
    this.#offer();
  }

  failed(error: Error): void {
    tell({ report: "failed", why: error.message });
  }

  // what the main thread orders

  obey(order: Order): void {
    switch (order.order) {
      case "next":
        this.#underWay--;
        for (const buffer of order.memory) pool.take(buffer);
        if (order.batches > 0) this.#pace += (order.milliseconds / order.batches - this.#pace) / 4;
        this.#offer();
        return;
      case "mark":
        if (this.#samples === undefined || this.#position === undefined) {
          tell({ report: "unmarked", why: "checkpoint: the feed has had no rows yet" });
          return;
        }
        this.#want(true);
        this.#cut();
        this.#offer();
        return;
      case "publish":
        if (!this.#source.publish(this.#setting.plan.publish, order.columns)) this.#unpublished();
        return;
      case "rows":
        this.#take(order.bytes);
        return;
      case "preview":
        this.#preview(order.id, order.bytes);
        return;
    }
  }

  /** Rows that sessions have sent; those that came together are taken together. */
  #take(bytes: Uint8Array): void {
    if (!(this.#source instanceof PushSource)) return;
    this.#source.take(bytes);
    tell({ report: "taken", bytes: bytes.length });
    if (this.#telling) return;
    this.#telling = true;
    setImmediate(() => {
      this.#telling = false;
      (this.#source as PushSource).tell();
    });
  }

  #unpublished(): void {
    event("ignored", "predictions that could not be published: the plant is not there, or does not read");
  }

  #want(asked: boolean): void {
    if (this.#setting.saves) this.#wanted = { asked: asked || this.#wanted?.asked === true };
  }

  /** What happened between the rows before and those to come is noted when those before have gone through. */
  #passes(what: Event, text: string): void {
    if (this.#samples === undefined) event(what, text);
    else this.#queue.mark({ kind: "note", what, text });
  }

  /** Puts a cut into the stream, where one is wanted and can be: between two messages, and none waits. */
  #cut(): void {
    const { position } = this;
    if (this.#wanted === undefined || position === undefined || this.#samples === undefined) return;
    if (this.#cutting) return;
    const state = structuredClone(this.#samples.save());
    const snapshot = { position, columns: this.#columns, state, asked: this.#wanted.asked };
    this.#queue.mark({ kind: "cut", snapshot });
    this.#cutting = true;
    this.#wanted = undefined;
    this.#unsaved = 0;
  }

  get position(): Position | undefined {
    return this.#position;
  }

  #offer(): void {
    if (this.#samples === undefined) return;
    while (this.#underWay < UNDER_WAY[this.#queue.mode]) {
      const most = Math.max(1, Math.min(MOST_BATCHES, Math.floor(WORK / this.#pace)));
      const work = this.#queue.take(most);
      if (work === undefined) return;
      this.#underWay++;
      if (work.mark?.kind === "cut") this.#cutting = false;
      tell({ report: "work", work, about: this.#about() }, buffersOf(work));
      this.#cut();
    }
  }

  #about(): About {
    const { counts } = this.#samples!;
    const { droppedSamples, coalesced, unpredicted } = this.#queue.counts;
    return {
      ...{ counts, waiting: this.#queue.batches, dropped: droppedSamples, coalesced, unpredicted },
      lag: this.#source.lag,
    };
  }

  /** One after the other: each has a copy of all state. */
  #preview(id: number, bytes: Uint8Array): void {
    const { plan } = this.#setting;
    this.#previewing = this.#previewing
      .then(() => previewOf(plan, this.#columns, this.#samples, bytes))
      .then(
        (preview) => tell({ report: "preview", id, preview }),
        (error: Error) => tell({ report: "refused", id, why: error.message }),
      );
  }
}

function tell(report: Report, transfer: readonly ArrayBuffer[] = []): void {
  port.postMessage(report, transfer);
}

const event = (what: Event, text: string): void => tell({ report: "event", what, text });

/** What escapes is the feed's end, never the process's. */
function guarded(act: () => void): void {
  try {
    act();
  } catch (error) {
    tell({ report: "failed", why: (error as Error).message });
  }
}

guarded(() => {
  const worker = new FeedWorker(workerData as Setting);
  port.on("message", (order: Order) => guarded(() => worker.obey(order)));
  worker.start();
});
