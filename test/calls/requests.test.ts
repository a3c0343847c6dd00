/** What each form of request means, byte by byte on the wire. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import * as k from "../../protocol/make.js";
import { Func, type K, KError, NULL, TYPE } from "../../protocol/values.js";
import type { Language } from "../../server/calls/client.js";
import { buildMessage } from "../protocol/builder.js";
import { apiOf, ask, eventually, fn, Raw, response, type Served, SYNC, serve } from "../server/rig.js";

const sym = k.symbol;
const handle = k.list([k.long(1_234_567_890_123n)]);
const lambda = new Func(TYPE.lambda, Uint8Array.from([0, 10, 0, 5, 0, 0, 0, 0x7b, 0x78, 0x2b, 0x79, 0x7d]));
const plus = new Func(TYPE.binary, Uint8Array.of(1));

/** [the request, in words, the request, the value that answers it]; errors are KErrors. */
const FORMS: readonly [what: string, request: K, answer: K | KError][] = [
  ["(`f;x)", k.list([sym("echo"), k.long(7)]), k.long(7)],
  ['("f";x)', k.list([k.chars("echo"), k.long(7)]), k.long(7)],
  ['("f";x), a name of one letter as a char', k.list([k.char("e"), k.long(7)]), k.long(7)],
  ["`f`x, a symbol vector", k.symbols(["echo", "all"]), sym("all")],
  ["`f`x`y, the rest as a list", k.symbols(["echo", "a", "b"]), k.symbols(["a", "b"])],
  ["`f`x`y of two arguments", k.symbols(["pair", "a", "b"]), k.list([sym("a"), sym("b")])],
  ["a list of symbol atoms", k.list([sym("echo"), sym("a")]), sym("a")],
  ["symbol atoms as an argument", k.list([sym("echo"), k.list([sym("a"), sym("b")])]), k.symbols(["a", "b"])],
  ["one symbol atom in a list as an argument", k.list([sym("echo"), k.list([sym("a")])]), k.symbols(["a"])],
  ["a handle stays a list of one long", k.list([sym("echo"), handle]), handle],
  ["one long in a vector stays that", k.list([sym("echo"), k.longs([5])]), k.longs([5])],
  [
    "more arguments than the function takes are a list",
    k.list([sym("echo"), handle, k.symbols(["b.weight"])]),
    k.list([handle, k.symbols(["b.weight"])]),
  ],
  [
    "atoms of one type as arguments are a vector",
    k.list([sym("echo"), k.long(1), k.long(2)]),
    k.longs([1, 2]),
  ],
  [
    "atoms of two types are a list",
    k.list([sym("echo"), k.long(1), k.int(2)]),
    k.list([k.long(1), k.int(2)]),
  ],
  ["(`f;::)", k.list([sym("echo"), NULL]), NULL],
  ["(,`f), no argument", k.symbols(["echo"]), NULL],
  ['(,"f"), no argument', k.list([k.chars("echo")]), NULL],
  ["two arguments for two", k.list([sym("pair"), k.long(1), sym("a")]), k.list([k.long(1), sym("a")])],
  ["one argument for two", k.list([sym("pair"), k.longs([1, 2])]), new KError("rank")],
  ["three arguments for two", k.list([sym("pair"), k.long(1), k.long(2), k.long(3)]), new KError("rank")],
  ["an unknown function", k.list([sym("nosuch"), k.long(1)]), new KError("nosuch")],
  ["an unknown function by string", k.list([k.chars("nosuch"), k.long(1)]), new KError("nosuch")],
  ["an unknown function in a symbol vector", k.symbols(["nosuch", "a"]), new KError("nosuch")],
  ["an unknown variable", sym("nosuch"), new KError("nosuch")],
  ["a symbol that is no name", sym("1+1"), new KError("1+1")],
  ["a name that JavaScript objects have", k.list([sym("constructor"), NULL]), new KError("constructor")],
  ['""', k.chars(""), NULL],
  ['" \\n"', k.chars(" \n"), NULL],
  ["::", NULL, NULL],
  ["()", k.list([]), k.list([])],
  ["an empty symbol vector", k.symbols([]), k.symbols([])],
  ["a number", k.long(42), k.long(42)],
  ["a vector", k.floats([1, 2.5]), k.floats([1, 2.5])],
  ["a dictionary is its values", k.dict(k.symbols(["a"]), k.longs([1])), k.longs([1])],
  ["a table", k.table({ a: k.longs([1]) }), k.table({ a: k.longs([1]) })],
  ["a lambda called", k.list([lambda, k.long(1), k.long(2)]), new KError(NYI())],
  ["an operator called", k.list([plus, k.long(1), k.long(2)]), new KError(NYI())],
  ["a lambda alone", lambda, lambda],
  ["a list that names nothing", k.list([k.long(1), k.symbols(["a"])]), new KError("type")],
  ["text without a language", k.chars("1+1"), new KError("nyi: text requests")],
  ["a k error", k.symbols(["fail", "x"]), new KError("stale pointer")],
  ["a k error after a while", k.symbols(["failLater", "x"]), new KError("late trouble")],
  ["another error's first line", k.symbols(["crash", "x"]), new KError("size mismatch, got 3")],
];

