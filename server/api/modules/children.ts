/** What is inside modules: names, types, child modules, parameters and buffers (docs/modules.rst). */
import * as k from "../../../protocol/make.js";
import { Dict, type K, List, NULL, type Symbols } from "../../../protocol/values.js";
import type { Call } from "../../calls/requests.js";
import type { Handle, Kind, Soon } from "../../engine/index.js";
import { nameOf } from "../args/ktypes.js";
import {
  after,
  asFlag,
  asHandle,
  asLong,
  asSymbol,
  asSymbols,
  encoded,
  type Found,
  fail,
  handleK,
  resolve,
  row,
} from "../args/read.js";
import { Temporary } from "../args/values.js";
import type { Api, Topic } from "../index.js";
import { type ModuleRow, moduleRows } from "./module_rows.js";

const HAS_MODULES: readonly Kind[] = ["module", "model", "loss", "optimizer"];

/** A function's object and what may follow it. */
interface Subject extends Found {
  readonly rest: readonly K[];
}

/** (object) or (object;more...); undefined when the first is no object. */
function subject(api: Api, call: Call, x: K): Subject | undefined {
  const alone = resolve(api, call, x);
  if (alone !== undefined) return { ...alone, rest: [] };
  if (!(x instanceof List) || x.count === 0 || asHandle(x.items[0]!) === undefined) return undefined;
  return { ...resolve(api, call, x.items[0]!)!, rest: x.items.slice(1) };
}

/** An optimizer stands for the module, or the container of modules, whose parameters it manages. */
function managed(
  { engine }: Api,
  { user }: Call,
  found: Subject,
  who: string,
  temporary: Temporary,
): Subject {
  if (found.kind !== "optimizer") return found;
  const handle =
    engine.optimizerModule(user, found.handle) ?? fail(`${who}: no module registered with given optimizer`);
  return { ...found, handle: temporary.keep(handle) };
}

