/**
 * The native codec: protocol/compress.ts's functions at the speed of C++, large messages aside from the event loop, and
 * memory for them. Limits and announced sizes are checked here, before native code allocates anything.
 */
import { announcedSize } from "../../protocol/compress.js";
import { ProtocolError } from "../../protocol/errors.js";
import { bulkOffset } from "./bulk.js";
import type { Messages } from "./index.js";

/** Undefined where a message should go plain. */
export type Compressed = Uint8Array | undefined;

/** What does faster than protocol/ itself, where there is such; large messages may be worked on aside. */
export interface Codec {
  readonly compress?: (message: Uint8Array) => Compressed | Promise<Compressed>;
  /** Makes the memory in which a large request is put together; `begun` is what has arrived of it. */
  readonly allocate?: (size: number, begun: Uint8Array) => Uint8Array;
  /** @throws ProtocolError (or a promise that rejects with one) */
  readonly uncompress?: (message: Uint8Array, limit: number) => Uint8Array | Promise<Uint8Array>;
}

/** Bytes from which native memory is worth its handling. */
const LARGE_MESSAGE = 2 ** 20;

const malformed = (error: unknown): never => {
  throw new ProtocolError("malformed", (error as Error).message);
};

export function nativeCodec(engine: Messages): Required<Codec> {
  return {
    compress: (message) => engine.compress(message),
    allocate: (size, begun) =>
      size < LARGE_MESSAGE
        ? new Uint8Array(Buffer.allocUnsafeSlow(size).buffer)
        : engine.memory(size, bulkOffset(begun, size)),
    uncompress(message, limit) {
      const size = announcedSize(message, limit);
      try {
        const plain = engine.uncompress(message, size);
        return plain instanceof Promise ? plain.catch(malformed) : plain;
      } catch (error) {
        return malformed(error);
      }
    },
  };
}
