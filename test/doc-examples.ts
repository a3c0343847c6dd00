/**
 * How many of the k api documentation's examples give here what their page shows: `node dist/test/doc-examples.js FOLDER
 * [PAGE...] [--show]`. The pages are not part of this repository; FOLDER holds their .rst files.
 *
 * An example is a line typed at `q)` with the lines below it, up to the next or to a blank one. Numbers are the same where
 * they agree in the digits that the page shows; where there are as many of them, but others, the example is one of random
 * or stored values and counts as alike.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isNull } from "../protocol/values.js";
import { CONSOLE, display } from "../server/language/text/display.js";
import { Q } from "./api/rig.js";

interface Example {
  readonly line: number;
  readonly code: string;
  readonly shown: readonly string[];
}

function examples(text: string): Example[] {
  const all: { line: number; code: string; shown: string[] }[] = [];
  let open: string[] | undefined;
  text.split("\n").forEach((line, i) => {
    const [, code] = /^\s+q\)(.*)$/.exec(line) ?? [];
    if (code !== undefined) {
      open = [];
      if (code.trim() !== "") all.push({ line: i + 1, code: code.trim(), shown: open });
    } else if (line.trim() === "") open = undefined;
    else open?.push(line.trim());
  });
  return all;
}

const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?[efhij]?$/;

/** Half a unit of the last digit that is shown. */
function close(shown: string, given: string): boolean {
  const [a, b] = [Number.parseFloat(shown), Number.parseFloat(given)];
  const [mantissa = "", exponent = "0"] = shown.replace(/[fhij]$/, "").split("e");
  const decimals = mantissa.split(".")[1]?.length ?? 0;
  return Math.abs(a - b) <= 0.6 * 10 ** (Number(exponent) - decimals) + 1e-6 * Math.abs(a);
}

type Verdict = "same" | "alike" | "different";

function compare(shown: readonly string[], given: readonly string[]): Verdict {
  const words = (lines: readonly string[]): string[] =>
    lines
      .join(" ")
      .split(/[\s;()|,]+/)
      .filter((x) => x !== "");
  const [want, got] = [words(shown), words(given)];
  const cut = want.findIndex((word) => word.endsWith(".."));
  const length = cut < 0 ? want.length : cut;
  if (cut < 0 && got.length !== want.length) return "different";
  let verdict: Verdict = "same";
  for (let i = 0; i < length; i++) {
    const [a, b] = [want[i]!, got[i] ?? ""];
    if (a === b || (NUMBER.test(a) && NUMBER.test(b) && close(a, b))) continue;
    if (!NUMBER.test(a) || !NUMBER.test(b)) return "different";
    verdict = "alike";
  }
  return verdict;
}

/** What a console shows; an error as its text behind a quote. */
async function shownBy(q: Q, code: string): Promise<string[]> {
  try {
    const value = await q.value(code.replace(/^show /, "{x} ")); // what show prints goes to the server's console
    return isNull(value) || code.endsWith(";")
      ? []
      : display(value, CONSOLE)
          .split("\n")
          .map((line) => line.trim());
  } catch (error) {
    return [`'${(error as Error).message.split("\n")[0]}`];
  }
}

async function check(folder: string, page: string, show: boolean): Promise<void> {
  const q = new Q();
  const tally = { same: 0, alike: 0, different: 0 };
  const all = examples(readFileSync(join(folder, `${page}.rst`), "utf8"));
  for (const { line, code, shown } of all) {
    // libtorch's warnings go to the log; the place of an error is the console's
    const wanted = shown.filter((text) => !/^\[W |^\[\d+\]|^\^$/.test(text));
    const given = await shownBy(q, code);
    const verdict = compare(
      wanted,
      given.filter((text) => text !== ""),
    );
    tally[verdict]++;
    if (show && verdict === "different")
      console.log(`${page}:${line} q)${code}\n  shown ${wanted.join(" / ")}\n  given ${given.join(" / ")}`);
  }
  q.free();
  const share = (100 * (tally.same + tally.alike)) / all.length;
  console.log(
    `${page.padEnd(16)} ${all.length} examples: ${tally.same} same, ${tally.alike} with other numbers, ${tally.different} different; ${share.toFixed(1)} %`,
  );
}

const [folder, ...rest] = process.argv.slice(2);
const pages = rest.filter((name) => !name.startsWith("--"));
if (folder === undefined || pages.length === 0) {
  console.error("usage: node dist/test/doc-examples.js FOLDER PAGE... [--show]");
  process.exit(2);
}
for (const page of pages) await check(folder, page, rest.includes("--show"));
process.exit(0);
