// `node scripts/run.mjs JOB [arguments]`: the set-up, then the job, in this same process, so that signals and the
// terminal reach the job itself. (package.json says `exec` for the same reason: npm signals the shell that it started.)

import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { withLock } from "./lock.mjs";
import { orExit } from "./main.mjs";
import { root } from "./progress.mjs";
import { setUp } from "./setup.mjs";

const JOBS = {
  start: "dist/server/main.js",
  demo: "dist/test/demo/demo.js",
  test: "node_modules/mocha/bin/mocha.js",
  bench: "dist/test/bench/main.js",
  fuzz: "dist/test/fuzz/main.js",
  coverage: "dist/test/coverage.js",
  q: "dist/server/console/main.js",
};

const [job, ...rest] = process.argv.slice(2);
if (!Object.hasOwn(JOBS, job)) {
  process.stderr.write(`usage: node scripts/run.mjs ${Object.keys(JOBS).join("|")} [arguments]\n`);
  process.exit(2);
}
await orExit(() => withLock(() => setUp()));
const program = join(root, JOBS[job]);
if (!existsSync(program)) {
  process.stderr.write(`npm run ${job}: there is no ${JOBS[job]} yet\n`);
  process.exit(1);
}
process.argv = [process.argv[0], program, ...rest];
await import(pathToFileURL(program).href);
