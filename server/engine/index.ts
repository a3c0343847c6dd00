/**
 * The one typed door to native code. Every verb takes the calling user's number first; objects that it makes belong to
 * that user. A handle is a number below 2^53. A tensor argument (`Input`) is a tensor's handle or the bytes of an
 * encoded k object (`encodeObject`), which native code reads straight into tensor storage.
 *
 * Verbs that answer `Soon` compute: little work is done at once, much of it on the engine thread behind a promise
 * (DESIGN, decision 5). The text of an error thrown or rejected here is ready for the user.
 */
import { createRequire } from "node:module";
import { addonPath } from "./addon.js";

export type Handle = number;
/** Null stands for an undefined tensor. */
export type Input = Handle | Uint8Array | null;
export type Soon<T> = T | Promise<T>;
export type Kind = "tensor" | "vector" | "dictionary" | "module" | "loss" | "optimizer" | "model";

/** A tensor among arguments, where a bare number is a double. */
export interface TensorArg {
  readonly handle: Handle;
}

/** An operator's argument: bigint an integer, number a double, bytes a k array. */
export type OperatorArg =
  | undefined
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | TensorArg
  | OperatorArg[];

/** An operator's results: bytes of a k array, or a new handle; several are a list of k arrays or one vector handle. */
export type Result = Uint8Array | Handle | bigint | boolean | undefined | Result[];

/** Native memory that JavaScript only hands on. */
export type ParcelMemory = { readonly parcel: unique symbol };

/** What native knows of a tensor without reading its data. An undefined one has `defined: false` alone. */
export interface TensorInfo {
  readonly defined: boolean;
  readonly device: string;
  readonly dtype: string;
  readonly layout: string;
  readonly gradient: boolean;
  readonly pinned: boolean;
  readonly memory: string;
  readonly leaf: boolean;
  readonly gradfn: string;
  readonly size: readonly bigint[];
  readonly dim: bigint;
  readonly numel: bigint;
  readonly itemsize: bigint;
  readonly complex: boolean;
  /** Strided tensors only, like all below. */
  readonly stride?: readonly bigint[];
  readonly offset?: bigint;
  readonly contiguous?: boolean;
  /** The storage's address, its size in bytes and how many tensors use it. */
  readonly storage?: bigint;
  readonly storageBytes?: bigint;
  readonly storageUses?: bigint;
  /** References to the tensor itself. */
  readonly uses: bigint;
}

/** What `attribute` reads: a field of TensorInfo, or one of these. */
export interface TensorAttributes extends TensorInfo {
  readonly address: bigint;
  /** Elements of the whole storage; of a sparse tensor's values. */
  readonly elements: bigint;
  /** Bytes of the tensor; of the whole storage where no other tensor uses it; of a sparse tensor's indices and values. */
  readonly bytes: bigint;
  readonly sparsedim: bigint;
  readonly densedim: bigint;
  /** Indices are sorted and unique; true for other layouts. */
  readonly coalesced: boolean;
  /** Contiguous in the order of the formats for 4 and 5 dimensions. */
  readonly contiguous2d: boolean;
  readonly contiguous3d: boolean;
}

/** Tensors of an object that has several; `names` are a dictionary's keys or parameter names, empty for a vector. */
export interface Members<T> {
  readonly names: readonly string[];
  readonly values: readonly T[];
}

export type OptionValue = OperatorArg;

/** A module as TypeScript asks for it, checked and complete (native/layer.h). */
export interface LayerSpec {
  /** The k api's name of the type, e.g. "conv2d". */
  readonly type: string;
  /** Empty where the user gave none. */
  readonly name: string;
  /** Every option of the type's row, defaults filled in. */
  readonly options: Readonly<Record<string, OptionValue>>;
  /** The options as the bytes of a k dictionary: kept for `definition` to give back. */
  readonly definition: Uint8Array;
  readonly children: readonly LayerSpec[];
}

/** A module in a tree, root first, children after their parent. */
export interface LayerInfo {
  readonly depth: bigint;
  /** The k api's type name; empty for a libtorch submodule that no row describes. */
  readonly type: string;
  /** Its own name: as given, or its position. The root's may be empty. */
  readonly name: string;
  /** Path from the root, dots between; empty for the root. */
  readonly path: string;
  readonly definition: Uint8Array;
}

