/**
 * What a subscriber asks a plant, by text or by list. Of q there is as much here as subscribers write: lists, calls,
 * names, symbols, and a namespace indexed by symbols (`` `.u `i`L ``); a lambda over x, y and z where arguments come along.
 */
import * as k from "../../protocol/make.js";
import { Atom, type K, KError, List, NULL, Symbols, TYPE, Vector } from "../../protocol/values.js";

/** What names mean. */
export interface Scope {
  variable(name: string): K | undefined;
  call(name: string, args: readonly K[]): K | Promise<K> | undefined;
}

/** @throws KError as q would */
export function answer(request: K, scope: Scope): K | Promise<K> {
  if (request instanceof Vector && request.type === TYPE.char) return evaluate(k.text(request)!, scope);
  if (request instanceof Atom && request.type === -TYPE.symbol) return named(request.value as string, scope);
  const items = request instanceof List ? request.items : request instanceof Symbols ? atoms(request) : [];
  const [head, ...args] = items;
  const name = head === undefined ? undefined : k.text(head);
  if (name === undefined) throw new KError("type");
  if (!name.startsWith("{")) return called(name, args, scope);
  return evaluate(name.replace(/^\{\s*(\[[^\]]*\])?/, "").replace(/\}\s*$/, ""), {
    variable: (each) => args["xyz".indexOf(each)] ?? scope.variable(each),
    call: (each, given) => scope.call(each, given),
  });
}

const atoms = (x: Atom | Symbols): readonly Atom[] => (x instanceof Atom ? [x] : x.names.map(k.symbol));

function named(name: string, scope: Scope): K {
  const value = scope.variable(name);
  if (value === undefined) throw new KError(name);
  return value;
}

function called(name: string, args: readonly K[], scope: Scope): K | Promise<K> {
  const value = scope.call(name, args);
  if (value === undefined) throw new KError(name);
  return value;
}

/** Symbols, a name, or a mark. */
const TOKEN = /\s*((?:`[\w.:/]*)+|[.A-Za-z][\w.]*|[()[\];])\s*/y;

function tokens(text: string): string[] {
  const found: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (match === null) throw new KError("nyi");
    found.push(match[1]!);
  }
  return found;
}

function symbolsOf(token: string): Atom | Symbols {
  const names = token.slice(1).split("`");
  return names.length === 1 ? k.symbol(names[0]!) : k.symbols(names);
}

function evaluate(text: string, scope: Scope): K | Promise<K> {
  const all = tokens(text);
  let at = 0;
  /** Expressions up to the closing mark, which are evaluated from right to left, as q does. */
  const several = (close: string): (() => K | Promise<K>)[] => {
    const list: (() => K | Promise<K>)[] = [];
    while (all[at] !== close) {
      list.push(one());
      if (all[at] === ";") at++;
      else if (all[at] !== close) throw new KError(close);
    }
    at++;
    return list;
  };
  const values = (list: readonly (() => K | Promise<K>)[]): K[] =>
    list
      .toReversed()
      .map((each) => each() as K)
      .toReversed();
  const one = (): (() => K | Promise<K>) => {
    const token = all[at++];
    if (token === undefined) throw new KError("parse");
    if (token === "(") {
      const list = several(")");
      return list.length === 1 ? list[0]! : () => k.collapse(values(list));
    }
    if (token.startsWith("`")) {
      const symbols = symbolsOf(token);
      if (!all[at]?.startsWith("`")) return () => symbols;
      const names = atoms(symbolsOf(all[at++]!)).map((x) => `${token.slice(1)}.${k.text(x)}`);
      return () =>
        names.length === 1 ? named(names[0]!, scope) : k.collapse(names.map((x) => named(x, scope)));
    }
    if (!/^[.\w]/.test(token)) throw new KError("parse");
    if (all[at] !== "[") return () => named(token, scope);
    at++;
    const args = several("]");
    return () => called(token, args.length === 0 ? [NULL] : values(args), scope);
  };
  const result = one();
  if (at < all.length) throw new KError("nyi");
  return result();
}
