/** Losses as objects and as functions (docs/loss.rst). */

import { encodeObject } from "../../../protocol/encode.js";
import * as k from "../../../protocol/make.js";
import { Dict, type K, List, Symbols, Vector } from "../../../protocol/values.js";
import { asHandle, handleK } from "../../engine/handle.js";
import type { Engine, Handle, Input, LayerSpec, Samples, Soon } from "../../engine/index.js";
import { nameOf } from "../args/ktypes.js";
import {
  after,
  answer,
  anyTensor,
  asFlag,
  asSymbol,
  fail,
  input,
  isAbsent,
  resolve,
  spread,
} from "../args/read.js";
import { readSamples } from "../args/samples.js";
import { type Call, page } from "../call.js";
import {
  type Dialect,
  engineOptions,
  notDefault,
  pairsOf,
  printed,
  readOptions,
  type Shape,
  splitArguments,
} from "../modules/definitions.js";
import { eachWithValues, withValues } from "../modules/given.js";
import type { LayerRow } from "../modules/types/rows.js";
import { LOSSES } from "./loss_types.js";

const OPTION_NAMES: ReadonlySet<string> = new Set(
  [...LOSSES.values()].flatMap((each) => each.options.map((option) => option.name)),
);

const DIALECT: Dialect = {
  tooMany(shape, { before, positional, whole }, most) {
    const [only] = shape.options;
    if (shape.options.length === 1)
      return `${shape.name}: only 1 positional argument(${only!.name}) expected, ${positional.length} given`;
    if (shape.refusal !== undefined) return `${shape.name}: ${shape.refusal}`;
    return `${shape.name}: expecting up to ${before + most} additional positional args, ${k.count(whole)} given`;
  },
  unknown: (shape, name) =>
    OPTION_NAMES.has(name)
      ? `${shape.name} option: ${name} not recognized`
      : `unrecognized loss setting: ${name}`,
};

/** @param items the definition; its options begin after `before` items */
function lossSpec(
  type: LayerRow,
  items: readonly K[],
  before: number,
  whole: K,
  name = type.name,
): LayerSpec {
  const shape: Shape = { ...type, name };
  const values = readOptions(shape, splitArguments(items, before, whole), DIALECT);
  return {
    type: type.name,
    name: "",
    options: engineOptions(values),
    definition: encodeObject(printed(type, values)),
    children: [],
  };
}

const lossType = (name: string): LayerRow => LOSSES.get(name) ?? fail(`unrecognized loss function: ${name}`);

// the object -------------------------------------------------------------------------------------------------------

const UNRECOGNIZED = "loss: unrecognized arg(s)";

function create(call: Call, x: K): Soon<K> {
  return after(withValues(call, x), (definition) => after(call.engine.loss(specOf(definition)), handleK));
}

/** A symbol, a symbol list, (type;options...), or a dictionary of module and options. */
function specOf(x: K): LayerSpec {
  if (x instanceof Dict) return ofDictionary(x);
  const items = x instanceof Symbols ? x.names.map(k.symbol) : x instanceof List ? x.items : [x];
  const name = asSymbol(items[0]) ?? fail(UNRECOGNIZED);
  return lossSpec(lossType(name), items, 1, x);
}

function ofDictionary(x: Dict): LayerSpec {
  const fields = new Map(pairsOf(x));
  const name = asSymbol(fields.get("module") ?? k.NULL) ?? fail("unable to find state attribute: module");
  const options = fields.get("options") ?? k.EMPTY;
  return lossSpec(lossType(name), [options], 0, k.list([options]));
}

/** A loss's definition. */
export function lossTable(engine: Engine, handle: Handle, all: boolean): Dict {
  const { type, definition } = engine.definition(handle);
  const options = answer(definition) as Dict;
  return new Dict(
    k.symbols(["module", "options"]),
    k.list([k.symbol(type), all ? options : notDefault(lossType(type), options)]),
  );
}

function loss(call: Call, x: K): Soon<K> {
  const { engine, settings } = call;
  const found = resolve(call, x);
  if (found?.kind === "loss") return lossTable(engine, found.handle, settings.allOptions);
  if (found?.kind === "model") return handleK(engine.part(found.handle, "loss"));
  if (found !== undefined || isAbsent(x)) return fail(UNRECOGNIZED);
  if (!(x instanceof List) || asHandle(x.items[0]!) === undefined) return create(call, x);
  const target = resolve(call, x.items[0]!)!;
  const rest = x.items.slice(1);
  const all = rest.length === 1 ? asFlag(rest[0]) : undefined;
  if (target.kind === "loss" && all !== undefined) return lossTable(engine, target.handle, all);
  if (target.kind !== "loss" && target.kind !== "model") return fail(UNRECOGNIZED);
  const handle = target.kind === "loss" ? target.handle : call.keep(engine.part(target.handle, "loss"));
  const { inputs } = readSamples(call, rest, "loss");
  checkInputs(lossType(engine.definition(handle).type), inputs.length);
  return after(engine.lossOf(handle, [...inputs], false), answer);
}

function checkInputs({ name, inputs, fewest }: LayerRow, count: number): void {
  if (count >= fewest && count <= inputs.length) return;
  if (count === 1) fail("loss: no calculation implemented for tensor input");
  if (count === 2) fail(`${name}: loss calculation not implemented for single tensor input & target`);
  if (count === 3)
    fail(
      `${name}:  loss calculation not implemented for 3 tensors, e.g. input,target,weight  or input1,input2,target`,
    );
  fail(`${name}: unable to calculate loss given ${count} tensors`);
}

