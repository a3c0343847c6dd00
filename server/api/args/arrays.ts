/** Whether a list is one array or several values: decided by its first items, as everywhere in the k api. */
import * as k from "../../../protocol/make.js";
import { Atom, type K, List, TYPE, Vector } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";

/**
 * Items of one type and length, none of them a handle, are the rows of one array.
 * The first two decide, as they do where q makes arrays.
 */
export function isArray(x: List): boolean {
  const [first, second] = x.head(2);
  if (first === undefined) return true;
  if (!(first instanceof Vector || first instanceof List) || asHandle(first) !== undefined) return false;
  if (first instanceof List && holdsHandle(first)) return false;
  if (second === undefined) return true;
  return second.type === first.type && asHandle(second) === undefined && k.count(second) === first.count;
}

/** Whether a list, or the first list in it, begins with a handle. */
function holdsHandle(x: List): boolean {
  const [first] = x.head(1);
  return (
    first !== undefined && (asHandle(first) !== undefined || (first instanceof List && holdsHandle(first)))
  );
}

/** Whether a k type, of a list or an atom, is one of tensors: booleans, bytes, chars and numbers. */
export function isTensorType(type: number): boolean {
  const item = Math.abs(type);
  return item === TYPE.boolean || (item >= TYPE.byte && item <= TYPE.char);
}

/** Whether the first `most` items of a list can be rows of one array: one type, one size at each depth. */
export function isArrayOf(x: List, most: number): boolean {
  if (asHandle(x) !== undefined) return false;
  const shape: number[] = [];
  let type: number | undefined;
  /** The item, or its first item in turn, has the size and type of those before. */
  const fits = (item: K, depth: number): boolean => {
    if (asHandle(item) !== undefined) return false;
    const whole = shape.length > depth;
    if (!(item instanceof List)) {
      if (!(item instanceof Atom || item instanceof Vector)) return false;
      if (type !== undefined)
        return (
          item instanceof Vector &&
          item.type === type &&
          depth === shape.length - 1 &&
          item.count === shape[depth]
        );
      if (!isTensorType(item.type)) return false;
      type = item.type;
      if (item instanceof Vector) shape.push(item.count);
      return true;
    }
    if (type !== undefined && (!whole || item.count !== shape[depth])) return false;
    if (type === undefined) shape.push(item.count);
    return item.count === 0 || fits(item.head(1)[0]!, depth + 1);
  };
  return x.head(Math.min(most, x.count)).every((item) => fits(item, 0));
}
