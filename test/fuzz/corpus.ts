/** Valid messages and handshakes to begin with. The bytes are the tests' own builder's. */
import * as k from "../../protocol/make.js";
import { Dict, Func, type K, KError, type List, type Symbols, Table, TYPE } from "../../protocol/values.js";
import { buildMessage, frame } from "../protocol/builder.js";
import { slowCompress } from "../protocol/deflate.js";

/** Every type with a fixed width, as atoms and vectors; and what is made of them. */
function values(): K[] {
  const simple: K[] = [
    k.boolean(true),
    k.guid("01020304-0506-0708-090a-0b0c0d0e0f10"),
    k.byte(7),
    k.short(-3),
    k.int(-(2 ** 31)),
    k.long(2n ** 62n),
    k.real(1.5),
    k.float(Number.NaN),
    k.char("x"),
    k.symbol("name"),
    k.timestamp(7n),
    k.month(3),
    k.date(100),
    k.datetime(1.25),
    k.timespan(9n),
    k.minute(5),
    k.second(6),
    k.time(8),
    k.vector(TYPE.boolean, [true, false]),
    k.vector(TYPE.guid, ["01020304-0506-0708-090a-0b0c0d0e0f10"]),
    k.bytes(Uint8Array.of(1, 2, 3)),
    k.vector(TYPE.short, [1, -1]),
    k.ints([1, 2, 3]),
    k.longs([1n, 2n, 3n]),
    k.vector(TYPE.real, [1, 2.5]),
    k.floats([1, 2, 3]),
    k.chars("text"),
    k.symbols(["", "a", "bc", "\u00e4\udc80"]),
    k.vector(TYPE.timestamp, [1n, 2n]),
    k.vector(TYPE.time, [1, 2], 1),
    k.floats([]),
    k.symbols([]),
    k.list([]),
    k.NULL,
    new Func(TYPE.lambda, Uint8Array.from([0, 10, 0, 3, 0, 0, 0, 0x7b, 0x78, 0x7d])),
    new Func(TYPE.binary, Uint8Array.of(1)),
    new Func(TYPE.projection, Uint8Array.from([2, 0, 0, 0, 102, 1, 249, 1, 0, 0, 0, 0, 0, 0, 0])),
    new Func(106, Uint8Array.of(102, 1)),
  ];
  const table = new Table(
    k.symbols(["time", "sym", "price"]) as Symbols,
    k.list([k.vector(TYPE.time, [1, 2]), k.symbols(["a", "b"]), k.floats([1, 2])]) as List,
  );
  const keys = new Table(k.symbols(["id"]) as Symbols, k.list([k.longs([1n, 2n])]) as List);
  let deep: K = k.long(1n);
  for (let i = 0; i < 20; i++) deep = k.list([deep, k.symbol("d")]);
  const matrix = k.list(Array.from({ length: 4 }, (_, i) => k.floats([i, i + 1, i + 2])));
  return [
    ...simple,
    k.list(simple),
    k.dict(k.symbols(["a", "b"]), k.longs([1n, 2n])),
    new Dict(k.longs([1n, 2n]), k.symbols(["x", "y"]), TYPE.sortedDict),
    table,
    new Dict(keys, table),
    deep,
    matrix,
    k.list([matrix, matrix]),
  ];
}

/** What a session may ask, with nothing in it that can be made to take long by changing a few bytes. */
function requests(): K[] {
  const call = (name: string, ...args: K[]): K => k.list([k.symbol(name), ...args]);
  return [
    k.chars("1+1"),
    k.chars(""),
    k.chars("x:(1 2 3f;4 5 6f);t:tensor x;tensor t"),
    k.chars("(obj[];free t)"),
    k.chars("gradflag q"),
    k.char("a"),
    k.symbol("q"),
    k.list([k.symbol("free"), k.NULL]),
    call("tensor", k.floats([1, 2, 3])),
    call("tensor", k.list([k.list([k.floats([1, 2]), k.floats([3, 4])]), k.symbol("double")])),
    call("vector", k.list([k.floats([1]), k.longs([1n, 2n])])),
    call("gradflag", k.list([k.long(123_456_789n)])),
    call("module", k.list([k.symbol("sequential"), k.list([k.list([k.symbol("relu"), k.symbol("r")])])])),
    call("free", k.list([k.long(5n)])),
    call("obj", k.NULL),
    k.list([k.chars("add"), k.list([k.floats([1, 2]), k.floats([3, 4])])]),
  ];
}

function compressed(message: Uint8Array): Uint8Array {
  const packed = slowCompress(message);
  if (packed === undefined) throw new Error("a message of the corpus does not compress");
  return packed;
}

export interface Corpus {
  /** Whole messages. */
  readonly messages: readonly Uint8Array[];
  /** Those that a server is sent. */
  readonly requests: readonly Uint8Array[];
  /** Objects without header. */
  readonly objects: readonly Uint8Array[];
  readonly handshakes: readonly Uint8Array[];
}

export function corpus(): Corpus {
  const all = [...values(), ...requests()];
  const plain = all.flatMap((x, i) => [
    buildMessage(x, i % 2),
    buildMessage(x, 2),
    buildMessage(x, 1, "big"),
  ]);
  const large = [
    k.list([k.symbol("tensor"), k.floats(Array.from({ length: 400 }, () => 7))]),
    k.chars("z".repeat(2500)),
    k.symbols(Array.from({ length: 900 }, (_, i) => `s${i % 3}`)),
  ];
  const packed = large.flatMap((x) =>
    (["little", "big"] as const).map((order) => compressed(buildMessage(x, 1, order))),
  );
  const wide = frame([7, 0x80, 2, 0, 0, 0, 0, 0, 0, 0, ...new Array(16).fill(1)]);
  const error = buildMessage(new KError("stale pointer"), 2);
  const messages = [...plain, ...packed, wide, error];
  const handshakes = [
    "ann:secret",
    "",
    ":",
    ":p",
    "ann",
    "a:b:c",
    "u".repeat(300),
    "GET / HTTP/1.1\r\n",
  ].flatMap((text) => [
    Uint8Array.from([...Buffer.from(text), 3, 0]),
    Uint8Array.from([...Buffer.from(text), 6, 0]),
    Uint8Array.from([...Buffer.from(text), 0]),
  ]);
  return {
    messages,
    requests: [
      ...requests().flatMap((x) => [buildMessage(x, 1), buildMessage(x, 0), buildMessage(x, 1, "big")]),
      ...packed,
    ],
    objects: all.map((x) => buildMessage(x, 1).slice(8)),
    handshakes,
  };
}
