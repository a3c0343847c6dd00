import { encodeObject } from "../../../protocol/encode.js";
import * as k from "../../../protocol/make.js";
import { bytesOf } from "../../../protocol/text.js";
import { Atom, Dict, Func, type K, List, Symbols, Table, TYPE, Vector } from "../../../protocol/values.js";
import { functionText } from "../text/format.js";
import { ATOM_BYTES, PLACE_BYTES, VIEW_BYTES } from "../values/budget.js";
import { Callable, Composition, Derived, Lambda, Primitive, Projection } from "../values/functions.js";
import { binaryNumber, ELIDED, monadicName, unaryNumber } from "../values/numbered.js";

/** Values on their way out of the evaluator, and what they weigh while they are in it. */

/** A value with nothing in it that cannot be sent: the evaluator's own functions become q's. */
export function outward(x: K): K {
  if (x instanceof Callable) return sendable(x);
  if (x instanceof List) {
    if (x.encoded !== undefined || !x.items.some(holdsFunction)) return x;
    return new List(x.count, x.items.map(outward), x.attr);
  }
  if (!holdsFunction(x)) return x;
  if (x instanceof Dict) return new Dict(outward(x.keys), outward(x.values), x.type);
  if (x instanceof Table) return new Table(x.columns, outward(x.values) as List, x.attr);
  return x;
}

function holdsFunction(x: K): boolean {
  if (x instanceof Callable) return true;
  if (x instanceof List) return x.encoded === undefined && x.items.some(holdsFunction);
  if (x instanceof Dict) return holdsFunction(x.keys) || holdsFunction(x.values);
  return x instanceof Table && holdsFunction(x.values);
}

/**
 * A lambda, a primitive that q has a number for, and what is made of such go as what they are; a function that the peer
 * has no other word for goes as a lambda that calls it by its name.
 */
function sendable(x: Callable): Func {
  if (x instanceof Lambda) return lambda(x.context.slice(1), x.code.source);
  if (x instanceof Primitive) return primitive(x);
  if (x instanceof Projection)
    return new Func(x.type, counted([x.target, ...x.args.map((arg) => arg ?? OPEN)].map(outward)));
  if (x instanceof Composition) return new Func(x.type, counted([x.outer, x.inner].map(outward)));
  if (x instanceof Derived) return new Func(x.type, encodeObject(outward(x.target)));
  return lambda("", calling(x));
}

const OPEN = new Func(TYPE.unary, Uint8Array.of(ELIDED));

function primitive(x: Primitive): Func {
  const { name } = x.verb;
  const unary = x.type === TYPE.unary;
  const number = unary ? unaryNumber(x.monadic ? (monadicName(name) ?? name) : name) : binaryNumber(name);
  return number < 0 ? lambda("", calling(x)) : new Func(x.type, Uint8Array.of(number));
}

const calling = (x: Callable): string => `{(${functionText(x)})${x.rank > 1 ? "[x;y]" : "x"}}`;

/** The namespace that a lambda belongs to (the root's name is empty), then its text as a char vector. */
function lambda(context: string, source: string): Func {
  return new Func(
    TYPE.lambda,
    Buffer.concat([bytesOf(context), Uint8Array.of(0), encodeObject(k.chars(source))]),
  );
}

/** A count, then so many objects: a general list without its type and attribute. */
const counted = (values: readonly K[]): Uint8Array => encodeObject(k.list(values)).subarray(2);

/**
 * Bytes of memory that values and everything in them take. What several hold counts once, and bytes that a vector is a
 * part of count as a whole, since it keeps them all.
 */
export function weigh(values: Iterable<K>): number {
  const seen = new Set<K | ArrayBufferLike>();
  // a stack of our own: values may be nested deeper than calls may be
  const waiting: K[] = [...values];
  let bytes = 0;
  const count = (part: Uint8Array | undefined): void => {
    if (part === undefined || seen.has(part.buffer)) return;
    seen.add(part.buffer);
    bytes += part.buffer.byteLength;
  };
  for (let x = waiting.pop(); x !== undefined; x = waiting.pop()) {
    if (x instanceof Atom) {
      bytes += ATOM_BYTES + (typeof x.value === "string" ? x.value.length : 0);
      continue;
    }
    if (x instanceof Vector) {
      bytes += VIEW_BYTES;
      count(x.bytes);
      continue;
    }
    if (seen.has(x)) continue;
    seen.add(x);
    bytes += VIEW_BYTES;
    if (x instanceof Symbols) {
      bytes += x.count * PLACE_BYTES;
      if (x.bytes !== undefined) count(x.bytes);
      else for (const name of x.names) bytes += name.length;
    } else if (x instanceof Projection) waiting.push(x.target, ...x.args.filter((arg) => arg !== undefined));
    else if (x instanceof Composition) waiting.push(x.outer, x.inner);
    else if (x instanceof Derived) waiting.push(x.target);
    else if (x instanceof Dict) waiting.push(x.keys, x.values);
    else if (x instanceof Table) waiting.push(x.values);
    else if (x instanceof List) {
      count(x.encoded);
      if (!x.made) continue;
      bytes += x.count * PLACE_BYTES;
      for (const item of x.items) waiting.push(item);
    }
  }
  return bytes;
}
