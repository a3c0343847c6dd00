/** The modules of a tree as the k api shows them: dictionaries and tables of depth, type, name and options. */
import * as k from "../../../protocol/make.js";
import { Dict, type K, type Symbols, type Table } from "../../../protocol/values.js";
import type { Engine, Handle, Soon } from "../../engine/index.js";
import { answer, asSymbol } from "../args/read.js";
import type { Call } from "../call.js";
import { dictionary, notDefault } from "./definitions.js";
import { LAYERS } from "./types/layers.js";
import type { OptionRow } from "./types/rows.js";

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

/** Types that show their tensors among their options. */
const SHOWING = ["parmdict", "callback"];

/** The same with the tensors of such modules as they are now. */
export function rowsWithParameters(call: Call, handle: Handle): Soon<readonly ModuleRow[]> {
  const rows = moduleRows(call.engine, handle);
  return rows.some(({ type }) => SHOWING.includes(type)) ? withParameters(call, handle, rows) : rows;
}

async function withParameters(
  call: Call,
  handle: Handle,
  rows: readonly ModuleRow[],
): Promise<readonly ModuleRow[]> {
  const { engine } = call;
  const own = async (what: "parameters" | "buffers", path: string): Promise<Dict> => {
    const dict = call.keep(engine.tensorDict(handle, what, path === "" ? undefined : path));
    const names = engine.names(dict);
    const values = await engine.retrieveMembers(dict, undefined);
    const kept = names.flatMap((name, i) => (name.includes(".") ? [] : [i]));
    return dictionary(
      kept.map((i) => names[i]!),
      kept.map((i) => answer(values[i]!)),
    );
  };
  const result: ModuleRow[] = [];
  for (const row of rows) {
    if (row.type === "parmdict") result.push({ ...row, options: await own("parameters", row.path) });
    else if (row.type === "callback") {
      const { keys, values } = row.options;
      const tensors = [await own("parameters", row.path), await own("buffers", row.path)];
      const names = [...(keys as Symbols).names, "parms", "buffers"];
      const shown = (keys as Symbols).names.map((_, i) => k.at(values, i));
      result.push({ ...row, options: dictionary(names, [...shown, ...tensors]) });
    } else result.push(row);
  }
  return result;
}

/** The options as printed: all, or those not at their default; the same of modules among them. */
export function optionsShown(type: string, options: Dict, all: boolean): Dict {
  const layer = LAYERS.get(type);
  if (all || layer === undefined) return options;
  const weighted = layer.weighted !== undefined && (options.keys as Symbols).names.includes("weight");
  const shown = notDefault(weighted ? { name: type, options: layer.weighted } : layer, options);
  const inner = type === "callback" ? [] : layer.options.filter((option) => option.type === "inner");
  return inner.length === 0 ? shown : withInnerShown(inner, shown);
}

function withInnerShown(inner: readonly OptionRow[], options: Dict): Dict {
  const { names } = options.keys as Symbols;
  const values = names.map((name, i) => {
    const value = k.at(options.values, i);
    const option = inner.find((row) => row.name === name);
    if (option === undefined || k.count((value as Dict).keys) === 0) return value;
    if (option.of !== undefined) return optionsShown(option.of, value as Dict, false);
    const { keys, values } = value as Dict;
    const [type, given] = [k.at(values, 0), k.at(values, 1)];
    return new Dict(keys, k.list([type, optionsShown(asSymbol(type)!, given as Dict, false)]));
  });
  return dictionary(names, values);
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
