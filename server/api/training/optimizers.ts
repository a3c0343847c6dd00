/** Making optimizers, changing their groups of parameters, and giving back what they are (docs/opt.rst). */

import { encodeObject } from "../../../protocol/encode.js";
import * as k from "../../../protocol/make.js";
import { Dict, type K, List, NULL, Symbols, Table, Vector } from "../../../protocol/values.js";
import { asHandle, handleK } from "../../engine/handle.js";
import type {
  Engine,
  GroupOptions,
  Handle,
  OptimizerInfo,
  ParameterChoice,
  Soon,
} from "../../engine/index.js";
import { nameOf } from "../args/ktypes.js";
import {
  after,
  answer,
  asFlag,
  asLong,
  asNumber,
  asSymbol,
  encoded,
  fail,
  isAbsent,
  resolve,
} from "../args/read.js";
import { type Call, page, type Topic } from "../call.js";
import {
  type Dialect,
  dictionary,
  engineOptions,
  notDefault,
  type OptionValues,
  pairsOf,
  printed,
  readOptions,
  splitArguments,
} from "../modules/definitions.js";
import { OPTIMIZERS, type OptimizerRow } from "./optimizer_types.js";
import { type Selection, selectParameters } from "./parameters.js";

const OPTION_NAMES: ReadonlySet<string> = new Set(
  [...OPTIMIZERS.values()].flatMap((each) => each.options.map((option) => option.name)),
);

const DIALECT: Dialect = {
  tooMany: (shape, { before, positional }, most) =>
    `${shape.name}: expecting up to ${before + most} positional args, ${before + positional.length} given`,
  unknown: (shape, name) =>
    OPTION_NAMES.has(name)
      ? `${shape.name} option: ${name} not recognized`
      : `unrecognized optimizer setting: ${name}`,
  expected: ({ type }, named) =>
    type === "double"
      ? "expected long/double scalar"
      : type === "bool" && !named
        ? "expected boolean"
        : undefined,
};

const optimizerType = (name: string): OptimizerRow =>
  OPTIMIZERS.get(name) ?? fail(`unrecognized optimizer: ${name}`);

/** Reads options from `before` on; what is not given stays as in `base`. */
function read(type: OptimizerRow, items: readonly K[], before: number, base?: OptionValues): OptionValues {
  const values = readOptions(type, splitArguments(items, before, k.list(items)), DIALECT, base);
  if (type.derived === undefined) return values;
  const [name, from, derive] = type.derived;
  if (values.get(name)!.value !== null) return values;
  const value = derive(values.get(from)!.value as bigint);
  return new Map(values).set(name, { value, shown: k.long(value) });
}

/** Options from a dictionary of them. */
const fromDictionary = (type: OptimizerRow, options: K): OptionValues => read(type, [options], 0);

const groupOf = (type: OptimizerRow, values: OptionValues): GroupOptions => ({
  options: engineOptions(values),
  definition: encodeObject(printed(type, values)),
});

/** The options of a group, or those that a group to come begins with. */
function groupValues(type: OptimizerRow, { groups }: OptimizerInfo, group: bigint): OptionValues {
  const bytes = groups[Number(group)] ?? groups[0]!;
  return fromDictionary(type, answer(bytes));
}

// making and extending ---------------------------------------------------------------------------------------------

/** No names: all parameters. A choice of none is no object at all. */
function choiceOf(selections: readonly Selection[]): ParameterChoice {
  const some = selections.filter(({ names }) => names === undefined || names.length > 0);
  return { objects: some.map(({ handle }) => handle), names: some.map(({ names }) => names ?? []) };
}

const NOTHING: ParameterChoice = { objects: [], names: [] };

/** A symbol, or (type;group;parameters;options...) with the group optional. */
function create(call: Call, x: K): Soon<K> {
  const items = x instanceof Symbols ? x.names.map(k.symbol) : x instanceof List ? x.items : [x];
  const name = asSymbol(items[0]) ?? fail(`opt: unrecognized arg(s), ${nameOf(x)}`);
  const type = optimizerType(name);
  const group = items.length > 2 ? asLong(items[1]) : undefined;
  if (group !== undefined && group !== 0n)
    fail(
      group < 0n
        ? negative(group)
        : `opt: group ${group} invalid, cannot be greater than number of groups(0)`,
    );
  const at = group === undefined ? 1 : 2;
  const values = read(type, items, Math.min(items.length, at + 1));
  const parameters = choiceOf(selectParameters(call, items[at]));
  return after(call.engine.optimizer(name, groupOf(type, values), parameters), handleK);
}

const negative = (group: bigint): string => `opt: group ${group} invalid, cannot be negative`;

