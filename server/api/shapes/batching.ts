/** Parts of tensors in turn, in place (tensorop page): what `batch` and `restore` do to them, and `reset` to any window. */
import * as k from "../../../protocol/make.js";
import { type K, NULL } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";
import type { Handle, TensorInfo } from "../../engine/index.js";
import { argumentsOf, asLong, describe, fail, objectOf, resolve } from "../args/read.js";
import { membersOf } from "../args/values.js";
import { type Call, page, type Topic } from "../call.js";
import { size as sizeOption } from "../math/options.js";
import { MOST_ELEMENTS, product } from "../math/shaping.js";
import { capacity, contiguousStride, dimensionOf, extent, moveWindow, type Window } from "./storage.js";

/** A tensor of those that are batched together. */
export interface Part {
  readonly handle: Handle;
  readonly info: TensorInfo;
  /** What errors call it: its index in a vector, its key in a dictionary. */
  readonly label: string;
}

/** The tensors of an object; undefined for other classes. */
export function partsOf(call: Call, x: K): readonly Part[] | undefined {
  const found = resolve(call, x);
  const part = (handle: Handle, label: string): Part => ({
    handle,
    label,
    info: call.engine.describe(handle),
  });
  if (found?.kind === "tensor") return [part(found.handle, "")];
  if (found?.kind !== "vector" && found?.kind !== "dictionary") return undefined;
  const { inputs, names } = membersOf(call, found.handle, found.kind);
  return inputs.map((handle, i) => part(handle as Handle, names?.[i] ?? String(i)));
}

/** How many there are along the dimension in the whole storage, as it lies. */
function fullSize({ info }: Part, dim: bigint): bigint {
  const n = capacity(info);
  if (!info.defined) return 0n;
  const at = dimensionOf(info, dim);
  return n > 0n && info.numel > 0n ? (info.size[at]! * n) / info.numel : 0n;
}

/** The full size of all, which must be the same; -1 where there are none. */
function commonSize(call: Call, x: K, parts: readonly Part[], dim: bigint): bigint {
  const object = resolve(call, x)!.kind === "dictionary" ? "dictionary" : "tensor";
  let common = -1n;
  for (const part of parts) {
    const n = fullSize(part, dim);
    if (common >= 0n && n !== common)
      fail(`${object}[${part.label}] size=${n}, but previous tensor(s) have size=${common} for dim ${dim}`);
    common = n;
  }
  return common;
}

/** The window on `count` of them from `start` on. */
function windowAt({ info }: Part, dim: bigint, start: bigint, count: bigint): Window {
  const at = dimensionOf(info, dim);
  const stride = info.stride!;
  return { offset: start * stride[at]!, size: info.size.with(at, count), stride };
}

const outside = (width: bigint, most: bigint, n: bigint, dim: bigint): never =>
  fail(`batch: size ${width} not in the range 1-${most} (tensor size is ${n} for dimension ${dim})`);

async function select(
  call: Call,
  parts: readonly Part[],
  dim: bigint,
  start: bigint,
  count: bigint,
): Promise<void> {
  const windows = parts.map((part) => windowAt(part, dim, start, count));
  for (const [i, part] of parts.entries()) await moveWindow(call, part.handle, part.info, windows[i]!);
}

/** (object;batch size;index), where the batch size may have a dimension after it. */
async function selectBatch(
  call: Call,
  x: K,
  parts: readonly Part[],
  [width, dim]: Batch,
  index: bigint,
): Promise<K> {
  const n = commonSize(call, x, parts, dim);
  if (parts.length === 0) return NULL;
  if (width < 1n) outside(width, n, n, dim);
  const all = width > n && n > 0n ? n : width;
  const start = index * all;
  // as ktorch says it: whole batches, although one that is not is valid too
  if (index < 0n || start >= n) fail(`batch[${index}] invalid, valid range is from 0-${n / all - 1n}`);
  await select(call, parts, dim, start, all > n - start ? n - start : all);
  return NULL;
}

/** The next batch, or after the last one the full size. @returns whether there was one */
async function nextBatch(call: Call, x: K, parts: readonly Part[], [width, dim]: Batch): Promise<K> {
  if (parts.some(({ info }) => info.defined && info.dim === 0n)) fail("batch: tensor has no dimensions");
  const n = commonSize(call, x, parts, dim);
  if (n <= 0n) return k.boolean(false);
  if (width < 1n || width >= n) outside(width, n - 1n, n, dim);
  const next = parts.map((part) => nextStart(part, width, dim, n));
  const remaining = next.filter((start) => start < n).length;
  if (remaining > 0 && remaining < parts.length)
    fail(`batch: only ${remaining} of ${parts.length} tensors successfully batched`);
  for (const [i, part] of parts.entries()) {
    const start = remaining > 0 ? next[i]! : 0n;
    const count = remaining === 0 ? n : width > n - start ? n - start : width;
    await select(call, [part], dim, start, count);
  }
  return k.boolean(remaining > 0);
}

