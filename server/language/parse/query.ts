import type { Column, Node, Order, Query } from "./nodes.js";

/** q-SQL templates, read with what the parser knows. */

export const TEMPLATES: ReadonlySet<string> = new Set(["select", "exec", "update", "delete"]);

/** What the parser gives to the reading of a template. */
export interface Reader {
  /** Whether the next token is this word. */
  atWord(word: string): boolean;
  /** Whether the next token is this glyph: a bracket, an operator. */
  atGlyph(text: string): boolean;
  skip(): void;
  /** One expression up to a comma or one of the words; null where there is none. */
  phrase(words: readonly string[]): Node | null;
  columns(nodes: readonly Node[]): Column[];
  /** @throws ParseError at the next token */
  fail(wanted: string): never;
}

export function readQuery(word: Query["word"], reader: Reader): Node {
  const { limit, order } =
    word === "select" && reader.atGlyph("[") ? readHead(reader) : { limit: null, order: null };
  const distinct = word !== "delete" && reader.atWord("distinct");
  if (distinct) reader.skip();
  const phrases = readPhrases(reader, ["by", "from"]);
  let by: Node[] | null = null;
  if (reader.atWord("by")) {
    reader.skip();
    by = readPhrases(reader, ["from"]);
    if (by.length === 0) reader.fail("what to group by");
  }
  if (!reader.atWord("from")) reader.fail("from");
  reader.skip();
  const from = reader.phrase(["where"]);
  if (from === null) return reader.fail("a table");
  let where: Node[] = [];
  if (reader.atWord("where")) {
    reader.skip();
    where = readPhrases(reader, []);
    if (where.length === 0) reader.fail("a condition");
  }
  return {
    kind: "query",
    word,
    columns: reader.columns(phrases),
    named: isNamed(phrases),
    keysNamed: isNamed(by ?? []),
    by: by === null ? null : reader.columns(by),
    from,
    where,
    distinct,
    limit,
    order,
  };
}

const isNamed = (phrases: readonly Node[]): boolean => phrases.some((node) => node.kind === "assign");

function readPhrases(reader: Reader, words: readonly string[]): Node[] {
  const phrases: Node[] = [];
  for (;;) {
    const phrase = reader.phrase(words);
    if (phrase === null) {
      if (phrases.length > 0) reader.fail("an expression behind the comma");
      return phrases;
    }
    phrases.push(phrase);
    if (!reader.atGlyph(",")) return phrases;
    reader.skip();
  }
}

/** `[5]`, `[5;>a]`, `[>a]`. */
function readHead(reader: Reader): { limit: Node | null; order: Order | null } {
  reader.skip();
  let limit: Node | null = null;
  let order: Order | null = null;
  for (;;) {
    if (reader.atGlyph("<") || reader.atGlyph(">")) {
      const descending = reader.atGlyph(">");
      reader.skip();
      const by = reader.phrase([]);
      if (by === null) return reader.fail("a column");
      order = { by, descending };
    } else limit = reader.phrase([]);
    if (reader.atGlyph(";")) {
      reader.skip();
      continue;
    }
    if (!reader.atGlyph("]")) reader.fail("]");
    reader.skip();
    return { limit, order };
  }
}
