/** q/tick/learn.q against a plant. In place of a q, the console: it has no arguments and no timer, so those lines go. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as k from "../../protocol/make.js";
import { torchq } from "../bench/programs.js";
import { MAIN } from "../server/program.js";
import { Market } from "./market.js";
import { startPlant } from "./tickerplant.js";

const SCRIPT = "q/tick/learn.q";
const ROWS = 6000;
/** What a q has and the console has not. */
const NOT_HERE = /^(\\|o:|\.torch\.|\.z\.ts:)/;

const typed = (port: number, lines: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      [MAIN, "console", `localhost:${port}`],
      (error, stdout, stderr) => (error === null ? resolve(stdout + stderr) : reject(error)),
    );
    child.stdin!.end(lines);
  });

describe(SCRIPT, function () {
  this.timeout(60_000);

  it("learns, publishes, and run again finds its feed", async () => {
    const folder = mkdtempSync(join(tmpdir(), "torchq-script-"));
    const plant = await startPlant({ log: { folder, name: "tick" } });
    const server = await torchq("--data", folder);
    try {
      const market = new Market({ seed: 5 });
      const lines = readFileSync(SCRIPT, "utf8")
        .split("\n")
        .filter((line) => !NOT_HERE.test(line));
      const script = [`o:(1#\`plant)!1#\`:localhost:${plant.port}`, ...lines].join("\n");
      const first = await typed(server.port, script);
      assert.doesNotMatch(first, /^'/m);
      assert.match(first, /\("(live|connected to localhost:\d+)";0;0;0;0\)/);
      for (let rows = 0; rows < ROWS; rows += 100) plant.upd("quote", k.list(market.quotes(100)));
      while ((plant.counts.received.get("pred") ?? 0) < ROWS) await sleep(20);
      const second = await typed(server.port, script);
      assert.doesNotMatch(second, /^'/m);
      assert.match(second, new RegExp(`\\("live";${ROWS};\\d+;0;0\\)`));
      assert.match(second, /^time +samples loss +rmse +ic +hit +note/m);
      assert.match(await typed(server.port, "exec feed from feed[]\n"), /^,`mids/m);
    } finally {
      await server.end();
      await plant.close();
      rmSync(folder, { recursive: true });
    }
  });
});
