import type { KError } from "../../../protocol/values.js";
import { ParseError } from "../parse/errors.js";
import { Lambda } from "../values/functions.js";
import { placesOf, placeText } from "../values/trace.js";
import { UnknownName } from "../values/unknown.js";
import { nearest } from "./nearest.js";

/** As many functions are named, the one in which it happened first. */
const SHOWN = 3;

/**
 * An error as a console prints it: q's own words; under text that cannot be read a caret; of an error inside functions
 * which they are; for a name without a value a known one that is spelt nearly so.
 */
export function failureText(error: KError, known: () => Iterable<string>): string {
  if (error instanceof ParseError) return `'${error.head}\n  ${error.line}\n  ${" ".repeat(error.column)}^\n`;
  const functions = placesOf(error).filter((place) => place instanceof Lambda);
  const lines = functions
    .slice(0, SHOWN)
    .map((place, i) => `  [${functions.length - i}]  ${firstLine(placeText(place))}\n`);
  const meant = error instanceof UnknownName ? nearest(error.message, known()) : undefined;
  const hint = meant === undefined ? "" : `  did you mean ${meant}?\n`;
  return `'${error.message}\n${hint}${lines.join("")}`;
}

function firstLine(text: string): string {
  const end = text.indexOf("\n");
  return end < 0 ? text : `${text.slice(0, end)} ..`;
}
