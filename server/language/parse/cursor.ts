import * as k from "../../../protocol/make.js";
import { bytesOf } from "../../../protocol/text.js";
import { type K, KError } from "../../../protocol/values.js";
import { ParseError, unexpected } from "./errors.js";
import { strand } from "./strand.js";
import { literalBytes, type Token } from "./tokens.js";

/** A place among the tokens of a text: what comes next, literals, and errors that say where they are. */
export class Cursor {
  protected at = 0;
  /** Where an expression ends inside a q-SQL template: at a comma, and at these words. */
  protected stops: readonly string[] | undefined;

  constructor(
    readonly text: string,
    readonly tokens: readonly Token[],
  ) {}

  protected peek(): Token | undefined {
    return this.tokens[this.at];
  }

  protected is(kind: Token["kind"], text: string): boolean {
    const token = this.peek();
    return token?.kind === kind && token.text === text;
  }

  protected next(): Token {
    const token = this.tokens[this.at++];
    if (token === undefined) throw this.unexpected(undefined);
    return token;
  }

  protected unexpected(token: Token | undefined, wanted?: string): KError {
    return unexpected(token, this.text, wanted);
  }

  /** Whether an expression can go no further. */
  protected atEnd(): boolean {
    const token = this.peek();
    if (token === undefined || token.kind === "end" || token.kind === "close") return true;
    if (this.stops === undefined) return false;
    return token.text === ","
      ? token.kind === "verb"
      : token.kind === "name" && this.stops.includes(token.text);
  }

  atWord(word: string): boolean {
    return this.is("name", word);
  }

  atGlyph(text: string): boolean {
    const token = this.peek();
    return token !== undefined && token.kind !== "string" && token.text === text;
  }

  skip(): void {
    this.at++;
  }

  fail(wanted: string): never {
    throw this.unexpected(this.peek(), wanted);
  }

  protected numbers(first: Token): K {
    const words = [first.text];
    while (this.peek()?.kind === "number") {
      if (!this.peek()!.spaced) throw this.unexpected(this.peek());
      words.push(this.next().text);
    }
    try {
      return strand(words);
    } catch (error) {
      throw this.#placed(error, first, "no number of q's");
    }
  }

  protected string(token: Token): Uint8Array {
    try {
      return literalBytes(token.text, bytesOf);
    } catch (error) {
      throw this.#placed(error, token, "in a string");
    }
  }

  /** What a literal's own reader says, with the place. */
  #placed(error: unknown, { start }: Token, what: string): unknown {
    return error instanceof KError ? new ParseError(error.message, what, this.text, start) : error;
  }

  protected symbols(first: Token): K {
    const names = [first.text.slice(1)];
    while (this.peek()?.kind === "symbol" && !this.peek()!.spaced) names.push(this.next().text.slice(1));
    return names.length === 1 ? k.symbol(names[0]!) : k.symbols(names);
  }
}
