/** The scripts of q/examples, typed into the console: they print their transcripts. In a q, `npm run test:q` runs them. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

interface Runner {
  difference(expected: string, printed: string): string | undefined;
}

const FOLDER = "q/examples";
const CONSOLE = "dist/server/console/main.js";

describe("q/examples in the console", function () {
  this.timeout(60_000);
  let difference: Runner["difference"];
  before(async () => {
    ({ difference } = (await import(pathToFileURL(resolve("scripts/test-q.mjs")).href)) as Runner);
  });

  for (const script of readdirSync(FOLDER).filter((name) => name.endsWith(".q"))) {
    it(script, () => {
      const { stdout, stderr } = spawnSync(process.execPath, [CONSOLE], {
        input: readFileSync(join(FOLDER, script)),
        encoding: "utf8",
      });
      // the first line says where the console's own server listens
      const printed = stdout.replace(/^torchq .*\n/, "");
      const transcript = readFileSync(join(FOLDER, script.replace(/q$/, "txt")), "utf8");
      assert.equal(difference(transcript, printed), undefined, stderr);
    });
  }
});
