/** The programs that are measured, each a process of its own. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { addonPath } from "../../server/engine/addon.js";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
/** Milliseconds in which a program must say where it listens. */
const PATIENCE = 60_000;
// Each program adds a listener, so that none outlives this one.
process.setMaxListeners(50);

export interface Program {
  readonly port: number;
  readonly pid: number;
  end(): Promise<void>;
}

async function program(name: string, args: readonly string[]): Promise<Program> {
  const child: ChildProcess = spawn(process.execPath, [path(name), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  process.once("exit", () => child.kill("SIGKILL"));
  const port = await new Promise<number>((resolve, reject) => {
    let out = "";
    const timer = setTimeout(() => reject(new Error(`${name} does not say where it listens`)), PATIENCE);
    child.stdout!.on("data", (chunk) => {
      out += chunk;
      const found = /listening on \S+?:(\d+)/.exec(out)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(Number(found));
    });
    ended.then(() => reject(new Error(`${name} ended at once`)));
  });
  return {
    port,
    pid: child.pid!,
    end: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** A torchq server on a free port. */
export const torchq = (...args: string[]): Promise<Program> =>
  program("../../server/main.js", ["-p", "0", "--unix", "off", "--log-level", "warn", ...args]);

/** @param bytes what each reply is, where the client looks into it */
export const floor = (
  request: number,
  reply: number,
  bytes: Uint8Array = new Uint8Array(0),
): Promise<Program> =>
  program("floor.js", [
    String(request),
    String(reply),
    ...(bytes.length > 0 ? [Buffer.from(bytes).toString("hex")] : []),
  ]);

/** Builds a floor in C or C++, a target of CMakeLists.txt, with the addon's own build folder and compiler. @returns the program */
export async function built(target: string): Promise<string> {
  const folder = dirname(addonPath());
  await promisify(execFile)("cmake", ["--build", folder, "--target", target]);
  return join(folder, target);
}

/** A number of kilobytes from /proc/PID/status, as bytes: VmRSS is resident now, VmHWM has been at most. */
export function resident(pid: number, what: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`${what}:\\s*(\\d+) kB`).exec(status)?.[1]) * 1024;
}

/** The fields of /proc/PID/stat from the third on: the name in the second may hold blanks, but no bracket after its last. */
const statOf = (pid: number): readonly string[] =>
  readFileSync(`/proc/${pid}/stat`, "utf8").split(")").at(-1)!.trim().split(" ");

/** Seconds of processor time that a process has used, in steps of a hundredth. */
export function processorTime(pid: number): number {
  const fields = statOf(pid);
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Pages that a process has touched for the first time, or again. */
export function pageFaults(pid: number): number {
  return Number(statOf(pid)[7]);
}
