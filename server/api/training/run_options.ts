/** Options of training and testing (docs/train.rst): `train` and `test` show and set them. */
import * as k from "../../../protocol/make.js";
import { Atom, Dict, type K, List, NULL, Symbols, TYPE, Vector } from "../../../protocol/values.js";
import type { Handle, Phase, RunOptions } from "../../engine/index.js";
import { nameOf } from "../args/ktypes.js";
import { asDouble, asFlag, asLong, asSymbol, asSymbols, describe, fail, isAbsent } from "../args/read.js";
import type { Call } from "../call.js";

type Changes = Partial<RunOptions>;

interface Option {
  readonly name: string;
  readonly show: (options: RunOptions) => K;
  /** @throws KError for a value that the option cannot have */
  readonly read: (x: K, call: Call) => Changes;
  readonly trainOnly?: boolean;
  /** Left out of a list of all options where it is not set, and only asked for what differs: not at all. */
  readonly shown?: (options: RunOptions, all: boolean) => boolean;
}

type Named<T> = { [N in keyof Required<RunOptions>]: RunOptions[N] extends T ? N : never }[keyof RunOptions];
type Flag = Named<boolean>;
type Count = Named<bigint>;

const flag = (name: Flag, more: Partial<Option> = {}): Option => ({
  name,
  show: (options) => k.boolean(options[name]),
  read: (x) => ({ [name]: asFlag(x) ?? fail(`${name}: expects one boolean, given ${nameOf(x)}`) }),
  ...more,
});

/** @param least with the words that refuse less */
function count(name: Count, least?: readonly [bigint, string], more: Partial<Option> = {}): Option {
  const read = (x: K): Changes => {
    const n = asLong(x) ?? fail(`${name}: expects one long integer, given ${nameOf(x)}`);
    if (least !== undefined && n < least[0]) fail(`${name}: cannot be less than ${least[1]}, given ${n}`);
    return { [name]: n };
  };
  return { name, show: (options) => k.long(options[name]), read, ...more };
}

/** Largest norms and values: nothing that would turn a gradient round. */
function bound(name: string, what: string, x: number): number {
  return x >= 0 ? x : fail(`${name}: ${what} cannot be null or less than zero, given ${x}`);
}

/** The largest norm and, where there are two numbers, its order. */
function readNorm(x: K): Changes {
  if (isAbsent(x)) return { clipnorm: undefined, cliporder: undefined };
  const wrong = (given: string): never => fail(`clipnorm: expecting 1-2 numbers, ${given}`);
  const several = x instanceof Vector ? x.type === TYPE.long || x.type === TYPE.float : x instanceof List;
  if (several && !(x instanceof List) && k.count(x) !== 2) wrong(`given ${k.count(x)}`);
  const items = several && k.count(x) === 2 ? [k.at(x, 0), k.at(x, 1)] : [x];
  const [most, order = 2] = items.map(
    (item) => asDouble(item) ?? wrong(`long integers or doubles, given ${nameOf(x)}`),
  );
  if (Number.isNaN(order)) fail("clipnorm: order of the norm cannot be null");
  return { clipnorm: bound("clipnorm", "maximum norm", most!), cliporder: order, clipvalue: undefined };
}

function readValue(x: K): Changes {
  if (isAbsent(x)) return { clipvalue: undefined };
  const most = asDouble(x) ?? fail(`clipvalue: expecting number for maximum gradient, given ${nameOf(x)}`);
  return {
    clipvalue: bound("clipvalue", "maximum gradient", most),
    clipnorm: undefined,
    cliporder: undefined,
  };
}

const METRICS = ["batchloss", "loss", "accuracy", "matches", "predict", "output", "hidden", "hiddencell"];
/** One run gives no more; a name may stand more than once. */
const MOST_METRICS = 100;

function readMetrics(x: K): Changes {
  const empty = isAbsent(x) || (x instanceof Symbols && x.count === 0);
  const metrics = empty ? [] : (asSymbols(x) ?? fail(`metrics: expects symbol(s), given ${nameOf(x)}`));
  for (const metric of metrics) if (!METRICS.includes(metric)) fail(`unrecognized metric: ${metric}`);
  if (metrics.length > MOST_METRICS) fail(`metrics: at most ${MOST_METRICS} expected`);
  return { metrics };
}

const TRAIN = { trainOnly: true };
const ifSet = (set: (options: RunOptions) => boolean): Partial<Option> => ({
  ...TRAIN,
  shown: (options, all) => all || set(options),
});

const SHORTER = ["none", "bfloat16", "half"];

function readAutocast(x: K, { engine }: Call): Changes {
  const autocast = asSymbol(x) ?? fail(`autocast: expects a symbol, given ${nameOf(x)}`);
  if (!SHORTER.includes(autocast)) fail(`autocast: expects ${SHORTER.join(", ")}, given ${autocast}`);
  if (autocast === "half" && engine.cudaDevices() === 0n)
    fail("autocast: half needs a CUDA device, there is none; use bfloat16");
  return { autocast };
}

