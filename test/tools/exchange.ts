/** What a tool sends and needs to be answered, as tables; the texts are written anew after the tool's public source. */
import * as k from "../../protocol/make.js";
import { bytesOf } from "../../protocol/text.js";
import { Func, type K, TYPE } from "../../protocol/values.js";

export interface Exchange {
  /** When it is sent. */
  readonly what: string;
  readonly send: K;
  /** Sent without waiting: nothing is answered, but messages may come. */
  readonly async?: boolean;
  /** The messages that come, the answer last, as `-3!` writes them; `error ` stands before an error's text. */
  readonly comes: readonly (string | RegExp)[];
}

export interface Tool {
  readonly name: string;
  /** Where what it sends is written: repository, commit, files. */
  readonly source: string;
  readonly exchanges: readonly Exchange[];
}

export const text = (source: string): K => k.chars(source);

/** A function by value: the root's namespace, then the text as a char vector. */
export function lambda(source: string): Func {
  const bytes = bytesOf(source);
  const head = Uint8Array.of(0, TYPE.char, 0, 0, 0, 0, 0);
  new DataView(head.buffer).setInt32(3, bytes.length, true);
  return new Func(TYPE.lambda, Buffer.concat([head, bytes]));
}
