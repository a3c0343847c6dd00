import { Func, isNull, type K, KError, TYPE } from "../../../protocol/values.js";
import type { LambdaCode, Node } from "../parse/nodes.js";
import { Callable, Composition, Derived, Lambda, Primitive, Projection } from "../values/functions.js";
import { BINARY, UNARY } from "../values/numbered.js";
import { ADVERBS, FIRST_DERIVED, madeOf, sourceOf } from "../values/received.js";
import { findVerb } from "../verbs/table.js";

/** Reads q text, remembered like any other. */
type Parse = (text: string) => readonly (Node | null)[];

/** Functions inside functions inside functions: deeper ones are no program that anybody wrote. */
const MAX_DEPTH = 64;

/**
 * A function that a peer sent, as the evaluator's own; any other value is the value itself. Functions inside of lists
 * are left as they are: they become so when they are applied.
 * @throws KError 'type for bytes that are no function of q's, 'nyi for a primitive that is not here, and what `parse` throws
 */
export function inward(x: K, parse: Parse, depth = 0): K {
  if (!(x instanceof Func) || x instanceof Callable || isNull(x)) return x;
  if (depth > MAX_DEPTH) throw new KError("stack");
  const { type, body } = x;
  if (type === TYPE.lambda) {
    const { context, text } = sourceOf(x);
    return new Lambda(codeOf(text, parse), context === "" ? "" : `.${context}`);
  }
  if (type === TYPE.unary) return primitive(UNARY[body[0]!]);
  if (type === TYPE.binary) return primitive(BINARY[body[0]!]);
  if (type === TYPE.iterator) return x;
  const parts = madeOf(x).map((part) => (part === undefined ? part : inward(part, parse, depth + 1)));
  const [first, ...rest] = parts;
  if (first === undefined) throw new KError("type");
  if (type === TYPE.projection) {
    const rank = first instanceof Callable ? first.rank : rest.length;
    // a projection leaves something open: where nothing is marked so, a sender marks it by `::`
    const isWhole = rest.length >= rank && !rest.includes(undefined);
    const args = isWhole ? rest.map((arg) => (arg === undefined || isNull(arg) ? undefined : arg)) : rest;
    const open = args.filter((arg) => arg === undefined).length;
    return new Projection(first, args, Math.max(1, rank - args.length + open));
  }
  if (type === TYPE.composition) {
    if (rest.length === 0 || rest.includes(undefined)) throw new KError("type");
    return (parts as K[]).reduceRight((inner, outer) => new Composition(outer, inner));
  }
  return new Derived(first, ADVERBS[type - FIRST_DERIVED]!);
}

/** The lambda that a text is. @throws KError 'type where it is more than that, or none */
function codeOf(text: string, parse: Parse): LambdaCode {
  const [node, ...more] = parse(text);
  if (node?.kind !== "lambda" || more.length > 0) throw new KError("type");
  return node.code;
}

function primitive(name: string | undefined): Primitive {
  const verb = name === undefined ? undefined : findVerb(name);
  if (verb === undefined) throw new KError(`nyi: ${name ?? "an unknown primitive"}`);
  return new Primitive(verb);
}
