/**
 * Gives every form of the tables of operators, and every option of the functions of modules, odd arguments, one at a
 * time, in this process, which hostile.test.ts starts: `node hostile.js PLACE`. The file PLACE holds the call that is
 * being made, in case it is the last. Printed are how many calls were made and those that gave neither a value nor an
 * error of ours, or left something behind.
 */
import { openSync, writeSync } from "node:fs";
import { argv } from "node:process";
import * as k from "../../protocol/make.js";
import { Dict, type K, List } from "../../protocol/values.js";
import { show } from "../../server/api/args/show.js";
import { type Form, isInput, type OperatorRow } from "../../server/api/math/forms.js";
import { OPERATORS } from "../../server/api/math/index.js";
import { LAYERS } from "../../server/api/modules/types/layers.js";
import type { LayerRow, OptionRow } from "../../server/api/modules/types/rows.js";
import { LOSSES } from "../../server/api/training/loss_types.js";
import { OPTIMIZERS } from "../../server/api/training/optimizer_types.js";
import { asHandle } from "../../server/engine/handle.js";
import { functions, Q, since } from "./rig.js";

/** Milliseconds; what takes longer would take for ever with somewhat larger arguments. */
const LONGEST = 10_000;

const LITERALS = [
  ...[
    "0N",
    "0W",
    "-0W",
    "-1",
    "0",
    "3",
    "2000000000",
    "1099511627776",
    "0Ni",
    "-32768h",
    "0n",
    "0w",
    "-0w",
    "1e300",
  ],
  ...[
    "-1.5e",
    "0Ne",
    "1b",
    "0x00",
    '"a"',
    '""',
    '"abc"',
    "`",
    "`a",
    "`float",
    "`a`b",
    "2024.01.01",
    "::",
    "()",
  ],
  ...[
    "0#0",
    "0#0f",
    "0#0b",
    "enlist()",
    "(();())",
    "enlist 5",
    "0N -1",
    "-9223372036854775807 -1",
    "1 0",
    "0 0 0",
  ],
  ...[
    "1 2f",
    "0n 0w",
    "101b",
    "1 2h",
    "(1 2;3 4)",
    "(1 2f;3 4f)",
    "(1 2;3 4 5)",
    "(1;2f)",
    "(1 2;`a)",
    "2 2 2#til 8",
  ],
  ...["`a`b!1 2", "([]a:1 2)", "{x}", "enlist enlist 1 2f", "100000#0", "100000 100000"],
];

/** Handles; `stale` was freed, `foreign` is another user's. */
const OBJECTS = [
  ...[
    "tensor(1 2f;3 4f)",
    "tensor 1 2 3",
    "tensor 5e",
    "tensor()",
    "tensor 0#0",
    "tensor 110b",
    "tensor(`empty;0 3)",
  ],
  ...["tensor((1 2f;3 4f);`cdouble)", "tensor(1 2f;`half)", "tensor(`zeros;3;`sparse)", "tensor(1 2f;`grad)"],
  "tensor(1 2f;`bfloat16)",
  ...(since(3) ? ["tensor(1 0;`uint16)", "tensor(-1 0;`uint64)", "tensor(1 2f;`float8_e4m3fn)"] : []),
  ...["vector(1 2;3 4f)", "vector()", "dict`a`b!(1 2;3f)", "module`relu", "loss`mse"],
];

const GOOD: Readonly<Record<string, string>> = {
  long: "1",
  longs: "enlist 1",
  flag: "1b",
  number: "2",
  scalar: "2",
  double: "2f",
  dtype: "`double",
  text: '"ij->ji"',
};

const q = new Q();
const other = new Q();
const place = openSync(argv[2]!, "w");
const complaints: string[] = [];
let calls = 0;

const handlesIn = (value: K): number[] => {
  const one = asHandle(value);
  if (one !== undefined) return [one];
  const items = value instanceof Dict ? value.values : value;
  return items instanceof List && items.count < 100 ? items.items.flatMap(handlesIn) : [];
};

const complain = (call: string, what: string): void => {
  if (complaints.length < 100) complaints.push(`${call}: ${what}`);
};

const isFault = (error: unknown): boolean =>
  !(error instanceof Error) ||
  error instanceof TypeError ||
  error instanceof RangeError ||
  error instanceof ReferenceError ||
  (error.cause !== undefined && isFault(error.cause));

/** An error that says what the session did wrong, in libtorch's words or ours; a fault of this program is none. */
const isWord = (error: unknown): boolean =>
  !isFault(error) && !/std::|_M_range|bad_/.test((error as Error).message);