/** (optimizer;group;parameters;options...) with the group optional. */
function extend(call: Call, optimizer: Handle, items: readonly K[]): Soon<K> {
  const { engine } = call;
  const info = engine.optimizerInfo(optimizer);
  const type = optimizerType(info.type);
  const given = asLong(items[1]);
  const group = given ?? 0n;
  if (group < 0n) fail(negative(group));
  if (group > info.groups.length)
    fail(`opt: group ${group} invalid, cannot be greater than number of groups(${info.groups.length})`);
  const at = given === undefined ? 1 : 2;
  const values = read(type, items, Math.min(items.length, at + 1), groupValues(type, info, group));
  const parameters = choiceOf(selectParameters(call, items[at]));
  return after(engine.extendOptimizer(optimizer, group, groupOf(type, values), parameters), () => NULL);
}

/** An optimizer again from its definition or state, on a module that has the same parameters. */
async function recreate(call: Call, saved: Dict, module: K): Promise<K> {
  const fields = new Map(pairsOf(saved));
  const field = (name: string): K => fields.get(name) ?? fail(`unable to find state attribute: ${name}`);
  const name = asSymbol(field("optimizer")) ?? fail("unable to find state attribute: optimizer");
  const type = optimizerType(name);
  const groups = rowsOf(field("options")).map((options) => fromDictionary(type, options));
  const members = rowsOf(field("parms")).map((each) => new Map(pairsOf(each)));
  const found = resolve(call, module) ?? fail(`opt: expecting module, given ${nameOf(module)}`);
  if (found.kind !== "module") return fail(`opt: expecting module, given ${found.kind}`);
  const select = (group: number): ParameterChoice => {
    const names = members
      .filter((each) => asLong(each.get("parmgroup")) === BigInt(group))
      .map((each) => asSymbol(each.get("name")) ?? "");
    return names.length === 0 ? NOTHING : { objects: [found.handle], names: [names] };
  };
  const first = groups[0] ?? fail("opt: no options in definition");
  const { engine } = call;
  const handle = call.made(await engine.optimizer(name, groupOf(type, first), select(0)));
  for (const [i, values] of groups.slice(1).entries())
    await engine.extendOptimizer(handle, BigInt(i + 1), groupOf(type, values), select(i + 1));
  await restoreBuffers(call, handle, members);
  return handleK(handle);
}

/** The buffers of a state: each parameter's are found by its name. */
async function restoreBuffers(
  { engine }: Call,
  handle: Handle,
  members: readonly ReadonlyMap<string, K>[],
): Promise<void> {
  const saved = new Map(members.map((each) => [asSymbol(each.get("name")), each.get("buffers")]));
  for (const [i, { name }] of engine.optimizerInfo(handle).parameters.entries()) {
    const buffers = saved.get(name);
    if (buffers === undefined) continue;
    const pairs = (pairsOf(buffers) ?? [])
      .map(([key, value]) => [key, present(value)] as const)
      .filter(([, value]) => !isAbsent(value));
    if (pairs.length === 0) continue;
    await engine.restoreBuffers(
      handle,
      BigInt(i),
      pairs.map(([key]) => key),
      pairs.map(([, value]) => encoded(value)),
    );
  }
}

/** A list without what is missing at its end. */
const present = (x: K): K => (x instanceof List ? k.collapse(x.items.filter((item) => !isAbsent(item))) : x);

/** Rows of a table, a single dictionary, or a list of dictionaries. */
function rowsOf(x: K): readonly Dict[] {
  if (x instanceof Dict) return [x];
  if (x instanceof Table) return Array.from({ length: k.count(x) }, (_, i) => k.at(x, i) as Dict);
  if (x instanceof List && x.items.every((item) => item instanceof Dict)) return x.items as Dict[];
  return fail(`opt: expecting a table in definition, given ${nameOf(x)}`);
}

// printing ---------------------------------------------------------------------------------------------------------

/** The options of all groups, a row for each. */
function groupTable(type: OptimizerRow, groups: readonly Dict[], all: boolean): Table {
  const shown = all ? groups : groups.map((group) => notDefault(type, group));
  const names = (groups[0]!.keys as Symbols).names.filter((name) =>
    shown.some((group) => (group.keys as Symbols).names.includes(name)),
  );
  const whole = groups.map((group) => new Map(pairsOf(group)));
  return k.table(
    names,
    names.map((name) => k.collapse(whole.map((group) => group.get(name)!))),
  );
}

function parameterTable({ parameters }: OptimizerInfo, buffers?: readonly K[]): Table {
  return k.table({
    parmgroup: k.longs(parameters.map(({ group }) => group)),
    pointer: k.longs(parameters.map(({ pointer }) => pointer)),
    module: k.symbols(parameters.map(({ module }) => module)),
    name: k.symbols(parameters.map(({ name }) => name)),
    size: k.list(parameters.map(({ size }) => k.longs(size))),
    ...(buffers === undefined ? {} : { buffers: k.list(buffers) }),
  });
}

/** A group's options in each row. */
export const groupsShown = (info: OptimizerInfo, all: boolean): Table =>
  groupTable(
    optimizerType(info.type),
    info.groups.map((bytes) => answer(bytes) as Dict),
    all,
  );

