/** A session as calls see it, and what the language needs of the one that sent a text. */
import type { Encoded, Func, K, KError } from "../../protocol/values.js";
import type { Answer, ApiFunction } from "../api/call.js";
import { kError } from "../errors.js";
import type { CallContext, Caller, RunningCall } from "./running.js";

/** What the language needs of the session that sent a text. */
export interface Sender extends Omit<Caller, "respond" | "takesCalls"> {
  /** The session of whose text this is a part: it prints where that prints. */
  readonly within?: Sender | undefined;
  readonly functions: ReadonlyMap<string, ApiFunction>;
  /** Calls a k api function in its turn; the arguments are as in a request list. */
  call(name: string, args: readonly K[]): K | Promise<K>;
  /** The call that a whole text comes down to: as a request in list form. */
  answer(name: string, args: readonly K[]): Answer | Promise<Answer>;
  /** Gives a session of the same user the answer that it has put off. @throws KError where it has not */
  respond(handle: number, value: K | Encoded | KError): K;
}

/** What a request is answered by: a text's value may have been put into wire form where it was worked out. */
export type Reply = Answer | Encoded;

/** Text requests; the rooms meet here. */
export interface Language {
  /** Bytes of the longest text; more are 'limit. */
  readonly longest?: number;
  evaluate(text: string, sender: Sender): Reply | Promise<Reply>;
  /** Applies a function, or the one that a text gives (a user's own name, a lambda, an operator), to arguments. */
  apply(f: string | Func, args: readonly K[], sender: Sender): Reply | Promise<Reply>;
  /** The session is gone: what it has running may end. */
  stop?(sender: Sender): void;
  /** Told, where it is set, of users whose text variables are lost, and why. */
  report?(users: readonly string[], why: Error): void;
  /** The server has closed. */
  close?(): Promise<void>;
}

/** What may be a name of a function or a variable. */
export const NAME = /^\.?[A-Za-z][\w.]*$/;

/** The server without a language: names are unknown, anything else is not there yet. */
export const NO_LANGUAGE: Language = {
  evaluate(source) {
    if (NAME.test(source)) throw kError.unknown(source);
    throw kError.nyi("text requests");
  },
  apply(f) {
    if (typeof f === "string" && NAME.test(f)) throw kError.unknown(f);
    throw kError.nyi(`a function ${typeof f === "string" ? "given as text" : "sent by value"}`);
  },
};

/** A session as the dispatcher sees it. */
export class Client implements Sender {
  readonly functions: ReadonlyMap<string, ApiFunction>;
  /** Those of its calls that take time. */
  readonly running = new Set<RunningCall>();

  constructor(
    readonly context: CallContext,
    functions: ReadonlyMap<string, ApiFunction>,
    readonly call: Sender["call"],
    readonly answer: Sender["answer"],
    readonly respond: Sender["respond"],
    /** The session, where this is what a function that it calls for a callback module asks for. */
    readonly within?: Client,
  ) {
    this.functions = functions;
  }

  get user(): number {
    return this.context.caller.user;
  }

  get userName(): string {
    return this.context.caller.userName;
  }

  get handle(): number {
    return this.context.caller.handle;
  }

  get address(): number {
    return this.context.caller.address;
  }

  get takesParcels(): boolean {
    return this.within === undefined && this.context.caller.takesParcels;
  }

  push(value: K | Encoded): boolean {
    return this.context.caller.push(value);
  }

  async ask(value: K | Encoded): Promise<K> {
    if (this.within !== undefined)
      throw kError.nyi("a question to the session by a callback module's function");
    return this.context.caller.ask(value);
  }

  async putOff(): Promise<K | Encoded> {
    if (this.within !== undefined) throw kError.nyi("-30! by a callback module's function");
    return this.context.caller.putOff();
  }
}
