/** TLS, Unix domain sockets, several ports, and closing. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect as tcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as tlsConnect } from "node:tls";
import * as k from "../../protocol/make.js";
import { OptionError } from "../../server/errors.js";
import { Census, unixPath } from "../../server/net/listener.js";
import type { TlsMode } from "../../server/options.js";
import { ask, calls, eventually, Raw, response, type Served, serve } from "../server/rig.js";

const QUESTION = k.list([k.chars("echo"), k.long(7)]);
const ANSWER = response(k.long(7));

const NAMES = ["SSL_CERT_FILE", "SSL_KEY_FILE", "SSL_CA_CERT_FILE", "SSL_VERIFY_CLIENT"].flatMap((name) => [
  name,
  `KX_${name}`,
]);

describe("TLS", () => {
  const folder = mkdtempSync(join(tmpdir(), "torchq-"));
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const servers: Served[] = [];
  const former = { ...process.env };

  before(function () {
    try {
      const request = `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout ${key} -out ${certificate}`;
      execFileSync("openssl", request.split(" "), { stdio: "ignore" });
    } catch (error) {
      console.log(`      TLS tests skipped: openssl made no certificate (${(error as Error).message})`);
      this.skip();
    }
    for (const name of NAMES) delete process.env[name];
    process.env.SSL_CERT_FILE = certificate;
    process.env.SSL_KEY_FILE = key;
  });
  afterEach(async () => {
    for (const served of servers.splice(0)) await served.server.close(200);
  });
  after(() => {
    for (const name of NAMES) {
      const value = former[name];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    rmSync(folder, { recursive: true });
  });

  const listen = async (tls: TlsMode, handshakeTimeout = 10): Promise<Served> => {
    const served = await serve({ tls, handshakeTimeout });
    servers.push(served);
    return served;
  };
  const secure = async (port: number): Promise<Raw> => {
    const ca = readFileSync(certificate);
    const socket = tlsConnect({ port, host: "127.0.0.1", servername: "localhost", ca });
    await once(socket, "secureConnect");
    const raw = new Raw(socket);
    raw.write(Buffer.from("ann:pw\x03\0"));
    await raw.until(() => raw.packets.length > 0);
    assert.deepEqual([...(await raw.read(1))], [3]);
    return raw;
  };

  for (const mode of ["both", "only"] as const) {
    it(`-E ${mode === "both" ? 1 : 2} serves TLS`, async () => {
      const { port } = await listen(mode);
      const raw = await secure(port);
      raw.send(QUESTION);
      assert.equal(await raw.message(), ANSWER);
      raw.send(k.list([k.chars("big"), k.long(3_000_000)]));
      assert.equal((await raw.read(3_000_014)).readUInt32LE(4), 3_000_014);
      raw.socket.destroy();
    });
  }

  it("-E 1 serves plain connections on the same port", async () => {
    const { port } = await listen("both");
    assert.equal(await ask(port, QUESTION), ANSWER);
  });

  it("-E 2 closes plain connections without a byte", async () => {
    const { port, messages } = await listen("only");
    const raw = await Raw.open(port);
    raw.write(Buffer.from("ann:pw\x03\0"));
    await raw.end();
    assert.equal(raw.received.length, 0);
    assert(messages().includes("a plain connection where only TLS is served"));
  });

  it("a broken TLS hello hurts nobody", async () => {
    const { port, messages } = await listen("both");
    const raw = await Raw.open(port);
    raw.write(Buffer.from("1603010200deadbeef".repeat(100), "hex"));
    await raw.end();
    await eventually(() => messages().some((x) => x.startsWith("TLS: ")));
    assert.equal(await ask(port, QUESTION), ANSWER);
  });

  it("a connection that never says which it is is closed", async () => {
    const { port, messages } = await listen("both", 0.05);
    const raw = await Raw.open(port);
    await raw.end();
    assert(messages().includes("no first byte in time"));
  });

  it("half a TLS hello is closed in time", async () => {
    const { port } = await listen("both", 0.05);
    const raw = await Raw.open(port);
    raw.write(Uint8Array.of(0x16, 3, 1));
    await raw.end();
  });

  it("KX_ variables win, and a missing or wrong file is told at start", async () => {
    process.env.KX_SSL_CERT_FILE = join(folder, "nosuch.pem");
    await assert.rejects(serve({ tls: "both" }), /KX_SSL_CERT_FILE: .*nosuch\.pem/);
    process.env.KX_SSL_CERT_FILE = key;
    await assert.rejects(serve({ tls: "both" }), OptionError);
    process.env.KX_SSL_CERT_FILE = "";
    await assert.rejects(serve({ tls: "only" }), /TLS needs SSL_CERT_FILE/);
    delete process.env.KX_SSL_CERT_FILE;
  });
});

describe("Unix domain socket", () => {
  it("is there for each port, by kdb+'s name", async () => {
    const served = await serve({ unix: true });
    const path = unixPath(served.port)!;
    if (process.platform === "linux") assert.equal(path, `\0${join(tmpdir(), `kx.${served.port}`)}`);
    assert.equal(await ask(path, QUESTION), ANSWER);
    await served.server.close();
    const gone = tcp({ path });
    await assert.rejects(once(gone, "connect"), /ECONNREFUSED|ENOENT/);
  });

  it("QUDSPATH is its folder, empty for none", async () => {
    const former = process.env.QUDSPATH;
    try {
      process.env.QUDSPATH = join(tmpdir(), "elsewhere");
      assert.match(unixPath(5000)!, /elsewhere.kx\.5000$/);
      process.env.QUDSPATH = "";
      assert.equal(unixPath(5000), undefined);
    } finally {
      if (former === undefined) delete process.env.QUDSPATH;
      else process.env.QUDSPATH = former;
    }
  });

  it("--unix off: there is none", async () => {
    const served = await serve();
    await assert.rejects(once(tcp({ path: unixPath(served.port)! }), "connect"));
    await served.server.close();
  });
});

describe("listener", () => {
  it("many ports at once serve the same users", async () => {
    const served = await serve({ addresses: [{ port: 0 }, { port: 0 }, { host: "localhost", port: 0 }] });
    assert.equal(served.server.ports.length, 3);
    const who = k.symbols(["who", "x"]);
    const held = await Raw.login(served.server.ports[0]!);
    const first = await ask(served.server.ports[0]!, who);
    assert.equal(await ask(served.server.ports[1]!, who), first);
    held.socket.destroy();
    await served.server.close();
  });

  it("a port in use is told at start", async () => {
    const served = await serve();
    await assert.rejects(
      serve({ addresses: [{ port: 0 }, { port: served.port }] }),
      (error: Error) =>
        error instanceof OptionError && /cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE/.test(error.message),
    );
    await served.server.close();
  });

  it("connections of one other machine are counted, those of this one only in all", () => {
    const census = new Census(5, 2);
    const leave: (() => void)[] = [];
    const admit = (remoteAddress: string | undefined, localAddress = "10.0.0.1"): string | undefined =>
      census.admit({
        remoteAddress,
        localAddress,
        once: (_: string, listener: () => void) => void leave.push(listener),
      } as never);
    assert.equal(admit("10.0.0.2"), undefined);
    assert.equal(admit("10.0.0.2"), undefined);
    assert.match(admit("10.0.0.2")!, /one address/);
    assert.equal(admit("10.0.0.3"), undefined);
    assert.equal(admit("127.0.0.1"), undefined);
    assert.equal(admit(undefined), undefined);
    assert.match(admit("10.0.0.4")!, /too many connections$/);
    leave[0]!();
    assert.equal(admit("10.0.0.2"), undefined);
  });
});

describe("closing", () => {
  it("the running call is answered, later ones are not begun, then the connection ends", async () => {
    calls.length = 0;
    const served = await serve();
    const raw = await Raw.login(served.port);
    const idle = await Raw.login(served.port);
    raw.send(k.list([k.chars("later"), k.chars("x")]));
    raw.send(k.list([k.chars("note"), k.chars("never")]));
    await sleep(10);
    const closed = served.server.close();
    assert.equal(await raw.message(), response(k.chars("x")));
    await raw.end();
    await idle.end();
    await closed;
    assert.deepEqual(calls, ["later x"]);
    await assert.rejects(Raw.open(served.port), /ECONNREFUSED/);
  });

  it("a connection that does not end is cut after the time given", async () => {
    const served = await serve();
    const raw = await Raw.open(served.port);
    const begin = performance.now();
    await served.server.close(50);
    assert(performance.now() - begin < 2000);
    raw.socket.destroy();
  });
});
