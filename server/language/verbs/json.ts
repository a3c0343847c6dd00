import * as k from "../../../protocol/make.js";
import { Dict, Func, isNull, type K, KError, List, Table, TYPE, Vector } from "../../../protocol/values.js";
import { bareText, functionText } from "../text/format.js";
import { symbols } from "../values/arrays.js";
import { claim } from "../values/budget.js";
import type { Verb } from "../values/functions.js";
import { replaced } from "../values/replaced.js";
import { gather, isAtom, isKeyed, itemsOf, textArgument } from "../values/vectors.js";
import { isNullOf } from "./search.js";
import { unkey } from "./tables.js";

/** `.j.j` and `.j.k`: values to JSON and back. */

/** How deep lists and objects may nest. */
const MAX_DEPTH = 200;

class Writer {
  #parts: string[] = [];

  constructor(readonly precision: number) {}

  put(text: string): this {
    claim(text.length * 2 + 8);
    this.#parts.push(text);
    return this;
  }

  toString(): string {
    return this.#parts.join("");
  }

  value(x: K, depth = 0): this {
    if (depth > MAX_DEPTH) throw new KError("stack");
    if (isAtom(x)) return this.put(this.#atom(x));
    if (x instanceof Func) return this.put(isNull(x) ? "null" : quote(functionText(x)));
    if (x instanceof Vector && x.type === TYPE.char) return this.put(quote(k.text(x)!));
    if (isKeyed(x)) return this.value(unkey(x), depth);
    if (x instanceof Dict) return this.#object(itemsOf(x.keys), itemsOf(x.values), depth);
    return this.#list(x, depth);
  }

  #list(x: K, depth: number): this {
    this.put("[");
    if (x instanceof Table) {
      const names = x.columns.names.map(k.symbol);
      const columns = x.values.items.map(itemsOf);
      for (let row = 0; row < k.count(x); row++) {
        if (row > 0) this.put(",");
        this.#object(
          names,
          columns.map((column) => column[row]!),
          depth,
        );
      }
    } else
      itemsOf(x).forEach((item, i) => {
        if (i > 0) this.put(",");
        this.value(item, depth + 1);
      });
    return this.put("]");
  }

  #object(keys: readonly K[], values: readonly K[], depth: number): this {
    this.put("{");
    keys.forEach((key, i) => {
      if (i > 0) this.put(",");
      this.put(`${quote(isAtom(key) ? bareText(-key.type, key.value, 0) : (k.text(key) ?? ""))}:`);
      this.value(values[i]!, depth + 1);
    });
    return this.put("}");
  }

  #atom(x: K & { value: unknown }): string {
    if (!isAtom(x)) throw new KError("type");
    const type = -x.type;
    if (type === TYPE.symbol) return quote(x.value as string);
    if (type === TYPE.char) return quote(bareText(type, x.value, 0));
    if (type === TYPE.boolean) return x.value ? "true" : "false";
    const nothing = isNullOf(x);
    if (isAtom(nothing) && nothing.value === true) return "null";
    const text = bareText(type, x.value, this.precision);
    if (type >= TYPE.timestamp || type === TYPE.guid || type === TYPE.byte) return quote(dashed(text));
    return text.replace(/^(-?)0[wW]$/, "$1inf");
  }
}

/** Dates as JSON's readers know them. */
const dashed = (text: string): string =>
  text.replace(/^(\d{4})\.(\d\d)(?:\.(\d\d))?/, (_, y, m, d) => [y, m, d].filter(Boolean).join("-"));

const quote = (text: string): string =>
  replaced(JSON.stringify(text), /\\ud[c-f][\da-f]{2}/gi, ([code]) => JSON.parse(`"${code}"`));

/** What an object is read as, until it is known whether all of a list are alike. */
class Reader {
  #at = 0;

  constructor(readonly text: string) {}

  whole(): K {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.text.length) throw this.#wrong();
    return value;
  }

  #wrong(): KError {
    const found = this.text[this.#at];
    return new KError(
      `json: ${found === undefined ? "the text ends too early" : `unexpected ${JSON.stringify(found)}`} at ${this.#at + 1}`,
    );
  }

  #space(): void {
    while (" \t\r\n".includes(this.text[this.#at] || "x")) this.#at++;
  }

  #skip(char: string): boolean {
    this.#space();
    if (this.text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #need(char: string): void {
    if (!this.#skip(char)) throw this.#wrong();
  }

  #value(depth: number): K {
    if (depth > MAX_DEPTH) throw new KError("stack");
    this.#space();
    claim(48);
    const char = this.text[this.#at];
    if (char === "{") return this.#object(depth);
    if (char === "[") return this.#list(depth);
    if (char === '"') return k.chars(this.#string());
    const [word] = /[-+.\w]*/y.exec(this.text.slice(this.#at, this.#at + 64)) ?? [""];
    const value =
      WORDS[word] ?? (/^-?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(word) ? k.float(Number(word)) : undefined);
    if (value === undefined) throw this.#wrong();
    this.#at += word.length;
    return value;
  }

  #string(): string {
    this.#need('"');
    const from = this.#at;
    for (; ; this.#at++) {
      const char = this.text[this.#at];
      if (char === undefined) throw this.#wrong();
      if (char === "\\") this.#at++;
      else if (char === '"') break;
    }
    const raw = this.text.slice(from, this.#at++);
    claim(raw.length);
    if (!raw.includes("\\")) return raw;
    return replaced(raw, /\\(?:u([\da-fA-F]{4})|([\s\S]))/g, ([, code, char]) =>
      code === undefined ? (ESCAPES[char!] ?? char!) : String.fromCharCode(Number.parseInt(code, 16)),
    );
  }

  #list(depth: number): K {
    this.#need("[");
    const items: K[] = [];
    if (this.#skip("]")) return k.EMPTY;
    do items.push(this.#value(depth + 1));
    while (this.#skip(","));
    this.#need("]");
    // numbers beside nulls stay a vector: the null is one of theirs
    return gather(items);
  }

  #object(depth: number): K {
    this.#need("{");
    const names: string[] = [];
    const values: K[] = [];
    if (!this.#skip("}")) {
      do {
        this.#space();
        names.push(this.#string());
        this.#need(":");
        values.push(this.#value(depth + 1));
      } while (this.#skip(","));
      this.#need("}");
    }
    return new Dict(symbols(names), names.length === 0 ? k.EMPTY : gather(values));
  }
}

const WORDS: Readonly<Record<string, K>> = Object.assign(Object.create(null), {
  true: k.boolean(true),
  false: k.boolean(false),
  null: k.float(Number.NaN),
});

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };

const isText = (x: K): boolean =>
  (isAtom(x) && x.type === -TYPE.char) || (x instanceof Vector && x.type === TYPE.char);

function read(x: K): K {
  if (x instanceof List && x.count > 0 && x.items.every(isText))
    return read(k.chars(x.items.map(textArgument).join("\n")));
  return new Reader(textArgument(x)).whole();
}

export const JSON_VERBS: readonly Verb[] = [
  { name: ".j.j", act: (q, [x]) => k.chars(new Writer(q.console.precision).value(x!).toString()) },
  { name: ".j.k", one: read },
];
