/** All feeds of a server: who has which, how many there may be, and their end. */
import { isAbsolute, join } from "node:path";
import type { K } from "../../protocol/values.js";
import { fail } from "../api/args/read.js";
import type { Call } from "../api/call.js";
import type { Around, Background } from "../calls/background.js";
import type { Engine, Handle } from "../engine/index.js";
import { firstLine } from "../errors.js";
import { Feed, type Parts } from "./feed.js";
import { Checkpoints } from "./learning/checkpoints.js";
import { History } from "./learning/history.js";
import type { FeedSettings } from "./plan.js";
import {
  type Folders,
  type Found,
  logPath,
  openable,
  plantAddress,
  type Allowed as SourceAllowed,
} from "./source/index.js";
import { standings } from "./standing.js";
import { waitFor } from "./waiting.js";

/** Milliseconds between two looks at whether the objects of feeds are still there. */
const LOOK = 1000;
/** Feeds of a user that have ended and are still there to be looked at; the oldest goes. */
const MOST_ENDED = 20;
/** Steps that are never reached. */
const NEVER = 2n ** 62n;

/** What the operator allows. */
export interface Allowed extends Folders {
  /** Feeds at a time. */
  readonly most: number;
  /** Addresses that may be connected to (source/address.ts). */
  readonly plants: readonly string[];
}

/** What is there under the name was made of another model, or cannot be read. */
const another = (error: Error): never =>
  fail(`feed: ${firstLine(error.message)}; another name, or resume:0b, begins anew`);

export class Feeds implements Background {
  /** Those that have ended stay until they are freed: they say why, and what they were. */
  readonly #feeds = new Set<Feed>();
  /** Users and names of those whose checkpoint is being read: others have their turns meanwhile. */
  readonly #beginning = new Set<string>();
  #around: Around | undefined;
  #look: NodeJS.Timeout | undefined;

  constructor(private readonly allowed: Allowed) {}

  begin(around: Around): void {
    this.#around = around;
    this.#look = setInterval(() => this.#lookAtAll(), LOOK).unref();
  }

  #lookAtAll(): void {
    for (const feed of this.#feeds) if (!feed.look()) this.#feeds.delete(feed);
  }

  /** @throws KError where it may not be, or cannot be gone on with */
  async start(call: Call, model: Handle, settings: FeedSettings): Promise<Feed> {
    const around = this.#around ?? fail("feed: the server does not run");
    const { engine } = call;
    const { most } = this.allowed;
    this.#lookAtAll();
    const living = [...this.#feeds].filter(({ over }) => !over);
    if (living.length + this.#beginning.size >= most)
      fail(`feed: there are ${most} feeds at a time at most (the server's option --feeds)`);
    for (const feed of this.#of(engine)) {
      if (!feed.over && feed.settings.name === settings.name)
        fail(`feed: there is a feed ${settings.name} already; free it, or give this one another name`);
      if (!feed.over && feed.model === model)
        fail(
          `feed: the model learns in the feed ${feed.settings.name} already; free it, or give this one a model of its own`,
        );
      // what a feed that has ended held its model for is over
      if (feed.over && feed.model === model) this.#drop(engine, feed);
    }
    const own = `${call.userName}/${settings.name}`;
    if (this.#beginning.has(own)) fail(`feed: a feed ${settings.name} is being begun already`);
    const user = around.users.enter(call.userName);
    around.users.touch(user);
    this.#beginning.add(own);
    try {
      const feed = new Feed(await this.#parts(call, model, settings, around), () => around.users.leave(user));
      this.#feeds.add(feed);
      const ended = this.#of(engine).filter(({ over }) => over);
      for (const old of ended.slice(0, Math.max(0, ended.length - MOST_ENDED))) this.#drop(engine, old);
      return feed;
    } catch (error) {
      around.users.leave(user);
      throw error;
    } finally {
      this.#beginning.delete(own);
    }
  }

  #drop(engine: Engine, feed: Feed): void {
    engine.release(feed.handle);
    this.#feeds.delete(feed);
  }

  async #parts(call: Call, model: Handle, settings: FeedSettings, around: Around): Promise<Parts> {
    const { engine } = call;
    const allowed = this.#reach(settings);
    const { data } = this.allowed;
    const { champion, steps, seed, resume } = settings;
    // a champion that is renewed when it was worse is never renewed by count
    const renewal = champion === "better" ? NEVER : BigInt(champion);
    const options = { seed: BigInt(seed), steps: BigInt(steps), champion: renewal };
    const handle = call.made(await engine.learner(model, options));
    const checkpoints =
      data === undefined
        ? undefined
        : new Checkpoints(engine, settings, data, call.userName, { model, feed: handle });
    const history = new History(settings);
    const newest =
      resume && checkpoints !== undefined
        ? await waitFor(call, checkpoints.find().catch(another))
        : undefined;
    const found =
      newest === undefined ? undefined : await checkpoints!.restore(call, history, newest).catch(another);
    const { cut: from, steps: before = 0 } = found ?? {};
    return { handle, model, engine, settings, allowed, around, history, checkpoints, from, before };
  }

  /** What its thread may connect to and read. @throws KError that says which of the server's options would allow it */
  #reach({ source }: FeedSettings): SourceAllowed {
    const { plants, logs, data } = this.allowed;
    const folders = { logs, data };
    if (source.kind === "push") return { folders };
    try {
      if (source.kind === "plant") return { folders, address: plantAddress(source.address, plants) };
      return { folders, file: this.#log(source.file) };
    } catch (error) {
      return fail(`feed: source: ${(error as Error).message}`);
    }
  }

  #log(name: string): Found {
    const { logs, data } = this.allowed;
    const file = isAbsolute(name) || data === undefined ? name : join(data, name);
    const found = logPath(file, { logs, data });
    return openable(found) ? found : fail(`there is no log file ${JSON.stringify(name)} that can be read`);
  }

  /** The user's feed of the handle. */
  of(engine: Engine, handle: Handle): Feed | undefined {
    return this.#of(engine).find((feed) => feed.handle === handle);
  }

  /** The user's feeds that take rows of the table as they are sent, those that have ended too. */
  taking(engine: Engine, table: string): readonly Feed[] {
    return this.#of(engine).filter(
      ({ settings }) => settings.source.kind === "push" && settings.table === table,
    );
  }

  /** The user's feeds, a row each. */
  table(engine: Engine): K {
    return standings(this.#of(engine).map((feed) => feed.standing()));
  }

  async end(): Promise<void> {
    clearInterval(this.#look);
    await Promise.all([...this.#feeds].map((feed) => feed.close()));
  }

  /** A handle is nothing to others than its owner. */
  #of(engine: Engine): Feed[] {
    return [...this.#feeds].filter((feed) => engine.kind(feed.handle) === "feed");
  }
}
