/** Logging in: all forms that clients send, in any pieces. */
import assert from "node:assert/strict";
import {
  answer,
  buildHandshake,
  HandshakeReader,
  parseHandshake,
  recognise,
} from "../../protocol/handshake.js";
import { bytes, hex } from "./plain.js";

const cases: readonly (readonly [string, string, { user: string; password: string; capability: number }])[] =
  [
    ["user, password, capability 3", "753a70 03", { user: "u", password: "p", capability: 3 }],
    ["capability 6", "753a70 06", { user: "u", password: "p", capability: 6 }],
    ["no capability", "753a70", { user: "u", password: "p", capability: 0 }],
    ["user alone", "75736572 03", { user: "user", password: "", capability: 3 }],
    ["nothing", "", { user: "", password: "", capability: 0 }],
    ["capability alone", "03", { user: "", password: "", capability: 3 }],
    ["a colon alone", "3a", { user: "", password: "", capability: 0 }],
    ["a colon and capability", "3a 06", { user: "", password: "", capability: 6 }],
    ["password alone", "3a70 01", { user: "", password: "p", capability: 1 }],
    ["colons in the password", "753a703a3a71 03", { user: "u", password: "p::q", capability: 3 }],
    ["bytes that are not UTF-8", "fc3aff 03", { user: "\udcfc", password: "\udcff", capability: 3 }],
    ["UTF-8", "c3bc3ac3a9 03", { user: "ü", password: "é", capability: 3 }],
  ];

describe("handshake", () => {
  for (const [name, text, expected] of cases) {
    it(name, () => {
      assert.deepEqual(parseHandshake(bytes(text)), expected);
      const whole = Buffer.concat([bytes(text), bytes("00"), Buffer.from("next")]);
      for (let a = 0; a <= whole.length; a++) {
        const reader = new HandshakeReader();
        const chunks = [whole.subarray(0, a), whole.subarray(a)];
        let result = reader.push(chunks.shift()!);
        let rest = Buffer.alloc(0);
        if (result === undefined) result = reader.push(chunks.shift()!);
        assert.ok(result !== undefined, `cut at ${a}`);
        assert.deepEqual(result.handshake, expected);
        rest = Buffer.concat([result.rest, ...chunks]);
        assert.equal(rest.toString(), "next");
      }
    });
  }

  it("byte by byte", () => {
    const reader = new HandshakeReader();
    const text = Buffer.from("user:pass:word\x03\0");
    for (const byte of text.subarray(0, -1)) assert.equal(reader.push(Uint8Array.of(byte)), undefined);
    assert.deepEqual(reader.push(Uint8Array.of(0))?.handshake, {
      user: "user",
      password: "pass:word",
      capability: 3,
    });
  });

  it("long tokens are taken, endless ones are not", () => {
    const token = "t".repeat(20_000);
    const long = new HandshakeReader().push(Buffer.from(`u:${token}\x06\0`));
    assert.equal(long?.handshake.password, token);
    const reader = new HandshakeReader(100);
    reader.push(Buffer.alloc(60, "a"));
    assert.throws(() => reader.push(Buffer.alloc(60, "a")), { name: "ProtocolError", code: "limit" });
    assert.ok(new HandshakeReader(4).push(Buffer.from("abcd\0")));
    assert.throws(() => new HandshakeReader(4).push(Buffer.from("abcde\0")), { code: "limit" });
  });

  it("tells HTTP and TLS at once", () => {
    for (const verb of ["GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE"]) {
      assert.throws(() => new HandshakeReader().push(Buffer.from(`${verb} / HTTP/1.1\r\n`)), {
        code: "http",
      });
    }
    assert.throws(() => new HandshakeReader().push(bytes("1603010200")), {
      name: "ProtocolError",
      code: "tls",
    });
    const slow = new HandshakeReader();
    slow.push(Buffer.from("GE"));
    assert.throws(() => slow.push(Buffer.from("T /")), { code: "http" });
    assert.equal(recognise(Buffer.from("GETTY:pw")), undefined);
    assert.equal(recognise(new Uint8Array(0)), undefined);
  });

  it("a client's handshake", () => {
    const build = (user: string, password: string, capability: number) =>
      hex(buildHandshake({ user, password, capability }));
    assert.equal(build("u", "p:q", 3), "753a703a710300");
    assert.equal(build("", "", 6), "3a0600");
    assert.equal(build("u", "p", 0), "753a7000");
    assert.equal(build("\udcfc", "é", 6), "fc3ac3a90600");
    assert.throws(() => build("a:b", "", 6), { code: "type" });
    assert.throws(() => build("a", "b\0", 6), { code: "type" });
  });

  it("the answer is what both can take", () => {
    assert.deepEqual(
      [0, 1, 3, 4, 6, 9].map((peer) => answer(peer)),
      [0, 1, 3, 4, 6, 6],
    );
    assert.equal(answer(6, 3), 3);
  });
});
