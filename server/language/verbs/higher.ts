import * as k from "../../../protocol/make.js";
import { LONG_NULL, TYPE } from "../../../protocol/types.js";
import { Dict, type K, KError, List, Table } from "../../../protocol/values.js";
import { display } from "../text/display.js";
import { valueText } from "../text/format.js";
import { Derived, type Evaluation, Primitive, type Run, type Verb } from "../values/functions.js";
import { bool, gather, isAtom, isFunction, isVector, itemsOf } from "../values/vectors.js";
import { each, prior } from "./adverbs.js";
import { amend } from "./amend.js";
import { makeDict } from "./tables.js";

/** Primitives that call functions or print: application, amending, trapping, `each` and its like, `value`, `show`. */

const isName = (x: K): boolean => isAtom(x) && x.type === -TYPE.symbol;

/** `@`: apply, amend, trap. */
function* at(q: Evaluation, args: readonly K[]): Run<K> {
  const [x, y, z] = args as [K, K, K];
  if (args.length === 2) return yield* q.apply(x, [y]);
  if (args.length === 3 && isFunction(x)) return yield* q.trap(x, [y], z);
  return yield* amended(q, x, [y], args.slice(2));
}

/** `.`: apply to a list of arguments, index deeply, amend deeply, trap. */
function* dot(q: Evaluation, args: readonly K[]): Run<K> {
  const [x, y, z] = args as [K, K, K];
  const path = isAtom(y) ? [y] : itemsOf(y);
  if (args.length === 2) return yield* q.apply(x, path.length === 0 ? [k.NULL] : path);
  if (args.length === 3 && isFunction(x)) return yield* q.trap(x, path, z);
  return yield* amended(q, x, path, args.slice(2));
}

/** With a name for the value, the variable changes and the answer is its name. */
function* amended(q: Evaluation, x: K, path: readonly K[], rest: readonly K[]): Run<K> {
  const [f, y] = rest as [K, K | undefined];
  const assigns = f instanceof Primitive && f.verb.name === ":";
  const target = isName(x) ? q.variable(k.text(x)!) : x;
  if (target === undefined) throw new KError(k.text(x)!);
  const result = yield* amend(q, target, path, assigns ? null : f, y);
  if (target === x) return result;
  q.assign(k.text(x)!, result);
  return x;
}

function* value(q: Evaluation, [x]: readonly K[]): Run<K> {
  if (x instanceof Dict) return x.values;
  if (x instanceof Table) throw new KError("type");
  if (isName(x!)) return named(q, k.text(x!)!);
  const text = k.text(x!);
  if (text !== undefined) return yield* q.run(text);
  if (isAtom(x!) || isFunction(x!)) return x!;
  const [f, ...args] = itemsOf(x!);
  if (f === undefined) return x!;
  const name = k.text(f);
  const target = isName(f) || name === undefined ? f : yield* q.run(name);
  return yield* q.apply(
    isName(target) ? named(q, k.text(target)!) : target,
    args.length === 0 ? [k.NULL] : args,
  );
}

function named(q: Evaluation, name: string): K {
  const found = name.startsWith(":") ? undefined : q.variable(name);
  if (found === undefined) throw new KError(name.startsWith(":") ? "nyi: files" : name);
  return found;
}

function show(q: Evaluation, [x]: readonly K[]): K {
  q.console.print(display(x!, q.console));
  return k.NULL;
}

/** `!`: with a null on the left it prints its right side and gives it back; `-3!` is the text of a value. */
function bang(q: Evaluation, [x, y]: readonly K[]): K {
  const number = isAtom(x!) && x.type === -TYPE.long ? x.value : undefined;
  if (number === LONG_NULL) {
    q.console.print(`${valueText(y!, q.console.precision)}\n`);
    return y!;
  }
  if (number === -3n) return k.chars(valueText(y!, q.console.precision));
  return makeDict(x!, y!);
}

/** `?[test;x;y]`: item by item, from x where the test holds, else from y. */
function choose(test: K, x: K, y: K): K {
  const flags = itemsOf(test);
  const pickFrom = (source: K) => {
    const items = isAtom(source) ? undefined : itemsOf(source);
    if (items !== undefined && items.length !== flags.length) throw new KError("length");
    return (i: number): K => items?.[i] ?? source;
  };
  const [yes, no] = [pickFrom(x), pickFrom(y)];
  return gather(
    flags.map((flag, i) => {
      if (flag.type !== -TYPE.boolean) throw new KError("type");
      return isAtom(flag) && flag.value === true ? yes(i) : no(i);
    }),
  );
}

const through =
  (adverb: "/" | "\\") =>
  (q: Evaluation, [f, x]: readonly K[]): Run<K> =>
    q.apply(new Derived(f!, adverb), [x!]);

/** `` `name set x `` for variables; a name with a colon would be a file. */
function set(q: Evaluation, [x, y]: readonly K[]): K {
  if (!isName(x!)) throw new KError("type");
  const name = k.text(x!)!;
  if (name.startsWith(":")) throw new KError("nyi: files");
  q.assign(name, y!);
  return x!;
}

const typeOf = (x: K): K => k.short(x.type);

const attributeOf = (x: K): K => {
  const attr = isVector(x) || x instanceof List || x instanceof Table ? x.attr : 0;
  return k.symbol(attr === 0 ? "" : "supg"[attr - 1]!);
};

export const HIGHER: readonly Verb[] = [
  { name: "@", run: at, counts: [2, 3, 4], one: typeOf },
  { name: ".", run: dot, counts: [2, 3, 4] },
  { name: "!", act: bang, counts: [2] },
  { name: ":", two: (_, y) => y },
  { name: "?", three: choose },
  { name: "each", infix: true, run: (q, [f, x]) => each(q, f!, [x!]), counts: [2] },
  { name: "peach", infix: true, run: (q, [f, x]) => each(q, f!, [x!]), counts: [2] },
  { name: "over", infix: true, run: through("/"), counts: [2] },
  { name: "scan", infix: true, run: through("\\"), counts: [2] },
  { name: "prior", infix: true, run: (q, [f, x]) => prior(q, f!, undefined, x!), counts: [2] },
  { name: "value", run: value },
  { name: "get", run: value },
  { name: "eval", run: value },
  { name: "set", infix: true, act: set, counts: [2] },
  { name: "show", act: show },
  { name: "type", one: typeOf },
  { name: "attr", one: attributeOf },
  { name: ".Q.s", act: (q, [x]) => k.chars(display(x!, q.console)) },
  { name: ".Q.s1", act: (q, [x]) => k.chars(valueText(x!, q.console.precision)) },
  { name: ".Q.qt", one: (x) => bool(x instanceof Table || (x instanceof Dict && x.values instanceof Table)) },
];
