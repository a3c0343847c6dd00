/** What is inside modules: names, types, child modules, parameters and buffers (docs/modules.rst). */

import * as k from "../../../protocol/make.js";
import { Dict, type K, NULL, type Symbols } from "../../../protocol/values.js";
import { handleK } from "../../engine/handle.js";
import type { Handle, Kind, LayerInfo, Soon } from "../../engine/index.js";
import { make } from "../args/invoke.js";
import { nameOf } from "../args/ktypes.js";
import {
  after,
  asFlag,
  asLong,
  asSymbol,
  asSymbols,
  encoded,
  fail,
  firstObject,
  type ObjectWithRest,
  resolve,
} from "../args/read.js";
import { type Call, page, type Topic } from "../call.js";
import { several } from "../tensors/info.js";
import { type ModuleRow, moduleRows } from "./module_rows.js";
import { LAYERS } from "./types/layers.js";

const HAS_MODULES: readonly Kind[] = ["module", "model", "loss", "optimizer"];

/** An optimizer stands for the module, or the container of modules, whose parameters it manages. */
function managed(call: Call, found: ObjectWithRest, who: string): ObjectWithRest {
  if (found.kind !== "optimizer") return found;
  const handle =
    call.engine.optimizerModule(found.handle) ?? fail(`${who}: no module registered with given optimizer`);
  return { ...found, handle: call.keep(handle) };
}

/** The object, of a class that has modules, with at most one more argument. */
function moduleOf(call: Call, x: K, who: string): ObjectWithRest {
  const found =
    firstObject(call, x) ?? fail(`${who}: expecting pytorch object, not implemented for ${nameOf(x)}`);
  if (!HAS_MODULES.includes(found.kind)) fail(`${who}: not implemented for ${found.kind}`);
  if (found.rest.length > 1)
    fail(`${who}: expecting 1-2 args, (module;child), given ${found.rest.length + 1}`);
  return managed(call, found, who);
}

/** Path of the child that a name or position means; empty for none. */
function childPath(
  rows: readonly ModuleRow[],
  x: K | undefined,
  who: string,
  unknown = (name: string) => `Key '${name}' is not defined`,
): string {
  if (x === undefined) return "";
  const name = asSymbol(x);
  if (name !== undefined) return rows.some(({ path }) => path === name) ? name : fail(unknown(name));
  const index = asLong(x) ?? fail(`${who}: unrecognized child, ${nameOf(x)}, expecting name or index`);
  const count = rows.length - 1;
  if (index < 0n || index >= count) fail(`${who}: invalid index[${index}] for ${count} child modules`);
  return rows[Number(index) + 1]!.path;
}

interface Inside {
  readonly path: string;
  readonly type: string;
}

/** The modules below a path, with their paths from there. */
function below(rows: readonly ModuleRow[], path: string): readonly Inside[] {
  const start = path === "" ? "" : `${path}.`;
  return rows
    .filter((each) => each.path !== "" && each.path !== path && each.path.startsWith(start))
    .map((each) => ({ path: each.path.slice(start.length), type: each.type }));
}

const isDirect = ({ path }: Inside): boolean => !path.includes(".");

/** What a call asks about: an object's module or a child of it, and the modules inside. */
interface Asked {
  readonly handle: Handle;
  /** Of the child, empty for the whole. */
  readonly path: string;
  readonly inside: readonly Inside[];
}

/** Reads (object) or (object;child) and answers with what `use` makes of it. */
function asking<T extends K>(call: Call, x: K, who: string, use: (asked: Asked) => T): T {
  const { handle, rest } = moduleOf(call, x, who);
  const rows = moduleRows(call.engine, handle);
  const path = childPath(rows, rest[0], who);
  return use({ handle, path, inside: below(rows, path) });
}

function names(call: Call, x: K): K {
  const found = resolve(call, x);
  if (found?.kind === "dictionary") return k.symbols(call.engine.names(found.handle));
  return moduleNames(call, x, "names");
}

const moduleNames = (call: Call, x: K, who: string): K =>
  asking(call, x, who, ({ inside }) => k.symbols(inside.map(({ path }) => path)));

const childNames = (call: Call, x: K): K =>
  asking(call, x, "childnames", ({ inside }) => k.symbols(inside.filter(isDirect).map(({ path }) => path)));

