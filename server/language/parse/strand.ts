import * as k from "../../../protocol/make.js";
import { type AtomValue, type K, KError, TYPE } from "../../../protocol/values.js";
import { readWord, type Word } from "../values/literals.js";

/** Temporal types in order of fineness: a strand that mixes clock times takes the finest. */
const CLOCKS: readonly number[] = [TYPE.minute, TYPE.second, TYPE.time, TYPE.timespan];
const CLOCK_NANOS: Readonly<Record<number, bigint>> = {
  [TYPE.minute]: 60_000_000_000n,
  [TYPE.second]: 1_000_000_000n,
  [TYPE.time]: 1_000_000n,
  [TYPE.timespan]: 1n,
};

const isBig = (type: number) => type === TYPE.long || type === TYPE.timestamp || type === TYPE.timespan;

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

/** The last word's suffix types the whole strand; without one, a float among integers makes floats of all. */
function strandType(words: readonly Word[]): number {
  let type = 0;
  for (const word of words) {
    if (word.type === 0 || word.type === type) continue;
    const clocks = [CLOCKS.indexOf(type), CLOCKS.indexOf(word.type)];
    if (type === 0 || type === TYPE.float || type === TYPE.long) type = word.type;
    else if (clocks[0]! >= 0 && clocks[1]! >= 0) type = CLOCKS[Math.max(...clocks)]!;
    else if (word.type !== TYPE.float) throw new KError("type");
  }
  return type === 0 ? TYPE.long : type;
}

function valueAs(word: Word, type: number): AtomValue {
  if (word.value === "null") {
    const value = k.NULL_OF[type];
    if (value === undefined) throw new KError("type");
    return value;
  }
  if (typeof word.value === "string") {
    const value = k.INFINITY_OF[type];
    if (value === undefined) throw new KError("type");
    return word.value === "infinity" ? value : -value;
  }
  let value = word.value;
  if (word.type !== type && CLOCKS.includes(word.type) && CLOCKS.includes(type)) {
    const nanos = BigInt(value) * CLOCK_NANOS[word.type]!;
    value = nanos / CLOCK_NANOS[type]!;
  }
  if (isBig(type)) {
    if (typeof value === "number" && !Number.isInteger(value)) throw new KError("type");
    if (BigInt.asIntN(64, BigInt(value)) !== BigInt(value)) throw new KError(String(value));
    return BigInt(value);
  }
  return type === TYPE.real ? Math.fround(Number(value)) : Number(value);
}
