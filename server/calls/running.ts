/** A call of a k api function while it runs: what it keeps, and how it is stopped. */
import type { Encoded, K, KError } from "../../protocol/values.js";
import type { Call, Settings } from "../api/call.js";
import type { Engine, Handle } from "../engine/index.js";
import { kError } from "../errors.js";
import type { Turns } from "./turns.js";

/** The session behind a request. */
export interface Caller {
  /** The user's number; objects belong to it. Never reused while the process lives. */
  readonly user: number;
  readonly userName: string;
  /** The number under which text knows the session (`.z.w`); never 0, and no other's. */
  readonly handle: number;
  /** Its IPv4 address as q's int, this machine's where it has none. */
  readonly address: number;
  /** Whether what is sent to the session leaves as it is made. */
  readonly takesParcels: boolean;
  /**
   * Sends the session an asynchronous message, now or at any later time.
   * @returns false when the connection is gone
   */
  push(value: K | Encoded): boolean;
  /**
   * Sends the session a synchronous message.
   * @returns its answer; rejects with its k error, or with one where it gives none in time
   */
  ask(value: K | Encoded): Promise<K>;
  /**
   * The request that is served is answered later, and asynchronous ones behind it are served meanwhile.
   * @returns what `respond` gives it; rejects where that takes too long or the session goes
   */
  putOff(): Promise<K | Encoded>;
  /**
   * Gives the answer that was put off.
   * @returns false where none was
   */
  respond(value: K | Encoded | KError): boolean;
  /** Whether the session has said that functions of its own can be called, by a message that is pushed. */
  takesCalls: boolean;
}

/** What calls of one session share. */
export interface CallContext {
  readonly caller: Caller;
  readonly engine: Engine;
  readonly settings: Settings;
  readonly turns: Turns;
  /** The call of whose module's function this is a part; it has the turn. */
  readonly within?: RunningCall | undefined;
  /** The calls of the same user that take time. */
  running(): Iterable<RunningCall>;
}

/** A request in list form; a text; the last call of a text, whose result is the text's. */
export type Origin = "request" | "text" | "last";

export class RunningCall implements Call {
  /** What the turn lasts until, beyond the answer. */
  kept: Promise<void> | undefined;
  abandoned = false;
  /** Told when it has the turn again. */
  onTurn: () => void = () => {};
  #temporary: Handle[] | undefined;
  #made: Handle[] | undefined;
  #stop: AbortController | undefined;
  #reason: Error | undefined;

  /** @param deadline on the clock of performance.now() */
  constructor(
    private readonly context: CallContext,
    private readonly deadline: number,
    readonly origin: Origin,
  ) {}

  get ownsArguments(): boolean {
    return this.origin !== "text";
  }

  get engine(): Engine {
    return this.context.engine;
  }

  get settings(): Settings {
    return this.context.settings;
  }

  get userName(): string {
    return this.context.caller.userName;
  }

  /** Only a request in list form is answered by what the function gives. */
  get takesParcels(): boolean {
    return this.context.within === undefined && this.ownsArguments && this.context.caller.takesParcels;
  }

  /** Made when it is asked for: most calls end before anybody could stop them. */
  get signal(): AbortSignal {
    this.#stop ??= new AbortController();
    if (this.#reason !== undefined) this.#stop.abort(this.#reason);
    return this.#stop.signal;
  }

  /** Asks the function to end. */
  stop(reason: Error): void {
    this.#reason ??= reason;
    this.#stop?.abort(this.#reason);
  }

  /** Nobody waits for the answer any more: the function is to end, and what it has made ends with the call. */
  abandon(reason: Error): void {
    this.abandoned = true;
    this.stop(reason);
  }

  stopOthers(): void {
    for (const call of this.context.running()) if (call !== this) call.stop(kError.stop());
  }

  keep(handle: Handle): Handle {
    this.#temporary ??= [];
    this.#temporary.push(handle);
    return handle;
  }

  made(handle: Handle): Handle {
    this.#made ??= [];
    this.#made.push(handle);
    return handle;
  }

  push(value: K): boolean {
    return this.context.caller.push(value);
  }

  keepTurn(until: Promise<void>): void {
    this.kept = until;
  }

  giveWay(): Promise<void> | undefined {
    if (performance.now() > this.deadline) this.stop(kError.stop());
    if (this.#reason !== undefined) throw this.#reason;
    return this.context.turns.giveWay()?.then(() => this.onTurn());
  }

  onWanted(wake: () => void): () => void {
    const { signal } = this;
    const { turns } = this.context;
    if (signal.aborted || turns.waiting > 0) wake();
    signal.addEventListener("abort", wake);
    turns.onWaiting = wake;
    return () => {
      signal.removeEventListener("abort", wake);
      turns.onWaiting = undefined;
    };
  }

  /** The call has ended: handles that were to end with it do. */
  end(failed: boolean): void {
    const { engine } = this.context;
    for (const handle of this.#temporary ?? []) engine.release(handle);
    if (failed) for (const handle of this.#made ?? []) engine.release(handle);
  }
}
