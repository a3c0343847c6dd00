import * as k from "../../../protocol/make.js";
import { isBig, TYPE } from "../../../protocol/types.js";
import { Dict, type K, KError, List } from "../../../protocol/values.js";
import {
  clockValue,
  LONGEST_WORD,
  readClock,
  readDate,
  readDatetime,
  readMonth,
  readTimespan,
  readTimestamp,
} from "../parse/literals.js";
import { gather, nullOf } from "../values/vectors.js";

/** Reading values from text: `"J"$"12"`, `"D"$"2024.01.31"`. What cannot be read is the type's null. */

type Reader = (text: string) => boolean | number | bigint | string | Uint8Array | undefined;

const integer: Reader = (text) => (/^[+-]?\d+$/.test(text) ? BigInt(text) : undefined);

function float(text: string): number | undefined {
  if (/^-?0w$/i.test(text)) return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

/** `2024.01.31`, `2024-01-31`, `2024/01/31` and `20240131`. */
function date(text: string): number | undefined {
  const dotted = /^\d{8}$/.test(text)
    ? `${text.slice(0, 4)}.${text.slice(4, 6)}.${text.slice(6)}`
    : text.replace(/[-/]/g, ".");
  return readDate(dotted);
}

const stamp = (text: string): string => text.replace(/^(\d{4})[-/](\d\d)[-/](\d\d)/, "$1.$2.$3");

const clock =
  (type: number): Reader =>
  (text) => {
    const value = readClock(/^\d{1,2}$/.test(text) ? `${text}:00` : text);
    return value === undefined ? undefined : clockValue(value, type);
  };

function guid(text: string): Uint8Array | undefined {
  const digits = text.replaceAll("-", "");
  return /^[\da-fA-F]{32}$/.test(digits) ? new Uint8Array(Buffer.from(digits, "hex")) : undefined;
}

const READERS: Readonly<Record<number, Reader>> = {
  [TYPE.boolean]: (text) => /^(1|t|true|y|yes)$/i.test(text),
  [TYPE.guid]: guid,
  [TYPE.byte]: (text) => (/^[\da-fA-F]{1,2}$/.test(text) ? Number.parseInt(text, 16) : undefined),
  [TYPE.short]: integer,
  [TYPE.int]: integer,
  [TYPE.long]: integer,
  [TYPE.real]: float,
  [TYPE.float]: float,
  [TYPE.char]: (text) => text.charCodeAt(0) & 255,
  [TYPE.timestamp]: (text) => readTimestamp(stamp(text).replace(/[T ]/, "D")),
  [TYPE.month]: (text) => readMonth(text.replace(/m$/, "").replace("-", ".")),
  [TYPE.date]: date,
  [TYPE.datetime]: (text) => readDatetime(stamp(text).replace(/[D ]/, "T")),
  [TYPE.timespan]: (text) => readTimespan(text) ?? readClock(text)?.nanos,
  [TYPE.minute]: clock(TYPE.minute),
  [TYPE.second]: clock(TYPE.second),
  [TYPE.time]: clock(TYPE.time),
};

const LIMITS: Readonly<Record<number, bigint>> = {
  [TYPE.short]: 2n ** 15n,
  [TYPE.int]: 2n ** 31n,
  [TYPE.long]: 2n ** 63n,
};

/** @throws KError 'type where x is not text */
export function tok(type: number, x: K): K {
  if (x instanceof List)
    return x.count === 0 ? k.vector(type, []) : gather(x.items.map((item) => tok(type, item)));
  if (x instanceof Dict) return new Dict(x.keys, tok(type, x.values));
  const text = x.type === -TYPE.symbol || x.type === TYPE.symbol ? undefined : k.text(x);
  if (text === undefined) throw new KError("type");
  if (type === TYPE.symbol) return k.symbol(text.trim());
  const reader = READERS[type];
  if (reader === undefined) throw new KError("type");
  const value = text.length > LONGEST_WORD ? undefined : reader(text.trim());
  if (value === undefined) return nullOf(type);
  if (typeof value !== "bigint")
    return k.atom(type, type === TYPE.real ? Math.fround(value as number) : value);
  const limit = LIMITS[type];
  if (limit !== undefined && (value >= limit || value <= -limit)) return nullOf(type);
  return k.atom(type, isBig(type) ? value : Number(value));
}
