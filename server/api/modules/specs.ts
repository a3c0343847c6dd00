/** What a session writes to define modules, turned into what the engine makes: checked, complete, in trees. */

import { encodeObject } from "../../../protocol/encode.js";
import * as k from "../../../protocol/make.js";
import { Dict, type K, List, Symbols, Table, Vector } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";
import type { Handle, LayerSpec } from "../../engine/index.js";
import { nameOf } from "../args/ktypes.js";
import { answer, asLong, asSymbol, encoded, fail, isAbsent } from "../args/read.js";
import { show } from "../args/show.js";
import { DEEPEST, depthValues, type Placed, placed, TOO_DEEP } from "../args/trees.js";
import { callbackOf } from "./callbacks.js";
import {
  type Arguments,
  type Dialect,
  dictionary,
  engineOptions,
  type OptionValues,
  printed,
  readOptions,
  type Shape,
  splitArguments,
} from "./definitions.js";
import { givenFor, type Spec, type Tensors } from "./given.js";
import { LAYERS } from "./types/layers.js";
import type { LayerRow, OptionRow, Part } from "./types/rows.js";

const OPTION_NAMES: ReadonlySet<string> = new Set(
  [...LAYERS.values()].flatMap((row) =>
    [...row.options, ...(row.weighted ?? [])].map((option) => option.name),
  ),
);

const MODULES: Dialect = {
  tooMany(shape, { positional, before, whole }, most) {
    if (shape.options.length === 0) return `${shape.name}: no arguments expected, ${show(whole)}`;
    if (shape.refusal !== undefined)
      return `${shape.name}: ${shape.refusal.replace("{n}", String(positional.length))}`;
    return `${shape.name}: expecting up to ${before + most} positional args, ${before + positional.length} given`;
  },
  unknown(shape, name) {
    const denied = LAYERS.get(shape.name)?.denied?.[name];
    if (denied !== undefined) return `${shape.name}: ${denied}`;
    return OPTION_NAMES.has(name)
      ? `${shape.name} option: ${name} not recognized`
      : `${shape.name}: unrecognized option \`${name}`;
  },
};

/** A module's definition taken apart. */
interface Head {
  readonly row: LayerRow;
  readonly name: string;
  readonly args: Arguments;
}

/** `type`, `type`name or (type;name;options...), the name optional. */
function head(x: K): Head {
  const items = x instanceof Symbols ? x.names.map(k.symbol) : x instanceof List ? x.items : [x];
  if (items.length === 0) return fail("module: empty list");
  const type = asSymbol(items[0]) ?? fail(`module: no symbol found, ${show(x)}`);
  const row = LAYERS.get(type) ?? fail(`unrecognized module type: \`${type}`);
  const name = asSymbol(items[1]);
  return { row, name: name ?? "", args: split(row, items, name === undefined ? 1 : 2, x) };
}

/** A type whose arguments are no options as others are reads them as they come. */
const split = (row: LayerRow, items: readonly K[], before: number, whole: K): Arguments =>
  row.name === "callback"
    ? { positional: items.slice(before), pairs: [], before, whole }
    : splitArguments(items, before, whole);

/** With a weight matrix, embeddings have other options than with rows and columns. */
function shapeOf(row: LayerRow, args: Arguments): Shape {
  if (row.weighted === undefined) return row;
  const first = args.positional[0];
  const weighted =
    first === undefined ? args.pairs.some(([name]) => name === "weight") : asLong(first) === undefined;
  return weighted ? { name: row.name, options: row.weighted } : row;
}

/** The options of a type, or of a function that takes a type's options. */
export function moduleOptions(shape: Shape & Pick<LayerRow, "check">, args: Arguments): OptionValues {
  const values = readOptions(shape, args, MODULES);
  const wrong = shape.check?.((option) => values.get(option)!.value);
  if (wrong !== undefined) fail(`${shape.name}: ${wrong}`);
  return values;
}

