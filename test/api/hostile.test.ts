/** Whatever operators are given, the process lives, answers in time and leaves nothing behind. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";

const WALK = new URL("hostile.js", import.meta.url).pathname;
/** Kilobytes of address space: what does not fit must end in 'wsfull, here as on a large machine. */
const SPACE = 8_000_000;

describe("operators and odd arguments", function () {
  this.timeout(300_000);

  it("every form, every argument", () => {
    const folder = mkdtempSync(join(tmpdir(), "torchq-hostile-"));
    const place = join(folder, "call");
    try {
      const { status, signal, stdout, stderr } = spawnSync(
        "sh",
        ["-c", `ulimit -v ${SPACE}; exec "$0" "$@"`, execPath, WALK, place],
        { encoding: "utf8", maxBuffer: 2 ** 27 },
      );
      const last = readFileSync(place, "utf8").split("\n", 1)[0];
      assert.equal(status, 0, `ended with ${status ?? signal} at ${last}\n${stderr.slice(-2000)}`);
      // libtorch's own libraries print too
      const { calls, complaints, objects } = JSON.parse(stdout.trim().split("\n").at(-1)!) as {
        calls: number;
        complaints: string[];
        objects: number;
      };
      console.log(`        ${calls} calls`);
      assert.deepEqual(complaints, []);
      assert.equal(objects, 0, "objects that are left");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
