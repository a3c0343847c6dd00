/** ATen's operators by name, their arguments by ATen's own names (DESIGN, decision 7). */
import type { Engine, Handle, OperatorArg, Result, Soon } from "../../engine/index.js";
import type { Call } from "../call.js";
import { after, fail } from "./read.js";

/** Arguments by ATen's names; those left out take the schema's defaults. */
export type OperatorArgs = Readonly<Record<string, OperatorArg | undefined>>;

/** The handle of an argument that is a tensor's. */
export const handleOf = (arg: OperatorArg): Handle | undefined =>
  typeof arg === "object" && arg !== null && "handle" in arg ? arg.handle : undefined;

/** An operator as this libtorch has it. */
interface Operator {
  readonly id: number;
  readonly positions: ReadonlyMap<string, number>;
  /** Names of the arguments that are written to. */
  readonly outputs: readonly string[];
}

const known = new Map<string, Operator>();

/**
 * @param name with the overload behind a dot, as libtorch's own list of operators has it ("sort.stable")
 * @throws KError where this libtorch has none of the name
 */
function operatorOf(engine: Engine, name: string): Operator {
  let operator = known.get(name);
  if (operator === undefined) {
    const [base, overload = ""] = name.split(".", 2);
    const found = engine.operator(`aten::${base}`, overload);
    if (found === undefined) return fail(`aten::${name}: this libtorch has no such operator`);
    const positions = new Map(found.arguments.map((each, i) => [each, i]));
    operator = { id: found.id, positions, outputs: found.outputs };
    known.set(name, operator);
  }
  return operator;
}

function listOf(name: string, { positions }: Operator, args: OperatorArgs): OperatorArg[] {
  const list = new Array<OperatorArg>(positions.size);
  for (const key in args) {
    const at = positions.get(key);
    if (at === undefined) throw new TypeError(`aten::${name} has no argument ${key}`);
    list[at] = args[key];
  }
  return list;
}

/** Calls an operator. The results are k arrays, or new handles of the caller's. */
export function invoke(call: Call, name: string, args: OperatorArgs, as: "k" | "handle"): Soon<Result> {
  const operator = operatorOf(call.engine, name);
  return call.engine.op(operator.id, listOf(name, operator, args), as === "k");
}

/** Calls an operator that makes one tensor. */
export const make = (call: Call, name: string, args: OperatorArgs): Soon<Handle> =>
  after(invoke(call, name, args, "handle"), (made) => made as Handle);

/** Calls an operator that writes its results into tensors that there are already. */
export function writeInto(
  call: Call,
  name: string,
  args: OperatorArgs,
  outputs: readonly Handle[],
): Soon<void> {
  const operator = operatorOf(call.engine, name);
  if (operator.outputs.length !== outputs.length)
    throw new TypeError(`aten::${name} writes ${operator.outputs.length} tensors, given ${outputs.length}`);
  const all = { ...args };
  operator.outputs.forEach((each, i) => {
    all[each] = { handle: outputs[i]! };
  });
  return after(call.engine.op(operator.id, listOf(name, operator, all), false), (made) => forget(call, made));
}

/** Second handles to what was written are not wanted. */
export function forget(call: Call, made: Result): void {
  if (typeof made === "number") call.engine.release(made);
}
