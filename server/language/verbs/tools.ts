import { hostname } from "node:os";
import * as k from "../../../protocol/make.js";
import { EPOCH_MILLIS, LETTERS, MILLIS_A_DAY } from "../../../protocol/types.js";
import { type K, KError } from "../../../protocol/values.js";
import { display } from "../text/display.js";
import { failureText } from "../text/failure.js";
import {
  type Asker,
  type Evaluation,
  External,
  Primitive,
  type Run,
  type Verb,
} from "../values/functions.js";
import { itemsOf, textArgument } from "../values/vectors.js";
import { indexAt } from "./indexing.js";

/**
 * What tools ask a q process when they connect, answered where an answer does no harm: the `.z` values, memory
 * figures, the settings that `system` reports. Files, processes and other commands are refused by name.
 */

/** The k version that clients are told: what is understood here is q 4's. */
const VERSION = 4.1;

const SMALL = "abcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";

/** The words that q itself reserves, which an editor shows as such. */
const RESERVED =
  "abs acos asin atan avg bin binr by cor cos cov delete dev div do each enlist eval exec exit exp from getenv hopen " +
  "if in insert last like log max min or over prd prior scan select setenv sin sqrt ss sum sv sdev scov svar tan " +
  "update vs wavg while within wsum xexp";

const nanosNow = (): bigint => BigInt(Date.now() - EPOCH_MILLIS) * 1_000_000n;
const millisNow = (): number => Date.now() - EPOCH_MILLIS;
const localMillis = (): number => millisNow() - new Date().getTimezoneOffset() * 60_000;
const nanosOfDay = (millis: number): bigint =>
  BigInt(((millis % MILLIS_A_DAY) + MILLIS_A_DAY) % MILLIS_A_DAY) * 1_000_000n;

/** Names that have a value of their own, worked out when they are read. */
const VALUES: Readonly<Record<string, () => K>> = {
  ".z.K": () => k.float(VERSION),
  ".z.k": () => k.date(9000),
  ".z.o": () =>
    k.symbol(process.platform === "darwin" ? "m64" : process.platform === "win32" ? "w64" : "l64"),
  ".z.h": () => k.symbol(hostname()),
  ".z.i": () => k.int(process.pid),
  ".z.f": () => k.symbol("torchq"),
  ".z.x": () => k.EMPTY,
  ".z.w": () => k.int(0),
  ".z.u": () => k.symbol(""),
  ".z.a": () => k.int(0x7f000001),
  ".z.c": () => k.int(1),
  ".z.b": () => k.dict(k.symbols([]), k.symbols([])),
  ".z.e": () => k.dict(k.symbols([]), k.EMPTY),
  ".z.l": () => k.list(["", "", "", "", "", "", "", ""].map((text) => k.chars(text))),
  ".z.q": () => k.boolean(false),
  ".z.p": () => k.timestamp(nanosNow()),
  ".z.P": () => k.timestamp(BigInt(localMillis()) * 1_000_000n),
  ".z.d": () => k.date(Math.floor(millisNow() / MILLIS_A_DAY)),
  ".z.D": () => k.date(Math.floor(localMillis() / MILLIS_A_DAY)),
  ".z.n": () => k.timespan(nanosOfDay(millisNow())),
  ".z.N": () => k.timespan(nanosOfDay(localMillis())),
  ".z.t": () => k.time(((millisNow() % MILLIS_A_DAY) + MILLIS_A_DAY) % MILLIS_A_DAY),
  ".z.T": () => k.time(((localMillis() % MILLIS_A_DAY) + MILLIS_A_DAY) % MILLIS_A_DAY),
  ".z.z": () => k.datetime(millisNow() / MILLIS_A_DAY),
  ".z.Z": () => k.datetime(localMillis() / MILLIS_A_DAY),
  ".z.W": () => k.dict(k.ints([]), k.EMPTY),
  ".z.X": () => k.list([k.chars("torchq")]),
  ".Q.a": () => k.chars(SMALL),
  ".Q.A": () => k.chars(SMALL.toUpperCase()),
  ".Q.n": () => k.chars(DIGITS),
  ".Q.nA": () => k.chars(DIGITS + SMALL.toUpperCase()),
  ".Q.an": () => k.chars(`${SMALL}${SMALL.toUpperCase()}_${DIGITS}`),
  ".Q.b6": () => k.chars(`${SMALL.toUpperCase()}${SMALL}${DIGITS}+/`),
  ".Q.x": () => k.EMPTY,
  ".Q.res": () => k.symbols(RESERVED.split(" ")),
  ".Q.t": () => k.chars(LETTERS),
  ".Q.k": () => k.float(VERSION),
};

