/**
 * What a request means. A k value that a session sends is text to evaluate, a call of a k api function, or a value;
 * the forms are those that q and the clients in other languages send (IPC, "requests").
 */
import { collapse } from "../../protocol/make.js";
import {
  Atom,
  Dict,
  Func,
  isNull,
  type K,
  List,
  NULL,
  Symbols,
  TYPE,
  Vector,
} from "../../protocol/values.js";
import { text } from "../../protocol/view.js";
import { Parcel } from "../engine/parcel.js";
import { asKError, kError } from "../errors.js";
import { MemoryLimit } from "./memory.js";
import type { Turns } from "./turns.js";

/** What a function gives: a value, or a parcel where the call takes parcels. */
export type Answer = K | Parcel;

/** The session behind a request. */
export interface Caller {
  /** The user's number; objects belong to it. Never reused while the process lives. */
  readonly user: number;
  readonly userName: string;
  /** Whether what is sent to the session leaves as it is made. */
  readonly takesParcels: boolean;
  /**
   * Sends the session an asynchronous message, now or at any later time.
   * @returns false when the connection is gone
   */
  push(value: K): boolean;
}

/** One call of a k api function, as the function sees it. */
export interface Call extends Caller {
  /**
   * The arguments are those of a request in list form, and nobody else has them: their bytes may become the memory of
   * what the function makes.
   */
  readonly ownsArguments: boolean;
  /** Keeps the turn until then, although the answer is there before. */
  keepTurn(until: Promise<void>): void;
  /**
   * For a long function, between two steps: lets the calls that wait run first. Nothing to await where none waits.
   * @throws KError 'stop when the call has used up its time
   */
  giveWay(): Promise<void> | undefined;
}

/** A row of the k api's table. */
export interface ApiFunction {
  readonly name: string;
  /** How many arguments it takes. */
  readonly rank: 1 | 2;
  /** The documentation page that it belongs to. */
  readonly page: string;
  /** Called with exactly `rank` arguments; `::` stands for none. Throws a KError for the peer. */
  run(call: Call, ...args: K[]): Answer | Promise<Answer>;
}

/** What the language needs of the session that sent a text. */
export interface LanguageSession extends Caller {
  readonly functions: ReadonlyMap<string, ApiFunction>;
  /** Calls a k api function in its turn; the arguments are as in a request list. */
  call(name: string, args: readonly K[]): K | Promise<K>;
}

/** Text requests; the rooms meet here. */
export interface Language {
  evaluate(text: string, session: LanguageSession): K | Promise<K>;
  /** Applies the function that a text gives (a user's own name, a lambda, an operator) to arguments. */
  apply(text: string, args: readonly K[], session: LanguageSession): K | Promise<K>;
  /** The session is gone: what it has running may end. */
  stop?(session: LanguageSession): void;
}

/** What helps out of full memory. */
const WHEN_FULL: ReadonlySet<string> = new Set(["free", "obj"]);
const NAME = /^\.?[A-Za-z][\w.]*$/;

/** The server without a language: names are unknown, anything else is not there yet. */
export const NO_LANGUAGE: Language = {
  evaluate(source) {
    if (NAME.test(source)) throw kError.unknown(source);
    throw kError.nyi("text requests");
  },
  apply(source) {
    if (NAME.test(source)) throw kError.unknown(source);
    throw kError.nyi("a function given as text");
  },
};

/** A call while it runs. */
class RunningCall implements Call {
  /** What the turn lasts until, beyond the answer. */
  kept: Promise<void> | undefined;

  constructor(
    private readonly caller: Caller,
    private readonly turns: Turns,
    /** On the clock of performance.now(). */
    private readonly deadline: number,
    readonly ownsArguments: boolean,
  ) {}

  /** Only a request in list form is answered by what the function gives. */
  get takesParcels(): boolean {
    return this.ownsArguments && this.caller.takesParcels;
  }

  keepTurn(until: Promise<void>): void {
    this.kept = until;
  }

  get user(): number {
    return this.caller.user;
  }

  get userName(): string {
    return this.caller.userName;
  }

  push(value: K): boolean {
    return this.caller.push(value);
  }

  giveWay(): Promise<void> | undefined {
    if (performance.now() > this.deadline) throw kError.stop();
    return this.turns.giveWay();
  }
}

const rethrow = (thrown: unknown): never => {
  throw asKError(thrown);
};

export class Dispatcher {
  /**
   * @param limit milliseconds that one call may take, Infinity for no limit
   * @param memory beyond it only functions that free or show are called
   */
  constructor(
    readonly functions: ReadonlyMap<string, ApiFunction>,
    private readonly language: Language,
    private readonly turns: Turns,
    private readonly limit: number = Number.POSITIVE_INFINITY,
    private readonly memory: MemoryLimit = new MemoryLimit(Number.POSITIVE_INFINITY),
  ) {}

