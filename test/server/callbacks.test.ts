/** Callback modules whose functions are those of a session: what goes over its connection and over another one of the user's. */
import assert from "node:assert/strict";
import { decode } from "../../protocol/decode.js";
import * as k from "../../protocol/make.js";
import { type K, KError, type List } from "../../protocol/values.js";
import { realComponents } from "../../server/components.js";
import { valueText } from "../../server/language/index.js";
import type { Options } from "../../server/options.js";
import { ASYNC, Raw, RESPONSE, type Served, serve } from "./rig.js";

/** A call of the session's function, as it arrives. */
interface Asked {
  readonly id: K;
  readonly f: string;
  readonly args: readonly K[];
}

/** A q session as far as this needs one. */
class Scripted {
  constructor(readonly raw: Raw) {}

  async next(): Promise<{ kind: number; value: K | KError }> {
    return decode(new Uint8Array(Buffer.from(await this.raw.message(), "hex")));
  }

  /** The answer to a request, which nothing comes before. */
  async call(...request: K[]): Promise<K> {
    this.raw.send(k.list(request));
    return await this.answer();
  }

  async answer(): Promise<K> {
    const { kind, value } = await this.next();
    assert.equal(kind, RESPONSE);
    if (value instanceof KError) throw value;
    return value;
  }

  /** The error that answers. */
  async error(...request: K[]): Promise<string> {
    if (request.length > 0) this.raw.send(k.list(request));
    return await this.answer().then(
      (value) => assert.fail(`no error but ${valueText(value)}`),
      (error: Error) => error.message,
    );
  }

  async text(x: string): Promise<string> {
    this.raw.send(k.chars(x));
    return valueText(await this.answer());
  }

  async asked(): Promise<Asked> {
    const { kind, value } = await this.next();
    assert.equal(kind, ASYNC);
    const [name, id, f, args] = (value as List).items as [K, K, K, List];
    assert.equal(valueText(name), "`.torch.callback");
    return { id, f: valueText(f), args: args.items };
  }
}

const s = k.symbol;
const within = (id: K, ...request: K[]): [K, K, K] => [s(".torch.within"), id, k.list(request)];
const answered = (id: K, x: K): [K, K, K, K] => [s(".torch.answer"), id, k.boolean(true), x];
const X = k.floats([-1, 0, 2]);
const callback = (f: K): K => k.list([k.list([s("callback"), s("cb"), f])]);

