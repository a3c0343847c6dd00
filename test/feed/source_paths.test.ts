/** Which files and which plants a feed may use. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, readSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mayConnect, plantAddress } from "../../server/feed/source/address.js";
import { logPath, openLog } from "../../server/feed/source/paths.js";

describe("feed: logs that may be read", () => {
  const folders = {
    logs: [
      { from: "/tp/logs", to: "/mnt/logs" },
      { from: ".", to: "/mnt/here" },
      { from: "/own", to: "/own" },
    ],
    data: "/data",
  };
  const good: readonly (readonly [named: string, path: string])[] = [
    [":/tp/logs/sym2026.11.25", "/mnt/logs/sym2026.11.25"],
    ["/tp/logs/a/sym2026.11.25", "/mnt/logs/a/sym2026.11.25"],
    [":/tp//logs/./sym", "/mnt/logs/sym"],
    [":./sym2026.11.25", "/mnt/here/sym2026.11.25"],
    [":tick/sym2026.11.25", "/mnt/here/tick/sym2026.11.25"],
    [":/own/x", "/own/x"],
    [":/data/x", "/data/x"],
  ];
  for (const [named, path] of good) it(named, () => assert.equal(logPath(named, folders).path, path));

  const bad = [
    ["", /is not below|no name/],
    [":", /is not below|no name/],
    [":/etc/passwd", /--logs \/etc=FOLDER/],
    [":/tp/logsother/x", /--logs \/tp\/logsother=FOLDER/],
    [":/tp/logs/../secret", /--logs/],
    [":../x", /no name of a log/],
    [":/tp/logs/", /no name of a log/],
    [":/tp/logs", /--logs/],
    [":/tp/logs/a\nb", /no name of a log/],
    [`:/tp/logs/${"x".repeat(5000)}`, /no name of a log/],
  ] as const;
  for (const [named, told] of bad)
    it(`${JSON.stringify(named.slice(0, 30))} is refused`, () =>
      assert.throws(() => logPath(named, folders), told));

  it("without folders none is", () =>
    assert.throws(() => logPath(":/x/y", { logs: [], data: undefined }), /--logs \/x=FOLDER/));

  it("links lead nowhere else, and only files are opened", () => {
    const top = mkdtempSync(join(tmpdir(), "torchq-logs-"));
    try {
      const root = join(top, "logs");
      mkdirSync(join(root, "folder"), { recursive: true });
      writeFileSync(join(top, "secret"), "s");
      writeFileSync(join(root, "log"), "l");
      symlinkSync("log", join(root, "inner"));
      symlinkSync("../secret", join(root, "outer"));
      symlinkSync("..", join(root, "up"));
      execFileSync("mkfifo", [join(root, "fifo")]);
      for (const name of ["log", "inner"]) {
        const fd = openLog({ path: join(root, name), root });
        const byte = new Uint8Array(1);
        readSync(fd, byte);
        assert.equal(byte[0], 0x6c);
        closeSync(fd);
      }
      for (const [name, told] of [
        ["outer", /leads out of/],
        ["up/secret", /leads out of/],
        ["folder", /no file/],
        ["fifo", /no file/],
        ["none", /cannot be read \(ENOENT\)/],
      ] as const)
        assert.throws(() => openLog({ path: join(root, name), root }), told, name);
    } finally {
      rmSync(top, { recursive: true });
    }
  });
});

describe("feed: plants that may be connected to", () => {
  const rows: readonly (readonly [address: string, plants: string[], may: boolean])[] = [
    [":5010", ["loopback"], true],
    ["localhost:5010", ["loopback"], true],
    ["127.0.0.2:5010", ["loopback"], true],
    ["[::1]:5010", ["loopback"], true],
    ["unix://5010", ["loopback"], true],
    ["tp:5010", ["loopback"], false],
    ["127.evil.example:5010", ["loopback"], false],
    ["TP:5010", ["loopback", "tp:5010"], true],
    ["tcps://tp:5010", ["tp:5010"], true],
    ["tp:5011", ["tp:5010"], false],
    [":5010", ["tp:5010"], false],
    [":5010", ["localhost:5010"], true],
    ["unix://5010", ["tp:5010"], false],
    ["tp:5011", ["*"], true],
    ["tp:5011", [], false],
  ];
  for (const [address, plants, may] of rows)
    it(`${address} with --plants ${plants.join(",")}: ${may ? "yes" : "no"}`, () => {
      assert.equal(mayConnect(plantAddress(address, ["*"]), plants), may);
      if (!may) assert.throws(() => plantAddress(address, plants), /--plants (tp|127|localhost|loopback)/);
    });

  it("what is no address is refused with what is expected", () =>
    assert.throws(() => plantAddress("tp", ["*"]), /expected host:port/));
});
