import type { KError } from "../../../protocol/values.js";
import { ParseError } from "../parse/errors.js";
import { Lambda } from "../values/functions.js";
import { placesOf, placeText } from "../values/trace.js";

/** As many functions are named, the one in which it happened first. */
const SHOWN = 3;

/**
 * An error as a console prints it: q's own words; under text that cannot be read a caret; of an error inside functions
 * which they are.
 */
export function failureText(error: KError): string {
  if (error instanceof ParseError) return `'${error.head}\n  ${error.line}\n  ${" ".repeat(error.column)}^\n`;
  const functions = placesOf(error).filter((place) => place instanceof Lambda);
  const lines = functions
    .slice(0, SHOWN)
    .map((place, i) => `  [${functions.length - i}]  ${firstLine(placeText(place))}\n`);
  return `'${error.message}\n${lines.join("")}`;
}

function firstLine(text: string): string {
  const end = text.indexOf("\n");
  return end < 0 ? text : `${text.slice(0, end)} ..`;
}