function specOf(row: LayerRow, name: string, given: Arguments): Spec {
  if (row.functional) return fail(`${row.name}: there is no such module, only the function`);
  checkListed(row, given.whole);
  const special = SPECIAL[row.name];
  if (special !== undefined) return special(name, given);
  const shape = shapeOf(row, given);
  const made = new Map<string, Spec>();
  const args = withInner(row, given, made);
  const values = moduleOptions(shape, args);
  return {
    type: row.name,
    name,
    options: shape === row ? withoutWeight(row, values) : { ...engineOptions(values), ...weightSize(values) },
    definition: encodeObject(printed(shape, values)),
    children:
      row
        .parts?.(
          (option) => values.get(option)!.shown,
          (option) => made.get(option),
        )
        .map(partOf) ?? [],
  };
}

function partOf(part: Part): Spec {
  if ("made" in part) return { ...(part.made as Spec), name: part.name };
  const { name, type, options, times = 0, each } = part;
  const given = dictionary(Object.keys(options), Object.values(options));
  const spec = specOf(LAYERS.get(type)!, name, splitArguments([given], 0, given));
  for (let i = 0; i < times; i++) spec.children.push({ ...(each as Spec), name: String(i) });
  return spec;
}

// modules among the options of others ------------------------------------------------------------------------------

/** The arguments with the dictionary of an inner module's options in its place; `made` gets the modules. */
function withInner(row: LayerRow, args: Arguments, made: Map<string, Spec>): Arguments {
  if (!row.options.some(({ type }) => type === "inner")) return args;
  const replaced = (option: OptionRow | undefined, x: K): K => {
    if (option?.type !== "inner" || isAbsent(x) || (x instanceof Dict && k.count(x.keys) === 0)) return x;
    const spec = option.of === undefined ? anyInner(x) : innerOf(row, option.of, x);
    made.set(option.name, spec);
    const options = answer(spec.definition);
    return option.of === undefined
      ? new Dict(k.symbols(["module", "options"]), k.list([k.symbol(spec.type), options]))
      : options;
  };
  const find = (name: string): OptionRow | undefined => row.options.find((option) => option.name === name);
  return {
    ...args,
    positional: args.positional.map((x, i) => replaced(row.options[i], x)),
    pairs: args.pairs.map(([name, x]) => [name, replaced(find(name), x)] as const),
  };
}

/** Of one type: its options as a dictionary or a list, which may begin with the type and a name. */
function innerOf({ name }: LayerRow, type: string, x: K): Spec {
  const given = givenFor(x);
  if (given !== undefined) return givenModule(x, given, name, type);
  const row = LAYERS.get(type)!;
  if (type === "layernorm" && asLong(x) !== undefined)
    return specOf(row, "", splitArguments([x], 0, k.list([x])));
  checkListed({ ...row, listed: "symbols" }, x);
  if (x instanceof Dict) return specOf(row, "", splitArguments([x], 0, x));
  const items =
    x instanceof Vector
      ? Array.from({ length: x.count }, (_, i) => k.at(x, i))
      : x instanceof Symbols
        ? x.names.map(k.symbol)
        : (x as List).items;
  const symbol = asSymbol(items[0]);
  if (symbol !== undefined && symbol !== type) fail(`${name}: unexpected layer '${symbol}'`);
  const start = symbol === undefined ? 0 : asSymbol(items[1]) === undefined ? 1 : 2;
  return specOf(row, "", splitArguments(items, Math.min(start, items.length), k.list(items)));
}

/** Of any type that computes: as a module is defined, or its type and options as they are printed. */
function anyInner(x: K): Spec {
  const given = givenFor(x);
  if (given !== undefined) return givenModule(x, given, "transformer");
  const spec = x instanceof Dict ? fromRow({ ...rowOf(x, 0n), name: "" }) : fromValue(x);
  refuse("transformer", spec.type);
  return spec;
}

function givenModule(definition: K, handle: Handle, parent: string, type?: string): Spec {
  const { spec } = build(definition)[0]!;
  if (type !== undefined && spec.type !== type) {
    const wanted = type === "layernorm" ? "normalization" : type === "encoderlayer" ? "encoding" : "decoding";
    fail(`${parent}: expecting ${wanted} layer, given ${label(spec.type)} module`);
  }
  return { ...(spec as Spec), name: "", from: handle };
}

/** What the k api calls the class of a type in its errors. */
const label = (type: string): string =>
  LAYERS.get(type)!
    .pytorch.replace(/^torch\.nn\./, "")
    .replace("knn.", "knn::");

