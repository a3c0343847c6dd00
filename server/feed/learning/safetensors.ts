/**
 * The safetensors format: named arrays in one file, which many programs read.
 *
 * Eight bytes say how long the header is (little-endian); the header is JSON, {name: {dtype, shape, data_offsets}} and
 * texts under __metadata__, filled up with spaces; then come the arrays, row-major and little-endian, without gaps.
 */
import { KError } from "../../../protocol/values.js";

/** Bytes of an item. */
const WIDTHS = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  I16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  F32: 4,
  I64: 8,
  F64: 8,
} as const;

export type Dtype = keyof typeof WIDTHS;

export interface NamedArray {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export interface Contents {
  readonly arrays: readonly NamedArray[];
  readonly metadata: Readonly<Record<string, string>>;
}

const METADATA = "__metadata__";
const LENGTH = 8;
/** Of a header: what is longer is parsed too long. */
const LONGEST_HEADER = 2 ** 24;

const bad = (what: string): never => {
  throw new KError(`safetensors: ${what}`);
};

const isDtype = (x: unknown): x is Dtype => typeof x === "string" && Object.hasOwn(WIDTHS, x);
const isCount = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0;

/** @returns NaN where no number holds it */
const bytesOf = (dtype: Dtype, shape: readonly number[]): number => {
  const size = shape.reduce((product, each) => product * each, WIDTHS[dtype]);
  return Number.isSafeInteger(size) ? size : Number.NaN;
};

/**
 * The file's parts in order.
 * @throws KError for names that are not unique, sizes that do not fit, or a header longer than is read
 */
export function safetensors({ arrays, metadata }: Contents): readonly Uint8Array[] {
  // The widest first, so that each begins where its items are aligned.
  const sorted = [...arrays].sort((a, b) => WIDTHS[b.dtype] - WIDTHS[a.dtype]);
  const entries: [string, unknown][] = Object.keys(metadata).length === 0 ? [] : [[METADATA, metadata]];
  const names = new Set([METADATA]);
  let at = 0;
  for (const { name, dtype, shape, bytes } of sorted) {
    if (names.has(name)) bad(`two arrays of the name ${JSON.stringify(name)}`);
    names.add(name);
    if (bytesOf(dtype, shape) !== bytes.length)
      bad(
        `${JSON.stringify(name)} has ${bytes.length} bytes, not those of ${dtype} ${JSON.stringify(shape)}`,
      );
    entries.push([name, { dtype, shape, data_offsets: [at, at + bytes.length] }]);
    at += bytes.length;
  }
  const text = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const size = Math.ceil(text.length / LENGTH) * LENGTH;
  if (size > LONGEST_HEADER) bad(`a header of ${size} bytes, at most ${LONGEST_HEADER} are possible`);
  const head = Buffer.alloc(LENGTH + size, " ");
  head.writeBigUInt64LE(BigInt(size));
  text.copy(head, LENGTH);
  return [head, ...sorted.map(({ bytes }) => bytes)];
}

interface Entry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

function entryOf(name: string, x: unknown): Entry {
  const shown = JSON.stringify(name);
  if (typeof x !== "object" || x === null) return bad(`${shown} is no entry`);
  const { dtype, shape, data_offsets: offsets } = x as Record<string, unknown>;
  if (!isDtype(dtype)) return bad(`${shown} has an unknown type, ${JSON.stringify(dtype)}`);
  if (!Array.isArray(shape) || !shape.every(isCount)) return bad(`${shown} has no shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    return bad(`${shown} has no place`);
  const [start, end] = offsets as [number, number];
  if (end - start !== bytesOf(dtype, shape)) bad(`the place of ${shown} is not as large as its shape`);
  return { name, dtype, shape, start, end };
}

function metadataOf(x: unknown): Readonly<Record<string, string>> {
  if (x === undefined) return {};
  const texts = typeof x === "object" && x !== null && Object.values(x).every((y) => typeof y === "string");
  return texts ? (x as Record<string, string>) : bad("its metadata are not texts by name");
}

function headerOf(bytes: Uint8Array): { readonly header: object; readonly data: Uint8Array } {
  if (bytes.length < LENGTH) bad("shorter than eight bytes");
  const size = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (size > bytes.length - LENGTH || size > LONGEST_HEADER) bad(`a header of ${size} bytes is not there`);
  const end = LENGTH + Number(size);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(LENGTH, end)));
  } catch {
    bad("its header is no JSON");
  }
  if (typeof header !== "object" || header === null || Array.isArray(header))
    return bad("its header is no object");
  return { header, data: bytes.subarray(end) };
}

/**
 * The arrays of a file, as parts of its bytes.
 * @throws KError where anything is not as the format has it
 */
export function readSafetensors(bytes: Uint8Array): Contents {
  const { header, data } = headerOf(bytes);
  const named = Object.entries(header);
  const entries = named.filter(([name]) => name !== METADATA).map(([name, x]) => entryOf(name, x));
  // Empty ones first among those that begin at one place.
  entries.sort((a, b) => a.start - b.start || a.end - b.end);
  let at = 0;
  for (const { name, start, end } of entries) {
    if (start !== at) bad(`${JSON.stringify(name)} does not begin where the array before it ends`);
    at = end;
  }
  if (at !== data.length) bad(`${data.length} bytes of arrays, ${at} expected`);
  const metadata = metadataOf(named.find(([name]) => name === METADATA)?.[1]);
  const arrays = entries.map(({ name, dtype, shape, start, end }) => ({
    ...{ name, dtype, shape },
    bytes: data.subarray(start, end),
  }));
  return { arrays, metadata };
}
