// What every script does when it is the program itself and not a part of another.

import { pathToFileURL } from "node:url";
import { withLock } from "./lock.mjs";
import { SetupError } from "./progress.mjs";

/** Prints a SetupError as its message alone, any other error with its stack, and ends with code 1. */
export async function orExit(work) {
  try {
    return await work();
  } catch (error) {
    process.stderr.write(`\n${error instanceof SetupError ? error.message : error.stack}\n`);
    process.exit(1);
  }
}

/** Runs `work`, alone in this clone, if the module at `url` is the program that was started. */
export async function runMain(url, work) {
  if (process.argv[1] && url === pathToFileURL(process.argv[1]).href) await orExit(() => withLock(work));
}
