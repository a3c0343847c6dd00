/** Password files: q's forms, and that nothing but the right password lets in. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Access, PasswordFile } from "../../server/net/access.js";

const FILE = [
  "ann:secret",
  "bob:5ebe2294ecd0e0f08eab7690d2a6ee69", // md5 of "secret"
  "cat:E5E9FA1BA31ECD1AE84F75CAAA474F3A663F05F4", // sha1 of "secret", in capitals
  "dan:a:b:c",
  "eve:",
  "fay:p\u00e4ss",
  "",
].join("\n");

const file = new PasswordFile(Buffer.from(FILE, "utf8"));
const allows = (user: string, password: string): boolean =>
  file.allows(Buffer.from(user, "utf8"), Buffer.from(password, "utf8"));

describe("password file", () => {
  const ALLOWED: readonly [string, string][] = [
    ["ann", "secret"],
    ["bob", "secret"],
    ["cat", "secret"],
    ["dan", "a:b:c"],
    ["eve", ""],
    ["fay", "p\u00e4ss"],
  ];
  for (const [user, password] of ALLOWED) {
    it(`lets ${user} in by ${password || "an empty password"}`, () => assert(allows(user, password)));
  }

  const REFUSED: readonly [string, string, string][] = [
    ["ann", "Secret", "another password"],
    ["ann", "", "no password"],
    ["ann", "secret\n", "a longer password"],
    ["Ann", "secret", "another case of the name"],
    ["bob", "5ebe2294ecd0e0f08eab7690d2a6ee69", "the digest itself"],
    ["eve", "x", "a password where none is set"],
    ["nobody", "secret", "an unknown user"],
    ["", "", "no user"],
    ["__proto__", "", "a name that objects know"],
  ];
  for (const [user, password, what] of REFUSED) {
    it(`refuses ${what}`, () => assert(!allows(user, password)));
  }

  it("takes lines that end in CR LF", () => {
    const windows = new PasswordFile(Buffer.from("ann:secret\r\nbob:x\r\n"));
    assert(windows.allows(Buffer.from("ann"), Buffer.from("secret")));
    assert.equal(windows.count, 2);
  });

  it("says which line is wrong, and not what is in it", () => {
    assert.throws(
      () => new PasswordFile(Buffer.from("ann:secret\nhunter2\n")),
      (error: Error) => /line 2 is not user:password/.test(error.message) && !/hunter2/.test(error.message),
    );
  });
});

describe("access", () => {
  const folder = mkdtempSync(join(tmpdir(), "torchq-"));
  const path = join(folder, "users");
  const may = (access: Access, user: string, password: string): boolean =>
    access.allows(Buffer.from(user), Buffer.from(password));
  after(() => rmSync(folder, { recursive: true }));

  it("lets everybody in without a file", () => {
    assert(may(new Access(undefined), "anybody", "anything"));
  });

  it("a missing file is an error at start", () => {
    assert.throws(() => new Access(join(folder, "nosuch")), /password file .*nosuch.*ENOENT/);
  });

  it("reads the file again when told, and keeps the old one when that fails", () => {
    writeFileSync(path, "ann:one\n");
    const access = new Access(path);
    writeFileSync(path, "ann:two\n");
    assert(may(access, "ann", "one"));
    access.reload();
    assert(!may(access, "ann", "one"));
    assert(may(access, "ann", "two"));
    writeFileSync(path, "not a password file\n");
    assert.throws(() => access.reload(), /line 1/);
    assert(may(access, "ann", "two"));
    assert(!may(access, "ann", "one"));
  });
});
