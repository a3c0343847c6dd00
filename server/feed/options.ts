/** The options of `feed` (docs/feed.md): a row each, with what it may be and what it is where it is not given. */

import * as k from "../../protocol/make.js";
import { LONG_INFINITY, LONG_NULL } from "../../protocol/types.js";
import { Atom, Dict, isNull, type K, List, Symbols, TYPE, Vector } from "../../protocol/values.js";
import { nameOf } from "../api/args/ktypes.js";
import { asDouble, asFlag, asLong, asSymbol, asSymbols, fail } from "../api/args/read.js";
import { show } from "../api/args/show.js";
import { nearest } from "../language/text/nearest.js";
import type { Expression, FeedSettings, InputPlan, SourcePlan, WhenBehind } from "./plan.js";

/** Expressions of one feed, and characters of each. */
const MOST_EXPRESSIONS = 1000;
const LONGEST_EXPRESSION = 2000;
const MILLION = 1_000_000;
const BILLION = 1_000_000_000;
const MEGABYTE = 2 ** 20;

/** An atom by its value, all else by its type. */
const shown = (x: K): string => (x instanceof Atom ? show(x) : nameOf(x));

/** As the user gives them: what is not given is not there. */
interface Given {
  source: SourcePlan;
  request: string;
  table: string;
  name: string;
  syms: readonly string[];
  columns: readonly string[];
  by: string;
  time: string;
  define: readonly Expression[];
  x: readonly InputPlan[];
  y: readonly Expression[];
  window: number;
  scale: boolean;
  nulls: "skip" | "fill";
  tolerance: number;
  batchsize: number;
  batchtime: number;
  steps: number;
  replay: number;
  replayrows: number;
  behind: WhenBehind;
  queue: number;
  queuemb: number;
  keys: number;
  seed: number;
  champion: number | "better";
  judge: boolean;
  publish: string;
  report: FeedSettings["report"];
  driftdelta: number;
  drift: number;
  save: FeedSettings["save"];
  keep: number;
  resume: boolean;
}

interface Option<T> {
  /** undefined: has to be given. */
  readonly standard: T | undefined;
  /** What it is, for errors and help. */
  readonly what: string;
  /** Undefined where `x` is nothing of the kind. */
  readonly read: (x: K) => T | undefined;
}

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

const asName = (x: K): string | undefined => {
  const name = asSymbol(x);
  return name !== undefined && NAME.test(name) ? name : undefined;
};

const name = (what: string, standard?: string): Option<string> => ({
  what: `${what}, a symbol of a letter and letters, digits and _`,
  standard,
  read: asName,
});

function count(what: string, least: number, most: number, standard: number): Option<number> {
  const read = (x: K): number | undefined => {
    const n = asLong(x);
    return n !== undefined && n >= BigInt(least) && n <= BigInt(most) ? Number(n) : undefined;
  };
  return { what: `${what}, a long from ${least} to ${most}`, standard, read };
}

const flag = (what: string, standard: boolean): Option<boolean> => ({
  what: `${what}, a boolean`,
  standard,
  read: asFlag,
});

function oneOf<T extends string>(names: readonly T[], standard: T): Option<T> {
  const read = (x: K): T | undefined => names.find((each) => each === asSymbol(x));
  return { what: `one of ${names.join(", ")}`, standard, read };
}

/** Nanoseconds of a timespan from 0 on; a time, second or minute counts as one. */
function asSpan(x: K): number | undefined {
  const UNITS: Readonly<Record<number, number>> = {
    [TYPE.timespan]: 1,
    [TYPE.time]: 1e6,
    [TYPE.second]: 1e9,
    [TYPE.minute]: 6e10,
  };
  if (!(x instanceof Atom)) return undefined;
  const unit = UNITS[-x.type];
  const value = Number(x.value);
  const nulls = [Number(LONG_NULL), Number(LONG_INFINITY), -(2 ** 31), 2 ** 31 - 1, Number.NaN];
  return unit !== undefined && value >= 0 && !nulls.includes(value) ? value * unit : undefined;
}

