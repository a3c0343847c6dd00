/** A feed's checkpoints: the cut of its stream, with its model as it was there. */
import { type Dict, KError } from "../../../protocol/values.js";
import { placeOf } from "../../api/args/files.js";
import { answer } from "../../api/args/read.js";
import type { Call } from "../../api/call.js";
import { setGroups } from "../../api/training/optimizers.js";
import type { Engine, Handle } from "../../engine/index.js";
import type { FeedSettings } from "../plan.js";
import type { Column, Position } from "../rows.js";
import type { State, Stateful } from "../state.js";
import type { Snapshot as Cut } from "../thread/messages.js";
import {
  readCheckpoint,
  restoreFeed,
  restoreModel,
  type Snapshot as Stored,
  snapshot,
  writeCheckpoint,
} from "./checkpoint.js";
import { folderOf } from "./user_folder.js";

interface Of {
  readonly model: Handle;
  readonly feed: Handle;
}

/** What a checkpoint holds besides the model. */
export interface Found {
  readonly cut: Cut;
  /** Steps of the optimizer so far. */
  readonly steps: number;
}

const cutState = ({ position, columns, state }: Cut): State => ({
  position: Float64Array.of(position.date, position.messages, position.rows),
  names: columns.map(({ name }) => name),
  types: Int32Array.from(columns, ({ type }) => type),
  samples: state,
});

function cutOf(state: State): Cut {
  const { position, names, types, samples } = state;
  if (!(position instanceof Float64Array && position.length === 3 && types instanceof Int32Array))
    throw new KError("checkpoint: no position in a log");
  if (!Array.isArray(names) || names.length !== types.length) throw new KError("checkpoint: no columns");
  const [date, messages, rows] = position as unknown as [number, number, number];
  const columns: Column[] = (names as string[]).map((name, i) => ({ name, type: types[i]! }));
  const at: Position = { date, messages, rows };
  return { position: at, columns, state: samples as State, asked: false };
}

/** What state is made by: with another of these it means nothing. */
const MADE_BY = [
  ...["table", "syms", "by", "time", "definitions", "inputs", "targets"],
  ...["window", "scale", "replay"],
] as const satisfies readonly (keyof FeedSettings)[];

/** How the user calls it. */
const OPTION: Readonly<Record<string, string>> = { definitions: "define", inputs: "x", targets: "y" };

export type Newest = NonNullable<Awaited<ReturnType<typeof readCheckpoint>>>;

export class Checkpoints {
  readonly #engine: Engine;
  readonly #of: Of;
  readonly #settings: FeedSettings;
  readonly #place: ReturnType<typeof placeOf>;
  #last: string | undefined;

  /** @param data the folder that the server has for files */
  constructor(engine: Engine, settings: FeedSettings, data: string, user: string, of: Of) {
    this.#engine = engine;
    this.#of = of;
    this.#settings = settings;
    const folder = `feeds/${folderOf(user)}/${settings.name}`;
    this.#place = placeOf("checkpoint", data, folder);
  }

  /** The last one that was written or gone on from. */
  get last(): string | undefined {
    return this.#last;
  }

  /**
   * The newest one; undefined where there is none. It may take long to read, so others are to have their turns meanwhile.
   * @throws KError where none is whole
   */
  find(): ReturnType<typeof readCheckpoint> {
    return readCheckpoint(this.#place);
  }

  /**
   * Gives the model, the learner and the history what it has. In a turn.
   * @throws KError where it was made of another model; then nothing has changed
   */
  async restore(call: Call, history: Stateful, { number, value }: Newest): Promise<Found> {
    const before = Object(value.plan) as Partial<FeedSettings>;
    const other = MADE_BY.find(
      (each) => JSON.stringify(before[each]) !== JSON.stringify(this.#settings[each]),
    );
    if (other !== undefined)
      throw new KError(`its last checkpoint was made with another ${OPTION[other] ?? other}`);
    const { cut, history: judged } = value.state;
    const result = { cut: cutOf(cut as State), steps: Number(value.learner.steps) };
    history.load(judged as State);
    if (!(await restoreModel(this.#engine, this.#of.model, value)))
      await this.#setOptions(call, value.groups);
    await restoreFeed(this.#engine, this.#of.feed, value);
    this.#name(number);
    return result;
  }

  /** The optimizer's options, which others may have changed before it was written (`lr`). */
  async #setOptions(call: Call, groups: readonly Uint8Array[]): Promise<void> {
    const optimizer = call.keep(call.engine.part(this.#of.model, "optimizer"));
    await setGroups(
      call,
      optimizer,
      groups.map((bytes) => answer(bytes) as Dict),
    );
  }

  /** Gives the model what it has. In a turn. */
  async putBack({ value }: Newest): Promise<void> {
    await restoreModel(this.#engine, this.#of.model, value);
  }

  /** Copies model and learner. To be called in a turn. */
  read(): Promise<Stored> {
    return snapshot(this.#engine, this.#of.model, this.#of.feed);
  }

  /** @returns its name @throws KError; the last one is there still */
  async write(taken: Stored, cut: Cut, history: State): Promise<string> {
    const state: State = { cut: cutState(cut), history };
    const facts = { position: cut.position, plan: this.#settings };
    const { number } = await writeCheckpoint(this.#place, this.#settings.keep, { taken, state, facts });
    return this.#name(number);
  }

  #name(number: number): string {
    this.#last = `${this.#place.name}/${String(number).padStart(9, "0")}`;
    return this.#last;
  }
}
