/** The api functions of feeds (docs/feed.md): `feed`, `predict`, `checkpoint`, `upd`, and `history` of feeds too. */
import * as k from "../../protocol/make.js";
import { Dict, type K, NULL, Symbols, Table } from "../../protocol/values.js";
import { nameOf } from "../api/args/ktypes.js";
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
import { show } from "../api/args/show.js";
import type { ApiFunction, Call, Run, Topic } from "../api/call.js";
import { FUNCTIONS } from "../api/index.js";
import { handleK } from "../engine/handle.js";
import type { Feed } from "./feed.js";
import type { Feeds } from "./feeds.js";
import { optionsHelp, readSettings } from "./options.js";
import { waitFor } from "./waiting.js";

/** Milliseconds that `feed` waits for its source to say what the table looks like; then it goes on connecting. */
const PATIENCE = 1000;

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
    const [table, ...more] = found?.rest ?? [];
    const one = feedOf(feeds, call, found === undefined ? x : handleK(found.handle), "predict");
    if (!(table instanceof Table) || more.length > 0)
      return fail(`predict: (feed;table) expected, given ${notTable(call, found!.rest)}`);
    const preview = (await waitFor(call, one.preview(table)))!;
    return one.predict(call, preview, k.count(table));
  };

function notTable(call: Call, [x, ...more]: readonly K[]): string {
  if (x === undefined) return "no table";
  if (more.length > 0) return `${more.length + 2} arguments`;
  if (!(x instanceof Dict)) return `${describe(call, x)} as 2nd argument`;
  return x.keys instanceof Table
    ? "a keyed table, which 0! makes a table of"
    : "a dictionary, which enlist makes a table of";
}

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
    const name = asSymbol(table) ?? fail(`upd: (table;data) expected, table a symbol, given ${nameOf(x)}`);
    const takers = feeds.taking(call.engine, name);
    if (takers.length === 0)
      fail(
        `upd: none of the user's feeds takes ${show(table!)} (its source is to be \`push, its table that one)`,
      );
    const bytes = encoded(data!);
    const living = takers.filter(({ over }) => !over);
    // one that has ended says why
    for (const taker of living.length > 0 ? living : takers.slice(-1)) taker.take(bytes);
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
    example: 'feed(m;`source`table`x`y!(`:tp:5010;`quote;(1#`mid)!enlist"(bid+ask)%2";"ahead[10;mid]-mid"))',
    options: optionsHelp(),
  }),
  row("predict", predict(feeds), {
    forms: "feed;table",
    help: "what the feed would predict for rows that came now, one or several numbers a row",
    example: "predict(f;select from quote)",
  }),
  row("checkpoint", checkpoint(feeds), {
    forms: "feed",
    help: "writes the feed and its model down, to go on from; answers the name below the data folder",
    example: "checkpoint f",
  }),
  row(
    "upd",
    upd(feeds),
    {
      forms: "table;data",
      help: "rows for the feeds whose source is `push, a table or a list of columns; torch.q leaves the name to its session",
      example: "(neg h)(`upd;`quote;data)",
    },
    true,
  ),
  { ...FUNCTIONS.get("history")!, run: (call, x) => history(feeds)(call, x!) },
];
