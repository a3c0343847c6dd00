/**
 * What can be asked of an object without changing it. A row of ATTRIBUTES is a function of one argument: a tensor's
 * attribute as an atom or list, a vector's as a list, and a dictionary's, module's or model's as a dictionary.
 */

import * as k from "../../../protocol/make.js";
import { LONG_NULL } from "../../../protocol/types.js";
import { Dict, type K, TYPE } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";
import type { Handle, Kind, Members, TensorAttributes } from "../../engine/index.js";
import { DTYPES, letterOf } from "../args/dtypes.js";
import { nameOf } from "../args/ktypes.js";
import { argumentsOf, asSymbol, fail, isAbsent, objectOf, resolve } from "../args/read.js";
import { MEMORY_FORMATS } from "../args/tensor_options.js";
import { type Call, page, type Topic } from "../call.js";

type Value = bigint | boolean | string | readonly bigint[];
type Attribute = keyof TensorAttributes;
type Raw = TensorAttributes[Attribute];

/** Kinds whose attribute is that of their parameters, unless the row says otherwise. */
const HOLDERS: readonly Kind[] = ["module", "loss", "model"];
const PLURAL: Partial<Record<Kind, string>> = {
  module: "modules",
  optimizer: "optimizers",
  loss: "loss modules",
};
/** What errors call objects of a class. */
export const several = (kind: Kind): string => PLURAL[kind] ?? kind;

interface AttributeRow {
  readonly name: string;
  readonly page: string;
  /** The engine's attribute. */
  readonly field: Attribute;
  /** Type number of a single tensor's value; `list` is a list of longs. */
  readonly type: number;
  /** What an undefined tensor gives, or a defined one that lacks the attribute. */
  readonly absent: (defined: boolean) => Value | undefined;
  readonly read: (raw: Raw) => Value;
  /** Objects that are no tensors, vectors or dictionaries; undefined where the attribute does not exist for them. */
  readonly other: (call: Call, handle: Handle, kind: Kind) => K | undefined;
  /** How errors call it, where not by name. */
  readonly label: string;
}

const asIs = (raw: Raw): Value => raw as Value;

function attribute(
  name: string,
  page: string,
  type: number,
  rest: Partial<AttributeRow> & { none?: Value } = {},
): AttributeRow {
  const none =
    rest.none ?? (type === TYPE.symbol ? "" : type === TYPE.boolean ? false : type === TYPE.long ? 0n : []);
  return {
    name,
    page,
    field: name as Attribute,
    type,
    absent: () => none,
    read: asIs,
    other: () => undefined,
    label: name,
    ...rest,
  };
}

/** A dictionary of parameter names and their attribute. */
function ofParameters(this: AttributeRow, call: Call, handle: Handle, kind: Kind): K | undefined {
  return HOLDERS.includes(kind) ? read(this, call, handle, kind) : undefined;
}

/** A sum over all that the object holds. */
const total =
  (what: "tensors" | "elements" | "bytes") =>
  (call: Call, handle: Handle): K =>
    k.long(call.engine.totals(handle)[what]);

/** How many parameters a module, optimizer or model has. */
function parameterCount(call: Call, handle: Handle, kind: Kind): K {
  const { engine } = call;
  if (kind === "optimizer") return k.long(engine.optimizerInfo(handle).parameters.length);
  return k.long((engine.attribute(handle, "defined") as Members<boolean>).values.length);
}

/** The device of the first parameter. */
function firstDevice(call: Call, handle: Handle, kind: Kind): K | undefined {
  if (kind !== "module" && kind !== "loss") return undefined;
  const { values } = call.engine.attribute(handle, "device") as Members<string>;
  return k.symbol(values[0] ?? "cpu");
}

const { boolean, long, symbol, char, list } = TYPE;

const objectOnly =
  (get: (call: Call, handle: Handle) => bigint) =>
  (call: Call, handle: Handle, kind: Kind): K | undefined =>
    kind === "model" ? undefined : k.long(get(call, handle));

const DEVICE = attribute("device", "devices", symbol, { other: firstDevice });
const CONTIGUOUS = attribute("contiguous", "info", boolean, { absent: (defined) => !defined });