/** An optimizer's parameters: names and the libtorch parameter group of each. */
export interface OptimizerInfo {
  readonly type: string;
  /** Options of each group, as the bytes of a k dictionary. */
  readonly groups: readonly Uint8Array[];
  readonly parameters: readonly {
    readonly group: bigint;
    /** The type of the module that holds it, "parmdict" for a plain tensor. */
    readonly module: string;
    /** With the name of its module in front where the optimizer manages several. */
    readonly name: string;
    /** The tensor's address. */
    readonly pointer: bigint;
    readonly size: readonly bigint[];
  }[];
}

export interface Engine {
  /** The libtorch version that the addon was built with, e.g. "1.13.1". */
  readonly version: string;

  // messages (these work for no user) -----------------------------------------------------------------------------
  /** As protocol/compress.ts; a large message on a thread of its own, behind a promise. Its bytes must not change. */
  compress(message: Uint8Array): Soon<Uint8Array | undefined>;
  /** @param size as `announcedSize` gives it. Throws or rejects where the tokens are torn or point outside. */
  uncompress(message: Uint8Array, size: number): Soon<Uint8Array>;
  /**
   * Memory to put a large message together in; what is in it does not matter.
   * @param offset of the byte that is to be aligned for any item
   * @throws RangeError when there is none
   */
  memory(size: number, offset: number): Uint8Array;

  // large tensors on their way to a peer (parcel.ts) --------------------------------------------------------------
  parcel(user: number, tensor: Handle, complexFirst: boolean): ParcelMemory;
  /** Bytes of the k array, members of its outermost list, bytes of each; rejects as `retrieve` does. */
  openParcel(parcel: ParcelMemory): Promise<{ size: number; count: number; memberSize: number }>;
  /** Writes members; to be called for all of them in order, without waiting, while nobody changes the tensor. */
  fillParcel(parcel: ParcelMemory, from: number, to: number): Promise<void>;
  /** Bytes of what is written. */
  parcelSlice(parcel: ParcelMemory, from: number, to: number): Uint8Array;
  /** The slice is not read any more. */
  forgetSlice(slice: Uint8Array): void;
  /** No slice will be asked for any more. */
  dropParcel(parcel: ParcelMemory): void;

  // any object -------------------------------------------------------------------------------------------------
  /** The class of the user's object; undefined when the handle is stale or somebody else's. */
  kind(user: number, handle: Handle): Kind | undefined;
  /** The user's handles, oldest first. */
  handles(user: number): Handle[];
  /** Lets the handle stand for the object of `source`, whose own handle ends. */
  replace(user: number, handle: Handle, source: Handle): void;
  /** Forgets the handle; its object goes when nothing else holds it. */
  release(user: number, handle: Handle): boolean;
  /** How many CUDA devices there are. */
  cudaDevices(user: number): bigint;
  /** Objects of all users. */
  objectCount(user: number): bigint;
  /** A second handle to the same object. */
  addref(user: number, handle: Handle): Handle;
  /** The object's address: equal for all handles to one object. */
  address(user: number, handle: Handle): bigint;
  /** References to the object itself (`ref`). */
  references(user: number, handle: Handle): bigint;
  /**
   * One attribute of a tensor, or of each tensor of a vector, dictionary, module (parameters), model. Undefined where
   * the tensor is undefined or its layout has no such attribute.
   */
  attribute<N extends keyof TensorAttributes>(
    user: number,
    handle: Handle,
    name: N,
  ): TensorAttributes[N] | undefined | Members<TensorAttributes[N] | undefined>;
  /** libtorch's own display of a tensor or of the module in a module, loss or model. */
  display(user: number, handle: Handle): Soon<string>;
  /** What an object holds in all: parameters and buffers, or an optimizer's own buffers. */
  totals(user: number, handle: Handle): { tensors: bigint; elements: bigint; bytes: bigint };

