/** Tensor options: the symbols that say a tensor's device, data type, layout, gradient, pinning and memory format. */
import { type K, Symbols } from "../../../protocol/values.js";
import type { Engine, TensorOptions } from "../../engine/index.js";

export type { TensorOptions } from "../../engine/index.js";

import { DTYPES } from "./dtypes.js";
import { asSymbol, fail } from "./read.js";

const each = (names: readonly string[], set: (name: string) => TensorOptions): [string, TensorOptions][] =>
  names.map((name) => [name, set(name)]);

const SYMBOLS: ReadonlyMap<string, TensorOptions> = new Map<string, TensorOptions>([
  ["cpu", { device: "cpu" }],
  ...each(DTYPES, (dtype) => ({ dtype })),
  ...each(["strided", "sparse"], (layout) => ({ layout })),
  ["grad", { requiresGrad: true }],
  ["nograd", { requiresGrad: false }],
  ["pinned", { pinned: true }],
  ["unpinned", { pinned: false }],
  ...each(["contiguous", "preserve", "channel2d", "channel3d"], (memory) => ({ memory })),
]);

export const MEMORY_FORMATS: readonly string[] = ["contiguous", "preserve", "channel2d", "channel3d"];

/** `cuda` or `cuda:1`, where the machine has such a device. */
function cudaDevice(engine: Engine, name: string): TensorOptions | undefined {
  const match = /^cuda(?::(\d+))?$/.exec(name);
  return match !== null && BigInt(match[1] ?? 0) < engine.cudaDevices() ? { device: name } : undefined;
}

/** Only what was given; later symbols win over earlier ones. @throws KError naming the first symbol that is no option, or options that exclude each other */
export function readTensorOptions(engine: Engine, names: readonly string[]): TensorOptions {
  const options: TensorOptions = {};
  for (const name of names) {
    const option = SYMBOLS.get(name) ?? cudaDevice(engine, name);
    Object.assign(options, option ?? fail(`unrecognized tensor option: \`${name}`));
  }
  if (options.layout === "sparse") {
    if (options.pinned) fail("sparse tensors cannot have pinned memory");
    if (options.memory?.startsWith("channel"))
      fail("sparse tensors cannot use memory formats with channels as last dimension");
  }
  return options;
}

/** The symbols of `x` where it can only be meant as options: a symbol or a symbol list. */
export function optionNames(x: K | undefined): readonly string[] | undefined {
  if (x instanceof Symbols) return x.names;
  const one = asSymbol(x);
  return one === undefined ? undefined : [one];
}
