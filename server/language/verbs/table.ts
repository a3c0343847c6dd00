import type { Keywords } from "../parse/parse.js";
import { isInfix, type Verb } from "../values/functions.js";
import { AGGREGATE } from "./aggregate.js";
import { ARITHMETIC, floor } from "./arithmetic.js";
import { CAST } from "./cast.js";
import { COMPARISON } from "./compare.js";
import { HIGHER } from "./higher.js";
import { first, flip, LISTS, reverse, where } from "./lists.js";
import { distinct, group, isNullOf, SEARCH } from "./search.js";
import { SORT } from "./sort.js";
import { STRINGS } from "./strings.js";
import { TABLES } from "./tables.js";
import { TOOLS } from "./tools.js";

/** What the operators mean with a colon behind them, where their own topic does not say it. */
const MONADIC: readonly Verb[] = [
  { name: "+", one: flip },
  { name: "*", one: first },
  { name: "|", one: reverse },
  { name: "&", one: where },
  { name: "_", one: floor },
  { name: "=", one: group },
  { name: "?", one: distinct },
  { name: "^", one: isNullOf },
];

/** The table of primitives: rows of one name from several topics are one verb. */
const VERBS = new Map<string, Verb>();
for (const topic of [
  ARITHMETIC,
  COMPARISON,
  AGGREGATE,
  LISTS,
  TABLES,
  SEARCH,
  SORT,
  STRINGS,
  CAST,
  HIGHER,
  TOOLS,
  MONADIC,
]) {
  for (const verb of topic) VERBS.set(verb.name, { ...VERBS.get(verb.name), ...verb });
}

export const findVerb = (name: string): Verb | undefined => VERBS.get(name);

export const keywords: Keywords = {
  has: (name) => VERBS.has(name),
  isInfix: (name) => {
    const verb = VERBS.get(name);
    return verb !== undefined && isInfix(verb);
  },
};

/** Every primitive's name that is a word, for completion. */
export const verbNames = (): string[] => [...VERBS.keys()].filter((name) => /^\.?[A-Za-z]/.test(name));
