/** Shapes and parts of tensors (tensorop page). */
import { Atom, type K, List } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";
import type { Soon } from "../../engine/index.js";
import { invoke } from "../args/invoke.js";
import { nameOf } from "../args/ktypes.js";
import { after, answer, anyTensor, asLong, asLongs, describe, encoded, fail, resolve } from "../args/read.js";
import type { Call } from "../call.js";
import { fn, form, type OperatorRow, x } from "./forms.js";
import { long, type Option, size } from "./options.js";

const PAGE = "tensorop";

const WRONG = {
  count: "{who}: unrecognized arg(s), expecting ({form})",
  wrong: "{who}: unrecognized arg(s), expecting ({form})",
};

const shaping = (name: string, operator: string, options: readonly Option[]): OperatorRow =>
  fn(PAGE, name, form([x, ...options], operator), { words: WRONG });

export const SHAPING: readonly OperatorRow[] = [
  shaping("reshape", "reshape", [size("size").to("shape").must()]),
  shaping("View", "view", [size("size").must()]),
  shaping("expand", "expand", [size("size").must()]),
  shaping("narrow", "narrow", [
    long("dim").must(),
    long("offset").to("start").must(),
    long("size").to("length").must(),
  ]),
  shaping("detach", "detach", []),
  fn(
    PAGE,
    "transpose",
    [
      form([x, long("dim1").to("dim0").must(), long("dim2").to("dim1").must()], "transpose.int"),
      form([x], "t"),
    ],
    { words: WRONG },
  ),
];

/** One position along a dimension, or several. */
export function index(call: Call, given: K): Soon<K> {
  if (!(given instanceof List)) return fail(`index: not implemented for ${nameOf(given)}`);
  const handle = asHandle(given) !== undefined;
  if (handle || given.count !== 3)
    return fail(`index: expecting 3 args, (input;dim;ind), given ${handle ? 1 : given.count}`);
  const [source, dim, which] = given.items as [K, K, K];
  const at = asLong(dim) ?? fail(`index: 2nd argument of dimension expected, given ${nameOf(dim)}`);
  const found = resolve(call, source);
  if (found !== undefined && found.kind !== "tensor") fail(`index: not implemented for ${found.kind}`);
  const as = anyTensor(call, [source]) ? "handle" : "k";
  const self = found === undefined ? encoded(source) : { handle: found.handle };
  if (which instanceof Atom && asLong(which) !== undefined)
    return after(invoke(call, "select.int", { self, dim: at, index: asLong(which) }, as), answer);
  const indices = resolve(call, which);
  if (indices?.kind !== "tensor" && asLongs(which) === undefined)
    fail(`index: 3rd argument of index/indices expected, given ${describe(call, which)}`);
  const positions = indices === undefined ? encoded(which) : { handle: indices.handle };
  return after(invoke(call, "index_select", { self, dim: at, index: positions }, as), answer);
}
