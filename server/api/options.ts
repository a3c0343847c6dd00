/** Tensor options: the symbols that say a tensor's device, data type, layout, gradient, pinning and memory format. */

import * as k from "../../protocol/make.js";
import { Dict, type K, Symbols, Table } from "../../protocol/values.js";
import type { Engine, Handle } from "../engine/index.js";
import { nameOf } from "./args/ktypes.js";
import { asSymbol, fail, isAbsent, resolve } from "./args/read.js";
import { type Call, page, type Topic } from "./call.js";
import { typeOptions, typeOptionsShown } from "./help.js";
import { KEYS, tensorDefaults } from "./tensors/defaults.js";
import { groupsShown } from "./training/optimizers.js";

/** Only what was given; later symbols win over earlier ones. */
export interface TensorOptions {
  device?: string;
  dtype?: string;
  layout?: string;
  gradient?: boolean;
  pinned?: boolean;
  memory?: string;
}

export const DTYPES = [
  "float",
  "double",
  "half",
  "bool",
  "byte",
  "char",
  "long",
  "int",
  "short",
  "chalf",
  "cfloat",
  "cdouble",
] as const;

const each = (names: readonly string[], set: (name: string) => TensorOptions): [string, TensorOptions][] =>
  names.map((name) => [name, set(name)]);

const SYMBOLS: ReadonlyMap<string, TensorOptions> = new Map<string, TensorOptions>([
  ["cpu", { device: "cpu" }],
  ...each(DTYPES, (dtype) => ({ dtype })),
  ...each(["strided", "sparse"], (layout) => ({ layout })),
  ["grad", { gradient: true }],
  ["nograd", { gradient: false }],
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

/** @throws KError naming the first symbol that is no option, or options that exclude each other */
export function readOptions(engine: Engine, names: readonly string[]): TensorOptions {
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

// the function `options` ---------------------------------------------------------------------------------------

/** How `options` shows an attribute of the engine; undefined tensors have none. */
const SHOWN = {
  device: (x: unknown) => (x ?? "") as string,
  dtype: (x: unknown) => (x ?? "") as string,
  layout: (x: unknown) => (x ?? "") as string,
  gradient: (x: unknown) => (x === undefined ? "" : x ? "grad" : "nograd"),
  pinned: (x: unknown) => (x === undefined ? "" : x ? "pinned" : "unpinned"),
  memory: (x: unknown) => (x ?? "") as string,
};
const FIELDS = Object.keys(SHOWN) as (keyof typeof SHOWN)[];

function ofTensor(engine: Engine, handle: Handle): Dict {
  const info = engine.describe(handle);
  return new Dict(k.symbols(KEYS), k.symbols(FIELDS.map((field) => SHOWN[field](info[field]))));
}

/** A row for each tensor, with the keys of a dictionary before it. */
function ofMembers(engine: Engine, handle: Handle, keyed: boolean): K {
  const columns = FIELDS.map(
    (field) => engine.attribute(handle, field) as { names: string[]; values: unknown[] },
  );
  const rows = new Table(
    k.symbols(KEYS),
    k.list(columns.map((column, i) => k.symbols(column.values.map(SHOWN[FIELDS[i]!])))),
  );
  return keyed ? new Dict(k.symbols(columns[0]!.names), rows) : rows;
}

const TENSORS = ["tensor", "vector", "dictionary", ""];

function options(call: Call, x: K): K {
  const { engine } = call;
  const name = asSymbol(x);
  if (isAbsent(x) || (name !== undefined && TENSORS.includes(name))) return tensorDefaults(call.settings);
  if (name === "model") return fail("options: not implemented for model");
  if (name !== undefined) return typeOptions(name) ?? fail(`options: help topic, \`${name}`);
  const found = resolve(call, x);
  const { handle } = found ?? { handle: 0 };
  switch (found?.kind) {
    case "tensor":
      return ofTensor(engine, handle);
    case "vector":
    case "dictionary":
      return ofMembers(engine, handle, found.kind === "dictionary");
    case "module":
    case "loss": {
      const { type, definition } = engine.definition(handle);
      return typeOptionsShown(type, definition, call.settings.allOptions);
    }
    case "optimizer":
      return groupsShown(engine.optimizerInfo(handle), call.settings.allOptions);
    case "model":
      return fail("options: not implemented for model");
    default:
      return fail(`options: unrecognized arg(s), expecting empty arg, name or object, given ${nameOf(x)}`);
  }
}

export const optionTopic: Topic = page("tensors", { options });
