/**
 * How many of the k api documentation's example lines the language evaluates: `node dist/test/doc-lines.js FOLDER
 * [PAGE...] [--show]`. The pages are not part of this repository; FOLDER holds their .rst files.
 *
 * What counts is the language alone: where the k api cannot answer here, as where a page asks for a GPU or goes on with
 * what it got from a file, a stand-in does, with a value of a plausible kind. A line fails when it ends in an error that
 * the language made. Lines that need a file or another process fail too.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as k from "../protocol/make.js";
import { Atom, type K, KError, List } from "../protocol/values.js";
import { FUNCTIONS } from "../server/api/index.js";
import { evaluate, Workspace } from "../server/language/index.js";
import { Q } from "./api/rig.js";

const PAGES = ["freeze", "modules", "pointers", "dictionaries", "vectors", "tensors", "model", "opt", "loss"];

/** A function's name where a page documents it, indexes it or refers to it. */
const NAME = /(?:^\.\. (?:function|index):: +|^\.\. _|:func:`(?:[^`<]*<)?|^ *\| *)([A-Za-z]\w*)/gm;

/** Functions that the pages call without ever naming them in their text. */
const UNNAMED = [
  "normal",
  "random",
  "uniform",
  "relu",
  "bce",
  "bcelogit1",
  "bcelogit2",
  "ce",
  "mse",
  "grad",
  "seed",
];

/** The names that the pages document as functions, and the k api's own. */
function documented(folder: string): Set<string> {
  const names = new Set([...UNNAMED, ...FUNCTIONS.keys()]);
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".rst"))) {
    for (const [, name] of readFileSync(join(folder, file), "utf8").matchAll(NAME)) {
      names.add(name!);
    }
  }
  return names;
}

/** The lines typed at `q)` in a page's code blocks, with their places. */
function typedLines(text: string): { line: number; code: string }[] {
  const found: { line: number; code: string }[] = [];
  text.split("\n").forEach((line, i) => {
    const [, code] = /^\s+q\)(.*)$/.exec(line) ?? [];
    if (code !== undefined && code.trim() !== "") found.push({ line: i + 1, code });
  });
  return found;
}

const matrix = k.list([k.reals([1, 2, 3]), k.reals([4, 5, 6]), k.reals([7, 8, 9])]);
const options = k.dict(k.symbols(["in", "out", "bias"]), k.list([k.long(1), k.long(2), k.boolean(true)]));
const named = (value: K): K => k.dict(k.symbols(["weight", "bias"]), k.list([value, value]));
const definition = k.dict(
  k.symbols(["depth", "module", "name", "options", "parms", "buffers"]),
  k.list([k.long(0), k.symbol("linear"), k.symbol("a"), options, named(matrix), named(matrix)]),
);
const table = k.table({
  module: k.symbols(["linear", "relu"]),
  options: k.list([options, options]),
  parms: k.list([named(matrix), named(matrix)]),
  args: k.list([k.symbols(["tensor"]), k.symbols(["tensor", "tensor"])]),
  pytorch: k.list([k.chars("torch.nn.Linear"), k.chars("torch.nn.ReLU")]),
  result: k.symbols(["tensor", "tensor"]),
  bytes: k.longs([8, 8]),
  gradfn: k.symbols(["fn", "fn"]),
});

