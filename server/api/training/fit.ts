/**
 * `fit`, beyond ktorch: epochs with test metrics after each, learning rates by a schedule, an end where nothing improves
 * any more, and the best state kept.
 */
import * as k from "../../../protocol/make.js";
import { Atom, Dict, type K, Symbols } from "../../../protocol/values.js";
import type { Handle, Phase } from "../../engine/index.js";
import { answer, asDouble, asFlag, asLong, asSymbol, describe, fail } from "../args/read.js";
import { type Call, page } from "../call.js";
import { checkExamples } from "./data.js";
import { ratesIn, setRates } from "./optimizers.js";
import { checkTasks } from "./run_options.js";
import { epochsOf, runThrough } from "./runs.js";
import { firstOf, modelAndRest } from "./subject.js";

const SCHEDULES = ["", "step", "cosine", "onecycle", "plateau"] as const;
const WATCHED = ["loss", "accuracy"] as const;

/** How to fit; each option is named in OPTIONS. */
interface Plan {
  /** What is watched, of the tests where there is test data. */
  readonly watch: (typeof WATCHED)[number];
  /** Epochs without improvement after which it ends; 0: none. */
  readonly patience: number;
  /** What counts as improvement. */
  readonly delta: number;
  /** Whether the best state is put back at the end. */
  readonly best: boolean;
  readonly schedule: (typeof SCHEDULES)[number];
  /** Epochs between two steps; without improvement (plateau). */
  readonly every: number;
  /** What a step makes of the rate. */
  readonly factor: number;
  /** The rate never is below. */
  readonly low: number;
  /** Where one cycle has its summit, as a multiple of the first rate. */
  readonly top: number;
}

const FIRST: Plan = {
  watch: "loss",
  patience: 0,
  delta: 0,
  best: true,
  schedule: "",
  every: 10,
  factor: 0.1,
  low: 0,
  top: 10,
};

type Reader = (x: K, name: string) => unknown;

const oneOf =
  (names: readonly string[]): Reader =>
  (x, name) => {
    const given = asSymbol(x);
    return given !== undefined && names.includes(given)
      ? given
      : fail(`fit: ${name} is one of ${names.filter((each) => each !== "").join(", ")}`);
  };
const count =
  (least: bigint): Reader =>
  (x, name) => {
    const n = asLong(x);
    return n !== undefined && n >= least && n <= 1_000_000n
      ? Number(n)
      : fail(`fit: ${name} is a number of epochs, from ${least} to 1000000`);
  };
const number = (x: K, name: string): number => {
  const value = asDouble(x);
  return value !== undefined && value >= 0 && Number.isFinite(value)
    ? value
    : fail(`fit: ${name} is a number, not negative`);
};

const OPTIONS: Readonly<Record<keyof Plan, Reader>> = {
  watch: oneOf(WATCHED),
  patience: count(0n),
  delta: number,
  best: (x, name) => asFlag(x) ?? fail(`fit: ${name} is a boolean`),
  schedule: oneOf(SCHEDULES),
  every: count(1n),
  factor: number,
  low: number,
  top: number,
};

function readPlan(call: Call, x: K | undefined): Plan {
  if (x === undefined) return FIRST;
  if (!(x instanceof Dict) || !(x.keys instanceof Symbols))
    return fail(`fit: dictionary of options expected as 3rd argument, given ${describe(call, x)}`);
  const plan: Record<string, unknown> = { ...FIRST };
  x.keys.names.forEach((name, i) => {
    if (!Object.hasOwn(OPTIONS, name))
      fail(`fit: unrecognized option ${name}, expecting ${Object.keys(OPTIONS).join(", ")}`);
    plan[name] = OPTIONS[name as keyof Plan](k.at(x.values, i), name);
  });
  return plan as unknown as Plan;
}

/** What the first rate is multiplied by in an epoch of so many, from 0 on. @param steps that plateaus have made */
function scale({ schedule, every, factor, top }: Plan, epoch: number, of: number, steps: number): number {
  const half = (from: number, to: number, x: number): number =>
    to + ((from - to) * (1 + Math.cos(Math.PI * x))) / 2;
  const summit = Math.max(1, Math.floor(of * 0.3));
  switch (schedule) {
    case "step":
      return factor ** Math.floor(epoch / every);
    case "cosine":
      return half(1, 0, epoch / of);
    case "onecycle":
      return epoch < summit
        ? half(1, top, epoch / summit)
        : half(top, 0, (epoch - summit) / Math.max(1, of - summit));
    case "plateau":
      return factor ** steps;
    default:
      return 1;
  }
}

/** The numbers among a run's metrics that a table of epochs shows. */
async function numbersOf(call: Call, model: Handle, phase: Phase): Promise<ReadonlyMap<string, number>> {
  const { metrics } = call.engine.runOptions(model, phase);
  const results = await runThrough(call, model, phase, true);
  const values = results.map(answer);
  return new Map(
    metrics.flatMap((name, i) => {
      const value = values[i];
      return (WATCHED as readonly string[]).includes(name) && value instanceof Atom
        ? [[name, Number(value.value)] as const]
        : [];
    }),
  );
}

