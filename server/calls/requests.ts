/**
 * What a request means. A k value that a session sends is text to evaluate, a call of a k api function, or a value;
 * the forms are those that q and the clients in other languages send (IPC, "requests").
 */
import { collapse } from "../../protocol/make.js";
import {
  Atom,
  Dict,
  type Encoded,
  Func,
  isNull,
  type K,
  KError,
  List,
  NULL,
  Symbols,
  TYPE,
  Vector,
} from "../../protocol/values.js";
import { text } from "../../protocol/view.js";
import type { Answer, ApiFunction, Call } from "../api/call.js";
import type { Api } from "../api/index.js";
import { asHandle } from "../engine/handle.js";
import { Parcel } from "../engine/parcel.js";
import { asKError, kError } from "../errors.js";
import { Callbacks, OWN } from "./callbacks.js";
import { Client, type Language, NAME, type Reply } from "./client.js";
import { MemoryLimit } from "./memory.js";
import { type Caller, type Origin, RunningCall } from "./running.js";
import type { Turns } from "./turns.js";

/** What helps out of full memory. */
const WHEN_FULL: ReadonlySet<string> = new Set(["free", "obj"]);

/** Milliseconds. */
const USUAL_WAIT = 10_000;

const rethrow = (thrown: unknown): never => {
  throw asKError(thrown);
};

export class Dispatcher {
  readonly #clients = new Set<Client>();
  /** What callback modules of the engine call. */
  readonly callbacks: Callbacks;

  /**
   * @param limit milliseconds that one call may take, Infinity for no limit
   * @param memory beyond it only functions that free or show are called
   * @param wait milliseconds that the function of a callback module may take
   */
  constructor(
    private readonly api: Api,
    private readonly language: Language,
    private readonly turns: Turns,
    private readonly limit: number = Number.POSITIVE_INFINITY,
    private readonly memory: MemoryLimit = new MemoryLimit(Number.POSITIVE_INFINITY),
    wait: number = USUAL_WAIT,
  ) {
    const host = {
      language,
      request: (x: K, client: Client) => this.request(x, client),
      within: (caller: Caller, turns: Turns, client: Client, call: RunningCall) =>
        this.#client(caller, turns, client, call),
      stop: (client: Client) => this.stop(client),
    };
    this.callbacks = new Callbacks(host, wait);
  }

  /** A session's side of the dispatcher; `stop` ends it. */
  session(caller: Caller): Client {
    return this.#client(caller, this.turns);
  }

