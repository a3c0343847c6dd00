/**
 * Objects in what a session writes to define modules: tensors stand for their values, modules for their definitions, with
 * what they hold to follow once the new module is there.
 */
import * as k from "../../../protocol/make.js";
import { Dict, type K, List, TYPE, Vector } from "../../../protocol/values.js";
import type { Handle, LayerSpec, Soon } from "../../engine/index.js";
import { after, answer, resolve } from "../args/read.js";
import type { Call } from "../call.js";
import { dictionary, mayHoldHandles } from "./definitions.js";
import { moduleRows, moduleTable } from "./module_rows.js";

/** Parameters and buffers that a module's definition came with, and the names of the frozen parameters. */
export interface Tensors {
  readonly parms?: K | undefined;
  readonly buffers?: K | undefined;
  readonly frozen?: K | undefined;
}

/** What is made of a definition. */
export interface Spec extends LayerSpec {
  readonly children: Spec[];
  /** The module that was given in its place: what it holds is what the new one begins with. */
  readonly from?: Handle;
  /** That its definition came with. */
  readonly tensors?: Tensors;
}

/** Definitions that stand for modules which were given as handles. */
const GIVEN = new WeakMap<K, Handle>();

/** The module that a definition stands for; undefined for what a session wrote. */
export const givenFor = (definition: K): Handle | undefined => GIVEN.get(definition);

/** What a definition made of a module that it was given: it goes to the module's place in the new one, and ends. */
export function takeGiven(call: Call, root: LayerSpec, handle: Handle): Soon<void> {
  const specs: Spec[] = [];
  const list = (spec: Spec): void => {
    specs.push(spec);
    spec.children.forEach(list);
  };
  list(root as Spec);
  const given = specs.flatMap(({ from }, i) => (from === undefined ? [] : [{ from, i }]));
  return given.length === 0 ? undefined : take(call, given, handle);
}

async function take(
  { engine }: Call,
  given: readonly { readonly from: Handle; readonly i: number }[],
  handle: Handle,
): Promise<void> {
  const rows = moduleRows(engine, handle);
  for (const { from, i } of given) await engine.copyModule(from, handle, rows[i]!.path);
  for (const from of new Set(given.map((each) => each.from))) engine.release(from);
}

/**
 * The definition with the tensors in it replaced by their values, as k arrays.
 * @param modules whether modules are replaced by their definitions, and dictionaries of tensors by their values, too
 * @throws KError 'stale pointer
 */
export function withValues(call: Call, x: K, modules = false): Soon<K> {
  const found = resolve(call, x);
  if (found?.kind === "tensor") return after(call.engine.retrieve(found.handle), answer);
  if (modules && found?.kind === "module") {
    const definition = moduleTable(moduleRows(call.engine, found.handle), true);
    GIVEN.set(definition, found.handle);
    return definition;
  }
  if (modules && found?.kind === "dictionary") {
    const names = call.engine.names(found.handle);
    return after(call.engine.retrieveMembers(found.handle, undefined), (values) =>
      dictionary(names, values.map(answer)),
    );
  }
  if (found !== undefined || x instanceof Vector || x.type === TYPE.symbol) return x;
  if (x instanceof Dict) {
    // A list of values is never a handle itself.
    if (!(x.values instanceof List)) return x;
    return after(eachWithValues(call, x.values.items, modules), (values) => new Dict(x.keys, k.list(values)));
  }
  if (!mayHoldHandles(x)) return x;
  return after(eachWithValues(call, x.items, modules), (items) =>
    items.every((item, i) => item === x.items[i]) ? x : k.list(items),
  );
}

/** The same for each of several values. */
export function eachWithValues(call: Call, values: readonly K[], modules = false): Soon<readonly K[]> {
  const soon = values.map((value) => withValues(call, value, modules));
  return soon.some((value) => value instanceof Promise) ? Promise.all(soon) : (soon as K[]);
}
