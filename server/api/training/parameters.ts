/** Which parameters an optimizer takes: an object's, or those that names and indices choose (docs/opt.rst). */

import { Atom, type K, List } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";
import type { Handle } from "../../engine/index.js";
import { nameOf, typeName } from "../args/ktypes.js";
import { asLongs, asSymbols, type Found, fail, resolve } from "../args/read.js";
import type { Call } from "../call.js";
import { moduleRows } from "../modules/module_rows.js";

/** An object whose parameters are taken: all, or those of the names in their order. */
export interface Selection {
  readonly handle: Handle;
  readonly names?: string[];
}

const isEmpty = (x: K): boolean => x instanceof List && x.count === 0;

/**
 * @param x `()`, an object, or (object;names or indices); undefined for none
 * @throws KError for what has no parameters or none of the name or index
 */
export function selectParameters(call: Call, x: K | undefined): Selection[] {
  if (x === undefined || isEmpty(x)) return [];
  const whole = resolve(call, x);
  if (whole !== undefined) return [{ handle: wholeOf(call, whole) }];
  if (!(x instanceof List) || asHandle(x.items[0]!) === undefined)
    return fail(`opt: unrecognized parameters, ${nameOf(x)}`);
  const found = resolve(call, x.items[0]!)!;
  if (x.count !== 2)
    fail(`opt: expecting one arg to select parameters from ${found.kind} but given ${x.count - 1} args`);
  const which = x.items[1]!;
  switch (found.kind) {
    case "module":
    case "model":
      return [ofModule(call, { ...found, handle: wholeOf(call, found) }, which)];
    case "dictionary":
      return [ofDictionary(call, found, which)];
    case "vector":
      return ofVector(call, found, which);
    default:
      return fail(`opt: cannot select parameters from ${found.kind}`);
  }
}

function wholeOf(call: Call, { handle, kind }: Found): Handle {
  if (kind === "model") return call.keep(call.engine.part(handle, "module"));
  return kind === "loss" || kind === "optimizer"
    ? fail(`opt: cannot derive parameters from ${kind}`)
    : handle;
}

const selectors = (x: K): string =>
  `unrecognized ${x instanceof Atom ? typeName(x.type) : nameOf(x)} selector(s)`;

/** The parameters below each of the paths. */
function parametersBelow(
  paths: readonly string[],
  all: readonly string[],
): (path: string) => readonly string[] {
  const below = new Map<string, string[]>(paths.map((path) => [path, []]));
  for (const name of all)
    for (let dot = name.indexOf("."); dot >= 0; dot = name.indexOf(".", dot + 1))
      below.get(name.slice(0, dot))?.push(name);
  return (path) => below.get(path)!;
}

/** Names of modules and parameters, or indices of modules, in the order given. */
function ofModule({ engine }: Call, { handle }: Found, which: K): Selection {
  const rows = moduleRows(engine, handle);
  const paths = rows.slice(1).map(({ path }) => path);
  const all = engine.tensorNames(handle, "parameters");
  const names = new Set<string>();
  const add = (more: readonly string[], twice: string): void => {
    for (const name of more) {
      if (names.has(name)) fail(`opt: duplicate ${twice}`);
      names.add(name);
    }
  };
  const indices = asLongs(which);
  const chosen = asSymbols(which);
  if (indices !== undefined) {
    const inside = parametersBelow(
      indices.flatMap((i) => paths[Number(i)] ?? []),
      all,
    );
    for (const i of indices) {
      if (i < 0n) fail(`opt: module[${i}] invalid`);
      const path = paths[Number(i)] ?? fail(`opt: module[${i}] out of bounds, ${paths.length} submodule(s)`);
      add(inside(path), `parameter(s) with module[${i}]`);
    }
  } else if (chosen !== undefined) {
    const [parameters, modules] = [new Set(all), new Set(paths)];
    const inside = parametersBelow(chosen, all);
    for (const name of chosen) {
      if (parameters.has(name)) add([name], `parameter \`${name}`);
      else if (modules.has(name)) add(inside(name), `parameter(s) with module[\`${name}]`);
      else fail(`opt: no module or parameter named \`${name}`);
    }
  } else fail(`opt: ${rows[0]!.type} module supplied with ${selectors(which)}`);
  return { handle, names: [...names] };
}

function ofDictionary({ engine }: Call, { handle }: Found, which: K): Selection {
  const known = new Set(engine.names(handle));
  const names = new Set<string>();
  for (const name of asSymbols(which) ?? fail(`opt: tensor dictionary supplied with ${selectors(which)}`)) {
    if (!known.has(name)) fail(`opt: no dictionary parameter named \`${name}`);
    if (names.has(name)) fail(`opt: duplicate parameter dict[\`${name}]`);
    names.add(name);
  }
  return { handle, names: [...names] };
}

function ofVector(call: Call, { handle }: Found, which: K): Selection[] {
  const { engine } = call;
  const count = engine.totals(handle).tensors;
  const indices = asLongs(which) ?? fail(`opt: tensor vector supplied with ${selectors(which)}`);
  const seen = new Set<bigint>();
  for (const i of indices) {
    if (i < 0n || i >= count) fail(`opt: vector[${i}] out of bounds, index must be less than ${count}`);
    if (seen.has(i)) fail(`opt: duplicate parameter from vector[${i}]`);
    seen.add(i);
  }
  return indices.map((i) => ({ handle: call.keep(engine.member(handle, i)) }));
}
