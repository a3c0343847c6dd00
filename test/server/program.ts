/** The program as a process of its own. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import * as k from "../../protocol/make.js";
import { Raw } from "./rig.js";

export const MAIN = fileURLToPath(new URL("../../server/main.js", import.meta.url));

/** Without the variables that name certificates, which other programs use too, and without those of a server. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^((KX_)?SSL|TORCHQ)_/.test(name)),
);

export interface Program {
  readonly child: ChildProcess;
  readonly port: number;
  /** Exit status and signal. */
  readonly ended: Promise<unknown[]>;
  stderr(): string;
  /** The log's lines. */
  log(): Record<string, unknown>[];
}

/** Starts a server and waits until it listens. */
export async function torchq(args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Program> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...env, ...more },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "exit");
  let out = "";
  let err = "";
  child.stderr!.on("data", (chunk) => {
    err += chunk;
  });
  const line = new Promise<string>((resolve, reject) => {
    child.stdout!.on("data", (chunk) => {
      out += chunk;
      if (out.includes("\n")) resolve(out);
    });
    ended.then(() => reject(new Error(`ended: ${err}`)));
  });
  const port = Number(/^torchq: listening on .*:(\d+)\n$/.exec(await line)?.[1]);
  const log = (): Record<string, unknown>[] =>
    err
      .split("\n")
      .filter((each) => each.startsWith("{"))
      .map((each) => JSON.parse(each) as Record<string, unknown>);
  return { child, port, ended, stderr: () => err, log };
}

/** Runs the program to its end. */
export function run(
  args: readonly string[],
  more: NodeJS.ProcessEnv = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env: { ...env, ...more } }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error ? -1 : 0, stdout, stderr });
    });
  });
}

/** What libtorch computes for many seconds in one piece, however many processors there are. */
const LONG = ["m:module enlist(`gru;`a;8;8;4)", "x:tensor(`zeros;1000000 1 8)", "evaluate(m;x)"] as const;

/** The server begins a long call, whose answer is not waited for; it has begun when this ends. */
export async function occupy(port: number): Promise<Raw> {
  const raw = await Raw.login(port);
  for (const text of LONG.slice(0, -1)) {
    raw.send(k.chars(text));
    await raw.message();
  }
  raw.send(k.chars(LONG.at(-1)!));
  await sleep(200);
  return raw;
}
