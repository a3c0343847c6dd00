import { hostname } from "node:os";
import * as k from "../../../protocol/make.js";
import { EPOCH_MILLIS, LETTERS, MILLIS_A_DAY, TYPE } from "../../../protocol/types.js";
import { type K, KError, List, Table } from "../../../protocol/values.js";
import { display } from "../text/display.js";
import type { Evaluation, Run, Verb } from "../values/functions.js";
import { textArgument } from "../values/vectors.js";

/**
 * What tools ask a q process when they connect, answered where an answer does no harm: the `.z` values, memory
 * figures, the settings that `system` reports. Files, processes and other commands are refused by name.
 */

/** The k version that clients are told: what is understood here is q 4's. */
const VERSION = 4.1;

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
  ".Q.a": () => k.chars("abcdefghijklmnopqrstuvwxyz"),
  ".Q.A": () => k.chars("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
  ".Q.n": () => k.chars("0123456789"),
  ".Q.t": () => k.chars(LETTERS),
  ".Q.k": () => k.float(VERSION),
};

export const toolValue = (name: string): K | undefined => VALUES[name]?.();

/** `.Q.w[]`: what the process holds, in bytes, under q's names. */
function memory(): K {
  const { heapUsed, heapTotal, rss } = process.memoryUsage();
  const names = ["used", "heap", "peak", "wmax", "mmap", "mphy", "syms", "symw"];
  return k.dict(k.symbols(names), k.longs([heapUsed, heapTotal, rss, 0, 0, 0, 0, 0]));
}

/** Settings that `system` (and `\`) report; those that can be set take an argument. */
function setting(q: Evaluation, command: string, argument: string): K | undefined {
  const { console } = q;
  switch (command) {
    case "P":
      if (argument === "") return k.int(console.precision);
      console.precision = count(argument, 0, 17);
      return k.NULL;
    case "c": {
      if (argument === "") return k.ints([console.height, console.width]);
      const [height, width] = argument.split(/\s+/);
      console.height = count(height, 10, 2000);
      console.width = count(width, 10, 2000);
      return k.NULL;
    }
    case "C":
      return k.ints([36, 2000]);
    case "d":
      return k.symbol(".");
    case "a":
      return k.symbols(namesOf(q, (x) => x instanceof Table));
    case "v":
      return k.symbols(namesOf(q, (x) => x.type < TYPE.lambda || x instanceof List));
    case "f":
      return k.symbols(namesOf(q, (x) => x.type >= TYPE.lambda && x.type < TYPE.sortedDict));
    case "b":
    case "B":
      return k.symbols([]);
    case "w":
      return k.longs([
        process.memoryUsage().heapUsed,
        process.memoryUsage().heapTotal,
        process.memoryUsage().rss,
        0,
        0,
        0,
      ]);
    case "p":
    case "t":
    case "T":
    case "g":
    case "e":
    case "s":
    case "o":
    case "W":
    case "z":
      return argument === "" ? k.int(command === "W" ? 2 : 0) : undefined;
    case "S":
      return argument === "" ? k.int(-314159) : undefined;
    default:
      return undefined;
  }
}

const namesOf = (q: Evaluation, wanted: (x: K) => boolean): string[] =>
  q
    .names()
    .filter((name) => wanted(q.variable(name)!))
    .sort();

function count(text: string | undefined, least: number, most: number): number {
  if (text === undefined || !/^\d+$/.test(text)) throw new KError("type");
  return Math.min(most, Math.max(least, Number(text)));
}

const nanos = (): bigint => process.hrtime.bigint();

/** A command as `\` and `system` take it: `P 4`, `t expression`, `ts:10 expression`. */
export function* command(q: Evaluation, text: string): Run<K> {
  const [, name, times, argument] = /^([A-Za-z_]+)(?::(\d+))?\s*([\s\S]*)$/.exec(text.trim()) ?? [];
  if (name === undefined) throw new KError(`nyi: system ${JSON.stringify(text)}`);
  if ((name === "t" || name === "ts") && argument !== "" && !/^\d+$/.test(argument!)) {
    const from = nanos();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < Number(times ?? 1); i++) yield* q.run(argument!);
    const millis = (nanos() - from) / 1_000_000n;
    return name === "t"
      ? k.long(millis)
      : k.longs([millis, BigInt(Math.max(0, process.memoryUsage().heapUsed - before))]);
  }
  const value = setting(q, name, argument!.trim());
  if (value === undefined) throw new KError(`nyi: system ${JSON.stringify(text.trim())}`);
  return value;
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
    parts.push(`'${error.message}\n`);
  } finally {
    q.console.print = print;
  }
  return k.chars(parts.join(""));
}

export const TOOLS: readonly Verb[] = [
  { name: ".torch.run", run: (q, [x]) => printed(q, textArgument(x!)) },
  { name: ".torch.names", act: (q) => k.symbols(q.knownNames().sort()) },
  { name: "system", run: (q, [x]) => command(q, textArgument(x!)) },
  { name: "tables", act: (q) => k.symbols(namesOf(q, (x) => x instanceof Table)) },
  { name: ".Q.w", one: memory },
  { name: ".Q.gc", one: () => k.long(0) },
];

/** Names of q that are not here, so that they end in 'nyi and not in an unknown name. */
export const NOT_HERE: ReadonlySet<string> = new Set(
  (
    "aj aj0 ajf ajf0 asof binr dsave ej exit fby fkeys getenv gtime hclose hcount hdel hopen hsym ij ijf insert inv " +
    "lj ljf load lsq ltime mavg mcount md5 mdev meta mmax mmin msum parse pj read0 read1 reval rload rsave save scov " +
    "setenv uj ujf upsert view views wj wj1 xbar xgroup xprev xrank ema select exec update delete"
  ).split(" "),
);