const DAY = 86_400e9;

function span(what: string, most: number, standard: number): Option<number> {
  const read = (x: K): number | undefined => {
    const value = asSpan(x);
    return value !== undefined && value <= most ? value : undefined;
  };
  return { what: `${what}, a timespan`, standard, read };
}

function number(what: string, standard: number): Option<number> {
  const read = (x: K): number | undefined => {
    const value = asDouble(x);
    return value !== undefined && value >= 0 && Number.isFinite(value) ? value : undefined;
  };
  return { what: `${what}, a number that is not negative`, standard, read };
}

const asText = (x: K): string | undefined => {
  const text = x instanceof Atom && x.type === -TYPE.char ? k.text(k.collapse([x])) : charsOf(x);
  return text !== undefined && text.trim() !== "" && text.length <= LONGEST_EXPRESSION ? text : undefined;
};

const charsOf = (x: K): string | undefined =>
  x instanceof Vector && x.type === TYPE.char && x.count <= LONGEST_EXPRESSION ? k.text(x) : undefined;

/** Whether it is a dictionary by names, of a size that is looked through. */
const isNamed = (x: K): x is Dict & { readonly keys: Symbols } =>
  x instanceof Dict && x.keys instanceof Symbols && x.keys.count <= MOST_EXPRESSIONS;

/**
 * A dictionary of names and texts; undefined where it is none.
 * @throws KError that names the one which is no text, or no name
 */
function expressions(who: string, x: K): readonly Expression[] | undefined {
  if (!isNamed(x)) return undefined;
  const { names } = x.keys;
  return names.map((each, i) => {
    if (!NAME.test(each))
      fail(`feed: ${who}: a name of letters, digits and _ expected, given ${show(k.symbol(each))}`);
    if (names.indexOf(each) < i) fail(`feed: ${who}: ${each} is defined twice`);
    const value = k.at(x.values, i);
    const text =
      asText(value) ??
      fail(
        `feed: ${who}: ${each} is to be a q text of 1 to ${LONGEST_EXPRESSION} characters, as "(bid+ask)%2"; given ${shown(value)}`,
      );
    return { name: each, text };
  });
}

/** One input, or several by name. */
function inputs(x: K): readonly InputPlan[] | undefined {
  if (!isNamed(x)) return undefined;
  const { names } = x.keys;
  if (names.length === 0) return undefined;
  if (!names.some((_, i) => k.at(x.values, i) instanceof Dict))
    return [{ name: "x", features: expressions("x", x)! }];
  const read = names.map((each, i) => {
    const features = expressions(`x: ${each}`, k.at(x.values, i)) ?? [];
    if (features.length === 0)
      fail(`feed: x: ${each}: a dictionary of names and q texts expected, as the other inputs have`);
    return { name: each, features };
  });
  const count = read.reduce((total, { features }) => total + features.length, 0);
  return count <= MOST_EXPRESSIONS ? read : fail(`feed: x: ${count} features, at most ${MOST_EXPRESSIONS}`);
}

/** A text, or a dictionary of names and texts. */
function targets(x: K): readonly Expression[] | undefined {
  const text = asText(x);
  if (text !== undefined) return [{ name: "y", text }];
  const several = expressions("y", x);
  return several !== undefined && several.length > 0 ? several : undefined;
}

function source(x: K): SourcePlan | undefined {
  const port = asLong(x);
  if (port !== undefined && (port < 1n || port > 65_535n)) return undefined;
  const text = port === undefined ? (asSymbol(x) ?? asText(x)) : `::${port}`;
  if (text === undefined || text === "") return undefined;
  if (text === "push") return { kind: "push", columns: [] };
  if (/^(:?[^:/]*:\d+(:.*)?|:?(tcps|unix|tcp):\/\/.*)$/.test(text))
    return { kind: "plant", address: text, request: undefined };
  return { kind: "log", file: text.replace(/^:/, ""), columns: [] };
}

