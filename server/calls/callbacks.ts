/**
 * Callback modules (docs/kmodules.rst): in the middle of a calculation the engine asks for a function to be called, and
 * waits. It is a function of the session whose call the engine works for, or of that user's text; what it calls
 * meanwhile runs within that call, before anybody else's.
 */
import { decodeTrusted } from "../../protocol/decode.js";
import * as k from "../../protocol/make.js";
import { Atom, Encoded, type K, KError, NULL } from "../../protocol/values.js";
import { text } from "../../protocol/view.js";
import { asHandle, handleK } from "../engine/handle.js";
import type { CallbackQuestion } from "../engine/index.js";
import { answerable, kError } from "../errors.js";
import { type Client, type Language, NAME, type Reply } from "./client.js";
import type { Caller, RunningCall } from "./running.js";
import { Turns } from "./turns.js";

/**
 * What goes between the server and a session whose functions can be called. The session's connection waits for the answer
 * of its call, and not every q can ask anything more on it: what the function asks for, and its end, come over another
 * connection of the same user's.
 */
export const OWN = {
  /** (name; flag): whether functions of the session that sends this can be called. */
  takes: ".torch.callbacks",
  /** (name; number; function; arguments), to the session. */
  call: ".torch.callback",
  /** (name; number; request): a request of the function's. */
  within: ".torch.within",
  /** (name; number; whether it went well; value or error): the function's end. */
  answer: ".torch.answer",
} as const;

/** A function of a session's that is being called. */
interface Open {
  /** Who is asked. */
  readonly caller: Caller;
  /** What is called within the call, as of a session that asks for it. */
  as(session: Client): Client;
  settle(value: K | KError): void;
}

/** What callbacks need of the dispatcher. */
interface Host {
  readonly language: Language;
  request(x: K, client: Client): Reply | Promise<Reply>;
  /** A client for what is called within a call, by a function of the client's; `turns` are of all its calls. */
  within(caller: Caller, turns: Turns, client: Client, call: RunningCall): Client;
  /** Ends what a client has running. */
  stop(client: Client): void;
}

export class Callbacks {
  /** The call that has the turn, and whose it is. */
  #call: RunningCall | undefined;
  #client: Client | undefined;
  readonly #open = new Map<bigint, Open>();
  #last = 0n;

  /** @param limit milliseconds that a function is waited for */
  constructor(
    private readonly host: Host,
    private readonly limit: number,
  ) {}

  /** A call has the turn, or has it again. */
  turn(call: RunningCall | undefined, client: Client | undefined): void {
    this.#call = call;
    this.#client = client;
  }

  /** The engine asks. @returns false where no call of that user's has the turn */
  asked(question: CallbackQuestion): boolean {
    const [call, client] = [this.#call, this.#client];
    if (call === undefined || client?.user !== question.user) return false;
    void this.#answer(question, call, client);
    return true;
  }

  /** Handles that the function is given end with it, and so does the one that it gives. */
  async #answer({ id, f, args }: CallbackQuestion, call: RunningCall, client: Client): Promise<void> {
    const { engine } = call;
    try {
      const value = await this.#called(f, args.map(handleK), call, client);
      const handle = asHandle(value);
      if (handle === undefined || engine.kind(handle) !== "tensor")
        throw new KError(`callback: unable to retrieve tensor from what ${shown(f)} has given`);
      engine.answerCallback(id, handle);
      engine.release(handle);
    } catch (error) {
      engine.answerCallback(id, undefined, answerable(error).text);
    } finally {
      for (const handle of args) engine.release(handle);
    }
  }

