/** How the k api's errors call k values: "long scalar", "general list", "null/unary primitive" ("k type names"). */
import type { K } from "../../../protocol/values.js";

const ITEMS = [
  "general",
  "boolean",
  "guid",
  undefined,
  "byte",
  "short",
  "int",
  "long",
  "float",
  "double",
  "char",
  "symbol",
  "timestamp",
  "month",
  "date",
  "datetime",
  "timespan",
  "minute",
  "second",
  "time",
];

const OTHERS: Readonly<Record<number, string>> = {
  98: "table",
  99: "kdictionary",
  100: "lambda",
  101: "null/unary primitive",
  102: "operator",
  103: "adverb",
  104: "projection",
  105: "composition",
  127: "kdictionary",
};

/** @param type a k type number: negative an atom, 0 to 19 a list, above a dictionary, table or function */
export function typeName(type: number): string {
  const item = ITEMS[Math.abs(type)];
  if (item !== undefined) return `${item} ${type < 0 ? "scalar" : "list"}`;
  return OTHERS[type] ?? `k type ${type}`;
}

export const nameOf = (x: K): string => typeName(x.type);
