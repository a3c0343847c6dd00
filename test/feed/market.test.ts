/** What can be learned from the market is what it says, measured on what it makes. */
import assert from "node:assert/strict";
import { icOf, imbalanceAndReturn, leastSquares, Market, type MarketOptions, type Quotes } from "./market.js";

const ROWS = 200_000;
/** A symbol quotes once in 5 rows of 10 ms: 20 rows are a second. */
const SECOND = 1_000_000_000;
const options: MarketOptions = { seed: 7, horizon: 20, ic: 0.4 };

const measured = (quotes: Quotes, from = 0, to = ROWS): number => {
  const { imbalance, label } = imbalanceAndReturn(quotes, SECOND);
  return leastSquares(imbalance.subarray(from, to), label.subarray(from, to)).ic;
};

describe("the market", () => {
  it("repeats itself by seed, however its rows are asked for", () => {
    const whole = new Market(options).next(1000);
    const market = new Market(options);
    const parts = [market.next(1), market.next(0), market.next(600), market.next(399)];
    for (const name of ["time", "sym", "bid", "ask", "bsize", "asize"] as const)
      assert.deepEqual(
        parts.flatMap((part) => [...part[name]]),
        [...whole[name]],
      );
    assert.notDeepEqual(new Market({ ...options, seed: 8 }).next(10), new Market(options).next(10));
  });

  it("times never go back, bids lie below asks, each symbol comes once a round", () => {
    const quotes = new Market(options).next(10_000);
    for (let i = 1; i < 10_000; i++) assert.ok(quotes.time[i]! > quotes.time[i - 1]!, `row ${i}`);
    assert.ok(quotes.bid.every((bid, i) => bid > 0 && bid < quotes.ask[i]!));
    assert.ok(quotes.bsize.every((size, i) => size >= 0n && quotes.asize[i]! >= 0n));
    for (let i = 0; i < 10_000; i += 5)
      assert.deepEqual([...quotes.sym.subarray(i, i + 5)].sort(), [0, 1, 2, 3, 4]);
  });

  for (const ic of [0.1, 0.25, 0.4])
    it(`the imbalance tells the return over the horizon with an IC of ${ic}, by rows and by time`, () => {
      const quotes = new Market({ ...options, ic }).next(ROWS);
      const { imbalance } = imbalanceAndReturn(quotes, SECOND);
      const mids = quotes.bid.map((bid, i) => (bid + quotes.ask[i]!) / 2);
      const rows: number[][] = [[], [], [], [], []];
      for (const [i, sym] of quotes.sym.entries()) rows[sym]!.push(i);
      const [x, y]: number[][] = [[], []];
      for (const list of rows)
        for (const [at, row] of list.slice(0, -20).entries()) {
          x!.push(imbalance[row]!);
          y!.push(Math.log(mids[list[at + 20]!]! / mids[row]!));
        }
      // 200,000 returns that overlap twentyfold: a deviation of about 0.01
      assert.ok(Math.abs(leastSquares(x!, y!).ic - ic) < 0.03, `${leastSquares(x!, y!).ic}`);
      assert.ok(Math.abs(measured(quotes) - ic) < 0.03, `${measured(quotes)}`);
    });

  it("its regime changes at the row that was named", () => {
    const row = 100_000;
    const quotes = new Market({ ...options, change: { row, factor: -1 } }).next(ROWS);
    assert.ok(Math.abs(measured(quotes, 0, row - 200) - 0.4) < 0.04);
    assert.ok(Math.abs(measured(quotes, row) + 0.4) < 0.04);
    const same = new Market(options).next(row);
    assert.deepEqual(quotes.bid.subarray(0, row), same.bid);
  });

  it("an IC that cannot be is refused, and none is none", () => {
    assert.throws(() => new Market({ ...options, persistence: 0, ic: 0.5 }), /at most 0\.22/);
    assert.equal(new Market({ ...options, ic: 0 }).strength, 0);
    const { strength, options: o } = new Market(options);
    assert.ok(Math.abs(icOf(strength, o.volatility, o.persistence, 20) - 0.4) < 1e-12);
    // without persistence only the next row is known: 1/sqrt(1+3) where β's share is a third of the noise
    assert.ok(Math.abs(icOf(1, Math.sqrt(1), 0, 1) - 0.5) < 1e-12);
  });

  it("trades take their turn in time", () => {
    const market = new Market(options);
    const [time] = market.trades(3);
    const later = market.next(1).time[0]!;
    assert.equal(time!.count, 3);
    assert.ok(later >= 34_200_030_000_000n);
  });
});

describe("least squares", () => {
  it("slope and correlation of those that are numbers", () => {
    // numpy: polyfit([1,2,3,4],[2,1,4,3],1)[0], corrcoef
    const { slope, ic, count } = leastSquares([1, 2, Number.NaN, 3, 4], [2, 1, 7, 4, 3]);
    assert.equal(count, 4);
    assert.ok(Math.abs(slope - 0.6) < 1e-15 && Math.abs(ic - 0.6) < 1e-15);
  });
});