  /** What the language sees of a caller; one object per session. */
  session(caller: Caller): LanguageSession {
    return {
      user: caller.user,
      userName: caller.userName,
      get takesParcels() {
        return caller.takesParcels;
      },
      push: (value) => caller.push(value),
      functions: this.functions,
      call: (name, args) => {
        const found = this.functions.get(name);
        if (found === undefined) throw kError.unknown(name);
        try {
          // no parcels for a call that does not own its arguments
          const answer = this.#call(found, args, caller, false) as K | Promise<K>;
          return answer instanceof Promise ? answer.catch(rethrow) : answer;
        } catch (error) {
          return rethrow(error);
        }
      },
    };
  }

  /** Ends the text that a session has running: nobody waits for it any more. */
  stop(session: LanguageSession): void {
    this.language.stop?.(session);
  }

  /**
   * Does what a request asks for.
   * @returns the answer, without a promise wherever the function called gives one without
   * @throws KError for the peer; any other error is the server's own
   */
  request(x: K, session: LanguageSession): Answer | Promise<Answer> {
    if (x instanceof List) return x.count === 0 ? x : this.#list(x.items, session);
    if (x instanceof Symbols) return x.count === 0 ? x : this.#symbols(x.names, session);
    if (x instanceof Vector && x.type !== TYPE.char) return x;
    const source = text(x);
    if (source !== undefined && x.type === -TYPE.symbol && !NAME.test(source)) throw kError.unknown(source);
    if (source !== undefined) return source.trim() === "" ? NULL : this.language.evaluate(source, session);
    if (x instanceof Func && !isNull(x)) throw kError.nyi(SENT_FUNCTION);
    return x instanceof Dict ? x.values : x;
  }

  #symbols(names: readonly string[], session: LanguageSession): Answer | Promise<Answer> {
    const args = names.slice(1);
    const found = this.functions.get(names[0]!);
    if (found?.rank === 1 && args.length > 1)
      return this.#call(found, [new Symbols(args.length, args)], session, true);
    return this.#apply(
      names[0]!,
      args.map((name) => new Atom(-TYPE.symbol, name)),
      session,
    );
  }

  #list(items: readonly K[], session: LanguageSession): Answer | Promise<Answer> {
    const first = items[0]!;
    if (first instanceof Func) throw kError.nyi(SENT_FUNCTION);
    const name = text(first);
    if (name === undefined) throw kError.type();
    return this.#apply(name, items.slice(1).map(symbolVector), session);
  }

  #apply(name: string, args: readonly K[], session: LanguageSession): Answer | Promise<Answer> {
    const found = this.functions.get(name);
    return found === undefined
      ? this.language.apply(name, args, session)
      : this.#call(found, args, session, true);
  }

  /**
   * More arguments than a function of one argument takes mean the list of them; none means `::`. For a function of two,
   * one general list of two is both: every function of the k api can be called with one argument.
   */
  #call(f: ApiFunction, args: readonly K[], caller: Caller, owned: boolean): Answer | Promise<Answer> {
    if (this.memory.full && !WHEN_FULL.has(f.name)) throw kError.wsfull();
    if (f.rank === 1) {
      const arg = args.length === 1 ? args[0]! : args.length === 0 ? NULL : collapse(args);
      return this.#turn((call) => f.run(call, arg), caller, owned);
    }
    const [first] = args;
    const all = args.length === 1 && first instanceof List ? first.items : args;
    if (all.length !== f.rank) throw kError.rank();
    return this.#turn((call) => f.run(call, ...all), caller, owned);
  }

  #turn(run: Run, caller: Caller, owned: boolean): Answer | Promise<Answer> {
    if (this.limit !== Number.POSITIVE_INFINITY) return this.#timed(run, caller, owned);
    const call = new RunningCall(caller, this.turns, Number.POSITIVE_INFINITY, owned);
    return this.turns.take(
      () => run(call),
      () => call.kept,
    );
  }

  /**
   * As #turn, but answers 'stop when the time is over. What runs then goes on to its end, or to where it gives way, and
   * keeps the turn as long.
   */
  #timed(run: Run, caller: Caller, owned: boolean): Answer | Promise<Answer> {
    let timer: NodeJS.Timeout | undefined;
    let stop: (error: Error) => void = () => {};
    const late = new Promise<never>((_, reject) => {
      stop = reject;
    });
    let call: RunningCall | undefined;
    const result = this.turns.take(
      () => {
        call = new RunningCall(caller, this.turns, performance.now() + this.limit, owned);
        const running = run(call);
        if (!(running instanceof Promise)) return running;
        timer = setTimeout(() => {
          stop(kError.stop());
          running.then(dropParcel, () => {}); // nobody takes it now
        }, this.limit);
        return running;
      },
      () => call?.kept,
    );
    if (!(result instanceof Promise)) return result;
    return Promise.race([result, late]).finally(() => clearTimeout(timer));
  }
}

const dropParcel = (answer: Answer): void => {
  if (answer instanceof Parcel) answer.drop();
};

type Run = (call: Call) => Answer | Promise<Answer>;

const SENT_FUNCTION = "a function sent by value; send its name or its text";

/** A list of symbol atoms, as clients without symbol vectors send it, is a symbol vector. */
function symbolVector(x: K): K {
  if (!(x instanceof List) || x.count === 0) return x;
  const [first] = x.head(1);
  return first instanceof Atom && first.type === -TYPE.symbol ? collapse(x.items) : x;
}