/** A number of rows, or a time. */
function save(x: K): FeedSettings["save"] | undefined {
  const rows = asLong(x);
  if (rows !== undefined)
    return rows >= 0n && rows <= BigInt(BILLION) ? { rows: Number(rows), time: 0 } : undefined;
  const time = asSpan(x);
  return time !== undefined && time >= 1e9 && time <= DAY ? { rows: 0, time: time / 1e6 } : undefined;
}

/** Samples, or event time. */
function report(x: K): FeedSettings["report"] | undefined {
  const rows = asLong(x);
  if (rows !== undefined)
    return rows >= 1n && rows <= BigInt(MILLION) ? { rows: Number(rows), time: 0 } : undefined;
  const time = asSpan(x);
  return time !== undefined && time > 0 && time <= DAY ? { rows: 0, time } : undefined;
}

const champion = (x: K): number | "better" | undefined => {
  if (asSymbol(x) === "better") return "better";
  const n = asLong(x);
  return n !== undefined && n >= 0n && n <= BigInt(BILLION) ? Number(n) : undefined;
};

const isEmpty = (x: K): boolean => x instanceof List && x.count === 0;

/** By name, in the order in which `help` shows them. */
export const OPTIONS: { readonly [N in keyof Given]: Option<Given[N]> } = {
  source: {
    what: "a tickerplant's address as hopen takes it, `push where upd brings the rows, or the name of a log file in the data folder",
    standard: undefined,
    read: source,
  },
  table: name("the table's name"),
  x: {
    what: "features, a dictionary of names and q texts; of several inputs a dictionary of such",
    standard: undefined,
    read: inputs,
  },
  y: {
    what: "the label, a q text, or a dictionary of names and q texts",
    standard: undefined,
    read: targets,
  },
  define: {
    what: "names for others to use, a dictionary of q texts",
    standard: [],
    read: (x) => expressions("define", x),
  },
  name: name("the feed's name, by default the table's", ""),
  syms: {
    what: "the symbols that are wanted, one or a list; ` for all",
    standard: [],
    read: (x) => {
      const all = isEmpty(x) ? [] : asSymbols(x)?.filter((each) => each !== "");
      return all !== undefined && all.length <= 100_000 ? all : undefined;
    },
  },
  columns: {
    what: "names of the columns, for rows that have none: those of a log, or sent as a list",
    standard: [],
    read: (x) => {
      const all = isEmpty(x) ? [] : asSymbols(x);
      return all !== undefined && all.length <= 4096 ? all : undefined;
    },
  },
  request: {
    what: "the text that subscribes, as q answers (schema;count;log;date) to it",
    standard: "",
    read: asText,
  },
  by: name("the column of keys", "sym"),
  time: name("the column of event time", "time"),
  window: count("rows of a key that make a sample, 0 for the row alone", 0, 10_000, 0),
  scale: flag("whether features are normalised", false),
  nulls: oneOf(["skip", "fill"], "skip"),
  tolerance: span("how late a label may be", DAY, 60e9),
  batchsize: count("samples a batch", 1, MILLION, 256),
  batchtime: span("event time a batch, 0 for none", DAY, 0),
  steps: count("optimizer steps on each batch", 1, 1000, 1),
  replay: count("recent samples kept to be learned again", 0, 10 * MILLION, 0),
  replayrows: count("of those, how many join a batch", 0, MILLION, 0),
  behind: oneOf(["log", "drop", "sample", "coalesce"], "log"),
  queue: count("batches that may wait", 1, MILLION, 256),
  queuemb: count("megabytes of batches that may wait", 1, 65_536, 256),
  keys: count("keys at most", 1, 10 * MILLION, 100_000),
  seed: count("seed of what is left to chance", 0, Number.MAX_SAFE_INTEGER, 0),
  champion: {
    what: "steps after which the copy that predicts is renewed, 0 for no copy; or `better",
    standard: 0,
    read: champion,
  },
  judge: flag("whether rows are predicted as they come, and judged; else they are learned from alone", true),
  publish: name("the plant's table for predictions", ""),
  report: {
    what: "samples of a row of history, a long from 1 to 1000000, or event time of it, a timespan",
    standard: { rows: 10_000, time: 0 },
    read: report,
  },
  drift: number("threshold of Page-Hinkley's test, 0 for none", 0),
  driftdelta: number("what it tolerates", 0.005),
  save: {
    what: "how often it is written down: rows (0: only when asked for, and at the end of a day), or a time from a second on",
    standard: { rows: 0, time: 0 },
    read: save,
  },
  keep: count("checkpoints that are kept", 1, 1000, 3),
  resume: flag("whether it goes on from its last checkpoint", true),
};

