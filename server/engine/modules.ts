/** Verbs on modules and what they hold. */
import type { Handle, Input, OptionValue, Result, Soon } from "./values.js";

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
  /** A container's children, or the parts that the type is made of; these have names. */
  readonly children: readonly LayerSpec[];
}

/** A module in a tree, root first, children after their parent. */
export interface LayerInfo {
  readonly depth: bigint;
  /** The k api's type name. */
  readonly type: string;
  /** Its own name: as given, or its position. The root's may be empty. */
  readonly name: string;
  /** Path from the root, dots between; empty for the root. */
  readonly path: string;
  readonly definition: Uint8Array;
}

/** What named tensors get; all of them where `names` is left out. */
export interface NewValues {
  readonly names?: readonly string[] | undefined;
  readonly values?: readonly Input[] | undefined;
  readonly flag?: boolean | undefined;
}

export interface Modules {
  module(spec: LayerSpec): Soon<Handle>;
  /**
   * Makes modules children, each of the last container that stands at the depth above its own (depth 1: of the root): all
   * of them or none. A module is part of one other at most. The handles stay.
   */
  adopt(module: Handle, depths: readonly bigint[], children: readonly Handle[]): void;
  /** The tree in preorder. */
  layers(module: Handle): LayerInfo[];
  /** The module at the path as a new handle. */
  child(module: Handle, path: string): Handle | undefined;
  /** Names of all parameters or buffers, in order; of the submodule at `path` when given. */
  tensorNames(module: Handle, what: "parameters" | "buffers", path?: string): string[];
  /** Types of the modules that hold the parameters, in the same order. */
  tensorTypes(module: Handle, what: "parameters" | "buffers"): string[];
  /** A dictionary that shares the module's tensors. */
  tensorDict(module: Handle, what: "parameters" | "buffers", path?: string): Handle;
  /** One tensor, shared; undefined when there is none of the name. */
  tensorOf(module: Handle, what: "parameters" | "buffers", name: string): Handle | undefined;
  /** "parameter" or "buffer" for a dictionary made by tensorDict, else undefined. */
  dictType(dict: Handle): string | undefined;
  /**
   * Sets values and/or gradient flags of named tensors of a module, model or dictionary. Names, sizes and types are
   * checked before anything changes. A value of one element fills the tensor, any other has its size; nulls of integers
   * become nulls.
   * @param who starts the error texts
   */
  setTensors(object: Handle, what: "parameters" | "buffers", values: NewValues, who: string): Soon<void>;
  /**
   * Registers a new parameter or buffer with the module.
   * @param grad whether a parameter has gradients
   */
  addTensor(
    module: Handle,
    what: "parameters" | "buffers",
    name: string,
    value: Input,
    grad: boolean,
  ): Soon<void>;
  /** @param mode "train": training mode, with gradients; "nograd": training mode, no gradients; "evaluate": evaluation
   *   mode, no gradients; "evalgrad": evaluation mode, with gradients; "within": as what it is a part of, in
   *   the module's own mode. Module or model. */
  forward(module: Handle, inputs: Input[], mode: string, asK: boolean): Soon<Result>;
  /**
   * Ends a question of a callback module's, by a tensor or else an error's text. One that is over is left alone.
   * @throws where the handle is no tensor's; the question is open then
   */
  answerCallback(id: number, tensor: Handle | undefined, error?: string): void;
  training(module: Handle): boolean;
  setTraining(module: Handle, flag: boolean): void;
  /** Moves or converts all parameters and buffers. */
  convertModule(module: Handle, dtype?: string, device?: string): Soon<void>;
  /** Gives the module at the path what another one that is made alike has: parameters, buffers, flags, modes. */
  copyModule(from: Handle, to: Handle, path: string): Soon<void>;
  /** A deep copy: types, flags, modes, and what was added. */
  clone(module: Handle): Soon<Handle>;
}
