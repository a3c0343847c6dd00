/**
 * A tensor's window on its storage moved: size, strides and offset changed in place, as `batch`, `reset` and `resize` do.
 * What lies beyond the storage is added with zeros, never with what the memory held.
 */
import type { Handle, TensorArg, TensorInfo } from "../../engine/index.js";
import { forget, invoke, make } from "../args/invoke.js";
import { fail } from "../args/read.js";
import type { Call } from "../call.js";

export interface Window {
  readonly offset: bigint;
  readonly size: readonly bigint[];
  readonly stride: readonly bigint[];
}

/** Elements of the storage from its beginning to the last that a window without offset shows. */
export const extent = (size: readonly bigint[], stride: readonly bigint[]): bigint =>
  size.includes(0n) ? 0n : size.reduce((all, n, i) => all + (n - 1n) * stride[i]!, 1n);

/** Strides of a size whose elements lie one after the other. */
export function contiguousStride(size: readonly bigint[]): bigint[] {
  const stride = new Array<bigint>(size.length).fill(1n);
  for (let i = size.length - 2; i >= 0; i--) stride[i] = stride[i + 1]! * (size[i + 1]! || 1n);
  return stride;
}

/** Elements that the storage holds. @throws KError for layouts without one storage */
export function capacity({ defined, storageBytes, itemsize }: TensorInfo): bigint {
  if (!defined) return 0n;
  return (storageBytes ?? fail("Cannot access storage of SparseTensorImpl")) / itemsize;
}

/** Where a dimension stands, counted from the end when negative. @throws KError in libtorch's words */
export function dimensionOf({ size }: TensorInfo, dim: bigint): number {
  const n = BigInt(size.length);
  if (n === 0n) return fail(`Dimension specified as ${dim} but tensor has no dimensions`);
  if (dim >= -n && dim < n) return Number(dim < 0n ? dim + n : dim);
  return fail(`Dimension out of range (expected to be in range of [${-n}, ${n - 1n}], but got ${dim})`);
}

export async function moveWindow(
  call: Call,
  handle: Handle,
  info: TensorInfo,
  window: Window,
): Promise<void> {
  const whole = capacity(info);
  const { offset, size, stride } = window;
  const self = { handle };
  const source = await flat(call, handle, 0n, whole);
  const args = { self, source, storage_offset: offset, size: [...size], stride: [...stride] };
  forget(call, await invoke(call, "set_.source_Tensor_storage_offset", args, "handle"));
  await clear(call, handle, whole);
}

/** A part of the storage as it lies, apart from gradients. */
async function flat(call: Call, handle: Handle, start: bigint, count: bigint): Promise<TensorArg> {
  const self = { handle: call.keep(await make(call, "detach", { self: { handle } })) };
  const part = { self, size: [count], stride: [1n], storage_offset: start };
  return { handle: call.keep(await make(call, "as_strided", part)) };
}

/** Zeros in the part of the storage that is new. @param before elements that it had */
export async function clear(call: Call, handle: Handle, before: bigint): Promise<void> {
  const added = capacity(call.engine.describe(handle)) - before;
  if (added > 0n)
    forget(call, await invoke(call, "zero_", { self: await flat(call, handle, before, added) }, "handle"));
}
