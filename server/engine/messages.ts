/** Messages and large tensors on their way: these verbs work for no user. */
import type { Soon } from "./values.js";

/** Native memory that JavaScript only hands on. */
export type ParcelMemory = { readonly parcel: unique symbol };

export interface Messages {
  /** As protocol/compress.ts; a large message on a thread of its own, behind a promise. Its bytes must not change. */
  compress(message: Uint8Array): Soon<Uint8Array | undefined>;
  /** @param size as `announcedSize` gives it. Throws or rejects where the tokens are torn or point outside. */
  uncompress(message: Uint8Array, size: number): Soon<Uint8Array>;
  /**
   * Memory to put a large message together in; what is in it does not matter.
   * @param offset of the byte that is to be aligned for any item
   * @throws when there is none, or no buffer can be as large
   */
  memory(size: number, offset: number): Uint8Array;
}

/** Large tensors on their way to a peer (parcel.ts); `Tensors.parcel` makes a parcel. */
export interface Parcels {
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
}
