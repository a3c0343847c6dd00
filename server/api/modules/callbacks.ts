/**
 * Modules that call a function of the session (docs/kmodules.rst). They are defined, printed, saved and hold modules and
 * parameters as any other; how the function is called is in server/calls/callbacks.ts.
 */
import { encodeObject } from "../../../protocol/encode.js";
import * as k from "../../../protocol/make.js";
import { Atom, Dict, type K, List, Symbols, TYPE, Vector } from "../../../protocol/values.js";
import type { LayerSpec } from "../../engine/index.js";
import { nameOf } from "../args/ktypes.js";
import { asSymbol, asSymbols, fail, isAbsent } from "../args/read.js";
import { show } from "../args/show.js";
import { type Call, page, type Topic } from "../call.js";
import { dictionary, pairsOf } from "./definitions.js";

/** What a definition comes to: the module, and the parameters and buffers that it gets. */
interface Callback {
  readonly spec: Omit<LayerSpec, "children">;
  readonly parms?: Dict;
  readonly buffers?: Dict;
}

/** Types that the inputs and the result may have by name; only tensors are there. */
const TYPES = ["bool", "double", "long", "tensor", "tuple", "nested", "vector"];
const MOST_INPUTS = 3;
const OPTIONS = ["fn", "in", "out", "parms", "buffers"];

/** A text or a symbol. */
function functionOf(x: K): K {
  const name = asSymbol(x);
  if (name !== undefined) return name === "" ? fail("callback function cannot be null") : x;
  if (x instanceof Vector && x.type === TYPE.char)
    return x.count === 0 ? fail("callback function cannot be an empty string") : x;
  return fail(`callback function expected as symbol or string, given ${nameOf(x)}`);
}

const known = (name: string, what: string): string =>
  TYPES.includes(name) ? name : fail(`unrecognized ${what} type: \`${name}`);

function inputsOf(x: K): readonly string[] {
  if (x instanceof List && x.count === 0) return fail("callback in: not defined, given empty list");
  const names = asSymbols(x) ?? fail(`callback in: expecting symbol(s), given ${nameOf(x)}`);
  if (names.length === 0) fail("callback: no input type(s) given");
  return names.map((name) => known(name, "input"));
}

const resultOf = (x: K): string =>
  known(asSymbol(x) ?? fail(`callback out: expected symbol, given ${nameOf(x)}`), "result");

function tensorsOf(x: K, option: string): Dict {
  if (x instanceof Dict && x.keys instanceof Symbols) return x;
  if (x instanceof List && x.count === 2) {
    const [names, values] = x.items as readonly [K, K];
    if (names instanceof Symbols) return new Dict(names, values);
    const name = asSymbol(names);
    if (name !== undefined) return new Dict(k.symbols([name]), k.list([values]));
  }
  return fail(`callback ${option}: expecting k dictionary or (syms;vals), given ${nameOf(x)}`);
}

/** Only names of options make the last argument one of names with values: types of inputs are symbols too. */
function namesOptions(x: K): boolean {
  const first = x instanceof Dict ? x.keys : x;
  const item = first instanceof List ? first.items[0] : first;
  const names = asSymbols(item);
  return !(x instanceof Atom) && names !== undefined && OPTIONS.includes(names[0] ?? "");
}

/** (fn;in;out;parms;buffers), or some of them by name. @param whole the definition, for messages */
export function callbackOf(name: string, items: readonly K[], whole: K): Callback {
  const last = items.at(-1);
  const named = last !== undefined && !(whole instanceof Symbols) && namesOptions(last);
  const positional = named ? items.slice(0, -1) : items;
  if (positional.length > OPTIONS.length)
    fail(`callback: expecting up to ${OPTIONS.length + 1} positional args, ${positional.length + 1} given`);
  const given = new Map<string, K>(positional.map((x, i) => [OPTIONS[i]!, x]));
  for (const [option, x] of named ? pairsOf(last)! : []) {
    if (!OPTIONS.includes(option)) fail(`callback option: ${option} not recognized`);
    given.set(option, x);
  }
  const fn = given.get("fn");
  if (fn === undefined)
    return fail(
      whole instanceof Symbols && whole.count === 2
        ? `callback: no k function defined, 2nd symbol, \`${name}, defines callback module name`
        : "callback: no k function defined",
    );
  const called = functionOf(fn);
  const inputs = given.has("in") ? inputsOf(given.get("in")!) : ["tensor"];
  const out = given.has("out") ? resultOf(given.get("out")!) : "tensor";
  if (inputs.length > MOST_INPUTS || [...inputs, out].some((each) => each !== "tensor"))
    fail(`callback: no module defined for in=${inputs.join(",")}, out=${out}`);
  const tensors = (option: string): Dict | undefined => {
    const x = given.get(option);
    return x === undefined || isAbsent(x) ? undefined : tensorsOf(x, option);
  };
  const [parms, buffers] = [tensors("parms"), tensors("buffers")];
  const shown = inputs.length === 1 ? k.symbol(inputs[0]!) : k.symbols(inputs);
  const text = called instanceof Atom ? (called.value as string) : show(called).slice(1, -1);
  return {
    spec: {
      type: "callback",
      name,
      options: { fn: text, in: [...inputs], out },
      definition: encodeObject(dictionary(["fn", "in", "out"], [called, shown, k.symbol(out)])),
    },
    ...(parms && { parms }),
    ...(buffers && { buffers }),
  };
}

/** The kinds of function that can be called, a row each. */
function callbacks(_: Call, x: K): K {
  if (!isAbsent(x)) return fail("callbacks: empty arg expected");
  const counts = [1, 2, 3];
  return k.table({
    fn: k.list(["{[m;x]}", "{[m;x;y]}", "{[m;x;y;z]}"].map(k.chars)),
    in: k.list(
      counts.map((n) => (n === 1 ? k.symbol("tensor") : k.symbols(new Array<string>(n).fill("tensor")))),
    ),
    out: k.symbols(counts.map(() => "tensor")),
  });
}

export const callbackTopic: Topic = page("modules", { callbacks });
