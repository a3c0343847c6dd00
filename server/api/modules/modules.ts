/** Making modules, adding to them, and giving back what they are (docs/modules.rst). */
import * as k from "../../../protocol/make.js";
import { type K, List, NULL } from "../../../protocol/values.js";
import type { Call } from "../../calls/requests.js";
import type { Engine, Handle, Soon } from "../../engine/index.js";
import { after, asFlag, asHandle, asLong, type Found, fail, handleK, resolve, row } from "../args/read.js";
import { show } from "../args/show.js";
import type { Api, Topic } from "../index.js";
import { restore } from "../state.js";
import { moduleRows, moduleTable } from "./module_rows.js";
import { type Built, build, canDefine, type Open, placeIn, refuse, withValues } from "./specs.js";
import { LAYERS } from "./types/layers.js";

// making and adding ----------------------------------------------------------------------------------------------

function create(api: Api, call: Call, x: K): Soon<K> {
  if (x instanceof List && x.count === 0) return fail("module: empty list");
  if (!canDefine(x)) return fail(`module: unrecognized arg(s), ${show(x)}`);
  return after(withValues(api, call, x), (definition) => {
    const built = build(definition);
    if (built.roots.length > 1) fail("module: more than one root");
    return after(api.engine.module(call.user, built.roots[0]!.spec), (handle) =>
      after(filled(api, call, handle, built), () => handleK(handle)),
    );
  });
}

/** Puts in the parameters that a definition came with; without them all, there is no module. */
function filled(api: Api, call: Call, handle: Handle, built: Built): Soon<void> {
  if (built.tensors.every(({ parms, buffers }) => parms === undefined && buffers === undefined)) return;
  return restore(api, call, handle, built.tensors).catch((error: unknown) => {
    api.engine.release(call.user, handle);
    throw error;
  });
}

/** The containers that the next module could go into, root first. */
function openContainers(engine: Engine, user: number, handle: Handle): Open[] {
  const open: Open[] = [];
  for (const { depth, type } of engine.layers(user, handle, false)) {
    open.length = Number(depth);
    if (LAYERS.get(type)?.container === true) open.push({ type });
  }
  return open;
}

function append(api: Api, call: Call, module: Handle, x: K, depth: bigint | undefined): Soon<K> {
  const { engine } = api;
  const { user } = call;
  const child = resolve(api, call, x);
  if (child !== undefined) return adopt(api, call, module, child, depth, x);
  if (!canDefine(x)) return fail(`module: unrecognized arg(s), ${show(x)}`);
  return after(withValues(api, call, x), async (definition) => {
    const { roots } = build(definition, openContainers(engine, user, module), depth);
    for (const root of roots) await engine.append(user, module, root.depth, root.spec);
    return NULL;
  });
}

/** Moves a module into another; its handle is gone. */
function adopt(api: Api, call: Call, module: Handle, child: Found, given: bigint | undefined, x: K): Soon<K> {
  const { engine } = api;
  if (child.kind !== "module") return fail(`module: unrecognized arg(s), ${show(x)}`);
  const open = openContainers(engine, call.user, module);
  const { type } = engine.layers(call.user, child.handle, false)[0]!;
  const depth = placeIn(open, given);
  if (depth > open.length) return fail(`${type}: depth ${depth} above max depth of ${open.length}`);
  if (depth < 1n) return fail(`${type}: depth ${depth} below min depth of 1`);
  refuse(open[Number(depth) - 1]!.type, type);
  engine.adopt(call.user, module, depth, child.handle);
  engine.release(call.user, child.handle);
  return NULL;
}

// the function -----------------------------------------------------------------------------------------------------

function define(api: Api, user: number, handle: Handle, all = api.settings.allOptions): K {
  return moduleTable(moduleRows(api.engine, user, handle), all);
}

function module(api: Api, call: Call, x: K): Soon<K> {
  const found = resolve(api, call, x);
  if (found !== undefined) return ofObject(api, call, found, x);
  if (!(x instanceof List) || x.count < 2 || asHandle(x.items[0]!) === undefined) return create(api, call, x);
  const [first, second, third] = x.items;
  const target = resolve(api, call, first!)!;
  if (target.kind !== "module" && target.kind !== "model")
    return fail(`module: unrecognized arg(s), ${show(x)}`);
  const all = asFlag(second);
  if (x.count === 2 && all !== undefined) return define(api, call.user, target.handle, all);
  if (x.count === 2) return append(api, call, target.handle, second!, undefined);
  const depth = asLong(second);
  if (x.count === 3 && depth !== undefined) return append(api, call, target.handle, third!, depth);
  return fail(`module: unrecognized arg(s), ${show(k.list(x.items.slice(1)))}`);
}

function ofObject(api: Api, call: Call, { kind, handle }: Found, x: K): K {
  switch (kind) {
    case "module":
      return define(api, call.user, handle);
    case "model":
      return handleK(api.engine.part(call.user, handle, "module"));
    case "optimizer":
      return handleK(
        api.engine.optimizerModule(call.user, handle) ??
          fail("module: no module registered with given optimizer"),
      );
    default:
      return fail(`module: unrecognized arg(s), ${show(x)}`);
  }
}

export const moduleTopic: Topic = (api) => [row("module", "modules", (call, x) => module(api, call, x))];