/** A dictionary of new handles. */
function modules(call: Call, x: K, who: string, direct: boolean): K {
  return asking(call, x, who, ({ handle, path, inside }) => {
    const start = path === "" ? "" : `${path}.`;
    const wanted = direct ? inside.filter(isDirect) : inside;
    return new Dict(
      k.symbols(wanted.map((each) => each.path)),
      k.list(wanted.map((each) => handleK(call.made(call.engine.child(handle, start + each.path)!)))),
    );
  });
}

const CHILD_SUBJECT = "child: expects module/model/optimizer as first argument";

function child(call: Call, x: K): K {
  const found = firstObject(call, x);
  if (found === undefined || found.rest.length !== 1) return fail(CHILD_SUBJECT);
  if (!HAS_MODULES.includes(found.kind)) return fail("unable to retrieve module");
  const { handle, rest } = managed(call, found, "child");
  const rows = moduleRows(call.engine, handle);
  const path = childPath(rows, rest[0], "child", (name) => `Submodule '${name}' is not defined`);
  return handleK(path === "" ? call.engine.addref(handle) : call.engine.child(handle, path)!);
}

function moduleTypes(call: Call, x: K): K {
  const found = moduleOf(call, x, "moduletypes");
  const rows = moduleRows(call.engine, found.handle);
  const wanted = found.rest[0];
  const types = wanted === undefined ? undefined : asSymbols(wanted);
  if (wanted !== undefined && types === undefined)
    return fail(`moduletypes: expecting module type(s) as 2nd arg, given ${nameOf(wanted)}`);
  const kept = types === undefined ? rows : rows.filter(({ type }) => types.includes(type));
  const paths = k.symbols(kept.map(({ path }) => path));
  if (wanted !== undefined && asSymbol(wanted) !== undefined) return paths;
  return new Dict(paths, k.symbols(kept.map(({ type }) => type)));
}

// where a calculation begins and ends --------------------------------------------------------------------------------

/**
 * The type of the module that takes the first input, or gives the last output: one with a calculation of its own, or
 * the first or last of those in a container without.
 */
const endModule =
  (who: string, first: boolean) =>
  (call: Call, x: K): K => {
    const found = resolve(call, x) ?? fail(`${who}: unrecognized arg(s) - ${nameOf(x)}`);
    const { kind, handle } = found;
    if (kind === "loss") return k.symbol(call.engine.definition(handle).type);
    if (kind !== "module" && kind !== "model")
      return fail(`${who}: not implemented for ${kind === "tensor" ? "tensors" : several(kind)}`);
    return k.symbol(computing(call.engine.layers(handle), 0, first));
  };

/** From a module on; empty where nothing computes. */
function computing(rows: readonly LayerInfo[], at: number, first: boolean): string {
  const { type, depth } = rows[at]!;
  if (LAYERS.get(type)?.forward === true || type === "callback") return type;
  let end = at + 1;
  while (end < rows.length && rows[end]!.depth > depth) end++;
  if (end === at + 1) return "";
  if (first) return computing(rows, at + 1, first);
  let last = end - 1;
  while (rows[last]!.depth > depth + 1n) last--;
  return computing(rows, last, first);
}

// parameters and buffers -------------------------------------------------------------------------------------------

type What = "parameters" | "buffers";

/** The names that an optimizer shows of its parameters. */
const optimizerParameters = (call: Call, handle: Handle) => call.engine.optimizerInfo(handle).parameters;

function tensorNames(call: Call, x: K, who: string, what: What): Symbols {
  const optimizer = resolve(call, x);
  if (optimizer?.kind === "optimizer" && what === "parameters")
    return k.symbols(optimizerParameters(call, optimizer.handle).map(({ name }) => name));
  return asking(call, x, who, ({ handle, path }) =>
    k.symbols(call.engine.tensorNames(handle, what, path === "" ? undefined : path)),
  );
}

function tensorDict(call: Call, x: K, who: string, what: What): K {
  return asking(call, x, who, ({ handle, path }) =>
    handleK(call.engine.tensorDict(handle, what, path === "" ? undefined : path)),
  );
}

