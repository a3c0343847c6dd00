/** Handles themselves: what there is, of which class, second handles, and their end (pointers page). */
import { setImmediate as immediate } from "node:timers/promises";
import * as k from "../../protocol/make.js";
import { Atom, Dict, isNull, type K, List, NULL, Vector } from "../../protocol/values.js";
import { asHandle, handleK } from "../engine/handle.js";
import type { Engine, Handle, Kind, Members, Soon } from "../engine/index.js";
import { nameOf } from "./args/ktypes.js";
import { after, answer, describe, type Found, fail, isAbsent, resolve, several } from "./args/read.js";
import { type Call, dyad, page, type Topic } from "./call.js";
import { makeDictionary, makeVector, retrieveDictionary, retrieveMembers } from "./tensors/collections.js";
import { makeTensor } from "./tensors/tensors.js";

// what there is ------------------------------------------------------------------------------------------------

const COLUMNS = ["ptr", "class", "device", "dtype", "size", "elements", "bytes"];

/** Objects that are looked at before others are served. */
const AT_ONCE = 100;

interface ObjectRow {
  readonly handle: Handle;
  readonly kind: Kind;
  readonly device: string;
  readonly dtype: string;
  readonly size: K;
  readonly elements: bigint;
  readonly bytes: bigint;
}

/** Undefined where it is gone. */
function rowOf(engine: Engine, handle: Handle): ObjectRow | undefined {
  const kind = engine.kind(handle);
  if (kind === undefined) return undefined;
  const dtype = kind === "tensor" ? ((engine.attribute(handle, "dtype") as string | undefined) ?? "") : "";
  const { elements, bytes } = engine.totals(handle);
  const device = firstDevice(engine, handle, kind);
  return { handle, kind, device, dtype, size: shownSize(engine, handle, kind), elements, bytes };
}

/** A table of the caller's objects, oldest first. */
function obj(call: Call, x: K): Soon<K> {
  if (!isAbsent(x)) return fail("obj: empty arg expected");
  const handles = call.engine.handles();
  const rows: ObjectRow[] = [];
  const look = (from: number): void => {
    for (const handle of handles.slice(from, from + AT_ONCE)) {
      const row = rowOf(call.engine, handle);
      if (row !== undefined) rows.push(row);
    }
  };
  if (handles.length > AT_ONCE) return inSteps(call, handles.length, look).then(() => objectTable(rows));
  look(0);
  return objectTable(rows);
}

/** Between two steps others are served, whose calls may free objects. */
async function inSteps(call: Call, count: number, look: (from: number) => void): Promise<void> {
  for (let from = 0; from < count; from += AT_ONCE) {
    look(from);
    await immediate();
    await call.giveWay();
  }
}

const objectTable = (rows: readonly ObjectRow[]): K =>
  k.table(COLUMNS, [
    k.list(rows.map(({ handle }) => handleK(handle))),
    k.symbols(rows.map(({ kind }) => kind)),
    k.symbols(rows.map(({ device }) => device)),
    k.symbols(rows.map(({ dtype }) => dtype)),
    k.list(rows.map(({ size }) => size)),
    k.longs(rows.map(({ elements }) => elements)),
    k.longs(rows.map(({ bytes }) => bytes)),
  ]);

/** Of an object's first tensor; none where it has no tensors. */
function firstDevice(engine: Engine, handle: Handle, kind: Kind): string {
  const holder = kind === "optimizer" ? engine.optimizerModule(handle) : handle;
  const at = holder === undefined ? undefined : engine.attribute(holder, "device");
  if (holder !== undefined && holder !== handle) engine.release(holder);
  const first = typeof at === "object" ? (at as Members<string | undefined>).values[0] : at;
  return first ?? "";
}

/** A tensor's dimensions, of other objects the number of tensors or parameters. */
function shownSize(engine: Engine, handle: Handle, kind: Kind): K {
  if (kind === "tensor") return k.longs((engine.attribute(handle, "size") ?? [0n]) as bigint[]);
  if (kind === "optimizer") return k.long(engine.optimizerInfo(handle).parameters.length);
  return k.long((engine.attribute(handle, "defined") as Members<boolean>).values.length);
}

function classOf(call: Call, x: K): K {
  const found = resolve(call, x);
  return k.symbol(
    found?.kind ?? fail(`class: need allocated torch object, e.g. tensor, module, given ${nameOf(x)}`),
  );
}

/** What kind of tensors a collection holds; the type of a module, loss or optimizer. */
function objectType(call: Call, x: K): K {
  const { engine } = call;
  const found = resolve(call, x);
  if (found === undefined)
    return fail(
      `objtype: requires an allocated torch object, e.g. module, loss or optimizer, given ${nameOf(x)}`,
    );
  const { handle, kind } = found;
  switch (kind) {
    case "tensor":
    case "vector":
      return k.symbol("tensor");
    case "dictionary":
      return k.symbol(engine.dictType(handle) ?? "tensor");
    case "optimizer":
      return k.symbol(engine.optimizerInfo(handle).type);
    case "model":
    case "feed":
      return fail(`objtype: not implemented for ${kind}`);
    default:
      return k.symbol(engine.definition(handle).type);
  }
}

