// `npm run test:q`: runs the client q/torch.q in a real q. QBIN names the q; without it nothing runs, which is said.
// Each script below is run against a server of its own, and what it prints is compared with the transcript beside it
// (same name, .txt). In a transcript `?` stands for any number. A script's first line may give options for its server
// (`/ server: --idle-timeout 1`).

import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { root } from "./progress.mjs";

const FOLDERS = ["q/examples", "test/q"];
const SERVER = join(root, "dist/server/main.js");
/** Milliseconds that a script may take, and a server until it listens. */
const LIMIT = 120_000;

/** A number as q prints it, alone or in a vector. */
const NUMBER = /^,?-?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?[hijef]?$/;

/** Whether a printed line is what the transcript's line says. Spaces count only where the line has no `?`. */
export function sameLine(expected, printed) {
  if (!expected.includes("?")) return expected === printed;
  const wanted = expected.trim().split(/\s+/);
  const words = printed.trim().split(/\s+/);
  return (
    wanted.length === words.length &&
    wanted.every((w, i) => (w === "?" ? NUMBER.test(words[i]) : w === words[i]))
  );
}

const lines = (text) => text.trimEnd().split(/\r?\n/);

/** The first difference, as text; undefined where there is none. */
export function difference(expected, printed) {
  const wanted = lines(expected);
  const got = lines(printed);
  for (let i = 0; i < Math.max(wanted.length, got.length); i++) {
    if (wanted[i] !== undefined && got[i] !== undefined && sameLine(wanted[i].trimEnd(), got[i].trimEnd()))
      continue;
    return `line ${i + 1}\n    expected: ${wanted[i] ?? "(the end)"}\n    printed:  ${got[i] ?? "(the end)"}`;
  }
  return undefined;
}

/** Starts a server on a free port. */
function startServer(options) {
  const server = spawn(process.execPath, [SERVER, "-p", "0", "--log-level", "warn", ...options], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  server.stderr.on("data", (chunk) => (log += chunk));
  return new Promise((resolve, reject) => {
    const fail = (what) => {
      server.kill();
      reject(new Error(`the server ${what}\n${log}`));
    };
    const timer = setTimeout(() => fail("does not listen"), LIMIT);
    server.on("error", (error) => fail(error.message));
    server.on("exit", (code) => fail(`ended with code ${code}`));
    createInterface({ input: server.stdout }).on("line", (line) => {
      const port = /^torchq: listening on \S*:(\d+)/.exec(line)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve({ server, port });
    });
  });
}

/** Runs a q script from the folder q/, where torch.q lies. */
function runQ(qbin, script, port) {
  // -classic is PeachQ's switch to q's own display; kdb+ leaves it to the script, which does not look at it.
  const args = [relative(join(root, "q"), script), "-torch", `localhost:${port}`, "-q", "-classic"];
  const q = spawn(qbin, args, { cwd: join(root, "q"), stdio: ["ignore", "pipe", "pipe"], timeout: LIMIT });
  let printed = "";
  let errors = "";
  q.stdout.on("data", (chunk) => (printed += chunk));
  q.stderr.on("data", (chunk) => (errors += chunk));
  return new Promise((resolve, reject) => {
    q.on("error", reject);
    q.on("close", (code, signal) => resolve({ printed, errors, code: code ?? signal }));
  });
}

/** What is wrong with a script's run; undefined when nothing is. */
async function check(qbin, script) {
  const transcript = script.replace(/\.q$/, ".txt");
  if (!existsSync(transcript)) return `there is no ${relative(root, transcript)}`;
  const options = /^\/ server: (.*)/.exec(readFileSync(script, "utf8"))?.[1].split(/\s+/) ?? [];
  const { server, port } = await startServer(options);
  try {
    const { printed, errors, code } = await runQ(qbin, script, port);
    const found = difference(readFileSync(transcript, "utf8"), printed);
    if (found === undefined && code === 0) return undefined;
    return [found ?? "all lines are as expected", `q ended with ${code}`, errors.trimEnd()].join("\n  ");
  } finally {
    server.removeAllListeners("exit");
    server.kill();
  }
}

/** README's q session: what is typed and, between, what is printed. */
export function session(readme) {
  const [, text] = /^## A q session$([\s\S]*?)^## /m.exec(readme);
  const shown = text.split("\n").filter((line) => line.startsWith("    "));
  const is = (line) => line.startsWith("    q)");
  return {
    typed: shown.filter(is).map((line) => line.slice(6)),
    printed: shown.filter((line) => !is(line)).map((line) => line.slice(4)),
  };
}

/** What a q prints for piped lines, without the lines themselves, which PeachQ repeats and kdb+ does not. */
const answers = (out) => out.replaceAll(/^q\).*(\n|$)/gm, "");

