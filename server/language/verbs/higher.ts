import * as k from "../../../protocol/make.js";
import { TYPE } from "../../../protocol/types.js";
import { Dict, type K, KError, List, Table } from "../../../protocol/values.js";
import { namesIn } from "../parse/scope.js";
import { display } from "../text/display.js";
import { itemsFrom } from "../values/arrays.js";
import {
  Composition,
  Derived,
  type Evaluation,
  Lambda,
  Primitive,
  Projection,
  type Run,
  type Verb,
} from "../values/functions.js";
import { gather, isAtom, isFunction, isVector, itemsOf } from "../values/vectors.js";
import { each, prior } from "./adverbs.js";
import { amend } from "./amend.js";

/** Primitives that call functions or print: application, amending, trapping, `each` and its like, `value`, `show`. */

/** An integer is called as a handle is. */
const isHandle = (x: K): boolean => isAtom(x) && (x.type === -TYPE.int || x.type === -TYPE.long);
const isName = (x: K): boolean => isAtom(x) && x.type === -TYPE.symbol;

/** `@`: apply, amend, trap. */
function* at(q: Evaluation, args: readonly K[]): Run<K> {
  const [x, y, z] = args as [K, K, K];
  if (args.length === 2) return yield* q.apply(x, [y]);
  if (args.length === 3 && (isFunction(x) || isHandle(x))) return yield* q.trap(x, [y], z);
  return yield* amended(q, x, [y], args.slice(2));
}

/** `.`: apply to a list of arguments, index deeply, amend deeply, trap. */
function* dot(q: Evaluation, args: readonly K[]): Run<K> {
  const [x, y, z] = args as [K, K, K];
  if (args.length === 1) return yield* valueIn(q, args);
  const path = isAtom(y) ? [y] : itemsOf(y);
  if (args.length === 2) return yield* q.apply(x, path.length === 0 ? [k.NULL] : path);
  if (args.length === 3 && (isFunction(x) || isHandle(x))) return yield* q.trap(x, path, z);
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

/** `value`: of a name, text, a dictionary, or a list of a function and its arguments. */
export function* valueIn(q: Evaluation, [x]: readonly K[]): Run<K> {
  if (x instanceof Dict) return x.values;
  if (x instanceof Table) throw new KError("type");
  if (isName(x!)) return named(q, k.text(x!)!);
  const text = k.text(x!);
  if (text !== undefined) return yield* q.run(text);
  if (x instanceof Lambda) return anatomy(x);
  if (x instanceof Projection) return k.list([x.target, ...x.args.map((arg) => arg ?? k.NULL)]);
  if (x instanceof Composition) return k.list([x.outer, x.inner]);
  if (x instanceof Derived) return x.target;
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

/**
 * What q shows of a lambda: its code (none here), parameters, locals, its namespace and the globals that it names, then its
 * name, file, line and source.
 */
function anatomy({ code, context }: Lambda): K {
  const own = new Set([...code.params, ...code.locals]);
  const globals = [...namesIn(code.body)].filter((name) => !own.has(name));
  const locals = [...code.locals].filter((name) => !code.params.includes(name));
  return k.list([
    k.bytes([]),
    k.symbols(code.params),
    k.symbols(locals),
    k.symbols([context.slice(1), ...globals]),
    k.chars(code.name),
    k.chars(""),
    k.long(-1),
    k.chars(code.source),
  ]);
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
    itemsFrom(flags.length, (i) => {
      const flag = flags[i]!;
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
  { name: ".", run: dot, counts: [1, 2, 3, 4] },
  { name: ":", two: (_, y) => y },
  { name: "?", three: choose },
  { name: "each", infix: true, run: (q, [f, x]) => each(q, f!, [x!]), counts: [2] },
  { name: "peach", infix: true, run: (q, [f, x]) => each(q, f!, [x!]), counts: [2] },
  { name: "over", infix: true, run: through("/"), counts: [2] },
  { name: "scan", infix: true, run: through("\\"), counts: [2] },
  { name: "prior", infix: true, run: (q, [f, x]) => prior(q, f!, undefined, x!), counts: [2] },
  { name: "value", run: valueIn },
  { name: "get", run: valueIn },
  { name: "set", infix: true, act: set, counts: [2] },
  { name: "show", act: show },
  { name: "type", one: typeOf },
  { name: "attr", one: attributeOf },
];
