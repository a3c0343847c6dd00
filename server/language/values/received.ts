import { decodeObject } from "../../../protocol/decode.js";
import { ProtocolError } from "../../../protocol/errors.js";
import { textOf } from "../../../protocol/text.js";
import { Func, type K, KError, type List, TYPE, Vector } from "../../../protocol/values.js";
import { ELIDED } from "./numbered.js";

/** What stands in the bytes of a function as it is sent. */

/** The adverbs in the order of q's numbers: types 106 to 111, and the number of a type 103. */
export const ADVERBS = ["'", "/", "\\", "':", "/:", "\\:"] as const;
export const FIRST_DERIVED = 106;

export interface Source {
  /** The namespace's name, empty for the root's. */
  readonly context: string;
  readonly text: string;
}

/** Of a lambda (type 100). @throws KError 'type */
export function sourceOf({ body }: Func): Source {
  const cut = body.indexOf(0);
  const source = object(body.subarray(cut + 1));
  if (!(source instanceof Vector) || source.type !== TYPE.char) throw new KError("type");
  return { context: textOf(body.subarray(0, cut)), text: textOf(source.bytes) };
}

/**
 * What a projection, a composition or a derived function is made of; undefined for an argument that is left open.
 * @throws KError 'type
 */
export function madeOf({ type, body }: Func): (K | undefined)[] {
  if (type >= FIRST_DERIVED) return [object(body)];
  // a count, then so many objects: a general list but for its type and attribute
  const bytes = new Uint8Array(body.length + 2);
  bytes.set(body, 2);
  return (object(bytes) as List).items.map((part) => (isElided(part) ? undefined : part));
}

const isElided = (x: K): boolean => x instanceof Func && x.type === TYPE.unary && x.body[0] === ELIDED;

function object(bytes: Uint8Array): K {
  try {
    return decodeObject(bytes);
  } catch (error) {
    if (error instanceof ProtocolError) throw new KError("type");
    throw error;
  }
}
