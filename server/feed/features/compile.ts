/** q expressions over the rows of a table, as programs that go on from message to message. */
import type { Node } from "../../language/parse/nodes.js";
import type { Column, Rows } from "../rows.js";
import type { Stateful } from "../state.js";

/** An expression that q can read, by the name that later ones use it by. */
export interface Definition {
  readonly name: string;
  readonly tree: Node;
}

/** Definitions checked against a table. What it remembers is kept by key; how the rows are cut means nothing. */
export interface Compiled extends Stateful {
  /** Columns of the table that the definitions, `by` and `time` need. */
  readonly reads: ReadonlySet<string>;
  /** By definition: the places of `code[places;...]` where that is all of it, else 0. */
  readonly codes: readonly number[];
  /** Bytes of what it remembers. */
  readonly bytes: number;
  /**
   * @param rows with the columns of `reads`; all rows of the feed, in order
   * @param keys codes of the rows' keys, 0.. in order of their first appearance
   * @returns by definition, an item a row; null is NaN. They are good until the next call
   * @throws KError where what would be remembered is more than may be
   */
  evaluate(rows: Rows, keys: Int32Array): readonly Float64Array[];
}

/** @throws KError where q cannot read the text, or the name is none */
export function parseExpression(_name: string, _text: string): Definition {
  throw new Error("not here yet");
}

/**
 * @param definitions each may use those before it by name
 * @throws KError that names the definition, what is wrong with it, and what there is
 */
export function compile(
  _definitions: readonly Definition[],
  _columns: readonly Column[],
  _by: string,
  _time: string,
): Compiled {
  throw new Error("not here yet");
}