/** The parameters and buffers of a model as they were best; a copy of its module. */
class Best {
  #copy: Handle | undefined;

  constructor(
    private readonly call: Call,
    private readonly model: Handle,
  ) {}

  async keep(): Promise<void> {
    const { engine } = this.call;
    this.release();
    const module = engine.part(this.model, "module");
    try {
      this.#copy = await engine.clone(module);
    } finally {
      engine.release(module);
    }
  }

  async putBack(): Promise<void> {
    const { engine } = this.call;
    if (this.#copy === undefined) return;
    for (const what of ["parameters", "buffers"] as const) {
      const names = engine.tensorNames(this.#copy, what);
      const values = names.map((name) => this.call.keep(engine.tensorOf(this.#copy!, what, name)!));
      await engine.setTensors(this.model, what, { names, values }, "fit");
    }
  }

  release(): void {
    if (this.#copy !== undefined) this.call.engine.release(this.#copy);
    this.#copy = undefined;
  }
}

interface Row {
  readonly train: ReadonlyMap<string, number>;
  readonly test: ReadonlyMap<string, number>;
  readonly rate: number;
  readonly seconds: number;
  readonly best: boolean;
}

/** What is watched must be measured. */
function check(call: Call, model: Handle, phase: Phase, watched: string | undefined): void {
  const { engine } = call;
  const options = engine.runOptions(model, phase);
  const { inputs, targets } = engine.dataInfo(model, phase);
  checkTasks(options, "fit");
  checkExamples(call, model, inputs, targets);
  if (watched !== undefined && !options.metrics.includes(watched))
    fail(`fit: ${watched} is watched, but not among the metrics of ${phase}`);
}

async function fit(call: Call, x: K): Promise<K> {
  const { engine } = call;
  const { model, rest } = modelAndRest(
    call,
    x,
    () => `fit: model expected as 1st argument, given ${describe(call, firstOf(x))}`,
  );
  if (rest.length > 2) fail(`fit: expecting (model;epochs;options), but ${rest.length + 1} args given`);
  const epochs = epochsOf(call, rest[0], "fit");
  const plan = readPlan(call, rest[1]);
  if (engine.dataInfo(model, "train").batches < 1n) fail("fit: no training data for model");
  const testing = engine.dataInfo(model, "test").batches > 0n;
  check(call, model, "train", testing ? undefined : plan.watch);
  if (testing) check(call, model, "test", plan.watch);
  const optimizer = call.keep(engine.part(model, "optimizer"));
  const first = ratesIn(call, optimizer);
  const best = new Best(call, model);
  const rows: Row[] = [];
  let record: number | undefined;
  let waited = 0;
  let steps = 0;
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      const start = performance.now();
      if (plan.schedule !== "") {
        const by = scale(plan, epoch, epochs, steps);
        await setRates(
          call,
          optimizer,
          first.map((rate) => Math.max(rate * by, plan.low)),
        );
      }
      const rate = ratesIn(call, optimizer)[0]!;
      const trained = await numbersOf(call, model, "train");
      const tested = testing ? await numbersOf(call, model, "test") : new Map<string, number>();
      const value = (testing ? tested : trained).get(plan.watch) ?? Number.NaN;
      const cost = plan.watch === "accuracy" ? -value : value;
      const better = record === undefined ? !Number.isNaN(cost) : cost < record - plan.delta;
      if (better) {
        record = cost;
        waited = 0;
        if (plan.best) await best.keep();
      } else waited++;
      rows.push({
        train: trained,
        test: tested,
        rate,
        seconds: (performance.now() - start) / 1000,
        best: better,
      });
      if (plan.patience > 0 && waited >= plan.patience) break;
      if (plan.schedule === "plateau" && waited > 0 && waited % plan.every === 0) steps++;
      await call.giveWay();
    }
    if (!rows.at(-1)!.best) await best.putBack();
  } finally {
    best.release();
  }
  return table(rows);
}

function table(rows: readonly Row[]): K {
  const of = (which: "train" | "test", prefix: string): [string, K][] =>
    WATCHED.filter((name) => rows[0]![which].has(name)).map((name) => [
      `${prefix}${name}`,
      k.floats(rows.map((row) => row[which].get(name) ?? Number.NaN)),
    ]);
  return k.table(
    Object.fromEntries([
      ["epoch", k.longs(rows.map((_, i) => i + 1))],
      ...of("train", ""),
      ...of("test", "test"),
      ["rate", k.floats(rows.map(({ rate }) => rate))],
      ["seconds", k.floats(rows.map(({ seconds }) => seconds))],
      ["best", k.booleans(rows.map(({ best }) => best))],
    ]),
  );
}

export const fitTopic = page("train", { fit });
