/** The words in which the tables of modules, losses and optimizers are written (layers.ts, losses.ts, optimizers.ts). */
import type { K } from "../../../../protocol/values.js";
import type { LayerSpec, OptionValue } from "../../../engine/index.js";

/** How a value stands in a table: null is q's null, an empty list is `()` ("not given"). */
export type Plain = number | boolean | string | null | readonly number[];

/**
 * - `long`, `double`, `bool`, `symbol`: one value
 * - `size`, `ratio`: `count` longs or doubles; one serves all. A size of one dimension is a long to the engine
 * - `padding`: a size, or one of the symbols
 * - `longs`: any number of longs; `shape` prints one long as a list too; `indices` are positions
 * - `doubles`: any number of doubles
 * - `dtype`: a data type's name
 * - `tensor`: numbers of any shape, from a k array or a tensor
 * - `inner`: the definition of a module, or a module
 */
export type OptionType =
  | "long"
  | "double"
  | "bool"
  | "symbol"
  | "size"
  | "ratio"
  | "padding"
  | "longs"
  | "shape"
  | "indices"
  | "doubles"
  | "dtype"
  | "tensor"
  | "inner";

/** libtorch counts many things in 32 bits. */
const LARGEST = 2 ** 31 - 1;
/** Loops over a window and its margin run in libtorch whatever the input's size; this many steps are soon done. */
const WIDEST = 2 ** 20;

/** The smallest and the largest integer: with others libtorch ends the process, overflows or takes for ever. */
export const RANGES = {
  any: [-LARGEST, LARGEST],
  count: [1, LARGEST],
  extent: [0, LARGEST],
  window: [1, WIDEST],
  margin: [0, WIDEST],
  layers: [1, 1000],
  repeats: [0, 1000],
  rounds: [0, 10_000],
} as const;
export type Range = keyof typeof RANGES;

export interface OptionRow {
  readonly name: string;
  readonly type: OptionType;
  /** Taken when none is given. Undefined: the option must be given. */
  readonly fallback?: Plain;
  /** Taken when none is given: the value of this other option. */
  readonly like?: string;
  /** What `help` shows, where that is not the default. */
  readonly example?: Plain;
  /** The same, where no plain value says it. */
  readonly exampleK?: K;
  /** The type of an inner module, whose options are given and printed; undefined for any type, which is part of them. */
  readonly of?: string;
  /** Items of a size, ratio or padding. */
  readonly count?: number;
  /** What a symbol may be. */
  readonly symbols?: readonly string[];
  /** The error that names a symbol which is none of `symbols` begins with this; default `type option`. */
  readonly unknown?: string;
  /** The error when a required option is missing, after `type: `. */
  readonly missing?: string;
  /** What integers may be, each of several; `any` where nothing is said. */
  readonly range?: Range;
  /** Items may be null. */
  readonly nulls?: boolean;
  /** Has no position: given by name only. */
  readonly named?: boolean;
  /** A last position of this type means this option, even where earlier positions were left out. */
  readonly trailing?: boolean;
  /** The error, after `type: `, for a value of another type at its position. */
  readonly refusal?: string;
  /** Printed even where only what is not at its default is. */
  readonly shown?: boolean;
  /** Printed only when it has a value. */
  readonly hidden?: boolean;
}

/** What a row may say of an option besides its name and type. */
export type Extra = Omit<OptionRow, "name" | "type">;

const maker =
  (type: OptionType) =>
  (name: string, extra: Extra = {}): OptionRow => ({ name, type, ...extra });

export const long = maker("long");
export const double = maker("double");
export const bool = maker("bool");
export const symbol = maker("symbol");
export const longs = maker("longs");
export const shape = maker("shape");
export const indices = maker("indices");
export const doubles = maker("doubles");
export const dtype = maker("dtype");
export const tensor = maker("tensor");
export const inner = maker("inner");

/** How many there are of something; what is below counts as missing where there is a text for that. */
export const count = (name: string, extra: Extra = {}): OptionRow => long(name, { range: "count", ...extra });

