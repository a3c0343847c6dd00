/** Handles as k values. */
import * as k from "../../protocol/make.js";
import { Atom, type K, List, TYPE } from "../../protocol/values.js";
import type { Handle } from "./values.js";

/** The number in a handle, which is a general list of one long atom and nothing else. It may be stale. */
export function asHandle(x: K): Handle | undefined {
  if (!(x instanceof List) || x.count !== 1) return undefined;
  const only = x.items[0];
  return only instanceof Atom && only.type === -TYPE.long ? Number(only.value) : undefined;
}

export const handleK = (handle: Handle): List => k.list([k.long(handle)]);