function checkListed({ name, listed }: LayerRow, x: K): void {
  if (listed === undefined || x instanceof Dict || x instanceof List) return;
  if (x instanceof Vector || (x instanceof Symbols && listed === "symbols")) return;
  fail(`${name}: unrecognized  or insufficient arg(s), ${nameOf(x)}, ${show(x)}`);
}

/** What rows of options cannot say. */
const SPECIAL: Readonly<Record<string, (name: string, args: Arguments) => Spec>> = {
  parmdict: parameterDictionary,
  callback: (name, { positional, whole }) => {
    const { spec, parms, buffers } = callbackOf(name, positional, whole);
    return { ...spec, children: [], tensors: { ...(parms && { parms }), ...(buffers && { buffers }) } };
  },
};

// parameters of any name -------------------------------------------------------------------------------------------

/** From a k dictionary, whose values may have been tensors; it is printed as it is then. */
function parameterDictionary(name: string, { positional, pairs }: Arguments): Spec {
  if (positional.length > 0)
    fail(
      `module: parameter dictionary expects a k dictionary or an allocated dictionary of tensors, given ${nameOf(positional[0]!)}`,
    );
  return {
    type: "parmdict",
    name,
    options: Object.fromEntries(pairs.map(([key, x]) => [key, encoded(x)])),
    definition: encodeObject(dictionary([], [])),
    children: [],
  };
}

const withoutWeight = (row: LayerRow, values: OptionValues) =>
  row.weighted === undefined
    ? engineOptions(values)
    : { ...engineOptions(values), weight: null, freeze: false };

/** Rows and columns of a weight matrix; the engine refuses what is none. */
function weightSize(values: OptionValues) {
  const { shown } = values.get("weight")!;
  const first = shown instanceof List && shown.count > 0 ? shown.items[0]! : shown;
  return { rows: BigInt(k.count(shown)), cols: BigInt(k.count(first)) };
}

// trees --------------------------------------------------------------------------------------------------------

/** A module to be added at a depth, with all that is below it. */
export interface Root {
  readonly depth: bigint;
  readonly spec: LayerSpec;
  /** Of each module in order. */
  readonly tensors: Tensors[];
}

/** One module of a definition: as the session writes it, or a row of a table. */
type Definition = Placed | Row;

interface Row {
  readonly depth: bigint;
  readonly type: string;
  readonly name: string;
  readonly options: K;
  readonly tensors: Tensors;
}

/** A container that can still take children: its type and, when it is new, its spec. */
export interface Open {
  readonly type: string;
  readonly spec?: { readonly children: LayerSpec[] };
}

/**
 * The modules that a symbol, list, tree, list of depth-value pairs, dictionary or table defines.
 * @param open containers of the module that they are added to, root first; undefined for a new module
 * @param depth where what is not given by pairs or rows goes; 0 or undefined for the deepest place
 */
export function build(x: K, open?: readonly Open[], depth?: bigint): readonly Root[] {
  const definitions = definitionsOf(x, open === undefined ? 0n : placeIn(open, depth), depth);
  if (definitions.length > MOST) fail(`module: at most ${MOST} modules are possible in one`);
  const roots: Root[] = [];
  const stack = open === undefined ? [] : [...open];
  const lowest = open === undefined ? 0n : 1n;
  let implied = false;
  let modules = 0;
  for (const definition of definitions) {
    let tensors = "value" in definition ? {} : definition.tensors;
    // a table has rows for the modules that a type makes by itself
    if (implied && !("value" in definition) && definition.depth > BigInt(stack.length)) {
      roots.at(-1)!.tensors.push(tensors);
      continue;
    }
    const spec = "value" in definition ? fromValue(definition.value) : fromRow(definition);
    const row = LAYERS.get(spec.type)!;
    tensors = { ...tensors, ...spec.tensors };
    modules += sizeOf(spec);
    if (modules > MOST) fail(`module: at most ${MOST} modules are possible in one`);
    place(spec, definition.depth, stack, roots.length === 0 ? lowest : 1n, roots);
    roots.at(-1)!.tensors.push(tensors);
    if (row.container) stack.push({ type: spec.type, spec });
    implied = row.parts !== undefined;
  }
  return roots;
}

/** As many as native code takes. */
const MOST = 10_000;

