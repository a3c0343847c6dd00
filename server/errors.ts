/**
 * The server's errors: what a peer is told, what the log keeps, and what stops the program at start.
 */
import { KError } from "../protocol/values.js";

/** An option, a file or an address that cannot be used. `torchq` prints the message and exits with 2. */
export class OptionError extends Error {
  override readonly name = "OptionError";
}

/** k errors that are q's own: the text is what q signals. */
export const kError = {
  /** An unknown function or variable: q's text is the name itself. */
  unknown: (name: string): KError => new KError(name === "" ? "type" : name),
  /** Fewer or more arguments than a function of fixed rank takes. */
  rank: (): KError => new KError("rank"),
  type: (): KError => new KError("type"),
  /** A call ran longer than `-T` allows. */
  stop: (): KError => new KError("stop"),
  /** A text is longer than is read in one go, or a request's lists than are arguments. */
  limit: (): KError => new KError("limit"),
  /** More memory is in use than `-w` allows. */
  wsfull: (): KError => new KError("wsfull"),
  /** @param what the thing that is not there yet, in words */
  nyi: (what: string): KError => new KError(`nyi: ${what}`),
};

/** What an exception becomes: `text` for the peer; `foreseen` is false where the log should have the whole of it. */
export interface Answerable {
  readonly text: string;
  readonly foreseen: boolean;
}

const LONGEST = 2000;

/** The first line of a message as a k error's text: no NUL, never empty, at most 2000 characters. */
export function firstLine(message: string): string {
  const line = message
    .trimStart()
    .split(/[\r\n]/, 1)[0]!
    .replaceAll("\0", "")
    .slice(0, LONGEST);
  return line.trim() === "" ? "error" : line;
}

/** A thrown value as a k error, so that a session's own text can trap it; what it was is kept as the cause. */
export function asKError(thrown: unknown): KError {
  if (thrown instanceof KError) return thrown;
  return new KError(answerable(thrown).text, { cause: thrown });
}

/**
 * How a thrown value is answered: a k error as it is, anything else by its first line. A plain Error of one line is the
 * engine's word on what the user asked for; of several it is libtorch's, whose rest the log should have. A TypeError and
 * its kin are our own faults.
 */
export function answerable(thrown: unknown): Answerable {
  if (!(thrown instanceof Error)) return { text: firstLine(String(thrown)), foreseen: false };
  if (thrown instanceof KError && thrown.cause !== undefined) return answerable(thrown.cause);
  const foreseen =
    thrown instanceof KError || (thrown.constructor === Error && !/[\r\n]/.test(thrown.message));
  return { text: firstLine(thrown.message), foreseen };
}
