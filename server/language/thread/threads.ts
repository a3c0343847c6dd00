/**
 * The language on threads of its own, as the server calls it. Nothing of a text is read or worked out on the main
 * thread: text goes over, calls of k api functions come back and take their turn there, and the bytes of an answer leave
 * as they come. A text that does not end by itself in time, or fills its thread, ends with the thread.
 */
import type { Encoded, Func, K } from "../../../protocol/values.js";
import type { ThreadLimits } from "./messages.js";
import { type Sender, Thread } from "./thread.js";

export type { Sender, ThreadLimits };

/** Milliseconds between two looks at threads on which texts run. */
const WATCH = 100;

export class Threads<A> {
  /** Told of threads that end with users' variables: whose, and why. */
  report: (users: readonly string[], why: Error) => void = () => {};
  readonly #threads = new Set<Thread<A>>();
  readonly #byUser = new Map<number, Thread<A>>();
  #watch: NodeJS.Timeout | undefined;

  /** @param most threads at a time; more users share */
  constructor(
    readonly limits: ThreadLimits,
    private readonly most: number,
  ) {}

  /** Characters of the longest text. */
  get longest(): number {
    return this.limits.text || Number.POSITIVE_INFINITY;
  }

  /** The value of text. @throws KError, by a promise that rejects with one */
  evaluate(text: string, sender: Sender<A>): Promise<Encoded | A> {
    return this.#thread(sender).run(text, undefined, sender);
  }

  /** Applies a function, or the one that text gives. @throws KError, by a promise that rejects with one */
  apply(f: string | Func, args: readonly K[], sender: Sender<A>): Promise<Encoded | A> {
    return this.#thread(sender).run(f, args, sender);
  }

  /** Ends with 'stop what a sender has running: it is gone. */
  stop(sender: Sender<A>): void {
    this.#byUser.get(sender.user)?.stop(sender);
  }

  /** Drops a user's variables; a thread that has no other user ends. */
  forget(user: number): void {
    const thread = this.#byUser.get(user);
    if (thread === undefined) return;
    this.#byUser.delete(user);
    thread.forget(user);
    if (thread.users.size > 0) return;
    this.#threads.delete(thread);
    void thread.close();
  }

  async close(): Promise<void> {
    clearInterval(this.#watch);
    const threads = [...this.#threads];
    this.#threads.clear();
    this.#byUser.clear();
    await Promise.all(threads.map((thread) => thread.close()));
  }

  #thread(sender: Sender<A>): Thread<A> {
    const { user } = sender;
    let thread = this.#byUser.get(user);
    if (thread === undefined) {
      thread = this.#threads.size < this.most ? this.#start(sender) : this.#emptiest();
      thread.users.set(user, sender.userName);
      this.#byUser.set(user, thread);
    }
    this.#watch ??= setInterval(() => this.#look(), WATCH).unref();
    return thread;
  }

  #start({ functions }: Sender<A>): Thread<A> {
    const thread = new Thread<A>(functions, this.limits, (why) => {
      this.#threads.delete(thread);
      for (const user of thread.users.keys()) this.#byUser.delete(user);
      this.report([...thread.users.values()], why);
    });
    this.#threads.add(thread);
    return thread;
  }

  #emptiest(): Thread<A> {
    return [...this.#threads].reduce((x, y) => (y.users.size < x.users.size ? y : x));
  }

  #look(): void {
    const now = performance.now();
    let busy = false;
    for (const thread of this.#threads) {
      thread.watch(now);
      busy ||= thread.busy;
    }
    if (busy) return;
    clearInterval(this.#watch);
    this.#watch = undefined;
  }
}
