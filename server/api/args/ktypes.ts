/** How the k api's errors call k values: "long scalar", "general list", "null/unary primitive" ("k type names"). */
import { TYPE, TYPE_NAMES } from "../../../protocol/types.js";
import type { K } from "../../../protocol/values.js";

/** By type number: q's names, but that ktorch calls floats doubles. */
const ITEMS: readonly string[] = Object.assign([...TYPE_NAMES], {
  [TYPE.list]: "general",
  [TYPE.float]: "double",
});

const OTHERS: Readonly<Record<number, string>> = {
  [TYPE.table]: "table",
  [TYPE.dict]: "kdictionary",
  [TYPE.lambda]: "lambda",
  [TYPE.unary]: "null/unary primitive",
  [TYPE.binary]: "operator",
  [TYPE.iterator]: "adverb",
  [TYPE.projection]: "projection",
  [TYPE.composition]: "composition",
  [TYPE.sortedDict]: "kdictionary",
};

/** @param type a k type number: negative an atom, 0 to 19 a list, above a dictionary, table or function */
export function typeName(type: number): string {
  const item = ITEMS[Math.abs(type)];
  if (item) return `${item} ${type < 0 ? "scalar" : "list"}`;
  return OTHERS[type] ?? `k type ${type}`;
}

export const nameOf = (x: K): string => typeName(x.type);
