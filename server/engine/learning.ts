/** Verbs on a feed's learner: a model that learns rows as they come, in their order. */
import type { Handle, Soon } from "./values.js";

/** Rows: doubles, which become the module's type, or whole numbers, which become longs. The first of the sizes are the rows. */
export interface FeedArray {
  readonly values: Float64Array | Int32Array;
  readonly sizes: readonly number[];
}

/** Rows to predict and batches to learn. Nothing of it may change, nor be transferred, until it is done. */
export interface LearnWork {
  /** Rows, one array for each of the module's inputs; none for no rows. */
  readonly arrivals: readonly FeedArray[];
  /** For each batch, how many of the rows come before it; in order. */
  readonly cuts: readonly number[];
  /** The batches' samples, one batch after the other, one array for each of the module's inputs. */
  readonly inputs: readonly FeedArray[];
  /** Doubles, a row for each sample; for losses that compare with classes these. */
  readonly targets?: FeedArray | undefined;
  /** Samples of each batch. */
  readonly counts: readonly number[];
  /** Where a champion predicts: the learner's predictions too. */
  readonly both?: boolean;
}

export interface Learned {
  /** That were predicted: all of them unless it failed. */
  readonly rows: number;
  /** Numbers that the module gives for a row; 0 where there were no rows. */
  readonly width: number;
  /** Rows x width: the champion's where there is one, in evaluation mode. */
  readonly predictions: Float64Array;
  /** The learner's, where `both` were asked for and there is a champion. */
  readonly own?: Float64Array;
  /** For each row: how often the champion had been renewed, without champion the optimizer's steps. */
  readonly versions: Float64Array;
  /** For each batch: its loss before it was learned; NaN where it was skipped or not taken. */
  readonly losses: Float64Array;
  /**
   * Positions of batches whose loss or gradient was not finite: that step was not taken, and parameters, optimizer and
   * buffers are as before it. Of several steps on a batch those before it stay.
   */
  readonly skipped: readonly number[];
  /** Batches that are behind, learned or skipped. */
  readonly done: number;
  /** Three were skipped one after the other, perhaps with the last of the work before: no more were taken. */
  readonly stopped: boolean;
  /** A parameter that moves is not finite: a step overflowed. */
  readonly broken: boolean;
  /** Why the next row or batch could not be done, ready for the user; what comes before it is. */
  readonly failed?: string;
}

/** What a learner remembers besides its model and champion. */
export interface LearnerState {
  /** Of the random numbers. */
  readonly random: Uint8Array;
  readonly steps: bigint;
  /** Learned. */
  readonly batches: bigint;
  readonly skipped: bigint;
  /** Of the last batches so many were skipped. */
  readonly row: bigint;
  /** How often the champion was renewed. */
  readonly version: bigint;
}

/** A tensor in its own type, row-major. */
export interface RawTensor {
  readonly name: string;
  /** The k api's name, e.g. "float". */
  readonly dtype: string;
  readonly sizes: readonly bigint[];
  readonly bytes: Uint8Array;
}

/** All that a module or model is to be made of again. */
export interface StoredTensors {
  readonly parameters: readonly RawTensor[];
  readonly buffers: readonly RawTensor[];
  /** What a model's optimizer keeps, named parameter/buffer; its counts of steps are tensors without dimension. */
  readonly optimizer: readonly RawTensor[];
  /** Names of parameters. */
  readonly frozen: readonly string[];
}

export interface Learning {
  /** Of a module, or of a model, as copies. */
  storedTensors(object: Handle): Soon<StoredTensors>;
  /**
   * Gives one that is made alike what was stored. Bytes may not change before it is done.
   * @throws where names, sizes or types differ, saying which; then nothing has changed
   */
  restoreTensors(object: Handle, stored: StoredTensors): Soon<void>;
  /**
   * An object of the class feed, which keeps the model alive.
   * @param options `steps` of the optimizer on each batch; a `champion` predicts, a frozen copy of the module that is
   *   renewed every so many steps, 0 for none
   * @throws where the model has a learner already, or can have none
   */
  learner(
    model: Handle,
    options: { readonly seed: bigint; readonly steps: bigint; readonly champion: bigint },
  ): Soon<Handle>;
  /**
   * Goes through rows and batches in order; random numbers are the learner's own.
   * @throws where the parts of the work do not fit each other; then nothing was done
   */
  learn(feed: Handle, work: LearnWork): Soon<Learned>;
  /** Renews the champion now. @throws where there is none */
  promote(feed: Handle): Soon<void>;
  /** The champion as a new handle. */
  championModule(feed: Handle): Soon<Handle | undefined>;
  learnerState(feed: Handle): Soon<LearnerState>;
  /** @throws for bytes that are no state of random numbers on this device */
  restoreLearner(feed: Handle, state: LearnerState): Soon<void>;
}
