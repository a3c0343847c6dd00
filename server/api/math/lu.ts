/** What the factors of `lu` are for (math-linalg page): the matrices that they stand for, and solutions. */
import * as k from "../../../protocol/make.js";
import { type K, List } from "../../../protocol/values.js";
import { asHandle, handleK } from "../../engine/handle.js";
import type { Handle, Soon } from "../../engine/index.js";
import { isArray } from "../args/arrays.js";
import { handleOf, invoke } from "../args/invoke.js";
import { answer, argumentsOf, asNumber, fail, objectOf } from "../args/read.js";
import { membersOf } from "../args/values.js";
import { type Answer, type Call, page, type Topic } from "../call.js";
import { type Before, fn, form, input, type OperatorRow } from "./forms.js";
import { flag } from "./options.js";
import { run } from "./run.js";

const PAGE = "math-linalg";

const LU = input("matrix", "LU_data");
const PIVOTS = input("pivots", "LU_pivots");

/** LAPACK trusts the pivots: one beyond the matrix would have it read and write beyond its memory. */
const checked: Before = async (call, args) => {
  const handles: Record<string, { handle: Handle }> = {};
  for (const name of [LU.aten, PIVOTS.aten]) {
    const arg = args[name]!;
    handles[name] = { handle: handleOf(arg) ?? call.keep(await call.engine.create(arg as Uint8Array)) };
  }
  await checkPivots(call, handles[LU.aten]!.handle, handles[PIVOTS.aten]!.handle);
  return { ...args, ...handles };
};

async function checkPivots(call: Call, matrix: Handle, pivots: Handle): Promise<void> {
  const [lu, order] = [matrix, pivots].map((handle) => call.engine.describe(handle));
  if (!lu!.defined || !order!.defined || lu!.dim < 2n) return; // libtorch's own errors
  const [rows, columns] = lu!.size.slice(-2) as [bigint, bigint];
  const wanted = [...lu!.size.slice(0, -2), rows < columns ? rows : columns];
  if (String(order!.size) !== String(wanted))
    fail(`pivots of size [${wanted.join(", ")}] expected, given [${order!.size.join(", ")}]`);
  if (order!.dtype !== "int") fail(`pivots of type int expected, given ${order!.dtype}`);
  if (order!.numel === 0n) return;
  for (const extreme of ["amin", "amax"]) {
    const pivot = asNumber(answer(await invoke(call, extreme, { self: { handle: pivots } }, "k")))!;
    if (pivot < 1n || pivot > rows) fail(`pivot ${pivot} is not in the range 1-${rows}`);
  }
}

const LUN = fn(
  PAGE,
  "lun",
  form([LU, PIVOTS, flag("dataflag").to("unpack_data"), flag("pivotflag").to("unpack_pivots")], "lu_unpack", {
    out: "vector",
    before: checked,
  }),
  {
    list: "args",
    words: {
      count:
        "{who}: expecting 1-5 args, (lu vector;dataflag;pivotflag;output) or (lu matrix;pivots;dataflag;pivotflag;output), {n} arg(s) given",
      wrong:
        "{who}: unrecognized inputs, expecting a single input vector or 2 arrays/tensors, but {n} inputs given",
    },
  },
);

const LUSOLVE = fn(
  PAGE,
  "lusolve",
  form([input("b", "self"), LU, PIVOTS], "lu_solve", { out: "out", before: checked }),
  {
    list: "args",
    words: {
      count: "{who}: 2-4 arguments expected, (b;lu;output) or (b;matrix;pivot;output), but {n} given",
      wrong: "{who}: 4th arg of output tensor expected, given {last}",
    },
  },
);

/**
 * Both factors in the place of a vector or k list of them.
 * @param at where the factors stand among the arguments
 */
function factors(call: Call, { name }: OperatorRow, x: K, at: number): K {
  const items = argumentsOf(x);
  const given = items[at];
  if (given === undefined) return x;
  const vector = objectOf(call, given, "vector");
  let both: readonly K[];
  if (vector !== undefined)
    both = membersOf(call, vector, "vector").inputs.map((each) => handleK(each as Handle));
  else if (given instanceof List && asHandle(given) === undefined && given.count >= 2 && !isArray(given))
    both = given.items;
  else return x;
  if (both.length < 2)
    return fail(
      `${name}: first arg is ${both.length}-element vector, but 2 elements required (LU matrix & pivots)`,
    );
  return k.list([...items.slice(0, at), ...both.slice(0, 2), ...items.slice(at + 1)]);
}

/** The factors of `lu` as the matrices that they stand for. */
const unpack = (call: Call, x: K): Soon<Answer> => run(call, LUN, factors(call, LUN, x, 0));

/** The solution by the factors of `lu`. */
const solveFactored = (call: Call, x: K): Soon<Answer> => run(call, LUSOLVE, factors(call, LUSOLVE, x, 1));

export const luTopic: Topic = page(PAGE, { lun: unpack, lusolve: solveFactored });
