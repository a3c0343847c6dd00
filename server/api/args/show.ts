/** How error texts quote an argument: on one line, as q's .Q.s1 shows it. */
import type { K } from "../../../protocol/values.js";
import { valueText } from "../../language/text/format.js";

/** Characters; an error names a value, it does not carry it. */
const LONGEST = 200;
const PRECISION = 7;

export const show = (x: K): string => valueText(x, PRECISION, LONGEST);
