/** The client against a server whose every byte the test decides. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Client, type ConnectOptions, connect } from "../../protocol/client.js";
import { socketPath, socketPaths } from "../../protocol/dial.js";
import { ConnectionError, type ConnectionErrorCode } from "../../protocol/errors.js";
import * as k from "../../protocol/make.js";
import { type K, KError } from "../../protocol/values.js";
import { build, buildMessage } from "./builder.js";
import { CAPABLE, type Fake, fake, type Script } from "./fake.js";
import { hex, plain } from "./plain.js";

const failed = (code: ConnectionErrorCode) => (error: unknown) =>
  error instanceof ConnectionError && error.code === code;

/** Answers each message that arrives whole with its own object. */
const echo = (chunk: Buffer, socket: Socket) => {
  for (let at = 0; at < chunk.length; ) {
    const total = chunk.readUInt32LE(at + 4);
    const reply = Buffer.from(chunk.subarray(at, at + total));
    if (reply[1] === 1) {
      reply[1] = 2;
      socket.write(reply);
    }
    at += total;
  }
};

describe("client", () => {
  let server: Fake | undefined;
  let client: Client | undefined;
  const start = async (script: Script, options: Partial<ConnectOptions> = {}): Promise<Client> => {
    server = await fake(script);
    client = await connect({ host: "127.0.0.1", port: server.port, user: "u", password: "p", ...options });
    return client;
  };
  afterEach(async () => {
    await client?.close();
    await server?.close();
    client = undefined;
    server = undefined;
  });

  it("logs in and learns the common capability", async () => {
    const c = await start({ login: CAPABLE });
    assert.equal(c.capability, 3);
    assert.equal(hex(server!.received[0]!), hex(Buffer.from("u:p\x06\0")));
  });

  it("calls functions, evaluates text, sends without answer", async () => {
    const c = await start({ login: CAPABLE, onData: echo });
    const call = await c.call("f", k.long(1), k.symbol("x"));
    assert.deepEqual(plain(call), plain(k.list([k.symbol("f"), k.long(1), k.symbol("x")])));
    assert.deepEqual(plain(await c.call("f")), plain(k.list([k.symbol("f"), k.NULL])));
    assert.deepEqual(plain(await c.request("1+1")), plain(k.chars("1+1")));
    await c.send(k.int(1));
    await c.request(k.NULL);
    const wire = hex(server!.received[0]!);
    assert.ok(wire.endsWith(hex(buildMessage(k.int(1), 0)) + hex(buildMessage(k.NULL, 1))));
  });

  it("pipelines: answers go to the requests in order", async () => {
    const c = await start({ login: CAPABLE, onData: echo });
    const all = await Promise.all(Array.from({ length: 200 }, (_, i) => c.request(k.long(i))));
    assert.deepEqual(
      all.map(plain),
      Array.from({ length: 200 }, (_, i) => plain(k.long(i))),
    );
  });

  it("takes answers in pieces, and messages sent unasked between them", async () => {
    const pushed: K[] = [];
    const c = await start(
      {
        login: CAPABLE,
        onData: async (_, socket) => {
          const push = buildMessage(k.symbol("upd"), 0);
          const bytes = Buffer.concat([push, buildMessage(k.floats([1, 2]), 2, "big"), push]);
          socket.setNoDelay(true);
          for (const byte of bytes) {
            socket.write(Uint8Array.of(byte));
            await sleep(0);
          }
        },
      },
      { onMessage: (x) => pushed.push(x) },
    );
    assert.deepEqual(plain(await c.request(k.NULL)), plain(k.floats([1, 2])));
    while (pushed.length < 2) await sleep(1);
    assert.deepEqual(pushed.map(plain), [plain(k.symbol("upd")), plain(k.symbol("upd"))]);
  });

  it("what comes with the login's answer is not lost", async () => {
    const pushed: K[] = [];
    const c = await start(
      { login: Buffer.concat([CAPABLE, buildMessage(k.int(5), 0)]) },
      { onMessage: (x) => pushed.push(x) },
    );
    assert.equal(c.capability, 3);
    while (pushed.length < 1) await sleep(1);
    assert.deepEqual(plain(pushed[0]!), plain(k.int(5)));
  });

  it("a k error rejects that request alone", async () => {
    let n = 0;
    const c = await start({
      login: CAPABLE,
      onData: (_, socket) =>
        socket.write(n++ === 0 ? buildMessage(k.error("type"), 2) : buildMessage(k.int(1), 2)),
    });
    await assert.rejects(c.request(k.NULL), (error) => error instanceof KError && error.message === "type");
    assert.deepEqual(plain(await c.request(k.NULL)), plain(k.int(1)));
  });

  it("a request that takes too long is rejected; its late answer goes to nobody else", async () => {
    let first: Socket | undefined;
    const c = await start({
      login: CAPABLE,
      onData: (chunk, socket) => {
        if (first === undefined) first = socket;
        else {
          first.write(buildMessage(k.symbol("late"), 2));
          echo(chunk, socket);
        }
      },
    });
    await assert.rejects(c.request(k.NULL, { timeout: 20 }), failed("timeout"));
    assert.deepEqual(plain(await c.request(k.int(7))), plain(k.int(7)));
  });

  it("a server that asks gets an error, not silence", async () => {
    await start({ login: Buffer.concat([CAPABLE, buildMessage(k.NULL, 1)]) });
    const expected = hex(buildMessage(k.error("nyi"), 2));
    while (!hex(server!.received[0]!).endsWith(expected)) await sleep(1);
  });

  it("an answer that nobody asked for is ignored", async () => {
    const unasked = Buffer.concat([CAPABLE, buildMessage(k.int(1), 2), buildMessage(k.NULL, 0)]);
    let pushed = 0;
    const c = await start({ login: unasked, onData: echo }, { onMessage: () => pushed++ });
    while (pushed === 0) await sleep(1);
    assert.deepEqual(plain(await c.request(k.int(2))), plain(k.int(2)));
  });

  it("a value that the server cannot take is refused before it is sent", async () => {
    const c = await start({ login: Uint8Array.of(1), onData: echo });
    await assert.rejects(c.request(k.guid(new Uint8Array(16))), { name: "ProtocolError", code: "type" });
    await assert.rejects(c.send(k.guid(new Uint8Array(16))), { name: "ProtocolError", code: "type" });
    assert.deepEqual(plain(await c.request(k.int(2))), plain(k.int(2)));
  });

  it("large vectors go out whole", async () => {
    const x = k.list([k.symbol("upd"), k.floats(new Float64Array(50_000).fill(1.5)), k.NULL]);
    const c = await start({ login: CAPABLE });
    await c.send(x);
    const expected = Buffer.concat([Buffer.from("u:p\x06\0"), buildMessage(x, 0)]);
    while (server!.received[0]!.length < expected.length) await sleep(1);
    assert.equal(Buffer.compare(server!.received[0]!, expected), 0);
    assert.ok(build(x).length > 400_000);
  });

  it("closing by either side rejects what waits", async () => {
    const reasons: (string | undefined)[] = [];
    const onClose = (reason?: ConnectionError) => reasons.push(reason?.code);
    const c = await start({ login: CAPABLE, onData: (_, socket) => socket.destroy() }, { onClose });
    await assert.rejects(Promise.all([c.request(k.NULL), c.request(k.NULL)]), failed("closed"));
    await assert.rejects(c.request(k.NULL), failed("closed"));
    await server!.close();
    const d = await start({ login: CAPABLE }, { onClose });
    const waiting = assert.rejects(d.request(k.NULL), failed("closed"));
    await d.close();
    await waiting;
    await assert.rejects(d.send(k.NULL), failed("closed"));
    assert.deepEqual(reasons, ["closed", undefined]);
  });

  it("malformed bytes end the connection", async () => {
    for (const bad of ["0203000000000000", "010200000a000000ff", "01020000ffffff7f"]) {
      const onData = (_: Buffer, socket: Socket) => {
        socket.write(Buffer.concat([Buffer.from(bad, "hex"), Buffer.alloc(1)]));
      };
      const c = await start({ login: CAPABLE, onData }, { maxMessage: 1000 });
      const request = c.request(k.NULL);
      if (bad.endsWith("ff")) assert.deepEqual(plain(await request), plain(k.boolean(false)));
      else await assert.rejects(request, failed("protocol"));
      await c.close();
      await server!.close();
    }
  });

  it("an error in onMessage is the program's, not the connection's", async () => {
    const listeners = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    const seen = new Promise((resolve) => process.once("uncaughtException", resolve));
    const c = await start(
      { login: Buffer.concat([CAPABLE, buildMessage(k.NULL, 0)]), onData: echo },
      {
        onMessage: () => {
          throw new Error("mine");
        },
      },
    );
    assert.match(String(await seen), /mine/);
    for (const listener of listeners) process.on("uncaughtException", listener);
    assert.deepEqual(plain(await c.request(k.int(1))), plain(k.int(1)));
  });

  it("reconnects, lets requests wait, and says so", async () => {
    const events: string[] = [];
    const c = await start(
      { login: CAPABLE, onData: (chunk, socket, n) => (n === 0 ? socket.destroy() : echo(chunk, socket)) },
      {
        reconnect: true,
        reconnectDelay: 5,
        onClose: (reason) => events.push(`closed ${reason?.code}`),
        onReconnect: () => events.push("again"),
      },
    );
    await assert.rejects(c.request(k.NULL), failed("closed"));
    assert.equal(c.capability, 0);
    assert.deepEqual(plain(await c.request(k.int(4))), plain(k.int(4)));
    assert.deepEqual(events, ["closed closed", "again"]);
    assert.equal(server!.sockets.length, 2);
  });

  it("closed while it reconnects, it stays closed", async () => {
    const c = await start({ login: CAPABLE }, { reconnect: true, reconnectDelay: 20 });
    server!.sockets[0]!.destroy();
    while (c.capability !== 0) await sleep(1);
    const waiting = assert.rejects(c.request(k.NULL), failed("closed"));
    await c.close();
    await waiting;
    await sleep(40);
    assert.equal(server!.sockets.length, 1);
  });
});

