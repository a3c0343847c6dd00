/** Making modules, adding to them, and giving back what they are (docs/modules.rst). */

import * as k from "../../../protocol/make.js";
import { type K, List, NULL } from "../../../protocol/values.js";
import { asHandle, handleK } from "../../engine/handle.js";
import type { Engine, Handle, Soon } from "../../engine/index.js";
import { after, asFlag, asLong, type Found, fail, resolve } from "../args/read.js";
import { show } from "../args/show.js";
import { type Call, page, type Topic } from "../call.js";
import { type Tensors, takeGiven, withValues } from "./given.js";
import { moduleTable, rowsWithParameters } from "./module_rows.js";
import { build, canDefine, checkCount, type Open, placeIn, type Root, refuse } from "./specs.js";
import { restore } from "./state.js";
import { LAYERS } from "./types/layers.js";

// making and adding ----------------------------------------------------------------------------------------------

function create(call: Call, x: K): Soon<K> {
  if (x instanceof List && x.count === 0) return fail("module: empty list");
  if (!canDefine(x)) return fail(`module: unrecognized arg(s), ${show(x)}`);
  checkCount(x);
  return after(withValues(call, x, true), (definition) => {
    const roots = build(definition);
    if (roots.length > 1) fail("module: more than one root");
    return after(made(call, roots[0]!), handleK);
  });
}

/** A module with the parameters that its definition came with. */
const made = (call: Call, { spec, tensors }: Root): Soon<Handle> =>
  after(call.engine.module(spec), (handle) => {
    call.made(handle);
    return after(
      tensors.some(holdsAny) ? restore(call, handle, tensors) : takeGiven(call, spec, handle),
      () => handle,
    );
  });

const holdsAny = (tensors: Tensors): boolean => Object.values(tensors).some((each) => each !== undefined);

/** The containers that the next module could go into, root first. */
function openContainers(engine: Engine, handle: Handle): Open[] {
  const open: Open[] = [];
  for (const { depth, type } of engine.layers(handle)) {
    open.length = Math.min(open.length, Number(depth));
    if (LAYERS.get(type)?.container === true) open.push({ type });
  }
  return open;
}

function append(call: Call, module: Handle, x: K, depth: bigint | undefined): Soon<K> {
  const { engine } = call;
  const child = resolve(call, x);
  if (child !== undefined) return adopt(call, module, child, depth, x);
  if (!canDefine(x)) return fail(`module: unrecognized arg(s), ${show(x)}`);
  checkCount(x);
  return after(withValues(call, x, true), async (definition) => {
    const roots = build(definition, openContainers(engine, module), depth);
    const children: Handle[] = [];
    for (const root of roots) children.push(call.keep(await made(call, root)));
    engine.adopt(
      module,
      roots.map((root) => root.depth),
      children,
    );
    return NULL;
  });
}

/** Moves a module into another; its handle is gone. */
function adopt(call: Call, module: Handle, child: Found, given: bigint | undefined, x: K): Soon<K> {
  const { engine } = call;
  if (child.kind !== "module") return fail(`module: unrecognized arg(s), ${show(x)}`);
  const open = openContainers(engine, module);
  const { type } = engine.definition(child.handle);
  const depth = placeIn(open, given);
  if (depth > open.length) return fail(`${type}: depth ${depth} above max depth of ${open.length}`);
  if (depth < 1n) return fail(`${type}: depth ${depth} below min depth of 1`);
  refuse(open[Number(depth) - 1]!.type, type);
  engine.adopt(module, [depth], [child.handle]);
  engine.release(child.handle);
  return NULL;
}

// the function -----------------------------------------------------------------------------------------------------

const define = (call: Call, handle: Handle, all = call.settings.allOptions): Soon<K> =>
  after(rowsWithParameters(call, handle), (rows) => moduleTable(rows, all));

function module(call: Call, x: K): Soon<K> {
  const found = resolve(call, x);
  if (found !== undefined) return ofObject(call, found, x);
  if (!(x instanceof List) || x.count < 2 || asHandle(x.items[0]!) === undefined) return create(call, x);
  const [first, second, third] = x.items;
  const target = resolve(call, first!)!;
  if (target.kind !== "module" && target.kind !== "model")
    return fail(`module: unrecognized arg(s), ${show(x)}`);
  const all = asFlag(second);
  if (x.count === 2 && all !== undefined) return define(call, target.handle, all);
  if (x.count === 2) return append(call, target.handle, second!, undefined);
  const depth = asLong(second);
  if (x.count === 3 && depth !== undefined) return append(call, target.handle, third!, depth);
  return fail(`module: unrecognized arg(s), ${show(k.list(x.items.slice(1)))}`);
}

function ofObject(call: Call, { kind, handle }: Found, x: K): Soon<K> {
  switch (kind) {
    case "module":
      return define(call, handle);
    case "model":
      return handleK(call.engine.part(handle, "module"));
    case "optimizer":
      return handleK(
        call.engine.optimizerModule(handle) ?? fail("module: no module registered with given optimizer"),
      );
    default:
      return fail(`module: unrecognized arg(s), ${show(x)}`);
  }
}

export const moduleTopic: Topic = page("modules", { module });
