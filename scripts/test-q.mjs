// `npm run test:q`: runs the client q/torch.q in a real q. QBIN names the q; without it nothing runs, which is said.
// Each script below is run against a server of its own, and what it prints is compared with the transcript beside it
// (same name, .txt). In a transcript `?` stands for any number. A script's first line may give options for its server
// (`/ server: --idle-timeout 1`).

import { spawn } from "node:child_process";
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

async function main() {
  const qbin = process.env.QBIN;
  if (!qbin) {
    process.stdout.write("test:q: skipped, QBIN does not name a q (QBIN=/path/to/q npm run test:q)\n");
    return 0;
  }
  if (!existsSync(SERVER)) throw new Error("the server is not built: npm run build");
  const only = process.argv.slice(2);
  const scripts = FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith(".q"))
      .map((name) => join(root, folder, name)),
  ).filter((script) => only.length === 0 || only.some((part) => script.includes(part)));
  if (scripts.length === 0) throw new Error("no script to run");
  let failed = 0;
  for (const script of scripts) {
    const wrong = await check(qbin, script);
    process.stdout.write(`${wrong === undefined ? "ok  " : "FAIL"} ${relative(root, script)}\n`);
    if (wrong === undefined) continue;
    failed++;
    process.stdout.write(`  ${wrong}\n`);
  }
  process.stdout.write(`test:q: ${scripts.length - failed} passed, ${failed} failed\n`);
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
