import { KError, Symbols, type Vector } from "../../../protocol/values.js";
import type { State, Stateful } from "../state.js";
import { texts } from "./saved.js";

/** The keys that have been seen, numbered in order of their first appearance. */
export class Keys implements Stateful {
  readonly names: string[] = [];
  readonly #codes = new Map<string, number>();

  /**
   * @param column the column's name, for errors
   * @param most at least 1: each key has state of its own in each of a feed's parts
   */
  constructor(
    readonly column: string,
    readonly most: number,
  ) {}

  /** @throws KError where the column is not one of symbols, or there are more keys than there may be */
  read(values: Vector | Symbols | undefined): Int32Array {
    if (!(values instanceof Symbols)) throw new KError(`feed: ${this.column} is not a column of symbols`);
    const { names } = values;
    const out = new Int32Array(names.length);
    for (let i = 0; i < out.length; i++) out[i] = this.#codes.get(names[i]!) ?? this.#add(names[i]!);
    return out;
  }

  #add(name: string): number {
    const code = this.names.length;
    if (code >= this.most)
      throw new KError(
        `feed: more than ${this.most} values of ${this.column}, which is all that may be kept apart`,
      );
    this.#codes.set(name, code);
    this.names.push(name);
    return code;
  }

  save(): State {
    return { names: [...this.names] };
  }

  load(state: State): void {
    const names = texts(state, "names", this.most);
    this.names.length = 0;
    this.#codes.clear();
    for (const name of names) this.#add(name);
  }
}
