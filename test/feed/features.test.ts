/**
 * Features: what a feed works out from message to message is what the language makes of each key's whole day, to the
 * bit, however the day is cut and wherever it is taken up again.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import * as k from "../../protocol/make.js";
import { LONG_NULL, TYPE } from "../../protocol/types.js";
import { Atom, type K, KError, Symbols, type Vector } from "../../protocol/values.js";
import { compile, type Definition, parseExpression } from "../../server/feed/features/compile.js";
import { splitLabel } from "../../server/feed/features/label.js";
import { statefulNames } from "../../server/feed/features/stateful.js";
import type { Column, Rows } from "../../server/feed/rows.js";
import type { State } from "../../server/feed/state.js";
import { evaluate, Workspace } from "../../server/language/index.js";

type Columns = Readonly<Record<string, Vector | Symbols>>;

interface Day {
  readonly count: number;
  readonly columns: Columns;
  /** Codes in order of first appearance. */
  readonly keys: Int32Array;
}

const columnsOf = (columns: Columns): Column[] =>
  Object.entries(columns).map(([name, { type }]) => ({ name, type }));

/** `sym` and columns, the keys coded. */
function day(sym: readonly string[], columns: Columns): Day {
  const names: string[] = [];
  const keys = Int32Array.from(sym, (name) => {
    if (!names.includes(name)) names.push(name);
    return names.indexOf(name);
  });
  return { count: sym.length, columns: { sym: k.symbols(sym), ...columns }, keys };
}

function pick(x: Vector | Symbols, places: readonly number[]): Vector | Symbols {
  if (x instanceof Symbols) return k.symbols(places.map((i) => x.names[i]!));
  const items = k.items(x);
  return k.vector(x.type, places.map((i) => items[i]!) as number[]);
}

function part({ columns, keys }: Day, from: number, to: number): { rows: Rows; keys: Int32Array } {
  const places = Array.from({ length: to - from }, (_, i) => from + i);
  const map = new Map(Object.entries(columns).map(([name, x]) => [name, pick(x, places)]));
  return { rows: { count: to - from, columns: map }, keys: keys.slice(from, to) };
}

const parsed = (texts: Readonly<Record<string, string>>): Definition[] =>
  Object.entries(texts).map(([name, text]) => parseExpression(name, text));

const compiled = (definitions: readonly Definition[], { columns }: Day) =>
  compile(definitions, columnsOf(columns), "sym", "time");

/** The results of a day in pieces that end at the cuts, joined. */
function run(program: ReturnType<typeof compile>, the: Day, cuts: readonly number[], from = 0): number[][] {
  const results: number[][] = [];
  let start = from;
  for (const end of [...cuts.filter((cut) => cut > from).sort((x, y) => x - y), the.count]) {
    const { rows, keys } = part(the, start, end);
    program.evaluate(rows, keys).forEach((result, i) => {
      results[i] ??= [];
      results[i].push(...result);
    });
    start = end;
  }
  return results;
}

/** A k value as floats, null NaN. */
function floatsOf(x: K, count: number): number[] {
  const of = (atom: K): number => {
    WORKSPACE.assign("atom", atom);
    return (evaluate("`float$atom", WORKSPACE) as Atom).value as number;
  };
  if (x instanceof Atom) return new Array<number>(count).fill(of(x));
  return Array.from({ length: k.count(x) }, (_, i) => of(k.at(x, i)));
}

const WORKSPACE = new Workspace({ rank: () => undefined, call: () => undefined, names: () => [] });

