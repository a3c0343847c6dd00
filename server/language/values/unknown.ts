import { KError } from "../../../protocol/values.js";

/** A name that has no value: the text is the name itself, as q has it. */
export class UnknownName extends KError {}
