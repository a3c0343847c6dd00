/** What goes on beside the requests, and takes turns with them. */
import type { Turns } from "./turns.js";
import type { Users } from "./users.js";

export interface Background {
  begin(around: Around): void;
  /** The server closes; resolves when all that is to be kept is written down. */
  end(): Promise<void>;
}

/** What it has of the server. */
export interface Around {
  readonly turns: Turns;
  /** A user with work in the background is entered like one with a connection: his objects stay. */
  readonly users: Users;
  readonly log: Log;
}

interface Log {
  warn(fields: object, text: string): void;
}
