/** What goes between the main thread and a thread of the language. k values go as their bytes on the wire. */
import type { TextLimits } from "../values/budget.js";

export interface ThreadLimits extends TextLimits {
  /** Bytes that the process may have resident, Infinity for no limit. */
  readonly resident: number;
  /** Milliseconds that a text may keep its turn beyond its time, or after it was stopped; then its thread ends. */
  readonly grace: number;
}

/** From the main thread. */
export type Order =
  /** A sender, and the number that it has from now on. */
  | {
      readonly order: "sender";
      readonly sender: number;
      readonly user: number;
      readonly userName: string;
      readonly handle: number;
      readonly address: number;
      /** The sender of whose text it is a part, if any. */
      readonly within: number | undefined;
    }
  | {
      readonly order: "text";
      readonly id: number;
      readonly sender: number;
      /** Text, or a function. */
      readonly text: string | Uint8Array;
      /** The list of what the function, or the one that the text gives, is applied to; without it the text's value is wanted. */
      readonly args?: Uint8Array;
    }
  /** What a call has given: the value, or a k error's text. */
  | { readonly order: "result"; readonly call: number; readonly value: Uint8Array | string }
  /** The sender is gone. */
  | { readonly order: "stop"; readonly sender: number }
  /** The user's time is over. */
  | { readonly order: "forget"; readonly user: number };

/** From a thread. */
export type Report =
  /** The value of a text, and the capability with which a peer can take it. */
  | { readonly report: "value"; readonly id: number; readonly value: Uint8Array; readonly needs: number }
  /** A text's k error; of an error that nobody foresaw also where it was thrown. */
  | { readonly report: "error"; readonly id: number; readonly error: string; readonly stack?: string }
  /** A text's last call of a k api function, with the list of its arguments: the result is the text's value. */
  | { readonly report: "last"; readonly id: number; readonly name: string; readonly args: Uint8Array }
  /** A text's answer is put off. */
  | { readonly report: "later"; readonly id: number }
  /** A message to the sender. */
  | {
      readonly report: "push";
      readonly sender: number;
      readonly value: Uint8Array;
      readonly needs: number;
    }
  /** A synchronous message to the sender; its answer comes back under the number, as a call's result. */
  | {
      readonly report: "ask";
      readonly sender: number;
      readonly call: number;
      readonly value: Uint8Array;
      readonly needs: number;
    }
  /** The answer, or a k error's text, that a session of the same user has put off. */
  | {
      readonly report: "respond";
      readonly sender: number;
      readonly call: number;
      readonly handle: number;
      readonly value: Uint8Array | string;
      readonly needs: number;
    }
  /** Another call; the result comes back under its number. */
  | {
      readonly report: "call";
      readonly sender: number;
      readonly call: number;
      readonly name: string;
      readonly args: Uint8Array;
    };

/** What a thread is started with. */
export interface Setting {
  readonly functions: ReadonlyMap<string, { readonly rank: number }>;
  readonly limits: ThreadLimits;
  readonly cells: SharedArrayBuffer;
}

/** Numbers that both sides see at once, by their place in `cells`. */
export const CELL = {
  /** Counts turns: odd while a text runs that has not let anybody else have a turn. */
  turns: 0,
  /** The sender whose text runs. */
  runs: 1,
  /** The sender whose text is to stop. */
  stop: 2,
} as const;
export const CELLS_BYTES = 4 * Object.keys(CELL).length;
