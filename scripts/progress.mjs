// Runs the commands of a set-up step and shows that they live: on a terminal one line that is rewritten, elsewhere a
// line every ten seconds. All output goes to a log in .setup/, of which a failure prints the end.

import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
export const stateFolder = join(root, ".setup");

/** A failure whose message is all that the user needs: no stack is printed for it. */
export class SetupError extends Error {}

/** Set-up speaks on standard error: standard output belongs to the job that follows. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

const seconds = (since) => ((Date.now() - since) / 1000).toFixed(0);

/**
 * @param {string} label what the step does, for the user
 * @param {string[][]} commands run one after another
 * @param {{ env?: NodeJS.ProcessEnv, hint?: string }} [options] `hint` ends the message of a failure
 */
export async function runStep(label, commands, { env = process.env, hint = "" } = {}) {
  mkdirSync(stateFolder, { recursive: true });
  const logFile = join(
    stateFolder,
    `${label
      .replace(/[^\w.]+/g, "-")
      .replace(/-$/, "")
      .toLowerCase()}.log`,
  );
  const log = createWriteStream(logFile);
  const start = Date.now();
  const show = display(label, start);
  try {
    for (const command of commands) await runOne(command, env, log, show.line);
  } catch (error) {
    show.end();
    log.end();
    throw new SetupError(
      `${excerpt(readFileSync(logFile, "utf8"))}\n\n${label} failed: ${error.message}. The whole log: ${logFile}\n${hint}`.trimEnd(),
    );
  }
  log.end();
  show.end();
  say(`  ${label}: done in ${seconds(start)} s`);
}

/** Compilers name the cause last, npm first: both ends of a long log. */
function excerpt(text, first = 15, last = 40) {
  const lines = text.trimEnd().split("\n");
  if (lines.length <= first + last) return lines.join("\n");
  return [...lines.slice(0, first), "  …", ...lines.slice(-last)].join("\n");
}

function display(label, start) {
  const tty = process.stderr.isTTY;
  let last = "";
  const draw = () => {
    const text = `  ${label} … ${seconds(start)} s  ${last}`;
    if (tty) process.stderr.write(`\r\u001b[K${text.slice(0, (process.stderr.columns ?? 80) - 1)}`);
    else say(text.slice(0, 160));
  };
  const timer = setInterval(draw, tty ? 250 : 10_000);
  return {
    line: (text) => {
      last = text;
    },
    end: () => {
      clearInterval(timer);
      if (tty) process.stderr.write("\r\u001b[K");
    },
  };
}

function runOne([command, ...args], env, log, onLine) {
  return new Promise((done, fail) => {
    log.write(`$ ${[command, ...args].join(" ")}\n`);
    const child = spawn(command, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    const stop = () => child.kill();
    process.once("exit", stop);
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (chunk) => {
        log.write(chunk);
        const lines = chunk.split(/[\r\n]/).filter((line) => line.trim() !== "");
        if (lines.length > 0)
          onLine(
            lines
              .at(-1)
              .replace(/\u001b\[[0-9;]*[a-zA-Z]/g, "")
              .trim(),
          );
      });
    child.on("error", (error) => fail(new Error(`${command} could not be started (${error.message})`)));
    child.on("close", (code, signal) => {
      process.off("exit", stop);
      if (code === 0) done();
      // The log is read back by the failure's message: wait until it is written.
      else log.write("", () => fail(new Error(`${command} ended with ${signal ?? `code ${code}`}`)));
    });
  });
}
