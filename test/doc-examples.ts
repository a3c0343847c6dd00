/**
 * How many of the k api documentation's examples give here what their page shows: `node dist/test/doc-examples.js FOLDER
 * PAGE... [--show] [--cpu]`. The pages are not part of this repository; FOLDER holds their .rst files.
 *
 * An example is a line typed at `q)` with the lines below it, up to the next or to the end of its block; what it gives is
 * what a console prints. Numbers are the same where they agree in the digits that the page shows; where there are as many
 * of them, but others, the example is one of random or stored values and counts as alike (`--alike` shows those too).
 * With `--cpu` what a page does on a GPU is done, and taken as shown, on the CPU, which a machine without a GPU needs.
 * Each page has a process of its own, since pages change settings of the process.
 */
import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as k from "../protocol/make.js";
import { text } from "../protocol/view.js";
import { Q } from "./api/rig.js";

interface Example {
  readonly line: number;
  readonly code: string;
  readonly shown: readonly string[];
}

/** Behind what is shown a page may say something. */
const REMARK = /\s+\/.*$/;
/** libtorch's warnings go to the log; the place of an error is the console's own. */
const ASIDE = /^\s*(?:\[W |\[\d+\]|\^$)/;

function examples(page: string): Example[] {
  const all: { line: number; code: string; shown: string[] }[] = [];
  let open: { shown: string[]; indent: number } | undefined;
  page.split("\n").forEach((line, i) => {
    const [, before, code] = /^(\s+)q\)(.*)$/.exec(line) ?? [];
    const indent = /^\s*/.exec(line)![0].length;
    if (code !== undefined) {
      open = { shown: [], indent: before!.length };
      if (code.trim() !== "") all.push({ line: i + 1, code: code.trim(), shown: open.shown });
    } else if (line.trim() === "" || open === undefined) return;
    else if (indent < open.indent) open = undefined;
    else if (!ASIDE.test(line)) open.shown.push(line.replace(REMARK, "").trim());
  });
  return all.map((example) => ({ ...example, shown: example.shown.filter((line) => line !== "") }));
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

/** The line below a table's names is as long as its columns are wide. */
const words = (line: string): string[] => line.split(/[\s;()|,]+/).filter((word) => !/^-*$/.test(word));

/** A line that a page shows, which ends in `..` where its console ended. */
function compareLine(shown: string, given: string): Verdict {
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

function compare(shown: readonly string[], given: readonly string[]): Verdict {
  const all = shown.at(-1) === ".." ? shown.slice(0, -1) : shown;
  const verdicts =
    all.length < shown.length || all.length === given.length
      ? all.map((line, i) => compareLine(line, given[i] ?? ""))
      : [compareLine(all.join(" "), given.join(" "))];
  return verdicts.find((x) => x === "different") ?? verdicts.find((x) => x === "alike") ?? "same";
}

/** What a console shows. */
async function shownBy(q: Q, code: string): Promise<string[]> {
  const answer = await q.send(".torch.run", k.chars(code));
  return (text(answer) ?? "")
    .split("\n")
    .filter((line) => line.trim() !== "" && !ASIDE.test(line))
    .map((line) => line.trim());
}

type Tally = Record<Verdict, number>;

const told = (page: string, { same, alike, different }: Tally): void => {
  const all = same + alike + different;
  const share = (100 * (same + alike)) / all;
  console.log(
    `${page.padEnd(16)} ${all} examples: ${same} same, ${alike} with other numbers, ${different} different; ${share.toFixed(1)} %`,
  );
};

/** What a page says of a GPU, of the CPU. */
const onCpu = (text: string): string => text.replace(/\bcuda(?::\d+)?(?!\w)/g, "cpu");

async function check(folder: string, page: string, show: readonly Verdict[], cpu: boolean): Promise<Tally> {
  const q = new Q();
  await q.value('system"c 2000 2000"');
  const tally = { same: 0, alike: 0, different: 0 };
  const source = readFileSync(join(folder, `${page}.rst`), "utf8");
  for (const { line, code, shown } of examples(cpu ? onCpu(source) : source)) {
    const given = await shownBy(q, code);
    const verdict = compare(shown, given);
    tally[verdict]++;
    if (show.includes(verdict))
      console.log(`${page}:${line} q)${code}\n  shown ${shown.join(" / ")}\n  given ${given.join(" / ")}`);
  }
  q.free();
  told(page, tally);
  return tally;
}

const [folder, ...rest] = process.argv.slice(2);
const pages = rest.filter((name) => !name.startsWith("--"));
if (folder === undefined || pages.length === 0) {
  console.error("usage: node dist/test/doc-examples.js FOLDER PAGE... [--show] [--alike] [--cpu]");
  process.exit(2);
}
if (process.send !== undefined) {
  const show = (["different", "alike"] as const).filter((_, i) => rest.includes(["--show", "--alike"][i]!));
  process.send(await check(folder, pages[0]!, show, rest.includes("--cpu")), () => process.exit(0));
} else {
  const all: Tally = { same: 0, alike: 0, different: 0 };
  for (const page of pages) {
    const child = fork(fileURLToPath(import.meta.url), [
      folder,
      page,
      ...rest.filter((x) => x.startsWith("--")),
    ]);
    child.on("message", (tally: Tally) => {
      for (const verdict of ["same", "alike", "different"] as const) all[verdict] += tally[verdict];
    });
    await new Promise((resolve) => child.on("exit", resolve));
  }
  told("all", all);
}