describe("callback modules of a session that has said that its functions can be called", () => {
  let served: Served;
  const open = new Set<Raw>();
  const login = async (user: string): Promise<Scripted> => {
    const raw = await Raw.login(served.port, `${user}:x`);
    open.add(raw);
    return new Scripted(raw);
  };
  const start = async (options: Partial<Options> = {}): Promise<void> => {
    served = await serve({ callbackTimeout: 10, ...options }, realComponents(options));
  };
  let ann: Scripted;
  /** Another connection of ann's. */
  let beside: Scripted;
  let bob: Scripted;
  let module: K;
  const enter = async (): Promise<void> => {
    [ann, beside, bob] = [await login("ann"), await login("ann"), await login("bob")];
    await ann.call(s(".torch.callbacks"), k.boolean(true));
    module = await ann.call(s("module"), callback(s("f")));
  };
  afterEach(async () => {
    for (const { socket } of open) socket.destroy();
    open.clear();
    await served.server.close();
  });
  const evaluate = (): void => ann.raw.send(k.list([s("evaluate"), k.list([module, X])]));

  describe("in time", () => {
    beforeEach(async () => {
      await start();
      await enter();
    });

    it("have the function called over its connection, and its calls come over another", async () => {
      evaluate();
      const { id, f, args } = await ann.asked();
      assert.equal(f, "`f");
      assert.equal(args.length, 2);
      assert.equal(valueText(await beside.call(...within(id, s("objtype"), args[0]!))), "`callback");
      assert.equal(valueText(await beside.call(...within(id, s("tensor"), args[1]!))), "-1 0 2f");
      const y = await beside.call(...within(id, s("relu"), args[1]!));
      await beside.call(...answered(id, y));
      assert.equal(valueText(await ann.answer()), "0 0 2f");
      // what the function was given, and what it gave, has ended
      for (const handle of [args[1]!, y]) assert.equal(await ann.error(s("tensor"), handle), "stale pointer");
      assert.equal(await beside.text("count obj[]"), "1");
    });

    it("have others wait, and the event loop free", async () => {
      evaluate();
      const { id, args } = await ann.asked();
      bob.raw.send(k.list([s("tensor"), k.long(7)]));
      const unmarked = await login("ann");
      unmarked.raw.send(k.list([s("tensor"), k.long(8)]));
      const other = await login("bob");
      assert.equal(await other.text("1+1"), "2");
      await beside.call(...within(id, s("tensor"), args[1]!));
      assert.deepEqual([bob.raw.packets.length, unmarked.raw.packets.length], [0, 0]);
      await beside.call(...answered(id, args[1]!));
      assert.equal(valueText(await ann.answer()), "-1 0 2f");
      assert.equal(valueText(await bob.call(s("tensor"), await bob.answer())), "7");
      assert.equal(valueText(await unmarked.call(s("tensor"), await unmarked.answer())), "8");
    });

    it("are asked again in the course of the function, over the connection that it uses", async () => {
      await beside.call(s(".torch.callbacks"), k.boolean(true));
      const third = await login("ann");
      const inner = await ann.call(s("module"), callback(k.chars("{[m;x]g x}")));
      evaluate();
      const { id, args } = await ann.asked();
      beside.raw.send(k.list(within(id, s("forward"), k.list([inner, args[1]!]))));
      const nested = await beside.asked();
      assert.equal(nested.f, '"{[m;x]g x}"');
      const y = await third.call(...within(nested.id, s("mul"), k.list([nested.args[1]!, k.float(2)])));
      // the outer function is not done before the inner one
      await third.call(...answered(nested.id, y));
      await beside.call(...answered(id, await beside.answer()));
      assert.equal(valueText(await ann.answer()), "-2 0 4f");
    });

    it("train: gradients go through the function's calls", async () => {
      const parms = k.list([s("parms"), k.dict(k.symbols(["w"]), k.list([k.floats([1])]))]);
      const m = await ann.call(s("module"), k.list([k.list([s("callback"), s("cb"), s("f"), parms])]));
      const loss = await ann.call(s("loss"), s("mse"));
      const opt = await ann.call(s("opt"), k.list([s("sgd"), m, k.float(0.25)]));
      const model = await ann.call(s("model"), k.list([m, loss, opt]));
      // d/dw of the mean of (wx - y)^2 for x = 1, y = 2, w = 1 is -2: the step makes w 1.5
      ann.raw.send(k.list([s("backstep"), k.list([model, k.floats([1]), k.floats([2])])]));
      const { id, args } = await ann.asked();
      const w = await beside.call(...within(id, s("parm"), k.list([args[0]!, s("w")])));
      await beside.call(...answered(id, await beside.call(...within(id, s("mul"), k.list([args[1]!, w])))));
      assert.equal(valueText(await ann.answer()), "1f");
      const now = await ann.call(s("parm"), k.list([model, s("w")]));
      assert.equal(valueText(await ann.call(s("tensor"), now)), ",1.5");
    });

    it("give way with the run whose batches they compute", async () => {
      const parms = k.list([s("parms"), k.dict(k.symbols(["w"]), k.list([k.floats([1])]))]);
      const m = await ann.call(s("module"), k.list([k.list([s("callback"), s("cb"), s("f"), parms])]));
      const loss = await ann.call(s("loss"), s("mse"));
      const opt = await ann.call(s("opt"), k.list([s("sgd"), m, k.float(0.25)]));
      const model = await ann.call(s("model"), k.list([m, loss, opt]));
      await ann.call(s("train"), k.list([model, s("batchsize"), k.long(1)]));
      const data = k.floats(new Float64Array(10).fill(1));
      ann.raw.send(k.list([s("run"), k.list([model, data, data])]));
      let bobs = 0;
      for (let batch = 1; batch <= 10; batch++) {
        const { id, args } = await ann.asked();
        const w = await beside.call(...within(id, s("parm"), k.list([args[0]!, s("w")])));
        const y = await beside.call(...within(id, s("mul"), k.list([args[1]!, w])));
        if (batch === 3) bob.raw.send(k.list([s("tensor"), k.long(7)]));
        // long enough for the next batch to be another slice's
        if (batch === 3) await new Promise((resolve) => setTimeout(resolve, 20));
        await beside.call(...answered(id, y));
        if (bob.raw.packets.length > 0 && bobs === 0) bobs = batch;
      }
      await ann.answer();
      assert.ok(bobs >= 3 && bobs < 10, `answered with batch ${bobs}`);
    });

    it("are called by asynchronous requests as well", async () => {
      ann.raw.send(k.list([s("evaluate"), k.list([module, X])]), ASYNC);
      const { id, args } = await ann.asked();
      await beside.call(...answered(id, args[1]!));
      assert.equal(valueText(await ann.call(s("objtype"), module)), "`callback");
    });

    const WRONG: readonly (readonly [what: string, answer: (id: K, bobs: K) => K[], error: string])[] = [
      [
        "a value",
        (id) => answered(id, k.longs([1, 2])),
        "callback: unable to retrieve tensor from what f has given",
      ],
      [
        "a handle of nothing",
        (id) => answered(id, k.list([k.long(1n << 60n)])),
        "callback: unable to retrieve tensor from what f has given",
      ],
      [
        "another user's handle",
        (id, bobs) => answered(id, bobs),
        "callback: unable to retrieve tensor from what f has given",
      ],
      [
        "an error",
        (id) => [s(".torch.answer"), id, k.boolean(false), k.chars("oops")],
        "callback error from k: oops",
      ],
      [
        "an error without a text",
        (id) => [s(".torch.answer"), id, k.boolean(false), k.long(1)],
        "callback error from k: error",
      ],
    ];
    for (const [what, answer, error] of WRONG)
      it(`end in an error for ${what}`, async () => {
        const bobs = await bob.call(s("tensor"), k.long(1));
        evaluate();
        const { id } = await ann.asked();
        await beside.call(...(answer(id, bobs) as [K]));
        assert.equal(await ann.error(), error);
        assert.equal(valueText(await bob.call(s("tensor"), bobs)), "1");
      });

    it("take nothing of others, nor what is malformed, nor what comes too late", async () => {
      const over = "callback: this function is not being called, or no longer";
      evaluate();
      const { id, args } = await ann.asked();
      assert.equal(await bob.error(...within(id, s("version"), k.NULL)), over);
      assert.equal(await bob.error(...answered(id, k.long(1))), over);
      for (const other of [k.long(99), k.NULL, k.symbol("x"), k.int(1)])
        assert.equal(await beside.error(...answered(other, args[1]!)), over);
      assert.equal(await beside.error(s(".torch.answer"), id), "rank");
      assert.equal(await beside.error(s(".torch.within"), id), "rank");
      assert.equal(await beside.error(s(".torch.answer"), id, k.long(1), args[1]!), "type");
      assert.equal(await beside.error(s(".torch.callbacks"), k.long(1)), "type");
      await beside.call(...answered(id, args[1]!));
      await ann.answer();
      assert.equal(await beside.error(...answered(id, args[1]!)), over);
      assert.equal(await beside.error(...within(id, s("version"), k.NULL)), over);
    });

    it("end with the session: others are served at once", async () => {
      evaluate();
      const { id } = await ann.asked();
      beside.raw.send(k.list(within(id, s("tensor"), X)));
      await beside.answer();
      ann.raw.socket.destroy();
      assert.equal(valueText(await bob.call(s("tensor"), await bob.call(s("tensor"), k.long(7)))), "7");
      assert.match(await beside.error(...answered(id, k.long(1))), /no longer$/);
    });

    it("are refused to a session that has said nothing, or takes it back", async () => {
      const refusal =
        "callback: f is no function of the user's on the server; for one of a q session, load torch.q there and .torch.open the server";
      assert.equal(await beside.error(s("evaluate"), k.list([module, X])), refusal);
      await ann.call(s(".torch.callbacks"), k.boolean(false));
      assert.equal(await ann.error(s("evaluate"), k.list([module, X])), refusal);
      // the user's own on the server is called
      await beside.text("f:{[m;x]mul(x;2)}");
      assert.equal(valueText(await ann.call(s("evaluate"), k.list([module, X]))), "-2 0 4f");
    });
  });

  it("are not waited for longer than the option says", async () => {
    await start({ callbackTimeout: 0.2 });
    await enter();
    evaluate();
    const { id, args } = await ann.asked();
    assert.equal(await ann.error(), "timeout: callback f has given nothing in 0.2 seconds");
    assert.match(await beside.error(...answered(id, args[1]!)), /no longer$/);
    assert.equal(valueText(await bob.call(s("tensor"), await bob.call(s("tensor"), k.long(7)))), "7");
  });

  it("are not waited for longer where they are the user's on the server and never end", async () => {
    await start({ callbackTimeout: 0.2 });
    await enter();
    await beside.text("f:{[m;x]while[1b;];x}");
    const late = "timeout: callback f has given nothing in 0.2 seconds";
    assert.equal(await beside.error(s("evaluate"), k.list([module, X])), late);
    beside.raw.send(k.chars("m:module enlist(`callback;`cb;`f);@[evaluate;(m;1e);`$]"));
    assert.equal(valueText(await beside.answer()), "`$late".replace("$late", late));
    assert.equal(await beside.text("2+2"), "4");
    assert.equal(valueText(await bob.call(s("tensor"), await bob.call(s("tensor"), k.long(7)))), "7");
  });

  it("end with the time limit of a call", async () => {
    await start({ callTimeout: 0.2 });
    await enter();
    evaluate();
    await ann.asked();
    assert.equal(await ann.error(), "stop");
    assert.equal(valueText(await bob.call(s("tensor"), await bob.call(s("tensor"), k.long(7)))), "7");
  });

  it("do not keep a server from closing", async () => {
    await start();
    await enter();
    evaluate();
    await ann.asked();
    assert.equal(await served.server.close(2000), true);
  });
});
