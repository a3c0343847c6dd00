import { KError } from "../../../protocol/values.js";
import { type Token, tokenize } from "./tokens.js";

/** Whether two tokens are one for q: numbers side by side, symbols without space between them. */
const joins = (before: Token, token: Token): boolean =>
  (before.kind === "number" && token.kind === "number") ||
  (before.kind === "symbol" && token.kind === "symbol" && !token.spaced);

/**
 * Text cut into its tokens with nothing lost, as `-4!` does: every blank and line end is a piece, a comment is one with the
 * blank before it.
 */
export function pieces(text: string): string[] {
  let tokens: Token[];
  try {
    tokens = tokenize(text);
  } catch (error) {
    // q cuts up any text; what ends too early is one piece
    if (error instanceof KError) return loose(text);
    throw error;
  }
  const found: string[] = [];
  let at = 0;
  let before: Token | undefined;
  for (const token of tokens) {
    if (token.text === "\n") continue;
    const gap = text.slice(at, token.start);
    if (before !== undefined && !gap.includes("\n") && joins(before, token))
      found.push(found.pop()! + gap + text.slice(token.start, token.stop));
    else found.push(...loose(gap), text.slice(token.start, token.stop));
    at = token.stop;
    before = token;
  }
  return [...found, ...loose(text.slice(at))];
}

/** What stands between tokens: line ends, blanks one by one, comments with the blank before them. */
const loose = (gap: string): string[] => gap.match(/\n|[ \t\r]?\/[^\n]*|[ \t\r]|[^\s]+/g) ?? [];
