/** The health check against the program: alive, busy, ready, refused; and what the log has of it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { occupy, type Program, run, torchq } from "../server/program.js";
import { eventually, Raw } from "../server/rig.js";

interface Checked {
  readonly code: number;
  readonly words: string;
}

describe("torchq health", function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), "torchq-health-"));
  const users = join(folder, "users");
  const secret = join(folder, "secret");
  writeFileSync(users, "ann:secret\nhealth:pass:word\n");
  writeFileSync(secret, "pass:word\n");
  after(() => rmSync(folder, { recursive: true }));

  let program: Program | undefined;
  afterEach(async () => {
    program?.child.kill("SIGKILL");
    await program?.ended;
  });

  const check = async (args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Checked> => {
    const { code, stdout, stderr } = await run(["health", "-p", String(program!.port), ...args], env);
    assert.equal(stderr, "");
    return { code, words: stdout.trim() };
  };
  const told = (): readonly unknown[] =>
    program!
      .log()
      .slice(1)
      .map((line) => line.msg);

  it("healthy and ready, and the log does not mention it", async () => {
    program = await torchq(["-p", "0"]);
    assert.deepEqual(await check(), { code: 0, words: "healthy" });
    assert.deepEqual(await check(["--ready"]), { code: 0, words: "healthy" });
    assert.deepEqual(told(), []);
  });

  it("a password from a file or a variable", async () => {
    program = await torchq(["-p", "0", "-u", users]);
    for (const env of [{ TORCHQ_HEALTH_PASSWORD_FILE: secret }, { TORCHQ_HEALTH_PASSWORD: "pass:word" }])
      assert.deepEqual(await check(["--ready"], env), { code: 0, words: "healthy" });
    assert.deepEqual(told(), []);
  });

  it("without a password it is alive, as is a server that refuses it, but not ready", async () => {
    program = await torchq(["-p", "0", "-u", users]);
    const refused = "healthy, but refuses the user health";
    assert.deepEqual(await check(), { code: 0, words: refused });
    assert.deepEqual(await check(["--ready"]), { code: 1, words: refused });
    assert.deepEqual(told(), []);
    assert.deepEqual(await check([], { TORCHQ_HEALTH_PASSWORD: "wrong" }), { code: 0, words: refused });
    assert.deepEqual(told(), ["access refused"]);
  });

  it("another user of that name from this machine is a user like any other in the log when his password is wrong", async () => {
    program = await torchq(["-p", "0", "-u", users]);
    const raw = await Raw.open(program.port);
    raw.write(Buffer.from("health:guess\u0003\0"));
    await raw.end();
    await eventually(() => told().length > 0);
    assert.deepEqual(told(), ["access refused"]);
  });

  it("busy with a long call: alive, not ready", async () => {
    program = await torchq(["-p", "0", "--grace", "0"]);
    const raw = await occupy(program.port);
    const busy = "healthy, busy with a call";
    assert.deepEqual(await check(), { code: 0, words: busy });
    assert.deepEqual(await check(["--ready"]), { code: 1, words: busy });
    raw.socket.destroy();
  });

  it("nobody there: unhealthy", async () => {
    program = await torchq(["-p", "0"]);
    program.child.kill("SIGKILL");
    await program.ended;
    const { code, words } = await check();
    assert.equal(code, 1);
    assert.match(words, /^unhealthy: .*ECONNREFUSED/);
  });

  it("finds the server by the variables that configure it", async () => {
    program = await torchq([], { TORCHQ_PORT: "0", TORCHQ_HOST: "0.0.0.0", TORCHQ_USERS: users });
    const env = { TORCHQ_HOST: "0.0.0.0", TORCHQ_USERS: users, TORCHQ_HEALTH_PASSWORD_FILE: secret };
    assert.deepEqual(await check(["--ready"], env), { code: 0, words: "healthy" });
  });

  it("over TLS where the server speaks nothing else, without a word of Node's on standard error", async function () {
    const [key, certificate] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const request = `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=elsewhere -keyout ${key} -out ${certificate}`;
    try {
      execFileSync("openssl", request.split(" "), { stdio: "ignore" });
    } catch (error) {
      console.log(`      skipped: openssl made no certificate (${(error as Error).message})`);
      this.skip();
    }
    const env = { TORCHQ_TLS: "2", SSL_CERT_FILE: certificate, SSL_KEY_FILE: key };
    program = await torchq(["-p", "0"], env);
    assert.deepEqual(await check(["--ready"], env), { code: 0, words: "healthy" });
  });

  it("a password file that cannot be read is told", async () => {
    program = await torchq(["-p", "0"]);
    const { code, words } = await check([], { TORCHQ_HEALTH_PASSWORD_FILE: join(folder, "none") });
    assert.equal(code, 1);
    assert.match(words, /^not checked: .*ENOENT/);
  });
});
