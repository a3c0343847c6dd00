/** What goes through the door: handles, bytes of k objects, plain values. */

/** A number below 2^53 that stands for an object of the calling user. */
export type Handle = number;
/** Null stands for an undefined tensor. Bytes are those of an encoded k object, read straight into tensor storage. */
export type Input = Handle | Uint8Array | null;
export type Soon<T> = T | Promise<T>;
export type Kind = "tensor" | "vector" | "dictionary" | "module" | "loss" | "optimizer" | "model" | "feed";

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

/** Tensors of an object that has several; `names` are a dictionary's keys or parameter names, empty for a vector. */
export interface Members<T> {
  readonly names: readonly string[];
  readonly values: readonly T[];
}

export type OptionValue = OperatorArg;