/** The object, of a class that has modules, with at most one more argument. */
function moduleOf(api: Api, call: Call, x: K, who: string, temporary: Temporary): Subject {
  const found =
    subject(api, call, x) ?? fail(`${who}: expecting pytorch object, not implemented for ${nameOf(x)}`);
  if (!HAS_MODULES.includes(found.kind)) fail(`${who}: not implemented for ${found.kind}`);
  if (found.rest.length > 1)
    fail(`${who}: expecting 1-2 args, (module;child), given ${found.rest.length + 1}`);
  return managed(api, call, found, who, temporary);
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
function asking<T extends K>(api: Api, call: Call, x: K, who: string, use: (asked: Asked) => T): T {
  return inScope(api, call, (temporary) => {
    const { handle, rest } = moduleOf(api, call, x, who, temporary);
    const rows = moduleRows(api.engine, call.user, handle);
    const path = childPath(rows, rest[0], who);
    return use({ handle, path, inside: below(rows, path) });
  });
}

/** Runs with handles that end with the call. */
function inScope<T>(api: Api, call: Call, use: (temporary: Temporary) => T): T {
  const temporary = new Temporary(api, call);
  try {
    return use(temporary);
  } finally {
    temporary.release();
  }
}

function names(api: Api, call: Call, x: K): K {
  const found = resolve(api, call, x);
  if (found?.kind === "dictionary") return k.symbols(api.engine.names(call.user, found.handle));
  return moduleNames(api, call, x, "names");
}

const moduleNames = (api: Api, call: Call, x: K, who: string): K =>
  asking(api, call, x, who, ({ inside }) => k.symbols(inside.map(({ path }) => path)));

const childNames = (api: Api, call: Call, x: K): K =>
  asking(api, call, x, "childnames", ({ inside }) =>
    k.symbols(inside.filter(isDirect).map(({ path }) => path)),
  );

/** A dictionary of new handles. */
function modules(api: Api, call: Call, x: K, who: string, direct: boolean): K {
  return asking(api, call, x, who, ({ handle, path, inside }) => {
    const start = path === "" ? "" : `${path}.`;
    const wanted = direct ? inside.filter(isDirect) : inside;
    return new Dict(
      k.symbols(wanted.map((each) => each.path)),
      k.list(wanted.map((each) => handleK(childOf(api, call, handle, start + each.path, who)))),
    );
  });
}

/** What a type makes inside itself has no handle of its own. */
const childOf = ({ engine }: Api, { user }: Call, module: Handle, path: string, who: string): Handle =>
  engine.child(user, module, path) ?? fail(`${who}: \`${path} is part of the module that it is in`);

const CHILD_SUBJECT = "child: expects module/model/optimizer as first argument";

function child(api: Api, call: Call, x: K): K {
  const found = subject(api, call, x);
  if (found === undefined || found.rest.length !== 1) return fail(CHILD_SUBJECT);
  if (!HAS_MODULES.includes(found.kind)) return fail("unable to retrieve module");
  return inScope(api, call, (temporary) => {
    const { handle, rest } = managed(api, call, found, "child", temporary);
    const rows = moduleRows(api.engine, call.user, handle);
    const path = childPath(rows, rest[0], "child", (name) => `Submodule '${name}' is not defined`);
    return handleK(
      path === "" ? api.engine.addref(call.user, handle) : childOf(api, call, handle, path, "child"),
    );
  });
}

function moduleTypes(api: Api, call: Call, x: K): K {
  return inScope(api, call, (temporary) => {
    const found = moduleOf(api, call, x, "moduletypes", temporary);
    const rows = moduleRows(api.engine, call.user, found.handle);
    const wanted = found.rest[0];
    const types = wanted === undefined ? undefined : asSymbols(wanted);
    if (wanted !== undefined && types === undefined)
      return fail(`moduletypes: expecting module type(s) as 2nd arg, given ${nameOf(wanted)}`);
    const kept = types === undefined ? rows : rows.filter(({ type }) => types.includes(type));
    const paths = k.symbols(kept.map(({ path }) => path));
    if (wanted !== undefined && asSymbol(wanted) !== undefined) return paths;
    return new Dict(paths, k.symbols(kept.map(({ type }) => type)));
  });
}

// parameters and buffers -------------------------------------------------------------------------------------------

type What = "parameters" | "buffers";

/** The names that an optimizer shows of its parameters. */
const optimizerParameters = (api: Api, call: Call, handle: Handle) =>
  api.engine.optimizerInfo(call.user, handle).parameters;

function tensorNames(api: Api, call: Call, x: K, who: string, what: What): Symbols {
  const optimizer = resolve(api, call, x);
  if (optimizer?.kind === "optimizer" && what === "parameters")
    return k.symbols(optimizerParameters(api, call, optimizer.handle).map(({ name }) => name));
  return asking(api, call, x, who, ({ handle, path }) =>
    k.symbols(api.engine.tensorNames(call.user, handle, what, path === "" ? undefined : path)),
  );
}

function tensorDict(api: Api, call: Call, x: K, who: string, what: What): K {
  return asking(api, call, x, who, ({ handle, path }) =>
    handleK(api.engine.tensorDict(call.user, handle, what, path === "" ? undefined : path)),
  );
}

function parmTypes(api: Api, call: Call, x: K): K {
  const found = resolve(api, call, x);
  const types = (namesOf: readonly string[], typesOf: readonly string[]): K =>
    new Dict(k.symbols(namesOf), k.symbols(typesOf));
  switch (found?.kind) {
    case "optimizer": {
      const parameters = optimizerParameters(api, call, found.handle);
      return types(
        parameters.map(({ name }) => name),
        parameters.map(({ module }) => module),
      );
    }
    case "module":
    case "model":
      return types(
        api.engine.tensorNames(call.user, found.handle, "parameters"),
        api.engine.tensorTypes(call.user, found.handle, "parameters"),
      );
    default:
      return fail(
        `parmtypes: expecting model, module or optimizer, given ${found === undefined ? nameOf(x) : found.kind}`,
      );
  }
}

/** (module;name) answers the tensor, (module;name;value) sets it; a new name is a new tensor of the module's own. */
function oneTensor(api: Api, call: Call, x: K, what: What): Soon<K> {
  const { engine } = api;
  const who = what === "parameters" ? "parm" : "buffer";
  const kind = what === "parameters" ? "parameter" : "buffer";
  const found = subject(api, call, x);
  const name = asSymbol(found?.rest[0]);
  if (found === undefined || name === undefined || found.rest.length > 2)
    return fail(`${who}: unrecognized arg(s), expecting (module;name) or (module;name;value)`);
  const { handle, rest } = found;
  if (found.kind !== "module" && found.kind !== "model")
    return fail(`${who}: not implemented for ${found.kind}`);
  const tensor = engine.tensorOf(call.user, handle, what, name);
  const value = rest[1];
  if (value === undefined)
    return tensor === undefined ? fail(`${who}: ${kind} \`${name} not found`) : handleK(tensor);
  const source = resolve(api, call, value);
  if (source !== undefined && source.kind !== "tensor")
    return fail(`${who}: expecting array or tensor, given ${source.kind}`);
  const input = source?.handle ?? encoded(value);
  if (tensor === undefined) return after(engine.addTensor(call.user, handle, what, name, input), () => NULL);
  engine.release(call.user, tensor);
  return after(engine.setTensors(call.user, handle, what, [name], [input], undefined, who), () => NULL);
}

// mode and copies --------------------------------------------------------------------------------------------------

const TRAINING = "training: unrecognized arg(s), expects module/model and optional flag";

function training(api: Api, call: Call, x: K): K {
  const found = subject(api, call, x) ?? fail(TRAINING);
  const { handle, kind, rest } = found;
  if (kind !== "module" && kind !== "model") return fail(`training: not implemented for ${kind}`);
  if (rest.length === 0) return k.boolean(api.engine.training(call.user, handle));
  const flag = asFlag(rest[0]);
  if (rest.length > 1 || flag === undefined) return fail(TRAINING);
  api.engine.setTraining(call.user, handle, flag);
  return NULL;
}

function clone(api: Api, call: Call, x: K): Soon<K> {
  const found = resolve(api, call, x);
  const { engine } = api;
  if (found?.kind === "module") return after(engine.clone(call.user, found.handle), handleK);
  if (found?.kind === "tensor") {
    const { handle } = found;
    return after(engine.op(call.user, "aten::clone", "", [{ handle }], false, true), (made) =>
      handleK(made as Handle),
    );
  }
  const given = found === undefined ? nameOf(x) : found.kind;
  return fail(`clone: expecting module, model or optimizer, not implemented for ${given}`);
}

export const childrenTopic: Topic = (api) => [
  row("names", "modules", (call, x) => names(api, call, x)),
  row("childnames", "modules", (call, x) => childNames(api, call, x)),
  row("modules", "modules", (call, x) => modules(api, call, x, "modules", false)),
  row("children", "modules", (call, x) => modules(api, call, x, "children", true)),
  row("child", "modules", (call, x) => child(api, call, x)),
  row("moduletypes", "modules", (call, x) => moduleTypes(api, call, x)),
  row("parmnames", "modules", (call, x) => tensorNames(api, call, x, "parmnames", "parameters")),
  row("buffernames", "modules", (call, x) => tensorNames(api, call, x, "buffernames", "buffers")),
  row("parms", "modules", (call, x) => tensorDict(api, call, x, "parms", "parameters")),
  row("buffers", "modules", (call, x) => tensorDict(api, call, x, "buffers", "buffers")),
  row("parmtypes", "modules", (call, x) => parmTypes(api, call, x)),
  row("parm", "modules", (call, x) => oneTensor(api, call, x, "parameters")),
  row("buffer", "modules", (call, x) => oneTensor(api, call, x, "buffers")),
  row("training", "modules", (call, x) => training(api, call, x)),
  row("clone", "modules", (call, x) => clone(api, call, x)),
];
