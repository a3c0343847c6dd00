/** Parts of tensors along a dimension: `narrow` and `index` (tensorop page). */
import { Atom, type K, List } from "../../../protocol/values.js";
import { asHandle } from "../../engine/handle.js";
import type { Handle, Soon } from "../../engine/index.js";
import { invoke, make } from "../args/invoke.js";
import { nameOf } from "../args/ktypes.js";
import { after, answer, asLong, describe, encoded, fail, isLongs, objectOf, resolve } from "../args/read.js";
import { membersOf } from "../args/values.js";
import { type Answer, type Call, page, type Topic } from "../call.js";
import { always, fn, form, x } from "../math/forms.js";
import { long } from "../math/options.js";
import { type Reading, readForms } from "../math/read.js";
import { run } from "../math/run.js";

const NARROW = fn(
  "tensorop",
  "narrow",
  form(
    [x, long("dim").must(), long("offset").to("start").must(), long("size").to("length").must()],
    "narrow",
  ),
  { list: "args", words: always("{who}: unrecognized arg(s), expecting (input; dim; offset; size)") },
);

/** A part along a dimension (input;dim;offset;size), of each of a vector's tensors too. */
function narrow(call: Call, x: K): Soon<Answer> {
  const vector = x instanceof List && x.count > 1 ? objectOf(call, x.items[0]!, "vector") : undefined;
  return vector === undefined ? run(call, NARROW, x) : narrowAll(call, vector, readForms(call, NARROW, x));
}

async function narrowAll(call: Call, vector: Handle, { options }: Reading): Promise<K> {
  const parts: Handle[] = [];
  for (const handle of membersOf(call, vector, "vector").inputs as readonly Handle[])
    parts.push(call.keep(await make(call, "narrow", { self: { handle }, ...options })));
  return answer(await call.engine.vector(parts));
}

/** One position along a dimension, or several. */
function index(call: Call, given: K): Soon<K> {
  if (!(given instanceof List)) return fail(`index: not implemented for ${nameOf(given)}`);
  const handle = asHandle(given) !== undefined;
  if (handle || given.count !== 3)
    return fail(`index: expecting 3 args, (input;dim;ind), given ${handle ? 1 : given.count}`);
  const [source, second, which] = given.items as [K, K, K];
  const dim =
    asLong(second) ?? fail(`index: 2nd argument of dimension expected, given ${describe(call, second)}`);
  const found = resolve(call, source);
  if (found !== undefined && found.kind !== "tensor") fail(`index: not implemented for ${found.kind}`);
  const as = found === undefined ? "k" : "handle";
  const self = found === undefined ? encoded(source) : { handle: found.handle };
  if (which instanceof Atom && asLong(which) !== undefined)
    return after(invoke(call, "select.int", { self, dim, index: asLong(which) }, as), answer);
  const indices = resolve(call, which);
  if (indices?.kind !== "tensor" && !isLongs(which))
    fail(`index: 3rd argument of index/indices expected, given ${describe(call, which)}`);
  const positions = indices === undefined ? encoded(which) : { handle: indices.handle };
  return after(invoke(call, "index_select", { self, dim, index: positions }, as), answer);
}

export const partTopic: Topic = page("tensorop", { narrow, index });