  /** @param outer and the call of its that this is a part of */
  #client(caller: Caller, turns: Turns, outer?: Client, within?: RunningCall): Client {
    const { functions, settings } = this.api;
    const running = () => this.#running(caller.user);
    const engine = outer?.context.engine ?? this.api.bind(caller.user);
    const context = { caller, settings, turns, engine, running, within };
    const call = (name: string, args: readonly K[], origin: Origin): Answer | Promise<Answer> => {
      const found = functions.get(name);
      if (found === undefined) throw kError.unknown(name);
      try {
        const answer = this.#call(found, args, client, origin);
        return answer instanceof Promise ? answer.catch(rethrow) : answer;
      } catch (error) {
        return rethrow(error);
      }
    };
    const client: Client = new Client(
      context,
      functions,
      // no parcels for a call that does not own its arguments
      (name, args) => call(name, args, "text") as K | Promise<K>,
      (name, args) => call(name, args, "last"),
      (handle, value) => this.#respond(caller.user, handle, value),
      outer,
    );
    this.#clients.add(client);
    return client;
  }

  /** Objects and variables are a user's, and so are the requests that his sessions have put off. */
  #respond(user: number, handle: number, value: K | Encoded | KError): K {
    for (const { context } of this.#clients) {
      const { caller } = context;
      if (caller.user === user && caller.handle === handle && caller.respond(value)) return NULL;
    }
    throw new KError(`-30!: handle ${handle} expects no answer, -30!(::) puts one off`);
  }

  *#running(user: number): Iterable<RunningCall> {
    for (const client of this.#clients) if (client.user === user) yield* client.running;
  }

  /** The session is gone: the text and the calls that it has running are to end, nobody waits for them. */
  stop(client: Client): void {
    this.#clients.delete(client);
    this.language.stop?.(client);
    for (const call of client.running) call.abandon(kError.stop());
  }

  /** The server closes: asks all that runs to end. */
  close(): void {
    for (const client of this.#clients) for (const call of client.running) call.stop(kError.stop());
  }

  /**
   * Does what a request asks for.
   * @returns the answer, without a promise wherever the function called gives one without
   * @throws KError for the peer; any other error is the server's own
   */
  request(x: K, session: Client): Reply | Promise<Reply> {
    if (x instanceof List) return x.count === 0 ? x : this.#list(x.items, session);
    if (x instanceof Symbols) return x.count === 0 ? x : this.#symbols(x.names, session);
    if (x instanceof Vector && x.type !== TYPE.char) return x;
    const source = this.#text(x);
    if (source !== undefined && x.type === -TYPE.symbol && !NAME.test(source)) throw kError.unknown(source);
    if (source !== undefined) return source.trim() === "" ? NULL : this.language.evaluate(source, session);
    return x instanceof Dict ? x.values : x;
  }

  /** As `text`; what is too long is not even read. */
  #text(x: K): string | undefined {
    const { longest = Number.POSITIVE_INFINITY } = this.language;
    if (x instanceof Vector && x.bytes.length > longest) throw kError.limit();
    return text(x);
  }

  #symbols(names: readonly string[], session: Client): Reply | Promise<Reply> {
    const args = names.slice(1);
    const found = this.api.functions.get(names[0]!);
    if (found?.rank === 1 && args.length > 1)
      return this.#call(found, [new Symbols(args.length, args)], session, "request");
    return this.#apply(
      names[0]!,
      args.map((name) => new Atom(-TYPE.symbol, name)),
      session,
    );
  }

  #list(items: readonly K[], session: Client): Reply | Promise<Reply> {
    const first = items[0]!;
    if (first instanceof Func && !isNull(first))
      return this.language.apply(first, items.slice(1).map(symbolVector), session);
    const name = this.#text(first);
    if (name === undefined) throw kError.type();
    return this.#apply(name, items.slice(1).map(symbolVector), session);
  }

  #apply(name: string, args: readonly K[], session: Client): Reply | Promise<Reply> {
    if (name === OWN.takes) return this.#takeCalls(args, session);
    if (name === OWN.within) return this.callbacks.within(args, session);
    if (name === OWN.answer) return this.callbacks.answered(args, session);
    const found = this.api.functions.get(name);
    return found === undefined
      ? this.language.apply(name, args, session)
      : this.#call(found, args, session, "request");
  }

  #takeCalls([flag]: readonly K[], { context }: Client): K {
    if (!(flag instanceof Atom) || typeof flag.value !== "boolean") throw kError.type();
    context.caller.takesCalls = flag.value;
    return NULL;
  }

  /**
   * More arguments than a function of one argument takes mean the list of them; none means `::`. For a function of two,
   * one general list of two is both: every function of the k api can be called with one argument.
   */
  #call(f: ApiFunction, args: readonly K[], client: Client, origin: Origin): Answer | Promise<Answer> {
    if (this.memory.full && !WHEN_FULL.has(f.name)) throw kError.wsfull();
    if (f.rank === 1) {
      const arg = args.length === 1 ? args[0]! : args.length === 0 ? NULL : collapse(args);
      return this.#turn((call) => f.run(call, arg), client, origin);
    }
    const [first] = args;
    const all = args.length === 1 && first instanceof List ? first.items : args;
    if (all.length !== f.rank) throw kError.rank();
    return this.#turn((call) => f.run(call, ...all), client, origin);
  }

  #turn(run: Run, client: Client, origin: Origin): Answer | Promise<Answer> {
    if (this.limit !== Number.POSITIVE_INFINITY) return this.#timed(run, client, origin);
    const call = new RunningCall(client.context, Number.POSITIVE_INFINITY, origin);
    return client.context.turns.take(
      () => this.#perform(run, call, client),
      () => call.kept,
    );
  }

  /**
   * As #turn, but answers 'stop when the time is over. What runs then goes on to its end, or to where it gives way, and
   * keeps the turn as long; what it makes ends with it.
   */
  #timed(run: Run, client: Client, origin: Origin): Answer | Promise<Answer> {
    let timer: NodeJS.Timeout | undefined;
    let answerLate: (error: Error) => void = () => {};
    const late = new Promise<never>((_, reject) => {
      answerLate = reject;
    });
    let call: RunningCall | undefined;
    const result = client.context.turns.take(
      () => {
        const running = new RunningCall(client.context, performance.now() + this.limit, origin);
        call = running;
        const answer = this.#perform(run, running, client);
        if (!(answer instanceof Promise)) return answer;
        timer = setTimeout(() => {
          running.abandon(kError.stop());
          answerLate(kError.stop());
        }, this.limit);
        return answer;
      },
      () => call?.kept,
    );
    if (!(result instanceof Promise)) return result;
    return Promise.race([result, late]).finally(() => clearTimeout(timer));
  }

  /** Runs a call to its end; of one that was abandoned meanwhile nothing stays. */
  #perform(run: Run, call: RunningCall, client: Client): Answer | Promise<Answer> {
    const { callbacks } = this;
    callbacks.turn(call, client);
    const over = (failed: boolean): void => {
      client.running.delete(call);
      call.end(failed);
      callbacks.turn(client.context.within, client.within);
    };
    let answer: Answer | Promise<Answer>;
    try {
      answer = run(call);
    } catch (error) {
      over(true);
      throw error;
    }
    if (!(answer instanceof Promise)) {
      over(false);
      return answer;
    }
    call.onTurn = () => callbacks.turn(call, client);
    client.running.add(call);
    return answer.then(
      (result) => {
        if (call.abandoned) discard(result, call);
        over(call.abandoned);
        return result;
      },
      (error) => {
        over(true);
        throw error;
      },
    );
  }
}

/** Nobody takes the answer any more: a parcel, or handles to what was made. */
function discard(answer: Answer, call: RunningCall): void {
  if (answer instanceof Parcel) answer.drop();
  else for (const handle of handlesIn(answer)) call.made(handle);
}

function handlesIn(answer: K): readonly number[] {
  const one = asHandle(answer);
  if (one !== undefined) return [one];
  const items = answer instanceof Dict ? answer.values : answer;
  return items instanceof List ? items.items.flatMap((item) => asHandle(item) ?? []) : [];
}

type Run = (call: Call) => Answer | Promise<Answer>;

/** A list of symbol atoms, as clients without symbol vectors send it, is a symbol vector. */
function symbolVector(x: K): K {
  if (!(x instanceof List) || x.count === 0) return x;
  const [first] = x.head(1);
  return first instanceof Atom && first.type === -TYPE.symbol ? collapse(x.items) : x;
}