  async #called(f: string, args: readonly K[], call: RunningCall, client: Client): Promise<K> {
    const ending = new AbortController();
    const { signal } = ending;
    const stopped = (): void => ending.abort(call.signal.reason);
    if (call.signal.aborted) throw call.signal.reason;
    const turns = new Turns();
    const clients = new Map<Caller, Client>();
    const as = ({ context: { caller } }: Client): Client => {
      const known = clients.get(caller) ?? this.host.within(caller, turns, client, call);
      clients.set(caller, known);
      return known;
    };
    const stopAll = (): void => {
      for (const each of clients.values()) this.host.stop(each);
    };
    signal.addEventListener("abort", stopAll, { once: true });
    call.signal.addEventListener("abort", stopped, { once: true });
    const seconds = this.limit / 1000;
    const late = (): void =>
      ending.abort(new KError(`timeout: callback ${shown(f)} has given nothing in ${seconds} seconds`));
    const timer = setTimeout(late, this.limit).unref();
    try {
      return await this.#value(f, args, call, client, as, signal);
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      clearTimeout(timer);
      call.signal.removeEventListener("abort", stopped);
      stopAll();
      // what it still has running sees the call's objects
      await turns.take(() => undefined);
      this.turn(call, client);
    }
  }

  /** A request's function is the session's own, where it has said that it has some; a text's is the user's on the server. */
  async #value(
    f: string,
    args: readonly K[],
    call: RunningCall,
    client: Client,
    as: Open["as"],
    signal: AbortSignal,
  ): Promise<K> {
    const { caller } = client.context;
    const { language } = this.host;
    if (call.origin === "request" && caller.takesCalls)
      return await named(() => this.#ask(caller, f, args, as, signal));
    try {
      return plain(await named(async () => await language.apply(f, args, as(client))));
    } catch (error) {
      if (!(error instanceof KError) || error.message !== `callback error from k: ${f}`) throw error;
      throw new KError(
        `callback: ${shown(f)} is no function of the user's on the server; for one of a q session, load torch.q there and .torch.open the server`,
      );
    }
  }

  async #ask(caller: Caller, f: string, args: readonly K[], as: Open["as"], signal: AbortSignal): Promise<K> {
    const id = ++this.#last;
    const name = NAME.test(f) ? k.symbol(f) : k.chars(f);
    const answer = new Promise<K>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      const settle = (value: K | KError): void => (value instanceof KError ? reject(value) : resolve(value));
      this.#open.set(id, { caller, as, settle });
    });
    // where nobody was asked it is not waited for
    answer.catch(() => {});
    try {
      if (!caller.push(k.list([k.symbol(OWN.call), k.long(id), name, k.list(args)]))) throw kError.stop();
      return await answer;
    } finally {
      this.#open.delete(id);
    }
  }

  /** A session says nothing more: what its functions would give is not waited for. */
  silent({ context }: Client): void {
    for (const { caller, settle } of this.#open.values())
      if (caller === context.caller) settle(kError.stop());
  }

  /** (number; request): answers a request of a function's that is being called. */
  within([id, request]: readonly K[], client: Client): Reply | Promise<Reply> {
    const { as } = this.#openOf(id, client);
    if (request === undefined) throw kError.rank();
    return this.host.request(request, as(client));
  }

  /** (number; whether it went well; value or error): a function has ended. */
  answered([id, well, value]: readonly K[], client: Client): K {
    const { settle } = this.#openOf(id, client);
    if (value === undefined) throw kError.rank();
    if (!(well instanceof Atom) || typeof well.value !== "boolean") throw kError.type();
    settle(well.value ? value : new KError(text(value) ?? "error"));
    return NULL;
  }

  /** The function of the number, for a session of the user whose function it is. */
  #openOf(id: K | undefined, { user }: Client): Open {
    const open = id instanceof Atom && typeof id.value === "bigint" ? this.#open.get(id.value) : undefined;
    if (open === undefined || open.caller.user !== user)
      throw new KError("callback: this function is not being called, or no longer");
    return open;
  }
}

/** Errors that say all themselves. */
const AS_IS = /^(?:stop|wsfull|callback.*)$/;

/** An error of the function's own says where it comes from. */
async function named<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof KError) || AS_IS.test(error.message)) throw error;
    throw new KError(`callback error from k: ${error.message}`);
  }
}

/** A client within another takes no parcels. */
const plain = (x: Reply): K => (x instanceof Encoded ? decodeTrusted(x.bytes) : (x as K));

const LONGEST = 60;
const shown = (f: string): string => (f.length > LONGEST ? `${f.slice(0, LONGEST)}...` : f);
