import * as k from "../../../protocol/make.js";
import {
  type AtomValue,
  finerClock,
  INFINITY_OF,
  isBig,
  isClock,
  NANOS_OF,
  NULL_OF,
  TYPE,
} from "../../../protocol/types.js";
import { type K, KError } from "../../../protocol/values.js";
import { readWord, type Word } from "./literals.js";

/**
 * The value of number words side by side (`1 2.5 3`): an atom for one, else a vector.
 * @throws KError naming the word that is no number, or 'type for words that do not go together
 */
export function strand(words: readonly string[]): K {
  const only = words[0]!;
  if (words.length === 1) {
    if (only.startsWith("0x")) return bytesLiteral(only);
    if (/^[01]+b$/.test(only)) return booleanLiteral(only);
  }
  // in `2000.01 2000.02m` only the last says that it is a month
  const months = words.at(-1)!.endsWith("m");
  const read = words.map((text) => {
    const word = (months && /^\d{4}\.\d\d$/.test(text) ? readWord(`${text}m`) : undefined) ?? readWord(text);
    if (word === undefined) throw new KError(text);
    return word;
  });
  const type = strandType(read);
  const values = read.map((word) => valueAs(word, type));
  return words.length === 1 ? k.atom(type, values[0]!) : k.vector(type, values);
}

function bytesLiteral(word: string): K {
  const digits = word.slice(2);
  if (!/^[\da-fA-F]*$/.test(digits)) throw new KError(word);
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex");
  return bytes.length === 1 ? k.byte(bytes[0]!) : k.bytes(bytes);
}

function booleanLiteral(word: string): K {
  const flags = [...word.slice(0, -1)].map((digit) => digit === "1");
  return flags.length === 1 ? k.boolean(flags[0]!) : k.booleans(flags);
}

/**
 * The last word's suffix types the whole strand; without one, a float among integers makes floats of all. A strand that
 * mixes clock times takes the finest.
 */
function strandType(words: readonly Word[]): number {
  let type = 0;
  for (const word of words) {
    if (word.type === 0 || word.type === type) continue;
    if (type === 0 || type === TYPE.float || type === TYPE.long) type = word.type;
    else if (isClock(type) && isClock(word.type)) type = finerClock(type, word.type);
    else if (word.type !== TYPE.float) throw new KError("type");
  }
  return type === 0 ? TYPE.long : type;
}

function valueAs(word: Word, type: number): AtomValue {
  if (word.value === "null") {
    const value = NULL_OF[type];
    if (value === undefined) throw new KError("type");
    return value;
  }
  if (typeof word.value === "string") {
    const value = INFINITY_OF[type];
    if (value === undefined) throw new KError("type");
    return word.value === "infinity" ? value : -value;
  }
  let value = word.value;
  if (word.type !== type && isClock(word.type) && isClock(type)) {
    const nanos = BigInt(value) * NANOS_OF[word.type]!;
    value = nanos / NANOS_OF[type]!;
  }
  if (isBig(type)) {
    if (typeof value === "number" && !Number.isInteger(value)) throw new KError("type");
    if (BigInt.asIntN(64, BigInt(value)) !== BigInt(value)) throw new KError(String(value));
    return BigInt(value);
  }
  return type === TYPE.real ? Math.fround(Number(value)) : Number(value);
}
