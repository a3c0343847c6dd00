// Finds a libtorch and tells what a build against it needs. Order: the LIBTORCH variable, python3's torch package, the
// system's packages. Nothing of it is run or imported: its folders, headers and libraries are read.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/** Debian's name for this machine's library folder. */
const TRIPLETS = { x64: "x86_64-linux-gnu", arm64: "aarch64-linux-gnu" };
/** Value of `__cplusplus` → name of the standard, for headers that refuse an older one. */
const STANDARDS = { 201402: 14, 201703: 17, 202002: 20, 202302: 23 };
const OLDEST = [1, 13];
/** Folders the compiler searches by itself: naming them again would break `#include_next`. */
const IMPLICIT_INCLUDES = ["/usr/include", "/usr/local/include"];

/**
 * @typedef {object} Libtorch
 * @property {string} folder       what LIBTORCH would name: the unpacked libtorch, the torch package, or /usr
 * @property {string} source       where it was found, in words
 * @property {string} version      e.g. "2.6.0"
 * @property {string[]} includes   header folders to add
 * @property {string[]} libraries  full paths to link
 * @property {string[]} rpath      folders with the libraries and those that they need in turn
 * @property {number} standard     C++ standard its headers ask for, at least 17
 * @property {0 | 1} cxx11Abi      its _GLIBCXX_USE_CXX11_ABI
 * @property {boolean} cuda        whether libtorch_cuda is there and can be loaded on this machine
 */

/**
 * @returns {{ found?: Libtorch, passed: string[] }} `passed` says why an earlier place did not do.
 * @throws {Error} when LIBTORCH is set but names no usable libtorch
 */
export function findLibtorch(env = process.env) {
  const passed = [];
  if (env.LIBTORCH) {
    const found = describe(env.LIBTORCH, "LIBTORCH");
    if (typeof found === "string") throw new Error(`LIBTORCH=${env.LIBTORCH}: ${found}`);
    return { found, passed };
  }
  const places = [
    [pythonTorch(), "python3's torch package"],
    ["/usr", "the system's libtorch"],
  ];
  for (const [folder, source] of places) {
    if (!folder) continue;
    const found = describe(folder, source);
    if (typeof found !== "string") return { found, passed };
    if (source !== "the system's libtorch") passed.push(`${source} in ${folder} passed over: ${found}`);
  }
  return { passed };
}

/** The folder of python3's torch package, found without importing it (that takes seconds). */
function pythonTorch() {
  const code =
    "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')";
  const answer = spawnSync("python3", ["-c", code], { encoding: "utf8", cwd: "/", timeout: 20_000 });
  return answer.status === 0 ? answer.stdout.trim() : "";
}

/** @returns {Libtorch | string} the libtorch in a folder, or why there is none that will do */
function describe(given, source) {
  if (!existsSync(given)) return "there is no such folder";
  const folder = realpathSync(given);
  const include = join(folder, "include");
  const api = join(include, "torch/csrc/api/include");
  const libDir = ["lib", `lib/${TRIPLETS[process.arch]}`, "lib64"]
    .map((name) => join(folder, name))
    .find((dir) => existsSync(join(dir, "libtorch_cpu.so")));
  if (!libDir)
    return "it holds no lib/libtorch_cpu.so (an unpacked libtorch or a Python torch package folder does)";
  if (!existsSync(join(api, "torch/all.h")))
    return "it holds no C++ headers (include/torch/csrc/api/include)";

  const version = headerVersion(include);
  if (!version) return "its headers tell no version";
  const [major, minor] = version.split(".").map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
    return `its version is ${version}, ${OLDEST.join(".")} or later is needed`;

  const rpath = [libDir, ...siblingFolders(folder)];
  const lib = (name) => join(libDir, `lib${name}.so`);
  const missing = unresolved(lib("torch_cpu"), rpath);
  if (missing.length > 0)
    return `its libtorch_cpu.so needs ${missing.join(", ")}, which is not on this machine`;

  // A CUDA build on a machine without CUDA's libraries serves as a CPU build.
  const cuda = ["c10_cuda", "torch_cuda"].map(lib);
  const cudaLoads = cuda.every((path) => existsSync(path) && unresolved(path, rpath).length === 0);
  return {
    folder,
    source,
    version,
    includes: [include, api].filter((dir) => !IMPLICIT_INCLUDES.includes(dir)),
    libraries: [lib("torch_cpu"), lib("c10"), ...(cudaLoads ? cuda : [])],
    rpath,
    standard: headerStandard(include, api),
    cxx11Abi: cxx11Abi(lib("c10")),
    cuda: cudaLoads,
  };
}

function headerVersion(include) {
  // 2.9 moved the numbers from the first file to the second.
  const files = ["torch/csrc/api/include/torch/version.h", "torch/headeronly/version.h"];
  for (const file of files.map((name) => join(include, name))) {
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    const parts = ["MAJOR", "MINOR", "PATCH"].map(
      (part) => text.match(new RegExp(`define TORCH_VERSION_${part} (\\d+)`))?.[1],
    );
    if (parts.every((part) => part !== undefined)) return parts.join(".");
  }
  return undefined;
}

/** The headers say `#if ... __cplusplus < 202002L` and `#error`: the number is the standard they need. */
function headerStandard(include, api) {
  const needed = [join(include, "ATen/ATen.h"), join(api, "torch/all.h")].flatMap((file) =>
    existsSync(file) ? [...readFileSync(file, "utf8").matchAll(/__cplusplus < (\d{6})L/g)] : [],
  );
  return Math.max(17, ...needed.map((match) => STANDARDS[match[1]] ?? 17));
}

/** Wheels before 2.6 were built with libstdc++'s old strings; the mangled names in libc10 tell. */
function cxx11Abi(libc10) {
  return /_ZN3c10\w*NSt7__cxx1112basic_string/.test(readFileSync(libc10, "latin1")) ? 1 : 0;
}

/** The library folders of NVIDIA's Python packages, which lie beside a CUDA wheel's torch folder. */
function siblingFolders(folder) {
  const nvidia = join(dirname(folder), "nvidia");
  if (!existsSync(nvidia)) return [];
  return readdirSync(nvidia)
    .sort()
    .map((name) => join(nvidia, name, "lib"))
    .filter((dir) => existsSync(dir) && statSync(dir).isDirectory());
}

/** Names of the libraries that the loader would not find. */
function unresolved(library, rpath) {
  const env = {
    ...process.env,
    LD_LIBRARY_PATH: [...rpath, process.env.LD_LIBRARY_PATH].filter(Boolean).join(":"),
  };
  const answer = spawnSync("ldd", [library], { encoding: "utf8", env, maxBuffer: 1 << 24 });
  if (answer.error) return [];
  return [...new Set([...answer.stdout.matchAll(/^\s*(\S+) => not found/gm)].map((match) => match[1]))];
}
