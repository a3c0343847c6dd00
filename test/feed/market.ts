/**
 * Quotes and trades that a seed repeats, with something to learn in them.
 *
 * Of each symbol, row after row: the order imbalance m = (bsize-asize)%bsize+asize goes on as m' = φm + (1-φ)u, u even on
 * [-1,1], and the mid price as mid' = mid × (1 + βm + σε), ε of deviation 1. So what is known of the return over the next
 * n rows is βm(1+φ+…+φ^(n-1)) and no more: the best predictor is linear in m, and its correlation with the return (IC) has
 * a formula, by which β is chosen. From the row `change` on β is `factor` times as much.
 */
import * as k from "../../protocol/make.js";
import type { Symbols, Vector } from "../../protocol/values.js";
import { Random } from "../fuzz/random.js";
import type { Column } from "./columns.js";

export interface MarketOptions {
  readonly seed?: number;
  readonly symbols?: readonly string[];
  /** Nanoseconds of the first row's time. */
  readonly start?: number;
  /** Nanoseconds from row to row, of whatever symbol; each comes at an even chance within its own gap. */
  readonly gap?: number;
  /** σ, the deviation of a row's return where β is 0. */
  readonly volatility?: number;
  /** φ, 0 up to but not including 1. */
  readonly persistence?: number;
  /** Correlation of the best predictor with the return over the next `horizon` rows of the symbol. */
  readonly ic?: number;
  readonly horizon?: number;
  /** The row (of all symbols) from which the regime is another, and what becomes of β. */
  readonly change?: { readonly row: number; readonly factor: number };
}

const DEFAULTS = {
  seed: 1,
  symbols: ["AAPL", "MSFT", "GOOG", "AMZN", "TSLA"],
  start: 34_200_000_000_000,
  gap: 10_000_000,
  volatility: 1e-4,
  persistence: 0.8,
  ic: 0.4,
  horizon: 10,
};

/** Quotes of one kind as plain arrays. */
export interface Quotes {
  readonly time: BigInt64Array;
  /** Positions in the market's symbols. */
  readonly sym: Int32Array;
  readonly bid: Float64Array;
  readonly ask: Float64Array;
  readonly bsize: BigInt64Array;
  readonly asize: BigInt64Array;
}

export class Market {
  readonly symbols: readonly string[];
  readonly options: Required<Omit<MarketOptions, "change">> & Pick<MarketOptions, "change">;
  /** β, before the change. */
  readonly strength: number;
  readonly #random: Random;
  readonly #mid: Float64Array;
  readonly #imbalance: Float64Array;
  /** This round's order of symbols: each quotes once a round. */
  readonly #order: Int32Array;
  /** Rows so far: their slots in time are taken, whether quotes or trades. */
  #row = 0;

  constructor(options: MarketOptions = {}) {
    this.options = { ...DEFAULTS, ...options };
    this.symbols = this.options.symbols;
    this.strength = strengthOf(this.options);
    this.#random = new Random(this.options.seed);
    this.#mid = Float64Array.from(this.symbols, () => 50 + 100 * this.#random.unit());
    this.#imbalance = new Float64Array(this.symbols.length);
    this.#order = Int32Array.from(this.symbols.keys());
  }

  /** The next quotes, columns of `quote`. */
  quotes(rows: number): [Vector, Symbols, Vector, Vector, Vector, Vector] {
    const { time, sym, bid, ask, bsize, asize } = this.next(rows);
    const names = Array.from(sym, (i) => this.symbols[i]!);
    return [
      ...([k.timespans(time), k.symbols(names), k.floats(bid), k.floats(ask)] as const),
      ...([k.longs(bsize), k.longs(asize)] as const),
    ];
  }

