/** The main thread's side of one thread of the language. */
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { decodeTrusted } from "../../../protocol/decode.js";
import { encodeObject } from "../../../protocol/encode.js";
import * as k from "../../../protocol/make.js";
import { Encoded, type Func, type K, KError, type List } from "../../../protocol/values.js";
import type { Connection } from "../eval/workspaces.js";
import { ownBytes, owned } from "./bytes.js";
import { CELL, CELLS_BYTES, type Order, type Report, type Setting, type ThreadLimits } from "./messages.js";

/** A connection as the main thread has it. `A` is what calls may give besides k values; it passes through. */
export interface Sender<A> extends Connection {
  /** The call whose result is the answer to a whole text. */
  answer(name: string, args: readonly K[]): A | PromiseLike<A>;
  push(value: K | Encoded): boolean;
  ask(value: K | Encoded): PromiseLike<K>;
  putOff(): PromiseLike<K | Encoded>;
  respond(handle: number, value: K | Encoded | KError): K;
}

/** A text that runs. */
interface Running<A> {
  readonly sender: Sender<A>;
  resolve(answer: Encoded | A | PromiseLike<Encoded | A>): void;
  reject(reason: unknown): void;
}

const MEGABYTE = 2 ** 20;
/**
 * Bytes of V8's heap beyond those that are claimed. What claims do not see ends the thread when the heap is full; but an
 * object that does not fit by itself would end the process, and the largest that V8 makes is 1 GB.
 */
const UNSEEN = 1536 * MEGABYTE;
const WORKER = new URL("./worker.js", import.meta.url);

export class Thread<A> {
  /** Whose texts run on it: names by number. */
  readonly users = new Map<number, string>();
  readonly #limits: ThreadLimits;
  readonly #onEnd: (why: Error) => void;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #cell: Int32Array;
  readonly #running = new Map<number, Running<A>>();
  readonly #numbers = new Map<Sender<A>, number>();
  readonly #senders = new Map<number, Sender<A>>();
  /** The errors that calls of a sender have ended in: a text that ends in one of them ends in the very same. */
  readonly #thrown = new WeakMap<Sender<A>, Error>();
  #last = 0;
  #ended = false;
  /** The turn that was seen last, when it was first seen, and when a sender was stopped last. */
  #turn = 0;
  #since = 0;
  #stopped = 0;

