// Builds the addon: cmake is called directly, with the header folders of node-api-headers and node-addon-api. (cmake-js
// would do the same through forty more packages, and its own choice of headers needs a download.)
//
// Each libtorch has a build folder of its own. build/current.json names the addon last built, and in `builds`, by
// libtorch folder, all of them; the server reads it, so that LIBTORCH at run time picks another build.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { findLibtorch } from "./libtorch.mjs";
import { runMain } from "./main.mjs";
import { onPath } from "./packages.mjs";
import { root, runStep, SetupError, say } from "./progress.mjs";

const require = createRequire(import.meta.url);
const registry = join(root, "build/current.json");

/** A compiler process on libtorch's headers takes up to this much memory. */
const COMPILER_BYTES = 2 ** 31;

/** Both packages tell their header folders themselves, but one does so relative to the working folder. */
const packageFolder = (name, below) => join(dirname(require.resolve(`${name}/package.json`)), below);

function buildFolder(libtorch, sanitize) {
  const place = createHash("sha256").update(libtorch.folder).digest("hex").slice(0, 6);
  const kind = sanitize ? `-${sanitize.replaceAll(",", "-")}` : "";
  return join(root, `build/libtorch-${libtorch.version}-${place}${kind}`);
}

/**
 * @param {import("./libtorch.mjs").Libtorch} libtorch
 * @param {string} sanitize sanitizers such as "address,undefined", or ""; such a build is listed, never made current
 * @returns {Promise<string>} the addon's path
 */
export async function buildNative(libtorch, sanitize = "") {
  const folder = buildFolder(libtorch, sanitize);
  const addon = join(folder, "torchq.node");
  const headers = [packageFolder("node-api-headers", "include"), packageFolder("node-addon-api", "")];
  const settings = {
    CMAKE_BUILD_TYPE: "Release",
    NODE_INCLUDE_DIRS: headers.join(";"),
    TORCH_INCLUDE_DIRS: libtorch.includes.join(";"),
    TORCH_LIBRARIES: libtorch.libraries.join(";"),
    TORCH_RPATH: libtorch.rpath.join(";"),
    TORCH_CXX_STANDARD: libtorch.standard,
    TORCH_CXX11_ABI: libtorch.cxx11Abi,
    TORCHQ_SANITIZE: sanitize,
    TORCHQ_WERROR: process.env.CI === "true" ? "ON" : "OFF",
    TORCHQ_CCACHE: onPath("ccache") ?? "",
  };
  const jobs = Math.max(1, Math.min(availableParallelism(), Math.floor(totalmem() / COMPILER_BYTES)));
  await runStep(`Native build (libtorch ${libtorch.version}${sanitize ? `, ${sanitize}` : ""})`, [
    [
      "cmake",
      ...["-S", root, "-B", folder, "-G", "Unix Makefiles"],
      ...Object.entries(settings).map(([name, value]) => `-D${name}=${value}`),
    ],
    ["cmake", "--build", folder, "--parallel", process.env.CMAKE_BUILD_PARALLEL_LEVEL ?? String(jobs)],
  ]);
  if (!sanitize) checkLoads(addon, libtorch);
  register(addon, libtorch, sanitize);
  return addon;
}

/** A library that is missing at run time is told now, not at the server's first start. */
function checkLoads(addon, libtorch) {
  const answer = spawnSync(process.execPath, ["-e", "require(process.argv[1])", addon], { encoding: "utf8" });
  if (answer.status !== 0)
    throw new SetupError(
      `The addon was built against libtorch in ${libtorch.folder} but does not load:\n${answer.stderr}`,
    );
}

export function readRegistry() {
  try {
    return JSON.parse(readFileSync(registry, "utf8"));
  } catch {
    return { builds: {} };
  }
}

function register(addon, libtorch, sanitize) {
  const { folder, version, cuda } = libtorch;
  const entry = { addon, libtorch: folder, version, cuda };
  const before = readRegistry();
  const builds = { ...before.builds, [sanitize ? `${folder}#${sanitize}` : folder]: entry };
  const current = sanitize ? before : entry;
  mkdirSync(join(root, "build"), { recursive: true });
  // Renamed into place, so that a server that starts meanwhile never reads half a file.
  writeFileSync(`${registry}.new`, `${JSON.stringify({ ...current, builds }, null, 2)}\n`);
  renameSync(`${registry}.new`, registry);
}

await runMain(import.meta.url, async () => {
  const { found, passed } = findLibtorch();
  for (const line of passed) say(`  ${line}`);
  if (!found)
    throw new SetupError(
      "No libtorch was found: `npm run setup` installs it, or set LIBTORCH to its folder.",
    );
  say(`  libtorch ${found.version}: ${found.source}, ${found.folder}`);
  say(`  ${await buildNative(found, process.env.TORCHQ_SANITIZE ?? "")}`);
});
