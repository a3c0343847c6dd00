/** Verbs on objects of any class. */
import type { TensorAttributes } from "./tensors.js";
import type { Handle, Kind, Members, Soon } from "./values.js";

export interface Objects {
  /** The class of the user's object; undefined when the handle is stale or somebody else's. */
  kind(handle: Handle): Kind | undefined;
  /** The user's handles, oldest first. */
  handles(): Handle[];
  /** Lets the handle stand for the object of `source`, whose own handle ends. */
  replace(handle: Handle, source: Handle): void;
  /** Forgets the handle; its object goes when nothing else holds it. */
  release(handle: Handle): boolean;
  /** The same of all handles. */
  releaseAll(): void;
  /** libtorch's warnings that the user's calls have raised since this was last asked. */
  warnings(): string[];
  /** Objects of all users. */
  objectCount(): bigint;
  /** A second handle to the same object. */
  addref(handle: Handle): Handle;
  /** The object's address: equal for all handles to one object. */
  address(handle: Handle): bigint;
  /** References to the object itself (`ref`). */
  references(handle: Handle): bigint;
  /**
   * One attribute of a tensor, or of each tensor of a vector, dictionary, module (parameters), model. Undefined where
   * the tensor is undefined or its layout has no such attribute.
   */
  attribute<N extends keyof TensorAttributes>(
    handle: Handle,
    name: N,
  ): TensorAttributes[N] | undefined | Members<TensorAttributes[N] | undefined>;
  /** libtorch's own display of a tensor or of the module in a module, loss or model. */
  display(handle: Handle): Soon<string>;
  /** What an object holds in all: parameters and buffers, or an optimizer's own buffers. */
  totals(handle: Handle): { tensors: bigint; elements: bigint; bytes: bigint };
}
