/** The main thread's side of a feed's own thread. */
import { type TransferListItem, Worker } from "node:worker_threads";
import type { Order, Report, Setting } from "./messages.js";

const WORKER = new URL("./worker.js", import.meta.url);

/** Megabytes of V8's heap; arrays, which lie outside of it, are bounded by the plan. */
const HEAP = 1024;

export class FeedThread {
  readonly #worker: Worker;
  #closed = false;

  /** @param onEnd told once where it ends by itself, and why */
  constructor(setting: Setting, onReport: (report: Report) => void, onEnd: (why: string) => void) {
    this.#worker = new Worker(WORKER, {
      workerData: setting,
      resourceLimits: { maxOldGenerationSizeMb: HEAP },
    });
    this.#worker.on("message", (report: Report) => {
      if (!this.#closed) onReport(report);
    });
    const ended = (why: string): void => {
      if (this.#closed) return;
      this.#closed = true;
      onEnd(why);
    };
    this.#worker.on("error", (error: NodeJS.ErrnoException) =>
      ended(error.code === "ERR_WORKER_OUT_OF_MEMORY" ? "its thread's memory is full" : error.message),
    );
    this.#worker.on("exit", () => ended("its thread has ended"));
    // what is served keeps the process alive
    this.#worker.unref();
  }

  /** @param transfer memory that goes over, and is gone here */
  post(order: Order, transfer: readonly TransferListItem[] = []): void {
    if (!this.#closed) this.#worker.postMessage(order, transfer);
  }

  /** Ends it where it stands. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker.terminate();
  }
}
