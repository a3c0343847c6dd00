/** Functions that fill what an object holds, or some of it, with one value (init page). */
import * as k from "../../../protocol/make.js";
import { Atom, type K, List, NULL } from "../../../protocol/values.js";
import type { Call } from "../../calls/requests.js";
import type { Handle, Soon } from "../../engine/index.js";
import { nameOf } from "../args/ktypes.js";
import {
  after,
  answer,
  asHandle,
  asLongs,
  asSymbols,
  encoded,
  type Found,
  fail,
  resolve,
  row,
} from "../args/read.js";
import { Temporary } from "../args/values.js";
import type { Api, Topic } from "../index.js";

/** What is filled: an object or an array, all of it or what `which` says. */
interface Target {
  readonly object: K;
  readonly which: K | undefined;
  readonly value: K;
}

class Filling {
  constructor(
    private readonly api: Api,
    private readonly call: Call,
    private readonly who: string,
  ) {}

  run({ object, which, value }: Target): Soon<K> {
    const { api, call } = this;
    const { engine, settings } = api;
    const temporary = new Temporary(api, call);
    return temporary.during(() => {
      const found = resolve(api, call, object);
      if (found !== undefined) return after(this.object(found, which, value, temporary), () => NULL as K);
      return after(engine.create(call.user, encoded(object)), (handle) => {
        temporary.keep(handle);
        const filled = this.object({ handle, kind: "tensor" }, which, value, temporary);
        return after(filled, () => after(engine.retrieve(call.user, handle, settings.complexFirst), answer));
      });
    });
  }

  private fail(text: string): never {
    return fail(`${this.who}: ${text}`);
  }

  private object(found: Found, which: K | undefined, value: K, temporary: Temporary): Soon<void> {
    const { handle, kind } = found;
    switch (kind) {
      case "tensor":
        return which === undefined ? this.all(found, value) : this.rows(handle, which, value, temporary);
      case "vector":
        return which === undefined ? this.all(found, value) : this.members(handle, which, value, temporary);
      case "dictionary":
        return this.set(handle, "parameters", this.keys(handle, which), value);
      case "module":
      case "model":
        return this.parameters(found, which, value);
      default:
        return this.fail(`not implemented for single ${kind} argument`);
    }
  }

  private set(
    handle: Handle,
    what: "parameters" | "buffers",
    names: readonly string[],
    value: K,
  ): Soon<void> {
    const values = names.map(() => encoded(value));
    return this.api.engine.setTensors(this.call.user, handle, what, [...names], values, undefined, this.who);
  }

  private all({ handle, kind }: Found, value: K): Soon<void> {
    const { engine } = this.api;
    const { user } = this.call;
    const count = kind === "tensor" ? 1 : Number(engine.totals(user, handle).tensors);
    const values = new Array<Uint8Array>(count).fill(encoded(value));
    return engine.setTensors(user, handle, "parameters", undefined, values, undefined, this.who);
  }

  /** Rows of a tensor: views that share its storage. */
  private async rows(handle: Handle, which: K, value: K, temporary: Temporary): Promise<void> {
    const { engine } = this.api;
    const { user } = this.call;
    const count = engine.describe(user, handle).size?.[0] ?? 0n;
    const views: Handle[] = [];
    for (const i of this.indices(which, "tensor", count)) {
      const view = await engine.op(user, "aten::select", "int", [{ handle }, 0n, i], false, true);
      views.push(temporary.keep(view as Handle));
    }
    const vector = temporary.keep(await engine.vector(user, views));
    await this.all({ handle: vector, kind: "vector" }, value);
  }

  private members(handle: Handle, which: K, value: K, temporary: Temporary): Soon<void> {
    const { engine } = this.api;
    const { user } = this.call;
    const indices = this.indices(which, "vector", engine.totals(user, handle).tensors);
    const tensors = indices.map((i) => temporary.keep(engine.member(user, handle, i)));
    return after(engine.vector(user, tensors), (vector) =>
      this.all({ handle: temporary.keep(vector), kind: "vector" }, value),
    );
  }

  private indices(which: K, kind: string, count: bigint): readonly bigint[] {
    const indices =
      asLongs(which) ?? this.fail(`expecting 2nd arg of ${kind} indices, given ${nameOf(which)}`);
    const wrong = indices.find((i) => i < 0n || i >= count);
    return wrong === undefined
      ? indices
      : this.fail(`${kind}[${wrong}] invalid given a ${count}-element ${kind}`);
  }

  private keys(handle: Handle, which: K | undefined): readonly string[] {
    const known = this.api.engine.names(this.call.user, handle);
    if (which === undefined) return known;
    const names = asSymbols(which) ?? this.fail(`unable to get dictionary key(s) given ${nameOf(which)}`);
    const missing = names.find((name) => !known.includes(name));
    return missing === undefined ? names : this.fail(`dictionary key \`${missing} not found`);
  }

  /** Parameters and buffers by name. */
  private parameters({ handle, kind }: Found, which: K | undefined, value: K): Soon<void> {
    const { engine } = this.api;
    const { user } = this.call;
    const names = asSymbols(which);
    if (names === undefined) return this.fail(`not implemented for single ${kind} argument`);
    const parameters = engine.tensorNames(user, handle, "parameters");
    const buffers = engine.tensorNames(user, handle, "buffers");
    const missing = names.find((name) => !parameters.includes(name) && !buffers.includes(name));
    if (missing !== undefined) this.fail(`parameter/buffer \`${missing} not found`);
    const set = (what: "parameters" | "buffers", known: readonly string[]): Soon<void> =>
      this.set(
        handle,
        what,
        names.filter((name) => known.includes(name)),
        value,
      );
    return after(set("parameters", parameters), () => set("buffers", buffers));
  }
}

/** The arguments of a function that fills with a value of its own: an array or object, or (object;which). */
function constant(who: string, value: K, x: K): Target {
  const items = x instanceof List && x.count > 1 && asHandle(x.items[0]!) !== undefined ? x.items : [x];
  if (items.length > 2) fail(`${who}: no more than 2 args expected, ${items.length} supplied`);
  return { object: items[0]!, which: items[1], value };
}

/** (input;value), (input;which;value) */
function fill(x: K): Target {
  if (!(x instanceof List) || asHandle(x) !== undefined)
    return fail(`fill: not implemented for ${nameOf(x)}`);
  if (x.count < 2 || x.count > 3) fail(`fill: expecting 2-3 args, ${x.count} supplied`);
  const value = x.items.at(-1)!;
  if (!(value instanceof Atom)) fail(`fill: unable to get fill element from final arg of ${nameOf(value)}`);
  return { object: x.items[0]!, which: x.count === 3 ? x.items[1] : undefined, value };
}

const CONSTANTS: readonly [name: string, value: K][] = [
  ["zeros", k.long(0)],
  ["ones", k.long(1)],
];

export const initTopic: Topic = (api) => [
  ...CONSTANTS.map(([name, value]) =>
    row(name, "init", (call, x) => new Filling(api, call, name).run(constant(name, value, x))),
  ),
  row("fill", "init", (call, x) => new Filling(api, call, "fill").run(fill(x))),
];
