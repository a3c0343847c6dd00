/** Compares a reply with a recorded one, as strictly as the record asks (see README.md beside the data). */
import * as k from "../../protocol/make.js";
import { Atom, Dict, Func, type K, List, Symbols, Table, Vector } from "../../protocol/values.js";

/** `exact` same bytes; `approx` floats close; `shape` types and shapes alone; `skip` answered at all. */
export type Strictness = "exact" | "approx" | "shape" | "skip";

/** Recorded handles hold this number plus their order of appearance in the script. */
const RECORDED = 0x5eed000000000000n;

const isRecorded = (n: bigint): boolean => n >= RECORDED && n < RECORDED + 2n ** 32n;

/** The number in a handle: a general list of one long atom. */
function handleNumber(x: K): bigint | undefined {
  if (!(x instanceof List) || x.count !== 1) return undefined;
  const item = x.items[0];
  return item instanceof Atom && item.type === -7 ? (item.value as bigint) : undefined;
}

/** Relative and absolute tolerance by type number. */
const TOLERANCE: Readonly<Record<number, readonly [number, number]>> = { 8: [1e-4, 1e-6], 9: [1e-9, 1e-12] };

function close(a: number, b: number, type: number): boolean {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b);
  if (a === b) return true;
  const [relative, absolute] = TOLERANCE[type]!;
  return Math.abs(a - b) <= absolute + relative * Math.abs(b);
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

function sameVector(want: Vector, got: Vector, how: Strictness): boolean {
  if (want.count !== got.count) return false;
  if (how === "shape") return true;
  if (want.type !== 8 && want.type !== 9) return sameBytes(want.bytes, got.bytes);
  if (how === "exact" && sameBytes(want.bytes, got.bytes)) return true;
  const a = k.items(want) as Float64Array;
  const b = k.items(got) as Float64Array;
  if (how === "exact") return a.every((x, i) => Object.is(x, b[i]) || x === b[i]);
  return a.every((x, i) => close(b[i]!, x, want.type));
}

function sameAtom(want: Atom, got: Atom, how: Strictness): boolean {
  if (how === "shape") return true;
  if (want.value instanceof Uint8Array) return sameBytes(want.value, got.value as Uint8Array);
  if (want.type !== -8 && want.type !== -9) return want.value === got.value;
  const [a, b] = [want.value as number, got.value as number];
  return how === "exact" ? Object.is(a, b) || a === b : close(b, a, 8);
}

function sameAll(want: readonly K[], got: readonly K[], how: Strictness): boolean {
  return want.length === got.length && want.every((x, i) => same(x, got[i]!, how));
}

export function same(want: K, got: K, how: Strictness): boolean {
  if (how === "skip") return true;
  const handle = handleNumber(want);
  if (handle !== undefined && isRecorded(handle)) return handleNumber(got) !== undefined;
  if (want.type !== got.type) return false;
  if (want instanceof Atom) return sameAtom(want, got as Atom, how);
  if (want instanceof Vector) return sameVector(want, got as Vector, how);
  if (want instanceof Symbols) {
    const names = (got as Symbols).names;
    return want.count === names.length && (how === "shape" || want.names.every((name, i) => name === names[i]));
  }
  if (want instanceof List) return sameAll(want.items, (got as List).items, how);
  if (want instanceof Dict)
    return same(want.keys, (got as Dict).keys, how) && same(want.values, (got as Dict).values, how);
  if (want instanceof Table)
    return same(want.columns, (got as Table).columns, "exact") && same(want.values, (got as Table).values, how);
  return sameBytes(want.body, (got as Func).body);
}

/** Pairs the recorded handles in `want` with those that came in `got`. */
export function learn(want: K, got: K, handles: Map<bigint, bigint>): void {
  const recorded = handleNumber(want);
  if (recorded !== undefined && isRecorded(recorded)) {
    const actual = handleNumber(got);
    if (actual !== undefined) handles.set(recorded, actual);
  } else if (want instanceof List && got instanceof List) {
    const items = got.items;
    want.items.forEach((x, i) => {
      if (items[i]) learn(x, items[i], handles);
    });
  } else if (want instanceof Dict && got instanceof Dict) {
    learn(want.keys, got.keys, handles);
    learn(want.values, got.values, handles);
  } else if (want instanceof Table && got instanceof Table) {
    learn(want.values, got.values, handles);
  }
}

/**
 * The recorded argument's bytes with this run's handles in place of the recorded ones.
 * @returns undefined when a handle in it was never learnt
 */
export function withHandles(argument: Uint8Array, handles: ReadonlyMap<bigint, bigint>): Uint8Array | undefined {
  const bytes = Buffer.from(argument);
  // A handle is the bytes 00 00 01000000 f9 and eight more.
  const mark = Buffer.from("000001000000f9", "hex");
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 1)) {
    const recorded = bytes.readBigInt64LE(at + mark.length);
    if (!isRecorded(recorded)) continue;
    const actual = handles.get(recorded);
    if (actual === undefined) return undefined;
    bytes.writeBigInt64LE(actual, at + mark.length);
  }
  return bytes;
}
