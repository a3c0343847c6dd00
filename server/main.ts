#!/usr/bin/env node
/** `torchq`: hears signals first, then loads and runs what the command line names. */
import { hearSignals } from "./signals.js";

/** Programs of their own, which read the rest of the command line themselves; without a name it is the server. */
const PROGRAMS: Readonly<Record<string, () => Promise<unknown>>> = {
  console: () => import("./console/main.js"),
  async health() {
    const { runHealth } = await import("./ops/health.js");
    process.exit(await runHealth(process.argv.slice(3), process.env));
  },
  async setup() {
    const { spawnSync } = await import("node:child_process");
    const { packageFolder } = await import("./engine/addon.js");
    const { status } = spawnSync(process.execPath, [`${packageFolder()}/scripts/setup.mjs`], {
      stdio: "inherit",
    });
    process.exit(status ?? 1);
  },
};

const program = PROGRAMS[process.argv[2] ?? ""];
if (program !== undefined) await program();
else {
  const signals = hearSignals();
  const { serve } = await import("./serve.js");
  await serve(process.argv.slice(2), signals);
}
