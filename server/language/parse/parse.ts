import * as k from "../../../protocol/make.js";
import { Func, type K, KError, TYPE } from "../../../protocol/values.js";
import { ADVERBS } from "../values/received.js";
import { Cursor } from "./cursor.js";
import { ParseError } from "./errors.js";
import type { Adverb, Column, Control, LambdaCode, Node, Query } from "./nodes.js";
import { type Reader, readQuery, TEMPLATES } from "./query.js";
import { assignable, implicitParameters, lastName, localNames } from "./scope.js";
import { type Token, tokenize } from "./tokens.js";

/** What the parser must know of the primitives: which names are keywords, and which of them stand between operands. */
export interface Keywords {
  has(name: string): boolean;
  isInfix(name: string): boolean;
}

/** How deep brackets and expressions may nest; deeper text ends in 'stack. */
const MAX_DEPTH = 800;
const CONTROLS = new Set(["if", "do", "while"]);
/** `k)` in front of text: operators alone are their one-argument forms. `q)` says what is so anyway. */
const LANGUAGE = /^\s*([kq])\)/;

/**
 * Parses q text into statements; an empty statement is null, so that a trailing `;` shows.
 * @throws ParseError where q cannot read it
 */
export function parse(text: string, keywords: Keywords): (Node | null)[] {
  const [prefix, language] = LANGUAGE.exec(text) ?? ["", "q"];
  // the prefix as blanks, so that places in the text stay what they are
  const rest = prefix === "" ? text : " ".repeat(prefix.length) + text.slice(prefix.length);
  return new Parser(rest, tokenize(rest), keywords, language === "k").program();
}

class Parser extends Cursor implements Reader {
  #depth = 0;
  /** Verbs that have their left side alone, as in `raze f each`. */
  readonly #waiting = new WeakSet<Node>();

  /** @param k whether an operator with nothing to its left is its one-argument form */
  constructor(
    text: string,
    tokens: readonly Token[],
    readonly keywords: Keywords,
    readonly k: boolean,
  ) {
    super(text, tokens);
  }

  program(): (Node | null)[] {
    const statements = this.#sequence(undefined);
    const rest = this.peek();
    if (rest !== undefined) throw this.unexpected(rest);
    return statements;
  }

