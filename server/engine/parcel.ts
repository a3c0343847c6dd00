/**
 * A large tensor on its way to a peer. Its bytes are written by the engine thread, a part at a time, while the parts
 * before are being sent; what has been sent is let go.
 */

import type { Engine, Handle, ParcelMemory } from "./index.js";

/** Bytes of a message that come when they are asked for. */
export interface Source {
  readonly length: number;
  /**
   * The next bytes, at most `most`; undefined while there are none yet.
   * @throws where there will be no more, although not all have come
   */
  next(most: number): Uint8Array | undefined;
  /** The socket does not read the slice any more. */
  written(slice: Uint8Array): void;
  /** What is to be called when there are more bytes. */
  whenReady(run: () => void): void;
  /** Nothing more will be asked for. */
  drop(): void;
}

/** Elements from which a tensor leaves as a parcel. */
export const PARCEL_ELEMENTS = 2 ** 20;
/** Most bytes that one step writes. */
const STEP = 4 * 2 ** 20;

export class Parcel implements Source {
  /** Settles when the tensor is not read any more; until then nobody may change it. */
  readonly filled: Promise<void>;
  readonly #engine: Engine;
  readonly #memory: ParcelMemory;
  #ready = 0;
  #taken = 0;
  #onReady: () => void = () => {};
  #failure: Error | undefined;

  private constructor(
    engine: Engine,
    memory: ParcelMemory,
    /** Bytes of the k object. */
    readonly length: number,
    { count, memberSize }: { count: number; memberSize: number },
  ) {
    this.#engine = engine;
    this.#memory = memory;
    const head = length - count * memberSize;
    const members = Math.max(1, Math.floor(STEP / memberSize));
    const steps: Promise<void>[] = [];
    for (let from = 0; from < count; from += members) {
      const to = Math.min(from + members, count);
      steps.push(
        engine.fillParcel(memory, from, to).then(
          () => {
            if (this.#failure === undefined) this.#ready = head + to * memberSize;
            this.#onReady();
          },
          (error: Error) => {
            this.#failure ??= error;
            this.#onReady();
          },
        ),
      );
    }
    this.filled = Promise.all(steps).then(() => {});
  }

  /** @throws what `Engine.retrieve` throws; the tensor must have a dimension and a member */
  static async open(engine: Engine, handle: Handle, complexFirst: boolean): Promise<Parcel> {
    const memory = engine.parcel(handle, complexFirst);
    const { size, ...members } = await engine.openParcel(memory);
    return new Parcel(engine, memory, size, members);
  }

  next(most: number): Uint8Array | undefined {
    const to = Math.min(this.#taken + most, this.#ready);
    if (to === this.#taken) {
      if (this.#failure !== undefined) throw this.#failure;
      return undefined;
    }
    const slice = this.#engine.parcelSlice(this.#memory, this.#taken, to);
    this.#taken = to;
    return slice;
  }

  written(slice: Uint8Array): void {
    this.#engine.forgetSlice(slice);
    if (this.#taken === this.length) this.drop();
  }

  whenReady(run: () => void): void {
    this.#onReady = run;
  }

  drop(): void {
    this.#engine.dropParcel(this.#memory);
    this.#onReady = () => {};
  }
}
