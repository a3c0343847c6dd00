/** `options`: what new tensors, types and objects have. */

import * as k from "../../protocol/make.js";
import { Dict, type K, Table } from "../../protocol/values.js";
import type { Engine, Handle } from "../engine/index.js";
import { nameOf } from "./args/ktypes.js";
import { asSymbol, fail, isAbsent, resolve } from "./args/read.js";
import { type Call, page, type Topic } from "./call.js";
import { typeOptions, typeOptionsShown } from "./help.js";
import { KEYS, tensorDefaults } from "./tensors/defaults.js";
import { groupsShown } from "./training/optimizers.js";

// the function `options` ---------------------------------------------------------------------------------------

/** How `options` shows an attribute of the engine; undefined tensors have none. */
const SHOWN = {
  device: (x: unknown) => (x ?? "") as string,
  dtype: (x: unknown) => (x ?? "") as string,
  layout: (x: unknown) => (x ?? "") as string,
  requiresGrad: (x: unknown) => (x === undefined ? "" : x ? "grad" : "nograd"),
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