async function attempt(name: string, arg: K): Promise<void> {
  const call = `${name} ${show(arg)}`;
  writeSync(place, `${call}\n`.padEnd(300), 0);
  calls++;
  const before = new Set(q.engine.handles());
  const start = performance.now();
  let given: readonly number[] = [];
  try {
    given = handlesIn(await q.send(name, arg));
  } catch (error) {
    if (!isWord(error)) complain(call, `'${(error as Error).message}`);
  }
  const time = performance.now() - start;
  if (time > LONGEST) complain(call, `took ${Math.round(time)} ms`);
  for (const handle of q.engine.handles()) {
    if (before.has(handle)) continue;
    if (!given.includes(handle)) complain(call, "left a handle behind");
    q.engine.release(handle);
  }
}

const values = async (texts: readonly string[]): Promise<K[]> => {
  const all: K[] = [];
  for (const text of texts) all.push(await q.value(text));
  return all;
};

/** Handles of objects that nothing has changed yet. */
async function objects(): Promise<K[]> {
  const stale = await q.value("tensor 1 2");
  q.engine.release(asHandle(stale)!);
  return [...(await values(OBJECTS)), stale, await other.value("tensor 1 2")];
}

/** What a form is called with when all is well. */
const sound = (form: Form, input: K): Promise<K[]> =>
  Promise.all(
    form.args.map(async (argument) => {
      if (isInput(argument))
        return argument.only === "number" || argument.only === "atom" ? k.float(2) : input;
      return await q.value(GOOD[argument.type] ?? `\`${/^one of (\w+)/.exec(argument.type)?.[1]}`);
    }),
  );

async function tryRow(row: OperatorRow, literals: readonly K[]): Promise<void> {
  const handles = await objects();
  const odd = [...literals, ...handles];
  for (const value of odd) await attempt(row.name, value);
  for (const form of row.forms)
    for (const input of [await q.value("(1 2f;3 4f)"), handles[0]!]) {
      const args = await sound(form, input);
      const needed = args.slice(0, form.least);
      for (const value of odd) {
        for (let i = 0; i < args.length; i++) await attempt(row.name, k.collapse(args.with(i, value)));
        for (const start of [needed, args]) await attempt(row.name, k.collapse([...start, value]));
        if (needed.length > 1) await attempt(row.name, k.collapse(needed.map(() => value)));
      }
    }
  q.free();
  other.free();
}

/** Functions of the same pages that stand beside the rows: with one odd argument, and with two. */
async function tryFunction(name: string, literals: readonly K[]): Promise<void> {
  const handles = await objects();
  const odd = [...literals, ...handles];
  const plain = await q.value("(1 2f;3 4f)");
  for (const value of odd) {
    await attempt(name, value);
    for (const input of [plain, handles[0]!])
      for (const args of [
        [input, value],
        [value, input],
        [input, k.long(1), value],
        [input, value, k.long(1)],
      ])
        await attempt(name, k.collapse(args));
  }
  q.free();
  other.free();
}

/** A usual value of a module type's option, as q. */
function usual({ type, fallback, example, count = 1 }: OptionRow): string {
  const value = fallback ?? example ?? 2;
  switch (type) {
    case "bool":
      return "0b";
    case "symbol":
    case "dtype":
      return `\`${typeof value === "string" ? value : ""}`;
    case "double":
      return ".5";
    case "tensor":
      return "2f";
    case "inner":
      return "(4 2)";
    case "ratio":
    case "doubles":
      return "()";
    case "longs":
      return "1 1";
    default:
      return count > 1 ? `${count}#2` : "2";
  }
}

/** Functions of module types: each option odd, after usual ones, for inputs of one to five dimensions. */
async function tryOptions({ name, options, inputs }: LayerRow, literals: readonly K[]): Promise<void> {
  const before = await values(options.map(usual));
  for (const input of await values(["", "2", "1 2", "1 2 3", "1 1 2 3"].map((size) => `${size} 6#1f`)))
    for (let i = 0; i < options.length; i++)
      for (const value of literals)
        await attempt(name, k.list([...inputs.map(() => input), ...before.slice(0, i), value]));
}

/** Every type of module, loss and optimizer made with each option odd: in its position, and by its name. */
async function tryDefinition(
  who: string,
  { name, options }: Pick<LayerRow, "name" | "options">,
  literals: readonly K[],
  more: readonly K[] = [],
): Promise<void> {
  const before = await values(options.map(usual));
  const define = (...rest: K[]): K => k.list([k.symbol(name), ...more, ...rest]);
  const wrap = (x: K): K => (who === "module" ? k.list([x]) : x);
  for (let i = 0; i < options.length; i++)
    for (const value of literals) {
      await attempt(who, wrap(define(...before.slice(0, i), value)));
      const pairs = options.map(({ name }, j) => k.list([k.symbol(name), j === i ? value : before[j]!]));
      await attempt(who, wrap(define(k.list(pairs))));
    }
}