const sized =
  (type: OptionType, range: Range) =>
  (name: string, count: number, extra: Extra = {}): OptionRow => ({ name, type, count, range, ...extra });

/** Of a window that moves: how large it is, how far it goes, how wide its gaps are. */
export const size = sized("size", "window");
/** What is put around an input that a window moves over. */
export const margin = sized("size", "margin");
export const padding = sized("padding", "margin");
/** Of a result. */
export const extent = sized("size", "extent");
/** What is put around an input, or taken away. */
export const around = sized("size", "any");
export const ratio = sized("ratio", "any");

/** Modules and losses. */
export interface LayerRow {
  /** The k api's name. */
  readonly name: string;
  readonly pytorch: string;
  /** In the order of their positions, which is also the order in which they are printed. */
  readonly options: readonly OptionRow[];
  /** Types of the inputs, the fewest first; an empty one cannot be given from k. */
  readonly inputs: readonly string[];
  /** The fewest inputs. */
  readonly fewest: number;
  readonly result: "tensor" | "tuple" | "nested" | "vector";
  /** May have children. */
  readonly container: boolean;
  /** Has a forward calculation of its own that `help` shows. */
  readonly forward: boolean;
  /** Has no module: its options are those of a function. */
  readonly functional: boolean;
  /** The error, after `name: `, for too many positions; {n} is how many were given. */
  readonly refusal?: string;
  /** It is the error for a value of a wrong type too, in whatever position. */
  readonly refusesValues?: boolean;
  /** Options of other types that a user may try here, with the error after `name: `. */
  readonly denied?: Readonly<Record<string, string>>;
  /** What is wrong with options that are each right by themselves; the text follows `name: `. */
  readonly check?: (value: (name: string) => OptionValue) => string | undefined;
  /** What stands in place of the first options when the definition gives a weight matrix instead. */
  readonly weighted?: readonly OptionRow[];
  /** Is not defined by its name alone: only by a list with options, or by symbols as well. */
  readonly listed?: "list" | "symbols";
  /** The modules that the type is made of, by its options as they are printed and the modules among them. */
  readonly parts?: (
    option: (name: string) => K,
    made: (name: string) => LayerSpec | undefined,
  ) => readonly Part[];
}

/** A module of a type with options, in which another one stands so many times; or one that is there. */
export type Part =
  | {
      readonly name: string;
      readonly type: string;
      /** Values of its options that are not the default. */
      readonly options: Readonly<Record<string, K>>;
      readonly times?: number;
      readonly each?: LayerSpec;
    }
  | { readonly name: string; readonly made: LayerSpec };

type Rest = Partial<Omit<LayerRow, "name" | "pytorch" | "options">>;

export const layer = (
  name: string,
  pytorch: string,
  options: readonly OptionRow[] = [],
  rest: Rest = {},
): LayerRow => ({
  name,
  pytorch,
  options,
  inputs: ["tensor"],
  fewest: rest.inputs?.length ?? 1,
  result: "tensor",
  container: false,
  forward: true,
  functional: false,
  ...rest,
});

/** `n` tensors as inputs. */
export const tensors = (n: number): readonly string[] => new Array<string>(n).fill("tensor");

/** A module of PyTorch's nn package. */
export const torch = (
  name: string,
  pytorch: string,
  options: readonly OptionRow[] = [],
  rest: Rest = {},
): LayerRow => layer(name, `torch.nn.${pytorch}`, options, rest);

/** A type for each of one to three dimensions. */
export const dimensions = <T>(row: (d: number) => T): readonly T[] => [1, 2, 3].map(row);

/**
 * Of two options exactly one is given.
 * @param none @param both the errors, after `name: `
 */
export const either =
  (first: string, second: string, none: string, both: string): NonNullable<LayerRow["check"]> =>
  (value) => {
    const given = [first, second].filter((name) => value(name) !== null).length;
    return given === 1 ? undefined : given === 0 ? none : both;
  };
