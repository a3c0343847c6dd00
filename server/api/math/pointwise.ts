/** Element by element (math-pointwise page). */
import { type Extra, fn, form, input, type OperatorRow, x, y } from "./forms.js";
import { number } from "./options.js";

const PAGE = "math-pointwise";

const unary = (name: string, operator = name.toLowerCase(), who = name): OperatorRow =>
  fn(PAGE, name, form([x], operator, { out: "out", inplace: true }), { who });

const weak = input("y", "other", { weak: true });

const binary = (name: string, operator: string, second = y, extra: Extra = {}): OperatorRow =>
  fn(PAGE, name, form([x, second], operator, { out: "out", inplace: true }), {
    inplaceK: "array",
    words: { wrong: "{who}: unrecognized arg(s), expecting (x;y;output)" },
    ...extra,
  });

export const POINTWISE: readonly OperatorRow[] = [
  ...["Abs", "Acos", "Asin", "Atan", "ceil", "Cos", "cosh", "digamma", "erf", "erfc", "erfinv"].map((n) =>
    unary(n),
  ),
  ...["Exp", "expm1", "Floor", "frac", "lgamma", "Log", "log10", "log1p", "log2", "Neg"].map((n) => unary(n)),
  ...["Reciprocal", "round", "rsqrt", "sgn", "sign", "Sin", "sinh", "Sqrt", "Tan", "trunc"].map((n) =>
    unary(n),
  ),
  unary("bitwisenot", "bitwise_not"),
  unary("Not", "logical_not"),
  fn(PAGE, "add", form([x, y, number("multiplier").to("alpha")], "add.Tensor", { out: "out" }), {
    words: { wrong: "{who}: unrecognized arg(s), expecting ({form})" },
  }),
  binary("mul", "mul.Tensor", weak),
  binary("Div", "div.Tensor", weak),
];
