/**
 * Which files a feed reads. A plant names its log, and what a plant says is text of a stranger: a name counts only where
 * it leads below the data folder, or below a folder that the server's operator gave by --logs.
 */
import { closeSync, constants, fstatSync, openSync, realpathSync } from "node:fs";
import { posix } from "node:path";
import { KError } from "../../../protocol/values.js";

/** Logs that a plant names below `from` lie here below `to`. */
export interface Mapped {
  readonly from: string;
  readonly to: string;
}

export interface Folders {
  readonly logs: readonly Mapped[];
  /** The data folder, where the server has one. */
  readonly data: string | undefined;
}

export const LONGEST_NAME = 4096;

/** A file, and the folder that it may not lead out of. */
export interface Found {
  readonly path: string;
  readonly root: string;
}

/** What follows `folder` in a name, undefined where it is not below it. */
function below(name: string, folder: string): string | undefined {
  const plain = posix.normalize(`${folder}/`);
  if (plain === "./") return name.startsWith("/") ? undefined : name;
  return name.startsWith(plain) ? name.slice(plain.length) : undefined;
}

/**
 * Where a log lies here.
 * @param named as the plant has it: a path, with or without a colon before it
 * @throws KError where it may not be read, with what would allow it
 */
export function logPath(named: string, { logs, data }: Folders): Found {
  const name = posix.normalize(named.replace(/^:/, ""));
  const shown = JSON.stringify(named.slice(0, 200));
  if (
    name.length > LONGEST_NAME ||
    /\p{Cc}/u.test(name) ||
    name.split("/").includes("..") ||
    name === "." ||
    name.endsWith("/")
  )
    throw new KError(`${shown} is no name of a log`);
  const folders = [...logs, ...(data === undefined ? [] : [{ from: data, to: data }])];
  for (const { from, to } of folders) {
    const rest = below(name, from);
    if (rest !== undefined && rest !== "") return { path: posix.join(to, rest), root: to };
  }
  const folder = posix.dirname(name);
  throw new KError(`the log ${shown} is not below a folder that feeds may read: --logs ${folder}=FOLDER`);
}

/**
 * Opens a log for reading, a plain file that does not lead out of its folder.
 * @returns a file descriptor
 * @throws KError
 */
export function openLog({ path, root }: Found): number {
  let fd: number;
  try {
    const real = realpathSync(path);
    if (below(real, realpathSync(root)) === undefined) throw new KError(`${path} leads out of ${root}`);
    fd = openSync(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof KError) throw error;
    throw new KError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw new KError(`${path} is no file`);
}

/** Whether `openLog` would. */
export function openable(found: Found): boolean {
  try {
    closeSync(openLog(found));
    return true;
  } catch (error) {
    if (error instanceof KError) return false;
    throw error;
  }
}
