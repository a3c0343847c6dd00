import type { K } from "../../../protocol/values.js";

/** The tree that `parse` makes of q text and `evaluate` walks. `null` among arguments is an elided one, as in `f[;1]`. */
export type Node =
  | { readonly kind: "value"; readonly value: K }
  | { readonly kind: "name"; readonly name: string }
  /** A primitive by name: an operator's glyphs or a q keyword. */
  | { readonly kind: "verb"; readonly name: string }
  | { readonly kind: "list"; readonly items: readonly (Node | null)[] }
  | { readonly kind: "table"; readonly keys: readonly Column[] | null; readonly columns: readonly Column[] }
  | { readonly kind: "dict"; readonly entries: readonly Column[] }
  /** `f[a;b]` */
  | { readonly kind: "apply"; readonly target: Node; readonly args: readonly (Node | null)[] }
  /** `f x` */
  | { readonly kind: "juxtapose"; readonly target: Node; readonly arg: Node }
  /** `x + y` */
  | { readonly kind: "dyadic"; readonly verb: Node; readonly left: Node; readonly right: Node }
  /** `(f g@)`: functions one after the other, applied from the right. */
  | { readonly kind: "compose"; readonly outer: Node; readonly inner: Node }
  | { readonly kind: "derive"; readonly target: Node; readonly adverb: Adverb }
  | {
      readonly kind: "assign";
      readonly name: string;
      /** The brackets behind the name, outermost first. */
      readonly index: readonly (Node | null)[];
      /** The verb of `x+:1`. */
      readonly verb: Node | null;
      readonly value: Node;
      readonly global: boolean;
    }
  | { readonly kind: "lambda"; readonly code: LambdaCode }
  | { readonly kind: "block"; readonly items: readonly (Node | null)[] }
  | { readonly kind: "control"; readonly word: Control; readonly args: readonly (Node | null)[] }
  | { readonly kind: "return"; readonly value: Node }
  | { readonly kind: "signal"; readonly value: Node }
  | ({ readonly kind: "query" } & Query);

export type Adverb = "'" | "/" | "\\" | "':" | "/:" | "\\:";
export type Control = "$" | "if" | "do" | "while";

export interface Column {
  readonly name: string;
  readonly value: Node;
}

/** `select a by b from t where c`, and its like. */
export interface Query {
  readonly word: "select" | "exec" | "update" | "delete";
  /** No columns are all of them. */
  readonly columns: readonly Column[];
  /** Whether names are given in the text: `exec a` alone gives the column, `exec b:a` a dictionary. */
  readonly named: boolean;
  readonly keysNamed: boolean;
  /** `null` where there is no `by`. */
  readonly by: readonly Column[] | null;
  readonly from: Node;
  readonly where: readonly Node[];
  readonly distinct: boolean;
  /** `select[5;>a]`: how many rows, and in which order. */
  readonly limit: Node | null;
  readonly order: Order | null;
}

export interface Order {
  readonly by: Node;
  readonly descending: boolean;
}

export interface LambdaCode {
  readonly params: readonly string[];
  readonly body: readonly (Node | null)[];
  /** Names assigned in the body: they live in the call, not in the user's variables. */
  readonly locals: ReadonlySet<string>;
  /** The text with its braces. */
  readonly source: string;
  /** The name that it is first given, "" where it is not assigned. */
  readonly name: string;
}
