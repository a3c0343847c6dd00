/**
 * Changed handshakes and requests against a running server: it must stay up, answer its other sessions all the while, keep
 * its memory within bounds, and meet nothing that it did not foresee (its log says so).
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Corpus } from "./corpus.js";
import { fixLength, mutate, pieces } from "./mutate.js";
import type { Random } from "./random.js";

const MAIN = fileURLToPath(new URL("../../server/main.js", import.meta.url));
const OPTIONS = ["-p", "0", "--unix", "off", "--log-level", "error", "--linger", "0", "--max-message", "16"];
/** Connections at a time. */
const AT_ONCE = 8;
/** Milliseconds in which a session that does nothing wrong must be answered. */
const PATIENCE = 10_000;
/** Bytes of resident memory beyond those at the beginning. */
const MEMORY = 2 ** 30;
/** pino's number for errors. */
const ERROR = 50;

const HELLO = Uint8Array.from([...Buffer.from("ann:secret"), 3, 0]);
/** "2+3" as a request, and the answer: a long, 5. */
const QUESTION = Buffer.from("01010000110000000a0003000000322b33", "hex");
const ANSWER = "0102000011000000f90500000000000000";

export interface ServerCounts {
  connections: number;
  messages: number;
  /** Replies of the steady session. */
  answered: number;
  /** Of the process, in bytes, at most. */
  resident: number;
}

export class ServerFuzzer {
  readonly counts: ServerCounts = { connections: 0, messages: 0, answered: 0, resident: 0 };
  readonly #child: ChildProcess;
  readonly #port: number;
  readonly #steady: Socket;
  readonly #findings: string[] = [];
  readonly #residentAtFirst: number;
  #heard: (chunk: Buffer) => void = () => {};

  private constructor(
    private readonly random: Random,
    private readonly corpus: Corpus,
    child: ChildProcess,
    port: number,
    steady: Socket,
  ) {
    this.#child = child;
    this.#port = port;
    this.#steady = steady;
    this.#residentAtFirst = this.#resident();
    steady.on("data", (chunk) => this.#heard(chunk));
    steady.on("error", (error) => this.#findings.push(`the steady session broke: ${error.message}`));
    child.once("exit", (code, signal) => this.#findings.push(`the server ended: ${code ?? signal}`));
    createInterface({ input: child.stderr! }).on("line", (line) => this.#logged(line));
  }

  /** Starts a server and logs a steady session in. */
  static async start(random: Random, corpus: Corpus): Promise<ServerFuzzer> {
    const child = spawn(process.execPath, [MAIN, ...OPTIONS], { stdio: ["ignore", "pipe", "pipe"] });
    const [line] = (await once(child.stdout!, "data")) as [Buffer];
    const port = Number(/:(\d+)\n$/.exec(line.toString())?.[1]);
    const steady = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(steady, "connect");
    steady.write(HELLO);
    await once(steady, "data");
    return new ServerFuzzer(random, corpus, child, port, steady);
  }

  /** Some hostile connections at once, then a question of the steady session. @throws Error saying what is wrong */
  async step(): Promise<void> {
    await Promise.all(Array.from({ length: AT_ONCE }, () => this.#attack()));
    await this.#ask();
    this.counts.resident = Math.max(this.counts.resident, this.#resident());
    if (this.counts.resident - this.#residentAtFirst > MEMORY)
      this.#findings.push(`${this.counts.resident} bytes resident, ${this.#residentAtFirst} at first`);
    if (this.#findings.length > 0) throw new Error(this.#findings.join("\n"));
  }

  /** @throws Error when the server does not end as it should */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.removeAllListeners("exit");
    const ended = once(this.#child, "exit");
    this.#steady.destroy();
    this.#child.kill("SIGTERM");
    const [code] = (await ended) as [number | null];
    if (code !== 0) throw new Error(`the server ended with ${code}`);
  }

  #logged(line: string): void {
    let level = ERROR;
    try {
      level = (JSON.parse(line) as { level: number }).level;
    } catch {
      // no line of the log's: the runtime itself has something to say
    }
    if (level >= ERROR) this.#findings.push(`the server's log: ${line}`);
  }

  #resident(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, "utf8");
    return Number(/VmRSS:\s*(\d+) kB/.exec(status)?.[1]) * 1024;
  }

  async #attack(): Promise<void> {
    const { random, corpus } = this;
    const hello = random.chance(0.2) ? mutate(random, corpus.handshakes) : HELLO;
    const parts: Uint8Array[] = [hello];
    for (let count = 1 + random.below(6); count > 0; count--) {
      const changed = mutate(random, corpus.requests);
      parts.push(random.chance(0.9) ? fixLength(changed) : changed);
      this.counts.messages++;
    }
    this.counts.connections++;
    const socket = connect({ port: this.#port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
    socket.on("error", () => {}); // a reset is the server's right
    const closed = once(socket, "close");
    if (random.chance(0.9)) socket.resume(); // others never read
    for (const piece of pieces(random, Buffer.concat(parts))) socket.write(piece);
    const way = random.below(4);
    if (way === 0) socket.destroy();
    else if (way === 1) socket.end();
    // the rest stay until the server closes, or a little while
    const stop = new AbortController();
    await Promise.race([closed, sleep(random.below(20), undefined, { signal: stop.signal }).catch(() => {})]);
    stop.abort();
    socket.destroy();
    await closed;
  }

  #ask(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`no answer within ${PATIENCE} ms\n${this.#findings.join("\n")}`));
      }, PATIENCE);
      let reply = "";
      this.#heard = (chunk) => {
        reply += chunk.toString("hex");
        if (reply.length < ANSWER.length) return;
        clearTimeout(timer);
        if (reply === ANSWER) resolve();
        else reject(new Error(`the steady session was answered ${reply}`));
        this.counts.answered++;
      };
      this.#steady.write(QUESTION);
    });
  }
}