/** What the language makes of each key's rows, in the day's order. */
function byLanguage(texts: Readonly<Record<string, string>>, the: Day): number[][] {
  const results = Object.keys(texts).map(() => new Array<number>(the.count));
  for (const key of new Set(the.keys)) {
    const places = [...the.keys.keys()].filter((i) => the.keys[i] === key);
    const names: string[] = [];
    for (const [name, x] of Object.entries(the.columns)) WORKSPACE.assign(name, pick(x, places));
    Object.entries(texts).forEach(([name, text], i) => {
      const value = evaluate(text.replaceAll(" lag ", " xprev "), WORKSPACE) as K;
      WORKSPACE.assign(name, value);
      names.push(name);
      const floats = floatsOf(value, places.length);
      places.forEach((place, j) => {
        results[i]![place] = floats[j]!;
      });
    });
    for (const name of names) WORKSPACE.forget(name);
  }
  return results;
}

function same(
  results: readonly (readonly number[])[],
  expected: readonly (readonly number[])[],
  texts: object,
): void {
  Object.entries(texts).forEach(([name, text], i) => {
    const [x, y] = [results[i] ?? [], expected[i] ?? []];
    assert.equal(x.length, y.length);
    const at = x.findIndex((item, j) => !Object.is(item, y[j]));
    assert.equal(at, -1, `${name}: ${text}: row ${at}: ${x[at]} is not ${y[at]}`);
  });
}

const PRICES = [Number.NaN, Infinity, -Infinity, 0, 1, 1, -2.5, 100.01, 100.02, 1e15, 1e-9, 10_000.01];
const LONGS = [LONG_NULL, 0n, 1n, 1n, -3n, 200n, 2n ** 40n];
const MOMENT = 800_000_000_123_456_789n;

/** Several keys, nulls, infinities, equal values one after the other. */
const days = fc
  .array(
    fc.record({
      sym: fc.constantFrom("a", "b", "c"),
      ex: fc.constantFrom("N", "Q", ""),
      p: fc.oneof(fc.constantFrom(...PRICES), fc.double({ min: 90, max: 110 })),
      q: fc.oneof(fc.constantFrom(...PRICES), fc.double()),
      n: fc.constantFrom(...LONGS),
      i: fc.constantFrom(-(2 ** 31), 0, 1, 1, 7, -300),
      e: fc.constantFrom(Number.NaN, 0, 0.5, 0.5, 1.25, -3),
      flag: fc.boolean(),
      span: fc.constantFrom(LONG_NULL, 0n, 1n, 1_000_000_000n, 86_400_000_000_001n),
    }),
    { maxLength: 60 },
  )
  .map((rows) =>
    day(
      rows.map(({ sym }) => sym),
      {
        time: k.timestamps(rows.map((_, j) => MOMENT + BigInt(j * j))),
        ex: k.symbols(rows.map(({ ex }) => ex)),
        p: k.floats(rows.map(({ p }) => p)),
        q: k.floats(rows.map(({ q }) => q)),
        n: k.longs(rows.map(({ n }) => n)),
        i: k.ints(rows.map(({ i }) => i)),
        e: k.reals(rows.map(({ e }) => e)),
        flag: k.booleans(rows.map(({ flag }) => flag)),
        span: k.timespans(rows.map(({ span }) => span)),
      },
    ),
  );
const cuts = fc.array(fc.nat({ max: 60 }), { maxLength: 12 });
const within = (the: Day, places: readonly number[]): number[] => places.filter((cut) => cut <= the.count);

