/** The program that serves: reads the command line, puts the server together, serves until it is told to end. */
import { realComponents } from "./components.js";
import type { Door } from "./engine/index.js";
import { OptionError } from "./errors.js";
import { type Logger, makeLog } from "./log.js";
import { loadedBlas } from "./machine.js";
import { helpText, type Options, parseOptions } from "./options.js";
import { start } from "./server.js";
import type { Signals } from "./signals.js";

/** Exit status: 0 closed in order, 1 a fault of ours, 2 an option that cannot be used, and this: a call was running. */
const ABANDONED = 3;
/** Seconds beyond the grace in which the process should have ended by itself. */
const MARGIN = 1;

/** The log's first lines: what runs here, with what, and what is not as it should be. */
function introduce(log: Logger, { version, examined }: Door, { memory }: Options): void {
  const { wrong, threads, mkl } = examined;
  const blas = loadedBlas() ?? { name: mkl ? "MKL, in libtorch" : "libtorch's own", slow: false };
  log.info(
    {
      libtorch: version,
      blas: blas.name,
      threads,
      memory: Number.isFinite(memory) ? `${Math.floor(memory / 2 ** 20)} MB` : "no limit",
      node: process.versions.node,
    },
    "torchq",
  );
  if (blas.slow)
    log.warn(
      { blas: blas.name },
      "matrix products take many times as long as they need; remedy: install OpenBLAS (on Debian apt-get install libopenblas0-pthread)",
    );
  if (wrong.length > 0)
    log.warn(
      { wrong },
      "oneDNN computes wrong numbers on this machine (it may hide its processor's caches) and is switched off: results are right, convolutions and LSTM take twice as long or more",
    );
}

/**
 * Ends the process with its exit status when the options are wrong or the server cannot start.
 * @param args the command line after the program's name
 */
export async function serve(args: readonly string[], signals: Signals): Promise<void> {
  try {
    await serveOrThrow(args, signals);
  } catch (error) {
    const usage = error instanceof OptionError;
    process.stderr.write(`torchq: ${usage ? error.message : ((error as Error).stack ?? String(error))}\n`);
    process.exit(usage ? 2 : 1);
  }
}

async function serveOrThrow(args: readonly string[], signals: Signals): Promise<void> {
  const options = parseOptions(args, process.env);
  if (options === "help") {
    process.stdout.write(helpText());
    return;
  }
  const log = makeLog(options.logLevel);
  const components = realComponents(options);
  const { engine } = components;
  signals.hearAgain();
  signals.end = () => engine.leave(0);
  const server = await start(options, { ...components, log });
  introduce(log, engine, options);

  let ending = false;
  signals.end = (signal) => {
    if (ending) engine.leave(ABANDONED);
    ending = true;
    log.info({ signal }, "closing");
    server.close().then((inOrder) => {
      if (inOrder) process.exit(0);
      log.warn("ended while a call was running");
      engine.leave(ABANDONED);
    });
  };
  // The last resort, which does not need the event loop.
  engine.endWithin(options.grace + MARGIN, ABANDONED, "torchq: did not end in its grace, ended\n");
  signals.reload = () => server.reload();
  // Nothing that a session sends may end the process; what escapes every handler is a fault of ours.
  process.on("unhandledRejection", (reason) => log.error({ err: reason }, "unhandled rejection"));
  process.on("uncaughtException", (error) => {
    log.fatal({ err: error }, "uncaught exception");
    engine.leave(1);
  });
  process.stdout.write(`torchq: listening on ${server.names.join(", ")}\n`);
}
