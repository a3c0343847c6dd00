/** The command line: what each option means, defaults, and what a wrong one is told. */
import assert from "node:assert/strict";
import { OptionError } from "../../server/errors.js";
import { checkExposure } from "../../server/net/listener.js";
import { complete, helpText, type Options, parseOptions } from "../../server/options.js";

const parsed = (line: string): Options => {
  const options = parseOptions(line === "" ? [] : line.split(" "));
  assert.notEqual(options, "help");
  return options as Options;
};

describe("options", () => {
  const READ: readonly [line: string, expected: Partial<Options>][] = [
    ["", { addresses: [{ port: 5020 }], host: "127.0.0.1", tls: "off", callTimeout: Infinity, linger: 3600 }],
    ["-p 6000", { addresses: [{ port: 6000 }] }],
    ["-p 6000 -p 6001", { addresses: [{ port: 6000 }, { port: 6001 }] }],
    ["-p 0W", { addresses: [{ port: 0 }] }],
    ["-p gpu1:6000", { addresses: [{ host: "gpu1", port: 6000 }] }],
    ["-p [::1]:6000", { addresses: [{ host: "::1", port: 6000 }] }],
    ["-p :6000", { addresses: [{ port: 6000 }] }],
    ["--port=6000", { addresses: [{ port: 6000 }] }],
    ["-u users.txt", { passwordFile: "users.txt" }],
    ["-U users.txt", { passwordFile: "users.txt" }],
    ["-E 1", { tls: "both" }],
    ["-E 2", { tls: "only" }],
    ["-w 100", { memory: 100 * 2 ** 20 }],
    ["-w 0", { memory: Infinity }],
    ["-T 1.5", { callTimeout: 1.5 }],
    ["--linger 0W", { linger: Infinity }],
    ["--linger 0", { linger: 0 }],
    ["--grace 60", { grace: 60 }],
    ["--health-user nurse", { healthUser: "nurse" }],
    ["--host 0.0.0.0 --insecure", { host: "0.0.0.0", insecure: true }],
    ["--compress always", { compress: "always" }],
    ["--log-level warn", { logLevel: "warn" }],
    ["--unix off", { unix: false }],
    ["--max-message 2", { maxMessage: 2 * 2 ** 20 }],
    ["--logs /tp/logs=/mnt/logs", { logs: [{ from: "/tp/logs", to: "/mnt/logs" }] }],
    [
      "--logs .=/a --logs /b,/c=/d",
      {
        logs: [
          { from: ".", to: "/a" },
          { from: "/b", to: "/b" },
          { from: "/c", to: "/d" },
        ],
      },
    ],
    ["", { logs: [], plants: ["loopback"] }],
    [
      "--plants TP:5010,[fe80::1]:5011 --plants loopback",
      { plants: ["tp:5010", "fe80::1:5011", "loopback"] },
    ],
    ["--plants *", { plants: ["*"] }],
    ["--idle-timeout 0", { idleTimeout: Infinity }],
  ];
  for (const [line, expected] of READ) {
    it(`"${line}"`, () => assert.deepEqual({ ...parsed(line), ...expected }, parsed(line)));
  }

  const REFUSED: readonly [line: string, told: RegExp][] = [
    ["--lingr 3", /Unknown option '--lingr'; see torchq --help/],
    ["-x", /Unknown option '-x'/],
    ["surplus", /surplus/],
    ["-p 70000", /-p 70000: .*port/],
    ["-p x", /-p x: expected/],
    ["-p 1.5", /-p 1.5: expected/],
    ["-p", /-p/],
    ["-E 3", /-E 3: expected one of 0, 1, 2/],
    ["-T soon", /-T soon: expected seconds/],
    ["--linger=-1", /--linger -1: expected seconds/],
    ["--grace 0W", /--grace 0W: expected seconds/],
    ["--max-connections 0", /--max-connections 0: expected a whole number/],
    ["--max-connections 2.5", /expected a whole number/],
    ["--logs logs", /--logs logs: expected FROM=TO/],
    ["--logs /a=", /--logs \/a=: expected FROM=TO/],
    ["--logs =/a", /expected FROM=TO/],
    ["--plants tp", /--plants tp: expected/],
    ["--plants 5010", /--plants 5010: expected HOST:PORT/],
    ["--plants tp:0", /expected HOST:PORT/],
    ["--log-level loud", /--log-level loud: expected one of/],
  ];
  for (const [line, told] of REFUSED) {
    it(`"${line}" is refused`, () => {
      assert.throws(
        () => parseOptions(line.split(" ")),
        (error: unknown) => {
          assert(error instanceof OptionError);
          assert.match(error.message, told);
          return true;
        },
      );
    });
  }

  const variables = (env: NodeJS.ProcessEnv, line = ""): Options =>
    parseOptions(line === "" ? [] : line.split(" "), env) as Options;

  const SET: readonly [env: NodeJS.ProcessEnv, same: string][] = [
    [{ TORCHQ_PORT: "6000,gpu1:6001" }, "-p 6000 -p gpu1:6001"],
    [{ TORCHQ_USERS: "f", TORCHQ_CALL_TIMEOUT: "2" }, "-u f -T 2"],
    [{ TORCHQ_INSECURE: "1" }, "--insecure"],
    [{ TORCHQ_INSECURE: "true" }, "--insecure"],
    [{ TORCHQ_INSECURE: "0" }, ""],
    [{ TORCHQ_MEMORY: "0", TORCHQ_TLS: "2" }, "-w 0 -E 2"],
    [{ TORCHQ_USERS: "" }, ""],
    // what Kubernetes sets beside a service named torchq
    [
      { TORCHQ_PORT: "tcp://10.0.0.1:5020", TORCHQ_SERVICE_HOST: "10.0.0.1", TORCHQ_SERVICE_PORT: "5020" },
      "",
    ],
  ];
  for (const [env, same] of SET) {
    it(`${JSON.stringify(env)} is "${same}"`, () => assert.deepEqual(variables(env), parsed(same)));
  }

  it("each option has a variable, and the command line wins over it", () => {
    const names = [...helpText().matchAll(/--([a-z-]+)(?: |$)/gm)].map((x) => x[1]!);
    assert.ok(names.length > 20);
    for (const name of new Set(names)) {
      if (name === "ready") continue; // of `torchq health`
      const variable = `TORCHQ_${name.toUpperCase().replaceAll("-", "_")}`;
      // every option refuses this, or takes it as text
      let taken: Options | undefined;
      try {
        taken = variables({ [variable]: "\0" });
      } catch (error) {
        assert.match((error as Error).message, new RegExp(`^${variable}=`));
      }
      if (taken !== undefined) assert.notDeepEqual(taken, parsed(""), variable);
    }
    assert.equal(variables({ TORCHQ_LINGER: "5" }, "--linger 6").linger, 6);
    assert.equal(variables({ TORCHQ_USERS: "a" }, "-U b").passwordFile, "b");
  });

  it("cannot be changed once read", () => {
    assert.throws(() => {
      (parsed("") as { host: string }).host = "0.0.0.0";
    }, TypeError);
  });

  it("--help names every option with its default", () => {
    assert.equal(parseOptions(["--help"]), "help");
    for (const name of ["-p, --port", "-u, -U, --users", "-E, --tls", "-T, --call-timeout", "--linger"]) {
      assert(helpText().includes(name), name);
    }
    assert.match(helpText(), /--linger SECONDS .*\(3600\)/);
    for (const line of helpText().split("\n")) assert(line.length <= 160, line);
  });

  it("only loopback is listened on without a password file", () => {
    for (const host of ["127.0.0.1", "127.1.2.3", "localhost", "::1"]) checkExposure(complete({ host }));
    for (const host of ["0.0.0.0", "::", "192.168.1.4", "gpu1", "127.evil.example"]) {
      assert.throws(() => checkExposure(complete({ host })), /password file .*--insecure/);
      assert.throws(() => checkExposure(complete({ addresses: [{ host, port: 1 }] })), OptionError);
      checkExposure(complete({ host, insecure: true }));
      checkExposure(complete({ host, passwordFile: "f" }));
    }
  });
});
