import { readFileSync } from "node:fs";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { ConnectionError } from "../../protocol/errors.js";
import { continues, isOpen, statements } from "./lines.js";
import { type Pace, watched } from "./progress.js";
import type { Remote } from "./remote.js";

const PROMPT = "q)";
/** Lines of one paste come within this time; a line that begins with white space then goes on with the one before. */
const PASTE_MILLIS = 25;

const HELP = `Lines go to the server as text; what it prints comes back.
  \\h name    help on a module, loss, optimizer or k api function
  \\l file.q  runs a script's lines
  \\t line    milliseconds that a line takes; \\t:10 ten times; \\ts with bytes
  \\P 4       digits of floats;  \\c 25 80  rows and columns
  \\v \\f      names of variables and functions
  \\\\         leaves, as Ctrl-D does; Ctrl-C stops a line that runs
`;

export interface ReplOptions {
  readonly input: Readable;
  readonly output: Writable;
  /** Whether somebody types: prompts, editing, completion. */
  readonly terminal: boolean;
  /** When and how often what is trained is shown, on a terminal. */
  readonly pace?: Pace;
  readonly history?: string[];
  /** Told the history whenever it grows, the newest first. */
  readonly onHistory?: (history: string[]) => void;
}

/** A prompt over a server, until the input ends or `\\` is typed. */
export class Repl {
  readonly #lines: Interface;
  /** The statement that is being typed. */
  #pending: string | undefined;
  #flush: NodeJS.Timeout | undefined;
  #queue: Promise<void> = Promise.resolve();
  #running = false;
  /** What Ctrl-C began, until the line that it stops has ended. */
  #stopping: Promise<void> | undefined;
  #done = false;
  readonly #ended: Promise<void>;

  constructor(
    readonly remote: Remote,
    readonly options: ReplOptions,
  ) {
    const { input, output, terminal, history = [] } = options;
    this.#lines = createInterface({
      input,
      output,
      terminal,
      history,
      historySize: 1000,
      prompt: PROMPT,
      completer: (line: string, done: (error: null, result: [string[], string]) => void) => {
        void this.#complete(line).then((result) => done(null, result));
      },
    });
    if (options.onHistory !== undefined) this.#lines.on("history", options.onHistory);
    this.#lines.on("line", (line) => this.#take(line));
    this.#lines.on("SIGINT", () => this.#interrupt());
    this.#ended = new Promise((resolve) => {
      this.#lines.once("close", () => {
        this.#send();
        void this.#queue.then(resolve);
      });
    });
  }

  /** Resolves when the prompt has ended and everything typed is done. */
  run(): Promise<void> {
    this.#prompt();
    return this.#ended;
  }

  #write(text: string): void {
    if (text !== "") this.options.output.write(text);
  }

  #prompt(): void {
    if (!this.options.terminal || this.#done) return;
    this.#lines.setPrompt(this.#pending === undefined ? PROMPT : " ".repeat(PROMPT.length));
    this.#lines.prompt();
  }

  #take(line: string): void {
    clearTimeout(this.#flush);
    if (this.#pending !== undefined && !isOpen(this.#pending) && !continues(line)) this.#send();
    this.#pending = this.#pending === undefined ? line : `${this.#pending}\n${line}`;
    if (isOpen(this.#pending)) this.#prompt();
    else if (this.options.terminal) this.#flush = setTimeout(() => this.#send(), PASTE_MILLIS);
  }

  /** What is typed so far goes off as one statement, after those before it. */
  #send(): void {
    const statement = this.#pending;
    this.#pending = undefined;
    if (statement === undefined) return;
    this.#queue = this.#queue.then(async () => {
      if (this.#done) return;
      this.#running = true;
      try {
        await this.#execute(statement);
      } catch (error) {
        await this.#failed(error as Error);
      } finally {
        this.#running = false;
      }
      this.#prompt();
    });
  }

  async #execute(statement: string): Promise<void> {
    const text = statement.trim();
    if (text === "" || text.startsWith("/")) return;
    if (text === "\\\\" || /^exit(?: +\d+)?$/.test(text)) {
      this.#done = true;
      this.#lines.close();
      return;
    }
    const [, command, argument = ""] = /^\\([hl])(?:\s+(.*))?$/.exec(text) ?? [];
    if (command === "h") this.#write(argument === "" ? HELP : await this.#help(argument));
    else if (command === "l") await this.#script(argument);
    else {
      this.#write(await this.#print(statement));
      for (const warning of await this.remote.warnings()) this.#write(`warning: ${warning}\n`);
    }
  }

  /** What the server prints for a statement; somebody who waits for it at a terminal sees how far it is. */
  #print(statement: string): Promise<string> {
    const { terminal, output, pace } = this.options;
    const printed = this.remote.print(statement);
    return terminal ? watched(printed, () => this.remote.epochs(), output, pace) : printed;
  }

  /** The server's own help on a name; where it has none, the value of the name. */
  async #help(name: string): Promise<string> {
    if (!/^[A-Za-z][\w.]*$/.test(name)) return `'\\h wants a name, got ${name}\n`;
    return this.remote.print(`help\`${name}`);
  }

  async #script(file: string): Promise<void> {
    for (const statement of statements(readFileSync(file, "utf8"))) {
      if (this.#done) return;
      await this.#execute(statement);
    }
  }

  /** Ctrl-C: stops what runs, else forgets what is typed. */
  #interrupt(): void {
    if (this.#running) {
      this.#stopping ??= this.remote.interrupt();
      // a failure is told where the line that runs ends
      this.#stopping.catch(() => {});
      return;
    }
    clearTimeout(this.#flush);
    this.#pending = undefined;
    this.#write("\n");
    // the line is readline's own until it is written over
    this.#lines.write(null, { ctrl: true, name: "u" });
    this.#prompt();
  }

  /** What ends a line: the script's file, the connection, or Ctrl-C, which takes a new connection. */
  async #failed(error: Error): Promise<void> {
    const stopping = this.#stopping;
    this.#stopping = undefined;
    this.#write(stopping === undefined ? `'${error.message}\n` : "'stop\n");
    if (!(error instanceof ConnectionError)) return;
    try {
      await (stopping ?? this.remote.interrupt());
      if (stopping === undefined) this.#write("connected again\n");
    } catch {
      this.#write("the server has gone\n");
      this.#done = true;
      this.#lines.close();
    }
  }

  async #complete(line: string): Promise<[string[], string]> {
    const typed = /[A-Za-z.][\w.]*$/.exec(line)?.[0] ?? "";
    if (typed === "") return [[], ""];
    const names = await this.remote.names();
    return [names.filter((name) => name.startsWith(typed)), typed];
  }
}
