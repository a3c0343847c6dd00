import { KError } from "../../../protocol/values.js";

/** What an error needs of a token. */
interface Place {
  readonly text: string;
  readonly start: number;
}

/** How much of the line that is wrong is shown on either side of the place. */
const AROUND = 20;

/**
 * Text that q cannot read. The message is one line: q's own word for it (what it stumbled over), then what was wrong and
 * where; `line` and `column` are for who can show a caret.
 */
export class ParseError extends KError {
  /** The message without the text around the place. */
  readonly head: string;
  readonly line: string;
  /** From 0. */
  readonly column: number;

  /** @param word what q itself answers */
  constructor(word: string, what: string, text: string, at: number) {
    const start = text.lastIndexOf("\n", at - 1) + 1;
    const end = text.indexOf("\n", at);
    const line = text.slice(start, end < 0 ? text.length : end);
    const column = at - start;
    const row = text.slice(0, start).split("\n").length;
    const place = `${row > 1 ? `line ${row}, ` : ""}column ${column + 1}`;
    const from = Math.max(0, column - AROUND);
    const shown = line.slice(from, column + AROUND);
    const head = `${word}: ${what} at ${place}`;
    super(`${head}${shown === "" ? "" : `: ${from > 0 ? ".." : ""}${shown}`}`);
    this.head = head;
    this.line = line;
    this.column = column;
  }
}

/** A token where the text cannot go on with it; the text's end where there is none. */
export function unexpected(token: Place | undefined, text: string, wanted = ""): ParseError {
  const after = wanted === "" ? "" : `, expected ${wanted}`;
  if (token === undefined)
    return new ParseError("parse", `the text ends too early${after}`, text, text.length);
  const shown = token.text === "\n" ? "the line's end" : token.text;
  return new ParseError(
    token.text === "\n" ? "parse" : token.text,
    `unexpected ${shown}${after}`,
    text,
    token.start,
  );
}
