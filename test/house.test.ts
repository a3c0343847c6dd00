/** The house's arrows: what the files of a room import (CONTRIBUTING, "The house"). */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { packageFolder } from "../server/engine/addon.js";

const API = ["protocol", "server/engine", "server/api/call.ts", "server/api/args"];
const SHARED = ["server/errors.ts", "server/log.ts", "server/options.ts"];

/** Rooms, and those that each may import besides itself. `server/` stands for the files right in it. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  "server/language/parse": ["protocol", "server/language/values"],
  "server/language/values": ["protocol", "server/language/parse"],
  "server/language/verbs": ["protocol", "server/language/*"],
  "server/language/sql": ["protocol", "server/language/*"],
  "server/language/eval": ["protocol", "server/language/*"],
  "server/language/text": ["protocol", "server/language/*"],
  "server/language/thread": ["protocol", "server/language/values", "server/language/eval"],
  "server/language": ["protocol", "server/language/*"],
  "server/engine": ["protocol"],
  "server/api/args": [...API, "server/language/text"],
  "server/api/math": API,
  "server/api/tensors": [...API, "server/api/math"],
  "server/api/shapes": [...API, "server/api/math", "server/api/tensors"],
  "server/api/modules/types": ["protocol", "server/engine"],
  "server/api/modules": [...API, "server/api/tensors", "server/api/modules/types"],
  "server/api/training": [
    ...[...API, "server/api/shapes", "server/api/tensors"],
    ...["server/api/modules", "server/api/modules/types"],
  ],
  "server/api": ["protocol", "server/engine", "server/language/text", "server/api/*"],
  "server/calls": ["protocol", "server/engine", "server/api", "server/errors.ts"],
  "server/net": ["protocol", ...SHARED],
  "server/session": [...["protocol", "server/engine", "server/api", "server/calls", "server/net"], ...SHARED],
  "server/feed": [
    "protocol",
    "server/engine",
    "server/api",
    "server/api/args",
    "server/calls",
    "server/language/text",
    "server/feed/*",
    ...SHARED,
  ],
  "server/feed/source": ["protocol", "server/feed"],
  "server/feed/features": ["protocol", "server/feed", "server/language", "server/language/*"],
  "server/feed/samples": ["protocol", "server/feed", "server/feed/features"],
  "server/feed/learning": [
    ...["protocol", "server/engine", "server/api/args", "server/api/call.ts", "server/api/training"],
    ...[...SHARED, "server/feed", "server/feed/samples", "server/feed/thread/messages.ts"],
  ],
  "server/feed/thread": ["protocol", "server/feed", "server/feed/*"],
  "server/ops": ["protocol", "server/*", "server"],
  "server/console": ["protocol", "server/language", "server"],
  server: ["protocol", "server/*"],
};

const root = packageFolder();
const FILES = ["protocol", "server"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name)),
);

/** Relative imports of a file, as paths from the root. */
function importsOf(file: string): readonly string[] {
  const source = readFileSync(join(root, file), "utf8");
  return [...source.matchAll(/\b(?:from|import)\s*\(?\s*"(\.[^"]+)\.js"/g)].map(
    (match) => `${relative(root, join(root, dirname(file), match[1]!))}.ts`,
  );
}

const allows = (pattern: string, file: string): boolean =>
  pattern === file ||
  pattern === dirname(file) ||
  (pattern.endsWith("/*") && dirname(file).startsWith(pattern.slice(0, -2)));

describe("the house", () => {
  it("has a row for each room", () => {
    assert.deepEqual([...new Set(FILES.map(dirname))].sort(), Object.keys(MAY_IMPORT).sort());
  });

  for (const [room, allowed] of Object.entries(MAY_IMPORT))
    it(`${room} imports what it may`, () => {
      const wrong = FILES.filter((file) => dirname(file) === room).flatMap((file) =>
        importsOf(file)
          .filter((target) => dirname(target) !== room && !allowed.some((each) => allows(each, target)))
          .map((target) => `${file} -> ${target}`),
      );
      assert.deepEqual(wrong, []);
    });
});
