/**
 * What this process may use of the machine. In a container, or under a service manager, that is the control group's
 * limit, which neither Node nor libtorch looks at everywhere: memory beyond it ends the process, threads beyond its
 * processor share are throttled.
 */
import { readFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { dirname, join } from "node:path";

/** What the control groups allow; Infinity where they set no limit. */
export interface Limits {
  /** Bytes. */
  readonly memory: number;
  /** Processors' worth of time, may be a fraction. */
  readonly processors: number;
}

const NONE = Number.POSITIVE_INFINITY;

/** The content of a small file; undefined where there is none or it may not be read. */
function content(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}

/** "max" (version 2) and -1 (version 1) mean no limit. */
const amount = (text: string | undefined): number => (Number(text) > 0 ? Number(text) : NONE);
const share = (quota: string | undefined, period: string | undefined): number =>
  amount(quota) / (Number(period) || 100_000);

/** How each version of control groups says its limits: the controller's name, and what its folder says. */
const CONTROLLERS: readonly {
  /** As /proc/self/cgroup names it; empty for version 2, where one hierarchy has all. */
  readonly name: string;
  readonly mount: string;
  readonly limits: (folder: string) => Partial<Limits>;
}[] = [
  {
    name: "",
    mount: "",
    limits: (folder) => {
      const [quota, period] = (content(join(folder, "cpu.max")) ?? "").split(" ");
      return { memory: amount(content(join(folder, "memory.max"))), processors: share(quota, period) };
    },
  },
  {
    name: "memory",
    mount: "memory",
    limits: (folder) => ({ memory: amount(content(join(folder, "memory.limit_in_bytes"))) }),
  },
  {
    name: "cpu",
    mount: "cpu",
    limits: (folder) => ({
      processors: share(
        content(join(folder, "cpu.cfs_quota_us")),
        content(join(folder, "cpu.cfs_period_us")),
      ),
    }),
  },
];

/** The folder, the one above it and so on: a limit holds for all groups below. */
function* upwards(path: string): Generator<string> {
  for (let at = path; ; at = dirname(at)) {
    yield at;
    if (at === "/" || at === ".") return;
  }
}

/**
 * The least limits of the groups that this process is in. Inside a container its own path may not be visible; its
 * group's folder is then the mount itself, which is looked at in any case.
 * @param proc the process's list of groups, and @param mount where the groups are mounted (tests)
 */
export function groupLimits(proc = "/proc/self/cgroup", mount = "/sys/fs/cgroup"): Limits {
  let memory = NONE;
  let processors = NONE;
  for (const line of (content(proc) ?? "").split("\n")) {
    const [, names, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    for (const { name, mount: place, limits } of CONTROLLERS) {
      if (names === undefined || path === undefined || !names.split(",").includes(name)) continue;
      for (const folder of upwards(path)) {
        const found = limits(join(mount, place, folder));
        memory = Math.min(memory, found.memory ?? NONE);
        processors = Math.min(processors, found.processors ?? NONE);
      }
    }
  }
  // version 1 says "no limit" by a number beyond all memory
  return { memory: memory < totalmem() ? memory : NONE, processors };
}

/** The rest of the limit is for what is not the objects' own: V8, libraries, the system's buffers for sockets. */
const USABLE = 0.85;

/** Bytes that the process may use by its control group; Infinity for no limit. */
export const usableMemory = (limits = groupLimits()): number => limits.memory * USABLE;

/** How many threads have a processor to run on. */
export const usableProcessors = (limits = groupLimits()): number =>
  Math.max(1, Math.min(availableParallelism(), Math.ceil(limits.processors)));

/**
 * Tells libtorch's thread pools and the BLAS how many threads to use, where the user has not; they read the variable
 * when they are loaded. Left alone, they take a thread for each processor of the machine.
 */
export function limitThreads(processors = usableProcessors()): void {
  if (processors < availableParallelism()) process.env.OMP_NUM_THREADS ??= String(processors);
}

/** The library that does linear algebra. */
export interface Blas {
  readonly name: string;
  /** Right, but many times slower than the machine. */
  readonly slow: boolean;
}

/**
 * Those that come as libraries of their own, by their files. The reference is first: beside it OpenBLAS may be loaded for
 * LAPACK alone.
 */
const LIBRARIES: readonly (readonly [file: RegExp, blas: Blas])[] = [
  [/\/blas\/libblas[^/]*\.so/, { name: "netlib's reference BLAS", slow: true }],
  [/\/(libopenblas|openblas[^/]*\/libblas)[^/]*\.so/, { name: "OpenBLAS", slow: false }],
  [/\/libmkl_[^/]*\.so/, { name: "MKL", slow: false }],
  [/\/(libblis|blis[^/]*\/libblas)[^/]*\.so/, { name: "BLIS", slow: false }],
  [/\/(libatlas|atlas\/libblas)[^/]*\.so/, { name: "ATLAS", slow: false }],
];

/**
 * The BLAS that is loaded; undefined where none is a library of its own (libtorch's own packages have it inside).
 * @param maps the process's list of what is in its memory (tests)
 */
export function loadedBlas(maps = "/proc/self/maps"): Blas | undefined {
  const files = content(maps) ?? "";
  return LIBRARIES.find(([file]) => file.test(files))?.[1];
}