  // tensors ----------------------------------------------------------------------------------------------------
  /** @param own the bytes of `source` are nobody else's any more: the tensor may keep them for its own */
  create(
    user: number,
    source: Input,
    dtype?: string,
    device?: string,
    layout?: string,
    requiresGrad?: boolean,
    pinned?: boolean,
    memory?: string,
    own?: boolean,
  ): Soon<Handle>;
  /** An undefined tensor. */
  undefinedTensor(user: number): Handle;
  /** The tensor as a k array. */
  retrieve(user: number, tensor: Input, complexFirst: boolean): Soon<Uint8Array>;
  describe(user: number, tensor: Handle): TensorInfo;
  /** Writes a k array or tensor into the target, which takes its shape and keeps its own data type. */
  assign(user: number, target: Handle, source: Input): Soon<void>;
  setGradient(user: number, tensor: Handle, flag: boolean): void;
  /** The tensor converted, as a new handle; the same tensor where there is nothing to convert. */
  convert(
    user: number,
    tensor: Handle,
    dtype?: string,
    device?: string,
    layout?: string,
    memory?: string,
    pinned?: boolean,
    requiresGrad?: boolean,
  ): Soon<Handle>;
  /** The tensor's gradient as a new handle, undefined when it has none. */
  gradient(user: number, tensor: Handle): Handle | undefined;
  /** @param mode free, retain, create or createfree */
  backward(user: number, tensor: Handle, gradient: Input | undefined, mode: string): Soon<void>;
  /** The data type of new floating point tensors that name none, in the whole process. */
  setDefaultDtype(user: number, dtype: string): void;
  /** Any ATen operator: libtorch's schema says what each argument is. */
  op(
    user: number,
    name: string,
    overload: string,
    args: OperatorArg[],
    asK: boolean,
    complexFirst: boolean,
  ): Soon<Result>;
  /** Sets the seed of every generator; without one, a random seed. Answers the seed. */
  seed(user: number, seed?: bigint): bigint;
  /** The seed that the CPU's generator began with. */
  currentSeed(user: number): bigint;

  // vectors and dictionaries ----------------------------------------------------------------------------------------
  /** Tensors given by handle are shared, not copied. */
  vector(user: number, items: Input[]): Soon<Handle>;
  dict(user: number, names: string[], items: Input[]): Soon<Handle>;
  /** The tensors as k arrays, a dictionary's in the order of its keys; only those named or numbered when given. */
  retrieveMembers(
    user: number,
    handle: Handle,
    which: string[] | bigint[] | undefined,
    complexFirst: boolean,
  ): Soon<Uint8Array[]>;
  names(user: number, dict: Handle): string[];
  /** One tensor as a new handle; throws libtorch's error for an index or name out of range. */
  member(user: number, handle: Handle, which: string | bigint): Handle;
  /**
   * Puts tensors in: a vector's at the indices (its count appends), a dictionary's under the names (new ones are added).
   * A dictionary's tensor that requires a gradient keeps its identity: the value is copied into it (broadcast).
   */
  setMembers(user: number, handle: Handle, which: string[] | bigint[], items: Input[]): Soon<void>;

  // modules ----------------------------------------------------------------------------------------------------
  module(user: number, spec: LayerSpec): Soon<Handle>;
  /** Adds a child to the last container at the depth below the root (depth 1: to the root); -1 to the deepest. */
  append(user: number, module: Handle, depth: bigint, spec: LayerSpec): Soon<void>;
  /** Makes an existing module a child, as `append` does a new one; both handles stay. */
  adopt(user: number, module: Handle, depth: bigint, child: Handle): void;
  /** The tree in preorder; with `inside` also the submodules that libtorch's own modules hold. */
  layers(user: number, module: Handle, inside: boolean): LayerInfo[];
  /** The module at the path as a new handle; undefined for one that is no layer of ours. */
  child(user: number, module: Handle, path: string): Handle | undefined;
  /** Names of all parameters or buffers, in order; of the submodule at `path` when given. */
  tensorNames(user: number, module: Handle, what: "parameters" | "buffers", path?: string): string[];
  /** Types of the modules that hold the parameters, in the same order. */
  tensorTypes(user: number, module: Handle, what: "parameters" | "buffers"): string[];
  /** A dictionary that shares the module's tensors. */
  tensorDict(user: number, module: Handle, what: "parameters" | "buffers", path?: string): Handle;
  /** One tensor, shared; undefined when there is none of the name. */
  tensorOf(user: number, module: Handle, what: "parameters" | "buffers", name: string): Handle | undefined;
  /** "parameter" or "buffer" for a dictionary made by tensorDict, else undefined. */
  dictType(user: number, dict: Handle): string | undefined;
  /**
   * Sets values and/or gradient flags of the named tensors of a module, model or dictionary: all of them where `names` is
   * undefined. Names, sizes and types are checked before anything changes. A value of one element fills the tensor; one
   * value serves all names. `who` starts the error texts.
   */
  setTensors(
    user: number,
    object: Handle,
    what: "parameters" | "buffers",
    names: string[] | undefined,
    values: Input[] | undefined,
    flag: boolean | undefined,
    who: string,
  ): Soon<void>;
  /** Registers a new parameter or buffer with the module. */
  addTensor(
    user: number,
    module: Handle,
    what: "parameters" | "buffers",
    name: string,
    value: Input,
  ): Soon<void>;
  /** @param mode "train": in the module's own mode, with gradients; "evaluate": evaluation mode, no gradients;
   *   "nograd": own mode, no gradients; "evalgrad": evaluation mode, with gradients. Module or model. */
  forward(
    user: number,
    module: Handle,
    inputs: Input[],
    mode: string,
    asK: boolean,
    complexFirst: boolean,
  ): Soon<Result>;
  training(user: number, module: Handle): boolean;
  setTraining(user: number, module: Handle, flag: boolean): void;
  /** Moves or converts all parameters and buffers. */
  convertModule(user: number, module: Handle, dtype?: string, device?: string): Soon<void>;
  /** A deep copy. */
  clone(user: number, module: Handle): Soon<Handle>;

