/** Devices: their random seeds, how many CUDA devices there are, which is the current one, waiting for them (devices page). */

import * as k from "../../protocol/make.js";
import { LONG_NULL } from "../../protocol/types.js";
import { type Dict, isNull, type K, List, NULL } from "../../protocol/values.js";
import type { Engine, Members, Soon } from "../engine/index.js";
import { nameOf } from "./args/ktypes.js";
import { after, asLong, asSymbol, fail, isAbsent, resolve } from "./args/read.js";
import { type Call, page, type Topic } from "./call.js";

/** "cuda" is the current device. */
function cudaNames(engine: Engine): readonly string[] {
  const count = Number(engine.cudaDevices());
  return count === 0 ? [] : ["cuda", ...Array.from({ length: count }, (_, i) => `cuda:${i}`)];
}

const deviceNames = (engine: Engine): readonly string[] => ["cpu", ...cudaNames(engine)];

/** The seed that each device's generator began with. */
export function deviceSeeds(engine: Engine): Dict {
  const names = deviceNames(engine);
  return k.dict(k.symbols(names), k.longs(names.map((name) => engine.seedOf(name))));
}

const SEED = "unrecognized arg(s) for seed, expected one of: device, seed or (device;seed)";

/** seed(): those of all devices; seed n: sets them all; seed device: its seed; seed(device;n): sets it. 0N is a random one. */
function seed({ engine }: Call, x: K): K {
  if (isAbsent(x)) return deviceSeeds(engine);
  const given = (value: bigint): bigint | undefined => (value === LONG_NULL ? undefined : value);
  const value = asLong(x);
  if (value !== undefined) {
    engine.seed(given(value));
    return NULL;
  }
  const [first, second, ...rest] = x instanceof List ? x.items : [x];
  const device = asSymbol(first);
  if (device === undefined || !deviceNames(engine).includes(device) || rest.length > 0) return fail(SEED);
  if (second === undefined) return x instanceof List ? fail(SEED) : k.long(engine.seedOf(device));
  engine.setSeedOf(device, given(asLong(second) ?? fail(SEED)));
  return NULL;
}

/** cudadevices[]: how many; cudadevices(): their names. */
function cudaDevices({ engine }: Call, x: K): K {
  if (isNull(x)) return k.long(engine.cudaDevices());
  return isAbsent(x)
    ? k.symbols(cudaNames(engine))
    : fail("cudadevices[] returns count of available GPUs, cudadevices() returns CUDA syms");
}

/** The current CUDA device, or a new one. */
function cudaDevice({ engine }: Call, x: K): Soon<K> {
  const names = cudaNames(engine);
  if (names.length === 0) return fail("no CUDA device available");
  if (isAbsent(x)) return k.symbol(engine.cudaDevice());
  const name = asSymbol(x);
  if (name === undefined || name === "cuda" || !names.includes(name))
    return fail("unrecognized CUDA device, expecting cuda with valid device number, e.g. `cuda:0");
  return after(engine.setCudaDevice(name), () => NULL);
}

const SYNC = "sync: unrecognized arg, expecting device, device index, tensor, module or model, given";

/** Waits for a CUDA device: the current one, one by number or name, or that of an object. Others have nothing to wait for. */
function sync(call: Call, x: K): Soon<K> {
  const { engine } = call;
  const waited = (index: bigint): Soon<K> => after(engine.synchronize(index), () => NULL);
  const current = (): string => (engine.cudaDevices() > 0n ? engine.cudaDevice() : "");
  const named = (name: string): Soon<K> => {
    const index = /^cuda:(\d+)$/.exec(name === "cuda" ? current() : name)?.[1];
    return index !== undefined && BigInt(index) < engine.cudaDevices() ? waited(BigInt(index)) : NULL;
  };
  if (isAbsent(x)) return named("cuda");
  const index = asLong(x);
  if (index !== undefined) return waited(index);
  const name = asSymbol(x);
  if (name !== undefined) return named(name);
  const found = resolve(call, x) ?? fail(`${SYNC} ${nameOf(x)}`);
  if (found.kind === "optimizer" || found.kind === "feed")
    return fail(`sync: not implemented for ${found.kind}`);
  const device = engine.attribute(found.handle, "device");
  const all = typeof device === "object" ? (device as Members<string | undefined>).values : [device];
  return named(all.find((each) => each !== undefined) ?? "cpu");
}

export const deviceTopic: Topic = page("devices", {
  seed,
  cudadevices: cudaDevices,
  cudadevice: cudaDevice,
  sync,
});
