import { bytesOf } from "../../../protocol/text.js";
import { Dict, Func, type K, List, Symbols, Table, TYPE, Vector } from "../../../protocol/values.js";
import { functionText, operatorNumber } from "../text/format.js";
import { Callable, Lambda, Primitive } from "../values/functions.js";

/** Values on their way out of the evaluator, and what they weigh while they are in it. */

/** A value with nothing in it that cannot be sent: the evaluator's own functions become lambdas of their text. */
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

function sendable(x: Callable): Func {
  const number = x instanceof Primitive && !x.monadic ? operatorNumber(x.verb.name) : -1;
  return number < 0 ? lambda(x) : new Func(TYPE.binary, Uint8Array.of(number));
}

/** A lambda as sent: the namespace it belongs to (the root's name is empty), then its text as a char vector. */
function lambda(x: Callable): Func {
  const text = functionText(x);
  const source = bytesOf(x instanceof Lambda ? text : `{(${text})${x.rank > 1 ? "[x;y]" : "x"}}`);
  const body = Buffer.alloc(7 + source.length);
  body[1] = TYPE.char;
  body.writeInt32LE(source.length, 3);
  body.set(source, 7);
  return new Func(TYPE.lambda, body);
}

/** Bytes of memory that values and everything in them take, each counted once. */
export function weigh(values: Iterable<K>): number {
  const seen = new Set<K>();
  // a stack of our own: values may be nested deeper than calls may be
  const waiting: K[] = [...values];
  let bytes = 0;
  for (let x = waiting.pop(); x !== undefined; x = waiting.pop()) {
    if (seen.has(x)) continue;
    if (x instanceof List || x instanceof Dict || x instanceof Table) seen.add(x);
    bytes += 48;
    if (x instanceof Vector) bytes += x.bytes.length;
    else if (x instanceof Symbols) bytes += x.count * 16;
    else if (x instanceof Dict) waiting.push(x.keys, x.values);
    else if (x instanceof Table) waiting.push(x.values);
    else if (x instanceof List) {
      if (x.encoded !== undefined) bytes += x.encoded.length;
      else for (const item of x.items) waiting.push(item);
    }
  }
  return bytes;
}
