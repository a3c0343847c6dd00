/**
 * Calls an operator as its row says. The rule for results stands here once: k arrays in, a k array out; any tensor in, a
 * handle out; with an output last, the result is written there; with `::` or () in its place, into the first input.
 */
import * as k from "../../../protocol/make.js";
import { type K, List, NULL } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";
import type { Handle, OperatorArg, Result, Soon } from "../../engine/index.js";
import { forget, invoke, type OperatorArgs, writeInto } from "../args/invoke.js";
import { nameOf } from "../args/ktypes.js";
import { after, answer, encoded, fail, resolve, scalarOf, several } from "../args/read.js";
import { membersOf } from "../args/values.js";
import type { Answer, Call } from "../call.js";
import type { Form, Input, OperatorRow } from "./forms.js";
import { finishLarge, takesLarge } from "./large.js";
import { type Prepared, readForms } from "./read.js";

/** An input for the engine. A number that is weaker than tensors is a plain one, a boolean then counts as 0 or 1. */
function argument(call: Call, item: K, spread: boolean, { who }: OperatorRow, input: Input): OperatorArg {
  const { weak, wide } = input;
  const found = resolve(call, item);
  if (input.several) return tensorsOf(call, item, who);
  if (found?.kind === "tensor") return { handle: found.handle };
  if (found !== undefined) return fail(`${who}: not implemented for ${found.kind}`);
  const value = (weak || wide) && !spread ? scalarOf(item) : undefined;
  if (value === undefined) return encoded(item);
  if (weak) return typeof value === "boolean" ? BigInt(value) : value;
  return encoded(typeof value === "number" ? k.float(value) : k.long(BigInt(value)));
}

/** A list of tensors: the members of a vector, the items of a general list, or one alone. */
export function tensorsOf(call: Call, x: K, who: string): OperatorArg[] {
  const found = resolve(call, x);
  if (found?.kind === "tensor") return [{ handle: found.handle }];
  if (found?.kind === "vector")
    return membersOf(call, found.handle, found.kind).inputs.map((handle) => ({ handle: handle as Handle }));
  if (found !== undefined) return fail(`${who}: not implemented for ${found.kind}`);
  if (!(x instanceof List)) return [encoded(x)];
  several(x.count);
  return x.items.map((item, i) => {
    const each = resolve(call, item);
    if (each === undefined) return encoded(item);
    return each.kind === "tensor"
      ? { handle: each.handle }
      : fail(`${who}: arg[${i}] unexpected, given ${each.kind}`);
  });
}

/**
 * @param apart the arguments, where a caller has them apart
 * @throws KError in the words of the row
 */
export function prepare(call: Call, row: OperatorRow, x: K, apart?: readonly K[]): Soon<Prepared> {
  const { form, items, spread, inputs, options, output, inplace } = readForms(call, row, x, apart);
  const args = form.derive(options) as Record<string, OperatorArg | undefined>;
  for (let i = 0; i < inputs.length; i++) {
    const each = form.inputs[i]!;
    args[each.aten] = argument(call, inputs[i]!, spread, row, each);
  }
  const wrong = row.guard?.(args);
  if (wrong !== undefined) fail(`${row.who}: ${wrong}`);
  const asHandle = row.gives === "handle" || (row.gives !== "value" && anyHandle(row, form, inputs));
  const ready = (all: OperatorArgs): Prepared => ({
    form,
    items,
    spread,
    inputs,
    options,
    output,
    inplace,
    args: all,
    asHandle,
  });
  return form.before === undefined ? ready(args) : after(form.before(call, args), ready);
}

/** Whether an input that counts is a handle, or a list of tensors with one among them. */
const anyHandle = ({ gives }: OperatorRow, form: Form, inputs: readonly K[]): boolean =>
  (gives === "first" ? inputs.slice(0, 1) : inputs).some(
    (x, i) => asHandle(x) !== undefined || (form.inputs[i]!.several && isHandleAmong(x)),
  );

/** A handle, or a list with one among its items. */
export const isHandleAmong = (x: K): boolean =>
  asHandle(x) !== undefined || (x instanceof List && x.items.some((item) => asHandle(item) !== undefined));

export const run = (call: Call, row: OperatorRow, x: K): Soon<Answer> =>
  after(
    prepare(call, row, x),
    (prepared): Soon<Answer> =>
      takesLarge(call, prepared) ? finishLarge(call, prepared) : finish(call, row, prepared),
  );

export function finish(call: Call, row: OperatorRow, prepared: Prepared): Soon<K> {
  const { form, args, inputs, output, inplace } = prepared;
  if (output !== undefined) return writeTo(call, form.operator, form.output!, args, output);
  if (inplace) return change(call, row, form.inplace!, args, asHandle(inputs[0]!) !== undefined);
  const as = prepared.asHandle ? "handle" : "k";
  if (form.results === undefined) return after(invoke(call, form.operator, args, as), answer);
  return after(invoke(call, form.operator, args, "handle"), (made) => {
    const results = call.keep(made as Handle);
    const chosen = form.results!(args).map((i) => call.engine.member(results, BigInt(i)));
    return after(together(call, chosen, form.stacked, as), answer);
  });
}

/** Some of an operator's results: one by itself, several stacked into one tensor, as k arrays or in a vector. */
function together(call: Call, chosen: readonly Handle[], stacked: boolean, as: "k" | "handle"): Soon<Result> {
  const { engine } = call;
  if (chosen.length === 1 && as === "handle") return call.made(chosen[0]!);
  for (const handle of chosen) call.keep(handle);
  if (stacked) return invoke(call, "stack", { tensors: chosen.map((handle) => ({ handle })) }, as);
  if (as === "handle") return engine.vector([...chosen]);
  return after(Promise.all(chosen.map((handle) => engine.retrieve(handle))), (arrays) =>
    arrays.length === 1 ? arrays[0]! : arrays,
  );
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
