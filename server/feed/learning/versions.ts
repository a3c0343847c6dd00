/**
 * Files that belong together, as a folder of the data folder; the last few of its kind are kept, by their number.
 *
 * A folder appears under its number when it is whole: it is written under another name, synced, renamed. Whatever happens
 * on the way, the last good one stays.
 */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import * as disk from "node:fs/promises";
import { dirname, join } from "node:path";
import { KError } from "../../../protocol/values.js";
import { folderBelow, type Place } from "../../api/args/files.js";

/** What of the file system is used. */
export type Disk = Pick<typeof disk, "lstat" | "mkdir" | "open" | "readdir" | "rename" | "rm">;

/** A file's parts in order. */
export type Files = ReadonlyMap<string, readonly Uint8Array[]>;

/** Of numbers with leading zeros, so that names sort as they do. */
const DIGITS = 9;
const NUMBER = new RegExp(`^\\d{${DIGITS},15}$`);
const DRAFT = /^\.[0-9a-f]{16}\.part$/;
const draftName = (): string => `.${randomBytes(8).toString("hex")}.part`;

const codeOf = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code ?? (error as Error).message ?? String(error);

async function sync(fs: Disk, path: string): Promise<void> {
  const folder = await fs.open(path, constants.O_RDONLY);
  await folder.sync().finally(() => folder.close());
}

async function writeAll(fs: Disk, path: string, parts: readonly Uint8Array[]): Promise<void> {
  const file = await fs.open(path, "wx", 0o666);
  try {
    for (const part of parts) if (part.length > 0) await file.writeFile(part);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Gone at once, as far as others see. */
async function remove(fs: Disk, folder: string, name: string): Promise<void> {
  const draft = join(folder, draftName());
  await fs.rename(join(folder, name), draft);
  await fs.rm(draft, { recursive: true, force: true });
}

export interface Written {
  readonly number: number;
  /** Why older ones, or drafts of a process that was killed, could not be removed. */
  readonly left?: string;
}

/** The numbers of folders that are there, the newest first. */
const numbersOf = (names: readonly string[]): readonly number[] =>
  names
    .filter((name) => NUMBER.test(name))
    .map(Number)
    .sort((a, b) => b - a);

const folderName = (number: number): string => String(number).padStart(DIGITS, "0");

/**
 * Writes files as the next folder below the place, and removes all but the last `keep` of them.
 * @throws KError by the place's name; then what was there is there still, and no draft
 */
export async function writeVersion(
  place: Place,
  keep: number,
  files: Files,
  fs: Disk = disk,
): Promise<Written> {
  const { who, root, name, parts } = place;
  const folder = await folderBelow(who, root, parts);
  const draft = join(folder, draftName());
  let number: number;
  let others: readonly string[];
  try {
    others = await fs.readdir(folder);
    number = (numbersOf(others)[0] ?? 0) + 1;
    await fs.mkdir(draft);
    for (const [file, bytes] of files) await writeAll(fs, join(draft, file), bytes);
    await sync(fs, draft);
    await fs.rename(draft, join(folder, folderName(number)));
    for (let at = folder, i = 0; i <= parts.length; at = dirname(at), i++) await sync(fs, at);
  } catch (error) {
    await fs.rm(draft, { recursive: true, force: true }).catch(() => undefined);
    throw new KError(`${who}: ${name} cannot be written (${codeOf(error)})`);
  }
  const old = [
    ...numbersOf(others)
      .slice(Math.max(keep, 1) - 1)
      .map(folderName),
    ...others.filter((x) => DRAFT.test(x)),
  ];
  try {
    for (const each of old) await remove(fs, folder, each);
    return { number };
  } catch (error) {
    return { number, left: codeOf(error) };
  }
}

/** The folder where it and all on the way are folders; undefined where one is missing. */
async function existing({ who, root, name, parts }: Place, fs: Disk): Promise<string | undefined> {
  let folder = root;
  for (const part of parts) {
    folder = join(folder, part);
    const found = await fs.lstat(folder).catch(() => undefined);
    if (found === undefined) return undefined;
    if (!found.isDirectory()) throw new KError(`${who}: ${name}: ${part} is no folder`);
  }
  return folder;
}

/** A file's bytes, of which there are to be so many; no link is followed. */
export async function readFile(
  path: string,
  size: number | undefined,
  most: number,
  fs: Disk = disk,
): Promise<Uint8Array> {
  const file = await fs.open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = await file.stat();
    if (!found.isFile()) throw new KError("no file");
    if (size !== undefined && found.size !== size) throw new KError(`${found.size} bytes, ${size} expected`);
    if (found.size > most) throw new KError(`${found.size} bytes, at most ${most} are read`);
    const bytes = new Uint8Array(found.size);
    for (let at = 0; at < bytes.length; ) {
      const { bytesRead } = await file.read(bytes, at, Math.min(bytes.length - at, 2 ** 30));
      if (bytesRead === 0) throw new KError(`ends after ${at} bytes`);
      at += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}

export interface Newest<T> {
  readonly number: number;
  readonly value: T;
  /** Newer ones, and why they are none. */
  readonly broken: readonly string[];
}

/**
 * The newest folder that `look` makes something of.
 * @param look rejects for one that is not whole, saying why
 * @returns undefined where there is none
 * @throws KError where there are some, but none is whole
 */
export async function newestVersion<T>(
  place: Place,
  look: (folder: string) => Promise<T>,
  fs: Disk = disk,
): Promise<Newest<T> | undefined> {
  const folder = await existing(place, fs);
  if (folder === undefined) return undefined;
  const broken: string[] = [];
  for (const number of numbersOf(await fs.readdir(folder))) {
    const path = join(folder, folderName(number));
    try {
      if (!(await fs.lstat(path)).isDirectory()) throw new KError("no folder");
      return { number, value: await look(path), broken };
    } catch (error) {
      broken.push(`${folderName(number)}: ${error instanceof KError ? error.message : codeOf(error)}`);
    }
  }
  if (broken.length === 0) return undefined;
  throw new KError(`${place.who}: ${place.name} has nothing that is whole: ${broken.slice(0, 3).join("; ")}`);
}
