/**
 * `help` and `options`: what types of module, loss and optimizer there are and can be told, what an object was told, and
 * facts on data types, devices, modes and functions.
 */

import * as k from "../../protocol/make.js";
import { Dict, type K, Table } from "../../protocol/values.js";
import type { Engine, Handle } from "../engine/index.js";
import { KTORCH_DTYPES, letterOf } from "./args/dtypes.js";
import { nameOf } from "./args/ktypes.js";
import { answer, asSymbol, fail, isAbsent, resolve } from "./args/read.js";
import { type Call, page, type Topic } from "./call.js";
import { deviceSeeds } from "./devices.js";
import { functionTable, helpOnFunction } from "./function_help.js";
import { OPERATORS } from "./math/index.js";
import { exampleOptions, notDefault } from "./modules/definitions.js";
import { optionsShown } from "./modules/module_rows.js";
import { LAYERS } from "./modules/types/layers.js";
import type { LayerRow } from "./modules/types/rows.js";
import { KEYS, tensorDefaults } from "./tensors/defaults.js";
import { LOSSES } from "./training/loss_types.js";
import { OPTIMIZERS } from "./training/optimizer_types.js";
import { groupsShown } from "./training/optimizers.js";

/** The options of a module or loss from its definition: all, or those not at their default. */
function typeOptionsShown(type: string, definition: Uint8Array, all: boolean): Dict {
  const options = definition.length === 0 ? new Dict(k.symbols([]), k.EMPTY) : (answer(definition) as Dict);
  const loss = LOSSES.get(type);
  return all || loss === undefined || LAYERS.has(type)
    ? optionsShown(type, options, all)
    : notDefault(loss, options);
}

const COLUMNS = ["module", "pytorch", "forward", "result", "n", "args", "options"];

function layerFields(type: LayerRow, options = exampleOptions(type)): K[] {
  const { inputs } = type;
  return [
    k.symbol(type.name),
    k.chars(type.pytorch),
    k.boolean(type.forward),
    k.symbol(type.result),
    k.long(type.fewest),
    inputs.length === 1 ? k.symbol(inputs[0]!) : k.symbols(inputs),
    options,
  ];
}

const layerHelp = (type: LayerRow, options?: Dict): Dict =>
  new Dict(k.symbols(COLUMNS), k.list(layerFields(type, options)));

function layerTable(types: Iterable<LayerRow>): K {
  const rows = [...types].map((type) => layerFields(type));
  return k.table(
    COLUMNS,
    COLUMNS.map((_, i) => column(rows.map((fields) => fields[i]!))),
  );
}

/** Symbols, longs and booleans become vectors; texts and dictionaries stay a list. */
const column = (values: readonly K[]): K => k.collapse(values);

function optimizerHelp(): K {
  const rows = [...OPTIMIZERS.values()];
  return k.table({
    optimizer: k.symbols(rows.map(({ name }) => name)),
    pytorch: k.list(rows.map(({ pytorch }) => k.chars(pytorch))),
    options: k.list(rows.map(exampleOptions)),
  });
}

const BACKWARD: readonly (readonly [mode: string, retain: boolean, create: boolean, description: string])[] =
  [
    ["free", false, false, "the graph goes; gradients have no graph of their own"],
    ["retain", true, false, "the graph stays; gradients have no graph of their own"],
    ["create", true, true, "the graph stays; gradients have one too, for derivatives of higher order"],
    ["createfree", false, true, "the graph goes; gradients have one, for derivatives of higher order"],
  ];

const backwardHelp = (): K =>
  k.table({
    mode: k.symbols(BACKWARD.map(([mode]) => mode)),
    retain: k.booleans(BACKWARD.map(([, retain]) => retain)),
    create: k.booleans(BACKWARD.map(([, , create]) => create)),
    description: k.list(BACKWARD.map(([, , , description]) => k.chars(description))),
  });

const dtypeHelp = (): K => k.dict(k.symbols(KTORCH_DTYPES), k.chars(KTORCH_DTYPES.map(letterOf).join("")));

/** The other way round: the type that a k array becomes. */
const ktypeHelp = (): K =>
  k.dict(k.chars("efebxcji"), k.symbols(["float", "double", "half", "bool", "byte", "char", "long", "int"]));

/** What is here that ktorch has not. */
function beyondHelp(): K {
  const rows = OPERATORS.filter(({ help }) => help !== undefined);
  return k.table({
    function: k.symbols(rows.map(({ name }) => name)),
    help: k.list(rows.map(({ help }) => k.chars(help!))),
    example: k.list(rows.map(({ example }) => k.chars(example![0]))),
  });
}

type Topics = Readonly<Record<string, (call: Call) => K>>;

