/**
 * A checkpoint: a model with its optimizer, a feed's champion and random numbers, the state of the feed's parts, and how
 * far the plant's log was read. It is a folder of safetensors files and JSON (versions.ts says how it comes to be).
 */
import { join } from "node:path";
import { KError } from "../../../protocol/values.js";
import type { Place } from "../../api/args/files.js";
import type { Engine, Handle, LearnerState, RawTensor, StoredTensors } from "../../engine/index.js";
import type { Position } from "../rows.js";
import type { State } from "../state.js";
import { type Dtype, type NamedArray, readSafetensors, safetensors } from "./safetensors.js";
import { stateFiles, stateOf } from "./state_file.js";
import { type Disk, newestVersion, readFile, type Written, writeVersion } from "./versions.js";

const FORMAT = 1;

/** The k api's data types, as safetensors has them. */
const DTYPES: Readonly<Record<string, Dtype>> = {
  float: "F32",
  double: "F64",
  half: "F16",
  bfloat16: "BF16",
  long: "I64",
  int: "I32",
  short: "I16",
  char: "I8",
  byte: "U8",
  bool: "BOOL",
};
const NAMES = new Map(Object.entries(DTYPES).map(([name, dtype]) => [dtype, name]));

// what is taken ------------------------------------------------------------------------------------------------------

/** A model and its learner at one moment, as copies. */
export interface Snapshot {
  readonly model: StoredTensors;
  readonly champion: StoredTensors | undefined;
  readonly learner: LearnerState;
  /** The options of the optimizer's groups, as k bytes. */
  readonly groups: readonly Uint8Array[];
}

function groupsOf(engine: Engine, model: Handle): readonly Uint8Array[] {
  const optimizer = engine.part(model, "optimizer");
  try {
    return engine.optimizerInfo(optimizer).groups;
  } finally {
    engine.release(optimizer);
  }
}

/** Copies them. To be called where nobody works with the model meanwhile. */
export async function snapshot(engine: Engine, model: Handle, feed: Handle): Promise<Snapshot> {
  const champion = await engine.championModule(feed);
  try {
    return {
      model: await engine.storedTensors(model),
      champion: champion === undefined ? undefined : await engine.storedTensors(champion),
      learner: await engine.learnerState(feed),
      groups: groupsOf(engine, model),
    };
  } finally {
    if (champion !== undefined) engine.release(champion);
  }
}

/** What a feed says of itself. */
export interface Facts {
  readonly position: Position;
  /** As JSON has it. */
  readonly plan: unknown;
}

export interface Checkpoint extends Snapshot, Facts {
  readonly state: State;
}

// files --------------------------------------------------------------------------------------------------------------

const arrayOf = ({ name, dtype, sizes, bytes }: RawTensor): NamedArray => ({
  name,
  dtype: DTYPES[dtype] ?? fail(`${name} is ${dtype}, which is not stored`),
  shape: sizes.map(Number),
  bytes,
});

const tensorOf = ({ name, dtype, shape, bytes }: NamedArray): RawTensor => ({
  name,
  dtype: NAMES.get(dtype)!,
  sizes: shape.map(BigInt),
  bytes,
});

const fail = (text: string): never => {
  throw new KError(text);
};

const RANDOM = "random";
const STATE = "state/";

/** Parameters and buffers by their names, as PyTorch's own; which are buffers, and which are frozen, is told beside them. */
const moduleFile = ({ parameters, buffers, frozen }: StoredTensors): readonly Uint8Array[] =>
  safetensors({
    arrays: [...parameters, ...buffers].map(arrayOf),
    metadata: {
      format: "pt",
      buffers: JSON.stringify(buffers.map(({ name }) => name)),
      frozen: JSON.stringify(frozen),
    },
  });

const namesIn = (text: string | undefined): readonly string[] => {
  const names: unknown = JSON.parse(text ?? "[]");
  return isTexts(names) ? names : fail("names expected");
};

