/**
 * Texts for a process with a small heap: it must live, answer in time, and meet nothing that it did not foresee. What it
 * answers must be a value that a strict client can read, or a k error.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Ending } from "./evaluate.js";

const PROGRAM = fileURLToPath(new URL("evaluate.js", import.meta.url));
/** Megabytes of V8's heap: several times what texts may claim, which is 32. */
const HEAP = 192;
/** Milliseconds in which a text must end: its own limit is 200. */
const PATIENCE = 10_000;

export class TextFuzzer {
  readonly counts = { texts: 0, values: 0, errors: 0 };
  #child: ChildProcess | undefined;

  /** @throws Error naming the text and what is wrong */
  async step(text: string): Promise<void> {
    this.#child ??= fork(PROGRAM, { execArgv: [`--max-old-space-size=${HEAP}`], stdio: "pipe" });
    const child = this.#child;
    const stop = new AbortController();
    const { signal } = stop;
    const late = setTimeout(() => child.kill("SIGKILL"), PATIENCE);
    child.send(text);
    let result: Ending;
    try {
      [result] = (await Promise.race([
        once(child, "message", { signal }),
        once(child, "exit", { signal }).then(([code, name]) => [
          { fault: `the process ended: ${code ?? name}` },
        ]),
      ])) as [Ending];
    } finally {
      clearTimeout(late);
      stop.abort();
    }
    this.counts.texts++;
    if (child.exitCode !== null || child.signalCode !== null) this.#child = undefined;
    if ("fault" in result) throw new Error(`${text}\n${result.fault}`);
    if ("error" in result) this.counts.errors++;
    else this.counts.values++;
  }

  async end(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.disconnect();
    await ended;
  }
}
