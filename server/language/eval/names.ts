import * as k from "../../../protocol/make.js";
import { Dict, type K, KError, Symbols } from "../../../protocol/values.js";
import { symbols } from "../values/arrays.js";
import { claim } from "../values/budget.js";
import { primitive, verbNames } from "../verbs/table.js";
import { toolNames, toolValue } from "../verbs/tools.js";

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

/** What a name is reckoned at, with its place among the variables and in its namespace. */
const NAME_BYTES = 400;

/** The namespace of a name, "" for the root's own names and "." for that of the namespaces in it; its last word. */
function parted(name: string): { readonly holder: string; readonly word: string } {
  if (!name.startsWith(".")) return { holder: "", word: name };
  const dot = name.lastIndexOf(".");
  return { holder: dot === 0 ? "." : name.slice(0, dot), word: name.slice(dot + 1) };
}

/**
 * A user's variables, kept under their whole names (`.a.b.c`). A namespace is the dictionary of the names that begin with
 * its own; q's own (`.Q`, `.q`, `.h`, `.j`) hold what is here of them.
 */
export class Variables extends Map<string, K> {
  /** The words in each namespace, so that nothing looks through all names. */
  readonly #words = new Map<string, Set<string>>();

  /** Bytes that the names themselves take. */
  get weight(): number {
    return this.size * NAME_BYTES;
  }

  override set(name: string, value: K): this {
    if (!this.has(name)) {
      claim(NAME_BYTES);
      this.#list(name);
    }
    return super.set(name, value);
  }

  #list(name: string): void {
    for (let each = name; each !== "."; ) {
      const { holder, word } = parted(each);
      const words = this.#words.get(holder);
      if (words?.has(word)) return;
      if (words === undefined) this.#words.set(holder, new Set([word]));
      else words.add(word);
      if (holder === "") return;
      each = holder;
    }
  }

  /** Stores a value under a whole name. A dictionary that holds the name's namespace is first taken apart into it. */
  store(name: string, value: K): void {
    if (name.startsWith(".")) {
      for (let dot = name.indexOf(".", 1); dot > 0; dot = name.indexOf(".", dot + 1))
        this.#open(name.slice(0, dot));
      this.delete(name);
    }
    this.set(name, value);
  }

  #open(holder: string): void {
    const held = this.get(holder);
    if (!(held instanceof Dict && held.keys instanceof Symbols)) return;
    this.delete(holder);
    held.keys.names.forEach((key, i) => {
      if (key !== "") this.set(`${holder}.${key}`, k.at(held.values, i));
    });
  }

  /** Drops a name, and of a namespace all that is in it. */
  override delete(name: string): boolean {
    for (const word of [...(this.#words.get(name) ?? [])]) if (name !== "") this.delete(`${name}.${word}`);
    const known = super.delete(name);
    const { holder, word } = parted(name);
    const words = this.#words.get(holder);
    if (words?.delete(word) && words.size === 0) {
      this.#words.delete(holder);
      if (holder !== "" && holder !== "." && !this.has(holder)) this.delete(holder);
    }
    return known;
  }

  /** The names directly in a namespace ("" is the root), those of namespaces in it included. */
  wordsIn(context: string): string[] {
    return [...new Set([...(this.#words.get(context) ?? []), ...ownWords(context)])];
  }

  /** The namespaces at the root, without their dots: q's own, then the user's. */
  namespaces(): string[] {
    return [...new Set(["q", "Q", "h", "j", "o", ...(this.#words.get(".") ?? [])])];
  }

  /**
   * A namespace as a dictionary, undefined where no name is in it. As q has it, one other than the root begins with the
   * null symbol and `::`.
   */
  namespace(name: string): Dict | undefined {
    const context = name === "." ? "" : name;
    if (context !== "" && !context.startsWith(".")) return undefined;
    const words = this.wordsIn(context);
    if (context === "") return new Dict(symbols(words), k.collapse(words.map((word) => this.get(word)!)));
    if (words.length === 0 && !OWN.has(context)) return undefined;
    return new Dict(
      symbols(["", ...words]),
      k.list([k.NULL, ...words.map((word) => this.#member(context, word))]),
    );
  }

  #member(context: string, word: string): K {
    const whole = context === ".q" ? word : qualified(word, context);
    return this.get(whole) ?? toolValue(whole) ?? primitive(whole) ?? this.namespace(whole) ?? k.NULL;
  }
}

function ownWords(context: string): string[] {
  if (context === ".q") return verbNames().filter((name) => !name.startsWith("."));
  if (!OWN.has(context)) return [];
  const prefix = `${context}.`;
  return [...verbNames(), ...toolNames()]
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length));
}
