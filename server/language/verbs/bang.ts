import { createHash } from "node:crypto";
import { announcedSize } from "../../../protocol/compress.js";
import { decode } from "../../../protocol/decode.js";
import { encode } from "../../../protocol/encode.js";
import { ProtocolError } from "../../../protocol/errors.js";
import { ASYNC, readHeader } from "../../../protocol/header.js";
import * as k from "../../../protocol/make.js";
import { type K, KError, List, TYPE, Vector } from "../../../protocol/values.js";
import { outward, weigh } from "../eval/result.js";
import { pieces } from "../parse/pieces.js";
import { changing, evaluateTree, parseText } from "../sql/functional.js";
import { valueText } from "../text/format.js";
import { claim } from "../values/budget.js";
import { type Evaluation, isPromise, type Run, type Verb } from "../values/functions.js";
import { gather, isAtom, itemsOf, textArgument, wholeNumber } from "../values/vectors.js";
import { keyOf, makeDict } from "./tables.js";

/** `!`: dictionaries, keys, updates, and by negative numbers q's internal functions. */

/** A value as a message's bytes. */
function message(x: K): Uint8Array {
  claim(weigh([x]));
  return guarded(() => encode(outward(x), ASYNC));
}

/** @throws KError 'badmsg for bytes that are no message */
function read(x: K): K {
  if (!(x instanceof Vector) || x.type !== TYPE.byte) throw new KError("type");
  return guarded(() => {
    const size = readHeader(x.bytes).compression === 0 ? x.bytes.length : announcedSize(x.bytes, MOST_BYTES);
    claim(size);
    const { value } = decode(x.bytes, { maxSize: size });
    if (value instanceof KError) throw value;
    return value;
  });
}

function guarded<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof ProtocolError || error instanceof RangeError) throw new KError("badmsg");
    throw error;
  }
}

/** A compressed message may become no more than this. */
const MOST_BYTES = 2 ** 26;

const digest = (name: string) => (x: K) =>
  k.bytes(
    new Uint8Array(
      createHash(name)
        .update(k.chars(textArgument(x)).bytes)
        .digest(),
    ),
  );

/** `-27!(decimals;x)`: numbers with so many digits behind the point. */
function decimals(x: K): K {
  const [places, values] = itemsOf(x);
  if (values === undefined) throw new KError("length");
  const digits = Math.min(100, Math.max(0, wholeNumber(places!)));
  const one = (value: K): K => {
    if (value instanceof List || value instanceof Vector) return gather(itemsOf(value).map(one));
    if (!isAtom(value) || typeof value.value !== "number") throw new KError("type");
    return k.chars(value.value.toFixed(digits));
  };
  return one(values);
}

/** `-30!(::)` puts off the answer, `-30!(handle;isError;value)` gives it, in the same request or a later one. */
function* respond(q: Evaluation, x: K): Run<K> {
  const parts = itemsOf(x);
  if (parts.length === 1) {
    q.defer();
    return k.NULL;
  }
  const [handle, failed, value] = parts;
  if (value === undefined || !isAtom(failed!) || typeof failed.value !== "boolean") throw new KError("type");
  const { asker } = q;
  const number = wholeNumber(handle!);
  const answer = failed.value ? new KError(textArgument(value) || "error") : value;
  if ((asker === undefined || number === asker.handle) && q.answer(answer)) return k.NULL;
  if (asker === undefined) throw new KError("-30!: the request is not put off, -30!(::) does that");
  const given = asker.respond(number, answer instanceof KError ? answer : outward(answer));
  return isPromise(given) ? yield given : given;
}

function cut(text: string): K {
  claim(text.length * 100);
  return k.list(pieces(text).map((piece) => k.chars(piece)));
}

const INTERNAL: Readonly<Record<number, (q: Evaluation, x: K) => K>> = {
  2: (_, x) => k.symbol("attr" in x && x.attr > 0 ? "supg"[x.attr - 1]! : ""),
  3: (q, x) => k.chars(valueText(x, q.console.precision)),
  4: (_, x) => cut(textArgument(x)),
  5: parseText,
  8: (_, x) => k.bytes(message(x)),
  9: (_, x) => read(x),
  15: (_, x) => digest("md5")(x),
  // how often a value is referred to is nothing that shows here
  16: () => k.int(1),
  22: (_, x) => k.long(message(x).length),
  27: (_, x) => decimals(x),
  33: (_, x) => digest("sha1")(x),
};

/** A null on the left prints the right side and gives it back. */
function* bang(q: Evaluation, args: readonly K[]): Run<K> {
  const [x, y] = args as [K, K];
  if (args.length === 4) return yield* changing(q, args);
  if (args.length === 1) return keyNamed(q, x);
  if (isAtom(x) && (x.type === -TYPE.long || x.type === -TYPE.int)) {
    if (x.value === k.NULL_OF[-x.type]) {
      q.console.print(`${valueText(y, q.console.precision)}\n`);
      return y;
    }
    const number = -wholeNumber(x);
    if (number === 6) return yield* evaluateTree(q, y);
    if (number === 30) return yield* respond(q, y);
    if (number > 0) {
      if (!Object.hasOwn(INTERNAL, number)) throw new KError(`nyi: -${number}!`);
      return INTERNAL[number]!(q, y);
    }
  }
  return makeDict(x, y);
}

/** Of a name the names in its namespace, or the key of what it stands for; of nothing a namespace. */
function keyNamed(q: Evaluation, x: K): K {
  if (!isAtom(x) || typeof x.value !== "string") return keyOf(x);
  if (x.value.startsWith(":")) throw new KError("nyi: files");
  return q.namesOf(x.value) ?? keyOfVariable(q, x.value);
}

/** As q has it: of a name that is not there nothing, of one for no dictionary the name. */
function keyOfVariable(q: Evaluation, name: string): K {
  const value = q.variable(name);
  if (value === undefined) return k.EMPTY;
  return isAtom(value) || value instanceof Vector || value instanceof List ? k.symbol(name) : keyOf(value);
}

export const BANG: readonly Verb[] = [
  { name: "!", run: bang, counts: [1, 2, 4] },
  { name: "key", act: (q, [x]) => keyNamed(q, x!) },
  { name: "md5", one: digest("md5") },
];
