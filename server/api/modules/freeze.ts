/** freeze and unfreeze: gradient flags of all or named parameters, off or on, and at the same time new values. */
import { Atom, type K, List, NULL } from "../../../protocol/values.js";
import type { Call } from "../../calls/requests.js";
import type { Handle, Input, Soon } from "../../engine/index.js";
import { nameOf } from "../args/ktypes.js";
import { after, asSymbols, describe, type Found, fail, resolve, row } from "../args/read.js";
import { dictionaryValues, membersOf, readValues, Temporary, type Values } from "../args/values.js";
import type { Api, Topic } from "../index.js";
import { setFlag } from "../tensors/gradient.js";

const HOLDERS = ["module", "model", "dictionary"];
const FORMS = "expecting 2-3 args, (module;names;values)";

class Freezing {
  constructor(
    private readonly api: Api,
    private readonly call: Call,
    private readonly who: string,
    private readonly flag: boolean,
  ) {}

  run(x: K): K | Promise<K> {
    const found = resolve(this.api, this.call, x);
    if (found !== undefined) return this.whole(found);
    if (!(x instanceof List)) return this.fail(`not implemented for ${nameOf(x)}`);
    if (x.count < 2 || x.count > 3) return this.fail(`${FORMS}, ${x.count} given`);
    return this.named(x.items);
  }

  private fail(text: string): never {
    return fail(`${this.who}: ${text}`);
  }

  private whole(found: Found): K | Promise<K> {
    if (found.kind === "loss" || found.kind === "optimizer") this.fail(`not implemented for ${found.kind}`);
    return after(setFlag(this.api, this.call, found, this.flag, this.who), () => NULL);
  }

  private named([object, second, third]: readonly K[]): K | Promise<K> {
    const { api, call } = this;
    const found = resolve(api, call, object!);
    if (found === undefined || !HOLDERS.includes(found.kind))
      return this.fail(
        `expecting 1st arg of module,model or parameter dictionary, given ${describe(api, call, object!)}`,
      );
    const temporary = new Temporary(api, call);
    return temporary.during(() => {
      const names = asSymbols(second);
      if (names === undefined) {
        if (third !== undefined) this.fail("expecting 2nd arg of dictionary, but given 3 args");
        const values = this.dictionary(second!, temporary);
        return this.set(found.handle, values.names!, values.inputs);
      }
      if (third === undefined) return this.set(found.handle, names, undefined);
      const values = readValues(api, call, third, this.who, temporary);
      this.fits(second!, names, values);
      return this.set(found.handle, names, values.inputs);
    });
  }

  private dictionary(x: K, temporary: Temporary): Values {
    const { api, call } = this;
    const found = resolve(api, call, x);
    if (found?.kind === "dictionary") return membersOf(api, call, found.handle, found.kind, temporary);
    return (
      dictionaryValues(api, call, x, this.who) ?? this.fail(`unrecognized 2nd arg, ${describe(api, call, x)}`)
    );
  }

  /** One name takes one value, a list of names a vector of as many. */
  private fits(given: K, names: readonly string[], values: Values): void {
    const single = given instanceof Atom;
    if (single && values.kind !== "tensor")
      this.fail(`given single parameter name, expected single tensor or array value, given ${values.kind}`);
    if (!single && values.kind !== "vector")
      this.fail(`given parameter list, expected vector of tensor values, given ${values.kind}`);
    if (names.length !== values.inputs.length)
      this.fail(`${names.length}-element list of names but ${values.inputs.length}-element list of values`);
  }

  private set(
    object: Handle,
    names: readonly string[],
    values: readonly Input[] | undefined,
  ): K | Promise<K> {
    const done: Soon<void> = this.api.engine.setTensors(
      this.call.user,
      object,
      "parameters",
      [...names],
      values === undefined ? undefined : [...values],
      this.flag,
      this.who,
    );
    return after(done, () => NULL);
  }
}

export const freezeTopic: Topic = (api) => [
  row("freeze", "freeze", (call, x) => new Freezing(api, call, "freeze", false).run(x)),
  row("unfreeze", "freeze", (call, x) => new Freezing(api, call, "unfreeze", true).run(x)),
];
