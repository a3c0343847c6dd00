// Compiles the TypeScript. Output whose source is gone is removed first: mocha would run the tests of a deleted file.

import { chmodSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { runMain } from "./main.mjs";
import { root, runStep } from "./progress.mjs";

const out = join(root, "dist");
const OUTPUT = /\.(js|d\.ts)$/;
/** Run as a program by `npx torchq`. */
const program = join(out, "server/main.js");

function removeStale() {
  if (!existsSync(out)) return;
  for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (!entry.isFile() || !OUTPUT.test(file)) continue;
    const source = join(root, relative(out, file).replace(OUTPUT, ".ts"));
    if (!existsSync(source)) rmSync(file);
  }
}

export async function buildTypeScript() {
  removeStale();
  await runStep("TypeScript build", [
    [process.execPath, join(root, "node_modules/typescript/bin/tsc"), "-p", root],
  ]);
  if (existsSync(program)) chmodSync(program, 0o755);
}

await runMain(import.meta.url, buildTypeScript);
