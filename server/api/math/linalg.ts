/** Linear algebra (math-linalg page). */

import { LONG_NULL } from "../../../protocol/types.js";
import type { OperatorArg, Soon } from "../../engine/index.js";
import { handleOf, make } from "../args/invoke.js";
import { after, fail } from "../args/read.js";
import type { Call } from "../call.js";
import { type Before, type Extra, fn, form, type Input, input, type OperatorRow, x, y } from "./forms.js";
import { choice, flag, long, maybeDouble, number } from "./options.js";

const PAGE = "math-linalg";

/** The matrix as linear algebra calls it. */
const matrix = input("x", "A");
const a = input("a", "A");
const b = input("b", "B");

// products -----------------------------------------------------------------------------------------------------

/** (x;y;output) */
const product = (name: string, operator: string, second: Input, first = x, before?: Before): OperatorRow =>
  fn(PAGE, name, form([first, second], operator, { out: "out", before }), {
    list: "args",
    words: {
      count: "{who}: expecting 2-3 args, (x;y;output), given {n}",
      wrong: "{who}: expecting 3rd arg of output tensor, given {last}",
    },
  });

/** One argument transposed, on the device of the other. */
const transposed =
  (name: string, other: string): Before =>
  (call, args) =>
    after(placed(call, args[name], args[other]), (self) =>
      after(make(call, "t", { self }), (handle) => ({ ...args, [name]: { handle: call.keep(handle) } })),
    );

/** An argument as it is, or a k array where the other's tensor is. */
function placed(call: Call, arg: OperatorArg, other: OperatorArg): Soon<OperatorArg> {
  const handle = handleOf(other);
  if (!(arg instanceof Uint8Array) || handle === undefined) return arg;
  const { device } = call.engine.describe(handle);
  if (device === undefined || device === "cpu") return arg;
  return after(call.engine.create(arg, { device }), (made) => ({ handle: call.keep(made) }));
}

/** (x;y;z;beta;alpha;output): beta x + alpha times the product of y and z */
const added = (name: string, second: string, third: string): OperatorRow =>
  fn(
    PAGE,
    name,
    form([x, input("y", second), input("z", third), number("beta"), number("alpha")], name, { out: "out" }),
    {
      list: "args",
      words: {
        count: "{who}: 3-6 args expected, (x;y;z;beta;alpha;output), {n} given",
        wrong: "{who}: unrecognized arg(s), 3-6 args expected, (x;y;z;beta;alpha;output)",
      },
    },
  );

const PRODUCTS: readonly OperatorRow[] = [
  product("bmm", "bmm", input("y", "mat2")),
  product("dot", "dot", input("y", "tensor")),
  product("outer", "outer", input("y", "vec2")),
  product("matmul", "matmul", y),
  product("mm", "mm", input("y", "mat2")),
  product("mmt", "mm", input("y", "mat2"), x, transposed("mat2", "self")),
  product("mtm", "mm", input("y", "mat2"), x, transposed("self", "mat2")),
  product("mv", "mv", input("y", "vec")),
  product("householder", "linalg_householder_product", input("y", "tau"), input("x", "input")),
  fn(
    PAGE,
    "Cross",
    form([x, y, long("dim")], "cross", { out: "out", derive: (options) => ({ dim: -1n, ...options }) }),
    {
      who: "cross",
      list: "args",
      words: {
        count: "{who}: expecting 2-4 args, (x;y;dim;output), given {n}",
        wrong: "{who}: unexpected args(), expecting 2-4 args, (x;y;dim;output)",
      },
    },
  ),
  added("addbmm", "batch1", "batch2"),
  added("addmm", "mat1", "mat2"),
  added("addmv", "mat", "vec"),
  added("addr", "vec1", "vec2"),
  added("baddbmm", "batch1", "batch2"),
  fn(PAGE, "multidot", form([input("x", "tensors", { several: true })], "linalg_multi_dot")),
  fn(
    PAGE,
    "power",
    form([x, long("n").must("2nd argument of long integer n-th power expected")], "matrix_power", {
      out: "out",
    }),
    {
      list: "args",
      guard: ({ n }) => (n === LONG_NULL ? "nth power cannot be null" : undefined),
      words: {
        refused: "{who}: 2nd argument of long integer n-th power expected, given {type}",
        few: "{who}: 2nd argument of long integer n-th power expected, given {type}",
        count: "{who}: unrecognized arg(s), expecting (matrix;n) or (matrix;n;output)",
        wrong: "{who}: unrecognized arg(s), expecting (matrix;n) or (matrix;n;output)",
      },
    },
  ),
];