export const ATTRIBUTES: readonly AttributeRow[] = [
  attribute("size", "info", list, { none: [0n], other: parameterCount }),
  attribute("stride", "info", list, { absent: () => undefined }),
  attribute("dim", "info", long, { none: 1n }),
  attribute("itemsize", "info", long),
  attribute("numel", "info", long),
  attribute("elements", "info", long, { other: total("elements") }),
  attribute("bytes", "info", long, { other: total("bytes") }),
  attribute("offset", "info", long, { absent: (defined) => (defined ? LONG_NULL : 0n) }),
  attribute("sparsedim", "sparse", long),
  attribute("densedim", "sparse", long, { none: 1n }),
  attribute("ptr", "info", long, {
    field: "address",
    other: objectOnly(({ engine }, handle) => engine.address(handle)),
  }),
  attribute("ref", "info", long, {
    field: "uses",
    other: objectOnly(({ engine }, handle) => engine.references(handle)),
  }),
  attribute("weakref", "info", long, { field: "defined", read: (defined) => (defined ? 1n : 0n) }),
  attribute("sptr", "info", long, { field: "storage" }),
  attribute("sref", "info", long, {
    field: "storageUses",
    absent: (defined) => (defined ? fail("Cannot access storage of SparseTensorImpl") : 0n),
  }),
  DEVICE,
  attribute("layout", "info", symbol),
  attribute("memory", "info", symbol),
  attribute("gradfn", "info", symbol),
  attribute("gradient", "info", symbol, {
    field: "requiresGrad",
    read: (flag) => (flag ? "grad" : "nograd"),
    other: ofParameters,
  }),
  attribute("ktype", "types", char, {
    field: "dtype",
    none: " ",
    read: (dtype) => letterOf(dtype as string),
    other: ofParameters,
  }),
  attribute("defined", "info", boolean),
  CONTIGUOUS,
  attribute("coalesced", "sparse", boolean, { none: true }),
  attribute("leaf", "info", boolean, { none: true }),
  attribute("pinned", "info", boolean, { label: "pin" }),
  attribute("sparseflag", "sparse", boolean, { field: "layout", read: (layout) => layout === "sparse" }),
];

export const DTYPE = attribute("dtype", "types", symbol, { other: ofParameters });
export const GRADFLAG = attribute("gradflag", "info", boolean, {
  field: "requiresGrad",
  other: ofParameters,
});

/** One tensor's attribute. */
function single(attribute: AttributeRow, value: Value | undefined): K {
  if (value === undefined) return k.EMPTY;
  if (attribute.type === list) return k.longs(value as readonly bigint[]);
  return attribute.type === char ? k.char(value as string) : k.atom(attribute.type, value as string);
}

function side(attribute: AttributeRow, values: readonly (Value | undefined)[]): K {
  if (attribute.type === list) return k.list(values.map((value) => single(attribute, value)));
  if (attribute.type === char) return k.chars(values.join(""));
  return k.vector(attribute.type, values as readonly string[]);
}

/** The attribute of a tensor, or of each tensor of an object, as the k api shows it. */
function read(attribute: AttributeRow, { engine }: Call, handle: Handle, kind: Kind): K {
  const found = engine.attribute(handle, attribute.field);
  const value = (raw: Raw | undefined, defined: () => boolean): Value | undefined =>
    raw === undefined ? attribute.absent(defined()) : attribute.read(raw);
  if (kind === "tensor")
    return single(
      attribute,
      value(found as Raw, () => engine.attribute(handle, "defined") as boolean),
    );
  const { names, values } = found as Members<Raw>;
  const defined = (i: number) => (engine.attribute(handle, "defined") as Members<boolean>).values[i]!;
  const shown = side(
    attribute,
    values.map((raw, i) => value(raw, () => defined(i))),
  );
  return kind === "vector" ? shown : new Dict(k.symbols(names), shown);
}

/** @param x anything; what is no object is refused */
export function attributeOf(call: Call, x: K, attribute: AttributeRow): K {
  const found = resolve(call, x);
  if (found === undefined) return fail(`${attribute.label}: unrecognized arg(s) - ${nameOf(x)}`);
  const { handle, kind } = found;
  if (kind === "tensor" || kind === "vector" || kind === "dictionary")
    return read(attribute, call, handle, kind);
  return (
    attribute.other(call, handle, kind) ?? fail(`${attribute.label}: not implemented for ${several(kind)}`)
  );
}