/** Every row of the table on columns of the types that it takes. */
const NUMBERS = ["p", "q", "n", "i", "e", "flag"];
const EACH: Readonly<Record<string, readonly string[]>> = {
  prev: [...NUMBERS, "span", "time"],
  fills: ["p", "q", "n", "i", "e", "span"],
  differ: [...NUMBERS, "span", "time", "ex"],
  deltas: [...NUMBERS, "span", "time"],
  ratios: NUMBERS,
  sums: [...NUMBERS, "span"],
  prds: NUMBERS,
  maxs: [...NUMBERS, "span", "time"],
  mins: [...NUMBERS, "span", "time"],
  avgs: NUMBERS,
  mavg: [...NUMBERS, "span"],
  mdev: NUMBERS,
  msum: [...NUMBERS, "span"],
  mcount: [...NUMBERS, "span"],
  mmax: [...NUMBERS, "span", "time"],
  mmin: [...NUMBERS, "span", "time"],
  xprev: [...NUMBERS, "span", "time"],
  lag: NUMBERS,
  ema: NUMBERS,
};
const ROWS_BEFORE = new Set(["mavg", "mdev", "msum", "mcount", "mmax", "mmin", "xprev", "lag"]);
const texts = (word: string): Record<string, string> => {
  const lefts = ROWS_BEFORE.has(word) ? ["1", "2", "3", "7", "50"] : word === "ema" ? ["0.1", "1"] : [""];
  return Object.fromEntries(
    EACH[word]!.flatMap((column, i) =>
      lefts.map((left, j) => [`f${i}x${j}`, `${left} ${word} ${column}`.trim()]),
    ),
  );
};

/** Expressions of any shape that have a type in q. */
const leaf = fc.constantFrom("p", "q", "n", "i", "2", "0.5", "1e-3");
const numbers = fc.letrec<{ any: string }>((tie) => ({
  any: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc
      .tuple(fc.constantFrom("+", "-", "*", "%", "&", "|", "^"), tie("any"), tie("any"))
      .map(([f, x, y]) => `(${x})${f}${y}`),
    fc
      .tuple(
        fc.constantFrom("neg", "abs", "exp", "sqrt", "log", "floor", "signum", "sin", "reciprocal"),
        tie("any"),
      )
      .map(([f, x]) => `${f} ${x}`),
    fc
      .tuple(fc.constantFrom("=", "<>", "<", ">", "<=", ">="), tie("any"), tie("any"))
      .map(([f, x, y]) => `(${x})${f}${y}`),
    fc
      .tuple(fc.constantFrom("p", "q", "n"), fc.constantFrom("<", "="), tie("any"))
      .map(([x, f, y]) => `?[${x}${f}p;0f+${y};0f+q]`),
    fc.tuple(fc.constantFrom("not", "null"), tie("any")).map(([f, x]) => `${f} ${x}`),
    fc
      .tuple(
        fc.constantFrom(...statefulNames().filter((name) => !ROWS_BEFORE.has(name) && name !== "ema")),
        tie("any"),
      )
      .map(([f, x]) => `${f} p+${x}`),
    fc
      .tuple(fc.constantFrom(...ROWS_BEFORE), fc.integer({ min: 1, max: 9 }), tie("any"))
      .map(([f, n, x]) => `${n} ${f} q-${x}`),
    fc
      .tuple(fc.constantFrom("xbar", "within", "in", "div", "mod"), tie("any"))
      .map(([f, x]) => AROUND[f]!(x)),
  ),
})).any;
const AROUND: Readonly<Record<string, (x: string) => string>> = {
  xbar: (x) => `0.25 xbar p+${x}`,
  within: (x) => `(p+${x}) within 0.5 100`,
  in: (x) => `(p+${x}) in 1 100.01 0`,
  div: (x) => `(${x}) div 3`,
  mod: (x) => `(p+${x}) mod 7`,
};

/** The issue's own. */
const QUOTES = {
  mid: "(p+q)%2",
  spread: "(q-p)%mid",
  imb: "(n-i)%n+i",
  ret: "log ratios mid",
  vol: "50 mdev ret",
  since: "time-prev time",
  up: "3 mavg 0<deltas mid",
  code: "code[3;ex]",
  kind: "(ex=`N)+2*ex in `Q`N",
  cast: "`float$`second$time",
};

