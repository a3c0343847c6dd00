/**
 * Calls an operator as its row says. The rule for results stands here once: k arrays in, a k array out; any tensor in, a
 * handle out; with an output last, the result is written there; with `::` or () in its place, into the first input.
 */
import { type K, List, NULL } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";
import type { Handle, OperatorArg, Soon } from "../../engine/index.js";
import { forget, invoke, type OperatorArgs, writeInto } from "../args/invoke.js";
import { nameOf } from "../args/ktypes.js";
import { after, answer, encoded, fail, resolve, scalarOf } from "../args/read.js";
import type { Call } from "../call.js";
import type { Input, OperatorRow } from "./forms.js";
import { type Reading, readForms } from "./read.js";

/** An input for the engine; a number that is weaker than tensors is a plain one. */
function argument(call: Call, item: K, { who }: OperatorRow, { weak, several }: Input): OperatorArg {
  const found = resolve(call, item);
  if (found?.kind === "tensor") return { handle: found.handle };
  if (found !== undefined) return fail(`${who}: not implemented for ${found.kind}`);
  if (several && item instanceof List) return item.items.map((each) => encoded(each));
  return (weak ? scalarOf(item) : undefined) ?? encoded(item);
}

/** A call as its row reads it, ready for the operator. */
export interface Prepared extends Reading {
  readonly args: OperatorArgs;
  /** Whether results are handles. */
  readonly asHandle: boolean;
}

/** @throws KError in the words of the row */
export function prepare(call: Call, row: OperatorRow, x: K): Soon<Prepared> {
  const reading = readForms(call, row, x);
  const { form, inputs, options } = reading;
  const args: Record<string, OperatorArg | undefined> = { ...form.derive(options) };
  form.inputs.forEach((each, i) => {
    args[each.aten] = argument(call, inputs[i]!, row, each);
  });
  const wrong = row.guard?.(args);
  if (wrong !== undefined) fail(`${row.who}: ${wrong}`);
  const asHandle = row.gives === "handle" || (row.gives !== "value" && anyHandle(row, inputs));
  const ready = (all: OperatorArgs): Prepared => ({ ...reading, args: all, asHandle });
  return form.before === undefined ? ready(args) : after(form.before(call, args), ready);
}

const anyHandle = ({ gives }: OperatorRow, inputs: readonly K[]): boolean =>
  (gives === "first" ? inputs.slice(0, 1) : inputs).some((item) => asHandle(item) !== undefined);

export const run = (call: Call, row: OperatorRow, x: K): Soon<K> =>
  after(prepare(call, row, x), (prepared) => finish(call, row, prepared));

function finish(call: Call, row: OperatorRow, prepared: Prepared): Soon<K> {
  const { form, args, inputs, output, inplace } = prepared;
  if (output !== undefined) return writeTo(call, form.operator, form.output!, args, output);
  if (inplace) return change(call, row, form.inplace!, args, anyHandle(row, inputs));
  return after(invoke(call, form.operator, args, prepared.asHandle ? "handle" : "k"), answer);
}

/** Into a tensor, or in place of a vector's first tensors; a shorter vector grows. */
function writeTo(
  call: Call,
  operator: string,
  output: { readonly operator: string } | "vector",
  args: OperatorArgs,
  into: Handle,
): Soon<K> {
  if (output !== "vector") return after(writeInto(call, output.operator, args, [into]), () => NULL);
  return after(invoke(call, operator, args, "handle"), (made) => {
    const results = call.keep(made as Handle);
    const places = Array.from({ length: Number(call.engine.totals(results).tensors) }, (_, i) => BigInt(i));
    const members = places.map((place) => call.keep(call.engine.member(results, place)));
    return after(call.engine.setMembers(into, places, members), () => NULL);
  });
}

function change(
  call: Call,
  { who, inplaceK }: OperatorRow,
  operator: string,
  args: OperatorArgs,
  tensors: boolean,
): Soon<K> {
  if (tensors || inplaceK === "null")
    return after(invoke(call, operator, args, "handle"), (made) => {
      forget(call, made);
      return NULL;
    });
  if (inplaceK === "refused") return fail(`${who}: need an output tensor, given ${nameOf(NULL)}`);
  return after(invoke(call, operator, args, "k"), answer);
}