function parmTypes(call: Call, x: K): K {
  const found = resolve(call, x);
  const types = (namesOf: readonly string[], typesOf: readonly string[]): K =>
    new Dict(k.symbols(namesOf), k.symbols(typesOf));
  switch (found?.kind) {
    case "optimizer": {
      const parameters = optimizerParameters(call, found.handle);
      return types(
        parameters.map(({ name }) => name),
        parameters.map(({ module }) => module),
      );
    }
    case "module":
    case "model":
      return types(
        call.engine.tensorNames(found.handle, "parameters"),
        call.engine.tensorTypes(found.handle, "parameters"),
      );
    default:
      return fail(
        `parmtypes: expecting model, module or optimizer, given ${found === undefined ? nameOf(x) : found.kind}`,
      );
  }
}

/** (module;name) answers the tensor, (module;name;value) sets it; a new name is a new tensor of the module's own. */
function oneTensor(call: Call, x: K, what: What): Soon<K> {
  const { engine } = call;
  const who = what === "parameters" ? "parm" : "buffer";
  const kind = what === "parameters" ? "parameter" : "buffer";
  const found = firstObject(call, x);
  const name = asSymbol(found?.rest[0]);
  if (found === undefined || name === undefined || found.rest.length > 2)
    return fail(`${who}: unrecognized arg(s), expecting (module;name) or (module;name;value)`);
  const { handle, rest } = found;
  if (found.kind !== "module" && found.kind !== "model")
    return fail(`${who}: not implemented for ${found.kind}`);
  const tensor = engine.tensorOf(handle, what, name);
  const value = rest[1];
  if (value === undefined)
    return tensor === undefined ? fail(`${who}: ${kind} \`${name} not found`) : handleK(tensor);
  const source = resolve(call, value);
  if (source !== undefined && source.kind !== "tensor")
    return fail(`${who}: expecting array or tensor, given ${source.kind}`);
  const input = source?.handle ?? encoded(value);
  if (tensor === undefined) return after(engine.addTensor(handle, what, name, input, true), () => NULL);
  engine.release(tensor);
  return after(engine.setTensors(handle, what, { names: [name], values: [input] }, who), () => NULL);
}

// mode and copies --------------------------------------------------------------------------------------------------

const TRAINING = "training: unrecognized arg(s), expects module/model and optional flag";

function training(call: Call, x: K): K {
  const found = firstObject(call, x) ?? fail(TRAINING);
  const { handle, kind, rest } = found;
  if (kind !== "module" && kind !== "model") return fail(`training: not implemented for ${kind}`);
  if (rest.length === 0) return k.boolean(call.engine.training(handle));
  const flag = asFlag(rest[0]);
  if (rest.length > 1 || flag === undefined) return fail(TRAINING);
  call.engine.setTraining(handle, flag);
  return NULL;
}

/** A tensor without what it was computed from, or a module: a model's, or all that an optimizer manages. */
function clone(call: Call, x: K): Soon<K> {
  const found = resolve(call, x);
  const { engine } = call;
  switch (found?.kind) {
    case "tensor":
      return after(make(call, "detach", { self: { handle: found.handle } }), (detached) =>
        after(make(call, "clone", { self: { handle: call.keep(detached) } }), handleK),
      );
    case "module":
      return after(engine.clone(found.handle), handleK);
    case "model":
      return after(engine.clone(call.keep(engine.part(found.handle, "module"))), handleK);
    case "optimizer":
      return after(engine.clone(managed(call, { ...found, rest: [] }, "clone").handle), handleK);
    default:
      return fail(
        `clone: expecting module, model or optimizer, not implemented for ${found === undefined ? nameOf(x) : found.kind}`,
      );
  }
}

export const childrenTopic: Topic = page("modules", {
  names,
  childnames: childNames,
  modules: (call, x) => modules(call, x, "modules", false),
  children: (call, x) => modules(call, x, "children", true),
  child,
  moduletypes: moduleTypes,
  inputmodule: endModule("inputmodule", true),
  outputmodule: endModule("outputmodule", false),
  parmnames: (call, x) => tensorNames(call, x, "parmnames", "parameters"),
  buffernames: (call, x) => tensorNames(call, x, "buffernames", "buffers"),
  parms: (call, x) => tensorDict(call, x, "parms", "parameters"),
  buffers: (call, x) => tensorDict(call, x, "buffers", "buffers"),
  parmtypes: parmTypes,
  parm: (call, x) => oneTensor(call, x, "parameters"),
  buffer: (call, x) => oneTensor(call, x, "buffers"),
  training,
  clone,
});
