/** What a module computes on: tensors and arrays, one or several, those of vectors and dictionaries, or parts of them. */
import { Atom, isNull, type K, List, Symbols, TYPE, Vector } from "../../../protocol/values.js";
import type { Input, Samples } from "../../engine/index.js";
import type { Call } from "../call.js";
import { isArray } from "./arrays.js";
import { nameOf } from "./ktypes.js";
import { asLongs, asSymbols, describe, encoded, fail, isLongs, resolve, several } from "./read.js";
import { membersOf } from "./values.js";

/** Lists in lists, as deep as anybody needs them. */
const DEEPEST = 100;

/** Atoms and vectors of any type but symbol: the engine refuses those that no tensor has. */
const isSimple = (x: K): boolean =>
  (x instanceof Atom || x instanceof Vector) && Math.abs(x.type) !== TYPE.symbol && !isNull(x);

/** Puts samples together from arguments: one tensor stays a tensor, more become a vector. */
class Collector {
  #kind: Samples["kind"] = "empty";
  readonly #inputs: Input[] = [];
  #names: Set<string> | undefined;

  constructor(
    private readonly call: Call,
    private readonly who: string,
  ) {}

  get samples(): Samples {
    const names = this.#names === undefined ? undefined : [...this.#names];
    return { kind: this.#kind, inputs: this.#inputs, names };
  }

  add(x: K, depth = 0): void {
    const found = resolve(this.call, x);
    if (found !== undefined) {
      const { handle, kind } = found;
      if (kind === "tensor") this.#tensor(handle);
      else if (kind === "vector") this.#vector(membersOf(this.call, handle, kind).inputs);
      else if (kind === "dictionary") {
        const { names, inputs } = membersOf(this.call, handle, kind);
        this.#dictionary(names!, inputs);
      } else fail(`${this.who}: unrecognized arg, ${kind}`);
    } else if (isSimple(x) || (x instanceof List && isArray(x))) this.#tensor(encoded(x));
    else if (!(x instanceof List)) fail(`${this.who}: unrecognized arg, ${nameOf(x)}`);
    else if (!this.#pick(x)) {
      several(x.count);
      if (depth > DEEPEST) fail(`${this.who}: lists of at most ${DEEPEST} levels expected`);
      for (const item of x.items) this.add(item, depth + 1);
    }
  }

  #tensor(input: Input): void {
    if (this.#kind === "dictionary")
      fail(`${this.who}: unable to merge tensor with previously specified dictionary`);
    this.#kind = this.#kind === "empty" ? "tensor" : "vector";
    this.#push([input]);
  }

  #vector(inputs: readonly Input[]): void {
    if (this.#kind === "dictionary") this.#mixed();
    this.#kind = "vector";
    this.#push(inputs);
  }

  /** All together they are no more than one object has, however often a vector is named. */
  #push(inputs: readonly Input[]): void {
    several(this.#inputs.length + inputs.length);
    this.#inputs.push(...inputs);
  }

  #dictionary(names: readonly string[], inputs: readonly Input[]): void {
    if (this.#kind !== "empty" && this.#kind !== "dictionary") this.#mixed();
    this.#kind = "dictionary";
    this.#names ??= new Set();
    for (const name of names) {
      if (this.#names.has(name)) fail(`${this.who}: Key '${name}' already defined`);
      this.#names.add(name);
    }
    this.#push(inputs);
  }

  #mixed(): never {
    return fail(`${this.who}: unable to merge dictionary with previously specified tensor(s)`);
  }

  /** (vector;indices) or (dictionary;keys). @returns whether it was one */
  #pick(x: List): boolean {
    if (x.count !== 2) return false;
    const [first, which] = x.head(2) as [K, K];
    const object = resolve(this.call, first);
    if (object?.kind !== "vector" && object?.kind !== "dictionary") return false;
    if (which instanceof Vector || which instanceof Symbols) several(which.count);
    const { engine } = this.call;
    if (object.kind === "vector") {
      if (!isLongs(which))
        fail(`${this.who}: vector paired with ${describe(this.call, which)} expecting long index or indices`);
      const count = engine.totals(object.handle).tensors;
      const indices = asLongs(which)!;
      for (const i of indices)
        if (i < 0n || i >= count) fail(`${this.who}: vector[${i}] invalid for ${count}-element vector`);
      for (const i of indices) this.#tensor(this.call.keep(engine.member(object.handle, i)));
      return true;
    }
    const keys =
      asSymbols(which) ??
      fail(`${this.who}: dictionary paired with ${describe(this.call, which)} expecting symbol key(s)`);
    const known = new Set(engine.names(object.handle));
    for (const key of keys) if (!known.has(key)) fail(`dictionary key: \`${key} not found`);
    for (const key of keys) this.#tensor(this.call.keep(engine.member(object.handle, key)));
    return true;
  }
}

/**
 * The samples that arguments are, in order.
 * @param who starts the error texts
 */
export function readSamples(call: Call, args: readonly K[], who: string): Samples {
  const collector = new Collector(call, who);
  for (const x of args) collector.add(x);
  return collector.samples;
}
