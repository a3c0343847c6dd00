/** The program: its one line when it listens, signals, exit codes, wrong options. */
import assert from "node:assert/strict";
import * as k from "../../protocol/make.js";
import { KError, NULL } from "../../protocol/values.js";
import { run, torchq } from "./program.js";
import { ask, Raw, response } from "./rig.js";

describe("torchq", function () {
  this.timeout(60_000);

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`${signal} closes connections in order and ends with 0`, async () => {
      const { child, port, ended } = await torchq(["-p", "0", "--log-level", "warn"]);
      assert.equal(await ask(port, k.long(1)), response(k.long(1)));
      const raw = await Raw.login(port);
      child.kill(signal);
      await raw.end();
      assert.deepEqual(await ended, [0, null]);
    });
  }

  it("serves text and the k api, each user by itself", async () => {
    const { child, port, ended } = await torchq(["-p", "0", "--log-level", "warn"]);
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
    const { child, port, ended } = await torchq(["-p", "0", "-T", "0.5", "--log-level", "warn"]);
    const raw = await Raw.login(port, "ann");
    raw.send(k.chars("while[1b;1]"));
    assert.equal(await ask(port, k.chars("1+1"), "bob"), response(k.long(2)));
    assert.equal(await raw.message(), response(new KError("stop")));
    raw.socket.destroy();
    child.kill("SIGTERM");
    assert.deepEqual(await ended, [0, null]);
  });

  it("SIGHUP does not end it", async () => {
    const { child, port, ended, log } = await torchq(["-p", "0"]);
    child.kill("SIGHUP");
    assert.equal(await ask(port, k.long(1)), response(k.long(1)));
    child.kill("SIGTERM");
    assert.deepEqual(await ended, [0, null]);
    assert.ok(log().some((line) => /^nothing to read again/.test(String(line.msg))));
  });

  it("logs JSON, a line each", async () => {
    const program = await torchq(["-p", "0"]);
    await ask(program.port, k.long(1), "ann\nforged:pw");
    program.child.kill("SIGTERM");
    await program.ended;
    for (const line of program.stderr().trimEnd().split("\n")) JSON.parse(line);
    const connected = program.log().find((line) => line.msg === "connected")!;
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
      const { code, stdout, stderr } = await run(args.split(" "));
      assert.equal(code, 2);
      assert.equal(stdout, "");
      assert.match(stderr, told);
      assert.equal(stderr.split("\n").length, 2);
    });
  }

  it("takes options from its environment; the command line wins", async () => {
    const env = { TORCHQ_PORT: "0", TORCHQ_LOG_LEVEL: "info", TORCHQ_HEALTH_USER: "nurse" };
    const program = await torchq(["--log-level", "debug"], env);
    await ask(program.port, k.long(1), "nurse:");
    program.child.kill("SIGTERM");
    await program.ended;
    assert.equal(program.log().find((line) => line.msg === "connected")?.level, 20);
  });

  it("a wrong variable: one clear line that names it, exit 2", async () => {
    const { code, stderr } = await run([], { TORCHQ_CALL_TIMEOUT: "soon" });
    assert.equal(code, 2);
    assert.match(stderr, /^torchq: TORCHQ_CALL_TIMEOUT=soon: expected seconds.*\n$/);
  });

  it("its log begins with what it computes with", async () => {
    const { child, ended, log } = await torchq(["-p", "0", "-w", "512"]);
    child.kill("SIGTERM");
    await ended;
    const [first] = log();
    assert.equal(first!.msg, "torchq");
    assert.match(String(first!.libtorch), /^\d+\.\d+/);
    assert.match(String(first!.blas), /\w/);
    assert.ok(Number(first!.threads) >= 1);
    assert.equal(first!.memory, "512 MB");
  });

  it("--help prints the table of options, exit 0", async () => {
    const { code, stdout } = await run(["--help"]);
    assert.equal(code, 0);
    assert.match(stdout, /--handshake-timeout SECONDS/);
  });
});
