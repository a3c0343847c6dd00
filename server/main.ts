#!/usr/bin/env node
import { realComponents } from "./components.js";
/** `torchq`: reads the command line, puts the server together, serves until it is told to end. */
import { OptionError } from "./errors.js";
import { makeLog } from "./log.js";
import { helpText, parseOptions } from "./options.js";
import { start } from "./server.js";

async function main(): Promise<void> {
  // `torchq console [address]` is a program of its own, which reads the rest of the command line itself.
  if (process.argv[2] === "console") {
    await import("./console/main.js");
    return;
  }
  const options = parseOptions(process.argv.slice(2));
  if (options === "help") {
    process.stdout.write(helpText());
    return;
  }
  const log = makeLog(options.logLevel);
  const server = await start(options, { ...realComponents(options), log });

  let ending = false;
  const end = (signal: NodeJS.Signals): void => {
    if (ending) process.exit(1);
    ending = true;
    log.info({ signal }, "closing");
    server.close().then(() => process.exit(0));
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  // Nothing that a session sends may end the process; what escapes every handler is a fault of ours.
  process.on("unhandledRejection", (reason) => log.error({ err: reason }, "unhandled rejection"));
  process.on("uncaughtException", (error) => {
    log.fatal({ err: error }, "uncaught exception");
    process.exit(1);
  });
  process.on("SIGHUP", () => server.reload());
  process.stdout.write(`torchq: listening on ${server.names.join(", ")}\n`);
}

main().catch((error: unknown) => {
  const usage = error instanceof OptionError;
  process.stderr.write(`torchq: ${usage ? error.message : ((error as Error).stack ?? String(error))}\n`);
  process.exit(usage ? 2 : 1);
});
