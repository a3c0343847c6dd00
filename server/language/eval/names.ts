import * as k from "../../../protocol/make.js";
import { Dict, type K, KError, Symbols } from "../../../protocol/values.js";
import { symbols } from "../values/vectors.js";
import { primitive, verbNames } from "../verbs/table.js";
import { toolNames, toolValue } from "../verbs/tools.js";

/**
 * Namespaces: a user's variables are kept under their whole names (`.a.b.c`), and a namespace is the dictionary of the
 * names that begin with its own. q's own (`.Q`, `.q`, `.h`, `.j`) hold what is here of them.
 */

/** A name as it is kept: in a namespace, one without a dot at its start belongs to that. */
export const qualified = (name: string, context: string): string =>
  context === "" || name.startsWith(".") ? name : `${context}.${name}`;

/** q's own namespaces, in which nothing is assigned. */
const OWN = new Set([".q", ".Q", ".h", ".j", ".o", ".z", ".torch"]);
/** What a process of q's listens to or answers by; only names below, as tools keep theirs, may be assigned. */
const REFUSED = /^\.(?:z\.[^.]*|(?:q|Q|h|j|o|torch)\..*)$/;

/** @throws KError 'nyi for names that q itself uses */
export function refuseOwn(name: string): void {
  if (REFUSED.test(name) || OWN.has(name)) throw new KError(`nyi: assigning ${name}`);
}

/**
 * Stores a value under a whole name. A dictionary that holds the name's namespace is first taken apart into it.
 */
export function store(variables: Map<string, K>, name: string, value: K): void {
  for (let dot = name.indexOf(".", 1); dot > 0; dot = name.indexOf(".", dot + 1)) {
    const holder = name.slice(0, dot);
    const held = name.startsWith(".") ? variables.get(holder) : undefined;
    if (!(held instanceof Dict && held.keys instanceof Symbols)) continue;
    variables.delete(holder);
    held.keys.names.forEach((key, i) => {
      if (key !== "") variables.set(`${holder}.${key}`, k.at(held.values, i));
    });
  }
  if (name.startsWith(".")) forget(variables, name);
  variables.set(name, value);
}

/** Drops a name, and of a namespace all that is in it. */
export function forget(variables: Map<string, K>, name: string): void {
  variables.delete(name);
  const prefix = `${name}.`;
  if (name.startsWith("."))
    for (const known of variables.keys()) if (known.startsWith(prefix)) variables.delete(known);
}

/** The names directly in a namespace ("" is the root), those of namespaces in it included. */
export function namesIn(variables: ReadonlyMap<string, K>, context: string): string[] {
  if (context === "") return [...variables.keys()].filter((name) => !name.startsWith("."));
  const prefix = `${context}.`;
  const found = new Set<string>();
  for (const name of variables.keys())
    if (name.startsWith(prefix)) found.add(name.slice(prefix.length).split(".")[0]!);
  for (const name of ownNames(context)) found.add(name);
  return [...found];
}

function ownNames(context: string): string[] {
  if (context === ".q") return verbNames().filter((name) => !name.startsWith("."));
  if (!OWN.has(context)) return [];
  const prefix = `${context}.`;
  return [...verbNames(), ...toolNames()]
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length));
}

/** The namespaces at the root, without their dots: q's own, then the user's. */
export function namespaces(variables: ReadonlyMap<string, K>): string[] {
  const found = new Set(["q", "Q", "h", "j", "o"]);
  for (const name of variables.keys()) if (name.startsWith(".")) found.add(name.slice(1).split(".")[0]!);
  return [...found];
}

/**
 * A namespace as a dictionary, undefined where no name is in it. As q has it, one other than the root begins with the
 * null symbol and `::`.
 */
export function namespace(variables: ReadonlyMap<string, K>, name: string): Dict | undefined {
  const context = name === "." ? "" : name;
  if (context !== "" && !context.startsWith(".")) return undefined;
  const names = namesIn(variables, context);
  if (names.length === 0 && context !== "" && !OWN.has(context)) return undefined;
  const values = names.map((item) => member(variables, context, item));
  if (context === "") return new Dict(symbols(names), k.collapse(values));
  return new Dict(symbols(["", ...names]), k.list([k.NULL, ...values]));
}

function member(variables: ReadonlyMap<string, K>, context: string, name: string): K {
  const whole = context === ".q" ? name : qualified(name, context);
  return (
    variables.get(whole) ?? toolValue(whole) ?? primitive(whole) ?? namespace(variables, whole) ?? k.NULL
  );
}
