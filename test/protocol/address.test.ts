import assert from "node:assert/strict";
import { parseAddress } from "../../protocol/index.js";

describe("addresses", () => {
  const good: readonly (readonly [string, object])[] = [
    ["5000", { host: "localhost", port: 5000 }],
    [":5000", { host: "localhost", port: 5000 }],
    ["::5000", { host: "localhost", port: 5000 }],
    ["::5000:ann:x", { host: "localhost", port: 5000, user: "ann", password: "x" }],
    ["box:5000", { host: "box", port: 5000 }],
    ["box:5000:ann", { host: "box", port: 5000, user: "ann", password: "" }],
    ["box:5000:ann:se:cret", { host: "box", port: 5000, user: "ann", password: "se:cret" }],
    [":box:5000:ann:x", { host: "box", port: 5000, user: "ann", password: "x" }],
    [":10.0.0.1:5000", { host: "10.0.0.1", port: 5000 }],
    ["[::1]:5000", { host: "::1", port: 5000 }],
    ["tcps://box:5000:ann:x", { host: "box", port: 5000, tls: true, user: "ann", password: "x" }],
    ["tcp://box:5000", { host: "box", port: 5000 }],
    [":tcps://box:5000", { host: "box", port: 5000, tls: true }],
    [":unix://5000", { unix: 5000 }],
    ["unix://5000:ann:x", { unix: 5000, user: "ann", password: "x" }],
  ];
  for (const [text, expected] of good) it(text, () => assert.deepEqual(parseAddress(text), expected));

  for (const text of [
    "",
    ":",
    "box",
    "box:0",
    "box:99999",
    "box:port",
    "unix://box:1",
    "http://box:1",
    "box:1e3",
  ]) {
    it(`${text} is refused with what is expected`, () =>
      assert.throws(() => parseAddress(text), /expected host:port/));
  }

  it("an error has no password", () => {
    assert.throws(
      () => parseAddress(":box:port:ann:secret"),
      ({ message }: Error) => !message.includes("secret"),
    );
  });
});
