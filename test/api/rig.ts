/** The k api over the real engine, called as a session calls it: q expressions in, k values out. */
import assert from "node:assert/strict";
import * as k from "../../protocol/make.js";
import type { K } from "../../protocol/values.js";
import { typeName } from "../../server/api/args/ktypes.js";
import { type Api, apiOver } from "../../server/api/index.js";
import type { Client } from "../../server/calls/client.js";
import { Dispatcher } from "../../server/calls/requests.js";
import { Turns } from "../../server/calls/turns.js";
import { Users } from "../../server/calls/users.js";
import { type Engine, loadEngine } from "../../server/engine/index.js";
import { Feeds } from "../../server/feed/feeds.js";
import { feedTopic } from "../../server/feed/topic.js";
import { Workspaces } from "../../server/language/index.js";
import { plain } from "../protocol/plain.js";

export const door = loadEngine(typeName);
const [major, minor] = door.version.split(".").map(Number) as [number, number];
/** Whether the libtorch at hand is 2.`first` or later. */
export const since = (first: number): boolean => major > 2 || (major === 2 && minor >= first);

const nobodyReads = (): void => {};
/** Feeds of sessions' own processes: with no plant that they may connect to, no log to be read, no folder to write to. */
const feeds = new Feeds({ most: 16, plants: [], logs: [], data: undefined });
feeds.begin({
  turns: new Turns(),
  users: new Users(Number.POSITIVE_INFINITY, () => {}),
  log: { warn: nobodyReads },
});
const api = apiOver(door, undefined, feedTopic(feeds));
export const { functions, settings } = api;

/** One user's session; objects and variables belong to it. */
export class Q {
  readonly user: number;
  readonly engine: Engine;
  readonly #dispatcher: Dispatcher;
  readonly #session: Client;

  /**
   * @param own another k api
   * @param beside a session of the same user on the same server
   * @param limit milliseconds that a call may take
   */
  constructor({ own = api, beside, limit }: { own?: Api; beside?: Q; limit?: number } = {}) {
    this.user = beside?.user ?? door.newUser();
    this.engine = door.bind(this.user);
    this.#dispatcher = beside
      ? beside.#dispatcher
      : new Dispatcher(own, new Workspaces(), new Turns(), limit);
    if (beside === undefined) door.onCallback((question) => this.#dispatcher.callbacks.asked(question));
    this.#session = this.#dispatcher.session({
      user: this.user,
      userName: `user${this.user}`,
      handle: 7,
      address: 0x7f000001,
      takesParcels: false,
      push: () => true,
      ask: async () => k.NULL,
      putOff: async () => k.NULL,
      respond: () => false,
      takesCalls: false,
    });
  }

  /** The value of a q expression. */
  async value(text: string): Promise<K> {
    return await this.#ask(k.chars(text));
  }

  /** A request as a list, the way a q session sends a function with its argument. */
  async send(name: string, ...args: K[]): Promise<K> {
    return await this.#ask(k.list([k.symbol(name), ...args]));
  }

  async #ask(request: K): Promise<K> {
    return (await this.#dispatcher.request(request, this.#session)) as K; // this session takes no parcels
  }

  /** Gives a variable a value that no expression spells, such as another session's handle. */
  async assign(name: string, value: K): Promise<void> {
    await this.send(`{${name}::x}`, value);
  }

  /** Runs expressions one after the other. */
  async run(...texts: string[]): Promise<void> {
    for (const text of texts) await this.value(text);
  }

  /** The expression gives what the other one, of literals, says. */
  async gives(text: string, expected: string): Promise<void> {
    assert.deepEqual(plain(await this.value(text)), plain(await this.value(expected)), text);
  }

  /** The expression signals this error. */
  async signals(text: string, error: string | RegExp): Promise<void> {
    const thrown = await this.value(text).then(
      () => assert.fail(`${text} gave no error, '${error} expected`),
      (x: unknown) => x as Error,
    );
    const [first] = thrown.message.split("\n");
    if (typeof error === "string") assert.equal(first, error, text);
    else assert.match(first!, error, text);
  }

  /** A dialogue: an expression, then what it gives or, after ', the error; nothing where that does not matter. */
  async dialogue(lines: readonly (readonly [text: string, expected?: string])[]): Promise<void> {
    for (const [text, expected] of lines) {
      if (expected === undefined) await this.value(text);
      else if (expected.startsWith("'")) await this.signals(text, expected.slice(1));
      else await this.gives(text, expected);
    }
  }

  /** Frees what the session has. */
  free(): void {
    for (const handle of this.engine.handles()) this.engine.release(handle);
  }
}

/** A mocha test that plays a dialogue in a session of its own, which leaves nothing behind. */
export function talk(title: string, lines: readonly (readonly [text: string, expected?: string])[]): void {
  it(title, async () => {
    const q = new Q();
    try {
      await q.dialogue(lines);
    } finally {
      q.free();
    }
  });
}