/** @throws KError where a model's loss cannot be that of one output and such targets */
export function checkTargets({ engine }: Call, model: Handle, kind: Samples["kind"], count: number): void {
  const loss = engine.part(model, "loss");
  const { type } = engine.definition(loss);
  engine.release(loss);
  if (kind === "empty" || kind === "dictionary")
    fail(`${type}: loss calculation not implemented for tensor input & ${kind} target`);
  if (count < 1 || count > 2)
    fail(`${type}: loss calculation not implemented for ${count}-element vector of targets`);
  checkInputs(lossType(type), count + 1);
}

// functions --------------------------------------------------------------------------------------------------------

interface LossFunction {
  readonly name: string;
  readonly type: LayerRow;
  /** Inputs that must be given. */
  readonly fewest: number;
  /** An input more is taken where an array or tensor stands next. */
  readonly optional: boolean;
  /** The error when there are fewer: `n` arguments. */
  readonly missing: (n: number) => string;
  /** How the error begins that refuses what is no list. */
  readonly called: string;
  /** The error for a simple list of `n` numbers, each an input, and its type; undefined where it is taken. */
  readonly numbers: (n: number, type: string) => string | undefined;
}

const expects = (name: string, roles: string) => (): string =>
  `${name} loss expects (${roles};optional arg(s)..)`;

/** What is special of a function. */
const SPECIAL: Readonly<Record<string, Partial<LossFunction>>> = {
  bce: {
    optional: true,
    missing: () => "bce: expects input,target,optional batch weight,optional reduce mode",
    numbers: (n) =>
      n > 3 ? "bce: unrecognized args, expecting 2-3 elements for input,target,optional weight" : undefined,
  },
  bcelogit1: { missing: () => "bcelogit1 expects at least 2 args, input & target", numbers: () => undefined },
  bcelogit2: {
    fewest: 3,
    missing: () => "bcelogit2 expects at least 3 args, input, target & batch weights",
    numbers: () => undefined,
  },
  hinge: { missing: expects("hinge", "input;target"), numbers: () => undefined },
  cosineloss: { missing: expects("cosineloss", "input1;input2;target"), numbers: () => undefined },
  margin: { missing: expects("margin", "input1;input2;target"), numbers: () => undefined },
  triplet: {
    called: "triplet loss",
    missing: (n) =>
      n === 2 ? "unable to index general list, element: 2" : expects("triplet", "anchor;positive;negative")(),
    numbers: () => undefined,
  },
  ctc: {
    called: "ctc loss",
    missing: () => "ctc loss expects at least 4 args, (input;target;input lengths;target lengths)",
    numbers: (_, type) => `ctc loss not implemented for ${type}`,
  },
};

const lossFunction = (type: LayerRow, name = type.name): LossFunction => ({
  name,
  type,
  fewest: type.fewest,
  optional: false,
  missing: (n) => `${name}: expects at least 2 args, ${n} given`,
  called: `${name}:`,
  numbers: (n) =>
    n > 2 ? `${name}: loss expects 2-element arg of input & target, ${n} value(s) given` : undefined,
  ...SPECIAL[name],
});

/** Distances are functions of modules too (modules/functional.ts). */
const DISTANCES: readonly string[] = ["pairwise", "similar"];

/** bcelogits is two functions: without and with batch weights. */
const FUNCTIONS: readonly LossFunction[] = [...LOSSES.values()]
  .filter(({ name }) => !DISTANCES.includes(name))
  .flatMap((type) =>
    type.name === "bcelogits"
      ? [lossFunction(type, "bcelogit1"), lossFunction(type, "bcelogit2")]
      : [lossFunction(type)],
  );

/** The loss of inputs that are given together with the options, without an object. */
function compute(call: Call, x: K, f: LossFunction): Soon<K> {
  const numbers = x instanceof Vector;
  if (!numbers && !(x instanceof List)) return fail(`${f.called} not implemented for ${nameOf(x)}`);
  const items = asHandle(x) === undefined ? spread(x) : [x];
  if (items.length < f.fewest) return fail(f.missing(items.length));
  const refused = numbers ? f.numbers(items.length, nameOf(x)) : undefined;
  if (refused !== undefined) return fail(refused);
  const next = items[f.fewest];
  const count = f.fewest + (f.optional && next !== undefined && isInput(next) ? 1 : 0);
  const inputs = items.slice(0, count);
  return after(eachWithValues(call, items.slice(count)), (given) => {
    const spec = lossSpec(f.type, [...inputs, ...given], count, k.list(items), f.name);
    return evaluate(
      call,
      spec,
      inputs.map((each) => input(call, each, f.name)),
      anyTensor(call, inputs),
    );
  });
}

/** Neither an option's symbol nor name-value pairs. */
const isInput = (x: K): boolean =>
  asSymbol(x) === undefined && !(x instanceof Symbols || x instanceof Dict) && pairsOf(x) === undefined;

function evaluate(call: Call, spec: LayerSpec, inputs: Input[], tensors: boolean): Soon<K> {
  const { engine } = call;
  return after(engine.loss(spec), (handle) => {
    call.keep(handle);
    return after(engine.lossOf(handle, inputs, !tensors), answer);
  });
}

export const lossTopic = page("loss", {
  loss,
  ...Object.fromEntries(FUNCTIONS.map((f) => [f.name, (call: Call, x: K) => compute(call, x, f)])),
});
