/** What a form does with its arguments before the operator gets them (`Before` in forms.ts). */
import { type Atom, TYPE } from "../../../protocol/values.js";
import type { Handle, OperatorArg } from "../../engine/index.js";
import { dtypeOfK, isIntegral } from "../args/dtypes.js";
import { handleOf, invoke, make } from "../args/invoke.js";
import { after, answer, fail } from "../args/read.js";
import type { Call } from "../call.js";
import type { Before } from "./forms.js";

const LIST_HEAD = 6;

/** The data type of a tensor or number. */
function dtypeOf(call: Call, arg: OperatorArg): string | undefined {
  if (arg instanceof Uint8Array) return dtypeOfK(itemType(arg));
  if (typeof arg === "bigint") return "long";
  const handle = handleOf(arg);
  if (handle === undefined) return undefined;
  const info = call.engine.describe(handle);
  return info.defined ? info.dtype : undefined;
}

const integral = (call: Call, arg: OperatorArg): boolean => isIntegral(dtypeOf(call, arg) ?? "");

/** The type of the first item that is no general list, whose own is that of an empty one. */
function itemType(bytes: Uint8Array): number {
  let at = 0;
  // A general list: its type, an attribute, a count of four bytes, then the first item.
  while (bytes[at] === TYPE.list && at + LIST_HEAD < bytes.length) at += LIST_HEAD;
  return Math.abs(new DataView(bytes.buffer, bytes.byteOffset).getInt8(at));
}

const asArg = (handle: Handle): OperatorArg => ({ handle });

/** Converts integers to reals, whatever the default type is: `float` is k's real. */
export const toReal: Before = (call, args) => {
  const { self } = args;
  if (!integral(call, self)) return args;
  return after(make(call, "_to_copy", { self, dtype: "float" }), (made) => ({
    ...args,
    self: asArg(call.keep(made)),
  }));
};

/** Refuses ints and longs above `most`, which an int can be. @param text of the error */
export const atMost =
  (name: string, most: bigint, text: string): Before =>
  (call, args) => {
    if (!["int", "long"].includes(dtypeOf(call, args[name]) ?? "")) return args;
    return after(make(call, "gt.Scalar", { self: args[name], other: most }), (above) =>
      after(invoke(call, "any", { self: asArg(call.keep(above)) }, "k"), (found) =>
        (answer(found) as Atom).value === true ? fail(text) : args,
      ),
    );
  };

/**
 * A divisor of -1 becomes 1, where both are integers: no remainder differs, and the processor's division of the lowest
 * integer by -1, which ends the process, does not happen.
 */
export const safeDivisor: Before = (call, args) => {
  const { self, other } = args;
  if (!integral(call, other) || !integral(call, self)) return args;
  if (typeof other === "bigint") return other === -1n ? { ...args, other: 1n } : args;
  return after(make(call, "eq.Scalar", { self: other, other: -1n }), (mask) =>
    after(
      make(call, "masked_fill.Scalar", { self: other, mask: asArg(call.keep(mask)), value: 1n }),
      (made) => ({
        ...args,
        other: asArg(call.keep(made)),
      }),
    ),
  );
};