  /** The next trades, columns of `trade`, at the last mid prices. They take their turn in time with quotes. */
  trades(rows: number): readonly Column[] {
    const time = new BigInt64Array(rows);
    const names: string[] = [];
    const price = new Float64Array(rows);
    const size = new BigInt64Array(rows);
    for (let i = 0; i < rows; i++) {
      const sym = this.#random.below(this.symbols.length);
      time[i] = this.#time();
      names.push(this.symbols[sym]!);
      price[i] = this.#mid[sym]! * (1 + 1e-4 * (this.#random.unit() - 0.5));
      size[i] = BigInt(100 * (1 + this.#random.below(20)));
    }
    return [k.timespans(time), k.symbols(names), k.floats(price), k.longs(size)];
  }

  next(rows: number): Quotes {
    const { volatility, persistence, change } = this.options;
    const random = this.#random;
    const out: Quotes = {
      time: new BigInt64Array(rows),
      sym: new Int32Array(rows),
      bid: new Float64Array(rows),
      ask: new Float64Array(rows),
      bsize: new BigInt64Array(rows),
      asize: new BigInt64Array(rows),
    };
    for (let i = 0; i < rows; i++) {
      const factor = change !== undefined && this.#row >= change.row ? change.factor : 1;
      const sym = this.#turn();
      out.time[i] = this.#time();
      out.sym[i] = sym;
      // what the last quote's imbalance foretold comes true in this one
      const drift = factor * this.strength * this.#imbalance[sym]!;
      const mid = this.#mid[sym]! * (1 + drift + volatility * noise(random));
      this.#mid[sym] = mid;
      const half = mid * 5e-5 * (1 + random.unit());
      out.bid[i] = mid - half;
      out.ask[i] = mid + half;
      const wanted = persistence * this.#imbalance[sym]! + (1 - persistence) * (2 * random.unit() - 1);
      const total = 1000 * (1 + random.below(10));
      const bids = Math.round((total * (1 + wanted)) / 2);
      out.bsize[i] = BigInt(bids);
      out.asize[i] = BigInt(total - bids);
      this.#imbalance[sym] = (2 * bids - total) / total;
    }
    return out;
  }

  #turn(): number {
    const order = this.#order;
    const at = this.#row % order.length;
    const other = at + this.#random.below(order.length - at);
    const sym = order[other]!;
    order[other] = order[at]!;
    order[at] = sym;
    return sym;
  }

  #time(): bigint {
    const { start, gap } = this.options;
    return BigInt(start + this.#row++ * gap + Math.floor(this.#random.unit() * gap));
  }
}

/** Sum of four even chances, brought to mean 0 and deviation 1. */
const noise = (random: Random): number =>
  (random.unit() + random.unit() + random.unit() + random.unit() - 2) * Math.sqrt(3);

/** φ^0 + … + φ^(n-1), what the imbalance adds up to over the horizon; and its sum's variance in units of the imbalance's own. */
function sums(persistence: number, horizon: number): { reach: number; spread: number } {
  let reach = 0;
  let spread = horizon;
  for (let i = 0; i < horizon; i++) {
    reach += persistence ** i;
    if (i > 0) spread += 2 * (horizon - i) * persistence ** i;
  }
  return { reach, spread };
}

const variance = (persistence: number): number => (1 - persistence) / (3 * (1 + persistence));

/** The best predictor's correlation with the return over `horizon` rows, where β is `strength`. */
export function icOf(strength: number, volatility: number, persistence: number, horizon: number): number {
  const { reach, spread } = sums(persistence, horizon);
  const v = variance(persistence);
  return (
    (strength * reach * Math.sqrt(v)) / Math.sqrt(strength ** 2 * v * spread + horizon * volatility ** 2)
  );
}

/** The β that gives the IC. */
function strengthOf(options: Required<Omit<MarketOptions, "change">>): number {
  const { ic, volatility, persistence, horizon } = options;
  const { reach, spread } = sums(persistence, horizon);
  const room = reach ** 2 - ic ** 2 * spread;
  if (room <= 0)
    throw new Error(
      `no IC of ${ic} over ${horizon} rows: at most ${reach / Math.sqrt(spread)} without noise`,
    );
  return (ic * volatility * Math.sqrt(horizon)) / Math.sqrt(variance(persistence) * room);
}

/** How well a straight line of x tells y, by least squares: its slope and the correlation, over those that are numbers. */
export function leastSquares(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
): { slope: number; ic: number; count: number } {
  let [count, meanX, meanY, xx, yy, xy] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [a, b] = [x[i]!, y[i]!];
    if (!Number.isFinite(a) || !Number.isFinite(b)) continue;
    count++;
    const [dx, dy] = [a - meanX, b - meanY];
    meanX += dx / count;
    meanY += dy / count;
    xx += dx * (a - meanX);
    yy += dy * (b - meanY);
    xy += dx * (b - meanY);
  }
  return { slope: xy / xx, ic: xy / Math.sqrt(xx * yy), count };
}

/**
 * Each quote's imbalance, and the log return of its symbol's mid price from it to the last quote at or before `ahead`
 * nanoseconds later; NaN where the quotes end before that.
 */
export function imbalanceAndReturn(
  quotes: Quotes,
  ahead: number,
): { imbalance: Float64Array; label: Float64Array } {
  const rows = quotes.time.length;
  const imbalance = new Float64Array(rows);
  const label = new Float64Array(rows).fill(Number.NaN);
  const mid = Float64Array.from(quotes.bid, (bid, i) => (bid + quotes.ask[i]!) / 2);
  const bySymbol = new Map<number, number[]>();
  for (let i = 0; i < rows; i++) {
    const [bids, asks] = [Number(quotes.bsize[i]), Number(quotes.asize[i])];
    imbalance[i] = (bids - asks) / (bids + asks);
    const list = bySymbol.get(quotes.sym[i]!);
    if (list === undefined) bySymbol.set(quotes.sym[i]!, [i]);
    else list.push(i);
  }
  const span = BigInt(ahead);
  for (const list of bySymbol.values()) {
    let to = 0;
    for (const from of list) {
      const until = quotes.time[from]! + span;
      while (to < list.length && quotes.time[list[to]!]! <= until) to++;
      if (to === list.length) break;
      label[from] = Math.log(mid[list[to - 1]!]! / mid[from]!);
    }
  }
  return { imbalance, label };
}
