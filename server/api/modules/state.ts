/** A module's definition with its parameters and buffers, and back into a module. */
import * as k from "../../../protocol/make.js";
import { Dict, type K, KError, Symbols, type Table } from "../../../protocol/values.js";
import type { Handle, Members, TensorInfo } from "../../engine/index.js";
import { answer, asFlag, asSymbols, encoded, fail, isAbsent } from "../args/read.js";
import type { Call } from "../call.js";
import { dictionary } from "./definitions.js";
import type { Tensors } from "./given.js";
import { type ModuleRow, moduleRows, moduleTable } from "./module_rows.js";

type What = "parameters" | "buffers";

/** The tensors of each module as a dictionary by their own names, without those of modules below. */
async function tensorsOf(
  call: Call,
  handle: Handle,
  rows: readonly ModuleRow[],
  what: What,
): Promise<Dict[]> {
  const { engine } = call;
  const dict = engine.tensorDict(handle, what);
  let values: Uint8Array[];
  try {
    values = await engine.retrieveMembers(dict, undefined);
  } finally {
    engine.release(dict);
  }
  const names = engine.tensorNames(handle, what);
  const groups = new Map<string, { names: string[]; values: K[] }>(
    rows.map(({ path }) => [path, { names: [], values: [] }]),
  );
  names.forEach((name, i) => {
    const group = groups.get(parent(name));
    group?.names.push(ownName(name));
    group?.values.push(answer(values[i]!));
  });
  return rows.map(({ path }) => {
    const group = groups.get(path)!;
    return dictionary(group.names, group.values);
  });
}

const parent = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf(".")));
const ownName = (name: string): string => name.slice(name.lastIndexOf(".") + 1);

/** A module's definition with columns for parameters and buffers, and frozen parameters where there are any. */
export async function moduleState(call: Call, handle: Handle, all: boolean): Promise<Dict | Table> {
  const rows = moduleRows(call.engine, handle);
  const parms = await tensorsOf(call, handle, rows, "parameters");
  const buffers = await tensorsOf(call, handle, rows, "buffers");
  const frozen = frozenOf(call, handle, rows);
  return moduleTable(rows, all, { parms, buffers, ...(frozen && { frozen: frozen.map(k.symbols) }) });
}

/** The names of each module's frozen parameters; undefined where all are as their module was made with. */
function frozenOf({ engine }: Call, handle: Handle, rows: readonly ModuleRow[]): string[][] | undefined {
  const { names, values } = engine.attribute(handle, "requiresGrad") as Members<boolean>;
  const frozen = new Map<string, string[]>(rows.map(({ path }) => [path, []]));
  const own = new Map<string, string[]>(rows.map(({ path }) => [path, []]));
  names.forEach((name, i) => {
    own.get(parent(name))?.push(ownName(name));
    if (!values[i]) frozen.get(parent(name))?.push(ownName(name));
  });
  const asMade = rows.every(
    (row) => frozen.get(row.path)!.join() === frozenAtFirst(row, own.get(row.path)!).join(),
  );
  return asMade ? undefined : rows.map(({ path }) => frozen.get(path)!);
}

/** Only weights that an option freezes, and what a dictionary of parameters came with. */
function frozenAtFirst({ type, options }: ModuleRow, own: readonly string[]): readonly string[] {
  if (type === "parmdict") return own;
  const i = (options.keys as Symbols).names.indexOf("freeze");
  return i >= 0 && asFlag(k.at(options.values, i)) === true ? ["weight"] : [];
}

// back into a module -----------------------------------------------------------------------------------------------

/**
 * Gives a new module the parameters and buffers of a state; those that its type does not make are added.
 * @param tensors those of each module, in the order of `moduleRows`
 * @throws KError when one is missing or has another size or type
 */
export async function restore(call: Call, handle: Handle, tensors: readonly Tensors[]): Promise<void> {
  const rows = moduleRows(call.engine, handle);
  if (rows.length !== tensors.length)
    fail(`state: ${tensors.length} modules given, but the definition makes ${rows.length}`);
  for (const [i, { type, path }] of rows.entries()) {
    const { parms, buffers, frozen } = tensors[i]!;
    const module = path === "" ? handle : call.keep(call.engine.child(handle, path)!);
    await restoreOne(call, module, type, "parameters", parms);
    await restoreOne(call, module, type, "buffers", buffers);
    if (frozen !== undefined) await freezeOnly(call, module, type, frozen);
  }
}

/** The names of a module's own tensors, without those of modules below. */
const ownNames = ({ engine }: Call, module: Handle, what: What): readonly string[] =>
  engine.tensorNames(module, what).filter((name) => !name.includes("."));

async function freezeOnly(call: Call, module: Handle, type: string, x: K): Promise<void> {
  const frozen = new Set(asSymbols(x) ?? (isAbsent(x) ? [] : fail(`${type}: frozen: expected symbols`)));
  const own = ownNames(call, module, "parameters");
  const known = new Set(own);
  for (const name of frozen) if (!known.has(name)) fail(`${type}: unable to find  parameter: ${name}`);
  for (const flag of [false, true]) {
    const names = own.filter((name) => frozen.has(name) !== flag);
    await call.engine.setTensors(module, "parameters", { names, flag }, type);
  }
}

async function restoreOne(
  call: Call,
  module: Handle,
  type: string,
  what: What,
  x: K | undefined,
): Promise<void> {
  if (!(x instanceof Dict) || !(x.keys instanceof Symbols) || x.keys.count === 0) return;
  const { engine } = call;
  const given = new Map(x.keys.names.map((name, i) => [name, k.at(x.values, i)]));
  const own = new Set(ownNames(call, module, what));
  for (const name of own)
    if (!given.has(name))
      fail(`${type}: unable to find  ${what === "parameters" ? "parameter" : "buffer"}: ${name}`);
  for (const [name, value] of given) {
    const source = await engine.create(encoded(value));
    const target = own.has(name) ? engine.tensorOf(module, what, name)! : undefined;
    try {
      if (target === undefined) await engine.addTensor(module, what, name, source, type !== "parmdict");
      else {
        checkSame(type, name, engine.describe(target), engine.describe(source));
        await engine.setTensors(module, what, { names: [name], values: [source] }, type);
      }
    } finally {
      engine.release(source);
      if (target !== undefined) engine.release(target);
    }
  }
}

const sizes = (info: TensorInfo): string => `[${info.size.join(", ")}]`;

function checkSame(type: string, name: string, is: TensorInfo, given: TensorInfo): void {
  if (sizes(is) !== sizes(given))
    throw new KError(`${type}: size mismatch, ${name} is ${sizes(is)}, input is ${sizes(given)}`);
  if (is.dtype !== given.dtype)
    throw new KError(`${type}: type mismatch, ${name} is ${is.dtype}, input is ${given.dtype}`);
}
