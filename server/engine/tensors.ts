/** Verbs on tensors, and on vectors and dictionaries of them. */
import type { ParcelMemory } from "./messages.js";
import type { Handle, Input, OperatorArg, Result, Soon } from "./values.js";

/** What native knows of a tensor without reading its data. An undefined one has `defined: false` alone. */
export interface TensorInfo {
  readonly defined: boolean;
  readonly device: string;
  readonly dtype: string;
  readonly layout: string;
  readonly requiresGrad: boolean;
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

/** What a tensor is to be; what is not given stays as it is. */
export interface TensorOptions {
  device?: string;
  dtype?: string;
  layout?: string;
  requiresGrad?: boolean;
  pinned?: boolean;
  memory?: string;
}

/** An operator of libtorch's dispatcher. */
export interface OperatorInfo {
  readonly id: number;
  readonly arguments: readonly string[];
  /** The arguments that are written to. */
  readonly outputs: readonly string[];
}

export interface Tensors {
  /** @param options `own`: the bytes of `source` are nobody else's any more, the tensor may keep them */
  create(source: Input, options?: TensorOptions & { readonly own?: boolean }): Soon<Handle>;
  /** An undefined tensor. */
  undefinedTensor(): Handle;
  /** The tensor as a k array. @param complexFirst where it is not as the setting says */
  retrieve(tensor: Input, complexFirst?: boolean): Soon<Uint8Array>;
  describe(tensor: Handle): TensorInfo;
  /** Writes a k array or tensor into the target, which takes its shape and keeps its own data type. */
  assign(target: Handle, source: Input): Soon<void>;
  /**
   * Sets the values as libtorch begins with weights.
   * @param method eye, dirac, orthogonal, xnormal, xuniform, knormal, kuniform or snormal
   * @param a gain, slope, or fraction of zeros (snormal)
   * @param b standard deviation (snormal)
   * @param fan fanin or fanout (knormal, kuniform)
   * @param nonlinearity the function that follows the weights (knormal, kuniform)
   */
  initialiseTensor(
    tensor: Handle,
    method: string,
    a: number,
    b: number,
    fan: string,
    nonlinearity: string,
  ): Soon<void>;
  setGradient(tensor: Handle, flag: boolean): void;
  /** The tensor converted, as a new handle; the same tensor where there is nothing to convert. */
  convert(tensor: Handle, options: TensorOptions): Soon<Handle>;
  /** The tensor's gradient as a new handle, undefined when it has none. */
  gradient(tensor: Handle): Handle | undefined;
  /** @param mode free, retain, create or createfree */
  backward(tensor: Handle, gradient: Input | undefined, mode: string): Soon<void>;
  /** What libtorch's schema says of an operator ("aten::sort", "stable"); undefined where it has none. */
  operator(name: string, overload: string): OperatorInfo | undefined;
  /**
   * Calls an operator.
   * @param args in the order of `OperatorInfo.arguments`; undefined takes the schema's default
   * @param asK whether results are k arrays, else new handles
   */
  op(id: number, args: readonly OperatorArg[], asK: boolean): Soon<Result>;
  /** Memory for a large tensor that leaves in slices (messages.ts). */
  parcel(tensor: Handle, complexFirst: boolean): ParcelMemory;
}

export interface Collections {
  /** Tensors given by handle are shared, not copied. */
  vector(items: Input[]): Soon<Handle>;
  dict(names: string[], items: Input[]): Soon<Handle>;
  /** The tensors as k arrays, a dictionary's in the order of its keys; only those named or numbered when given. */
  retrieveMembers(handle: Handle, which: string[] | bigint[] | undefined): Soon<Uint8Array[]>;
  names(dict: Handle): string[];
  /** One tensor as a new handle; throws libtorch's error for an index or name out of range. */
  member(handle: Handle, which: string | bigint): Handle;
  /**
   * Puts tensors in: a vector's at the indices (its count appends), a dictionary's under the names (new ones are added).
   * A dictionary's tensor that requires a gradient keeps its identity: the value is copied into it (broadcast).
   */
  setMembers(handle: Handle, which: string[] | bigint[], items: Input[]): Soon<void>;
}
