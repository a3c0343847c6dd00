import * as k from "../../../protocol/make.js";
import { type K, KError, List, Table, TYPE } from "../../../protocol/values.js";
import { type Evaluation, PAUSE, type Run, type Verb } from "../values/functions.js";
import { isKeyed, symbolsOf, textArgument } from "../values/vectors.js";

/**
 * Commands as `\` and `system` take them. Those that look are answered, those that touch files, processes or the whole
 * server are refused by name.
 */

type Command = (q: Evaluation, argument: string) => K | undefined;

/** A setting that is the server's own business: it is told, not changed. */
const told =
  (value: () => K): Command =>
  (_, argument) =>
    argument === "" ? value() : undefined;

const isTable = (x: K): boolean => x instanceof Table || isKeyed(x);

/** The names in a namespace whose values are wanted. */
const listing =
  (wanted: (x: K) => boolean): Command =>
  (q, argument) => {
    const context = argument === "" ? q.context || "." : argument;
    if (!context.startsWith(".")) throw new KError(context);
    return k.symbols(namesOf(q, context, wanted));
  };

function namesOf(q: Evaluation, context: string, wanted: (x: K) => boolean): string[] {
  const prefix = context === "." ? "" : `${context}.`;
  const names = symbolsOf(q.namesOf(context) ?? k.EMPTY).filter((name) => name !== "");
  return names.filter((name) => wanted(q.valueNamed(prefix + name) ?? k.NULL)).sort();
}

const isFunction = (x: K): boolean => x.type >= TYPE.lambda && x.type < TYPE.sortedDict;

const COMMANDS: Readonly<Record<string, Command>> = {
  P: ({ console }, argument) => {
    if (argument === "") return k.int(console.precision);
    console.precision = count(argument, 0, 17);
    return k.NULL;
  },
  c: ({ console }, argument) => {
    if (argument === "") return k.ints([console.height, console.width]);
    const [height, width] = argument.split(/\s+/);
    console.height = count(height, 10, 2000);
    console.width = count(width, 10, 2000);
    return k.NULL;
  },
  d: (q, argument) => {
    if (argument === "") return k.symbol(q.context || ".");
    if (!/^\.([A-Za-z]\w*(\.[A-Za-z]\w*)*)?$/.test(argument)) throw new KError(argument);
    q.context = argument === "." ? "" : argument;
    return k.NULL;
  },
  a: listing(isTable),
  v: listing((x) => x.type < TYPE.lambda || x instanceof List),
  f: listing(isFunction),
  b: told(() => k.symbols([])),
  B: told(() => k.symbols([])),
  C: told(() => k.ints([36, 2000])),
  w: (_, argument) => {
    if (argument !== "" && argument !== "0") return undefined;
    const { heapUsed, heapTotal, rss } = process.memoryUsage();
    // symbols and their bytes for 0; used, heap, peak, limit, mapped, physical else
    return k.longs(argument === "0" ? [0, 0] : [heapUsed, heapTotal, rss, 0, 0, 0]);
  },
  W: told(() => k.int(2)),
  S: told(() => k.int(-314159)),
  ...Object.fromEntries([..."egopstTz"].map((letter) => [letter, told(() => k.int(0))])),
};

function count(text: string | undefined, least: number, most: number): number {
  if (text === undefined || !/^\d+$/.test(text)) throw new KError("type");
  return Math.min(most, Math.max(least, Number(text)));
}

/** @param text without the backslash: `P 4`, `d .a`, `t expression`, `ts:10 expression` */
export function* command(q: Evaluation, text: string): Run<K> {
  const [, name, times, argument] = /^([A-Za-z_]+)(?::(\d+))?\s*([\s\S]*)$/.exec(text.trim()) ?? [];
  if (name === undefined) throw refused(text);
  if ((name === "t" || name === "ts") && argument !== "" && !/^\d+$/.test(argument!))
    return yield* timed(q, name, Number(times ?? 1), argument!);
  const value = Object.hasOwn(COMMANDS, name) ? COMMANDS[name]!(q, argument!.trim()) : undefined;
  if (value === undefined) throw refused(text);
  return value;
}

const refused = (text: string): KError => new KError(`nyi: system ${JSON.stringify(text.trim())}`);

/** Milliseconds that a text takes so many times; with `ts` bytes too. */
function* timed(q: Evaluation, name: string, times: number, text: string): Run<K> {
  const from = process.hrtime.bigint();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < times; i++) {
    if (q.step()) yield PAUSE;
    yield* q.run(text);
  }
  const millis = (process.hrtime.bigint() - from) / 1_000_000n;
  if (name === "t") return k.long(millis);
  return k.longs([millis, BigInt(Math.max(0, process.memoryUsage().heapUsed - before))]);
}

/** The tables in a namespace. */
function tables(q: Evaluation, [x]: readonly K[]): K {
  const context = x === undefined || x.type >= TYPE.lambda ? q.context || "." : (symbolsOf(x)[0] ?? ".");
  return k.symbols(namesOf(q, context === "" ? "." : context, isTable));
}

export const COMMAND_VERBS: readonly Verb[] = [
  { name: "system", run: (q, [x]) => command(q, textArgument(x!)) },
  { name: "tables", act: tables },
];
