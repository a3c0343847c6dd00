/** How the program ends when it is told to: whatever it does at that moment, soon, with a status of its own. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import * as k from "../../protocol/make.js";
import { addonPath } from "../../server/engine/addon.js";
import { MAIN, occupy, type Program, torchq } from "./program.js";
import { ask, Raw, response } from "./rig.js";

/** The status of a program that ended while a call was running. */
const ABANDONED = 3;
/** Seconds in which a process that was told to end must have ended, where it has half a second of grace. */
const SOON = 5;

const elapsed = async (program: Program): Promise<number> => {
  const start = performance.now();
  await program.ended;
  return (performance.now() - start) / 1000;
};

describe("ending", function () {
  this.timeout(60_000);

  it("while libtorch computes: after the grace, with a status of its own", async () => {
    const program = await torchq(["-p", "0", "--grace", "0.5"]);
    const raw = await occupy(program.port);
    assert.equal(await ask(program.port, k.long(1)), response(k.long(1)), "others are served meanwhile");
    program.child.kill("SIGTERM");
    assert.ok((await elapsed(program)) < SOON);
    assert.deepEqual(await program.ended, [ABANDONED, null]);
    assert.equal(program.log().at(-1)!.msg, "ended while a call was running");
    raw.socket.destroy();
  });

  it("a second signal ends it at once", async () => {
    const program = await torchq(["-p", "0", "--grace", "600"]);
    const raw = await occupy(program.port);
    program.child.kill("SIGTERM");
    await sleep(100);
    program.child.kill("SIGINT");
    assert.ok((await elapsed(program)) < SOON);
    assert.deepEqual(await program.ended, [ABANDONED, null]);
    raw.socket.destroy();
  });

  it("with nothing to wait for at once, although a stranger is connected and says nothing", async () => {
    const program = await torchq(["-p", "0", "--grace", "600"]);
    const stranger = await Raw.open(program.port);
    program.child.kill("SIGTERM");
    assert.ok((await elapsed(program)) < SOON);
    assert.deepEqual(await program.ended, [0, null]);
    stranger.socket.destroy();
  });

  it("while it starts", async () => {
    // The first thing that it does is to hear signals; what it says comes long after.
    const child = spawn(process.execPath, ["--import", HEARD, MAIN, "-p", "0"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const ended = once(child, "exit");
    await once(child.stderr, "data");
    child.kill("SIGTERM");
    assert.deepEqual(await ended, [0, null]);
  });

  for (const [what, signals] of [
    ["its time is over", ["SIGTERM"]],
    ["a second signal comes", ["SIGTERM", "SIGTERM"]],
  ] as const)
    it(`while JavaScript does not run, when ${what}`, async () => {
      const seconds = signals.length === 1 ? 0.3 : 600;
      const code = `
        process.on("SIGTERM", () => {});
        require(${JSON.stringify(addonPath())}).endWithin(${seconds}, 42, "last words\\n");
        process.stdout.write("ready");
        for (;;);`;
      const child = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "pipe"] });
      let err = "";
      child.stderr.on("data", (chunk) => {
        err += chunk;
      });
      const ended = once(child, "close");
      await once(child.stdout, "data");
      for (const signal of signals) {
        child.kill(signal);
        await sleep(100);
      }
      assert.deepEqual(await ended, [42, null]);
      assert.equal(err, signals.length === 1 ? "last words\n" : "");
    });
});

/** Says on standard error that SIGTERM has a handler. */
const HEARD = `data:text/javascript,${encodeURIComponent(
  'process.on("newListener", (name) => { if (name === "SIGTERM") process.stderr.write("heard"); });',
)}`;
