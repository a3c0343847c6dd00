import type { K } from "../../../protocol/values.js";
import { DEFAULT_TEXT_LIMITS, type TextLimits } from "../values/budget.js";
import type { Asker } from "../values/functions.js";
import { Variables } from "./names.js";
import { apply, evaluate } from "./run.js";
import { type Externals, Workspace } from "./workspace.js";

/** What the language needs of the connection that sent a text; the server's own session has more. */
export interface Connection extends Asker {
  /** The user's number: variables belong to users. */
  readonly user: number;
  readonly functions: ReadonlyMap<string, { readonly rank: number }>;
  call(name: string, args: readonly K[]): K | PromiseLike<K>;
}

/** The workspaces of all connections, as the server calls them. */
export class Workspaces {
  readonly #workspaces = new WeakMap<Connection, Workspace>();
  readonly #variables = new Map<number, Variables>();

  constructor(readonly limits: TextLimits = DEFAULT_TEXT_LIMITS) {}

  /** The value of text. @throws KError (or a promise that rejects with one) */
  evaluate(text: string, connection: Connection): K | Promise<K> {
    return evaluate(text, this.#workspace(connection));
  }

  /** Applies a function, or the one that text gives. @throws KError (or a promise that rejects with one) */
  apply(f: string | K, args: readonly K[], connection: Connection): K | Promise<K> {
    return apply(f, args, this.#workspace(connection));
  }

  /** Ends with 'stop what a connection has running: it is gone. */
  stop(connection: Connection): void {
    this.#workspaces.get(connection)?.stop();
  }

  /** Drops a user's variables. */
  forget(user: number): void {
    this.#variables.delete(user);
  }

  #workspace(connection: Connection): Workspace {
    const known = this.#workspaces.get(connection);
    if (known !== undefined) return known;
    let variables = this.#variables.get(connection.user);
    if (variables === undefined) {
      variables = new Variables();
      this.#variables.set(connection.user, variables);
    }
    const externals: Externals = {
      rank: (name: string) => connection.functions.get(name)?.rank,
      call: (name: string, args: readonly K[]) => connection.call(name, args),
      names: () => connection.functions.keys(),
      asker: connection,
    };
    const workspace = new Workspace(externals, this.limits, variables);
    this.#workspaces.set(connection, workspace);
    return workspace;
  }
}
