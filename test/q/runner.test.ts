/** `npm run test:q` itself, with stand-ins for a q: it must see what is wrong, and say when it has nothing to run. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

interface Runner {
  difference(expected: string, printed: string): string | undefined;
}

const RUNNER = "scripts/test-q.mjs";
const SCRIPT = "q/examples/start.q";
const TRANSCRIPT = readFileSync("q/examples/start.txt", "utf8");
const PRINTED = TRANSCRIPT.replaceAll("?", "-1.5e-07e");

describe("the runner of scripts in a real q", () => {
  describe("comparing with a transcript", () => {
    let difference: Runner["difference"];
    before(async () => {
      ({ difference } = (await import(pathToFileURL(resolve(RUNNER)).href)) as Runner);
    });

    it("takes any number for ?", () => {
      assert.equal(difference(TRANSCRIPT, PRINTED), undefined);
      assert.equal(difference("?\n? ?\na| ?\n", "12\n-.5   1e+10\na| ,0.25e\n"), undefined);
    });

    const WRONG: readonly (readonly [what: string, expected: string, printed: string, line: number])[] = [
      ["another line", "a\n1b\n", "a\n0b\n", 2],
      ["other spaces", "a| 1\n", "a|  1\n", 1],
      ["a null for a number", "? ?\n", "1 0n\n", 1],
      ["one number too many", "? ?\n", "1 2 3\n", 1],
      ["other words beside a number", "a| ?\n", "b| 1\n", 1],
      ["too little", "a\nb\n", "a\n", 2],
      ["too much", "a\n", "a\nb\n", 2],
      ["nothing", "a\n", "", 1],
    ];
    for (const [what, expected, printed, line] of WRONG) {
      it(`sees ${what}`, () =>
        assert.match(difference(expected, printed) ?? "", new RegExp(`^line ${line}\n`)));
    }
  });

  describe("running a q", () => {
    let folder: string;
    before(() => {
      folder = mkdtempSync(join(tmpdir(), "torchq-"));
    });
    after(() => rmSync(folder, { recursive: true }));

    function run(qbin: string): { code: number | null; text: string } {
      const { status, stdout, stderr } = spawnSync(process.execPath, [RUNNER, SCRIPT], {
        env: { ...process.env, QBIN: qbin },
        encoding: "utf8",
      });
      return { code: status, text: stdout + stderr };
    }

    /** A program that prints a text and ends. */
    function standIn(text: string, code: number): string {
      const path = join(folder, "q.cjs");
      const program = `process.stdout.write(${JSON.stringify(text)});process.exitCode = ${code};`;
      writeFileSync(path, `#!${process.execPath}\n${program}\n`, { mode: 0o755 });
      return path;
    }

    it("passes one that prints the transcript", () => {
      const { code, text } = run(standIn(PRINTED, 0));
      assert.match(text, /ok {3}q\/examples\/start\.q\ntest:q: 1 passed, 0 failed/);
      assert.equal(code, 0);
    });

    it("fails one that prints something else", () => {
      const { code, text } = run(standIn(PRINTED.replace("1b", "0b"), 0));
      assert.match(text, /FAIL q\/examples\/start\.q\n {2}line \d+\n +expected: 1b\n +printed: {2}0b/);
      assert.equal(code, 1);
    });

    it("fails one that ends with an error", () => {
      const { code, text } = run(standIn(PRINTED, 3));
      assert.match(text, /FAIL q\/examples\/start\.q\n.*\n +q ended with 3/);
      assert.equal(code, 1);
    });

    it("fails when there is no such q", () => {
      assert.equal(run(join(folder, "nothing")).code, 1);
    });

    it("says that it skips, and why, without QBIN", () => {
      const { code, text } = run("");
      assert.equal(text, "test:q: skipped, QBIN does not name a q (QBIN=/path/to/q npm run test:q)\n");
      assert.equal(code, 0);
    });
  });
});