type Name = keyof Given;
const isOption = (name: string): name is Name => Object.hasOwn(OPTIONS, name);

function one<N extends Name>(given: ReadonlyMap<string, K>, option: N): Given[N] {
  const { standard, what, read } = OPTIONS[option] as Option<Given[N]>;
  const x = given.get(option);
  if (x === undefined || (isNull(x) && standard !== undefined))
    return standard ?? fail(`feed: ${option} expected: ${what}`);
  return read(x) ?? fail(`feed: ${option} expected: ${what}; given ${shown(x)}`);
}

/** @throws KError for an option that there is none, or that cannot be what it is */
export function readSettings(names: readonly string[], values: K): FeedSettings {
  const given = new Map<string, K>();
  names.forEach((each, i) => {
    if (!isOption(each)) {
      const meant = nearest(each, Object.keys(OPTIONS));
      fail(
        `feed: no option ${show(k.symbol(each))}${meant === undefined ? "" : ` (did you mean ${meant}?)`}; there are ${Object.keys(OPTIONS).join(" ")}`,
      );
    }
    if (given.has(each)) fail(`feed: ${each} is given twice`);
    given.set(each, k.at(values, i));
  });
  const of = <N extends Name>(option: N): Given[N] => one(given, option);
  const table = of("table");
  const request = of("request");
  const from = of("source");
  const replay = { keep: of("replay"), rows: of("replayrows") };
  if (replay.rows > 0 && replay.keep === 0) fail("feed: replayrows needs replay, the samples that are kept");
  const settings: FeedSettings = {
    name: of("name") || table,
    source:
      from.kind === "plant"
        ? { ...from, request: request || undefined }
        : { ...from, columns: of("columns") },
    table,
    syms: of("syms"),
    by: of("by"),
    time: of("time"),
    definitions: of("define"),
    inputs: of("x"),
    targets: of("y"),
    window: of("window"),
    scale: of("scale"),
    nulls: of("nulls"),
    tolerance: of("tolerance"),
    batchsize: of("batchsize"),
    batchtime: of("batchtime"),
    steps: of("steps"),
    replay,
    behind: of("behind"),
    queue: { batches: of("queue"), bytes: of("queuemb") * MEGABYTE },
    seed: of("seed"),
    keys: of("keys"),
    publish: of("publish"),
    judge: of("judge"),
    champion: of("champion"),
    report: of("report"),
    drift: { delta: of("driftdelta"), threshold: of("drift") },
    save: of("save"),
    keep: of("keep"),
    resume: of("resume"),
  };
  const defined = [...settings.definitions, ...settings.inputs.flatMap(({ features }) => features)];
  const twice = defined.find(({ name: each }, i) => defined.findIndex((other) => other.name === each) < i);
  if (twice !== undefined) fail(`feed: ${twice.name} is defined twice`);
  if (!settings.judge && settings.publish !== "") fail("feed: publish needs predictions: judge is 0b");
  if (settings.source.kind === "push" && settings.publish !== "")
    fail("feed: predictions are published to a plant; with `push, ask for them by predict");
  return settings;
}

/** All options, for `help`. */
export const optionsHelp = (): K =>
  k.table({
    option: k.symbols(Object.keys(OPTIONS)),
    needed: k.booleans(Object.values(OPTIONS).map(({ standard }) => standard === undefined)),
    what: k.list(Object.values(OPTIONS).map(({ what }) => k.chars(what))),
  });
