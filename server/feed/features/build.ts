/** Expressions as series of a table's columns, checked. */
import * as k from "../../../protocol/make.js";
import { TYPE } from "../../../protocol/types.js";
import { type K, KError } from "../../../protocol/values.js";
import type { Node } from "../../language/parse/nodes.js";
import type { Column } from "../rows.js";
import { atomic, atomicNames, choice, isAtomic, typeName } from "./atomic.js";
import { callIn, type Definition } from "./expression.js";
import { listed, refusal, refusedWord, shown } from "./refusal.js";
import { type Block, ColumnSeries, Constant, isAtom, type Series, Shared } from "./series.js";
import { type Codes, codes, isStateful, type Remembering, stateful, statefulNames } from "./stateful.js";

export class Builder {
  /** What the expressions so far use and remember, each in the order in which it is worked out. */
  readonly columns = new Map<string, ColumnSeries>();
  readonly remembering: Remembering[] = [];
  readonly codes: Codes[] = [];
  readonly #named = new Map<string, Series>();
  /** The definition at hand. */
  #name = "";

  /** @param lenient whether a float may be a condition */
  constructor(
    readonly block: Block,
    readonly table: readonly Column[],
    readonly lenient: boolean,
  ) {}

  /** @throws KError that names the definition, what is wrong with it, and what there is */
  define({ name, tree }: Definition): Shared {
    if (this.#named.has(name)) throw refusal(name, "there are two of that name");
    this.#name = name;
    const series = this.#series(tree);
    if (!isNumeric(series) || isList(series)) throw this.#refused(notANumber(series));
    const shared = series instanceof Shared ? series : new Shared(this.block, series);
    this.#named.set(name, series instanceof Constant ? series : shared);
    return shared;
  }

  #refused(what: string): KError {
    return refusal(this.#name, what);
  }

  #series(node: Node): Series {
    switch (node.kind) {
      case "value":
        return new Constant(this.block, node.value);
      case "name":
        return this.#column(node.name);
      case "list":
        return this.#list(node.items);
      case "verb":
        throw this.#refused(`${node.name} stands alone, without what it works on`);
      default:
        return this.#call(node);
    }
  }

  #column(name: string): Series {
    const known = this.#named.get(name) ?? this.columns.get(name);
    if (known !== undefined) return known;
    const column = this.table.find((each) => each.name === name);
    if (column === undefined) {
      const names = this.table.map((each) => each.name);
      throw this.#refused(`no column ${shown(name)}; the table has ${listed(names)}${this.#before()}`);
    }
    if (column.type < TYPE.boolean || column.type > TYPE.time || column.type === 3)
      throw this.#refused(`column ${name} is one of lists; only columns of one type can be worked with`);
    const series = new ColumnSeries(this.block, name, column.type);
    this.columns.set(name, series);
    return series;
  }

  #before(): string {
    const names = [...this.#named.keys()];
    return names.length === 0 ? "" : `, and before it there are ${listed(names)}`;
  }

  #list(items: readonly (Node | null)[]): Series {
    const values: K[] = [];
    for (const item of items) {
      const series = item === null ? undefined : this.#series(item);
      if (!(series instanceof Constant)) throw this.#refused("a list can only be made of constants");
      values.push(series.constant);
    }
    return new Constant(this.block, k.collapse(values));
  }

  #call(node: Node): Series {
    const call = callIn(node);
    if (call === undefined) throw this.#refused(refusedNode(node));
    const { word } = call;
    const known = isAtomic(word) || isStateful(word) || word === "code" || word === "?";
    if (word === "ahead")
      throw this.#refused("ahead looks into the future: it can only stand in a label (y)");
    if (!known)
      throw this.#refused(
        this.#named.has(word) || this.#has(word)
          ? `${shown(word)} is no function`
          : refusedWord(word, [...atomicNames(), "?", ...statefulNames(), "code"]),
      );
    const args = call.args.map((arg) => {
      if (arg === null) throw this.#refused(`an argument of ${word} is left out`);
      return this.#series(arg);
    });
    try {
      return this.#applied(word, args);
    } catch (error) {
      throw error instanceof KError ? this.#refused(error.message) : error;
    }
  }

  #has(name: string): boolean {
    return this.table.some((column) => column.name === name);
  }

  #applied(word: string, args: readonly Series[]): Series {
    if (word === "code") {
      const series = codes(this.block, args);
      this.codes.push(series);
      return series;
    }
    if (isStateful(word)) {
      const series = stateful(this.block, word, args);
      this.remembering.push(series);
      return series;
    }
    if (word === "$" && args.length > 2) throw new KError(refusedWord(word));
    if (word === "?") return choice(this.block, args, this.lenient);
    return atomic(this.block, word, args);
  }
}

/** What it is that cannot be had: the expression itself, or what stands in the place of its function. */
function refusedNode(node: Node): string {
  const head = node.kind === "dyadic" ? node.verb : "target" in node ? node.target : node;
  const [only, more] = head.kind === "block" ? head.items : [head];
  const inner = more === undefined ? (only ?? head) : head;
  return REFUSED[node.kind] ?? REFUSED[inner.kind] ?? "only functions of a row can be applied";
}

/** Why other things that q can read are not here. */
const REFUSED: Readonly<Record<string, string>> = {
  lambda: "functions of one's own ({...}) are not here: say what they do, a name for each step",
  derive:
    "adverbs (' / \\ and their like) are not here; sums, maxs, deltas and their like go on from row to row",
  compose: "functions without what they work on are not here",
  assign: "an assignment is not here: give the expression a name of its own",
  query: "a query is not here: expressions see the columns of the feed's table",
  block: "brackets around several expressions are not here",
  table: "a table is not here",
  dict: "a dictionary is not here",
  return: "a return is not here",
  signal: "an error of one's own is not here",
};

const isNumeric = ({ type }: Series): boolean =>
  type !== TYPE.symbol && type !== TYPE.char && type !== TYPE.guid && type > 0 && type <= TYPE.time;

const isList = (x: Series): boolean => x instanceof Constant && !isAtom(x.constant);

function notANumber(x: Series): string {
  const { type } = x;
  if (isList(x)) return "is a list of constants, not a number for each row";
  if (type === TYPE.symbol)
    return "is a symbol, not a number; code[64;x] makes places of an embedding of symbols";
  return `is a ${typeName(type)}, not a number; comparing it, as with =, gives one`;
}