/** A definition of too many is refused before it is read. */
export function checkCount(x: K): void {
  if ((x instanceof List || x instanceof Table) && k.count(x) > MOST)
    fail(`module: at most ${MOST} modules are possible in one`);
}
const sizeOf = ({ children }: LayerSpec): number => children.reduce((sum, child) => sum + sizeOf(child), 1);

/** The depth of a child: below the deepest container where none is given. */
export const placeIn = (open: readonly Open[], depth: bigint | undefined): bigint =>
  depth === undefined || depth === 0n ? BigInt(Math.max(1, open.length)) : depth;

function place(spec: Spec, depth: bigint, stack: Open[], least: bigint, roots: Root[]): void {
  const most = BigInt(stack.length);
  if (depth > most) fail(`${spec.type}: depth ${depth} above max depth of ${most}`);
  if (depth < least) fail(`${spec.type}: depth ${depth} below min depth of ${least}`);
  if (depth > DEEPEST) fail(`${spec.type}: ${TOO_DEEP}`);
  stack.length = Number(depth);
  const parent = stack.at(-1);
  if (parent !== undefined) refuse(parent.type, spec.type);
  if (parent?.spec === undefined) roots.push({ depth, spec, tensors: [] });
  else parent.spec.children.push(spec);
}

/** Containers whose children compute; those of some may be chains, which others cannot hold. */
const COMPUTING: ReadonlyMap<string, "chains" | undefined> = new Map([
  ["sequential", undefined],
  ["seqnest", undefined],
  ["transformer", undefined],
  ["seqjoin", "chains"],
  ["fork", "chains"],
  ["residual", "chains"],
]);

/** Children that a container cannot have. */
export function refuse(parent: string, child: string): void {
  if (parent === "parmdict")
    fail(`unable to add a ${label(child)} module as a child of a ParameterDict module`);
  if (!COMPUTING.has(parent)) return;
  if (child === "sequential" && COMPUTING.get(parent) !== "chains")
    fail("sequential: unable to create type-erased module, forward method uses template");
  if (child === "modulelist" || child === "moduledict" || child === "parmdict")
    fail(`${child}: unable to create type-erased module, no forward method defined`);
}

function definitionsOf(x: K, base: bigint, given: bigint | undefined): readonly Definition[] {
  if (x instanceof Table) return rowsOf(x);
  if (x instanceof Dict) return [rowOf(x)];
  if (given !== undefined) return [{ depth: base, value: x }];
  return depthValues(x) ?? placed(x, base);
}

function fromValue(x: K): Spec {
  const { row, name, args } = head(x);
  return specOf(row, name, args);
}

function fromRow({ type, name, options }: Row): Spec {
  const row = LAYERS.get(type) ?? fail(`unrecognized module type: \`${type}`);
  return specOf(row, name, split(row, isAbsent(options) ? [] : [options], 0, options));
}

// tables of modules ----------------------------------------------------------------------------------------------

const missing = (key: string): never => fail(`unable to find state attribute: ${key}`);

/** @param depth where there is none */
function rowOf(x: Dict, usual?: bigint): Row {
  if (!(x.keys instanceof Symbols)) return missing("depth");
  const { names } = x.keys;
  const get = (name: string): K | undefined => {
    const i = names.indexOf(name);
    return i < 0 ? undefined : k.at(x.values, i);
  };
  return {
    depth: asLong(get("depth")) ?? usual ?? missing("depth"),
    type: asSymbol(get("module")) ?? missing("module"),
    name: asSymbol(get("name")) ?? "",
    options: get("options") ?? k.EMPTY,
    tensors: { parms: get("parms"), buffers: get("buffers"), frozen: get("frozen") },
  };
}

function rowsOf(x: Table): readonly Row[] {
  for (const key of ["depth", "module"]) if (!x.columns.names.includes(key)) missing(key);
  const rows: Row[] = [];
  for (let i = 0; i < k.count(x); i++) rows.push(rowOf(k.at(x, i) as Dict));
  return rows;
}

/** Whether a value has the form of a definition: a symbol, symbols, a list other than a handle, a dictionary or table. */
export function canDefine(x: K): boolean {
  if (x instanceof Symbols || x instanceof Table || x instanceof Dict) return true;
  return x instanceof List ? asHandle(x) === undefined : asSymbol(x) !== undefined;
}
