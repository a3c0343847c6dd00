/** Tools that q people connect with: each gets what it needs to go on (issue 13, "First contact"). */
import assert from "node:assert/strict";
import { decode } from "../../protocol/decode.js";
import * as k from "../../protocol/make.js";
import { KError } from "../../protocol/values.js";
import { valueText, Workspaces } from "../../server/language/index.js";
import { ASYNC, Raw, type Served, SYNC, serve } from "../server/rig.js";
import { NODEQ, PYKX, QPYTHON } from "./clients.js";
import { GRAFANA, JDBC, KDBSTUDIO, QSTUDIO } from "./studios.js";
import { TORQ } from "./torq.js";
import { VSCODE } from "./vscode.js";

const TOOLS = [VSCODE, QSTUDIO, KDBSTUDIO, JDBC, GRAFANA, TORQ, NODEQ, QPYTHON, PYKX];

/** The next message's value as text. */
async function next(raw: Raw): Promise<string> {
  const { value } = decode(new Uint8Array(Buffer.from(await raw.message(), "hex")));
  return value instanceof KError ? `error ${value.message}` : valueText(value);
}

describe("tools", () => {
  let served: Served;
  before(async () => {
    served = await serve({}, { language: new Workspaces() });
  });
  after(() => served.server.close());

  for (const { name, source, exchanges } of TOOLS) {
    it(`${name} (${source})`, async () => {
      const raw = await Raw.login(served.port, "ann:x");
      for (const { what, send, async, comes } of exchanges) {
        raw.send(send, async ? ASYNC : SYNC);
        for (const expected of comes) {
          const came = await next(raw);
          if (typeof expected === "string") assert.equal(came, expected, what);
          else assert.match(came, expected, `${what}: ${came}`);
        }
      }
      raw.send(k.chars("1"));
      assert.equal(await next(raw), "1", "nothing else has come");
      raw.socket.destroy();
    });
  }
});