function moduleOf(bytes: Uint8Array, optimizer: readonly RawTensor[]): StoredTensors {
  const { arrays, metadata } = readSafetensors(bytes);
  const names = new Set(namesIn(metadata.buffers));
  return {
    parameters: arrays.filter(({ name }) => !names.has(name)).map(tensorOf),
    buffers: arrays.filter(({ name }) => names.has(name)).map(tensorOf),
    ...{ optimizer, frozen: namesIn(metadata.frozen) },
  };
}

const isTexts = (x: unknown): x is readonly string[] =>
  Array.isArray(x) && x.every((each) => typeof each === "string");

const FILES = {
  model: "model.safetensors",
  optimizer: "optimizer.safetensors",
  champion: "champion.safetensors",
  feed: "feed.safetensors",
  state: "feed.json",
  about: "checkpoint.json",
};

const sizeOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, { length }) => sum + length, 0);
const jsonFile = (x: unknown): readonly Uint8Array[] => [Buffer.from(JSON.stringify(x))];

/** The counters of a learner, as JSON has them: texts, since they are long. */
const COUNTERS = ["steps", "batches", "skipped", "row", "version"] as const;

function filesOf(
  taken: Snapshot,
  state: State,
  { plan, position }: Facts,
): Map<string, readonly Uint8Array[]> {
  const { model, champion, learner, groups } = taken;
  const { arrays, json } = stateFiles(state);
  const random = {
    name: RANDOM,
    dtype: "U8",
    shape: [learner.random.length],
    bytes: learner.random,
  } as const;
  const named = arrays.map((each) => ({ ...each, name: STATE + each.name }));
  const files = new Map<string, readonly Uint8Array[]>([
    [FILES.model, moduleFile(model)],
    [FILES.optimizer, safetensors({ arrays: model.optimizer.map(arrayOf), metadata: {} })],
    [FILES.feed, safetensors({ arrays: [random, ...named], metadata: {} })],
    [FILES.state, jsonFile(json)],
  ]);
  if (champion !== undefined) files.set(FILES.champion, moduleFile(champion));
  const about = {
    format: FORMAT,
    position,
    learner: Object.fromEntries(COUNTERS.map((name) => [name, String(learner[name])])),
    groups: groups.map((each) => Buffer.from(each).toString("base64")),
    plan,
    files: Object.fromEntries([...files].map(([name, parts]) => [name, sizeOf(parts)])),
  };
  return files.set(FILES.about, jsonFile(about));
}

/**
 * Writes a checkpoint below the place, under the next number; the last `keep` are kept.
 * @throws KError by the place's name; the last good one is there still
 */
export const writeCheckpoint = async (
  place: Place,
  keep: number,
  { taken, state, facts }: { readonly taken: Snapshot; readonly state: State; readonly facts: Facts },
  fs?: Disk,
): Promise<Written> => await writeVersion(place, keep, filesOf(taken, state, facts), fs);

// what is read -------------------------------------------------------------------------------------------------------

interface About extends Facts {
  readonly counters: Omit<LearnerState, "random">;
  readonly groups: readonly Uint8Array[];
  readonly files: Readonly<Record<string, number>>;
}

/** Of JSON; more than what a feed of as many keys as there may be writes. */
const LONGEST_JSON = 2 ** 29;

const isCount = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0;