const TOPICS: Topics = {
  backward: () => backwardHelp(),
  beyond: () => beyondHelp(),
  device: ({ engine }) => deviceSeeds(engine),
  dtype: () => dtypeHelp(),
  ktype: () => ktypeHelp(),
  loss: () => layerTable(LOSSES.values()),
  module: () => layerTable([...LAYERS.values()].filter((type) => type.functional !== true)),
  optimizer: () => optimizerHelp(),
  tensor: ({ settings }) => tensorDefaults(settings),
};

/** These are not among the topics that help[] lists. */
const CLASSES: Topics = {
  vector: TOPICS.tensor!,
  dictionary: TOPICS.tensor!,
};

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  backward: "modes of backward calculation",
  device: "devices and the seeds of their random numbers",
  dtype: "data types of tensors and their k types",
  ktype: "k types and the data types of their tensors",
  loss: "types of loss, their options and inputs",
  module: "types of module, their options and inputs",
  optimizer: "types of optimizer and their options",
  tensor: "options of new tensors",
  function: "functions by page, their forms and a call of each",
};

/** What there is help on besides functions. */
const NAMES = [...Object.keys(DESCRIPTIONS), ...LAYERS.keys(), ...LOSSES.keys(), ...OPTIMIZERS.keys()];

const topicList = (): Dict =>
  k.dict(k.symbols(Object.keys(DESCRIPTIONS)), k.list(Object.values(DESCRIPTIONS).map(k.chars)));

// objects ------------------------------------------------------------------------------------------------------

/** How `options` shows an attribute of the engine; undefined tensors have none. */
const SHOWN = {
  device: (x: unknown) => (x ?? "") as string,
  dtype: (x: unknown) => (x ?? "") as string,
  layout: (x: unknown) => (x ?? "") as string,
  requiresGrad: (x: unknown) => (x === undefined ? "" : x ? "grad" : "nograd"),
  pinned: (x: unknown) => (x === undefined ? "" : x ? "pinned" : "unpinned"),
  memory: (x: unknown) => (x ?? "") as string,
};
const FIELDS = Object.keys(SHOWN) as (keyof typeof SHOWN)[];

function ofTensor(engine: Engine, handle: Handle): Dict {
  const info = engine.describe(handle);
  return new Dict(k.symbols(KEYS), k.symbols(FIELDS.map((field) => SHOWN[field](info[field]))));
}

/** A row for each tensor, with the keys of a dictionary before it. */
function ofMembers(engine: Engine, handle: Handle, keyed: boolean): K {
  const columns = FIELDS.map(
    (field) => engine.attribute(handle, field) as { names: string[]; values: unknown[] },
  );
  const rows = new Table(
    k.symbols(KEYS),
    k.list(columns.map((column, i) => k.symbols(column.values.map(SHOWN[FIELDS[i]!])))),
  );
  return keyed ? new Dict(k.symbols(columns[0]!.names), rows) : rows;
}

/** An object's options; of modules and losses with `help` all that is known of the type. */
function ofObject(call: Call, x: K, who: Who): K {
  const { engine, settings } = call;
  const found =
    resolve(call, x) ??
    fail(`${who}: unrecognized arg(s), expecting empty arg, name or object, given ${nameOf(x)}`);
  const { handle, kind } = found;
  switch (kind) {
    case "tensor":
      return ofTensor(engine, handle);
    case "vector":
    case "dictionary":
      return ofMembers(engine, handle, kind === "dictionary");
    case "module":
    case "loss": {
      const { type, definition } = engine.definition(handle);
      const shown = typeOptionsShown(type, definition, settings.allOptions);
      return who === "options" ? shown : layerHelp((kind === "module" ? LAYERS : LOSSES).get(type)!, shown);
    }
    case "optimizer":
      return groupsShown(engine.optimizerInfo(handle), settings.allOptions);
    default:
      return fail(`${who}: not implemented for ${kind}`);
  }
}

type Who = "help" | "options";

/** Nothing, a topic, the name of a type, or an object. */
function told(call: Call, x: K, who: Who, functions: Topic = []): K {
  const name = isAbsent(x) ? "" : asSymbol(x);
  if (name === undefined) return ofObject(call, x, who);
  if (name === "") return who === "help" ? topicList() : tensorDefaults(call.settings);
  if (name === "model") return fail(`${who}: not implemented for model`);
  if (name === "function" && who === "help") return functionTable(functions);
  for (const topics of [TOPICS, CLASSES]) if (Object.hasOwn(topics, name)) return topics[name]!(call);
  const layer = LAYERS.get(name) ?? LOSSES.get(name);
  const type = layer ?? OPTIMIZERS.get(name);
  if (type === undefined)
    return who === "help" ? helpOnFunction(functions, name, NAMES) : fail(`${who}: help topic, \`${name}`);
  return who === "help" && layer !== undefined ? layerHelp(layer) : exampleOptions(type);
}

/** @param all every function of the k api */
export const helpTopic = (all: () => Topic): Topic => [
  ...page("types", { help: (call, x) => told(call, x, "help", all()) }),
  ...page("tensors", { options: (call, x) => told(call, x, "options") }),
];
