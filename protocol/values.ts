/**
 * k values as TypeScript sees them.
 *
 * A decoded value is a view: a vector's `bytes` are the message's own bytes (little-endian, any alignment), a list's
 * children are made when they are first asked for. So a hundred megabytes of doubles, or a million rows, cost one
 * object here, and native code reads the bytes where they lie.
 *
 * Text (symbols, char vectors read as text) is a JavaScript string in which a byte that is not valid UTF-8 is a lone
 * surrogate U+DC80..U+DCFF, so that any bytes survive a round trip (see text.ts).
 */

import { type AtomValue, TYPE, WIDTH } from "./types.js";

export { type AtomValue, TYPE, WIDTH } from "./types.js";

export class Atom {
  /** @param type negative type number */
  constructor(
    readonly type: number,
    readonly value: AtomValue,
  ) {}
}

/** A vector of fixed-width items: boolean, guid, byte, numbers, chars, temporals. */
export class Vector {
  /**
   * @param type positive type number, not `symbol`
   * @param bytes the items, little-endian, packed; its length is a multiple of the type's width
   * @param attr 0 none, 1 sorted, 2 unique, 3 parted, 4 grouped
   */
  constructor(
    readonly type: number,
    readonly bytes: Uint8Array,
    readonly attr: number = 0,
  ) {}

  get count(): number {
    return this.bytes.length / WIDTH[this.type]!;
  }
}

/** A symbol vector. `names` is made from the bytes on first use. */
export class Symbols {
  readonly type = TYPE.symbol;
  #names: readonly string[] | (() => readonly string[]);

  /**
   * @param count how many symbols
   * @param names the symbols, or a function that reads them
   * @param bytes the symbols as on the wire (each ended by a zero byte), when they came from there
   */
  constructor(
    readonly count: number,
    names: readonly string[] | (() => readonly string[]),
    readonly attr: number = 0,
    readonly bytes?: Uint8Array,
  ) {
    this.#names = names;
  }

  get names(): readonly string[] {
    if (typeof this.#names === "function") this.#names = this.#names();
    return this.#names;
  }
}

/** Items up to which a list is made whole by `head`. */
const LONG = 16;

/** A general list. It is never collapsed: a one-element list with a long atom (a handle) stays one. */
export class List {
  readonly type = TYPE.list;
  #items: readonly K[] | ((most?: number) => readonly K[]);

  /**
   * @param items the items, or a function that makes them: the first `most` of them, or all
   * @param encoded the whole list as on the wire (type byte included), when it came from there
   * @param needs a capability with which a peer can take `encoded`, where that is known
   */
  constructor(
    readonly count: number,
    items: readonly K[] | ((most?: number) => readonly K[]),
    readonly attr: number = 0,
    readonly encoded?: Uint8Array,
    readonly needs?: number,
  ) {
    this.#items = items;
  }

  get items(): readonly K[] {
    if (typeof this.#items === "function") this.#items = this.#items();
    return this.#items;
  }

  /** Whether the items are there, so that asking for them makes nothing. */
  get made(): boolean {
    return typeof this.#items !== "function";
  }

  /** The first items, at most `most`, or more: a long list is not made whole for them. */
  head(most: number): readonly K[] {
    return typeof this.#items === "function" && this.count > LONG ? this.#items(most) : this.items;
  }
}

/** A dictionary; keys and values are any two values of equal count (a keyed table has two tables). */
export class Dict {
  /** @param type 99, or 127 for a sorted one (step function) */
  constructor(
    readonly keys: K,
    readonly values: K,
    readonly type: typeof TYPE.dict | typeof TYPE.sortedDict = TYPE.dict,
  ) {}
}

/** A table: column names and columns of equal count. */
export class Table {
  readonly type = TYPE.table;
  constructor(
    readonly columns: Symbols,
    readonly values: List,
    readonly attr: number = 0,
  ) {}
}

/** A function (types 100 to 111), opaque: the bytes that follow the type byte go back as they came. */
export class Func {
  constructor(
    readonly type: number,
    readonly body: Uint8Array,
  ) {}
}

/** A whole object in wire form, for those who send it without looking into it. */
export class Encoded {
  /**
   * @param bytes type byte included, little-endian; known to be well formed
   * @param needs the capability with which a peer can take it
   */
  constructor(
    readonly bytes: Uint8Array,
    readonly needs: number,
  ) {}
}

/** An error, legal only as the whole of a response. */
export class KError extends Error {
  readonly type = TYPE.error;
  override readonly name = "KError";
}

export type K = Atom | Vector | Symbols | List | Dict | Table | Func;

/** The generic null `::`. */
export const NULL = new Func(TYPE.unary, new Uint8Array([0]));

export const isNull = (x: K): boolean => x instanceof Func && x.type === TYPE.unary && x.body[0] === 0;
