/** Averages of weights over the steps of training, and what batch normalizations need after them (docs/swa.rst). */
import { encodeObject } from "../../../protocol/encode.js";
import * as k from "../../../protocol/make.js";
import { Dict, type K, List, NULL, Symbols, TYPE, Vector } from "../../../protocol/values.js";
import { asHandle, handleK } from "../../engine/handle.js";
import type { Handle, Kind, Soon } from "../../engine/index.js";
import { make } from "../args/invoke.js";
import { nameOf } from "../args/ktypes.js";
import { after, describe, fail, objectOf, resolve } from "../args/read.js";
import { membersOf } from "../args/values.js";
import { type Call, page, type Topic } from "../call.js";
import { moduleRows } from "../modules/module_rows.js";
import { runThrough } from "./runs.js";

const argumentsOf = (x: K): readonly K[] => (x instanceof List && asHandle(x) === undefined ? x.items : [x]);

/** The module of an object of one of the kinds. */
function moduleOf(call: Call, x: K, kinds: readonly Kind[], wrong: (given: string) => string): Handle {
  const found = resolve(call, x);
  if (found === undefined || !kinds.includes(found.kind)) return fail(wrong(describe(call, x)));
  if (found.kind !== "optimizer") return found.handle;
  return call.keep(
    call.engine.optimizerModule(found.handle) ?? fail("module: no module registered with given optimizer"),
  );
}

// parameters -------------------------------------------------------------------------------------------------------

const TRAINED: readonly Kind[] = ["model", "module", "optimizer"];

interface Asked {
  readonly module: Handle;
  readonly dictionary?: Handle;
}

/** (object) or (object;dictionary). */
function asked(call: Call, x: K, who: string): Asked {
  const args = argumentsOf(x);
  if (args.length === 0 || args.length > 2) return fail(`${who} expecting 1-2 args, given ${args.length}`);
  const [object, values] = args;
  const place = values === undefined ? "" : "1st arg of ";
  const module = moduleOf(
    call,
    object!,
    TRAINED,
    (given) => `${who}: expecting ${place}model, module or optimizer, given ${given}`,
  );
  if (values === undefined) return { module };
  const found = resolve(call, values);
  return found?.kind === "dictionary"
    ? { module, dictionary: found.handle }
    : fail(`${who}: expecting dictionary of parameters for 2nd arg, given ${describe(call, values)}`);
}

/** A dictionary of copies of a module's parameters, which need no gradients; or those of a dictionary back. */
function copyParameters(call: Call, x: K): Soon<K> {
  const { module, dictionary } = asked(call, x, "copyparms");
  if (dictionary === undefined) return copies(call, module);
  const names = call.engine.tensorNames(module, "parameters");
  return after(
    call.engine.putParameters(module, dictionary),
    (found) => new Dict(k.symbols(names), k.booleans(found)),
  );
}

async function copies(call: Call, module: Handle): Promise<K> {
  const { engine } = call;
  const parameters = call.keep(engine.tensorDict(module, "parameters"));
  const { names, inputs } = membersOf(call, parameters, "dictionary");
  const made: Handle[] = [];
  for (const input of inputs) {
    const detached = call.keep(await make(call, "detach", { self: { handle: input as Handle } }));
    made.push(call.keep(await make(call, "clone", { self: { handle: detached } })));
  }
  return handleK(await engine.dict([...names!], made));
}

const AVERAGE =
  "avgparms: expects 2 args, model/module/optimizer & dictionary of parameters w'averaged weights";

/** The count of averages taken into the dictionary, this one with them. */
function averageParameters(call: Call, x: K): Soon<K> {
  const { module, dictionary } = asked(call, x, "avgparms");
  return dictionary === undefined
    ? fail(AVERAGE)
    : after(call.engine.averageParameters(module, dictionary), k.long);
}

// batch normalization ------------------------------------------------------------------------------------------------

const NORMED: readonly Kind[] = ["model", "module"];

/**
 * (module): the statistics of batch normalizations begin anew, as plain averages; answers the momenta that they had.
 * (model): the same, and they are calculated from the training data.
 * (module;momenta): gives them their momenta back.
 */
function batchNorm(call: Call, x: K): Soon<K> {
  const args = argumentsOf(x);
  const [object, momenta] = args;
  if (args.length > 2)
    return fail(
      `batchnorm: expecting 2 args, model/module & dictionary of previous momentum settings, but given ${args.length} args`,
    );
  const place = momenta === undefined ? "" : " for 1st arg";
  const module = moduleOf(
    call,
    object ?? NULL,
    NORMED,
    (given) => `batchnorm: expecting model or module${place}, given ${given}`,
  );
  if (momenta !== undefined) return restoreMomenta(call, module, momenta);
  const model = objectOf(call, object!, "model");
  return model === undefined ? beginAnew(call, module) : calculateAnew(call, model, module);
}

/** The statistics of all training data; the momenta stay. */
async function calculateAnew(call: Call, model: Handle, module: Handle): Promise<K> {
  if (call.engine.dataInfo(model, "train").batches < 1n)
    return fail("batchnorm: no training data loaded for the model");
  const momenta = await beginAnew(call, module);
  try {
    await runThrough(call, model, "train", true, true);
  } finally {
    restoreMomenta(call, module, momenta);
  }
  return momenta;
}

function beginAnew(call: Call, module: Handle): Soon<K> {
  const { engine } = call;
  const { names, values } = engine.momenta(module);
  return after(engine.resetStatistics(module), () => {
    setMomenta(
      call,
      module,
      names,
      names.map(() => undefined),
    );
    return new Dict(k.symbols(names), k.floats(values.map((value) => value ?? Number.NaN)));
  });
}

function restoreMomenta(call: Call, module: Handle, x: K): K {
  if (!(x instanceof Dict))
    return fail(`batchnorm: expecting k dictionary of momentum settings for 2nd arg, given ${nameOf(x)}`);
  const { keys, values } = x;
  if (!(keys instanceof Symbols))
    return fail(
      `batchnorm: dictionary of previous momentum settings expected symbols as keys, given ${nameOf(keys)}`,
    );
  if (!(values instanceof Vector) || values.type !== TYPE.float)
    return fail(
      `batchnorm: dictionary of previous momentum settings expected as double(s), given ${nameOf(values)}`,
    );
  const known = new Set(call.engine.momenta(module).names);
  for (const name of keys.names)
    if (!known.has(name)) fail(`batchnorm: unable to locate batch norm module '${name}' to restore momentum`);
  const numbers = Array.from(k.items(values) as ArrayLike<number>);
  setMomenta(
    call,
    module,
    keys.names,
    numbers.map((value) => (Number.isNaN(value) ? undefined : value)),
  );
  return NULL;
}

/** In each module, and in its options as they are shown. */
function setMomenta(
  { engine }: Call,
  module: Handle,
  paths: readonly string[],
  values: readonly (number | undefined)[],
): void {
  const rows = new Map(moduleRows(engine, module).map(({ path, options }) => [path, options]));
  for (const [i, path] of paths.entries()) {
    const options = rows.get(path)!;
    const { names } = options.keys as Symbols;
    const shown = names.map((name, at) =>
      name === "momentum" ? k.float(values[i] ?? Number.NaN) : k.at(options.values, at),
    );
    const definition = encodeObject(new Dict(options.keys, k.collapse(shown)));
    engine.setMomentum(module, path, values[i], definition);
  }
}

export const averagesTopic: Topic = page("swa", {
  copyparms: copyParameters,
  avgparms: averageParameters,
  batchnorm: batchNorm,
});
