/** The numbers by which q's primitives are sent (IPC types 101, 102 and 103): a primitive's place in its list. */

/** Of one argument. */
export const UNARY: readonly string[] = (
  ":: flip neg first reciprocal where reverse null group iasc idesc string enlist count floor not key distinct type " +
  "value 0:: 1:: 2:: avg last sum prd min max exit getenv abs sqrt log exp sin asin cos acos tan atan enlist var dev"
).split(" ");

/** Of two. */
export const BINARY: readonly string[] =
  ": + - * % & | ^ = < > $ , # _ ~ ! ? @ . 0: 1: 2: in within like bin ss insert wsum wavg div xexp setenv binr cov cor".split(
    " ",
  );

/** The argument that a projection leaves open, as a primitive of its own. */
export const ELIDED = 255;

/** Names that share a primitive of q's. */
const SAME: Readonly<Record<string, string>> = { til: "key", get: "value", eval: "value" };

/** @returns -1 for a primitive that q has no number for */
export const unaryNumber = (name: string): number => UNARY.lastIndexOf(SAME[name] ?? name);
export const binaryNumber = (name: string): number => BINARY.indexOf(name);

const MONADIC = "+-*%&|^=<>$,#_~!?@.";

/** The word for an operator with a colon behind it: `#:` is count. */
export function monadicName(operator: string): string | undefined {
  const place = MONADIC.indexOf(operator);
  return place < 0 ? undefined : UNARY[place + 1];
}
