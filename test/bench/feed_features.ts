/** Features of five expressions over quotes, in blocks of a thousand rows and of one. */
import * as k from "../../protocol/make.js";
import { TYPE, type Vector } from "../../protocol/values.js";
import { compile, parseExpression } from "../../server/feed/features/compile.js";
import { compare, timed } from "./measure.js";
import { plainRow, type Row, ratioRow } from "./rows.js";

export const FEATURES = {
  mid: "(bid+ask)%2",
  spread: "(ask-bid)%mid",
  imb: "(bsize-asize)%bsize+asize",
  ret: "log ratios mid",
  vol: "50 mdev ret",
};
export const COLUMNS = [
  { name: "time", type: TYPE.timespan },
  { name: "sym", type: TYPE.symbol },
  { name: "bid", type: TYPE.float },
  { name: "ask", type: TYPE.float },
  { name: "bsize", type: TYPE.long },
  { name: "asize", type: TYPE.long },
];
export const KEYS = 20;

interface Quotes {
  readonly count: number;
  readonly columns: ReadonlyMap<string, Vector>;
  readonly keys: Int32Array;
}

/** Blocks of quotes, each the same when it is made again. */
export function quotes(blocks: number, count: number): Quotes[] {
  return Array.from({ length: blocks }, (_, block) => {
    const at = (i: number): number => block * count + i;
    const bid = Float64Array.from({ length: count }, (_, i) => 100 + ((at(i) * 7919) % 1000) / 100);
    const sizes = (step: number): BigInt64Array =>
      BigInt64Array.from({ length: count }, (_, i) => BigInt(1 + ((at(i) * step) % 900)));
    const columns = new Map([
      ["bid", k.floats(bid)],
      ["ask", k.floats(bid.map((x) => x + 0.02))],
      ["bsize", k.longs(sizes(31))],
      ["asize", k.longs(sizes(17))],
    ]);
    return { count, columns, keys: Int32Array.from({ length: count }, (_, i) => at(i) % KEYS) };
  });
}

/** Rows a second of a program that has seen enough to be compiled. */
async function rate(rowsABlock: number, rows: number): Promise<number> {
  const program = compile(
    Object.entries(FEATURES).map(([name, text]) => parseExpression(name, text)),
    COLUMNS,
    "sym",
    "time",
  );
  const blocks = quotes(100, rowsABlock);
  const pass = (count: number) => (): void => {
    for (let i = 0; i < count / rowsABlock; i++) {
      const block = blocks[i % blocks.length]!;
      program.evaluate(block, block.keys);
    }
  };
  pass(rows / 4)();
  return (rows * 1000) / (await timed(pass(rows)));
}

/** The same features by a loop written for them, with the deviation left out: what arithmetic and memory alone cost. */
function byHand(blocks: readonly Quotes[]): number {
  const last = new Float64Array(KEYS).fill(Number.NaN);
  let total = 0;
  for (const { count, columns, keys } of blocks) {
    const [bid, ask] = [k.items(columns.get("bid")!), k.items(columns.get("ask")!)] as Float64Array[];
    const [bsize, asize] = [k.items(columns.get("bsize")!), k.items(columns.get("asize")!)];
    const out = new Float64Array(4 * count);
    for (let i = 0; i < count; i++) {
      const mid = (bid![i]! + ask![i]!) / 2;
      const [b, a] = [Number(bsize[i]), Number(asize[i])];
      out[4 * i] = mid;
      out[4 * i + 1] = (ask![i]! - bid![i]!) / mid;
      out[4 * i + 2] = (b - a) / (b + a);
      out[4 * i + 3] = Math.log(mid / last[keys[i]!]!);
      last[keys[i]!] = mid;
    }
    total += out[0]!;
  }
  return total;
}

export async function featureRows(): Promise<Row[]> {
  const what = "five features of quotes, 20 symbols";
  const blocks = quotes(300, 1000);
  const program = compile(
    Object.entries(FEATURES).map(([name, text]) => parseExpression(name, text)),
    COLUMNS,
    "sym",
    "time",
  );
  const compared = await compare(
    () =>
      timed(() => {
        for (const block of blocks) program.evaluate(block, block.keys);
      }),
    () => timed(() => byHand(blocks)),
  );
  const large = await rate(1000, 2_000_000);
  const small = await rate(1, 200_000);
  const million = (x: number): string => `${(x / 1e6).toFixed(2)} million rows/s`;
  return [
    plainRow(
      `${what}, 1,000 rows a block`,
      "nothing",
      { atLeast: 1 },
      large / 1e6,
      "million rows/s",
      million(large),
    ),
    plainRow(
      `${what}, 1 row a block`,
      "nothing",
      { atLeast: 0.1 },
      small / 1e6,
      "million rows/s",
      `${(1e6 / small).toFixed(2)} µs a block`,
    ),
    ratioRow(`${what}, 1,000 rows a block, time`, "a loop written for four of them", {}, compared, "ms"),
  ];
}