describe("connecting", () => {
  const attempt = async (script: Script, options: Partial<ConnectOptions>, code: ConnectionErrorCode) => {
    const server = await fake(script);
    await assert.rejects(connect({ host: "127.0.0.1", port: server.port, ...options }), failed(code));
    await server.close();
  };

  it("refused users", () => attempt({}, {}, "access"));

  it("a server that never answers", () => attempt({ login: new Uint8Array(0) }, { timeout: 30 }, "timeout"));

  it("nobody there", async () => {
    const server = await fake({});
    await server.close();
    await assert.rejects(connect({ host: "127.0.0.1", port: server.port }), failed("hop"));
    await assert.rejects(connect({ path: "/nonexistent/kx.1" }), failed("hop"));
    await assert.rejects(connect({}), TypeError);
  });

  it("a user name with a colon", async () => {
    await assert.rejects(connect({ port: 1, user: "a:b" }), { name: "ProtocolError", code: "type" });
  });

  it("Unix sockets: the abstract name first on Linux, then the file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "torchq-"));
    const path = join(folder, "kx.5000");
    const login = { login: CAPABLE, onData: echo };
    const names = process.platform === "linux" ? [path, `\0${path}`] : [path];
    for (const name of names) {
      const server = await fake({ ...login, listen: { path: name } });
      const client = await connect({ path });
      assert.deepEqual(plain(await client.request(k.int(1))), plain(k.int(1)));
      await client.close();
      await server.close();
    }
    const before = process.env.QUDSPATH;
    process.env.QUDSPATH = folder;
    assert.equal(socketPath(5000), path);
    const server = await fake({ ...login, listen: { path } });
    const client = await connect({ unix: 5000 });
    assert.equal(client.capability, 3);
    await client.close();
    await server.close();
    if (before === undefined) delete process.env.QUDSPATH;
    else process.env.QUDSPATH = before;
    rmSync(folder, { recursive: true });
    assert.deepEqual(socketPaths("\0x").length, 1);
  });

  it("TLS, with the certificate checked", async function () {
    const folder = mkdtempSync(join(tmpdir(), "torchq-"));
    const file = (name: string) => join(folder, name);
    try {
      execFileSync(
        "openssl",
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
          .split(" ")
          .concat("-addext", "subjectAltName=DNS:localhost", "-keyout", file("key"), "-out", file("cert")),
        { stdio: "ignore" },
      );
    } catch (error) {
      console.log(
        `      skipped: no certificate could be made with openssl (${(error as Error).message.slice(0, 80)})`,
      );
      this.skip();
    }
    const server = await fake({
      login: CAPABLE,
      onData: echo,
      listen: { port: 0 },
      tls: { key: readFileSync(file("key")), cert: readFileSync(file("cert")) },
    });
    const client = await connect({ port: server.port, tls: { ca: readFileSync(file("cert")) } });
    assert.deepEqual(plain(await client.request(k.int(1))), plain(k.int(1)));
    await client.close();
    await assert.rejects(connect({ port: server.port, tls: true }), failed("hop"));
    process.env.KX_SSL_CA_CERT_FILE = file("cert");
    const again = await connect({ port: server.port, tls: true });
    delete process.env.KX_SSL_CA_CERT_FILE;
    await again.close();
    await server.close();
    rmSync(folder, { recursive: true });
  });
});
