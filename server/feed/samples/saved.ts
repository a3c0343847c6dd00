/** Reading what a part has saved: it may have been another plan's, or damaged. */
import { KError } from "../../../protocol/values.js";
import type { Numbers, State } from "../state.js";

const refuse = (name: string): never => {
  throw new KError(`feed: no state of this feed: ${name} is not what was kept`);
};

/** @param length how many there have to be, any number where left out */
export function numbers<T extends Numbers>(
  state: State,
  name: string,
  Type: new (length: number) => T,
  length?: number,
): T {
  const value = state[name];
  if (!(value instanceof Type) || (length !== undefined && value.length !== length)) return refuse(name);
  return value;
}

export function part(state: State, name: string): State {
  const value = state[name];
  if (typeof value !== "object" || ArrayBuffer.isView(value) || Array.isArray(value)) return refuse(name);
  return value as State;
}

export function parts(state: State, name: string, length: number): readonly State[] {
  const value = state[name];
  if (!Array.isArray(value) || value.length !== length) return refuse(name);
  return value as readonly State[];
}

/** A whole number from 0 to `most`. */
export function whole(state: State, name: string, most: number): number {
  const value = state[name];
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > most) return refuse(name);
  return value as number;
}

export function texts(state: State, name: string, most: number): readonly string[] {
  const value = state[name];
  if (!Array.isArray(value) || value.length > most || value.some((text) => typeof text !== "string"))
    return refuse(name);
  return value as readonly string[];
}
