/** Verbs on libtorch as a whole: what they set is the process's, whoever calls. */
import type { Soon } from "./values.js";

/** What libtorch has, and how it is set; the names are the k api's. */
export interface LibrarySettings {
  /** E.g. "1.13.1". */
  readonly version: string;
  readonly mkl: boolean;
  readonly openmp: boolean;
  readonly threads: bigint;
  readonly interopthreads: bigint;
  readonly mps: boolean;
  readonly cuda: boolean;
  readonly magma: boolean;
  readonly cudnn: boolean;
  readonly cudnnversion?: bigint;
  readonly cudadevices: bigint;
  readonly benchmark: boolean;
  /** 0: off; 1: warns; 2: an error where an algorithm is not deterministic. */
  readonly deterministic: bigint;
  readonly cudnndeterministic: boolean;
  /** Products and convolutions of floats on CUDA may be rounded to 10 bits of fraction. */
  readonly tf32: boolean;
}

export interface Library {
  librarySettings(): LibrarySettings;
  /** @param name benchmark, cudnndeterministic, tf32 (0 or 1), deterministic (0 to 2) or interopthreads */
  changeLibrarySetting(name: string, value: bigint): void;
  /** Lines on how libtorch was built and what it computes with in parallel. */
  libraryConfiguration(): Soon<string>;
  /** How many threads an operator may use. */
  setThreads(count: bigint): Soon<void>;
  /** The data type of new floating point tensors that name none, modules' parameters among them. */
  setDefaultDtype(dtype: string): void;
  /** Whether complex k values have real and imaginary parts on the first dimension. */
  setComplexFirst(flag: boolean): void;
  /** Sets the seed of every generator; without one, a random seed. Answers the seed. */
  seed(seed?: bigint): bigint;
  /** The seed that a device's generator began with. */
  seedOf(device: string): bigint;
  /** Without a seed, a random one. */
  setSeedOf(device: string, seed?: bigint): void;
  /** How many CUDA devices there are. */
  cudaDevices(): bigint;
  /** The current one, e.g. "cuda:0". */
  cudaDevice(): string;
  setCudaDevice(device: string): Soon<void>;
  /** Waits for all work of a CUDA device. */
  synchronize(index: bigint): Soon<void>;
}
