/**
 * Large k arrays through an operator: as `tensor` makes them of a request's own bytes and reads them back in parts, so that
 * neither way copies them.
 */
import type { OperatorArg } from "../../engine/index.js";
import { invoke } from "../args/invoke.js";
import { answer } from "../args/read.js";
import { wholeTensor } from "../args/whole.js";
import type { Answer, Call } from "../call.js";
import type { Prepared } from "./read.js";

/** Bytes of a k array from which it pays to make a tensor first. */
const LARGE = 2 ** 23;

const isLarge = (arg: OperatorArg): arg is Uint8Array => arg instanceof Uint8Array && arg.length >= LARGE;

/** Whether a call that answers by k arrays has a large one among its arguments. */
export const takesLarge = (call: Call, { args, asHandle, form, output, inplace }: Prepared): boolean =>
  call.takesParcels &&
  !asHandle &&
  !inplace &&
  output === undefined &&
  form.results === undefined &&
  Object.values(args).some(isLarge);

export async function finishLarge(call: Call, { form, args }: Prepared): Promise<Answer> {
  const { engine, settings } = call;
  const all: Record<string, OperatorArg> = { ...args };
  for (const [name, arg] of Object.entries(args))
    if (isLarge(arg)) all[name] = { handle: call.keep(await engine.create(arg, { own: true })) };
  const made = await invoke(call, form.operator, all, "handle");
  if (typeof made !== "number") return answer(made);
  call.keep(made);
  return engine.kind(made) === "tensor"
    ? await wholeTensor(call, made, settings.complexFirst)
    : answer(await engine.retrieveMembers(made, undefined));
}
