/**
 * `npm run bench -- SUITE [PART ...] [--write]`: measures, prints, and with --write puts the table into
 * docs/performance.md. The machine should have nothing else to do; each row says how busy it was.
 */
import { cpus, totalmem } from "node:os";
import { codec } from "./codec.js";
import { compression } from "./compression.js";
import { featureRows } from "./feed_features.js";
import { flood, latency, learning } from "./feed_learning.js";
import { sampleRows } from "./feed_samples.js";
import { drain, replay } from "./feed_source.js";
import { language } from "./language.js";
import { digits, load } from "./measure.js";
import { calls, large, shapes } from "./ops.js";
import { queries } from "./queries.js";
import { print, type Row, write } from "./rows.js";
import { beside, epochs, many } from "./sessions.js";
import { evaluations, runs, steps } from "./train.js";
import { connections, idle, memory, nested, roundTrips, vector } from "./wire.js";

type Parts = Readonly<Record<string, () => Promise<Row[]>>>;

const SUITES: Readonly<Record<string, Parts>> = {
  wire: { roundTrips, connections, vector, nested, codec, compression, memory, idle },
  language: { text: language, queries },
  ops: { calls, large, shapes },
  train: { steps, runs, evaluations, beside, many, epochs },
  feed: { drain, features: featureRows, samples: sampleRows, learning, latency, replay, flood },
};

const args = process.argv.slice(2);
const writing = args.includes("--write");
const [suite, ...wanted] = args.filter((x) => x !== "--write");
const parts = suite === undefined ? undefined : SUITES[suite];
const unknown = parts === undefined ? undefined : wanted.find((name) => parts[name] === undefined);

if (suite === undefined || parts === undefined || unknown !== undefined) {
  const lines = Object.entries(SUITES).map(([name, of]) => `  ${name} [${Object.keys(of).join("|")} ...]`);
  process.stderr.write(
    `${unknown === undefined ? "" : `no part ${unknown}\n`}usage: npm run bench -- SUITE [--write], where SUITE is\n${lines.join("\n")}\n`,
  );
  process.exit(2);
}
if (writing && wanted.length > 0) {
  process.stderr.write("--write writes whole tables: leave the parts out\n");
  process.exit(2);
}

const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? "?"}, ${digits(totalmem() / 2 ** 30)} GB, Node ${process.version}, ${process.platform}`;
process.stdout.write(`${machine}; load ${load()}\n`);
const rows: Row[] = [];
for (const [name, run] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for (const row of await run()) {
    print(row);
    rows.push(row);
  }
}
if (writing) write(suite, rows, `${new Date().toISOString().slice(0, 10)}, ${machine}`);