describe("features", () => {
  it("have a test for each row of the table", () => {
    assert.deepEqual(statefulNames().sort(), Object.keys(EACH).sort());
  });

  for (const word of Object.keys(EACH))
    it(`${word} is what the language makes of each key's day, however it is cut`, () => {
      const definitions = parsed(texts(word));
      fc.assert(
        fc.property(days, cuts, (the, places) => {
          const whole = run(compiled(definitions, the), the, []);
          same(whole, byLanguage(texts(word), the), texts(word));
          same(run(compiled(definitions, the), the, within(the, places)), whole, texts(word));
          const rows = Array.from({ length: the.count }, (_, i) => i);
          same(run(compiled(definitions, the), the, rows), whole, texts(word));
        }),
        { numRuns: 60 },
      );
    });

  it("of any expression are what the language makes of each key's day, however it is cut", () => {
    fc.assert(
      fc.property(days, cuts, numbers, numbers, (the, places, x, y) => {
        const all = { x, y, z: `3 mavg x-y` };
        const definitions = parsed(all);
        let program: ReturnType<typeof compile>;
        try {
          program = compiled(definitions, the);
        } catch (error) {
          assert.ok(error instanceof KError);
          assert.match(error.message, CONSTANT);
          return;
        }
        const whole = run(program, the, []);
        same(whole, byLanguage(all, the), all);
        same(run(compiled(definitions, the), the, within(the, places)), whole, all);
      }),
      { numRuns: 500 },
    );
  });
  /** Expressions that the generator makes and a feed refuses: of constants alone, of which a series cannot be made. */
  const CONSTANT = /of a constant|'type in q/;

  it("go on from what was saved at any cut, to the bit", () => {
    const words = Object.keys(EACH).flatMap((word) => Object.values(texts(word)).slice(0, 6));
    const all = { ...QUOTES, ...Object.fromEntries(words.map((text, i) => [`w${i}`, text])) };
    const definitions = parsed(all);
    fc.assert(
      fc.property(days, fc.nat({ max: 60 }), cuts, (the, at, places) => {
        if (at > the.count) return;
        const whole = run(compiled(definitions, the), the, []);
        const before = compiled(definitions, the);
        const { rows, keys } = part(the, 0, at);
        before.evaluate(rows, keys);
        const state = structuredClone(before.save());
        // what goes on there changes nothing in what was saved
        const rest = whole.map((result) => result.slice(at));
        same(run(before, the, within(the, places), at), rest, all);
        const after = compiled(definitions, the);
        after.load(state);
        same(run(after, the, within(the, places), at), rest, all);
      }),
      { numRuns: 100 },
    );
  });

  it("keep the keys apart: numbers by hand", () => {
    const the = day(["a", "b", "a", "b", "a"], {
      time: k.timespans([0, 1, 2, 3, 4]),
      p: k.floats([1, 10, 2, 30, 6]),
    });
    const results = run(
      compiled(
        parsed({
          a: "2 mavg p",
          b: "deltas p",
          c: "3 mmax p",
          d: "0.5 ema p",
          e: "code[2;sym]",
          f: "1 lag p",
        }),
        the,
      ),
      the,
      [2],
    );
    const nothing = Number.NaN;
    assert.deepEqual(results, [
      [1, 10, 1.5, 20, 4],
      [1, 10, 1, 20, 4],
      [1, 10, 2, 30, 6],
      [1, 10, 1.5, 20, 3.75],
      [0, 1, 0, 1, 0],
      [nothing, nothing, 1, 10, 2],
    ]);
  });

  it("keep the figures of prices that differ in their last ones, over a million rows", () => {
    const count = 1_000_000;
    const p = Float64Array.from({ length: count }, (_, i) => 10_000.01 + 0.01 * (i % 2));
    p[500_000] = 1e12;
    const columns = new Map([["p", k.floats(p) as Vector]]);
    const program = compile(
      parsed({ d: "10 mdev p", s: "10 mavg p" }),
      [
        { name: "p", type: TYPE.float },
        { name: "sym", type: TYPE.symbol },
      ],
      "sym",
      "sym",
    );
    const [d, s] = program.evaluate({ count, columns }, new Int32Array(count));
    for (const i of [499_999, 500_010, count - 1]) {
      assert.ok(Math.abs(d![i]! - 0.005) < 1e-9, `${d![i]}`);
      assert.ok(Math.abs(s![i]! - 10_000.015) < 1e-9, `${s![i]}`);
    }
  });

  it("may be written in each of q's ways", () => {
    const the = day(["a", "a", "a"], { time: k.timespans([0, 1, 2]), p: k.floats([1, 2, 4]) });
    const all = { a: "2 mavg p", b: "mavg[2;p]", c: "mavg[2] p", d: "(2) mavg (p)", n: "2", e: "n mavg p" };
    const [a, b, c, d, , e] = run(compiled(parsed(all), the), the, [1]);
    for (const each of [a, b, c, d, e]) assert.deepEqual(each, [1, 1.5, 3]);
  });

  it("give new symbols the last place when the others are taken", () => {
    const sym = ["a", "b", "", "c", "a", "d", "b", "c"];
    const the = day(sym, { time: k.timespans(sym.map((_, i) => i)) });
    const program = compiled(parsed({ c: "code[3;sym]" }), the);
    assert.deepEqual(program.codes, [3]);
    assert.deepEqual(run(program, the, [1, 3]), [[0, 1, 2, 2, 0, 2, 1, 2]]);
  });

  it("say which columns they need", () => {
    const the = day([], { time: k.timespans([]), p: k.floats([]), q: k.floats([]) });
    const program = compiled(parsed({ x: "p+1", p: "p%2", y: "2 mavg p" }), the);
    assert.deepEqual([...program.reads].sort(), ["p", "sym", "time"]);
    assert.deepEqual(
      program.evaluate(part(the, 0, 0).rows, new Int32Array(0)).map((x) => x.length),
      [0, 0, 0],
    );
  });

  const TABLE: readonly Column[] = [
    { name: "time", type: TYPE.timespan },
    { name: "sym", type: TYPE.symbol },
    { name: "bid", type: TYPE.float },
    { name: "ask", type: TYPE.float },
    { name: "size", type: TYPE.long },
    { name: "side", type: TYPE.char },
    { name: "notes", type: TYPE.list },
  ];
  const HAS = "the table has time sym bid ask size side notes";
  const REFUSED: readonly (readonly [string, string | RegExp])[] = [
    ["bid-bsize", `no column bsize; ${HAS}`],
    ["sum bid", "sum looks at all rows at once; sums, msum go on from message to message"],
    ["count bid", "count looks at all rows at once; mcount goes on from message to message"],
    ["bid-avg bid", "avg looks at all rows at once; avgs, mavg, ema go on from message to message"],
    ["til 5", "til looks at all rows at once; a feed sees them one after the other"],
    ["reverse bid", "reverse looks at all rows at once; a feed sees them one after the other"],
    ["next bid", "next looks into the future; in a label that is ahead[1;x]"],
    ["ahead[1;bid]", "ahead looks into the future: it can only stand in a label (y)"],
    ["0 mavg bid", "mavg takes a whole number of rows from 1 to 1000000, a constant"],
    ["0N mavg bid", "mavg takes a whole number of rows from 1 to 1000000, a constant"],
    ["0W mavg bid", "mavg takes a whole number of rows from 1 to 1000000, a constant"],
    ["-1 xprev bid", "xprev takes a whole number of rows from 1 to 1000000, a constant"],
    ["1000001 mdev bid", "mdev takes a whole number of rows from 1 to 1000000, a constant"],
    ["2.5 mmax bid", "mmax takes a whole number of rows from 1 to 1000000, a constant"],
    ["size mmax bid", "mmax takes a whole number of rows from 1 to 1000000, a constant"],
    ["`a msum bid", "msum takes a whole number of rows from 1 to 1000000, a constant"],
    ["2 ema bid", "ema takes a weight above 0 and at most 1 to its left, a constant"],
    ["0n ema bid", "ema takes a weight above 0 and at most 1 to its left, a constant"],
    ["code[0;sym]", "code takes a whole number of places from 1 to 1000000, a constant"],
    ["code[5;bid]", "code is of a column of symbols, not of float"],
    ["sums 1", "sums of a constant: there is nothing to go on from"],
    ["3 xprev sym", "xprev of symbol is 'type in q"],
    ["3 mavg sym", "mavg of symbol is 'type in q"],
    ["bid+sym", "+ of float and symbol is 'type in q"],
    ["bid+1 2", "a list of constants can only stand to the right of in, within and like, not with +"],
    ["size in size", "what stands to the right of in must be a constant"],
    ["bid xbar ask", "what stands to the left of xbar must be a constant"],
    ["sym", "is a symbol, not a number; code[64;x] makes places of an embedding of symbols"],
    ["side", "is a char, not a number; comparing it, as with =, gives one"],
    ["1 2", "is a list of constants, not a number for each row"],
    ["notes=1", "column notes is one of lists; only columns of one type can be worked with"],
    ["?[bid;1;2]", "the condition of ? is float, not boolean: say c<>0"],
    ["?[bid>0;`a;2]", "? of symbol and long: both must be of one kind"],
    ["$[bid>0;1;2]", "$[c;a;b] takes one condition; for one in each row there is ?[c;a;b]"],
    ["{x+1}bid", "functions of one's own ({...}) are not here: say what they do, a name for each step"],
    ["(+/)bid", /^adverbs /],
    ["+/[bid]", /^adverbs /],
    ["bid each ask", /^each is none of a feed's functions: neg abs /],
    ['system "ls"', /^system is none of a feed's functions: /],
    ["tensor bid", /^tensor is none of a feed's functions: /],
    ["bid ask", "bid is no function"],
    ["x:bid", "an assignment is not here: give the expression a name of its own"],
    ["select bid from t", "a query is not here: expressions see the columns of the feed's table"],
    ["(bid;ask)", "a list can only be made of constants"],
    ["bid;ask", "more than one expression"],
    ["", "the text is empty"],
    ["neg", "neg stands alone, without what it works on"],
    ["3 mavg", /^mavg takes 2 arguments, not 1/],
    ["mavg[;bid]", "an argument of mavg is left out"],
    ["(((", /^\): the text ends too early/],
    ["bid+`", /'type in q/],
    [`${"neg ".repeat(61)}bid`, "more than 60 expressions inside each other"],
    [`bid${"+1".repeat(3000)}`, "the text has 6003 characters, at most 4000 are read"],
    [`${"(".repeat(2000)}bid`, /^\): the text ends too early/],
  ];
  for (const [text, why] of REFUSED)
    it(`refuse ${text.length > 40 ? `${text.slice(0, 40)}..` : text || "an empty text"}, saying why`, () => {
      assert.throws(
        () => compile([parseExpression("x", text)], TABLE, "sym", "time"),
        (error) => {
          assert.ok(error instanceof KError);
          if (typeof why === "string") assert.equal(error.message, `feed: x: ${why}`);
          else assert.match(error.message.replace("feed: x: ", ""), why);
          return true;
        },
      );
    });

  it("refuse names that are none, two of one name, and a table without the columns they go by", () => {
    for (const name of ["", "a b", "1x", "sums", ".z.p", "x".repeat(101)])
      assert.throws(() => parseExpression(name, "1"), KError, name);
    assert.throws(
      () =>
        compile(
          parsed({ x: "bid" }).flatMap((x) => [x, x]),
          TABLE,
          "sym",
          "time",
        ),
      {
        message: "feed: x: there are two of that name",
      },
    );
    assert.throws(() => compile([], TABLE, "symbol", "time"), {
      message: `feed: by: no column symbol; ${HAS}`,
    });
    assert.throws(() => compile([], TABLE, "sym", "date"), { message: `feed: time: no column date; ${HAS}` });
  });

  it("end with an error, before memory is taken, when there are too many keys for their windows", () => {
    const program = compile(parsed({ v: "1000000 mdev bid" }), TABLE, "sym", "time");
    const columns = new Map([["bid", k.floats([1, 2]) as Vector]]);
    program.evaluate({ count: 2, columns }, Int32Array.of(0, 1));
    assert.ok(program.bytes > 2 * 16_000_000 && program.bytes < 2 * 30_000_000, `${program.bytes}`);
    assert.throws(() => program.evaluate({ count: 2, columns }, Int32Array.of(0, 100)), {
      message: /^feed: what the features keep of 101 keys takes \d+ MB, at most 1024 may be kept/,
    });
  });

  it("end with an error when a column is not what it was", () => {
    const program = compile(parsed({ v: "bid+size" }), TABLE, "sym", "time");
    const of = (columns: Record<string, Vector>) => () =>
      program.evaluate({ count: 2, columns: new Map(Object.entries(columns)) }, Int32Array.of(0, 1));
    const bid = k.floats([1, 2]) as Vector;
    assert.throws(of({ bid }), { message: "feed: the rows have no column size any more" });
    assert.throws(of({ bid, size: bid }), { message: "feed: column size has type 9 now, it had 7" });
    assert.throws(of({ bid, size: k.longs([1n]) as Vector }), {
      message: "feed: column size has 1 items for 2 rows",
    });
  });

  it("refuse what was saved of other expressions, and what is not whole", () => {
    const program = () => compile(parsed({ v: "3 mavg bid", c: "code[4;sym]" }), TABLE, "sym", "time");
    const first = program();
    const columns = new Map<string, Vector | Symbols>([
      ["bid", k.floats([1]) as Vector],
      ["sym", k.symbols(["a"])],
    ]);
    first.evaluate({ count: 1, columns }, Int32Array.of(0));
    const state = first.save();
    const other = compile(parsed({ v: "4 mavg bid", c: "code[4;sym]" }), TABLE, "sym", "time");
    assert.throws(() => other.load(state), {
      message: "feed: what was saved is of other expressions or columns",
    });
    const broken: State[] = [
      { ...state, keys: 2 },
      { ...state, keys: -1 },
      { ...state, keys: 1e12 },
      { ...state, kept: [] },
      { ...state, codes: [{ names: ["a", "b", "c", "d", "e"] }] },
      { ...state, codes: [{ names: "a" }] },
    ];
    for (const each of broken)
      assert.throws(() => program().load(each), {
        message: "feed: what was saved of the features is not whole",
      });
  });
});

describe("labels", () => {
  const split = (targets: Readonly<Record<string, string>>) => splitLabel(parsed(targets));
  const floats = (...items: number[]) => Float64Array.from(items);

  it("are taken apart into what is known when a row comes and what is known later", () => {
    const label = split({ y: "log ahead[0D00:00:10;mid]%mid" });
    assert.equal(label.early.length, 1);
    assert.deepEqual(label.kept, [0]);
    assert.deepEqual(label.aheads, [{ of: 0, span: { nanos: 10_000_000_000 } }]);
    const [y] = label.final([floats(100, 200), floats(101, 199)], 2);
    assert.deepEqual([...y!], [Math.log(101 / 100), Math.log(199 / 200)]);
  });

  it("of several targets share what they have in common, and may use each other", () => {
    const label = split({
      up: "ahead[5;mid]>mid",
      far: "ahead[00:00:10;mid]-ahead[5;mid]",
      both: "?[up;far;neg far]",
      now: "2*bid",
    });
    assert.equal(label.early.length, 2);
    assert.deepEqual(label.aheads, [
      { of: 0, span: { rows: 5 } },
      { of: 0, span: { nanos: 10_000_000_000 } },
    ]);
    const values = [floats(1, 5), floats(7, 8), floats(2, 3), floats(4, 9)];
    const results = label.final(values, 2).map((x) => [...x]);
    assert.deepEqual(results, [
      [1, 0],
      [2, 6],
      [2, -6],
      [7, 8],
    ]);
  });

  it("are what the language makes of the day with later rows in place of ahead", () => {
    const all = {
      a: "log ahead[2;p]%p",
      b: "ahead[1;p]>q",
      c: "?[ahead[3;p]>p;1;neg 1]",
      d: "(ahead[2;3 mavg p]-2 lag p)*2",
      e: "0^ahead[1;n]-n",
      f: "(sums p)+ahead[1;sums p]&ahead[2;sums p]",
    };
    const label = split(all);
    const asVectors = Object.fromEntries(
      Object.entries(all).map(([name, text]) => [
        name,
        text.replaceAll(/ahead\[(\d);([^\]]*)\]/g, "(-$1 xprev $2)"),
      ]),
    );
    fc.assert(
      fc.property(days, (the) => {
        const early = run(compiled(label.early, the), the, []);
        if (the.count === 0) return;
        const later = (of: number, i: number, rows: number): number => {
          const ours = [...the.keys.keys()].filter((j) => j >= i && the.keys[j] === the.keys[i]);
          return ours[rows] === undefined ? Number.NaN : early[of]![ours[rows]]!;
        };
        const values = [
          ...label.kept.map((of) => early[of]!),
          ...label.aheads.map(({ of, span }) => {
            assert.ok("rows" in span);
            return early[of]!.map((_, i) => later(of, i, span.rows));
          }),
        ];
        const results = label.final(
          values.map((each) => Float64Array.from(each)),
          the.count,
        );
        same(
          results.map((each) => [...each]),
          byLanguage(asVectors, the),
          all,
        );
      }),
      { numRuns: 200 },
    );
  });

  it("are known at once where they have no ahead", () => {
    const label = split({ y: "5 mavg bid" });
    assert.deepEqual(label.aheads, []);
    assert.deepEqual([...label.final([floats(3)], 1)[0]!], [3]);
  });

  it("name what is wrong in a part of theirs by their own name", () => {
    const { early } = split({ y: "ahead[5;mdi]" });
    assert.throws(() => compile(early, [{ name: "bid", type: TYPE.float }], "bid", "bid"), {
      message: "feed: y (part 1): no column mdi; the table has bid",
    });
  });

  const SPAN =
    "ahead takes a whole number of rows from 1 to 1000000, or a span of time above 0 and of at most 100 days, a constant";
  const REFUSED: readonly (readonly [string, string])[] = [
    ...[
      "0",
      "-1",
      "0N",
      "0W",
      "2.5",
      "`a",
      "0D",
      "-0D00:00:01",
      "0Wn",
      "0Nn",
      "101D",
      "bid",
      "1 2",
      "2024.01.01",
    ].map((span): [string, string] => [`ahead[${span};mid]`, SPAN]),
    ["ahead[1;ahead[1;mid]]", "no ahead, and no target, can stand inside an ahead"],
    ["ahead[1;1]", "ahead of a constant: there is nothing to wait for"],
    ["ahead mid", "ahead takes a span and an expression, as in ahead[0D00:00:10;mid] or ahead[50;mid]"],
    ["ahead[1;mid;2]", "ahead takes a span and an expression, as in ahead[0D00:00:10;mid] or ahead[50;mid]"],
    ["5 mavg ahead[1;mid]", "mavg goes on from row to row, so nothing ahead, and no target, can stand in it"],
    ["sum ahead[1;mid]", "sum looks at all rows at once; sums, msum go on from message to message"],
    ["{x}ahead[1;mid]", "ahead can only stand among functions of a row"],
  ];
  for (const [text, why] of REFUSED)
    it(`refuse ${text}, saying why`, () => {
      assert.throws(() => split({ y: text }), { message: `feed: y: ${why}` });
    });
});