const model = k.dict(
  k.symbols(["module", "loss", "optimizer"]),
  k.list([table, definition, k.dict(k.symbols(["options", "parms"]), k.list([options, table]))]),
);
/** What the stand-ins answer that do not answer a handle. */
const ANSWERS: Readonly<Record<string, K>> = {
  ...Object.fromEntries(
    ["class", "device", "dtype", "gradient", "objtype"].map((name) => [name, k.symbol("tensor")]),
  ),
  ...Object.fromEntries(["gradflag", "training", "defined"].map((name) => [name, k.boolean(true)])),
  // no more batches, so that loops over them end
  ...Object.fromEntries(["batch", "testbatch"].map((name) => [name, k.boolean(false)])),
  ...Object.fromEntries(
    ["ptr", "ref", "elements", "bytes", "tensorcount", "dim", "numel"].map((name) => [name, k.long(3)]),
  ),
  ...Object.fromEntries(
    ["names", "parmnames", "buffernames", "childnames"].map((name) => [name, k.symbols(["a", "b"])]),
  ),
  module: table,
  modules: table,
  ...Object.fromEntries(
    ["seq", "dv", "tree"].map((name) => [name, k.list([k.symbol("a"), k.list([k.symbol("b")])])]),
  ),
  ...Object.fromEntries(["dict", "parms"].map((name) => [name, named(matrix)])),
  ...Object.fromEntries(["loss", "backward", "return", "mean"].map((name) => [name, k.float(0)])),
  size: k.longs([3, 3]),
  tensor: matrix,
  values: matrix,
  grad: matrix,
  vector: k.list([matrix, matrix]),
  options,
  lr: k.float(0.1),
  opt: table,
  state: table,
  model,
  parmtypes: named(k.symbol("linear")),
  moduletypes: named(k.symbol("linear")),
  obj: table,
  help: table,
  str: k.chars("text"),
  setting: options,
  gain: k.float(1),
  gradfn: k.symbol("fn"),
};

const HANDLES = new Set([
  "tensor",
  "vector",
  "module",
  "opt",
  "loss",
  "model",
  "parms",
  "buffers",
  "parm",
  "dict",
]);

/** The k api; where that gives an error a handle for what makes objects, else the answer above, or a handle again. */
class StandIn {
  #next = 1000n;
  #live = new Set<bigint>();
  readonly #q = new Q();

  constructor(readonly known: ReadonlySet<string>) {}

  rank(name: string): number | undefined {
    return this.known.has(name) ? (name === "use" ? 2 : 1) : undefined;
  }

  names(): Iterable<string> {
    return this.known;
  }

  async call(name: string, args: readonly K[]): Promise<K> {
    try {
      return await this.#q.send(name, ...args);
    } catch {
      return this.#standIn(name, args);
    }
  }

  free(): void {
    this.#q.free();
  }

  #standIn(name: string, args: readonly K[]): K {
    const reads = !HANDLES.has(name) || this.#isRead(args[0]!);
    const answer = reads ? ANSWERS[name] : undefined;
    if (answer !== undefined) return answer;
    this.#live.add(this.#next);
    return k.list([k.long(this.#next++)]);
  }

  /** Whether a function that can make an object is asked about one: by its handle, alone or with a choice of parts. */
  #isRead(x: K): boolean {
    if (!(x instanceof List) || x.count === 0) return false;
    const [first, second] = x.items;
    if (x.count === 1) return first instanceof Atom && this.#live.has(first.value as bigint);
    return this.#isRead(first!) && second instanceof Atom;
  }
}

/** @returns how many lines there are, and how many evaluate */
async function check(
  folder: string,
  page: string,
  names: ReadonlySet<string>,
  show: boolean,
): Promise<readonly [lines: number, good: number]> {
  const functions = new StandIn(names);
  const workspace = new Workspace(functions);
  const lines = typedLines(readFileSync(join(folder, `${page}.rst`), "utf8"));
  const failures: string[] = [];
  for (const { line, code } of lines) {
    try {
      await evaluate(code.trim(), workspace);
    } catch (error) {
      if (!(error instanceof KError)) throw error;
      failures.push(`  ${page}:${line} '${error.message}   ${code}`);
    }
  }
  functions.free();
  const share = lines.length === 0 ? 100 : (100 * (lines.length - failures.length)) / lines.length;
  console.log(
    `${page.padEnd(14)} ${lines.length - failures.length} of ${lines.length} lines, ${share.toFixed(1)} %`,
  );
  if (show) for (const failure of failures) console.log(failure);
  return [lines.length, lines.length - failures.length];
}

const [folder, ...rest] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: node dist/test/doc-lines.js FOLDER [PAGE...] [--show]");
  process.exit(2);
}
const pages = rest.filter((name) => !name.startsWith("--"));
const names = documented(folder);
let lines = 0;
let good = 0;
for (const page of pages.length > 0 ? pages : PAGES) {
  const [all, evaluated] = await check(folder, page, names, rest.includes("--show"));
  lines += all;
  good += evaluated;
}

console.log(`all ${good} of ${lines} lines, ${((100 * good) / lines).toFixed(1)} %`);
process.exit(0);
