/** The self-test of what libtorch computes with: it passes or says so, and it can fail. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { addonPath } from "../../server/engine/addon.js";
import type { Examination } from "../../server/engine/index.js";

/** What is found in a process of its own, since oneDNN stays off there once it was found wrong. */
async function examine(spoiled: string): Promise<Examination> {
  const code = `
    const addon = require(${JSON.stringify(addonPath())});
    addon.initialise(() => "");
    console.log(JSON.stringify(addon.examine(${JSON.stringify(spoiled)})));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", code]);
  return JSON.parse(stdout) as Examination;
}

describe("the self-test at start", function () {
  this.timeout(60_000);
  let here: Examination;
  before(async () => {
    here = await examine("");
  });

  it("says what libtorch is here, and that oneDNN is off where it is wrong", () => {
    assert.ok(here.threads >= 1);
    assert.equal(typeof here.mkl, "boolean");
    if (here.wrong.length > 0) assert.equal(here.oneDnn, false);
  });

  for (const spoiled of ["conv1d", "conv2d", "conv2d of 3 channels", "convtranspose2d", "conv3d", "lstm"])
    it(`finds a wrong ${spoiled}, and switches oneDNN off`, async function () {
      if (!here.oneDnn && here.wrong.length === 0) {
        console.log("      skipped: this libtorch has no oneDNN");
        this.skip();
      }
      const { wrong, oneDnn } = await examine(spoiled);
      assert.deepEqual(new Set(wrong), new Set([...here.wrong, spoiled]));
      assert.equal(oneDnn, false);
    });
});
