/** The api functions of feeds (docs/feed.md): `feed`, `predict`, `checkpoint`, `upd`, and `history` of feeds too. */
import * as k from "../../protocol/make.js";
import { Dict, type K, NULL, Symbols, Table } from "../../protocol/values.js";
import {
  asSymbol,
  asSymbols,
  describe,
  encoded,
  fail,
  firstObject,
  isAbsent,
  resolve,
} from "../api/args/read.js";
import type { ApiFunction, Call, Run, Topic } from "../api/call.js";
import { FUNCTIONS } from "../api/index.js";
import { handleK } from "../engine/handle.js";
import type { Feed } from "./feed.js";
import type { Feeds } from "./feeds.js";
import { readSettings } from "./options.js";

/** Milliseconds between two looks at what is waited for: others have their turn meanwhile. */
const LOOK = 2;
/** Milliseconds that `feed` waits for its source to say what the table looks like; then it goes on connecting. */
const PATIENCE = 1000;

/** Waits, and lets others have their turns. @returns undefined where it takes longer than that */
async function waitFor<T>(
  call: Call,
  what: Promise<T>,
  longest = Number.POSITIVE_INFINITY,
): Promise<T | undefined> {
  let over = false;
  const settled = what.finally(() => {
    over = true;
  });
  settled.catch(() => undefined);
  const start = performance.now();
  while (!over && performance.now() - start < longest) {
    await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, LOOK))]);
    if (!over) await call.giveWay();
  }
  return over ? await settled : undefined;
}

function feedOf(feeds: Feeds, call: Call, x: K | undefined, who: string): Feed {
  const found = x === undefined ? undefined : resolve(call, x);
  const feed = found?.kind === "feed" ? feeds.of(call.engine, found.handle) : undefined;
  return feed ?? fail(`${who}: feed expected, given ${x === undefined ? "none" : describe(call, x)}`);
}

/** (model;options) as a dictionary, or (model;names;values). */
function optionsIn(call: Call, rest: readonly K[]): { names: readonly string[]; values: K } {
  const [first, second] = rest;
  if (rest.length === 1 && first instanceof Dict && first.keys instanceof Symbols)
    return { names: first.keys.names, values: first.values };
  const names = rest.length === 2 ? asSymbols(first) : undefined;
  if (names !== undefined && k.count(second!) === names.length) return { names, values: second! };
  return fail(
    `feed: (model;options) expected, options a dictionary or names and values, given ${rest.map((x) => describe(call, x)).join(", ") || "none"}`,
  );
}

const feed =
  (feeds: Feeds): Run =>
  async (call, x) => {
    if (isAbsent(x)) return feeds.table(call.engine);
    const found = firstObject(call, x);
    if (found?.kind === "feed" && found.rest.length === 0) return feedOf(feeds, call, x, "feed").summary();
    if (found?.kind !== "model") return fail(`feed: model or feed expected, given ${describe(call, x)}`);
    const { names, values } = optionsIn(call, found.rest);
    const started = await feeds.start(call, found.handle, readSettings(names, values));
    try {
      await waitFor(call, started.ready, PATIENCE);
    } catch (error) {
      call.made(started.handle);
      throw error;
    }
    return handleK(started.handle);
  };

const predict =
  (feeds: Feeds): Run =>
  async (call, x) => {
    const found = firstObject(call, x);
    const [table] = found?.rest ?? [];
    const one = feedOf(feeds, call, found === undefined ? undefined : handleK(found.handle), "predict");
    if (!(table instanceof Table) || found!.rest.length !== 1)
      return fail(`predict: (feed;table) expected, given ${describe(call, table ?? NULL)} as 2nd argument`);
    const preview = (await waitFor(call, one.preview(table)))!;
    return one.predict(call, preview, k.count(table));
  };

const checkpoint =
  (feeds: Feeds): Run =>
  async (call, x) => {
    const one = feedOf(feeds, call, x, "checkpoint");
    return k.symbol((await waitFor(call, one.checkpoint())) ?? "");
  };

/** What a process sends that has rows: to the feeds of its user that take them so. */
const upd =
  (feeds: Feeds): Run =>
  (call, x) => {
    const [table, data] = k.count(x) === 2 ? [k.at(x, 0), k.at(x, 1)] : [];
    const name = asSymbol(table) ?? fail("upd: (table;data) expected, table a symbol");
    const takers = feeds.taking(call.engine, name);
    if (takers.length === 0) fail(`upd: no feed takes ${name}`);
    const bytes = encoded(data!);
    for (const taker of takers) taker.take(bytes);
    return NULL;
  };

const history =
  (feeds: Feeds): Run =>
  (call, x) => {
    const found = resolve(call, x);
    return found?.kind === "feed"
      ? feedOf(feeds, call, x, "history").history()
      : FUNCTIONS.get("history")!.run(call, x);
  };

type About = NonNullable<ApiFunction["about"]>;

const row = (name: string, run: Run, about?: About, message = false): ApiFunction => ({
  name,
  rank: 1,
  page: "feed",
  message,
  ...(about && { about }),
  run: (call, x) => run(call, x!),
});

/** @param feeds of the server */
export const feedTopic = (feeds: Feeds): Topic => [
  row("feed", feed(feeds), {
    forms: "|feed|model;options|model;names;values",
    help: "lets a model learn from a tickerplant as ticks arrive; without arguments, all feeds; of one, how it stands",
    example: "",
  }),
  row("predict", predict(feeds), {
    forms: "feed;table",
    help: "what the feed would predict for rows that came now",
    example: "",
  }),
  row("checkpoint", checkpoint(feeds), {
    forms: "feed",
    help: "writes the feed and its model down, to go on from",
    example: "",
  }),
  row(
    "upd",
    upd(feeds),
    { forms: "table;data", help: "rows for the feeds whose source is `push", example: "" },
    true,
  ),
  { ...FUNCTIONS.get("history")!, run: (call, x) => history(feeds)(call, x!) },
];
