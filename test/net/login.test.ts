/** Handshakes: every form that clients send, and refusals without a word. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as k from "../../protocol/make.js";
import { buildMessage } from "../protocol/builder.js";
import { ask, hex, Raw, response, type Served, SYNC, serve } from "../server/rig.js";

const text = (s: string): Uint8Array => Buffer.from(s, "latin1");
const WHO = buildMessage(k.symbols(["who", "x"]), SYNC);

describe("handshake", () => {
  let served: Served;
  before(async () => {
    served = await serve();
  });
  after(() => served.server.close());

  const FORMS: readonly [what: string, sent: string, answer: number, user: string][] = [
    ["user and password", "ann:pw\x03\0", 3, "ann"],
    ["user alone", "ann\x03\0", 3, "ann"],
    ["colons in the password", "ann:a:b:c\x03\0", 3, "ann"],
    ["an empty text", "\x03\0", 3, ""],
    ["a colon alone", ":\x03\0", 3, ""],
    ["a password without a user", ":pw\x03\0", 3, ""],
    ["no capability", "ann:pw\0", 0, "ann"],
    ["nothing at all", "\0", 0, ""],
    ["capability 1", "ann:pw\x01\0", 1, "ann"],
    ["capability 6", "ann:pw\x06\0", 6, "ann"],
    ["a capability of the future", "ann:pw\x07\0", 6, "ann"],
    ["a password of kilobytes", `ann:${"p".repeat(10_000)}\x03\0`, 3, "ann"],
    ["bytes that are not UTF-8", "\xff\xfe:\xff\x03\0", 3, "\xff\xfe"],
  ];
  for (const [what, sent, answer, user] of FORMS) {
    it(`${what}: one byte, alone, then the user is known`, async () => {
      const raw = await Raw.open(served.port);
      raw.write(text(sent));
      await raw.until(() => raw.packets.length > 0);
      assert.deepEqual([...raw.packets[0]!], [answer]);
      raw.packets.length = 0;
      raw.write(WHO);
      const reply = await raw.message();
      assert(reply.endsWith(`f5${Buffer.from(user, "latin1").toString("hex")}00`), reply);
      raw.socket.destroy();
    });
  }

  it("one that comes byte by byte", async () => {
    const raw = await Raw.open(served.port);
    for (const byte of text("ann:pw\x03\0")) {
      assert.equal(raw.packets.length, 0);
      raw.write(Uint8Array.of(byte));
      await sleep(1);
    }
    assert.deepEqual([...(await raw.read(1))], [3]);
    raw.socket.destroy();
  });

  it("one in the same packet as the first requests: the answer still comes alone", async () => {
    for (let i = 0; i < 20; i++) {
      const raw = await Raw.open(served.port);
      raw.write(Buffer.concat([text("ann:pw\x03\0"), WHO, WHO.subarray(0, 11)]));
      await raw.until(() => raw.packets.length > 0);
      assert.deepEqual([...raw.packets[0]!], [3]);
      await raw.read(1);
      raw.write(WHO.subarray(11));
      assert.equal(await raw.message(), await raw.message());
      raw.socket.destroy();
    }
  });

  it("one with requests and the end of the client's side, all at once", async () => {
    for (const pieces of [1, 2]) {
      const raw = await Raw.open(served.port);
      const requests = Buffer.concat([WHO, WHO]);
      if (pieces === 1) raw.socket.end(Buffer.concat([text("ann:pw\x03\0"), requests]));
      else {
        raw.write(text("ann:pw\x03\0"));
        raw.socket.end(requests);
      }
      assert.deepEqual([...(await raw.read(1))], [3]);
      assert.equal(await raw.message(), await raw.message());
      await raw.end();
    }
  });

  it("one after which the client closes its side", async () => {
    const raw = await Raw.open(served.port);
    raw.socket.end(text("ann:pw\x03\0"));
    assert.deepEqual([...(await raw.read(1))], [3]);
    await raw.end();
    assert.equal(raw.received.length, 0);
  });

  const OTHERS: readonly [what: string, sent: string, why: RegExp][] = [
    ["HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", /HTTP on a kdb\+ port/],
    ["TLS on a plain port", "\x16\x03\x01\x02\x00", /TLS on a kdb\+ port/],
    ["a handshake without end", "x".repeat(40_000), /more than 32768 bytes/],
  ];
  for (const [what, sent, why] of OTHERS) {
    it(`${what}: closed without a byte, logged`, async () => {
      const raw = await Raw.open(served.port);
      raw.write(text(sent));
      await raw.end();
      assert.equal(raw.received.length, 0);
      assert(
        served.messages().some((x) => why.test(x)),
        served.messages().join("\n"),
      );
    });
  }

  it("a connection that says nothing and leaves is no event", async () => {
    const raw = await Raw.open(served.port);
    raw.socket.end();
    await raw.end();
    assert.equal(raw.received.length, 0);
  });
});

describe("handshake with a password file", () => {
  const folder = mkdtempSync(join(tmpdir(), "torchq-"));
  const path = join(folder, "users");
  let served: Served;
  before(async () => {
    writeFileSync(path, "ann:secret\nbob:5ebe2294ecd0e0f08eab7690d2a6ee69\n");
    served = await serve({ passwordFile: path });
  });
  after(async () => {
    await served.server.close();
    rmSync(folder, { recursive: true });
  });

  for (const user of ["ann:secret", "bob:secret"]) {
    it(`lets ${user.slice(0, 3)} in`, async () => {
      assert.equal(await ask(served.port, k.long(1), user), response(k.long(1)));
    });
  }

  const REFUSED = ["ann:wrong\x03\0", "ann\x03\0", "eve:secret\x03\0", ":\x03\0", "\0", "ann:wrong\0"];
  for (const sent of REFUSED) {
    it(`${JSON.stringify(sent)}: closed without a byte`, async () => {
      const raw = await Raw.open(served.port);
      raw.write(Buffer.concat([text(sent), WHO]));
      await raw.end();
      assert.equal(hex(raw.received), "");
    });
  }

  it("refusals are logged with the user, and without password or hint", () => {
    const lines = served.log.filter((x) => x.msg === "access refused");
    assert.equal(lines.length, REFUSED.length);
    assert.deepEqual(
      new Set(lines.map((x) => Object.keys(x).sort().join())),
      new Set(["from,level,msg,time,user"]),
    );
    const everything = JSON.stringify(served.log);
    for (const secret of ["secret", "wrong", "5ebe"]) assert(!everything.includes(secret), secret);
  });

  it("a changed file counts after a reload, for new connections", async () => {
    const old = await Raw.login(served.port, "ann:secret");
    writeFileSync(path, "ann:new\n");
    const before = served.log.length;
    const told = (): readonly unknown[] =>
      served.log
        .slice(before)
        .filter((x) => x.what === "password file")
        .map((x) => x.msg);
    served.server.reload();
    const raw = await Raw.open(served.port);
    raw.write(text("ann:secret\x03\0"));
    await raw.end();
    assert.equal(raw.received.length, 0);
    assert.equal(await ask(served.port, k.long(1), "ann:new"), response(k.long(1)));
    old.send(k.long(2));
    assert.equal(await old.message(), response(k.long(2)));
    old.socket.destroy();
    writeFileSync(path, "rubbish\n");
    served.server.reload();
    assert.equal(await ask(served.port, k.long(1), "ann:new"), response(k.long(1)));
    writeFileSync(path, "ann:new\n");
    served.server.reload();
    assert.deepEqual(told(), [
      "read again",
      "not read again: stays as it was",
      "read again: nothing has changed",
    ]);
  });
});
