// The system packages that a build needs: what is missing, and its installation where that is allowed.

import { spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { runStep, SetupError, say } from "./progress.mjs";

const OLDEST_CMAKE = [3, 18];
/** Formatters differ from version to version: this one is packaged for Debian 12 and 13 alike. */
export const CLANG_FORMAT = "clang-format-19";

export function onPath(name) {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .map((dir) => join(dir, name))
    .find((file) => existsSync(file));
}

function cmakeIsOld() {
  const text = spawnSync("cmake", ["--version"], { encoding: "utf8" }).stdout ?? "";
  const [major, minor] = (text.match(/(\d+)\.(\d+)/) ?? [0, 0, 0]).slice(1).map(Number);
  return major < OLDEST_CMAKE[0] || (major === OLDEST_CMAKE[0] && minor < OLDEST_CMAKE[1]);
}

/** What a build needs, in the user's words, the Debian package that has it, and whether it is missing. */
const NEEDS = [
  { what: "g++", package: "g++", missing: () => !process.env.CXX && !onPath("g++") && !onPath("c++") },
  {
    what: `cmake ${OLDEST_CMAKE.join(".")} or later`,
    package: "cmake",
    missing: () => !onPath("cmake") || cmakeIsOld(),
  },
  { what: "make", package: "make", missing: () => !onPath("make") },
];

/** Debian's libtorch takes any BLAS; left alone it gets netlib's reference, in which a product takes 20 to 40 times as long. */
const BLAS = "libopenblas0-pthread";
const UPDATE = ["apt-get", "update"];
const installation = (packages) => ["apt-get", "install", "-y", "--no-install-recommends", ...packages];

/**
 * Installs what is missing with apt-get, or says in one message which command does.
 * @param {{ libtorch: boolean, lint: boolean }} also whether libtorch is missing, whether the C++ formatter is wanted
 * @throws {SetupError} the message, where this process may not install
 */
export async function installMissing(also) {
  const needs = NEEDS.filter((need) => need.missing());
  if (also.libtorch) needs.push({ what: "libtorch 1.13 or later", package: "libtorch-dev" });
  if (also.lint && !onPath(CLANG_FORMAT)) needs.push({ what: CLANG_FORMAT, package: CLANG_FORMAT });
  if (needs.length === 0) return;

  const packages = needs.map((need) => need.package);
  if (also.libtorch) packages.push(BLAS);
  // Not needed, but a second clone's build then takes seconds: fetched along with the rest.
  if (!onPath("ccache")) packages.push("ccache");
  const install = installation(packages);
  const what = needs.map((need) => need.what).join(", ");

  if (!onPath("apt-get")) throw new SetupError(withoutApt(what, needs));
  const prefix = rootPrefix();
  if (!prefix)
    throw new SetupError(
      `Set-up needs ${what}, and may not install it: this is not root, and sudo asks for a password. Run\n\n` +
        `  sudo ${UPDATE.join(" ")} && sudo ${install.join(" ")}\n\nand then the same command again.`,
    );
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await runStep(
    `System packages (${packages.join(", ")})`,
    [UPDATE, install].map((command) => [...prefix, ...command]),
    {
      env,
      hint: also.libtorch
        ? "If this system packages no libtorch, unpack one and set LIBTORCH to its folder."
        : "",
    },
  );
}

/** Whether a system's libtorch gets netlib's reference BLAS. @param {import("./libtorch.mjs").Libtorch} libtorch */
export function hasSlowBlas({ folder, libraries }) {
  const blas = join(dirname(libraries[0]), "libblas.so.3");
  return folder === "/usr" && existsSync(blas) && /\/blas\/libblas/.test(realpathSync(blas));
}

/** Installs a fast BLAS, or says which command does: everything works without it too, so nothing fails. */
export async function offerFastBlas() {
  const prefix = onPath("apt-get") && rootPrefix();
  try {
    if (!prefix) throw new SetupError("this is not root, or there is no apt-get");
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const commands = [UPDATE, installation([BLAS])].map((command) => [...prefix, ...command]);
    await runStep(`A fast BLAS (${BLAS})`, commands, { env });
  } catch {
    say(`  Matrix products are slow with this system's BLAS. Remedy: sudo apt-get install ${BLAS}`);
  }
}

/** What goes before a command that needs root, or undefined when this process may not run one. */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  const mayWithoutPassword =
    onPath("sudo") && spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0;
  return mayWithoutPassword ? ["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive"] : undefined;
}

function withoutApt(what, needs) {
  const others = needs.filter((need) => need.package !== "libtorch-dev").map((need) => need.what);
  const tools = others.length > 0 ? `Install ${others.join(", ")} with this system's package manager. ` : "";
  const torch =
    others.length < needs.length
      ? "For libtorch run\n\n  python3 -m pip install torch\n\n(or unpack one and set LIBTORCH to its folder), "
      : "";
  return `Set-up needs ${what}, and there is no apt-get to install it. ${tools}${torch}then run the same command again.`;
}