function aboutOf(text: string): About {
  const { format, position, learner, groups, plan, files } = JSON.parse(text) as Record<string, unknown>;
  if (format !== FORMAT) return fail(`of format ${JSON.stringify(format)}, ${FORMAT} expected`);
  const { date, messages, rows } = Object(position) as Position;
  if (!Number.isSafeInteger(date) || !isCount(messages) || !isCount(rows))
    return fail("no position in a log");
  const counters = Object(learner) as Record<string, unknown>;
  const counter = (name: string): bigint => {
    const text = counters[name];
    return typeof text === "string" && /^\d{1,18}$/.test(text) ? BigInt(text) : fail(`no count of ${name}`);
  };
  if (!isTexts(groups)) return fail("no options of an optimizer");
  if (typeof files !== "object" || files === null || !Object.values(files).every(isCount))
    return fail("no files");
  const [steps, batches, skipped, row, version] = COUNTERS.map(counter) as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  return {
    position: { date, messages, rows },
    counters: { steps, batches, skipped, row, version },
    groups: groups.map((each) => new Uint8Array(Buffer.from(each, "base64"))),
    plan,
    files: files as Record<string, number>,
  };
}

const textOf = (bytes: Uint8Array): string => new TextDecoder("utf-8", { fatal: true }).decode(bytes);

/** A checkpoint's folder, whole; rejects where something is missing or not as it is written. */
async function readFolder(folder: string): Promise<Checkpoint> {
  const about = aboutOf(textOf(await readFile(join(folder, FILES.about), undefined, LONGEST_JSON)));
  const read = async (name: string, most = Number.MAX_SAFE_INTEGER): Promise<Uint8Array> => {
    const size = about.files[name] ?? fail(`${name} is not among its files`);
    try {
      return await readFile(join(folder, name), size, most);
    } catch (error) {
      return fail(`${name}: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}`);
    }
  };
  const optimizer = readSafetensors(await read(FILES.optimizer)).arrays.map(tensorOf);
  const { arrays } = readSafetensors(await read(FILES.feed));
  const random = arrays.find(({ name }) => name === RANDOM) ?? fail("no random numbers");
  const named = arrays.filter(({ name }) => name.startsWith(STATE));
  const state = stateOf(
    named.map((each) => ({ ...each, name: each.name.slice(STATE.length) })),
    JSON.parse(textOf(await read(FILES.state, LONGEST_JSON))),
  );
  const champion = Object.hasOwn(about.files, FILES.champion) ? await read(FILES.champion) : undefined;
  return {
    model: moduleOf(await read(FILES.model), optimizer),
    champion: champion === undefined ? undefined : moduleOf(champion, []),
    learner: { random: new Uint8Array(random.bytes), ...about.counters },
    ...{ state, groups: about.groups, plan: about.plan, position: about.position },
  };
}

/**
 * The newest checkpoint below the place that is whole; undefined where none was ever written.
 * @throws KError where there are some, but none is whole
 */
export const readCheckpoint = async (
  place: Place,
): Promise<
  { readonly number: number; readonly value: Checkpoint; readonly broken: readonly string[] } | undefined
> => await newestVersion(place, readFolder);

/**
 * Gives a model, made as the one that was stored, its tensors, which of them are frozen, and what its optimizer keeps.
 * Options of the optimizer, such as its learning rate, stay as they are.
 * @returns whether they are those that were stored
 * @throws where names, sizes or types differ, saying which; then nothing has changed
 */
export async function restoreModel(engine: Engine, model: Handle, stored: Checkpoint): Promise<boolean> {
  await engine.restoreTensors(model, stored.model);
  const groups = groupsOf(engine, model);
  const same = (group: Uint8Array, i: number): boolean => Buffer.compare(group, stored.groups[i]!) === 0;
  return groups.length === stored.groups.length && groups.every(same);
}

/**
 * Gives a learner of the model what was stored of one: a champion, where both have one, counts and random numbers.
 * @throws as `restoreModel`; the feed is of no use then
 */
export async function restoreFeed(
  engine: Engine,
  feed: Handle,
  { champion, learner }: Checkpoint,
): Promise<void> {
  const own = await engine.championModule(feed);
  try {
    if (own !== undefined && champion !== undefined) await engine.restoreTensors(own, champion);
    await engine.restoreLearner(feed, learner);
  } finally {
    if (own !== undefined) engine.release(own);
  }
}
