// Everything between `git clone` and a running program: system packages, libtorch, npm packages, the native build, the
// TypeScript build. A step is skipped when nothing that it depends on has changed, so that a set-up with nothing to do
// takes less than a second and every npm script can begin with it. No dependencies: it runs before `npm ci`.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findLibtorch } from "./libtorch.mjs";
import { runMain } from "./main.mjs";
import { hasSlowBlas, installMissing, offerFastBlas } from "./packages.mjs";
import { root, runStep, SetupError, say, stateFolder } from "./progress.mjs";

const OLDEST_NODE = [20, 19];
const stateFile = join(stateFolder, "state.json");
const NATIVE_INPUTS = ["native", "CMakeLists.txt", "scripts/build-native.mjs", "package-lock.json"];
const TS_INPUTS = ["protocol", "server", "test", "tsconfig.json", "package.json", "package-lock.json"];

/**
 * @param {{ lint?: boolean, system?: boolean }} [options] `lint`: also the C++ formatter; `system`: the system's packages
 *   alone, for which the rest of the sources need not be there (Dockerfile)
 */
export async function setUp({ lint = false, system = false } = {}) {
  const start = Date.now();
  checkNode();
  const libtorch = await systemPackages(lint);
  if (system) return;
  // A package that npm has installed comes with its dependencies and its JavaScript.
  const isClone = existsSync(join(root, "package-lock.json"));
  const did = [
    isClone && (await npmPackages()),
    await nativeBuild(libtorch),
    isClone && (await typeScriptBuild()),
  ];
  const time = `${((Date.now() - start) / 1000).toFixed(1)} s`;
  say(
    did.some(Boolean)
      ? `Set-up done in ${time}.`
      : `Set-up: nothing to do (libtorch ${libtorch.version}, ${time}).`,
  );
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]))
    throw new SetupError(
      `Node ${OLDEST_NODE.join(".")} or later is needed, this is ${process.versions.node}.`,
    );
}

async function systemPackages(lint) {
  const before = locate();
  await installMissing({ libtorch: !before.found, lint });
  const { found } = before.found ? before : locate();
  if (!found)
    throw new SetupError(
      "No usable libtorch was found, though one was installed: set LIBTORCH to its folder.",
    );
  // Once for each clone: whoever cannot or will not have it is not asked again.
  if (hasSlowBlas(found) && !readState().blas) {
    await offerFastBlas();
    writeState("blas", "offered");
  }
  return found;
}

function locate() {
  try {
    const result = findLibtorch();
    for (const line of result.passed) say(`  ${line}`);
    return result;
  } catch (error) {
    throw new SetupError(error.message);
  }
}

/** Whether node_modules holds what the lock file says, judged from npm's own record, not from a stamp of ours. */
function npmPackagesAreCurrent() {
  const packages = (file) => {
    const { packages } = JSON.parse(readFileSync(join(root, file), "utf8"));
    return Object.entries(packages).filter(([path]) => path !== "");
  };
  if (!existsSync(join(root, "node_modules/.package-lock.json"))) return false;
  const installed = new Map(packages("node_modules/.package-lock.json"));
  const wanted = new Map(packages("package-lock.json"));
  const same = (path) => installed.get(path)?.integrity === wanted.get(path)?.integrity;
  return (
    [...wanted].every(([path, entry]) => same(path) || (entry.optional && !installed.has(path))) &&
    [...installed.keys()].every((path) => wanted.has(path))
  );
}

/** @returns {Promise<boolean>} whether there was anything to install */
export async function npmPackages() {
  if (npmPackagesAreCurrent()) return false;
  // Started through npm, its own program is known; else it is looked for on the PATH.
  const own = process.env.npm_execpath ?? "";
  const npm = own.endsWith("npm-cli.js") ? [process.execPath, own] : ["npm"];
  await runStep("npm packages", [[...npm, "ci", "--include=dev", "--no-audit", "--no-fund"]]);
  return true;
}

async function nativeBuild(libtorch) {
  // Imported late: it needs packages that npm ci brings.
  const { buildNative, readRegistry } = await import("./build-native.mjs");
  const { size, mtimeMs } = statSync(libtorch.libraries[0]);
  const inputs = hash(NATIVE_INPUTS, [libtorch, size, mtimeMs, process.versions.node, process.env.CXX]);
  const { addon, libtorch: current } = readRegistry();
  const key = `native ${libtorch.folder}`;
  if (readState()[key] === inputs && current === libtorch.folder && existsSync(addon)) return false;
  say(
    `  libtorch ${libtorch.version}: ${libtorch.source}, ${libtorch.folder}${libtorch.cuda ? ", with CUDA" : ""}`,
  );
  await buildNative(libtorch);
  writeState(key, inputs);
  return true;
}

async function typeScriptBuild() {
  const inputs = hash(TS_INPUTS, []);
  if (readState().typescript === inputs && existsSync(join(root, "dist/.tsbuildinfo"))) return false;
  const { buildTypeScript } = await import("./build-ts.mjs");
  await buildTypeScript();
  writeState("typescript", inputs);
  return true;
}

/** A hash of the files below some paths and of some values. */
function hash(paths, values) {
  const sum = createHash("sha256").update(JSON.stringify(values));
  const add = (path) => {
    const full = join(root, path);
    if (!existsSync(full)) return;
    if (statSync(full).isDirectory()) for (const name of readdirSync(full).sort()) add(join(path, name));
    else sum.update(`\0${path}\0`).update(readFileSync(full));
  };
  for (const path of paths) add(path);
  return sum.digest("hex");
}

function readState() {
  try {
    return JSON.parse(readFileSync(stateFile, "utf8"));
  } catch {
    return {};
  }
}

function writeState(name, value) {
  mkdirSync(stateFolder, { recursive: true });
  writeFileSync(stateFile, `${JSON.stringify({ ...readState(), [name]: value }, null, 2)}\n`);
}

await runMain(import.meta.url, () =>
  setUp({ lint: process.argv.includes("--lint"), system: process.argv.includes("--system") }),
);
