/** A tensor's attributes all at once, its storage, its display, and how many of its elements are not zero (info page). */

import * as k from "../../../protocol/make.js";
import { type Atom, Dict, type K } from "../../../protocol/values.js";
import { handleK } from "../../engine/handle.js";
import type { Handle, Kind, Soon } from "../../engine/index.js";
import { invoke, make } from "../args/invoke.js";
import { nameOf } from "../args/ktypes.js";
import { after, answer, fail, objectOf, resolve } from "../args/read.js";
import { membersOf } from "../args/values.js";
import { type Call, page, type Topic } from "../call.js";
import { ATTRIBUTES, attributeOf, DTYPE, several } from "./info.js";

/** In the order in which `info` shows them; `pinned` is shown as `pin` with the option's name. */
const SHOWN = [
  ["defined", "device", "dtype", "layout", "gradient", "pin", "memory", "leaf", "gradfn", "dim", "sparsedim"],
  ["size", "stride", "numel", "itemsize", "contiguous", "coalesced", "offset", "ptr", "ref"],
].flat();

const ROWS = new Map([...ATTRIBUTES, DTYPE].map((attribute) => [attribute.name, attribute]));

function shown(call: Call, handle: Handle): K[] {
  const object = handleK(handle);
  return SHOWN.map((name) => {
    if (name !== "pin") return attributeOf(call, object, ROWS.get(name)!);
    const { pinned } = call.engine.describe(handle);
    return k.symbol(pinned === undefined ? "" : pinned ? "pinned" : "unpinned");
  });
}

function tensorOnly(call: Call, x: K, who: string): Handle {
  const handle = objectOf(call, x, "tensor");
  return handle ?? fail(`${who} not implemented for ${resolve(call, x)?.kind ?? nameOf(x)}`);
}

const info = (call: Call, x: K): K =>
  new Dict(k.symbols(SHOWN), k.list(shown(call, tensorOnly(call, x, "info"))));

/** A dense tensor with its whole storage; a sparse one's indices and values. */
async function detail(call: Call, handle: Handle): Promise<K> {
  const { engine } = call;
  const { layout, defined } = engine.describe(handle);
  if (!defined) return new Dict(k.symbols(SHOWN), k.list(shown(call, handle)));
  if (layout !== "sparse")
    return new Dict(
      k.symbols([...SHOWN, "storage"]),
      k.list([...shown(call, handle), await storage(call, handle)]),
    );
  const parts: K[] = [];
  for (const part of ["_indices", "_values"]) {
    parts.push(await detail(call, call.keep(await make(call, part, { self: { handle } }))));
  }
  return new Dict(k.symbols(["indices", "values"]), k.list(parts));
}

async function storage(call: Call, handle: Handle): Promise<K> {
  const { engine } = call;
  const { storageBytes, storageUses, storage } = engine.describe(handle);
  const elements = engine.attribute(handle, "elements") as bigint;
  const all = { self: { handle }, size: [elements], stride: [1n], storage_offset: 0n };
  const data = answer(await invoke(call, "as_strided", all, "k"));
  const values = [k.long(storageBytes!), k.long(storageUses!), k.long(storage!), data];
  return new Dict(k.symbols(["bytes", "ref", "ptr", "data"]), k.list(values));
}

const DISPLAYED: readonly Kind[] = ["tensor", "module", "loss", "model"];

/** libtorch's own display. */
function str(call: Call, x: K): Soon<K> {
  const found = resolve(call, x);
  if (found === undefined)
    return fail(`str: need allocated torch object, e.g. tensor, module, given ${nameOf(x)}`);
  if (!DISPLAYED.includes(found.kind)) return fail(`str: not implemented for ${found.kind}`);
  return after(call.engine.display(found.handle), k.chars);
}

/** Elements that are not zero; of a sparse tensor those that it holds. */
function nnz(call: Call, x: K): Soon<K> {
  const found = resolve(call, x);
  if (found === undefined) return fail(`nnz: unrecognized arg(s) - ${nameOf(x)}`);
  const { handle, kind } = found;
  if (kind === "tensor") return after(count(call, handle), k.long);
  if (kind === "vector" || kind === "dictionary") return countMembers(call, handle, kind);
  return fail(`nnz: not implemented for ${several(kind)}`);
}

async function countMembers(call: Call, handle: Handle, kind: Kind): Promise<K> {
  const { names, inputs } = membersOf(call, handle, kind);
  const counts: bigint[] = [];
  for (const member of inputs) counts.push(await count(call, member as Handle));
  return names === undefined ? k.longs(counts) : new Dict(k.symbols(names), k.longs(counts));
}

function count(call: Call, handle: Handle): Soon<bigint> {
  const { defined, layout } = call.engine.describe(handle);
  if (!defined) return 0n;
  const operator = layout === "sparse" ? "_nnz" : "count_nonzero";
  return after(invoke(call, operator, { self: { handle } }, "k"), (found) => {
    const value = answer(found) as Atom;
    return value.value as bigint;
  });
}

export const detailTopic: Topic = [
  ...page("info", { info, detail: (call, x) => detail(call, tensorOnly(call, x, "detail")), str }),
  ...page("sparse", { nnz }),
];
