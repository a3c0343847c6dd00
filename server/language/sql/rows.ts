import * as k from "../../../protocol/make.js";
import { Atom, type K, KError, type Table, Vector } from "../../../protocol/values.js";
import type { LambdaCode, Node } from "../parse/nodes.js";
import { namesIn } from "../parse/scope.js";
import { longsOf, places } from "../values/arrays.js";
import { type Evaluation, type Frame, PAUSE, type Run } from "../values/functions.js";
import { pick } from "../values/vectors.js";
import { where } from "../verbs/lists.js";
import { type Groups, Sliced } from "./groups.js";

const NO_CODE: LambdaCode = { params: [], body: [], locals: new Set(), source: "", name: "" };

/** Rows of a table, all or some, whose columns are names to what is evaluated over them. */
export class Rows {
  readonly #columns = new Map<string, K>();

  /**
   * @param outer the names of the call in which the query stands
   * @param places which rows; all where undefined
   */
  constructor(
    readonly q: Evaluation,
    readonly table: Table,
    readonly outer: Frame | undefined,
    readonly places?: Int32Array,
  ) {}

  get count(): number {
    return this.places?.length ?? k.count(this.table);
  }

  at(places: Int32Array): Rows {
    const { places: own } = this;
    const chosen = own === undefined ? places : places.map((place) => own[place]!);
    return new Rows(this.q, this.table, this.outer, chosen);
  }

  /** A column, or `i`, the rows' own numbers; undefined where there is none of that name. */
  column(name: string): K | undefined {
    const known = this.#columns.get(name);
    if (known !== undefined) return known;
    const found = this.#find(name);
    if (found !== undefined) this.#columns.set(name, found);
    return found;
  }

  #find(name: string): K | undefined {
    const place = this.table.columns.names.indexOf(name);
    if (place >= 0) {
      const column = this.table.values.items[place]!;
      return this.places === undefined ? column : pick(column, this.places);
    }
    if (name !== "i") return undefined;
    const numbers = this.places ?? places(this.count, (i) => i);
    return longsOf(numbers);
  }

  /** The columns that nodes mention. */
  #mentioned(nodes: readonly Node[]): Map<string, K> {
    const columns = new Map<string, K>();
    for (const name of namesIn(nodes)) {
      const column = this.column(name);
      if (column !== undefined) columns.set(name, column);
    }
    return columns;
  }

  #frame(columns: ReadonlyMap<string, K>): Frame {
    const { outer, q } = this;
    const locals = new Map([...(outer?.locals ?? []), ...columns]);
    return { code: outer?.code ?? NO_CODE, context: outer?.context ?? q.context, locals };
  }

  *evaluate(nodes: readonly Node[]): Run<K[]> {
    const frame = this.#frame(this.#mentioned(nodes));
    const values: K[] = [];
    this.q.hold([...frame.locals.values()]);
    this.q.hold(values);
    for (const node of nodes) values.push(yield* this.q.evaluate(node, frame));
    this.q.release();
    this.q.release();
    return values;
  }

  /** For each node its values, one a group; where there is no group, the one of no rows. */
  *evaluateGroups(nodes: readonly Node[], groups: Groups): Run<K[][]> {
    const columns = [...this.#mentioned(nodes)].map(
      ([name, column]) => [name, new Sliced(column, groups)] as const,
    );
    const frame = this.#frame(new Map());
    const values = nodes.map((): K[] => []);
    for (const results of values) this.q.hold(results);
    for (let group = 0; group < Math.max(1, groups.count); group++) {
      if (this.q.step()) yield PAUSE;
      for (const [name, column] of columns)
        frame.locals.set(name, groups.count === 0 ? pick(this.column(name)!, []) : column.at(group));
      for (let i = 0; i < nodes.length; i++) values[i]!.push(yield* this.q.evaluate(nodes[i]!, frame));
    }
    for (const _ of values) this.q.release();
    return values;
  }

  /** The rows for which a condition holds. @throws KError 'type, 'length */
  *filtered(condition: Node): Run<Rows> {
    const [flags] = yield* this.evaluate([condition]);
    if (flags instanceof Atom) {
      if (typeof flags.value !== "boolean") throw new KError("type");
      return flags.value ? this : this.at(new Int32Array(0));
    }
    if (!(flags instanceof Vector)) throw new KError("type");
    if (flags.count !== this.count) throw new KError("length");
    const rows = k.items(where(flags) as Vector);
    return this.at(places(rows.length, (i) => Number(rows[i]!)));
  }
}
