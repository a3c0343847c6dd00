/** Functions that a peer sends by value, and functions that are sent back: the bytes are q's own. */
import assert from "node:assert/strict";
import { decodeObject } from "../../protocol/decode.js";
import { encodeObject } from "../../protocol/encode.js";
import * as k from "../../protocol/make.js";
import { type Func, type K, KError } from "../../protocol/values.js";
import { apply, evaluate, valueText, Workspace } from "../../server/language/index.js";

const session = () => new Workspace({ rank: () => undefined, call: () => undefined, names: () => [] });

const hex = (text: string): K => decodeObject(new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex")));
const bytes = (x: K): string => Buffer.from(encodeObject(x)).toString("hex");

/** `{x+y}`: its namespace (the root's, empty), then its text. */
const PLUS = "64 00 0a 00 05000000 7b782b797d";
const ONE = "f9 0100000000000000";

/** [in words, the function's bytes, the arguments, what comes back] */
const CALLS: readonly [what: string, f: string, args: readonly K[], answer: string][] = [
  ["{x+y}", PLUS, [k.long(1), k.long(2)], "3"],
  ["{x+y} of one argument is a projection", PLUS, [k.long(1)], "{x+y}[1]"],
  ["{x+y}[;1]", `68 03000000 ${PLUS} 65ff ${ONE}`, [k.long(4)], "5"],
  ["{x+y}[1]", `68 02000000 ${PLUS} ${ONE}`, [k.long(4)], "5"],
  ["{x+y}[1;], what is open marked by ::", `68 03000000 ${PLUS} ${ONE} 6500`, [k.long(4)], "5"],
  ["neg", "65 02", [k.long(4)], "-4"],
  ["count", "65 0d", [k.longs([1, 2, 3])], "3"],
  ["til, which is !:", "65 10", [k.long(3)], "0 1 2"],
  ["+", "66 01", [k.long(4), k.long(5)], "9"],
  ["within", "66 18", [k.long(4), k.longs([1, 5])], "1b"],
  ["+/", "6b 66 01", [k.longs([1, 2, 3])], "6"],
  ["{x+y}\\", `6c ${PLUS}`, [k.longs([1, 2, 3])], "1 3 6"],
  ["neg'", "6a 65 02", [k.longs([1, 2])], "-1 -2"],
  ["+\\:", "6f 66 01", [k.longs([1, 2]), k.long(1)], "2 3"],
  ["neg after sum, a composition", "69 02000000 65 02 65 19", [k.longs([1, 2])], "-3"],
  ["a composition's rank is its last function's", `69 02000000 65 02 ${PLUS}`, [k.long(1), k.long(2)], "-3"],
  ["{[]7}, of no argument", "64 00 0a 00 05000000 7b5b5d377d", [], "7"],
  ["a function given to a function", "64 00 0a 00 05000000 7b7820797d", [hex("65 02"), k.long(4)], "-4"],
];

describe("language: functions sent by value", () => {
  for (const [what, f, args, answer] of CALLS) {
    it(what, async () => assert.equal(valueText(await apply(hex(f) as Func, args, session())), answer));
  }

  it("runs in the user's names, and in the namespace that it says", async () => {
    const user = session();
    await evaluate("a:5;.foo.a:6", user);
    const root = hex("64 00 0a 00 05000000 7b782b617d"); // {x+a}
    const foo = hex("64 666f6f00 0a 00 05000000 7b782b617d");
    assert.equal(valueText(await apply(root, [k.long(1)], user)), "6");
    assert.equal(valueText(await apply(foo, [k.long(1)], user)), "7");
  });

  it("inside of a list it can be applied too", async () => {
    const functions = k.list([hex(PLUS), k.long(3)]);
    assert.equal(valueText(await apply("{(x 0)[x 1;y]}", [functions, k.long(4)], session())), "7");
    assert.equal(valueText(await apply("{(x 0)/[y]}", [functions, k.longs([1, 2, 4])], session())), "7");
  });

  const REFUSED: readonly [what: string, f: string, error: string][] = [
    ["text that is no lambda", "64 00 0a 00 03000000 312b31", "type"],
    ["text behind the lambda", "64 00 0a 00 05000000 7b787d3b31", "type"],
    ["a primitive of no number", "65 fe", "nyi: an unknown primitive"],
    ["a primitive that is not here", "65 1d", "nyi: exit"],
    ["a projection of nothing", `68 02000000 65ff ${ONE}`, "type"],
    ["a composition of one", "69 01000000 65 02", "type"],
  ];
  for (const [what, f, error] of REFUSED) {
    it(`${what} is '${error}`, () =>
      assert.rejects(
        async () => apply(hex(f) as Func, [k.long(1)], session()),
        (thrown: KError) => thrown instanceof KError && thrown.message === error,
      ));
  }

  it("functions nested without end are refused", async () => {
    const nested = `${"6a".repeat(190)}6502`;
    await assert.rejects(async () => apply(hex(nested) as Func, [k.long(1)], session()), {
      message: "stack",
    });
  });
});

describe("language: functions as answers", () => {
  const ANSWERS: readonly [text: string, bytes: string][] = [
    ["{x+y}", PLUS],
    [".foo.f:{x+y};.foo.f", PLUS],
    ["neg", "65 02"],
    ["til", "65 10"],
    ["(#:)", "65 0d"],
    ["+", "66 01"],
    ["{x+y}[;1]", `68 03000000 ${PLUS} 65ff ${ONE}`],
    ["{x+y}[1]", `68 02000000 ${PLUS} ${ONE}`],
    ["+/", "6b 66 01"],
    ["'[neg;sum]", "69 02000000 65 02 65 19"],
    ["upper", "64 00 0a 00 0a000000 7b2875707065722978 7d"],
  ];
  for (const [text, expected] of ANSWERS) {
    it(text, async () => assert.equal(bytes(await evaluate(text, session())), expected.replaceAll(" ", "")));
  }
});
