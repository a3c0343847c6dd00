/** A tensor's attributes all at once, its storage, its display, and how many of its elements are not zero (info page). */
import * as k from "../../../protocol/make.js";
import { type Atom, Dict, type K } from "../../../protocol/values.js";
import type { Call } from "../../calls/requests.js";
import type { Handle, Kind, Soon } from "../../engine/index.js";
import { nameOf } from "../args/ktypes.js";
import { after, answer, fail, handleK, objectOf, resolve, row } from "../args/read.js";
import { membersOf, Temporary } from "../args/values.js";
import type { Api, Topic } from "../index.js";
import { ATTRIBUTES, attributeOf, DTYPE } from "./info.js";

/** In the order in which `info` shows them; `pinned` is shown as `pin` with the option's name. */
const SHOWN = [
  ["defined", "device", "dtype", "layout", "gradient", "pin", "memory", "leaf", "gradfn", "dim", "sparsedim"],
  ["size", "stride", "numel", "itemsize", "contiguous", "coalesced", "offset", "ptr", "ref"],
].flat();

const ROWS = new Map([...ATTRIBUTES, DTYPE].map((attribute) => [attribute.name, attribute]));

function shown(api: Api, call: Call, handle: Handle): K[] {
  const object = handleK(handle);
  return SHOWN.map((name) => {
    if (name !== "pin") return attributeOf(api, call, object, ROWS.get(name)!);
    const { pinned } = api.engine.describe(call.user, handle);
    return k.symbol(pinned === undefined ? "" : pinned ? "pinned" : "unpinned");
  });
}

function tensorOnly(api: Api, call: Call, x: K, who: string): Handle {
  const handle = objectOf(api, call, x, "tensor");
  return handle ?? fail(`${who} not implemented for ${resolve(api, call, x)?.kind ?? nameOf(x)}`);
}

const info = (api: Api, call: Call, x: K): K =>
  new Dict(k.symbols(SHOWN), k.list(shown(api, call, tensorOnly(api, call, x, "info"))));

/** A dense tensor with its whole storage; a sparse one's indices and values. */
async function detail(api: Api, call: Call, handle: Handle, temporary: Temporary): Promise<K> {
  const { engine } = api;
  const { user } = call;
  const { layout, defined } = engine.describe(user, handle);
  if (!defined) return new Dict(k.symbols(SHOWN), k.list(shown(api, call, handle)));
  if (layout !== "sparse")
    return new Dict(
      k.symbols([...SHOWN, "storage"]),
      k.list([...shown(api, call, handle), await storage(api, call, handle)]),
    );
  const parts: K[] = [];
  for (const part of ["_indices", "_values"]) {
    const made = await engine.op(user, `aten::${part}`, "", [{ handle }], false, true);
    parts.push(await detail(api, call, temporary.keep(made as Handle), temporary));
  }
  return new Dict(k.symbols(["indices", "values"]), k.list(parts));
}

async function storage({ engine, settings }: Api, { user }: Call, handle: Handle): Promise<K> {
  const { storageBytes, storageUses, storage } = engine.describe(user, handle);
  const elements = engine.attribute(user, handle, "elements") as bigint;
  const all = [{ handle }, [elements], [1n], 0n];
  const data = answer(await engine.op(user, "aten::as_strided", "", all, true, settings.complexFirst));
  const values = [k.long(storageBytes!), k.long(storageUses!), k.long(storage!), data];
  return new Dict(k.symbols(["bytes", "ref", "ptr", "data"]), k.list(values));
}

const DISPLAYED: readonly Kind[] = ["tensor", "module", "loss", "model"];

/** libtorch's own display. */
function str({ engine, ...rest }: Api, call: Call, x: K): Soon<K> {
  const found = resolve({ engine, ...rest }, call, x);
  if (found === undefined)
    return fail(`str: need allocated torch object, e.g. tensor, module, given ${nameOf(x)}`);
  if (!DISPLAYED.includes(found.kind)) return fail(`str: not implemented for ${found.kind}`);
  return after(engine.display(call.user, found.handle), k.chars);
}

/** Elements that are not zero; of a sparse tensor those that it holds. */
function nonZeros(api: Api, call: Call, x: K): Soon<K> {
  const found = resolve(api, call, x);
  if (found === undefined) return fail(`nnz: unrecognized arg(s) - ${nameOf(x)}`);
  const { handle, kind } = found;
  if (kind === "tensor") return after(count(api, call, handle), k.long);
  if (kind !== "vector" && kind !== "dictionary")
    return fail(`nnz: not implemented for ${kind === "module" ? "modules" : kind}`);
  const temporary = new Temporary(api, call);
  return temporary.during(async () => {
    const { names, inputs } = membersOf(api, call, handle, kind, temporary);
    const counts: bigint[] = [];
    for (const member of inputs) counts.push(await count(api, call, member as Handle));
    return names === undefined ? k.longs(counts) : new Dict(k.symbols(names), k.longs(counts));
  });
}

function count({ engine }: Api, { user }: Call, handle: Handle): Soon<bigint> {
  const { defined, layout } = engine.describe(user, handle);
  if (!defined) return 0n;
  const operator = layout === "sparse" ? "aten::_nnz" : "aten::count_nonzero";
  return after(engine.op(user, operator, "", [{ handle }], true, true), (found) => {
    const value = answer(found) as Atom;
    return value.value as bigint;
  });
}

export const detailTopic: Topic = (api) => [
  row("info", "info", (call, x) => info(api, call, x)),
  row("detail", "info", (call, x) => {
    const handle = tensorOnly(api, call, x, "detail");
    const temporary = new Temporary(api, call);
    return temporary.during(() => detail(api, call, handle, temporary));
  }),
  row("str", "info", (call, x) => str(api, call, x)),
  row("nnz", "sparse", (call, x) => nonZeros(api, call, x)),
];
