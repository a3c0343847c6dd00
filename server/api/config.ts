/** What libtorch is and how it is set: `config`, `setting`, `version` (config page). All of it is the process's. */

import { availableParallelism } from "node:os";
import * as k from "../../protocol/make.js";
import { LONG_NULL } from "../../protocol/types.js";
import { isNull, type K, List, NULL, Symbols } from "../../protocol/values.js";
import type { LibrarySettings, Soon } from "../engine/index.js";
import { after, asFlag, asLong, asSymbol, fail, isAbsent } from "./args/read.js";
import { show } from "./args/show.js";
import { type Call, page, type Topic } from "./call.js";

/** More threads than this help nobody, and OpenMP ends the process where it cannot have them. */
const MOST_THREADS = Math.max(64, 4 * availableParallelism());

interface SettingRow {
  readonly get: (call: Call, library: LibrarySettings) => K;
  readonly setFlag?: (call: Call, flag: boolean) => Soon<void>;
  readonly setLong?: (call: Call, value: bigint) => Soon<void>;
  /** Not in the list of all where it says no. */
  readonly listed?: (library: LibrarySettings) => boolean;
}

const flagOf = (name: "mkl" | "openmp" | "mps" | "cuda" | "magma" | "cudnn"): SettingRow => ({
  get: (_, library) => k.boolean(library[name]),
});

const libraryFlag = (name: "benchmark" | "cudnndeterministic" | "tf32"): SettingRow => ({
  get: (_, library) => k.boolean(library[name]),
  setFlag: ({ engine }, flag) => engine.changeLibrarySetting(name, flag ? 1n : 0n),
});

/** A setting of this server's own. */
const ownFlag = (
  name: "stackFrame" | "allOptions" | "complexFirst",
  changed?: (call: Call, flag: boolean) => void,
): SettingRow => ({
  get: ({ settings }) => k.boolean(settings[name]),
  setFlag: (call, flag) => {
    call.settings[name] = flag;
    changed?.(call, flag);
  },
});

function checkThreads(name: string, value: bigint): void {
  if (value < 1n || value > BigInt(MOST_THREADS))
    fail(`setting: ${name}: expecting 1-${MOST_THREADS} threads, given ${value}`);
}

const SETTINGS: Readonly<Record<string, SettingRow>> = {
  mkl: flagOf("mkl"),
  openmp: flagOf("openmp"),
  threads: {
    get: (_, { threads }) => k.long(threads),
    setLong: ({ engine }, value) => {
      checkThreads("threads", value);
      return engine.setThreads(value);
    },
  },
  interopthreads: {
    get: (_, { interopthreads }) => k.long(interopthreads),
    setLong: ({ engine }, value) => {
      checkThreads("interopthreads", value);
      engine.changeLibrarySetting("interopthreads", value);
    },
  },
  mps: flagOf("mps"),
  cuda: flagOf("cuda"),
  magma: flagOf("magma"),
  cudnn: flagOf("cudnn"),
  cudnnversion: { get: (_, { cudnnversion }) => k.long(cudnnversion ?? LONG_NULL) },
  cudadevices: { get: (_, { cudadevices }) => k.long(cudadevices) },
  benchmark: libraryFlag("benchmark"),
  deterministic: {
    get: (_, { deterministic }) => k.long(deterministic),
    setLong: ({ engine }, value) =>
      value >= 0n && value <= 2n
        ? engine.changeLibrarySetting("deterministic", value)
        : fail("deterministic: use 0-turn off, 1-warn only, 2-error if non-deterministic algorithm"),
  },
  cudnndeterministic: libraryFlag("cudnndeterministic"),
  stackframe: ownFlag("stackFrame"),
  alloptions: ownFlag("allOptions"),
  complexfirst: ownFlag("complexFirst", ({ engine }, flag) => engine.setComplexFirst(flag)),
  // beyond ktorch: listed where it is on
  tf32: {
    ...libraryFlag("tf32"),
    setFlag: ({ engine }, flag) =>
      engine.cudaDevices() > 0n
        ? engine.changeLibrarySetting("tf32", flag ? 1n : 0n)
        : fail("setting: tf32 needs a CUDA device, there is none"),
    listed: ({ tf32 }) => tf32,
  },
};

const settingOf = (name: string): SettingRow =>
  Object.hasOwn(SETTINGS, name) ? SETTINGS[name]! : fail(`unrecognized configuration setting: ${name}`);

/** setting(): all of them; setting name: its value; setting(name;value): sets it. */
function setting(call: Call, x: K): Soon<K> {
  if (isAbsent(x)) {
    const library = call.engine.librarySettings();
    const rows = Object.entries(SETTINGS).filter(([, { listed }]) => listed?.(library) ?? true);
    return k.dict(
      k.symbols(rows.map(([name]) => name)),
      k.list(rows.map(([, { get }]) => get(call, library))),
    );
  }
  const name = asSymbol(x);
  if (name !== undefined) return settingOf(name).get(call, call.engine.librarySettings());
  const items = x instanceof List ? x.items : x instanceof Symbols ? x.names.map(k.symbol) : [];
  const [first, value] = items;
  const changed = asSymbol(first);
  if (changed === undefined || items.length !== 2)
    return fail("setting: unrecognized arg(s), expecting empty arg or sym, (sym;bool) or (sym;long)");
  return after(change(call, changed, x instanceof Symbols ? x : value!), () => NULL);
}

function change(call: Call, name: string, value: K): Soon<void> {
  const row = settingOf(name);
  const flag = asFlag(value);
  if (flag !== undefined)
    return (row.setFlag ?? (() => fail(`setting: cannot set flag for ${name}`)))(call, flag);
  const long = asLong(value);
  if (long !== undefined)
    return (row.setLong ?? (() => fail(`setting: cannot set value for ${name}`)))(call, long);
  return fail(`unable to change setting: ${name} with value ${show(value)}`);
}

/** config(): lines on how libtorch was built and computes in parallel. The reference prints them for config[]. */
function config({ engine }: Call, x: K): Soon<K> {
  if (isNull(x)) return NULL;
  if (!isAbsent(x))
    return fail("config expects empty argument: config[] prints to stderr, config() returns strings");
  return after(engine.libraryConfiguration(), (text) =>
    k.list(
      text
        .split("\n")
        .filter((line) => line !== "")
        .map(k.chars),
    ),
  );
}

/** libtorch's: version() a text, version[] a number, 2.14.1 being 2.1401. */
function version({ engine }: Call, x: K): K {
  if (!isAbsent(x)) return fail("version: unexpected arg(s), use version() for string, version[] for number");
  const { version: text } = engine.librarySettings();
  const [major, minor, patch] = text.split(".").map(Number) as [number, number, number];
  return isNull(x) ? k.float(major + minor / 100 + patch / 10000) : k.chars(text);
}

export const configTopic: Topic = page("config", { config, setting, version, resolve: (_call, x) => x });
