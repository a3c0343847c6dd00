import type { Encoded, K } from "../../../protocol/values.js";
import { type Account, DEFAULT_TEXT_LIMITS, type Surroundings, type TextLimits } from "../values/budget.js";
import type { Asker, LATER, Outcome } from "../values/functions.js";
import { Variables } from "./names.js";
import { apply, applyTo, evaluate, evaluateTo } from "./run.js";
import { type Externals, Workspace } from "./workspace.js";

/** What the language needs of the connection that sent a text; the server's own session has more. */
export interface Connection extends Asker {
  /** The user's number: variables belong to users. */
  readonly user: number;
  readonly functions: ReadonlyMap<string, { readonly rank: number }>;
  call(name: string, args: readonly K[]): K | PromiseLike<K>;
  /** The connection of whose text this is a part: it prints where that prints. */
  readonly within?: Connection | undefined;
  /** The answer that the session is given later, where texts are evaluated wholly here. */
  putOff?(): PromiseLike<K | Encoded>;
}

/** What belongs to a user, whichever connection it comes through. */
interface Home {
  readonly variables: Variables;
  readonly account: Account;
}

/** The workspaces of all connections that share a thread, and so its memory. */
export class Workspaces {
  readonly #workspaces = new WeakMap<Connection, Workspace>();
  readonly #homes = new Map<number, Home>();

  constructor(
    readonly limits: TextLimits = DEFAULT_TEXT_LIMITS,
    private readonly around?: (connection: Connection) => Surroundings,
  ) {}

  /** The value of text. @throws KError (or a promise that rejects with one) */
  evaluate(text: string, connection: Connection): K | Promise<K> {
    return evaluate(text, this.#workspace(connection));
  }

  /** Applies a function, or the one that text gives. @throws KError (or a promise that rejects with one) */
  apply(f: string | K, args: readonly K[], connection: Connection): K | Promise<K> {
    return apply(f, args, this.#workspace(connection));
  }

  /** As `evaluateTo` of run.ts. */
  evaluateTo<T>(text: string, connection: Connection, deliver: (outcome: Outcome) => T): T | Promise<T> {
    return evaluateTo(text, this.#workspace(connection), deliver);
  }

  /** As `applyTo` of run.ts. */
  applyTo<T>(
    f: string | K,
    args: readonly K[],
    connection: Connection,
    deliver: (outcome: K | typeof LATER) => T,
  ): T | Promise<T> {
    return applyTo(f, args, this.#workspace(connection), deliver);
  }

  /** Ends with 'stop what a connection has running: it is gone. */
  stop(connection: Connection): void {
    this.#workspaces.get(connection)?.stop();
  }

  /** Drops a user's variables. */
  forget(user: number): void {
    this.#homes.delete(user);
    this.#share();
  }

  #workspace(connection: Connection): Workspace {
    const known = this.#workspaces.get(connection);
    if (known !== undefined) return known;
    const { variables, account } = this.#home(connection.user);
    const externals: Externals = {
      rank: (name: string) => connection.functions.get(name)?.rank,
      call: (name: string, args: readonly K[]) => connection.call(name, args),
      names: () => connection.functions.keys(),
      asker: connection,
      // what is given in this process was not encoded
      ...(connection.putOff && { putOff: () => connection.putOff!() as PromiseLike<K> }),
    };
    const workspace = new Workspace(externals, this.limits, variables, account, this.around?.(connection));
    if (connection.within !== undefined) workspace.enter(this.#workspace(connection.within));
    this.#workspaces.set(connection, workspace);
    return workspace;
  }

  #home(user: number): Home {
    let home = this.#homes.get(user);
    if (home === undefined) {
      home = { variables: new Variables(), account: { claimed: 0, limit: 0 } };
      this.#homes.set(user, home);
      this.#share();
    }
    return home;
  }

  /** Users have equal shares of the memory: one alone cannot fill what all of them live in. */
  #share(): void {
    const limit = this.limits.memory / Math.max(1, this.#homes.size);
    for (const { account } of this.#homes.values()) account.limit = limit;
  }
}