  /** @param onEnd told once that the thread has ended by itself, or was ended because of a text */
  constructor(functions: Setting["functions"], limits: ThreadLimits, onEnd: (why: Error) => void) {
    this.#limits = limits;
    this.#onEnd = onEnd;
    const cells = new SharedArrayBuffer(CELLS_BYTES);
    this.#cell = new Int32Array(cells);
    const { port1, port2 } = new MessageChannel();
    const ranks = new Map([...functions].map(([name, { rank }]) => [name, { rank }]));
    const setting: Setting & { port: MessagePort } = { port: port2, functions: ranks, limits, cells };
    this.#worker = new Worker(WORKER, {
      workerData: setting,
      transferList: [port2],
      resourceLimits: { maxOldGenerationSizeMb: (limits.memory + UNSEEN) / MEGABYTE },
    });
    this.#port = port1;
    port1.on("message", (report: Report) => this.#hear(report));
    this.#worker.on("error", (error: NodeJS.ErrnoException) =>
      this.#end(error.code === "ERR_WORKER_OUT_OF_MEMORY" ? gone("wsfull") : error),
    );
    this.#worker.on("exit", () => this.#end(gone("stop")));
    // what is served keeps the process alive, not what might be asked
    this.#worker.unref();
    port1.unref();
  }

  /** Whether texts run on it. */
  get busy(): boolean {
    return this.#running.size > 0;
  }

  /**
   * @param args what the function, or the one that the text gives, is applied to; without them the text's value is wanted
   */
  run(f: string | Func, args: readonly K[] | undefined, sender: Sender<A>): Promise<Encoded | A> {
    const id = ++this.#last;
    const answer = new Promise<Encoded | A>((resolve, reject) =>
      this.#running.set(id, { sender, resolve, reject }),
    );
    const text = typeof f === "string" ? f : owned(encodeObject(f));
    const order = { order: "text", id, sender: this.#number(sender), text } as const;
    if (args === undefined) this.#post(order);
    else
      this.#own(k.list(args)).then(
        (bytes) => this.#post({ ...order, args: bytes }, bytes),
        (error) => this.#take(id)?.reject(error),
      );
    return answer;
  }

  /** Ends what a sender has running: it is gone. */
  stop(sender: Sender<A>): void {
    const number = this.#numbers.get(sender);
    if (number === undefined) return;
    this.#numbers.delete(sender);
    this.#senders.delete(number);
    this.#stopped = performance.now();
    Atomics.store(this.#cell, CELL.stop, number);
    this.#post({ order: "stop", sender: number });
  }

  forget(user: number): void {
    this.users.delete(user);
    this.#post({ order: "forget", user });
  }

  /** Ends the thread where a text has kept its turn for too long. */
  watch(now: number): void {
    const turn = Atomics.load(this.#cell, CELL.turns);
    if (turn % 2 === 0 || turn !== this.#turn) {
      this.#turn = turn;
      this.#since = now;
      return;
    }
    const unwanted = Atomics.load(this.#cell, CELL.stop) === Atomics.load(this.#cell, CELL.runs);
    const from = unwanted ? Math.max(this.#since, this.#stopped) : this.#since;
    const most = unwanted ? 0 : this.#limits.time || Number.POSITIVE_INFINITY;
    if (now - from > most + this.#limits.grace) this.#end(gone("stop"));
  }

  /** Nobody needs the thread any more. */
  async close(): Promise<void> {
    this.#fail(new KError("stop"));
    await this.#worker.terminate();
  }

  #end(why: Error): void {
    if (!this.#fail(why)) return;
    void this.#worker.terminate();
    this.#onEnd(why);
  }

  /** Nothing runs on the thread any more. @returns false where that was so before */
  #fail(why: Error): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.#port.close();
    for (const { reject } of this.#running.values()) reject(why);
    this.#running.clear();
    return true;
  }

  #number(sender: Sender<A>): number {
    let number = this.#numbers.get(sender);
    if (number === undefined) {
      number = ++this.#last;
      this.#numbers.set(sender, number);
      this.#senders.set(number, sender);
      const { user, userName, handle, address } = sender;
      const within = sender.within && this.#numbers.get(sender.within as Sender<A>);
      this.#post({ order: "sender", sender: number, user, userName, handle, address, within });
    }
    return number;
  }

  #post(order: Order, bytes?: Uint8Array): void {
    if (!this.#ended) this.#port.postMessage(order, bytes === undefined ? [] : [bytes.buffer as ArrayBuffer]);
  }

  async #own(x: K): Promise<Uint8Array> {
    return ownBytes(x, this.#limits.memory || Number.POSITIVE_INFINITY);
  }

  #take(id: number): Running<A> | undefined {
    const running = this.#running.get(id);
    this.#running.delete(id);
    return running;
  }

  #hear(report: Report): void {
    if (report.report === "call") {
      const { name, args } = report;
      void this.#perform(report, (sender) => sender.call(name, listed(args)));
      return;
    }
    if (report.report === "ask") {
      const question = new Encoded(report.value, report.needs);
      void this.#perform(report, (sender) => sender.ask(question));
      return;
    }
    if (report.report === "respond") {
      const { handle, value, needs } = report;
      const answer = typeof value === "string" ? new KError(value) : new Encoded(value, needs);
      void this.#perform(report, (sender) => sender.respond(handle, answer));
      return;
    }
    if (report.report === "push") {
      this.#senders.get(report.sender)?.push(new Encoded(report.value, report.needs));
      return;
    }
    const running = this.#take(report.id);
    if (running === undefined) return;
    const { sender, resolve, reject } = running;
    if (report.report === "later") resolve(sender.putOff() as PromiseLike<Encoded | A>);
    else if (report.report === "value") resolve(new Encoded(report.value, report.needs));
    else if (report.report === "error") reject(this.#error(report, sender));
    else
      try {
        resolve(sender.answer(report.name, listed(report.args)));
      } catch (error) {
        reject(error);
      }
  }

  /** Does for a text what only the main thread can, and sends it the result. */
  async #perform(
    { sender: number, call }: { readonly sender: number; readonly call: number },
    act: (sender: Sender<A>) => K | PromiseLike<K>,
  ): Promise<void> {
    const sender = this.#senders.get(number);
    try {
      if (sender === undefined) throw new KError("stop");
      const bytes = await this.#own(await act(sender));
      this.#post({ order: "result", call, value: bytes }, bytes);
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      if (sender !== undefined) this.#thrown.set(sender, error);
      this.#post({ order: "result", call, value: error.message });
    }
  }

  #error({ error, stack }: Report & { readonly report: "error" }, sender: Sender<A>): Error {
    const thrown = this.#thrown.get(sender);
    if (thrown?.message === error) return thrown;
    if (stack === undefined) return new KError(error);
    return Object.assign(new TypeError(error), { stack });
  }
}

const listed = (args: Uint8Array): readonly K[] => (decodeTrusted(args) as List).items;

const gone = (error: string): KError =>
  new KError(`${error}: the text's thread was ended, and the variables of its text are lost`);
