/**
 * The console: `torchq console [host:port[:user:password]]`. Without an address it starts a server of its own on a free
 * port and ends it with the session.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { parseAddress } from "../../protocol/address.js";
import { type Running, start } from "../index.js";
import { DEFAULTS } from "../options.js";
import { openRemote, type Remote } from "./remote.js";
import { Repl } from "./repl.js";

const HISTORY = join(homedir(), ".torchq_history");

function readHistory(): string[] {
  try {
    return readFileSync(HISTORY, "utf8").split("\n").filter(Boolean);
  } catch {
    return [];
  }
}

function writeHistory(history: readonly string[]): void {
  try {
    writeFileSync(HISTORY, `${history.join("\n")}\n`, { mode: 0o600 });
  } catch {
    // a home that cannot be written to is no reason to trouble anybody
  }
}

interface Own {
  readonly server: Running;
  readonly remote: Remote;
  /** Ends the process although a call is running. */
  leave(): never;
}

async function ownServer(): Promise<Own> {
  const { realComponents } = await import("../components.js");
  const options = { ...DEFAULTS, addresses: [{ port: 0 }], logLevel: "warn" as const };
  const components = realComponents(options);
  const server = await start(options, components);
  process.stdout.write(`torchq ${server.names.join(", ")}, \\h for help, \\\\ to leave\n`);
  const remote = await openRemote({ host: "127.0.0.1", port: server.ports[0]!, user: userInfo().username });
  return { server, remote, leave: () => components.engine.leave(0) };
}

/** Runs the console on this process's terminal. */
export async function runConsole(address: string | undefined): Promise<void> {
  const own = address === undefined ? await ownServer() : undefined;
  const remote = own?.remote ?? (await openRemote(parseAddress(address!)));
  const { LINES, COLUMNS } = process.env;
  if (LINES && COLUMNS) await remote.print(`\\c ${LINES} ${COLUMNS}`);
  const repl = new Repl(remote, {
    input: process.stdin,
    output: process.stdout,
    terminal: process.stdin.isTTY === true && process.stdout.isTTY === true,
    history: readHistory(),
    onHistory: writeHistory,
  });
  await repl.run();
  await remote.close();
  const ended = await own?.server.close(1000);
  if (ended === false) own?.leave();
}

const USAGE = "usage: torchq console [host:port[:user:password]]\n";

const args = process.argv.slice(2).filter((arg) => arg !== "console");
if (args.includes("-h") || args.includes("--help")) process.stdout.write(USAGE);
else {
  runConsole(args[0]).then(
    () => process.exit(0),
    (error: Error) => {
      process.stderr.write(`torchq: ${error.message}\n`);
      process.exit(1);
    },
  );
}
