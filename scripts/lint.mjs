// `npm run lint` (biome, tsc, clang-format: no warning is let through) and `npm run format` (--write: biome and
// clang-format change the files). `--all` makes a missing clang-format an error, as CI needs it.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "./lock.mjs";
import { orExit } from "./main.mjs";
import { CLANG_FORMAT, onPath } from "./packages.mjs";
import { root, stateFolder } from "./progress.mjs";
import { npmPackages } from "./setup.mjs";

const write = process.argv.includes("--write");
const all = process.argv.includes("--all");
const failed = [];

function check(name, command, args) {
  process.stdout.write(`${name}\n`);
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) failed.push(error ? `${name} (${error.message})` : name);
}

/** The path of the clang-format of the version that we format with. */
function clangFormat() {
  const named = onPath(CLANG_FORMAT);
  if (named) return named;
  const version = CLANG_FORMAT.split("-").at(-1);
  const text = spawnSync("clang-format", ["--version"], { encoding: "utf8" }).stdout ?? "";
  return text.includes(` version ${version}.`) ? "clang-format" : undefined;
}

function nativeFiles() {
  const folder = join(root, "native");
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .filter((name) => /\.(cc|h)$/.test(name))
    .map((name) => join("native", name));
}

await orExit(() => withLock(npmPackages));
mkdirSync(stateFolder, { recursive: true });

const node = (script) => join(root, "node_modules", script);
check("biome", process.execPath, [
  node("@biomejs/biome/bin/biome"),
  ...["check", "--error-on-warnings", ...(write ? ["--write"] : []), "."],
]);
if (!write) {
  // A build information file of its own, as nothing is emitted here.
  const info = join(stateFolder, "lint.tsbuildinfo");
  check("tsc", process.execPath, [
    node("typescript/bin/tsc"),
    "-p",
    root,
    "--noEmit",
    "--tsBuildInfoFile",
    info,
  ]);
}
const formatter = clangFormat();
const files = nativeFiles();
if (formatter) check("clang-format", formatter, [...(write ? ["-i"] : ["--dry-run", "-Werror"]), ...files]);
else {
  const text = `clang-format: SKIPPED, native/ was not checked: ${CLANG_FORMAT} is not installed (npm run setup -- --lint installs it)`;
  process.stdout.write(`${text}\n`);
  if (all) failed.push("clang-format is missing");
}

if (failed.length > 0) {
  process.stderr.write(`\nlint failed: ${failed.join(", ")}\n`);
  process.exit(1);
}
