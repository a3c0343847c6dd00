/** Reading a saved state, which may be another plan's or a broken file's. */
import { KError } from "../../../protocol/values.js";
import type { Numbers, State } from "../state.js";

/** @throws KError where the state has no such array, of so many numbers where that is told */
export function numbersIn<T extends Numbers>(
  state: State,
  name: string,
  type: new (length: number) => T,
  length?: number,
): T {
  const value = state[name];
  if (!(value instanceof type) || (length !== undefined && value.length !== length))
    throw new KError(`state: ${name} is not what this feed keeps; was it saved by one with other options?`);
  return value;
}

export const floatsIn = (state: State, name: string, length?: number): Float64Array =>
  numbersIn(state, name, Float64Array, length);

/** @throws KError where the state has no such part */
export function partIn(state: State, name: string): State {
  const value = state[name];
  if (typeof value !== "object" || Array.isArray(value) || ArrayBuffer.isView(value))
    throw new KError(`state: ${name} is missing`);
  return value as State;
}