/** The default data type (no argument), a new one (a symbol), or an object's. */
function dtype(call: Call, x: K): K {
  if (isAbsent(x)) return k.symbol(call.settings.defaultDtype);
  const name = asSymbol(x);
  if (name === undefined) return attributeOf(call, x, DTYPE);
  if (!DTYPES.includes(name)) fail(`unrecognized data type: ${name}`);
  call.engine.setDefaultDtype(name);
  call.settings.defaultDtype = name;
  return k.NULL;
}

/** An object's device, or where new tensors go by default. */
function device(call: Call, x: K): K {
  if (!isAbsent(x)) return attributeOf(call, x, DEVICE);
  return k.symbol(call.engine.cudaDevices() > 0n ? "cuda" : "cpu");
}

/** Known by name alone: no object has it. */
function result(call: Call, x: K): K {
  const found = resolve(call, x) ?? fail(`result: unrecognized arg(s) - ${nameOf(x)}`);
  const tensors = found.kind === "tensor" || found.kind === "vector" || found.kind === "dictionary";
  if (tensors && call.engine.totals(found.handle).tensors === 0n)
    return found.kind === "vector" ? k.symbols([]) : k.dict(k.symbols([]), k.symbols([]));
  return fail(`result: not implemented for ${tensors ? "tensors" : several(found.kind)}`);
}

/** How many tensors an object holds. */
function tensorCount(call: Call, x: K): K {
  const found = resolve(call, x);
  if (found === undefined) return fail(`tensorcount: unrecognized arg(s) - ${nameOf(x)}`);
  return k.long(call.engine.totals(found.handle).tensors);
}

/** Whether a tensor lies in memory in the order of a memory format: (tensor;format), or as `contiguous` the attribute. */
function contiguous(call: Call, x: K): K {
  const [object, format, ...rest] = argumentsOf(x);
  const name = asSymbol(format);
  if (object === undefined || asHandle(object) === undefined || name === undefined || rest.length > 0)
    return attributeOf(call, x, CONTIGUOUS);
  if (!MEMORY_FORMATS.includes(name)) fail(`unrecognized memory format: ${name}`);
  return attributeOf(call, object, { ...CONTIGUOUS, ...CONTIGUOUS_IN[name] });
}

/** Only a tensor in its usual order is contiguous; libtorch has no question for `preserve`. */
const CONTIGUOUS_IN: Readonly<Record<string, Partial<AttributeRow>>> = {
  contiguous: {},
  preserve: {},
  channel2d: { field: "contiguous2d", absent: () => false },
  channel3d: { field: "contiguous3d", absent: () => false },
};

/** Two tensors compared. */
const compared =
  (name: string, same: (call: Call, a: Handle, b: Handle) => boolean) =>
  (call: Call, x: K): K => {
    const given = argumentsOf(x);
    const tensors = given.map((item) => objectOf(call, item, "tensor"));
    if (given.length !== 2 || tensors.includes(undefined)) return fail(`${name}: expects two tensors`);
    return k.boolean(same(call, tensors[0]!, tensors[1]!));
  };

function isSame({ engine }: Call, a: Handle, b: Handle): boolean {
  return engine.address(a) === engine.address(b);
}

function isAlias({ engine }: Call, a: Handle, b: Handle): boolean {
  const [one, other] = [a, b].map((handle) => engine.describe(handle));
  if (one!.storage === undefined || other!.storage === undefined) {
    if (one!.defined && other!.defined) fail("Cannot access storage of SparseTensorImpl");
    return !one!.defined && !other!.defined;
  }
  return one!.storage === other!.storage;
}

/** Functions that take more than an object. */
const OTHERS: Readonly<Record<string, (call: Call, x: K) => K>> = { device, contiguous, dtype };

export const infoTopic: Topic = [
  ...[...ATTRIBUTES, DTYPE].flatMap((attribute) =>
    page(attribute.page, {
      [attribute.name]: OTHERS[attribute.name] ?? ((call, x) => attributeOf(call, x, attribute)),
    }),
  ),
  ...page("info", {
    result,
    tensorcount: tensorCount,
    same: compared("same", isSame),
    alias: compared("alias", isAlias),
  }),
];