/** Types README's session into a q, with this server's port for the one in it. */
async function checkReadme(qbin) {
  const { typed, printed } = session(readFileSync(join(root, "README.md"), "utf8"));
  const { server, port } = await startServer([]);
  try {
    const q = spawn(qbin, ["-q", "-classic"], { cwd: root, stdio: ["pipe", "pipe", "pipe"], timeout: LIMIT });
    let out = "";
    let errors = "";
    q.stdout.on("data", (chunk) => (out += chunk));
    q.stderr.on("data", (chunk) => (errors += chunk));
    q.stdin.end(`${typed.join("\n").replaceAll("5020", port)}\nexit 0\n`);
    await new Promise((resolve, reject) => q.on("error", reject).on("close", resolve));
    const found = difference(printed.join("\n"), answers(out));
    return found === undefined ? undefined : `${found}\n  ${errors.trimEnd()}`;
  } finally {
    server.removeAllListeners("exit");
    server.kill();
  }
}

/**
 * A handle is a one-item general list, which kdb+ keeps. Whether this q does: PeachQ 0.78 makes a vector of one that it
 * reads, and so can hold no handle.
 */
function keepsHandles(qbin) {
  const bytes = "0x0100000017000000000001000000f90700000000000000";
  const { stdout } = spawnSync(qbin, ["-q"], {
    input: `type -9!${bytes}\nexit 0\n`,
    encoding: "utf8",
    timeout: LIMIT,
  });
  return answers(stdout ?? "").trim() !== "7h";
}

async function main() {
  const qbin = process.env.QBIN;
  if (!qbin) {
    process.stdout.write("test:q: skipped, QBIN does not name a q (QBIN=/path/to/q npm run test:q)\n");
    return 0;
  }
  if (!existsSync(SERVER)) throw new Error("the server is not built: npm run build");
  if (!keepsHandles(qbin)) {
    process.stdout.write(
      "test:q: this q reads a one-item general list as a vector, so it can hold no handle; nothing here can pass\n",
    );
    return 1;
  }
  const only = process.argv.slice(2);
  const scripts = FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith(".q"))
      .map((name) => join(root, folder, name)),
  ).filter((script) => only.length === 0 || only.some((part) => script.includes(part)));
  const checks = scripts.map((script) => [relative(root, script), () => check(qbin, script)]);
  if (only.length === 0 || only.includes("README")) checks.push(["README.md", () => checkReadme(qbin)]);
  if (checks.length === 0) throw new Error("no script to run");
  let failed = 0;
  for (const [name, run] of checks) {
    const wrong = await run();
    process.stdout.write(`${wrong === undefined ? "ok  " : "FAIL"} ${name}\n`);
    if (wrong === undefined) continue;
    failed++;
    process.stdout.write(`  ${wrong}\n`);
  }
  process.stdout.write(`test:q: ${checks.length - failed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main().then(
    (code) => process.exit(code),
    (error) => {
      process.stderr.write(`test:q: ${error.message}\n`);
      process.exit(1);
    },
  );
}
