/** The program: its one line when it listens, signals, exit codes, wrong options. */
import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import * as k from "../../protocol/make.js";
import { KError, NULL } from "../../protocol/values.js";
import { ask, Raw, response } from "./rig.js";

const MAIN = fileURLToPath(new URL("../../server/main.js", import.meta.url));

/** Without the variables that name certificates, which other programs use too. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(KX_)?SSL_/.test(name)));

interface Program {
  readonly child: ChildProcess;
  readonly port: number;
  readonly ended: Promise<unknown[]>;
  stderr(): string;
}

async function torchq(...args: string[]): Promise<Program> {
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "exit");
  let out = "";
  let err = "";
  child.stderr!.on("data", (chunk) => {
    err += chunk;
  });
  const line = new Promise<string>((resolve, reject) => {
    child.stdout!.on("data", (chunk) => {
      out += chunk;
      if (out.includes("\n")) resolve(out);
    });
    ended.then(() => reject(new Error(`ended: ${err}`)));
  });
  const port = Number(/^torchq: listening on 127\.0\.0\.1:(\d+)\n$/.exec(await line)?.[1]);
  return { child, port, ended, stderr: () => err };
}

function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error ? -1 : 0, stdout, stderr });
    });
  });
}

describe("torchq", function () {
  this.timeout(60_000);

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`${signal} closes connections in order and ends with 0`, async () => {
      const { child, port, ended } = await torchq("-p", "0", "--log-level", "warn");
      assert.equal(await ask(port, k.long(1)), response(k.long(1)));
      const raw = await Raw.login(port);
      child.kill(signal);
      await raw.end();
      assert.deepEqual(await ended, [0, null]);
    });
  }

  it("serves text and the k api, each user by itself", async () => {
    const { child, port, ended } = await torchq("-p", "0", "--log-level", "warn");
    const raw = await Raw.login(port, "ann");
    raw.send(k.chars("x:1+1"));
    assert.equal(await raw.message(), response(NULL));
    raw.send(k.chars("x"));
    assert.equal(await raw.message(), response(k.long(2)));
    raw.send(k.symbols(["obj", "nosuch"]));
    assert.notEqual(await raw.message(), response(new KError("obj")), "the k api is not there");
    assert.equal(await ask(port, k.chars("x"), "bob"), response(new KError("x")));
    raw.socket.destroy();
    child.kill("SIGTERM");
    assert.deepEqual(await ended, [0, null]);
  });

  it("-T ends text that goes on for ever, while others are served", async () => {
    const { child, port, ended } = await torchq("-p", "0", "-T", "0.5", "--log-level", "warn");
    const raw = await Raw.login(port, "ann");
    raw.send(k.chars("while[1b;1]"));
    assert.equal(await ask(port, k.chars("1+1"), "bob"), response(k.long(2)));
    assert.equal(await raw.message(), response(new KError("stop")));
    raw.socket.destroy();
    child.kill("SIGTERM");
    assert.deepEqual(await ended, [0, null]);
  });

  it("SIGHUP does not end it", async () => {
    const { child, port, ended } = await torchq("-p", "0", "--log-level", "silent");
    child.kill("SIGHUP");
    assert.equal(await ask(port, k.long(1)), response(k.long(1)));
    child.kill("SIGTERM");
    assert.deepEqual(await ended, [0, null]);
  });

  it("logs JSON, a line each", async () => {
    const program = await torchq("-p", "0");
    await ask(program.port, k.long(1), "ann\nforged:pw");
    program.child.kill("SIGTERM");
    await program.ended;
    const lines = program
      .stderr()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const connected = lines.find((line) => line.msg === "connected")!;
    assert.equal(connected.user, "ann\\x0aforged");
    assert.equal(connected.from, "127.0.0.1");
  });

  const WRONG: readonly [args: string, told: RegExp][] = [
    ["--lingr 5", /^torchq: Unknown option '--lingr'; see torchq --help\n$/],
    ["-p x", /^torchq: -p x: expected/],
    ["-p 0 -u nosuch.txt", /^torchq: password file nosuch\.txt: .*ENOENT/],
    ["-p 0 --host 0.0.0.0", /^torchq: 0\.0\.0\.0 can be reached from other machines.*--insecure/],
    ["-p 0 -E 2", /^torchq: TLS needs SSL_CERT_FILE/],
  ];
  for (const [args, told] of WRONG) {
    it(`"${args}": one clear line, exit 2`, async () => {
      const { code, stdout, stderr } = await run(...args.split(" "));
      assert.equal(code, 2);
      assert.equal(stdout, "");
      assert.match(stderr, told);
      assert.equal(stderr.split("\n").length, 2);
    });
  }

  it("--help prints the table of options, exit 0", async () => {
    const { code, stdout } = await run("--help");
    assert.equal(code, 0);
    assert.match(stdout, /--handshake-timeout SECONDS/);
  });
});
