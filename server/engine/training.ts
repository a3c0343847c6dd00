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
export type Phase = "train" | "test";

/** How a model is trained or tested; tests have all but use only some. Integers of any size. */
export interface RunOptions {
  readonly batchsize: bigint;
  readonly task: bigint;
  readonly tasks: bigint;
  readonly droplast: boolean;
  readonly hidden: boolean;
  readonly shuffle: boolean;
  readonly shufflecuda: boolean;
  readonly shuffleseed: bigint;
  readonly sync: boolean;
  readonly clipgroup: boolean;
  /** The largest norm of gradients, and its order. */
  readonly clipnorm?: number | undefined;
  readonly cliporder?: number | undefined;
  readonly clipvalue?: number | undefined;
  readonly guard: boolean;
  /** The shorter type that the forward calculation may use for float: bfloat16, half; or none. */
  readonly autocast: string;
  readonly channelslast: boolean;
  readonly tensor: boolean;
  readonly dictionary: boolean;
  readonly metrics: readonly string[];
}

export type SamplesKind = "empty" | "tensor" | "vector" | "dictionary";

/** Inputs or targets. */
export interface Samples {
  readonly kind: SamplesKind;
  readonly inputs: readonly Input[];
  /** A dictionary's keys. */
  readonly names?: readonly string[] | undefined;
}

interface SamplesShape {
  readonly kind: SamplesKind;
  readonly count: bigint;
}

export interface DataInfo {
  readonly inputs: SamplesShape;
  readonly targets: SamplesShape;
  /** -1 where no data was set. */
  readonly rows: bigint;
  readonly batches: bigint;
}

export interface DataValues extends SamplesShape {
  readonly names: readonly string[];
  readonly values?: readonly Uint8Array[];
  readonly object?: Handle;
}

/** A run over the training data, as far as it is. */
export interface Epoch {
  /** 1 for a model's first. */
  readonly epoch: bigint;
  /** Batches that are done, of so many. */
  readonly batch: bigint;
  readonly batches: bigint;
  /** The mean of their losses. */
  readonly loss?: number;
  /** The first group's learning rate. */
  readonly rate: number;
  readonly seconds: number;
}

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
  /** What is set for training or testing. */
  runOptions(model: Handle, phase: Phase): RunOptions;
  /** @param startOver the next batch is the first */
  setRunOptions(model: Handle, phase: Phase, options: RunOptions, startOver: boolean): void;
  /** Sets inputs, targets or both. @returns how many batches they are */
  setData(model: Handle, phase: Phase, inputs?: Samples, targets?: Samples): Soon<bigint>;
  dataInfo(model: Handle, phase: Phase): DataInfo;
  /** As it is seen now: k arrays, or an object unless there is nothing. */
  data(model: Handle, phase: Phase, which: "inputs" | "targets", asK: boolean): Soon<DataValues>;
  /** Rows of the first input as it is seen now. */
  dataSize(model: Handle, phase: Phase): bigint;
  /** Chooses the next batch; after the last all rows. @returns whether there was one */
  nextBatch(model: Handle, phase: Phase): Soon<boolean>;
  /** Begins anew, in another order where the options say so. @returns how many batches there are, -1 without data */
  beginBatches(model: Handle, phase: Phase): Soon<bigint>;
  /** All rows again. @returns their count, -1 without data */
  restoreData(model: Handle, phase: Phase): Soon<bigint>;
  /** Puts training data into another order, where the options say so. */
  shuffleData(model: Handle): Soon<void>;
  unshuffleData(model: Handle): Soon<void>;
  /** `forward` of the data as it is seen now. */
  forwardData(model: Handle, phase: Phase, mode: string, asK: boolean): Soon<Result>;
  /** Forward, loss, backward, of the training data where nothing is given; the loss as a k value. */
  backwardModel(model: Handle, inputs?: Input[], targets?: Input[]): Soon<Uint8Array>;
  /** The same with gradients cleared before, clipped after, and an optimizer step. */
  backstep(model: Handle, inputs?: Input[], targets?: Input[]): Soon<Uint8Array>;
  /**
   * Scales gradients so that their norm is at most so much, or bounds each value.
   * @param groups an optimizer's groups each by themselves
   * @returns the norms before; none for values
   */
  clipGradients(
    object: Handle,
    byNorm: boolean,
    most: number,
    order: number,
    groups: boolean,
  ): Soon<readonly number[]>;
  /**
   * Begins a run over all batches, and goes on as `runSlice` does.
   * @param forwardOnly no loss, no gradients, no step
   */
  beginRun(
    model: Handle,
    phase: Phase,
    forwardOnly: boolean,
    asK: boolean,
  ): Soon<readonly Result[] | undefined>;
  /**
   * Goes on with a run; where it is over or fails, it has ended.
   * @returns a result of each metric, k arrays or new handles; undefined where it has to give way in the middle
   */
  runSlice(model: Handle, phase: Phase, asK: boolean): Soon<readonly Result[] | undefined>;
  /** Whether somebody waits for slices to end. */
  hurry(wanted: boolean): void;
  /** Runs over the training data, the last ones: those that are over, and the one that goes on. */
  history(model: Handle): Soon<readonly Epoch[]>;
  /** The epoch that goes on, undefined where none does. */
  epoch(model: Handle): Soon<Epoch | undefined>;
  /** Whether one does. */
  running(model: Handle): boolean;
  /** Ends the run in the middle. */
  endRun(model: Handle, phase: Phase): void;
}