/** In the order in which all of them are shown. */
const OPTIONS: readonly Option[] = [
  count("batchsize", [0n, "zero"]),
  count("task", [0n, "zero"]),
  count("tasks", [1n, "one"]),
  flag("droplast"),
  flag("hidden"),
  flag("shuffle", TRAIN),
  flag("shufflecuda", TRAIN),
  count("shuffleseed", undefined, TRAIN),
  flag("sync", TRAIN),
  flag("clipgroup", TRAIN),
  {
    name: "clipnorm",
    show: ({ clipnorm, cliporder }) => (clipnorm === undefined ? NULL : k.floats([clipnorm, cliporder!])),
    read: readNorm,
    ...ifSet(({ clipnorm }) => clipnorm !== undefined),
  },
  {
    name: "clipvalue",
    show: ({ clipvalue }) => (clipvalue === undefined ? NULL : k.float(clipvalue)),
    read: readValue,
    ...ifSet(({ clipvalue }) => clipvalue !== undefined),
  },
  flag("tensor"),
  flag("dictionary"),
  { name: "metrics", show: ({ metrics }) => k.symbols(metrics), read: readMetrics },
  // beyond ktorch: shown where it is on
  {
    name: "autocast",
    show: ({ autocast }) => k.symbol(autocast),
    read: readAutocast,
    shown: ({ autocast }) => autocast !== "none",
  },
  flag("channelslast", { shown: ({ channelslast }) => channelslast }),
  flag("guard", { ...TRAIN, shown: ({ guard }) => guard }),
];

const ofPhase = (phase: Phase): readonly Option[] =>
  phase === "train" ? OPTIONS : OPTIONS.filter(({ trainOnly }) => trainOnly !== true);

function optionOf(phase: Phase, name: string): Option {
  return (
    ofPhase(phase).find((option) => option.name === name) ?? fail(`unrecognized ${phase} setting: ${name}`)
  );
}

/** @param all those too that are not set */
export function shownOptions({ engine }: Call, model: Handle, phase: Phase, all: boolean): Dict {
  const options = engine.runOptions(model, phase);
  const shown = ofPhase(phase).filter((option) => option.shown?.(options, all) ?? true);
  return new Dict(k.symbols(shown.map(({ name }) => name)), k.list(shown.map(({ show }) => show(options))));
}

/** One option's value. */
export const optionValue = ({ engine }: Call, model: Handle, phase: Phase, name: string): K =>
  optionOf(phase, name).show(engine.runOptions(model, phase));

export function optionValues({ engine }: Call, model: Handle, phase: Phase, names: readonly string[]): Dict {
  const options = engine.runOptions(model, phase);
  return k.dict(k.symbols(names), k.collapse(names.map((name) => optionOf(phase, name).show(options))));
}

export function setOption(call: Call, model: Handle, phase: Phase, name: string, x: K): void {
  change(call, model, phase, [name], optionOf(phase, name).read(x, call));
}

/** Types of simple lists whose items may be values of options. */
const SETTABLE: readonly number[] = [TYPE.boolean, TYPE.long, TYPE.float];

/** Sets several options, all of them or none. */
export function setOptions(call: Call, model: Handle, phase: Phase, names: readonly string[], x: K): void {
  const { engine } = call;
  const readable =
    x instanceof List || x instanceof Symbols || (x instanceof Vector && SETTABLE.includes(x.type));
  let changes: Changes = {};
  for (const [i, name] of names.entries()) {
    const option = optionOf(phase, name);
    if (!readable) fail(`${phase}: unable to set options given ${nameOf(x)}`);
    changes = { ...changes, ...option.read(k.at(x, i), call) };
  }
  checkTasks({ ...engine.runOptions(model, phase), ...changes }, phase);
  change(call, model, phase, names, changes);
}

/** (symbols;values), as `setOptions` takes them. */
export function setGiven(call: Call, model: Handle, phase: Phase, names: readonly string[], x: K): void {
  if (x instanceof Atom || asLong(x) !== undefined || !(x instanceof List || isVector(x)))
    fail(`${phase}: unable to set values from ${describe(call, x)}`);
  if (k.count(x) !== names.length) fail(`${phase}: ${names.length} symbol(s) but ${k.count(x)} value(s)`);
  setOptions(call, model, phase, names, x);
}

const isVector = (x: K): boolean => x instanceof Vector || x instanceof Symbols;

/** The number of batches is another then, and they begin anew. */
const RESTARTS = ["batchsize", "droplast"];

function change(
  { engine }: Call,
  model: Handle,
  phase: Phase,
  names: readonly string[],
  changes: Changes,
): void {
  const startOver = names.some((name) => RESTARTS.includes(name));
  engine.setRunOptions(model, phase, { ...engine.runOptions(model, phase), ...changes }, startOver);
}

/** @throws KError for options that do not go together */
export function checkTasks({ task, tasks, batchsize }: RunOptions, who: string): void {
  if (task >= tasks)
    fail(`${who}: task ${task} implies at least ${task + 1n} tasks, but only ${tasks} defined`);
  if (tasks !== 1n && batchsize === 0n) fail(`${who}: zero batchsize incompatible with ${tasks} tasks`);
}
