/** Verbs on losses, optimizers and models. */
import type { LayerInfo, LayerSpec } from "./modules.js";
import type { Handle, Input, Members, OptionValue, Result, Soon } from "./values.js";

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

/** The options of a group of parameters, for libtorch and as the bytes of the k dictionary that is shown. */
export interface GroupOptions {
  readonly options: Readonly<Record<string, OptionValue>>;
  readonly definition: Uint8Array;
}

/** Parameters of objects: for each, the names wanted in order; an empty list for all. */
export interface ParameterChoice {
  readonly objects: readonly Handle[];
  readonly names: readonly (readonly string[])[];
}

type Kept = Uint8Array | undefined;

export interface Training {
  loss(spec: LayerSpec): Soon<Handle>;
  /** The loss of (output; target; ...), like `forward`. */
  lossOf(loss: Handle, inputs: Input[], asK: boolean): Soon<Result>;
  /** The type and options of a loss or single module. */
  definition(loss: Handle): LayerInfo;
  optimizer(type: string, group: GroupOptions, parameters: ParameterChoice): Soon<Handle>;
  /** Adds parameters, to the group numbered (a new group: the count of groups), which takes the options. */
  extendOptimizer(
    optimizer: Handle,
    number: bigint,
    group: GroupOptions,
    parameters: ParameterChoice,
  ): Soon<void>;
  optimizerInfo(optimizer: Handle): OptimizerInfo;
  /** What is kept for each parameter, as k arrays or lists of them; undefined where a tensor is. */
  optimizerBuffers(optimizer: Handle): Soon<readonly Members<Kept | readonly Kept[]>[]>;
  /** Gives the parameter at the position (as `optimizerInfo` lists them) its buffers back. */
  restoreBuffers(optimizer: Handle, position: bigint, names: string[], values: Uint8Array[]): Soon<void>;
  /** What is managed as one module: the only one, or a container of all; undefined when there is none. */
  optimizerModule(optimizer: Handle): Handle | undefined;
  /** Optimizer or model. */
  step(optimizer: Handle): Soon<void>;
  /** Tensor (vector, dictionary), module: zero; optimizer, model: undefined gradients. */
  zeroGradients(object: Handle): Soon<void>;
  /** Undefined gradients, whatever the object. */
  clearGradients(object: Handle): Soon<void>;
  /** Sets the parameters of a module or model to values by name; whether each was among them. All or none. */
  putParameters(module: Handle, values: Handle): Soon<readonly boolean[]>;
  /** Takes the parameters into the averages of a dictionary; how many times that was done. */
  averageParameters(module: Handle, averages: Handle): Soon<bigint>;
  /** The momenta of batch normalizations by their paths; undefined for a plain average. */
  momenta(module: Handle): Members<number | undefined>;
  /** @param definition the module's options with the momentum, as a k dictionary */
  setMomentum(module: Handle, path: string, value: number | undefined, definition: Uint8Array): void;
  /** The running statistics of batch normalizations begin anew. */
  resetStatistics(module: Handle): Soon<void>;
  model(module: Handle, loss: Handle, optimizer: Handle): Handle;
  setModel(model: Handle, module?: Handle, loss?: Handle, optimizer?: Handle): void;
  /** A part as a new handle. */
  part(model: Handle, which: "module" | "loss" | "optimizer"): Handle;
  /** Forward, loss, backward; the loss as a k value. */
  backwardModel(model: Handle, inputs: Input[], targets: Input[]): Soon<Uint8Array>;
  /** The same with gradients zeroed before and an optimizer step after. */
  backstep(model: Handle, inputs: Input[], targets: Input[]): Soon<Uint8Array>;
}
