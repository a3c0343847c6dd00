/** A part's state as two files: its arrays, by their path, and JSON for all else. */
import { KError } from "../../../protocol/values.js";
import type { Numbers, State, StateValue } from "../state.js";
import type { Dtype, NamedArray } from "./safetensors.js";

/** Each type of array: as safetensors has it, and how it is made of bytes of its own. */
const KINDS: readonly {
  readonly dtype: Dtype;
  readonly of: { new (buffer: ArrayBuffer): Numbers; readonly BYTES_PER_ELEMENT: number };
}[] = [
  { dtype: "F64", of: Float64Array },
  { dtype: "F32", of: Float32Array },
  { dtype: "I32", of: Int32Array },
  { dtype: "I64", of: BigInt64Array },
  { dtype: "U8", of: Uint8Array },
];

/** What JSON lacks is a list of its kind and itself: numbers, arrays by name, lists. */
type Json = number | string | boolean | readonly [Tag, unknown] | { readonly [name: string]: Json };
type Tag = "number" | "array" | "texts" | "states";

const isNumbers = (x: StateValue): x is Numbers => ArrayBuffer.isView(x);

/** @returns the arrays, whose bytes are the state's own, and the rest */
export function stateFiles(state: State): { readonly arrays: readonly NamedArray[]; readonly json: unknown } {
  const arrays = new Map<string, NamedArray>();

  const array = (x: Numbers, path: string): Json => {
    const { dtype } = KINDS.find((kind) => x instanceof kind.of)!;
    // Names may have anything in them, so two paths may be one text.
    let name = path;
    for (let i = 2; arrays.has(name); i++) name = `${path}#${i}`;
    const bytes = new Uint8Array(x.buffer, x.byteOffset, x.byteLength);
    arrays.set(name, { name, dtype, shape: [x.length], bytes });
    return ["array", name];
  };

  const number = (x: number): Json =>
    Number.isFinite(x) && !Object.is(x, -0) ? x : ["number", Object.is(x, -0) ? "-0" : String(x)];

  const value = (x: StateValue, path: string): Json => {
    if (typeof x === "number") return number(x);
    if (typeof x === "string" || typeof x === "boolean") return x;
    if (isNumbers(x)) return array(x, path);
    if (!Array.isArray(x)) return states(x as State, path);
    return typeof x[0] === "string"
      ? ["texts", x]
      : ["states", (x as State[]).map((each, i) => states(each, `${path}/${i}`))];
  };

  const states = (x: State, path: string): Json =>
    Object.fromEntries(
      Object.entries(x).map(([name, each]) => [name, value(each, path === "" ? name : `${path}/${name}`)]),
    );

  const json = states(state, "");
  return { arrays: [...arrays.values()], json };
}

const bad = (what: string): never => {
  throw new KError(`the state of a feed: ${what}`);
};

/** Deeper than any part's: what recurses ends. */
const MOST_DEPTH = 64;

/** @throws KError where they are no state's files */
export function stateOf(arrays: readonly NamedArray[], json: unknown): State {
  const named = new Map(arrays.map((each) => [each.name, each]));

  const array = (name: unknown): Numbers => {
    const { dtype, bytes } = named.get(name as string) ?? bad(`no array ${JSON.stringify(name)}`);
    const kind = KINDS.find((each) => each.dtype === dtype) ?? bad(`an array of ${dtype}`);
    return new kind.of(new Uint8Array(bytes).buffer);
  };

  const tagged = ([tag, x]: readonly unknown[], depth: number): StateValue => {
    if (tag === "number") return Number(x);
    if (tag === "array") return array(x);
    if (tag === "texts" && Array.isArray(x) && x.every((each) => typeof each === "string")) return x;
    if (tag === "states" && Array.isArray(x)) return x.map((each) => states(each, depth));
    return bad(`${JSON.stringify(tag)} is no kind of value`);
  };

  const value = (x: unknown, depth: number): StateValue => {
    if (typeof x === "number" || typeof x === "string" || typeof x === "boolean") return x;
    return Array.isArray(x) ? tagged(x, depth + 1) : states(x, depth + 1);
  };

  const states = (x: unknown, depth: number): State => {
    if (typeof x !== "object" || x === null || Array.isArray(x) || depth > MOST_DEPTH)
      return bad("names expected");
    return Object.fromEntries(Object.entries(x).map(([name, each]) => [name, value(each, depth)]));
  };

  return states(json, 0);
}