function NYI(): string {
  return "nyi: a function sent by value";
}

describe("requests", () => {
  let served: Served;
  before(async () => {
    served = await serve();
  });
  after(() => served.server.close());

  for (const [what, request, answer] of FORMS) {
    it(what, async () => assert.equal(await ask(served.port, request), response(answer)));
  }

  it("big-endian requests are answered in little-endian order", async () => {
    const raw = await Raw.login(served.port);
    raw.write(buildMessage(k.list([k.chars("echo"), k.longs([1, 2])]), SYNC, "big"));
    assert.equal(await raw.message(), response(k.longs([1, 2])));
    raw.socket.destroy();
  });

  it("an error that nobody foresaw is in the log with all of it", async () => {
    await ask(served.port, k.symbols(["crash", "x"]));
    const line = served.log.find((x) => x.msg === "a call failed");
    const { message, stack } = line!.err as { message: string; stack: string[] };
    assert.match(message, /secret\.cpp:12/);
    assert(stack.length > 0);
  });

  it("a result that cannot be sent is answered by an error", async () => {
    const reply = Buffer.from(await ask(served.port, k.symbols(["foreign", "x"])), "hex");
    assert.equal(reply[8], 0x80);
    const old = await Raw.open(served.port);
    old.write(Uint8Array.from([...Buffer.from("ann"), 1, 0])); // a client that does not know guids
    await old.read(1);
    old.send(k.list([k.chars("echo"), k.long(1)]));
    assert.equal(await old.message(), response(k.long(1)));
    old.socket.destroy();
  });

  it("calls and their user belong together", async () => {
    const [ann, bob] = [await Raw.login(served.port, "ann"), await Raw.login(served.port, "bob:pw")];
    const ids: string[] = [];
    for (const raw of [ann, bob, ann]) {
      raw.send(k.symbols(["who", "x"]));
      ids.push(await raw.message());
    }
    assert.equal(ids[0], ids[2]);
    assert.notEqual(ids[0], ids[1]);
    assert(ids[1]!.includes(Buffer.from("bob").toString("hex")));
    for (const raw of [ann, bob]) raw.socket.destroy();
  });
});

