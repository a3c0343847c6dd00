/** Files that sessions write: below the data folder alone, links not followed, whole or not at all. */

import { randomBytes } from "node:crypto";
import { link, lstat, mkdir, open, rename, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fail } from "./read.js";

/** Bytes of a name; file systems take no longer ones. */
const LONGEST_PART = 200;
const LONGEST_NAME = 1000;

/** The parts of a name that stays below the folder. @throws KError for another */
function partsOf(who: string, name: string): readonly string[] {
  const parts = name.split("/");
  const bad = (part: string): boolean =>
    part === "" || part === "." || part === ".." || Buffer.byteLength(part) > LONGEST_PART;
  // Control characters, and what separates folders and drives elsewhere, are in no name.
  if (name.length > LONGEST_NAME || /[\p{Cc}\\:]/u.test(name) || parts.some(bad))
    return fail(`${who}: expecting the name of a file below the data folder, given ${JSON.stringify(name)}`);
  return parts;
}

/** The folder below the root; those missing on the way are made. Links are refused. */
export async function folderBelow(who: string, root: string, parts: readonly string[]): Promise<string> {
  let folder = root;
  for (const part of parts) {
    folder = join(folder, part);
    const found = await lstat(folder).catch(() => undefined);
    if (found === undefined) await mkdir(folder);
    else if (!found.isDirectory()) fail(`${who}: ${part} is no folder`);
  }
  return folder;
}

/** A file below the data folder that is to be written. */
export interface Place {
  readonly who: string;
  readonly root: string;
  readonly name: string;
  readonly parts: readonly string[];
}

/**
 * @param root the data folder; undefined where the server has none
 * @throws KError when there is no folder or the name leads elsewhere
 */
export function placeOf(who: string, root: string | undefined, name: string): Place {
  if (root === undefined) return fail(`${who}: this server writes no files: it was started without --data`);
  return { who, root, name, parts: partsOf(who, name) };
}

/**
 * Writes the file.
 * @param replace whether a file of the name may go
 * @throws KError when there is one that may not, or the folders on the way are none
 */
export async function writeFile(
  { who, root, name, parts }: Place,
  bytes: Uint8Array,
  replace: boolean,
): Promise<void> {
  const folder = await folderBelow(who, root, parts.slice(0, -1));
  const target = join(folder, parts.at(-1)!);
  const found = await lstat(target).catch(() => undefined);
  if (found !== undefined && !found.isFile()) fail(`${who}: ${name} is no file`);
  if (found !== undefined && !replace) fail(`${who}: ${name} exists already`);
  // A name that nobody has: the file appears under its own when it is whole.
  const draft = join(dirname(target), `.${randomBytes(8).toString("hex")}.part`);
  try {
    const file = await open(draft, "wx", 0o666);
    await file.writeFile(bytes).finally(() => file.close());
    if (replace) await rename(draft, target);
    else await link(draft, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    fail(`${who}: ${name} ${code === "EEXIST" ? "exists already" : `cannot be written (${code})`}`);
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}
