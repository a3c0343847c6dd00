// One set-up or build at a time per clone: two in one build folder would spoil each other's files.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { say, stateFolder } from "./progress.mjs";

const file = join(stateFolder, "lock");

/** Runs `work` while no other process of this clone runs its own. */
export async function withLock(work) {
  mkdirSync(stateFolder, { recursive: true });
  let told = false;
  while (!take()) {
    const holder = Number(readHolder());
    if (!alive(holder)) {
      rmSync(file, { force: true });
      continue;
    }
    if (!told) say(`  waiting for another set-up in this folder (process ${holder})`);
    told = true;
    await sleep(300);
  }
  const release = () => rmSync(file, { force: true });
  // An exit by signal runs no exit handlers, and those also end the compilers (progress.mjs).
  const stop = () => process.exit(1);
  process.once("exit", release).once("SIGINT", stop).once("SIGTERM", stop);
  try {
    return await work();
  } finally {
    process.off("exit", release).off("SIGINT", stop).off("SIGTERM", stop);
    release();
  }
}

function take() {
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    return false;
  }
}

function readHolder() {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function alive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
