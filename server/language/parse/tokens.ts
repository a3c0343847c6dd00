import { KError } from "../../../protocol/values.js";
import { ParseError } from "./errors.js";
import { LONGEST_WORD } from "./literals.js";

/**
 * Splits q text into tokens. The rules that make q's reading context-dependent live here and nowhere else:
 * when `-` starts a number, when `/` starts a comment, when a line end ends a statement.
 */

export type TokenKind =
  | "number"
  | "symbol"
  | "string"
  | "name"
  | "verb"
  | "adverb"
  | "open"
  | "close"
  | "end";

export interface Token {
  readonly kind: TokenKind;
  /** The text as written; of a string literal, the text between its quotes with escapes still in it. */
  readonly text: string;
  readonly start: number;
  readonly stop: number;
  /** Whether white space (or nothing) stands before it. */
  readonly spaced: boolean;
  /** Of a closing bracket, what opened it. */
  readonly opener?: Opener;
}

/** A bracket that is open: `(`, `[`, `{`, or the one around a lambda's parameters, behind which no noun ends. */
interface Opener {
  readonly closer: string;
  readonly kind: "bracket" | "parameters";
}

const NUMBER = /-?(?:\d[\dA-Za-z.:]*|\.\d[\dA-Za-z.:]*)/y;
/** The mantissa of a number that may go on with a signed exponent: `1e` of `1e-5`. */
const MANTISSA = /^-?\d*\.?\d*e$/;
const EXPONENT = /[+-]\d+[ef]?/y;
const NAME = /\.?[A-Za-z][\w.]*/y;
const SYMBOL = /`(?:(?::[\w.:/]*)|[\w.:]*)/y;
const VERB = /[0-2]:(?![\d])|[-+*%&|<>=~,^#_$?@.]::|::|<>|<=|>=|[-+*%!&|<>=~,^#_$?@.]:?|:/y;
const ADVERB = /['/\\]:?/y;
const SPACE = /[ \t\r]/;
const BRACKETS: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/** Whether a token of this kind ends a noun, so that a `-` right behind it is the verb. */
const endsNoun = (token: Token | undefined): boolean =>
  token !== undefined &&
  (token.kind === "number" ||
    token.kind === "symbol" ||
    token.kind === "string" ||
    token.kind === "name" ||
    (token.kind === "close" && token.opener?.kind !== "parameters"));

/**
 * @throws KError naming an unclosed string or bracket, or a character that starts nothing
 */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const open: Opener[] = [];
  let at = 0;
  let spaced = true;

  const match = (pattern: RegExp, from = at): string | undefined => {
    pattern.lastIndex = from;
    return pattern.exec(text)?.[0];
  };
  const push = (kind: TokenKind, length: number, content?: string, opener?: Opener) => {
    const stop = at + length;
    const token = { kind, text: content ?? text.slice(at, stop), start: at, stop, spaced };
    tokens.push(opener === undefined ? token : { ...token, opener });
    at = stop;
    spaced = false;
  };

  while (at < text.length) {
    const char = text[at]!;
    const lineStart = at === 0 || text[at - 1] === "\n";
    if (SPACE.test(char)) {
      spaced = true;
      at++;
    } else if (char === "\n") {
      const next = text[at + 1];
      const goesOn = open.length > 0 || next === undefined || SPACE.test(next) || next === "}";
      if (goesOn || tokens.at(-1)?.kind === "end") at++;
      else push("end", 1, "\n");
      spaced = true;
    } else if (char === "/" && (spaced || lineStart)) {
      at = skipComment(text, at, lineStart);
      spaced = true;
    } else if (char === '"') {
      const stop = closeQuote(text, at);
      push("string", stop - at, text.slice(at + 1, stop - 1));
    } else if (char === "`") {
      push("symbol", match(SYMBOL)!.length);
    } else if (char === ";") {
      push("end", 1);
    } else if (char in BRACKETS) {
      const inLambda = char === "[" && tokens.at(-1)?.text === "{" && tokens.at(-1)?.kind === "open";
      open.push({ closer: BRACKETS[char]!, kind: inLambda ? "parameters" : "bracket" });
      push("open", 1);
    } else if (char === ")" || char === "]" || char === "}") {
      const opener = open.pop();
      if (opener?.closer !== char) {
        const after = opener === undefined ? ", nothing is open" : `, expected ${opener.closer}`;
        throw new ParseError(char, `unexpected ${char}${after}`, text, at);
      }
      push("close", 1, char, opener);
    } else {
      scanWord();
    }
  }
  const left = open.at(-1)?.closer;
  if (left !== undefined)
    throw new ParseError(left, `the text ends too early, expected ${left}`, text, text.length);
  return tokens;

  function scanWord(): void {
    const char = text[at]!;
    const previous = tokens.at(-1);
    const glued = !spaced && endsNoun(previous);
    const verb = match(VERB);
    const number = char === "-" && glued ? undefined : match(NUMBER);
    // `0:` is a verb, `0:30` a time.
    if (number !== undefined && !(verb !== undefined && verb.length === 2 && /\d/.test(char))) {
      push("number", numberLength(number));
      return;
    }
    const name = char === "." && glued ? undefined : match(NAME);
    if (name !== undefined) push("name", dropEnd(name, ".").length);
    else if (verb !== undefined) push("verb", verb.length);
    else {
      const adverb = match(ADVERB);
      if (adverb === undefined) throw new ParseError("char", `unexpected ${JSON.stringify(char)}`, text, at);
      push("adverb", adverb.length);
    }
  }

  function numberLength(number: string): number {
    const kept = dropEnd(number, ":");
    if (!kept.endsWith("e") || kept.length > LONGEST_WORD || !MANTISSA.test(kept)) return kept.length;
    return kept.length + (match(EXPONENT, at + kept.length)?.length ?? 0);
  }
}

/** Text without the characters of one kind at its end; a pattern would look at every run of them again and again. */
function dropEnd(text: string, char: string): string {
  let end = text.length;
  while (text[end - 1] === char) end--;
  return text.slice(0, end);
}

/** A line holding `/` alone opens a comment that a line holding `\` alone closes; any other ends with its line. */
function skipComment(text: string, from: number, lineStart: boolean): number {
  const end = text.indexOf("\n", from);
  const stop = end < 0 ? text.length : end;
  if (!lineStart || text.slice(from, stop).trim() !== "/") return stop;
  const close = /^\\[ \t\r]*$/m;
  const rest = text.slice(stop);
  const found = close.exec(rest);
  return found === null ? text.length : stop + found.index + found[0].length;
}

function closeQuote(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at + 1;
  }
  throw new ParseError('"', "a string has no end", text, from);
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  "\\": "\\",
  '"': '"',
  "/": "/",
};

/** The bytes of a string literal's text: escapes are `\n \r \t \\ \" \/` and three octal digits. */
export function literalBytes(text: string, toBytes: (text: string) => Uint8Array): Uint8Array {
  if (!text.includes("\\")) return toBytes(text);
  const parts: Uint8Array[] = [];
  for (const [whole, octal, single] of text.matchAll(/\\([0-7]{3})|\\([\s\S])|[^\\]+/g)) {
    if (octal !== undefined) parts.push(Uint8Array.of(Number.parseInt(octal, 8) & 255));
    else if (single === undefined) parts.push(toBytes(whole));
    else {
      const meant = ESCAPES[single];
      if (meant === undefined) throw new KError(`\\${single}`);
      parts.push(toBytes(meant));
    }
  }
  return Buffer.concat(parts);
}
