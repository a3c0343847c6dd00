/** What a part of a feed remembers, to go on from: names with numbers, texts, arrays, and parts of parts. */

export type Numbers = Float64Array | Float32Array | Int32Array | BigInt64Array | Uint8Array;

export type StateValue = number | string | boolean | Numbers | readonly string[] | State | readonly State[];

export interface State {
  readonly [name: string]: StateValue;
}

/** A part of a feed whose state can be written down and taken up again: what follows is then the same to the bit. */
export interface Stateful {
  save(): State;
  /** @throws KError where the state is another plan's */
  load(state: State): void;
}
