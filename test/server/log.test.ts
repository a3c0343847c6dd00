/** What a peer says cannot forge a log line or drive a terminal. */
import assert from "node:assert/strict";
import { bound, makeLog, printable } from "../../server/log.js";

const ESCAPED: readonly [what: string, text: string, shown: string][] = [
  ["plain text", "gr\u00fc\u00df dich, \u4f60\u597d", "gr\u00fc\u00df dich, \u4f60\u597d"],
  ["a pair of surrogates", "\u{1f600}", "\u{1f600}"],
  ["line ends", "a\r\nb", "a\\x0d\\x0ab"],
  ["a terminal's escape", "\u001b[2J", "\\x1b[2J"],
  ["C1 controls", "\u009b31m", "\\x9b31m"],
  ["line separator", "\u2028", "\\u2028"],
  ["text turned round", "\u202e", "\\u202e"],
  ["a byte that is no UTF-8", "\udcff", "\\xff"],
  ["half a surrogate pair", "\ud800x", "\\ud800x"],
];

describe("log", () => {
  for (const [what, text, shown] of ESCAPED) it(what, () => assert.equal(printable(text), shown));

  it("a long text is cut", () => assert.equal(printable("a".repeat(10_000)).length, 502));

  it("messages, fields, errors and bound fields are all made harmless", () => {
    const lines: string[] = [];
    const log = makeLog("info", { write: (line) => void lines.push(line) });
    const nasty = 'x\n{"level":30,"msg":"forged"}\u001b[2J';
    bound(log, { user: nasty }).error({ from: nasty, err: new Error(nasty) }, nasty);
    assert.equal(lines.length, 1);
    assert.equal(lines[0]!.trimEnd().includes("\n"), false);
    const line = JSON.parse(lines[0]!) as {
      user: string;
      from: string;
      msg: string;
      err: { message: string };
    };
    for (const text of [line.user, line.from, line.msg, line.err.message]) {
      assert.equal(text, 'x\\x0a{"level":30,"msg":"forged"}\\x1b[2J');
    }
  });

  it("the level decides what is written", () => {
    const lines: string[] = [];
    const log = makeLog("warn", { write: (line) => void lines.push(line) });
    log.info("quiet");
    log.warn("loud");
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /loud/);
  });
});
