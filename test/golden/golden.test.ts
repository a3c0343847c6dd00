/**
 * The reference implementation's own answers (data beside the sources of this test, recorded on libtorch 2.14.1) are what
 * a user of the k api gets here. Pages that are built must agree in every step but those that differences.json gives a
 * reason for; of the other pages the standing is printed, and may not fall.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageFolder } from "../../server/engine/addon.js";
import { type Running, start } from "../../server/index.js";
import { makeLog } from "../../server/log.js";
import { realComponents } from "../../server/components.js";
import { type Client, connect } from "../../protocol/client.js";
import { replay } from "./replay.js";

const DATA = join(packageFolder(), "test/golden");
const RECORDED_WITH = "2.14.1";

interface Known {
  readonly id: string;
  readonly step: number;
  readonly reason: string;
  /** It is libtorch that differs, older than the recording's. */
  readonly older?: true;
}

const read = <T>(name: string): T => JSON.parse(readFileSync(join(DATA, name), "utf8")) as T;

describe("the reference's answers", function () {
  this.timeout(120_000);
  /** Steps that were as they should be when the page was last worked on. */
  const standing = read<Record<string, number>>("standing.json");
  let server: Running;
  let client: Client;
  let functions: ReadonlySet<string>;
  let version: string;
  /** What may differ with the libtorch at hand. */
  let known: readonly Known[];

  before(async () => {
    const parts = realComponents({ callTimeout: Number.POSITIVE_INFINITY });
    version = parts.engine.version;
    known = read<Known[]>("differences.json").filter(({ older }) => !(older && version === RECORDED_WITH));
    functions = new Set(parts.api.functions.keys());
    server = await start({ addresses: [{ host: "127.0.0.1", port: 0 }] }, { ...parts, log: makeLog("silent") });
    client = await connect({ host: "127.0.0.1", port: server.ports[0]! });
    console.log(`    libtorch ${version} (recorded with ${RECORDED_WITH}); page: same, different, not built`);
  });
  after(async () => {
    client?.close();
    await server?.close();
  });

  for (const file of readdirSync(DATA).filter((name) => name.endsWith(".jsonl"))) {
    const page = file.replace(".jsonl", "");
    it(page, async () => {
      const tally = await replay(client, join(DATA, file), { functions, recorded: RECORDED_WITH, version });
      console.log(
        `      ${page.padEnd(16)} ${String(tally.same).padStart(5)} ${String(tally.different.length).padStart(5)} ${String(tally.notBuilt).padStart(5)}`,
      );
      const of = (d: { readonly id: string; readonly step: number }) => `${d.id}[${d.step}]`;
      const expected = new Set(known.map(of));
      const unexplained = tally.different.filter((d) => !expected.has(of(d)));
      if (process.env.VERBOSE)
        for (const d of unexplained) console.log(`${d.id}[${d.step}] ${d.call}\n   want ${d.want}\n   got  ${d.got}`);
      const asTheyShould = tally.same + tally.different.length - unexplained.length;
      assert.ok(asTheyShould >= (standing[page] ?? 0), `${asTheyShould} steps are as they should be, were ${standing[page]}`);
      if (standing[page] === undefined) return;
      assert.deepEqual(unexplained, [], `${unexplained.length} steps differ without a reason in differences.json`);
      // Elsewhere not every difference shows: libtorch's own texts and random numbers are not compared.
      if (version !== RECORDED_WITH) return;
      const differ = new Set(tally.different.map(of));
      const stale = known.filter((each) => tally.scripts.has(each.id) && !differ.has(of(each)));
      assert.deepEqual(stale, [], `${stale.length} entries of differences.json are of steps that are the same`);
    });
  }
});
