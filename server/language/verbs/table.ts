import type { Keywords } from "../parse/parse.js";
import { FUNCTIONAL } from "../sql/functional.js";
import { INSERT } from "../sql/insert.js";
import { JOINS } from "../sql/joins.js";
import { ofName, onName, SHAPE } from "../sql/shape.js";
import { isInfix, Primitive, type Verb } from "../values/functions.js";
import { AGGREGATE } from "./aggregate.js";
import { ARITHMETIC, floor } from "./arithmetic.js";
import { BANG } from "./bang.js";
import { CAST } from "./cast.js";
import { COMMAND_VERBS } from "./commands.js";
import { COMPARISON } from "./compare.js";
import { DOT_Q } from "./dotq.js";
import { HIGHER } from "./higher.js";
import { JSON_VERBS } from "./json.js";
import { first, flip, LISTS, reverse, where } from "./lists.js";
import { MATRIX } from "./matrix.js";
import { RUNNING } from "./running.js";
import { distinct, group, isNullOf, SEARCH } from "./search.js";
import { SORT } from "./sort.js";
import { STRINGS } from "./strings.js";
import { TABLES } from "./tables.js";
import { TOOLS } from "./tools.js";
import { WINDOWS } from "./windows.js";

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
  RUNNING,
  WINDOWS,
  LISTS,
  TABLES,
  SHAPE,
  INSERT,
  JOINS,
  SEARCH,
  SORT,
  STRINGS,
  CAST,
  MATRIX,
  HIGHER,
  BANG,
  FUNCTIONAL,
  DOT_Q,
  JSON_VERBS,
  COMMAND_VERBS,
  TOOLS,
  MONADIC,
]) {
  for (const verb of topic) VERBS.set(verb.name, { ...VERBS.get(verb.name), ...verb });
}

// verbs of tables take their names too
for (const name of ["cols", "keys", "ungroup"])
  VERBS.set(name, { ...VERBS.get(name)!, act: ofName(VERBS.get(name)!.one!) });
for (const name of ["xasc", "xdesc", "xkey"])
  VERBS.set(name, { ...VERBS.get(name)!, act: onName(VERBS.get(name)!.two!), counts: [2] });

export const findVerb = (name: string): Verb | undefined => VERBS.get(name);

const primitives = new Map<string, Primitive>();

/** A primitive by its name, undefined where there is none; an operator with a colon behind it is its one-argument form. */
export function primitive(name: string): Primitive | undefined {
  const known = primitives.get(name);
  if (known !== undefined) return known;
  const monadic = name.length > 1 && name.endsWith(":") && !/^[0-2]/.test(name);
  const verb = findVerb(monadic ? name.slice(0, -1) : name);
  if (verb === undefined) return undefined;
  const made = new Primitive(verb, monadic);
  primitives.set(name, made);
  return made;
}

export const keywords: Keywords = {
  has: (name) => VERBS.has(name),
  isInfix: (name) => {
    const verb = VERBS.get(name);
    return verb !== undefined && isInfix(verb);
  },
};

/** The whole table. */
export const verbs = (): readonly Verb[] => [...VERBS.values()];

/** Every primitive's name that is a word, for completion. */
export const verbNames = (): string[] => [...VERBS.keys()].filter((name) => /^\.?[A-Za-z]/.test(name));
