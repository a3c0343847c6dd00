/**
 * User names and how long their objects live. A user is known by a number while there is a connection under the name,
 * and for the linger time after the last one; then whatever belongs to the number is freed and the number never comes
 * back. So a dropped connection finds its model again, and an abandoned one does not hold memory for ever.
 */
export interface User {
  /** Never reused while the process lives. */
  readonly id: number;
  readonly name: string;
}

interface Entry extends User {
  connections: number;
  /** Whether anything was ever asked under this name, so that there may be objects. */
  active: boolean;
  /** When the last connection ended, milliseconds of a steady clock. */
  leftAt: number;
}

/** Numbers where there is no engine to give them. */
const counted = (): (() => number) => {
  let last = 0;
  return () => ++last;
};

export class Users {
  readonly #byName = new Map<string, Entry>();

  /**
   * @param linger milliseconds that a user without a connection is kept, Infinity for ever
   * @param free called once for a user whose time is over
   * @param now a steady clock in milliseconds
   * @param newId gives a number that nobody in the process had before
   */
  constructor(
    private readonly linger: number,
    private readonly free: (user: User) => void,
    private readonly now: () => number = () => performance.now(),
    private readonly newId: () => number = counted(),
  ) {}

  /** How many users are known, connected or lingering. */
  get count(): number {
    return this.#byName.size;
  }

  /** A connection under this name begins. */
  enter(name: string): User {
    let user = this.#byName.get(name);
    if (user === undefined) {
      user = { id: this.newId(), name, connections: 0, active: false, leftAt: 0 };
      this.#byName.set(name, user);
    }
    user.connections++;
    return user;
  }

  /** Something is asked under this name: from now on it may own objects. */
  touch(user: User): void {
    (user as Entry).active = true;
  }

  /** A connection under this name ended. A user who never asked anything is forgotten at once. */
  leave(user: User): void {
    const entry = user as Entry;
    if (--entry.connections > 0) return;
    entry.leftAt = this.now();
    if (!entry.active || this.linger <= 0) this.#forget(entry);
  }

  /** Frees the users whose linger time is over; called about once a second. */
  sweep(): void {
    if (this.linger === Number.POSITIVE_INFINITY) return;
    const before = this.now() - this.linger;
    for (const entry of this.#byName.values()) {
      if (entry.connections === 0 && entry.leftAt <= before) this.#forget(entry);
    }
  }

  #forget(entry: Entry): void {
    this.#byName.delete(entry.name);
    if (entry.active) this.free(entry);
  }
}
