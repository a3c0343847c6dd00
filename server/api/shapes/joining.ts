/** Tensors put together: `cat` along a dimension, `stack` along a new one (tensorop page). */
import { type K, List, NULL } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";
import type { Handle, Soon } from "../../engine/index.js";
import { invoke, writeInto } from "../args/invoke.js";
import { nameOf } from "../args/ktypes.js";
import { after, answer, asLong, fail, objectOf } from "../args/read.js";
import { type Call, page, type Topic } from "../call.js";
import { isHandleAmong, tensorsOf } from "../math/run.js";

/** What is joined, along which dimension, and the tensor that takes it. */
interface Joined {
  readonly tensors: K;
  readonly dim: bigint;
  readonly output: Handle | undefined;
}

/** (tensors;dim), (tensors;output) or (tensors;dim;output); undefined for other lists. */
function apart(call: Call, [tensors, second, third, ...rest]: readonly K[]): Joined | undefined {
  if (!(tensors instanceof List) || second === undefined || rest.length > 0) return undefined;
  const output = objectOf(call, third ?? second, "tensor");
  const dim = asLong(second);
  if (third === undefined) {
    if (dim !== undefined) return { tensors, dim, output: undefined };
    return output === undefined ? undefined : { tensors, dim: 0n, output };
  }
  return dim === undefined || output === undefined ? undefined : { tensors, dim, output };
}

function read(call: Call, who: string, x: K): Joined {
  if (!(x instanceof List)) return fail(`${who} not implemented for ${nameOf(x)}`);
  const whole = { tensors: x, dim: 0n, output: undefined };
  if (asHandle(x) !== undefined) return whole;
  const [first, ...rest] = x.items;
  if (first !== undefined && objectOf(call, first, "vector") !== undefined)
    return (
      apart(call, x.items) ??
      fail(`${who} expects vector, (vector;dim), (vector;dim;out tensor) or (vector;out tensor)`)
    );
  // A tensor at this level is one of those to join, but for an output behind the dimension.
  const behind =
    rest.length === 2 &&
    asLong(rest[0]) !== undefined &&
    first instanceof List &&
    asHandle(first) === undefined;
  if (isHandleAmong(x) && !behind) return whole;
  if (first instanceof List && x.count === 1) return { ...whole, tensors: first };
  return apart(call, x.items) ?? whole;
}

const joining =
  (who: string) =>
  (call: Call, x: K): Soon<K> => {
    const { tensors: given, dim, output } = read(call, who, x);
    const args = { tensors: tensorsOf(call, given, who), dim };
    if (output !== undefined) return after(writeInto(call, `${who}.out`, args, [output]), () => NULL);
    return after(invoke(call, who, args, isHandleAmong(given) ? "handle" : "k"), answer);
  };

export const joiningTopic: Topic = page("tensorop", { cat: joining("cat"), stack: joining("stack") });