/** A model with data for training and tests. */
async function modelWithData(): Promise<K> {
  await q.run(
    "q:module seq(`sequential;(`linear;2;1);(`batchnorm1d;1))",
    "m:model(q;loss`mse;opt(`sgd;q;.1))",
    "train(m;4 2#1 2 3e;4 1#1 0e)",
    "test(m;4 2#1 2 3e;4 1#1 0e)",
  );
  return await q.value("m");
}

/** Functions of models: odd arguments after the model, and odd data. */
async function tryModelFunction(name: string, literals: readonly K[]): Promise<void> {
  const handles = await objects();
  const model = await modelWithData();
  const [x, y] = await values(["4 2#3 2 1e", "4 1#1e"]);
  await attempt(name, model);
  for (const value of [...literals, ...handles, model]) {
    await attempt(name, value);
    for (const rest of [[value], [value, y], [x, value], [value, value], [x, y, value]])
      await attempt(name, k.collapse([model, ...rest] as K[]));
  }
  q.free();
  other.free();
}

/** Functions of feeds, of one that knows its table: odd arguments after the feed and after a model, and odd rows. */
async function tryFeedFunction(name: string, literals: readonly K[]): Promise<void> {
  const handles = await objects();
  const idle = await modelWithData();
  await q.run(
    "m:model(module enlist(`linear;1;1);loss`mse;opt`sgd)",
    'f:feed(m;`source`table`x`y!(`push;`quote;(1#`mid)!enlist"bid";"ahead[1;mid]"))',
    "t:([]time:0D10+til 3;sym:3#`a;bid:1 2 3f)",
    "upd(`quote;t)",
  );
  const [feed, table, options, quote] = await values([
    ...["f", "t", '`source`table`x`y!(`push;`quote;(1#`mid)!enlist"bid";"ahead[1;mid]")', "`quote"],
  ]);
  for (const value of [...literals, ...handles, idle, feed!, table!, options!]) {
    await attempt(name, value);
    for (const args of [
      ...[
        [feed, value],
        [value, feed],
        [value, table],
        [feed, table, value],
        [quote, value],
        [value, table],
      ],
      ...[
        [quote, table, value],
        [value, options],
        [idle, value],
        [idle, options, value],
      ],
    ])
      await attempt(name, k.collapse(args as K[]));
  }
  q.free();
  other.free();
}

/** Each option odd, and what then computes with it. */
async function tryRunOptions(phase: "train" | "test", literals: readonly K[]): Promise<void> {
  const names = await q.value(`key ${phase} m:model(module\`relu;loss\`mse;opt\`sgd)`);
  for (let i = 0; i < k.count(names); i++) {
    const model = await modelWithData();
    for (const value of literals) {
      await attempt(phase, k.list([model, k.at(names, i), value]));
      for (const name of phase === "train" ? ["run", "batch", "backstep", "clip"] : ["testrun", "testbatch"])
        await attempt(name, model);
    }
    q.free();
  }
}

const literals = await values(LITERALS);
const rows = new Set(OPERATORS.map(({ name }) => name));
const pages = new Set([...OPERATORS.map(({ page }) => page), "init"]);
for (const row of OPERATORS) await tryRow(row, literals);
for (const { name, page, rank } of functions.values())
  if (pages.has(page) && !rows.has(name) && rank === 1) await tryFunction(name, literals);
for (const [name, row] of LAYERS)
  if (functions.get(name)?.page === "functional") await tryOptions(row, literals);
for (const row of LAYERS.values()) if (!row.functional) await tryDefinition("module", row, literals);
for (const row of LOSSES.values()) await tryDefinition("loss", row, literals);
for (const row of OPTIMIZERS.values()) await tryDefinition("opt", row, literals, [k.EMPTY]);
for (const { name, page } of functions.values())
  if (page === "train" || name === "batch" || name === "restore") await tryModelFunction(name, literals);
for (const { name, page } of functions.values())
  if (page === "feed" || name === "history") await tryFeedFunction(name, literals);
for (const phase of ["train", "test"] as const) await tryRunOptions(phase, literals);
console.log(JSON.stringify({ calls, complaints, objects: Number(q.engine.objectCount()) }));