  /** Expressions between `;` up to (not including) a closing bracket or the end. */
  #sequence(closer: string | undefined): (Node | null)[] {
    const nodes: (Node | null)[] = [];
    let onItsOwnLine = false;
    for (;;) {
      const node = this.#statement();
      const before = nodes.at(-1);
      // a tool ends the text of a lambda by a line `(::)` to have it called
      if (onItsOwnLine && before?.kind === "lambda" && node?.kind === "value" && node.value === k.NULL)
        nodes[nodes.length - 1] = { kind: "juxtapose", target: before, arg: node };
      else nodes.push(node);
      const token = this.peek();
      onItsOwnLine = token?.text === "\n";
      if (token?.kind === "end") this.at++;
      else if (closer === undefined || (token?.kind === "close" && token.text === closer)) return nodes;
      else throw this.unexpected(token, closer);
    }
  }

  #brackets(closer: string): (Node | null)[] {
    const stops = this.stops;
    this.stops = undefined;
    const nodes = this.#sequence(closer);
    this.stops = stops;
    this.at++;
    return nodes;
  }

  #statement(): Node | null {
    if (this.is("adverb", "'") && this.#signals(this.tokens[this.at + 1])) {
      this.at++;
      return { kind: "signal", value: this.#operand("'") };
    }
    if (this.is("verb", ":")) {
      const after = this.tokens[this.at + 1];
      if (after !== undefined && after.kind !== "end" && after.kind !== "close" && after.text !== "[") {
        if (after.kind !== "adverb") {
          this.at++;
          return { kind: "return", value: this.#operand(":") };
        }
      }
    }
    return this.#expression();
  }

  /** Whether a `'` in front of a token is an error to signal: in front of a bracket it composes, alone it is a function. */
  #signals(after: Token | undefined): boolean {
    return after !== undefined && after.kind !== "close" && after.kind !== "end" && after.text !== "[";
  }

  #composition(): Node {
    const start = this.at++;
    const [outer, inner, ...rest] = this.#brackets("]");
    if (outer == null || inner == null || rest.length > 0)
      throw new ParseError(
        "'",
        "a composition is made of two functions",
        this.text,
        this.tokens[start]!.start,
      );
    return { kind: "compose", outer, inner };
  }

  #operand(after: string): Node {
    const node = this.#expression();
    if (node === null) throw this.unexpected(this.peek(), `a value behind ${after}`);
    return node;
  }

  /** One expression, read from the left: what follows a verb is its right operand as a whole. */
  #expression(): Node | null {
    if (this.atEnd()) return null;
    if (++this.#depth > MAX_DEPTH) throw new KError("stack");
    const node = this.#phrase();
    this.#depth--;
    return node;
  }

  #phrase(): Node {
    const start = this.at;
    const first = this.#term();
    if (first.node.kind === "name" || first.node.kind === "apply") {
      const assign = this.#assignment(first.node);
      if (assign !== null) return assign;
    }
    const glyph = this.peek();
    if (first.node.kind === "verb" && /^\.?[A-Za-z]/.test(first.node.name) && glyph?.text === ":")
      throw new ParseError("assign", `${first.node.name} is a word of q's own`, this.text, glyph.start);
    if (first.isVerb) return this.#prefix(first.node, start);
    return this.#afterNoun(first.node);
  }

  /** A verb with nothing to its left: `neg x`, `+/x`, or a composition such as `-1+` has nothing to apply to. */
  #prefix(verb: Node, start: number): Node {
    // `+/ each x`: before another verb a derived function is a noun
    if (verb.kind === "derive" && this.#atVerb()) return this.#afterNoun(verb);
    const rest = this.#expression();
    if (rest === null) return verb;
    if (verb.kind === "verb" && !/^[A-Za-z.]/.test(verb.name) && !verb.name.endsWith(":")) {
      if (this.#isTrain(rest)) return { kind: "compose", outer: verb, inner: rest };
      if (this.k) return { kind: "juxtapose", target: { kind: "verb", name: `${verb.name}:` }, arg: rest };
      // q gives the operators alone no prefix form: `-x` is an error that names the operator.
      throw this.unexpected(this.tokens[start], "a value to its left");
    }
    if (this.#isTrain(rest)) return { kind: "compose", outer: verb, inner: rest };
    return { kind: "juxtapose", target: verb, arg: rest };
  }

  #atVerb(): boolean {
    const token = this.peek();
    if (this.atEnd()) return false;
    return token?.kind === "verb"
      ? token.text !== "::"
      : token?.kind === "name" && this.keywords.isInfix(token.text);
  }

  #afterNoun(left: Node): Node {
    if (this.atEnd()) return left;
    const start = this.at;
    const { node, isVerb } = this.#term();
    if (!isVerb) {
      const assign = node.kind === "name" || node.kind === "apply" ? this.#assignment(node) : null;
      const arg = assign ?? this.#afterNoun(node);
      if (this.#isTrain(arg)) return { kind: "compose", outer: left, inner: arg };
      return { kind: "juxtapose", target: left, arg };
    }
    const right = this.#expression();
    if (right !== null) {
      const partial: Node = { kind: "apply", target: node, args: [left] };
      if (this.#isTrain(right)) return { kind: "compose", outer: partial, inner: right };
      return { kind: "dyadic", verb: node, left, right };
    }
    if (node.kind === "verb" && !this.keywords.has(node.name))
      throw this.unexpected(this.tokens[start], "a value to its right");
    // `count@` and the like: a function awaiting what stands behind it
    if (node.kind === "verb" && node.name === "@") return { kind: "compose", outer: left, inner: identity };
    const partial: Node = { kind: "apply", target: node, args: [left] };
    this.#waiting.add(partial);
    return partial;
  }

  /** A composition, or a verb without its right side: what stands before it joins it instead of being applied to it. */
  #isTrain(node: Node): boolean {
    return node.kind === "compose" || this.#waiting.has(node);
  }

  /** `name:value`, `name[i]:value`, `name,:value`, `name::value`; null where no such thing follows. */
  #assignment(target: Node): Node | null {
    const place = assignable(target);
    const token = this.peek();
    if (place === null || token?.kind !== "verb" || !token.text.endsWith(":")) return null;
    if (/^[0-2]/.test(token.text)) return null;
    const { text } = token;
    const after = this.tokens[this.at + 1];
    if (after === undefined || after.kind === "end" || after.kind === "close") {
      if (text === ":") throw this.unexpected(token, "a value to its right");
      return null;
    }
    this.at++;
    const operator = text.replace(/:+$/, "");
    const verb: Node | null = operator === "" ? null : { kind: "verb", name: operator };
    const value = named(this.#operand(text), place.name);
    return { kind: "assign", ...place, verb, value, global: text.endsWith("::") };
  }

  /** A noun or verb with the brackets and adverbs that follow it. */
  #term(): { node: Node; isVerb: boolean } {
    let { node, isVerb } = this.#primary();
    for (;;) {
      const token = this.peek();
      if (token?.kind === "open" && token.text === "[") {
        this.at++;
        if (node.kind === "verb" && node.name === "$") {
          const args = this.#brackets("]");
          node =
            args.length > 2 ? { kind: "control", word: "$", args } : { kind: "apply", target: node, args };
        } else node = { kind: "apply", target: node, args: this.#brackets("]") };
        isVerb = false;
      } else if (token?.kind === "adverb" && !(token.spaced && token.text === "'")) {
        this.at++;
        node = { kind: "derive", target: node, adverb: token.text as Adverb };
        isVerb = true;
      } else return { node, isVerb };
    }
  }

  #primary(): { node: Node; isVerb: boolean } {
    const token = this.next();
    const noun = (node: Node) => ({ node, isVerb: false });
    const value = (x: K) => noun({ kind: "value", value: x });
    switch (token.kind) {
      case "number":
        return value(this.numbers(token));
      case "symbol":
        return value(this.symbols(token));
      case "string": {
        const bytes = this.string(token);
        return value(bytes.length === 1 ? k.char(bytes[0]!) : k.chars(bytes));
      }
      case "verb":
        if (token.text === "::") return value(k.NULL);
        return { node: { kind: "verb", name: token.text }, isVerb: true };
      case "name":
        return this.#name(token);
      case "open":
        if (token.text === "(") return noun(this.#parenthesis());
        if (token.text === "{") return noun(this.#lambda(token));
        return noun({ kind: "block", items: this.#brackets("]") });
      case "adverb":
        if (token.text === "'" && this.is("open", "[")) return noun(this.#composition());
        if (this.atEnd() || this.is("open", "[")) return noun(iterator(token.text as Adverb));
        throw this.unexpected(token);
      default:
        throw this.unexpected(token);
    }
  }

  #name(token: Token): { node: Node; isVerb: boolean } {
    const name = token.text;
    if (CONTROLS.has(name) && this.is("open", "[")) {
      this.at++;
      return { node: { kind: "control", word: name as Control, args: this.#brackets("]") }, isVerb: false };
    }
    if (TEMPLATES.has(name)) return { node: readQuery(name as Query["word"], this), isVerb: false };
    if (this.keywords.has(name)) return { node: { kind: "verb", name }, isVerb: this.keywords.isInfix(name) };
    return { node: { kind: "name", name }, isVerb: false };
  }

  phrase(words: readonly string[]): Node | null {
    const stops = this.stops;
    this.stops = words;
    const node = this.#expression();
    this.stops = stops;
    return node;
  }

  #parenthesis(): Node {
    if (this.is("open", "[")) {
      this.at++;
      return this.#table();
    }
    const items = this.#brackets(")");
    if (items.length > 1) return { kind: "list", items };
    const only = items[0]!;
    if (only === null) return { kind: "value", value: k.EMPTY };
    // the parentheses make a noun of a verb: a block of one
    const isVerb = only.kind === "verb" || only.kind === "derive" || this.#waiting.has(only);
    return isVerb ? { kind: "block", items } : only;
  }

  #table(): Node {
    const keys = this.#columns("]");
    if (this.is("close", ")")) {
      this.at++;
      return { kind: "dict", entries: keys };
    }
    const columns = this.#columns(")");
    return { kind: "table", keys: keys.length === 0 ? null : keys, columns };
  }

  /** `name:expression` between `;`; a column without a name is called after the last name in it, or x. */
  #columns(closer: string): Column[] {
    return this.columns(this.#brackets(closer).filter((node) => node !== null));
  }

  columns(nodes: readonly Node[]): Column[] {
    const columns: Column[] = [];
    for (const node of nodes) {
      if (node.kind === "assign" && node.index.length === 0 && node.verb === null) {
        columns.push({ name: node.name, value: node.value });
      } else columns.push({ name: lastName(node), value: node });
    }
    const seen = new Set<string>();
    return columns.map((column) => {
      let { name } = column;
      for (let i = 1; seen.has(name); i++) name = `${column.name}${i}`;
      seen.add(name);
      return { name, value: column.value };
    });
  }

  #lambda(open: Token): Node {
    let params: string[] | null = null;
    if (this.is("open", "[")) {
      this.at++;
      params = this.#parameters();
    }
    const from = this.at;
    const body = this.#brackets("}");
    const source = this.text.slice(open.start, this.tokens[this.at - 1]!.stop);
    const names = this.tokens.slice(from, this.at);
    const code: LambdaCode = {
      params: params ?? implicitParameters(names),
      body,
      locals: localNames(body),
      source,
      name: "",
    };
    if (code.params.length > 8)
      throw new ParseError("params", "a function takes at most 8 arguments", this.text, open.start);
    return { kind: "lambda", code };
  }

  #parameters(): string[] {
    const names: string[] = [];
    for (let token = this.next(); token.text !== "]"; token = this.next()) {
      if (token.kind === "name") names.push(token.text);
      else if (token.text !== ";") throw this.unexpected(token, "a parameter's name");
    }
    return names;
  }
}

/** A lambda knows the name that it is assigned to, for whoever is told where an error was. */
const named = (node: Node, name: string): Node =>
  node.kind === "lambda" ? { kind: "lambda", code: { ...node.code, name } } : node;

/** An adverb alone, which is a function that makes functions. */
const iterator = (adverb: Adverb): Node => ({
  kind: "value",
  value: new Func(TYPE.iterator, Uint8Array.of(ADVERBS.indexOf(adverb))),
});

const identity: Node = { kind: "value", value: k.NULL };
