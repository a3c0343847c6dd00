import * as k from "../../../protocol/make.js";
import type { K, KError } from "../../../protocol/values.js";
import { Lambda } from "./functions.js";

/** Where an error came from: the functions and texts that it left, the innermost first. */

/** A function that is being called, or the text that is being evaluated. */
export type Place = Lambda | string;

const places = new WeakMap<KError, Place[]>();

/** More is not kept of an error, nor told of what was running around it. */
export const MOST = 50;

/** Says that an error leaves a place. */
export function leaves(error: KError, place: Place): void {
  const known = places.get(error);
  if (known === undefined) places.set(error, [place]);
  else if (known.length < MOST) known.push(place);
}

export const placesOf = (error: KError): readonly Place[] => places.get(error) ?? [];

/** How a place is shown: a function under its name, where it has one. */
export function placeText(place: Place): string {
  if (typeof place === "string") return place;
  const { name, source } = place.code;
  const whole =
    name === "" || name.startsWith(".") || place.context === "" ? name : `${place.context}.${name}`;
  return whole === "" ? source : `${whole}:${source}`;
}

/**
 * Places as the list that `.Q.trp` hands on and `.Q.sbt` writes: for each what was called, its name, file, line and
 * source, the column (not known here, so null), and its number from the outside.
 */
export function backtrace(found: readonly (Place | K)[], textOf: (x: K) => string): K {
  return k.list(
    found.map((place, i) => {
      const isPlace = typeof place === "string" || place instanceof Lambda;
      const name = place instanceof Lambda ? place.code.name : "";
      const source =
        typeof place === "string" ? place : place instanceof Lambda ? place.code.source : textOf(place);
      const called = typeof place === "string" ? k.chars(place) : place;
      return k.list([
        k.list([called]),
        k.list([k.chars(isPlace ? name : ""), k.chars(""), k.long(-1), k.chars(source)]),
        k.long(k.NULL_OF[7] as bigint),
        k.long(found.length - 1 - i),
      ]);
    }),
  );
}
