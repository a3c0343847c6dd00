/** Sparse tensors: made of dense ones, and taken apart (sparse page). */
import { Atom, type K, List, NULL, Vector } from "../../../protocol/values.js";
import { asHandle, handleK } from "../../engine/handle.js";
import type { Handle, OperatorArg, Soon } from "../../engine/index.js";
import { isArrayOf, isTensorType } from "../args/arrays.js";
import { invoke, make } from "../args/invoke.js";
import { after, answer, asLong, describe, encoded, fail, objectOf } from "../args/read.js";
import { type Call, page, type Topic } from "../call.js";
import { tensorAsked } from "./complex.js";

const PAGE = "sparse";

const isSparse = ({ engine }: Call, handle: Handle): boolean => engine.describe(handle).layout === "sparse";

/** Indices or values as they are stored. */
const stored =
  (name: string) =>
  (call: Call, x: K): Soon<K> => {
    const asked = tensorAsked(call, x);
    if (asked === undefined || !isSparse(call, asked.handle))
      return fail(
        `${name}: expects a sparse tensor (enlist to return tensor ptr), given ${describe(call, x)}`,
      );
    return after(invoke(call, `_${name}`, { self: { handle: asked.handle } }, asked.as), answer);
  };

function sparseTensor(call: Call, x: K, who: string): Handle {
  const handle = objectOf(call, x, "tensor");
  if (handle !== undefined && isSparse(call, handle)) return handle;
  return fail(`${who}: expecting sparse tensor, given ${describe(call, x)}`);
}

/** Sorts the indices and sums the values of equal ones; other handles to the tensor keep it as it was. */
function coalesce(call: Call, x: K): Soon<K> {
  const handle = sparseTensor(call, x, "coalesce");
  if (call.engine.attribute(handle, "coalesced") === true) return NULL;
  return after(make(call, "coalesce", { self: { handle } }), (made) => {
    call.engine.replace(handle, made);
    return NULL;
  });
}

const dense = (call: Call, x: K): Soon<K> =>
  after(make(call, "to_dense", { self: { handle: sparseTensor(call, x, "dense") } }), handleK);

/** A tensor or an array for an operator; undefined for what is neither. */
function tensorOrArray(call: Call, x: K): OperatorArg | undefined {
  const handle = objectOf(call, x, "tensor");
  if (handle !== undefined) return { handle };
  if (asHandle(x) !== undefined) return undefined;
  const array =
    x instanceof List ? isArrayOf(x, 2) : (x instanceof Atom || x instanceof Vector) && isTensorType(x.type);
  return array ? encoded(x) : undefined;
}

const SPARSE = "sparse: unrecognized arg(s), expecting input, (input;sparsedim) or (input;sparse tensor)";

/** A second handle to a tensor that is sparse as asked already: libtorch 1.13 cannot convert it. */
function itself({ engine }: Call, handle: Handle | undefined, sparseDim?: bigint): K | undefined {
  if (handle === undefined || engine.describe(handle).layout !== "sparse") return undefined;
  const same = sparseDim === undefined || engine.attribute(handle, "sparsedim") === sparseDim;
  return same ? handleK(engine.addref(handle)) : undefined;
}

/** All dimensions sparse, the first of them (input;sparsedim), or the elements that a mask has (input;sparse tensor). */
function sparse(call: Call, x: K): Soon<K> {
  const [first, second] = x instanceof List && x.count === 2 ? x.items : [];
  const sparseDim = asLong(second);
  const mask = second === undefined ? undefined : objectOf(call, second, "tensor");
  const all = sparseDim === undefined && mask === undefined;
  const same = mask === undefined && itself(call, objectOf(call, all ? x : first!, "tensor"), sparseDim);
  if (same) return same;
  if (all) return after(make(call, "to_sparse", { self: tensorOrArray(call, x) ?? fail(SPARSE) }), handleK);
  const self = argument(call, first!);
  if (mask === undefined)
    return after(make(call, "to_sparse.sparse_dim", { self, sparse_dim: sparseDim }), handleK);
  if (!isSparse(call, mask)) return fail("sparse: 2nd arg is not a sparse tensor, unable to use its indices");
  return after(make(call, "sparse_mask", { self, mask: { handle: mask } }), handleK);
}

/** A tensor, or what the engine makes of a k value. */
function argument(call: Call, x: K): OperatorArg {
  const handle = objectOf(call, x, "tensor");
  if (handle !== undefined) return { handle };
  return asHandle(x) === undefined ? encoded(x) : fail(SPARSE);
}

/** Indices of what is not zero, a row for each dimension, or of the first dimensions alone (input;sparsedim). */
async function sparseIndex(call: Call, x: K): Promise<K> {
  const items = x instanceof List && x.count === 2 ? x.items : [];
  const dimensions = asLong(items[1]);
  const given = dimensions === undefined ? x : items[0]!;
  const self =
    tensorOrArray(call, given) ?? fail(`sparseindex: not implemented for ${describe(call, given)}`);
  const as = asHandle(given) === undefined ? "k" : "handle";
  let rows = call.keep(await make(call, "nonzero", { self }));
  if (dimensions !== undefined) {
    const first = { self: { handle: rows }, dim: 1n, start: 0n, length: dimensions };
    const some = call.keep(await make(call, "narrow", first));
    const unique = await make(call, "unique_dim_consecutive", { self: { handle: some }, dim: 0n });
    rows = call.keep(call.engine.member(call.keep(unique), 0n));
  }
  return answer(await invoke(call, "t", { self: { handle: rows } }, as));
}

export const sparseTopic: Topic = page(PAGE, {
  sparse,
  dense,
  coalesce,
  sparseindex: sparseIndex,
  indices: stored("indices"),
  values: stored("values"),
});
