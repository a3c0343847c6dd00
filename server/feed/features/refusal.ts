/** What a user is told of an expression that a feed cannot go by. */
import { KError } from "../../../protocol/values.js";

/** As many names are listed. */
const LISTED = 20;

/** @param name of the expression */
export const refusal = (name: string, what: string): KError => new KError(`feed: ${name}: ${what}`);

export function listed(names: readonly string[]): string {
  return names.length <= LISTED
    ? names.join(" ")
    : `${names.slice(0, LISTED).join(" ")} and ${names.length - LISTED} more`;
}

/** What goes on from message to message in place of a function of all rows. */
const INSTEAD: Readonly<Record<string, string>> = {
  sum: "sums, msum",
  wsum: "sums, msum",
  avg: "avgs, mavg, ema",
  wavg: "avgs, mavg, ema",
  med: "avgs, mavg, ema",
  max: "maxs, mmax",
  min: "mins, mmin",
  count: "mcount",
  dev: "mdev",
  sdev: "mdev",
  var: "mdev",
  svar: "mdev",
  prd: "prds",
  first: "prev, fills",
  last: "prev, fills",
  all: "mins, mmin",
  any: "maxs, mmax",
};

/** Words that see all rows at once and have nothing in their place. */
const WHOLE = new Set(
  (
    "til asc desc iasc idesc rank reverse where distinct group raze cor cov scov bin except inter union cut flip " +
    "xrank sublist rotate fby"
  ).split(" "),
);

/** Why a word of q cannot be had. @param names what there is */
export function refusedWord(word: string, names: readonly string[] = []): string {
  const instead = INSTEAD[word];
  if (instead !== undefined)
    return `${word} looks at all rows at once; ${instead} go${instead.includes(",") ? "" : "es"} on from message to message`;
  if (word === "next") return "next looks into the future; in a label that is ahead[1;x]";
  if (word === "$") return "$[c;a;b] takes one condition; for one in each row there is ?[c;a;b]";
  if (WHOLE.has(word)) return `${word} looks at all rows at once; a feed sees them one after the other`;
  return `${shown(word)} is none of a feed's functions${names.length === 0 ? "" : `: ${names.join(" ")}`}`;
}

/** A word of the user's, of a length to be shown. */
export const shown = (word: string): string => (word.length > 40 ? `${word.slice(0, 40)}..` : word);