/** What the session that asks is called. */
const OF_ASKER: Readonly<Record<string, (asker: Asker) => K>> = {
  ".z.w": ({ handle }) => k.int(handle),
  ".z.W": ({ handle }) => k.dict(k.ints([handle]), k.list([k.longs([])])),
  ".z.u": ({ userName }) => k.symbol(userName),
  ".z.a": ({ address }) => k.int(address),
};

/** @param asker the session that asks, where there is one */
export function toolValue(name: string, asker?: Asker): K | undefined {
  if (asker !== undefined && Object.hasOwn(OF_ASKER, name)) return OF_ASKER[name]!(asker);
  return Object.hasOwn(VALUES, name) ? VALUES[name]!() : undefined;
}

export const toolNames = (): string[] => Object.keys(VALUES);

/** `.Q.w[]`: what the process holds, in bytes, under q's names. */
function memory(): K {
  const { heapUsed, heapTotal, rss } = process.memoryUsage();
  const names = ["used", "heap", "peak", "wmax", "mmap", "mphy", "syms", "symw"];
  return k.dict(k.symbols(names), k.longs([heapUsed, heapTotal, rss, 0, 0, 0, 0, 0]));
}

/**
 * Evaluates text for a console: the answer is what a q console would print, the output of `show`, then the value or the
 * error.
 */
function* printed(q: Evaluation, text: string): Run<K> {
  const parts: string[] = [];
  const { print } = q.console;
  q.console.print = (part) => parts.push(part);
  try {
    const value = yield* q.request(text);
    parts.push(display(value, q.console));
  } catch (error) {
    if (!(error instanceof KError)) throw error;
    parts.push(failureText(error, () => q.knownNames()));
  } finally {
    q.console.print = print;
  }
  return k.chars(parts.join(""));
}

/** The library that scripts load the k api from, wherever theirs lies. */
const KTORCH = /(?:^|[:/])ktorch\w*$/;

const FUNCTIONS: Verb = { name: ".torch.fns", act: (q) => q.functions() };

/**
 * `` `ktorch 2:(name;rank) ``: the k api is there without being loaded, so what a script loads it by gives it: `fns` the
 * function that gives all of it by name, another name the function of that name. Other libraries are refused.
 */
function library(q: Evaluation, [x, y]: readonly K[]): K {
  const path = k.text(x!);
  const [first] = itemsOf(y!);
  const name = first && k.text(first);
  if (path === undefined || name === undefined) throw new KError("type");
  if (!KTORCH.test(path)) throw new KError("nyi: 2: of a library other than ktorch");
  if (name === "fns") return new Primitive(FUNCTIONS);
  const f = indexAt(q.functions(), k.symbol(name));
  if (!(f instanceof External)) throw new KError(name);
  return f;
}

export const TOOLS: readonly Verb[] = [
  FUNCTIONS,
  { name: "2:", act: library, counts: [2] },
  { name: ".torch.run", run: (q, [x]) => printed(q, textArgument(x!)) },
  { name: ".torch.names", act: (q) => k.symbols(q.knownNames().sort()) },
  { name: ".Q.w", one: memory },
  { name: ".Q.gc", one: () => k.long(0) },
];

/** Names of q that are not here, so that they end in 'nyi and not in an unknown name. */
export const NOT_HERE: ReadonlySet<string> = new Set(
  (
    "ajf ajf0 asof binr dsave ej exit fkeys getenv gtime hclose hcount hdel hopen ijf inv ljf load lsq ltime pj " +
    "read0 read1 rload rsave save scov setenv ujf view views wj wj1 xrank"
  ).split(" "),
);
