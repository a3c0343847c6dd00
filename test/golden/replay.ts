/** Plays recorded scripts against a server and sorts their steps: same, different, not built. */
import { readFileSync } from "node:fs";
import type { Client } from "../../protocol/client.js";
import { decodeObject } from "../../protocol/decode.js";
import * as k from "../../protocol/make.js";
import { type K, KError } from "../../protocol/values.js";
import { learn, type Strictness, same, withHandles } from "./compare.js";

interface Step {
  readonly fn: string;
  /** The argument for the eye. */
  readonly show: string;
  /** Hex of the argument's bytes. */
  readonly arg: string;
  readonly compare: Strictness | "seeded";
  readonly result?: string;
  readonly error?: string;
  /** "libtorch" where the text is libtorch's own and varies with its version. */
  readonly errsrc?: string;
}

interface Script {
  readonly id: string;
  readonly page: string;
  readonly steps: readonly Step[];
}

export interface Difference {
  readonly id: string;
  readonly step: number;
  readonly call: string;
  readonly want: string;
  readonly got: string;
}

export interface Tally {
  same: number;
  notBuilt: number;
  readonly different: Difference[];
  /** What was played. */
  readonly scripts: Set<string>;
}

/** What a step's call came to. */
type Outcome = { readonly value: K } | { readonly error: string };

export interface ReplayOptions {
  /** The functions that the server has; steps that call others are not built. */
  readonly functions: ReadonlySet<string>;
  /** libtorch's version at the recording and here. Where they are one, random numbers and libtorch's own texts are too. */
  readonly recorded: string;
  readonly version: string;
}

const shorten = (text: string): string => (text.length > 160 ? `${text.slice(0, 157)}...` : text);

async function call(client: Client, fn: string, argument: Uint8Array): Promise<Outcome> {
  try {
    return { value: await client.request(k.list([k.symbol(fn), decodeObject(argument)])) };
  } catch (error) {
    if (error instanceof KError) return { error: error.message };
    throw error;
  }
}

/** Whether the server said that it has no such type of module, loss or optimizer: that type is not built yet. */
const notBuiltType = (outcome: Outcome): boolean =>
  "error" in outcome && /^unrecognized (module type|loss function|optimizer):|: help topic, `/.test(outcome.error);

function matches(step: Step, outcome: Outcome, { recorded, version }: ReplayOptions): boolean {
  const sameLibtorch = version === recorded;
  const seeded = step.compare === "seeded";
  const how = seeded ? (sameLibtorch ? "approx" : "shape") : (step.compare as Strictness);
  if (step.error !== undefined) {
    if (!("error" in outcome)) return false;
    return how === "skip" || outcome.error === step.error || (step.errsrc !== undefined && !sameLibtorch);
  }
  if (!("value" in outcome)) return false;
  const want = decodeObject(Buffer.from(step.result!, "hex"));
  // What says which libtorch it is says which is here.
  if (k.text(want) === recorded) return same(k.chars(version), outcome.value, "exact");
  return same(want, outcome.value, how);
}

async function replayScript(client: Client, script: Script, options: ReplayOptions, tally: Tally): Promise<void> {
  tally.scripts.add(script.id);
  const handles = new Map<bigint, bigint>();
  // After a step that could not run, the state is not the recording's: what differs from then on proves nothing.
  let incomplete = false;
  for (const [index, step] of script.steps.entries()) {
    const argument = withHandles(Buffer.from(step.arg, "hex"), handles);
    if (!options.functions.has(step.fn) || argument === undefined) {
      tally.notBuilt++;
      incomplete = true;
      continue;
    }
    const outcome = await call(client, step.fn, argument);
    if (matches(step, outcome, options)) tally.same++;
    else if (incomplete || notBuiltType(outcome)) {
      tally.notBuilt++;
      incomplete = true;
    } else {
      const want = step.error === undefined ? step.result! : `'${step.error}`;
      const got = "error" in outcome ? `'${outcome.error}` : JSON.stringify(outcome.value, bigintText);
      tally.different.push({
        id: script.id,
        step: index,
        call: shorten(`${step.fn} ${step.show}`),
        want: shorten(want),
        got: shorten(got ?? ""),
      });
    }
    if ("value" in outcome && step.result !== undefined)
      learn(decodeObject(Buffer.from(step.result, "hex")), outcome.value, handles);
  }
  await client.call("free", k.NULL);
}

const bigintText = (_: string, value: unknown): unknown => (typeof value === "bigint" ? String(value) : value);

/** Plays one file, script by script; each begins with nothing allocated. */
export async function replay(client: Client, file: string, options: ReplayOptions): Promise<Tally> {
  const tally: Tally = { same: 0, notBuilt: 0, different: [], scripts: new Set() };
  for (const line of readFileSync(file, "utf8").split("\n"))
    if (line !== "") await replayScript(client, JSON.parse(line) as Script, options, tally);
  return tally;
}