function mapped({ engine }: Call, x: K): K {
  const handle = asHandle(x);
  return k.boolean(handle !== undefined && engine.kind(handle) !== undefined);
}

// second handles -----------------------------------------------------------------------------------------------

const SHARED: readonly Kind[] = ["tensor", "module", "loss", "optimizer"];

function addref(call: Call, x: K): K {
  const found = resolve(call, x);
  if (found === undefined || !SHARED.includes(found.kind))
    return fail(`addref not implemented for ${found?.kind ?? nameOf(x)}`);
  return handleK(call.engine.addref(found.handle));
}

// the end of handles -------------------------------------------------------------------------------------------

/** free(): everything of the caller's, and his calls that give way end; free x: one object, or all in a list or dictionary, or none when one is wrong. */
function free(call: Call, x: K): K {
  const { engine } = call;
  if (isAbsent(x)) {
    call.stopOthers();
    engine.releaseAll();
  } else for (const handle of handlesIn(call, x)) engine.release(handle);
  return NULL;
}

const NO_OBJECTS = "free: expecting pytorch object or list/dictionary of objects, given";

function handlesIn(call: Call, x: K): readonly Handle[] {
  const found = resolve(call, x);
  if (found !== undefined) return [found.handle];
  if (x instanceof List) {
    several(x.count);
    return x.items.map((item, i) => checked(call, item, `element[${i}]`, `element[${i}] of given list`));
  }
  if (!(x instanceof Dict)) return fail(`${NO_OBJECTS} ${nameOf(x)}`);
  if (k.count(x) === 0) return [];
  several(k.count(x));
  if (!(x.values instanceof List)) return fail(`${NO_OBJECTS} ${nameOf(x)}`);
  return x.values.items.map((item, i) => {
    const key = k.at(x.keys, i);
    const where = `key[${key instanceof Atom && typeof key.value === "string" ? `\`${key.value}` : i}]`;
    return checked(call, item, `dictionary ${where}`, `${where} of given dictionary`);
  });
}

function checked({ engine }: Call, item: K, where: string, whole: string): Handle {
  const handle = asHandle(item) ?? fail(`free: expecting pytorch object but ${where} is ${nameOf(item)}`);
  return engine.kind(handle) === undefined ? fail(`free: stale pointer, ${whole}`) : handle;
}

/** The k values of a tensor, vector or dictionary, whose handle ends. */
function returned(call: Call, x: K): Soon<K> {
  const found = resolve(call, x);
  const value = found === undefined ? undefined : retrieve(call, found);
  if (value === undefined)
    return fail(`return: expecting tensor, vector or dictionary, given ${describe(call, x)}`);
  return after(value, (result) => {
    call.engine.release(found!.handle);
    return result;
  });
}

function retrieve(call: Call, { handle, kind }: Found): Soon<K> | undefined {
  if (kind === "tensor") return after(call.engine.retrieve(handle), answer);
  if (kind === "vector") return retrieveMembers(call, handle);
  return kind === "dictionary" ? retrieveDictionary(call, handle) : undefined;
}

// use ----------------------------------------------------------------------------------------------------------

/** use[x;y]: x's handle stands for y from now on, or for what y makes; y's own handle ends. */
function use(call: Call, x: K, y: K): Soon<K> {
  const target = resolve(call, x);
  const kind = target?.kind;
  if (kind !== "tensor" && kind !== "vector" && kind !== "dictionary")
    return fail("use: 1st arg must be tensor, vector or dictionary");
  const source = resolve(call, y);
  if (source !== undefined && !SOURCES[kind].includes(source.kind)) return refuse(kind, source.kind);
  const made = source?.kind === kind ? y : make(call, kind, y);
  return after(made, (result) => {
    const handle = asHandle(result)!;
    if (handle !== target!.handle) call.engine.replace(target!.handle, handle);
    return NULL;
  });
}

/** What an object can be re-assigned from; a vector also from one tensor. */
const SOURCES: Readonly<Record<"tensor" | "vector" | "dictionary", readonly Kind[]>> = {
  tensor: ["tensor"],
  vector: ["vector", "tensor"],
  dictionary: ["dictionary"],
};

function refuse(kind: "tensor" | "vector" | "dictionary", source: Kind): never {
  const holdsTensors = source === "tensor" || source === "vector" || source === "dictionary";
  if (!holdsTensors) return fail(`use: unable to re-assign ${kind} to given ${source}`);
  if (kind === "tensor") return fail(`use: cannot re-assign tensor to ${source}`);
  if (kind === "vector") return fail(`vector: not implemented for ${source}`);
  return fail(`dict: expecting k dictionary or (syms;vals), given ${source}`);
}

function make(call: Call, kind: "tensor" | "vector" | "dictionary", y: K): Soon<K> {
  if (kind === "vector") return makeVector(call, y);
  if (kind === "tensor") return isNull(y) ? handleK(call.engine.undefinedTensor()) : makeTensor(call, y);
  if (y instanceof Vector) return fail(`dict: expecting k dictionary or (syms;vals), given ${nameOf(y)}`);
  return makeDictionary(call, y);
}

export const pointerTopic: Topic = [
  ...page("pointers", { obj, class: classOf, mapped, addref, free, return: returned }),
  ...page("modules", { objtype: objectType }),
  dyad("use", "pointers", use),
];