describe("a call that gives way", () => {
  let served: Served;
  before(async () => {
    const functions = new Map([
      [
        "long",
        fn("long", async (call) => {
          for (;;) {
            await sleep(2);
            await call.giveWay();
          }
        }),
      ],
      [
        "ends",
        fn("ends", (call) => {
          call.stopOthers();
          return NULL;
        }),
      ],
    ]);
    served = await serve({}, { api: apiOf(functions) });
  });
  after(() => served.server.close(100));

  it("ends when its user wants all others to, and when his connection goes", async () => {
    const raw = await Raw.login(served.port, "ann");
    raw.send(k.symbols(["long"]));
    assert.equal(await ask(served.port, k.symbols(["ends"]), "ann"), response(NULL));
    assert.equal(await raw.message(), response(new KError("stop")));
    raw.send(k.symbols(["long"]));
    await ask(served.port, k.symbols(["ends"]), "bob"); // another user's goes on
    raw.socket.resetAndDestroy();
    await eventually(() => served.server.sessions === 0);
    assert.equal(await ask(served.port, k.symbols(["ends"]), "bob"), response(NULL)); // nobody has the turn
  });
});

describe("requests with a language", () => {
  const seen: string[] = [];
  const stopped: string[] = [];
  const language: Language = {
    stop: (session) => void stopped.push(session.userName),
    evaluate(text, session) {
      seen.push(text);
      if (text === "twice") return session.call("echo", [k.long(1), k.long(2)]);
      if (text === "owner") return session.call("owns", []);
      if (text === "soon") return Promise.resolve(k.long(3));
      if (text === "unknown") return session.call("nosuch", []);
      return k.chars(`${session.userName} says ${text}`);
    },
    apply(f, args) {
      return k.list([typeof f === "string" ? k.chars(f) : f, ...args]);
    },
  };
  let served: Served;
  before(async () => {
    const functions = new Map([
      ["echo", fn("echo", (_, x) => x)],
      ["owns", fn("owns", (call) => k.boolean(call.ownsArguments))],
    ]);
    served = await serve({}, { language, api: apiOf(functions) });
  });
  after(() => served.server.close());

  const TEXT: readonly [what: string, request: K, answer: K | KError][] = [
    ["text", k.chars("1+1"), k.chars("ann says 1+1")],
    ["text of one letter", k.char("a"), k.chars("ann says a")],
    ["a symbol atom is the value of its name", sym("q"), k.chars("ann says q")],
    ["text calls functions as lists do", k.chars("twice"), k.longs([1, 2])],
    ["text that takes time", k.chars("soon"), k.long(3)],
    ["text that calls an unknown function", k.chars("unknown"), new KError("nosuch")],
    [
      "a function given as text",
      k.list([k.chars("{x+y}"), k.long(1), k.long(2)]),
      k.list([k.chars("{x+y}"), k.long(1), k.long(2)]),
    ],
    [
      "an operator given as a char",
      k.list([k.char("+"), k.long(1), k.long(2)]),
      k.list([k.chars("+"), k.long(1), k.long(2)]),
    ],
    [
      "a function sent by value",
      k.list([lambda, k.long(1), k.long(2)]),
      k.list([lambda, k.long(1), k.long(2)]),
    ],
    ["a user's own name applied", k.symbols(["d", "a"]), k.list([k.chars("d"), sym("a")])],
  ];
  for (const [what, request, answer] of TEXT) {
    it(what, async () => assert.equal(await ask(served.port, request), response(answer)));
  }

  it("what a request brings is the called function's own; what the language hands on may be a user's variable", async () => {
    assert.equal(await ask(served.port, k.symbols(["owns", "x"])), response(k.boolean(true)));
    assert.equal(await ask(served.port, k.chars("owner")), response(k.boolean(false)));
  });

  it("the text of a client that has gone is stopped", async () => {
    const raw = await Raw.login(served.port, "gone");
    raw.send(k.chars("x"));
    await raw.message();
    raw.socket.resetAndDestroy();
    await eventually(() => stopped.includes("gone"));
  });

  it("text need not be UTF-8", async () => {
    await ask(served.port, k.chars(Uint8Array.of(0x61, 0xff)));
    assert.equal(seen.at(-1), "a\udcff");
  });
});
