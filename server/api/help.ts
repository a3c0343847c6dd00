/** Help on the types of modules, losses and optimizers, on data types, devices and modes, on operators. */

import * as k from "../../protocol/make.js";
import { Dict, type K } from "../../protocol/values.js";
import { nameOf } from "./args/ktypes.js";
import { answer, asSymbol, fail } from "./args/read.js";
import { type Call, page, type Topic } from "./call.js";
import { argumentNames, type OperatorRow } from "./math/forms.js";
import { OPERATORS } from "./math/index.js";
import { exampleOptions, notDefault } from "./modules/definitions.js";
import { optionsShown } from "./modules/module_rows.js";
import { LAYERS } from "./modules/types/layers.js";
import type { LayerRow } from "./modules/types/rows.js";
import { tensorDefaults } from "./tensors/defaults.js";
import { LOSSES } from "./training/loss_types.js";
import { OPTIMIZERS } from "./training/optimizer_types.js";

/** The options of a type with the values that `help` shows; undefined for a name that is no type. */
export function typeOptions(name: string): Dict | undefined {
  const found = LAYERS.get(name) ?? LOSSES.get(name) ?? OPTIMIZERS.get(name);
  return found === undefined ? undefined : exampleOptions(found);
}

/** The options of a module or loss from its definition: all, or those not at their default. */
export function typeOptionsShown(type: string, definition: Uint8Array, all: boolean): Dict {
  const options = definition.length === 0 ? new Dict(k.symbols([]), k.EMPTY) : (answer(definition) as Dict);
  const loss = LOSSES.get(type);
  return all || loss === undefined || LAYERS.has(type)
    ? optionsShown(type, options, all)
    : notDefault(loss, options);
}

const KEYS = ["module", "pytorch", "forward", "result", "n", "args", "options"];

function layerFields(type: LayerRow): K[] {
  const { inputs } = type;
  return [
    k.symbol(type.name),
    k.chars(type.pytorch),
    k.boolean(type.forward),
    k.symbol(type.result),
    k.long(type.fewest),
    inputs.length === 1 ? k.symbol(inputs[0]!) : k.symbols(inputs),
    exampleOptions(type),
  ];
}

const layerHelp = (type: LayerRow): Dict => new Dict(k.symbols(KEYS), k.list(layerFields(type)));

function layerTable(types: Iterable<LayerRow>): K {
  const rows = [...types].map(layerFields);
  return k.table(
    KEYS,
    KEYS.map((_, i) => column(rows.map((fields) => fields[i]!))),
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

const DTYPES: readonly (readonly [dtype: string, letter: string])[] = [
  ["float", "e"],
  ["double", "f"],
  ["half", "e"],
  ["bool", "b"],
  ["byte", "x"],
  ["char", "c"],
  ["long", "j"],
  ["int", "i"],
  ["short", "h"],
  ["chalf", "e"],
  ["cfloat", "e"],
  ["cdouble", "f"],
];

const dtypeHelp = (): K =>
  k.dict(k.symbols(DTYPES.map(([dtype]) => dtype)), k.chars(DTYPES.map(([, letter]) => letter).join("")));

/** The other way round: the type that a k array becomes. */
const ktypeHelp = (): K =>
  k.dict(k.chars("efebxcji"), k.symbols(["float", "double", "half", "bool", "byte", "char", "long", "int"]));

/** A function's forms as they are called; optional arguments may be left out from the right, or where the type tells. */
const formsOf = ({ name, forms }: OperatorRow): K =>
  k.list(forms.map((form) => k.chars(`${name}(${argumentNames(form).join(";")})`)));

const operatorHelp = (row: OperatorRow): K =>
  k.dict(
    k.symbols(["function", "page", "forms", "help", "example"]),
    k.list([
      k.symbol(row.name),
      k.symbol(row.page),
      formsOf(row),
      k.chars(row.help ?? ""),
      k.chars(row.example?.[0] ?? ""),
    ]),
  );

/** What is here that ktorch has not. */
function beyondHelp(): K {
  const rows = OPERATORS.filter(({ help }) => help !== undefined);
  return k.table({
    function: k.symbols(rows.map(({ name }) => name)),
    help: k.list(rows.map(({ help }) => k.chars(help!))),
    example: k.list(rows.map(({ example }) => k.chars(example![0]))),
  });
}

type Help = (call: Call) => K;

const TOPICS: Readonly<Record<string, Help>> = {
  module: () => layerTable(LAYERS.values()),
  loss: () => layerTable(LOSSES.values()),
  optimizer: () => optimizerHelp(),
  backward: () => backwardHelp(),
  beyond: () => beyondHelp(),
  dtype: () => dtypeHelp(),
  ktype: () => ktypeHelp(),
  tensor: ({ settings }) => tensorDefaults(settings),
  device: ({ engine }) => k.dict(k.symbols(["cpu"]), k.longs([engine.currentSeed()])),
};

function help(call: Call, x: K): K {
  const topic = asSymbol(x) ?? fail(`help: unrecognized arg(s), expecting topic, given ${nameOf(x)}`);
  if (Object.hasOwn(TOPICS, topic)) return TOPICS[topic]!(call);
  const type = LAYERS.get(topic) ?? LOSSES.get(topic);
  if (type !== undefined) return layerHelp(type);
  const optimizer = OPTIMIZERS.get(topic);
  if (optimizer !== undefined) return exampleOptions(optimizer);
  return operatorHelp(OPERATORS.find(({ name }) => name === topic) ?? fail(`help: help topic, \`${topic}`));
}

export const helpTopic: Topic = page("modules", { help });
