import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { KError } from "../../protocol/values.js";
import { display, evaluate, Workspace } from "../../server/language/index.js";

/**
 * The transcripts beside this file: lines typed at `q)` and what the q console prints for them. Every file is one
 * session from its top, so later lines see what earlier ones assigned.
 */
const FOLDER = join(import.meta.dirname, "../../../test/language");

interface Exchange {
  readonly line: number;
  readonly typed: string;
  readonly expected: string;
}

function exchanges(text: string): Exchange[] {
  const found: { line: number; typed: string; expected: string }[] = [];
  text.split("\n").forEach((line, i) => {
    if (line.startsWith("q)")) found.push({ line: i + 1, typed: line.slice(2), expected: "" });
    else if (found.length > 0) found.at(-1)!.expected += `${line}\n`;
  });
  const last = found.at(-1);
  if (last !== undefined) last.expected = last.expected.replace(/\n$/, "");
  return found;
}

/** A session without k api functions, and what it prints for a line. */
function typist(): (line: string) => Promise<string> {
  let printed = "";
  const session = new Workspace({
    rank: () => undefined,
    call: () => undefined,
    names: () => [],
    print: (text) => {
      printed += text;
    },
  });
  return async (line) => {
    printed = "";
    try {
      const value = await evaluate(line, session);
      return printed + display(value, session.console);
    } catch (error) {
      if (!(error instanceof KError)) throw error;
      return `${printed}'${error.message}\n`;
    }
  };
}

describe("language: transcripts", () => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith(".txt"));
  let lines = 0;
  for (const file of files) {
    const typed = exchanges(readFileSync(join(FOLDER, file), "utf8"));
    lines += typed.length;
    it(`${file}: ${typed.length} lines print what q prints`, async () => {
      const type = typist();
      const wrong: string[] = [];
      for (const { line, typed: text, expected } of typed) {
        const shown = await type(text);
        if (shown !== expected)
          wrong.push(`${file}:${line} q)${text}\nexpected:\n${expected}shown:\n${shown}`);
      }
      assert.deepEqual(wrong, []);
    });
  }

  it("are at least four hundred lines", () => {
    assert.ok(lines >= 400, `${lines} lines in ${files.length} files`);
  });
});
