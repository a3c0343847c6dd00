/**
 * `npm run fuzz -- [--seconds N] [--seed S] [--corpus FILE]`: changes valid messages and handshakes at random and gives
 * them to the codec, to the native reader and to a running server; and gives the language texts of every verb and odd
 * values. A seed repeats the inputs of the codec; those of the
 * server too, though not their timing. With --corpus the corpus is written to a file, each message preceded by its
 * length in 4 bytes, for test/fuzz/kbytes_fuzz.cc.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { typeName } from "../../server/api/args/ktypes.js";
import { loadEngine } from "../../server/engine/index.js";
import { CodecFuzzer } from "./codec.js";
import { corpus } from "./corpus.js";
import { Random } from "./random.js";
import { ServerFuzzer } from "./server.js";
import { TextFuzzer } from "./text.js";
import { expression, walk } from "./texts.js";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "10" },
    seed: { type: "string" },
    corpus: { type: "string" },
  },
});
const seconds = Number(values.seconds);
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
if (!(seconds > 0) || !Number.isInteger(seed)) {
  process.stderr.write("usage: npm run fuzz -- [--seconds N] [--seed S] [--corpus FILE]\n");
  process.exit(2);
}

const valid = corpus();
if (values.corpus !== undefined) {
  const lengths = valid.messages.map((x) => Buffer.from(Uint32Array.of(x.length).buffer));
  writeFileSync(values.corpus, Buffer.concat(valid.messages.flatMap((x, i) => [lengths[i]!, x])));
  process.stdout.write(`${valid.messages.length} messages written to ${values.corpus}\n`);
  process.exit(0);
}

process.stdout.write(
  `seed ${seed}, ${seconds} seconds, a third of them each for the codec, a server and texts\n`,
);
const codec = new CodecFuzzer(new Random(seed), valid, loadEngine(typeName));
const until = (share: number): number => performance.now() + share * seconds * 1000;
try {
  for (const end = until(1 / 3); performance.now() < end; ) codec.step();
  for (const [target, { inputs, accepted }] of Object.entries(codec.counts))
    process.stdout.write(`${target}: ${inputs} inputs, ${accepted} of them read\n`);
  const server = await ServerFuzzer.start(new Random(seed), valid);
  for (const end = until(1 / 3); performance.now() < end; ) await server.step();
  await server.end();
  const { connections, messages, answered, resident } = server.counts;
  process.stdout.write(
    `server: ${connections} connections, ${messages} messages; ${answered} questions of a steady session answered; at most ${Math.round(resident / 2 ** 20)} MB resident\n`,
  );
  const fuzzer = new TextFuzzer();
  const random = new Random(seed);
  const table = [...walk()];
  for (const end = until(1 / 3); performance.now() < end; )
    await fuzzer.step(random.chance(0.5) ? random.pick(table) : expression(random));
  await fuzzer.end();
  const { texts, values: given, errors } = fuzzer.counts;
  process.stdout.write(`language: ${texts} texts, ${given} of them gave a value, ${errors} a k error\n`);
} catch (error) {
  process.stderr.write(`seed ${seed}: ${(error as Error).stack}\n`);
  process.exit(1);
}
