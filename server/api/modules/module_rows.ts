/** The modules of a tree as the k api shows them: dictionaries and tables of depth, type, name and options. */
import * as k from "../../../protocol/make.js";
import { Dict, type K, type Symbols, type Table } from "../../../protocol/values.js";
import type { Engine, Handle } from "../../engine/index.js";
import { answer } from "../args/read.js";
import { dictionary, notDefault } from "./definitions.js";
import { LAYERS } from "./types/layers.js";

/** A module of a tree, the parts of types included. */
export interface ModuleRow {
  readonly depth: bigint;
  readonly type: string;
  readonly name: string;
  /** From the root, dots between; empty for the root. */
  readonly path: string;
  /** All options. */
  readonly options: Dict;
}

/** The modules of a module or model in preorder, the root first. */
export function moduleRows(engine: Engine, handle: Handle): readonly ModuleRow[] {
  return engine.layers(handle).map(({ depth, type, name, path, definition }) => ({
    depth,
    type,
    name,
    path,
    options: definition.length === 0 ? dictionary([], []) : (answer(definition) as Dict),
  }));
}

/** The options as printed: all, or those not at their default. */
export function optionsShown(type: string, options: Dict, all: boolean): Dict {
  const layer = LAYERS.get(type);
  if (all || layer === undefined) return options;
  const weighted = layer.weighted !== undefined && (options.keys as Symbols).names.includes("weight");
  return notDefault(weighted ? { name: type, options: layer.weighted } : layer, options);
}

/** More columns of a table of modules, each with a value for every row. */
export type Columns = Readonly<Record<string, readonly K[]>>;

/** A dictionary for a single module, a table for a container or a type that has modules inside. */
export function moduleTable(rows: readonly ModuleRow[], all: boolean, more: Columns = {}): Dict | Table {
  const options = rows.map((each) => optionsShown(each.type, each.options, all));
  const root = rows[0]!;
  if (rows.length === 1 && LAYERS.get(root.type)?.container !== true) {
    const first = [k.long(root.depth), k.symbol(root.type), k.symbol(root.name), options[0]!];
    return new Dict(
      k.symbols([...KEYS, ...Object.keys(more)]),
      k.list([...first, ...Object.values(more).map((column) => column[0]!)]),
    );
  }
  return k.table(
    [...KEYS, ...Object.keys(more)],
    [
      k.longs(rows.map((each) => each.depth)),
      k.symbols(rows.map((each) => each.type)),
      k.symbols(rows.map((each) => each.name)),
      k.list(options),
      ...Object.values(more).map((column) => k.list(column)),
    ],
  );
}

const KEYS = ["depth", "module", "name", "options"];
