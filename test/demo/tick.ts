/**
 * `npm run demo -- tick [SECONDS]`: a plant whose quotes have something to learn in them, and a server that learns it as they
 * come; what it knows, line by line. In the middle the market changes.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Client, connect } from "../../protocol/client.js";
import * as k from "../../protocol/make.js";
import type { Atom, Dict, Symbols, Vector } from "../../protocol/values.js";
import { realComponents } from "../../server/components.js";
import { start } from "../../server/index.js";
import { makeLog } from "../../server/log.js";
import { spawnPlant } from "../feed/plant.js";

const RATE = 5000;
/** The correlation with the return over the next ten quotes that the best straight line has. */
const IC = 0.4;
const REPORT = 5000;

/** What a user would type. */
const script = (port: number): readonly string[] => [
  "seed 1",
  "q:module seq(`sequential; (`linear;`enc;5;16); `relu; (`linear;`out;16;1))",
  "m:model(q; loss`mse; opt(`adamw;q;.003))",
  'x:`mid`spread`imb`ret`vol!("(bid+ask)%2"; "(ask-bid)%mid"; "(bsize-asize)%bsize+asize"; "log ratios mid"; "50 mdev ret")',
  'y:"1e4*log ahead[10;mid]%mid"',
  `f:feed(m; \`source\`table\`x\`y\`batchsize\`scale\`publish\`report\`drift\`driftdelta!(\`:localhost:${port};\`quote;x;y;128;1b;\`pred;${REPORT};20;.1))`,
];

const number = (x: unknown): number => Number((x as Atom).value);

interface Judged {
  readonly ic: number;
  readonly hit: number;
  /** Windows in which the loss has drifted. */
  readonly drifts: number;
}

/** The last window of history; undefined before the first. */
async function judged(session: Client): Promise<Judged | undefined> {
  const [ic, hit, drifts] = k.items(
    (await session.request(
      '{("f"$last x`ic;"f"$last x`hit;"f"$sum x`drift)}select ic,hit,drift from history f where samples>0',
    )) as Vector,
  ) as Float64Array;
  return Number.isNaN(ic) ? undefined : { ic: ic!, hit: hit!, drifts: drifts! };
}

export async function tick(seconds: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "torchq-tick-"));
  await mkdir(join(folder, "logs"));
  const change = Math.round((RATE * seconds) / 2);
  const plant = await spawnPlant([
    ...["--log", join(folder, "logs"), "--rate", String(RATE), "--rows", "5"],
    ...["--ic", String(IC), "--gap", "200000", "--change", String(change), "--factor=-1"],
  ]);
  const options = { addresses: [{ host: "127.0.0.1", port: 0 }], data: folder, unix: false };
  const server = await start(options, { ...realComponents(options), log: makeLog("error") });
  const session = await connect({ port: server.ports[0]!, user: "demo" });
  console.log(
    `a plant on port ${plant.port}, ${RATE} quotes a second; the market changes after ${seconds / 2} s\n`,
  );
  for (const text of script(plant.port)) {
    console.log(`q)${text}`);
    await session.request(text);
  }
  console.log("");
  let before = Number.NaN;
  let after = Number.NaN;
  let drifted = 0;
  const begun = performance.now();
  for (let second = 1; second <= seconds; second++) {
    await sleep(Math.max(0, begun + second * 1000 - performance.now()));
    const feed = (await session.request("feed f")) as Dict;
    const { names } = feed.keys as Symbols;
    const of = (name: string): number => number(k.at(feed.values, names.indexOf(name)));
    const last = await judged(session);
    after = last?.ic ?? Number.NaN;
    if (of("rows") < change) before = after;
    const mark = last !== undefined && last.drifts > drifted ? "  drift" : "";
    drifted = last?.drifts ?? drifted;
    console.log(
      `${String(second).padStart(3)} s  ${of("rows")} rows  ${of("steps")} steps  loss ${of("loss").toFixed(2)}  IC ${last?.ic.toFixed(3) ?? "-"} (best ${IC})  signs right ${last === undefined ? "-" : `${(100 * last.hit).toFixed(0)} %`}  lag ${of("lag")}  dropped ${of("dropped")}${mark}`,
    );
  }
  const share = (ic: number): string => `${ic.toFixed(3)}, ${((100 * ic) / IC).toFixed(0)} % of it`;
  console.log(`\nthe best straight line has IC ${IC} all the time, with another sign after the change`);
  console.log(`learned: before the change ${share(before)}; at the end ${share(after)}`);
  await session.close();
  await server.close();
  plant.child.kill();
  await plant.ended;
  await rm(folder, { recursive: true, force: true });
  return before > 0.7 * IC && after > 0.7 * IC ? 0 : 1;
}