// factors ------------------------------------------------------------------------------------------------------

/** A function of one matrix that refuses what is less; lists of matrices are one array. */
const matrices: Extra = { list: "array", refuses: "simple" };

const both = (text: string): Extra["words"] => ({ count: text, wrong: text });

/** (x;upper;output) of eigenvalues, with eigenvectors in a vector; only symmetric matrices have the flag. */
function eigen(name: string, symmetric: boolean, vectors: boolean): OperatorRow {
  const upper = flag("upper").to("UPLO", (value) => (value === true ? "U" : "L"));
  const most = symmetric ? 3 : 2;
  const args = `expecting 1-${most} args, (x;${symmetric ? "upper;" : ""};output), {n} given`;
  return fn(
    PAGE,
    name,
    form([x, ...(symmetric ? [upper] : [])], `linalg_${name}`, { out: vectors ? "vector" : "out" }),
    { ...matrices, words: { count: `{who}: ${args}`, wrong: `{who}: unrecognized arg(s), ${args}` } },
  );
}

const svdDriver = (who: string) =>
  choice("driver", ["gesvd", "gesvda", "gesvdj"], `${who}: unrecognized driver \``);

const qrMode = choice("mode", ["reduced", "complete", "r"], "unrecognized qr mode: ").to(
  "mode",
  (mode) => mode ?? fail("unrecognized qr mode: "),
);

const FACTORS: readonly OperatorRow[] = [
  fn(PAGE, "chol", form([x, flag("upper")], "linalg_cholesky", { out: "out" }), {
    ...matrices,
    words: {
      refused: "solve: not implemented for {type}",
      ...both("{who}: unrecognized arg(s), expecting 1-3 args, a, (a;upper), (a;out) or (a;upper;out)"),
    },
  }),
  fn(
    PAGE,
    "cholx",
    form([x, flag("upper"), flag("check").to("check_errors")], "linalg_cholesky_ex", { out: "vector" }),
    {
      ...matrices,
      words: {
        count: "{who}: expecting 1-4 arg(s), (x;upper;check;output), {n} given",
        wrong: "{who}: unexpected arg(s), expecting 1-4 arg(s), (x;upper;check;output)",
      },
    },
  ),
  eigen("eig", false, true),
  eigen("eigh", true, true),
  eigen("eigvals", false, false),
  eigen("eigvalsh", true, false),
  fn(PAGE, "qr", form([matrix, qrMode], "linalg_qr", { out: "vector" }), {
    ...matrices,
    words: {
      count: "{who}: 1-3 args expected, (x;mode;output), {n} given",
      wrong: "{who}: unexpected arg(s), 1-3 args expected, (x;mode;output)",
    },
  }),
  fn(PAGE, "lu", form([matrix, flag("pivot")], "linalg_lu_factor", { out: "vector" }), {
    who: "lufactor",
    words: {
      count: "{who}: expecting 1-3 args, (x;pivot;output), given {n}",
      wrong: "{who}: unrecognized args, expecting 1-3 args, (x;pivot;output)",
    },
  }),
  fn(
    PAGE,
    "lux",
    form([matrix, flag("pivot"), flag("check").to("check_errors")], "linalg_lu_factor_ex", { out: "vector" }),
    {
      ...matrices,
      words: {
        count: "{who}: expecting 1-4 arg(s), (x;pivot;check;output), {n} given",
        wrong: "{who}: unexpected arg(s), expecting 1-4 arg(s), (x;pivot;check;output)",
      },
    },
  ),
  fn(
    PAGE,
    "svd",
    form([matrix, flag("full").to("full_matrices"), svdDriver("svd")], "linalg_svd", { out: "vector" }),
    {
      ...matrices,
      words: {
        count: "{who}: expecting 1-4 args, (x;full;driver;out vector), given {n}",
        wrong: "{who}: unrecognized args, expecting 1-4 args, (a;full;driver;out vector)",
      },
    },
  ),
  fn(PAGE, "svdvals", form([matrix, svdDriver("svdvals")], "linalg_svdvals", { out: "out" }), {
    ...matrices,
    words: {
      count: "{who}: expecting 1-3 args, (x;driver;out), given {n}",
      wrong: "{who}: unrecognized args, expecting 1-3 args, (a;driver;out)",
    },
  }),
];

