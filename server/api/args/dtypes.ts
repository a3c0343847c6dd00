/** Data types by name, ktorch's and then, by PyTorch's names, what libtorch has had since. */

/** The k type that a tensor of each is read as, by its letter. */
const LETTERS = {
  float: "e",
  double: "f",
  half: "e",
  bool: "b",
  byte: "x",
  char: "c",
  long: "j",
  int: "i",
  short: "h",
  chalf: "e",
  cfloat: "e",
  cdouble: "f",
  bfloat16: "e",
  float8_e4m3fn: "e",
  float8_e5m2: "e",
  uint16: "i",
  uint32: "j",
  uint64: "j",
} as const;

export const DTYPES: readonly string[] = Object.keys(LETTERS);

export const letterOf = (dtype: string): string =>
  (LETTERS as Readonly<Record<string, string>>)[dtype] ?? " ";
