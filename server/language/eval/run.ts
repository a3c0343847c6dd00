import type { K } from "../../../protocol/values.js";
import { DEFAULT_LIMITS, type Limits } from "../values/budget.js";
import { apply, evaluate, LanguageSession } from "./session.js";

/** What the language needs of the connection that sent a text; the server's own session has more. */
export interface Connection {
  /** The user's number: variables belong to users. */
  readonly user: number;
  readonly functions: ReadonlyMap<string, { readonly rank: number }>;
  call(name: string, args: readonly K[]): K | PromiseLike<K>;
}

/** The language as the server calls it. */
export class Language {
  readonly #sessions = new WeakMap<Connection, LanguageSession>();
  readonly #variables = new Map<number, Map<string, K>>();

  constructor(readonly limits: Limits = DEFAULT_LIMITS) {}

  /** The value of text. @throws KError (or a promise that rejects with one) */
  evaluate(text: string, connection: Connection): K | Promise<K> {
    return evaluate(text, this.#session(connection));
  }

  /** Applies the function that text gives. @throws KError (or a promise that rejects with one) */
  apply(text: string, args: readonly K[], connection: Connection): K | Promise<K> {
    return apply(text, args, this.#session(connection));
  }

  /** Ends with 'stop what a connection has running: it is gone. */
  stop(connection: Connection): void {
    this.#sessions.get(connection)?.stop();
  }

  /** Drops a user's variables. */
  forget(user: number): void {
    this.#variables.delete(user);
  }

  #session(connection: Connection): LanguageSession {
    const known = this.#sessions.get(connection);
    if (known !== undefined) return known;
    let variables = this.#variables.get(connection.user);
    if (variables === undefined) {
      variables = new Map();
      this.#variables.set(connection.user, variables);
    }
    const host = {
      rank: (name: string) => connection.functions.get(name)?.rank,
      call: (name: string, args: readonly K[]) => connection.call(name, args),
      functionNames: () => connection.functions.keys(),
    };
    const session = new LanguageSession(host, this.limits, variables);
    this.#sessions.set(connection, session);
    return session;
  }
}
