/** From the text of q expressions to batches. */
import assert from "node:assert/strict";
import * as k from "../../protocol/make.js";
import type { Symbols, Vector } from "../../protocol/values.js";
import type { Rows } from "../../server/feed/rows.js";
import { Random } from "../../server/feed/samples/random.js";
import { Samples } from "../../server/feed/samples/samples.js";
import type { Batch, Counts, Piece } from "../../server/feed/samples/work.js";
import { plan, SECOND, written } from "./day.js";

describe("samples: of q expressions", () => {
  const columns = [
    { name: "time", type: 16 },
    { name: "sym", type: 11 },
    { name: "bid", type: 9 },
    { name: "ask", type: 9 },
    { name: "bsize", type: 7 },
    { name: "asize", type: 7 },
  ];
  const features = [
    { name: "mid", text: "both%2" },
    { name: "spread", text: "(ask-bid)%mid" },
    { name: "imb", text: "(bsize-asize)%bsize+asize" },
    { name: "ret", text: "log ratios mid" },
    { name: "vol", text: "5 mdev ret" },
  ];
  const settings = plan({
    definitions: [{ name: "both", text: "bid+ask" }],
    inputs: [
      { name: "a", features },
      { name: "s", features: [{ name: "place", text: "code[3;sym]" }] },
    ],
    targets: [{ name: "y", text: "log ahead[0D00:00:10;mid]%mid" }],
    ...{ window: 3, tolerance: 5 * SECOND, batchsize: 7 },
  });
  const random = new Random(5);
  let seconds = 0;
  const quotes = Array.from({ length: 400 }, () => {
    seconds += random.below(3);
    const bid = 100 + random.below(50) / 10;
    const ask = bid + (1 + random.below(5)) / 10;
    const sym = "abcde"[random.below(5)]!;
    return { sym, seconds, bid, ask, bsize: 1 + random.below(9), asize: 1 + random.below(9) };
  });
  const message = (from: number, to: number): Rows => {
    const part = quotes.slice(from, to);
    return {
      count: part.length,
      columns: new Map<string, Vector | Symbols>([
        ["time", k.timespans(part.map((row) => BigInt(row.seconds) * 1_000_000_000n))],
        ["sym", k.symbols(part.map(({ sym }) => sym))],
        ["bid", k.floats(part.map(({ bid }) => bid))],
        ["ask", k.floats(part.map(({ ask }) => ask))],
        ["bsize", k.longs(part.map(({ bsize }) => bsize))],
        ["asize", k.longs(part.map(({ asize }) => asize))],
      ]),
    };
  };
  const batchesOf = (size: number): { batches: Batch[]; counts: Counts } => {
    const batches: Batch[] = [];
    const emit = (piece: Piece) => {
      if (piece.kind === "batch") batches.push(piece);
    };
    let samples = Samples.of(settings, columns, emit);
    for (let from = 0; from < quotes.length; from += size) {
      samples.push(message(from, from + size));
      const next = Samples.of(settings, columns, emit);
      next.load(written(samples.save()));
      samples = next;
    }
    return { batches, counts: samples.counts };
  };

  it("learns what came ten seconds later, from rows of the key", () => {
    const { batches, counts } = batchesOf(quotes.length);
    const mids = quotes.map(({ bid, ask }) => (bid + ask) / 2);
    // the first ratio is the value itself, so no row has a null: a sample from each key's third row on
    const nth = quotes.map(({ sym }, i) => quotes.slice(0, i).filter((other) => other.sym === sym).length);
    const rows = quotes.flatMap((_, i) => (nth[i]! >= 2 ? [i] : []));
    assert.equal(counts.samples, rows.length);
    assert.equal(counts.skipped, 0);
    let learned = 0;
    for (const { count, numbers, inputs, targets } of batches)
      for (let j = 0; j < count; j++, learned++) {
        const row = rows[numbers[j]!]!;
        const { sym, seconds: at } = quotes[row]!;
        const later = quotes.findIndex((other) => other.sym === sym && other.seconds >= at + 10);
        assert.ok(quotes[later]!.seconds <= at + 15);
        assert.ok(Math.abs(targets[j]! - Math.log(mids[later]! / mids[row]!)) < 1e-12);
        const mine = quotes.flatMap((other, i) => (other.sym === sym && i <= row ? [i] : [])).slice(-3);
        const window = [0, 5, 10].map((place) => inputs[0]![j * 15 + place]);
        assert.deepEqual(
          window,
          mine.map((i) => mids[i]),
        );
        assert.ok(inputs[1] instanceof Int32Array);
      }
    assert.ok(learned > 200);
  });

  it("and the same of any messages, stopped and gone on from after each", () => {
    const whole = batchesOf(quotes.length);
    for (const size of [1, 7, 100]) assert.deepEqual(batchesOf(size), whole);
  });
});
