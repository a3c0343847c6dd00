import * as k from "../../../protocol/make.js";
import { Atom, Dict, Func, type K, KError, List, Symbols, Table, Vector } from "../../../protocol/values.js";
import { work } from "./budget.js";
import { Finder } from "./match.js";
import { flipTable, gather, isKeyed, itemsOf } from "./vectors.js";

/** Atomic extension: a verb for atoms and vectors becomes one for lists, dictionaries and tables of them. */

/** An atom or a vector: what the kernels themselves take. */
export type Simple = Atom | Vector | Symbols;

export const isSimple = (x: K): x is Simple =>
  x instanceof Atom || x instanceof Vector || x instanceof Symbols;

export function atomicOne(kernel: (x: Simple) => K): (x: K) => K {
  const apply = (x: K): K => {
    work(k.count(x));
    if (isSimple(x)) return kernel(x);
    if (x instanceof List) return gather(x.items.map(apply));
    if (x instanceof Dict) return new Dict(x.keys, apply(x.values));
    if (x instanceof Table) return new Table(x.columns, k.list(x.values.items.map(apply)));
    throw new KError("type");
  };
  return apply;
}

/** @param name for the error where there is nothing to pair: q names no verb there, so it is not used in texts */
export function atomicTwo(kernel: (x: Simple, y: Simple) => K): (x: K, y: K) => K {
  const apply = (x: K, y: K): K => {
    work(k.count(x));
    if (isSimple(x) && isSimple(y)) return kernel(x, y);
    if (x instanceof Func || y instanceof Func) throw new KError("type");
    if (x instanceof Dict && y instanceof Dict) return pairKeys(x, y, apply);
    if (x instanceof Dict) return new Dict(x.keys, apply(x.values, y));
    if (y instanceof Dict) return new Dict(y.keys, apply(x, y.values));
    if (x instanceof Table || y instanceof Table) return pairColumns(x, y, apply);
    return pairItems(x, y, apply);
  };
  return apply;
}

function pairItems(x: K, y: K, apply: (x: K, y: K) => K): K {
  if (x instanceof Atom) return gather(itemsOf(y).map((item) => apply(x, item)));
  if (y instanceof Atom) return gather(itemsOf(x).map((item) => apply(item, y)));
  if (k.count(x) !== k.count(y)) throw new KError("length");
  const right = itemsOf(y);
  return gather(itemsOf(x).map((item, i) => apply(item, right[i]!)));
}

/** Values of one key are paired; a key of one side alone keeps its value. */
function pairKeys(x: Dict, y: Dict, apply: (x: K, y: K) => K): K {
  const finder = new Finder(x.keys);
  const places = finder.places(y.keys);
  if (isKeyed(x) && isKeyed(y)) {
    if (places.length !== finder.count || places.some((place, i) => place !== i))
      throw new KError("nyi: keyed tables with different keys");
    return new Dict(x.keys, apply(x.values, y.values));
  }
  const keys = [...itemsOf(x.keys)];
  const values = [...itemsOf(x.values)];
  const newKeys = itemsOf(y.keys);
  const newValues = itemsOf(y.values);
  places.forEach((place, i) => {
    if (place >= 0) values[place] = apply(values[place]!, newValues[i]!);
    else {
      keys.push(newKeys[i]!);
      values.push(newValues[i]!);
    }
  });
  return new Dict(gather(keys), gather(values));
}

function pairColumns(x: K, y: K, apply: (x: K, y: K) => K): K {
  const left = x instanceof Table ? flipTable(x) : x;
  const right = y instanceof Table ? flipTable(y) : y;
  return flipTable(apply(left, right) as Dict);
}
