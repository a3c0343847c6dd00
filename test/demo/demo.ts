/**
 * `npm run demo`: starts a server on a free loopback port, types the freeze page's examples into it as the console does (text
 * over a kdb+ connection), prints each line and its answer as a q console would, and compares with what the page shows.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { realComponents } from "../../server/components.js";
import { openRemote, type Remote } from "../../server/console/remote.js";
import { packageFolder } from "../../server/engine/addon.js";
import { start } from "../../server/index.js";
import { makeLog } from "../../server/log.js";
import { tick } from "./tick.js";

interface Example {
  readonly input: string;
  readonly expected: string;
  readonly random: boolean;
}

/** Reads a transcript: a comment line, a `q)` line, or a line of the answer to the `q)` line above. */
function examples(file: string): Example[] {
  const result: { input: string; lines: string[]; random: boolean }[] = [];
  let random = false;
  for (const line of readFileSync(file, "utf8").split("\n")) {
    if (line.startsWith("/")) random = line.startsWith("/ random");
    else if (line.startsWith("q)")) {
      result.push({ input: line.slice(2), lines: [], random });
      random = false;
    } else if (line !== "") result.at(-1)!.lines.push(line.trimEnd());
  }
  return result.map(({ input, lines, random }) => ({ input, expected: lines.join("\n"), random }));
}

/** Random numbers are compared by their form: as many rows, as many numbers in each. */
const form = (text: string): string => text.replace(/-?\d[\d.e-]*/g, "#").replace(/ +/g, " ");

function agrees({ expected, random }: Example, shown: string): boolean {
  return random ? form(shown) === form(expected) : shown === expected;
}

/** What the console prints for a line, without the spaces at the ends of lines. */
async function typed(console: Remote, input: string): Promise<string> {
  const lines = (await console.print(input)).split("\n");
  return lines
    .map((line) => line.trimEnd())
    .join("\n")
    .trimEnd();
}

async function main(): Promise<number> {
  const server = await start(
    { addresses: [{ host: "127.0.0.1", port: 0 }] },
    { ...realComponents({ callTimeout: Number.POSITIVE_INFINITY }), log: makeLog("warn") },
  );
  const remote = await openRemote({ host: "127.0.0.1", port: server.ports[0]! });
  let different = 0;
  const all = examples(join(packageFolder(), "test/demo/freeze.txt"));
  for (const example of all) {
    const shown = await typed(remote, example.input);
    console.log(`q)${example.input}`);
    if (shown !== "") console.log(shown);
    if (!agrees(example, shown)) {
      different++;
      console.log(`  ^ the page shows:\n${example.expected}`);
    }
  }
  await remote.close();
  await server.close();
  console.log(`\n${all.length - different} of ${all.length} examples as the page shows them`);
  return different === 0 ? 0 : 1;
}

const [which, seconds = "60"] = process.argv.slice(2);
process.exitCode = which === "tick" ? await tick(Number(seconds)) : await main();
