/** The data types of tensors: a row each, from which their names, k types and kinds are derived (types page). */
import { LETTERS, TYPE } from "../../../protocol/types.js";

interface Dtype {
  readonly name: string;
  /** The k type that such a tensor is read as. A k array becomes the first type that has its own. */
  readonly ktype: number;
  readonly kind: "integral" | "floating" | "complex";
  /** Of a complex type: that of its real and imaginary parts. */
  readonly component?: string;
  /** By PyTorch's name, what ktorch has not; not every libtorch has it. */
  readonly newer?: true;
}

const ROWS: readonly Dtype[] = [
  { name: "float", ktype: TYPE.real, kind: "floating" },
  { name: "double", ktype: TYPE.float, kind: "floating" },
  { name: "half", ktype: TYPE.real, kind: "floating" },
  { name: "bool", ktype: TYPE.boolean, kind: "integral" },
  { name: "byte", ktype: TYPE.byte, kind: "integral" },
  { name: "char", ktype: TYPE.char, kind: "integral" },
  { name: "long", ktype: TYPE.long, kind: "integral" },
  { name: "int", ktype: TYPE.int, kind: "integral" },
  { name: "short", ktype: TYPE.short, kind: "integral" },
  { name: "chalf", ktype: TYPE.real, kind: "complex", component: "half" },
  { name: "cfloat", ktype: TYPE.real, kind: "complex", component: "float" },
  { name: "cdouble", ktype: TYPE.float, kind: "complex", component: "double" },
  { name: "bfloat16", ktype: TYPE.real, kind: "floating", newer: true },
  { name: "float8_e4m3fn", ktype: TYPE.real, kind: "floating", newer: true },
  { name: "float8_e5m2", ktype: TYPE.real, kind: "floating", newer: true },
  { name: "uint16", ktype: TYPE.int, kind: "integral", newer: true },
  { name: "uint32", ktype: TYPE.long, kind: "integral", newer: true },
  { name: "uint64", ktype: TYPE.long, kind: "integral", newer: true },
];

const BY_NAME: ReadonlyMap<string, Dtype> = new Map(ROWS.map((row) => [row.name, row]));

export const DTYPES: readonly string[] = ROWS.map(({ name }) => name);
/** Those that ktorch has too. */
export const KTORCH_DTYPES: readonly string[] = ROWS.filter(({ newer }) => !newer).map(({ name }) => name);

/** The letter of the k type that a tensor is read as. */
export const letterOf = (dtype: string): string => LETTERS[BY_NAME.get(dtype)?.ktype ?? TYPE.list]!;

/** What a k array or atom of a type becomes; undefined where that is no tensor. */
export const dtypeOfK = (ktype: number): string | undefined => ROWS.find((row) => row.ktype === ktype)?.name;

export const isIntegral = (dtype: string): boolean => BY_NAME.get(dtype)?.kind === "integral";

/** Real or complex. */
export const isFloating = (dtype: string): boolean => !isIntegral(dtype) && BY_NAME.has(dtype);

/** The type of a complex type's parts; undefined for a real one. */
export const componentOf = (dtype: string): string | undefined => BY_NAME.get(dtype)?.component;