function nextStart({ info }: Part, width: bigint, dim: bigint, n: bigint): bigint {
  const at = dimensionOf(info, dim);
  if (info.size[at] === n) return 0n;
  const step = info.stride![at]!;
  if (step === 0n) return fail(`batch: all elements of dimension ${dim} are one, there is nothing to batch`);
  return (info.offset! / (step * width) + 1n) * width;
}

type Batch = readonly [width: bigint, dim: bigint];

/** (object;batch size) or (object;batch size;index). */
export function batchTensors(call: Call, items: readonly K[]): Promise<K> {
  const [object, second, third] = items as [K, K, K | undefined];
  const what = "batch: 2nd arg is batch size or batch size & dimension, but given";
  const [width, dim = 0n, ...rest] =
    (sizeOption("size").read(second) as bigint[] | undefined) ?? fail(`${what} ${describe(call, second)}`);
  if (width === undefined || rest.length > 0) return fail(`${what} ${k.count(second)} elements`);
  if (dim < 0n) return fail("batch: dimension cannot be negative");
  const parts =
    partsOf(call, object) ??
    fail(`batch: expecting 1st arg of tensor,vector or dictionary, given ${describe(call, object)}`);
  if (third === undefined) return nextBatch(call, object, parts, [width, dim]);
  const index = asLong(third) ?? fail(`batch: 3rd arg is batch index, but given ${describe(call, third)}`);
  return selectBatch(call, object, parts, [width, dim], index);
}

/** The full size along a dimension. @returns it */
export async function restoreTensors(
  call: Call,
  object: K,
  parts: readonly Part[],
  dim: bigint,
): Promise<bigint> {
  const n = commonSize(call, object, parts, dim);
  for (const part of parts)
    if (part.info.defined && part.info.size[dimensionOf(part.info, dim)] !== n)
      await select(call, [part], dim, 0n, n);
  return n;
}

/** (tensor;offset;size;stride): another window on the same storage. */
async function reset(call: Call, x: K): Promise<K> {
  const items = argumentsOf(x);
  const handle =
    asHandle(x) === undefined && items.length > 0 ? objectOf(call, items[0]!, "tensor") : undefined;
  if (handle === undefined) return fail("reset: tensor expected as 1st of at least two arguments");
  const [, second, third, fourth] = items;
  const name = (item: K | undefined): string => describe(call, item ?? x);
  const offset =
    asLong(second) ?? fail(`reset: offset (long) expected as 2nd argument, given ${name(second)}`);
  const info = call.engine.describe(handle);
  const longs = (item: K | undefined, what: string): readonly bigint[] | undefined =>
    item === undefined
      ? undefined
      : ((sizeOption("size").read(item) as bigint[] | undefined) ??
        fail(`reset: ${what}, given ${name(item)}`));
  const size = longs(third, "size(s) expected as 3rd argument") ?? info.size ?? [];
  const given = longs(fourth, "stride(s) expected as 4th argument");
  if (items.length > 4)
    return fail(
      `reset: up to 4 arguments expected, (tensor;offset;sizes;strides), but ${items.length} given`,
    );
  const whole = capacity(info);
  const stride = given ?? (third === undefined ? info.stride! : contiguousStride(size));
  if (!info.defined) return fail("reset: not implemented for an undefined tensor");
  if (stride.length !== size.length)
    return fail(`reset: as many strides as sizes expected, given ${stride.length} for ${size.length}`);
  if ([...size, ...stride].some((n) => n < 0n)) return fail("reset: sizes and strides cannot be negative");
  if (offset < 0n) return fail(`Tensor: invalid storage offset ${offset}`);
  const total = extent(size, stride);
  const lists = `size [${size.join(", ")}] and stride [${stride.join(", ")}]`;
  if (offset + total > whole)
    return fail(
      `${lists} require total of ${total} plus offset of ${offset} exceeds storage size of ${whole}`,
    );
  if (product(size) > MOST_ELEMENTS)
    return fail(`reset: up to ${MOST_ELEMENTS} elements expected, given ${lists}`);
  await moveWindow(call, handle, info, { offset, size, stride });
  return NULL;
}

export const batchingTopic: Topic = page("tensorop", { reset });