function tableOf(info: OptimizerInfo, all: boolean, buffers?: readonly K[]): Dict {
  const groups = info.groups.map((bytes) => answer(bytes) as Dict);
  return dictionary(
    ["optimizer", "options", "parms"],
    [k.symbol(info.type), groupTable(optimizerType(info.type), groups, all), parameterTable(info, buffers)],
  );
}

/** Type, options and parameters. */
export const optimizerTable = (engine: Engine, handle: Handle, all: boolean): Dict =>
  tableOf(engine.optimizerInfo(handle), all);

/** The same with the buffers of each parameter. */
export function optimizerState(call: Call, handle: Handle, all: boolean): Soon<Dict> {
  const info = call.engine.optimizerInfo(handle);
  return after(call.engine.optimizerBuffers(handle), (buffers) =>
    tableOf(
      info,
      all,
      buffers.map(({ names, values }) =>
        dictionary(
          names,
          values.map((kept) => (Array.isArray(kept) ? k.list(kept.map(answer)) : answer(kept as Uint8Array))),
        ),
      ),
    ),
  );
}

// the functions ----------------------------------------------------------------------------------------------------

function opt(call: Call, x: K): Soon<K> {
  const { engine, settings } = call;
  const found = resolve(call, x);
  if (found?.kind === "optimizer") return optimizerTable(engine, found.handle, settings.allOptions);
  if (found?.kind === "model") return handleK(engine.part(found.handle, "optimizer"));
  if (found !== undefined) return fail(`opt: not implemented for ${found.kind}`);
  if (!(x instanceof List) || x.count === 0) return create(call, x);
  const first = x.items[0]!;
  if (first instanceof Dict) return recreate(call, first, x.items[1] ?? k.EMPTY);
  if (asHandle(first) === undefined) return create(call, x);
  const target = resolve(call, first)!;
  if (target.kind !== "optimizer") return fail(`opt: not implemented for ${target.kind}`);
  const all = x.count === 2 ? asFlag(x.items[1]) : undefined;
  if (all !== undefined) return optimizerTable(engine, target.handle, all);
  return extend(call, target.handle, x.items);
}

const LR = "lr: unrecognized arg(s), expecting optimizer/model and optional learning rate(s)";

/** An optimizer's groups, with their options. */
function groupsOf(call: Call, handle: Handle): { type: OptimizerRow; groups: OptionValues[] } {
  const info = call.engine.optimizerInfo(handle);
  const type = optimizerType(info.type);
  return { type, groups: info.groups.map((_, i) => groupValues(type, info, BigInt(i))) };
}

/** The learning rates of all groups. */
export const ratesIn = (call: Call, optimizer: Handle): readonly number[] =>
  groupsOf(call, optimizer).groups.map((values) => values.get("lr")!.value as number);

/** @param rates one for each group. @throws KError for a rate that `opt` would not take */
export const setRates = (call: Call, optimizer: Handle, rates: readonly number[]): Promise<void> =>
  setGroups(
    call,
    optimizer,
    rates.map((rate) => dictionary(["lr"], [k.float(rate)])),
  );

/** @param given of each group those of its options that change. @throws KError for one that `opt` would not take */
export async function setGroups(call: Call, optimizer: Handle, given: readonly Dict[]): Promise<void> {
  const { type, groups } = groupsOf(call, optimizer);
  if (given.length !== groups.length)
    fail(`opt: ${groups.length} parameter groups, options of ${given.length}`);
  // all are read before the first is set
  const options = groups.map((base, i) => groupOf(type, read(type, [given[i]!], 0, base)));
  for (const [i, group] of options.entries())
    await call.engine.extendOptimizer(optimizer, BigInt(i), group, NOTHING);
}

/** The learning rates of all groups, or new ones: one for all, or one for each. */
function lr(call: Call, x: K): Soon<K> {
  const { engine } = call;
  const alone = resolve(call, x);
  const items = alone === undefined && x instanceof List ? x.items : [x];
  const found = alone ?? (items.length === 2 ? resolve(call, items[0]!) : undefined) ?? fail(LR);
  const handle =
    found.kind === "model"
      ? call.keep(engine.part(found.handle, "optimizer"))
      : found.kind === "optimizer"
        ? found.handle
        : fail(`lr: not implemented for ${found.kind}`);
  const rates = ratesIn(call, handle);
  if (alone !== undefined) return k.floats(rates);
  return after(setRates(call, handle, ratesOf(items[1]!, rates.length)), () => NULL);
}

function ratesOf(x: K, count: number): readonly number[] {
  const one = asNumber(x);
  if (one !== undefined) return new Array<number>(count).fill(Number(one));
  if (!(x instanceof Vector)) return fail(`lr: expecting learning rate(s), given ${nameOf(x)}`);
  const rates = Array.from({ length: x.count }, (_, i) => Number(asNumber(k.at(x, i)) ?? fail(LR)));
  if (rates.length !== count)
    return fail(`length error: ${rates.length} learning rates given for ${count} parameter groups`);
  return rates;
}

export const optimizerTopic: Topic = page("opt", { opt, lr });