  // losses, optimizers, models ----------------------------------------------------------------------------------
  loss(user: number, spec: LayerSpec): Soon<Handle>;
  /** The loss of (output; target; ...), like `forward`. */
  lossOf(user: number, loss: Handle, inputs: Input[], asK: boolean): Soon<Result>;
  /** The type and options of a loss or single module. */
  definition(user: number, loss: Handle): LayerInfo;
  /**
   * @param objects tensors, vectors, dictionaries, modules whose parameters the first group takes
   * @param names for each object the parameters wanted, in order; an empty list for all
   */
  optimizer(
    user: number,
    type: string,
    options: Readonly<Record<string, OptionValue>>,
    definition: Uint8Array,
    objects: Handle[],
    names: string[][],
  ): Soon<Handle>;
  /** Adds parameters, to the group numbered (a new group: the count of groups). */
  extendOptimizer(
    user: number,
    optimizer: Handle,
    group: bigint,
    options: Readonly<Record<string, OptionValue>>,
    definition: Uint8Array,
    objects: Handle[],
    names: string[][],
  ): Soon<void>;
  optimizerInfo(user: number, optimizer: Handle): OptimizerInfo;
  /** What is kept for each parameter, as k arrays; undefined where a tensor is. */
  optimizerBuffers(
    user: number,
    optimizer: Handle,
    complexFirst: boolean,
  ): Soon<readonly Members<Uint8Array | undefined>[]>;
  /** Gives the parameter at the position (as `optimizerInfo` lists them) its buffers back. */
  restoreBuffers(
    user: number,
    optimizer: Handle,
    position: bigint,
    names: string[],
    values: Uint8Array[],
  ): Soon<void>;
  /** What is managed as one module: the only one, or a container of all; undefined when there is none. */
  optimizerModule(user: number, optimizer: Handle): Handle | undefined;
  /** Optimizer or model. */
  step(user: number, optimizer: Handle): Soon<void>;
  /** Tensor (vector, dictionary), module: zero; optimizer, model: undefined gradients. */
  zeroGradients(user: number, object: Handle): void;
  /** Undefined gradients, whatever the object. */
  clearGradients(user: number, object: Handle): void;
  model(user: number, module: Handle, loss: Handle, optimizer: Handle): Handle;
  setModel(user: number, model: Handle, module?: Handle, loss?: Handle, optimizer?: Handle): void;
  /** A part as a new handle. */
  part(user: number, model: Handle, which: "module" | "loss" | "optimizer"): Handle;
  /** Forward, loss, backward; the loss as a k value. */
  backwardModel(user: number, model: Handle, inputs: Input[], targets: Input[]): Soon<Uint8Array>;
  /** The same with gradients zeroed before and an optimizer step after. */
  backstep(user: number, model: Handle, inputs: Input[], targets: Input[]): Soon<Uint8Array>;
}

type Addon = Engine & { initialise(typeName: (type: number) => string): void };

/**
 * Loads the addon; a process has one engine.
 * @param typeName the k api's name of a k type number, for native code's own errors
 * @throws when the addon was not built, saying how to build it
 */
export function loadEngine(typeName: (type: number) => string): Engine {
  const addon = createRequire(import.meta.url)(addonPath()) as Addon;
  addon.initialise(typeName);
  return addon;
}