// properties, inverses, solutions ------------------------------------------------------------------------------

/** (input;atol;rtol;hermitian;output) */
const tolerant = (name: string, operator: string): OperatorRow =>
  fn(
    PAGE,
    name,
    form([x, maybeDouble("atol"), maybeDouble("rtol"), flag("hermitian")], `${operator}.atol_rtol_float`, {
      out: "atol_rtol_float_out",
    }),
    { words: { wrong: "{who}: unrecognized arg(s), expecting up to 5, (input;atol;rtol;hermitian;output)" } },
  );

const rightSide = input("b", "self");

const SOLUTIONS: readonly OperatorRow[] = [
  ...["det", "logdet", "slogdet"].map((name) => fn(PAGE, name, form([x], name))),
  tolerant("mrank", "linalg_matrix_rank"),
  tolerant("pinverse", "linalg_pinv"),
  fn(PAGE, "inverse", form([x], "inverse", { out: "out" })),
  fn(PAGE, "cholinverse", form([x, flag("upper")], "cholesky_inverse", { out: "out" }), {
    ...matrices,
    words: {
      count: "{who}: 1-3 args expected, (x;upper;output), {n} given",
      wrong: "{who}: unexpected arg(s), 1-3 args expected, (x;upper;output)",
    },
  }),
  fn(
    PAGE,
    "cholsolve",
    form([rightSide, input("u", "input2"), flag("upper")], "cholesky_solve", { out: "out" }),
    {
      who: "choleskysolve",
      list: "args",
      words: {
        count: "{who}: 2-4 args expected, (b;u;upper;output), but {n} given",
        wrong: "{who}: unrecognized arg(s), 2-4 args expected, (b;u;upper;output",
      },
    },
  ),
  fn(PAGE, "solve", form([a, b, flag("left")], "linalg_solve", { out: "out" }), {
    list: "args",
    words: {
      count: "{who}: expects 2-4 args, (a;b;left;out), given {n}",
      wrong: "{who}: unrecognized arg(s), expecting 2-4 args, (a;b), (a;b;left), (a;b;out) or (a;b;left;out)",
    },
  }),
  fn(
    PAGE,
    "trisolve",
    form(
      [
        ...[input("a", "self"), b],
        flag("upper").must("3rd arg of upper triangular flag expected"),
        ...[flag("left"), flag("unitriangular")],
      ],
      "linalg_solve_triangular",
      { out: "out" },
    ),
    {
      who: "solve",
      list: "args",
      words: {
        count: "{who}: expects 3-6 args, (a;b;upper;left;unitriangular;output), given {n}",
        wrong: "{who}: unrecognized args, expecting 3-6 args, (a;b;upper;left;unitriangular;output)",
      },
    },
  ),
  fn(
    PAGE,
    "lstsq",
    form(
      [
        ...[input("a", "self"), input("b", "b"), maybeDouble("rcond")],
        choice("method", ["gels", "gelsd", "gelss", "gelsy"], "unrecognized driver: ").to("driver"),
      ],
      "linalg_lstsq",
      { out: "vector" },
    ),
    {
      list: "args",
      words: {
        count: "{who}: expects 2-5 args, (a;b;rcond;method;output), given {n}",
        wrong: "{who}: unexpected args, expects 2-5 args, (a;b;rcond;method;output)",
      },
    },
  ),
];

export const LINALG: readonly OperatorRow[] = [...PRODUCTS, ...FACTORS, ...SOLUTIONS];
