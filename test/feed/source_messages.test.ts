/** Messages of logs and of sockets to rows: each form, each cut, and bytes that are none. */
import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProtocolError } from "../../protocol/errors.js";
import * as k from "../../protocol/make.js";
import { type K, List } from "../../protocol/values.js";
import type { Column, Position } from "../../server/feed/rows.js";
import { LogFile } from "../../server/feed/source/log.js";
import { PushSource } from "../../server/feed/source/push.js";
import { SHORT, TableReader } from "../../server/feed/source/reader.js";
import { ReplaySource } from "../../server/feed/source/replay.js";
import { Random } from "../fuzz/random.js";
import { build } from "../protocol/builder.js";
import {
  atomsOf,
  columnsOf,
  HEADER,
  listOf,
  logOf,
  NAMES,
  Recorder,
  type Row,
  rowsIn,
  tableOf,
  until,
  upd,
} from "./source_rig.js";

const ROWS: readonly Row[] = [
  [1, "a", 1.5, 0],
  [2, "bc", -2, 1],
  [3, "", Number.POSITIVE_INFINITY, 2],
];
const COLUMNS: readonly Column[] = [
  { name: "time", type: 16 },
  { name: "sym", type: 11 },
  { name: "px", type: 9 },
  { name: "n", type: 7 },
];
const asRead = (rows: readonly Row[]) =>
  rows.map(([time, sym, px, n]) => ({ time: BigInt(time), sym, px, n: BigInt(n) }));

/** A reader that keeps what others it was told of. */
function reading(
  options: { columns?: readonly Column[]; read?: readonly string[]; syms?: readonly string[] } = {},
) {
  const told: string[] = [];
  const { columns = COLUMNS, read = columns.map(({ name }) => name), syms = [] } = options;
  const reader = new TableReader({
    table: "quote",
    columns,
    read: new Set(read),
    syms,
    others: { other: () => told.push("other"), unread: (why) => told.push(why) },
  });
  const take = (x: K) => {
    const bytes = Uint8Array.from(build(x));
    assert.equal(reader.take(bytes, 0, bytes.length), bytes.length);
  };
  return { reader, take, told, rows: () => rowsIn(reader.rows() ?? { count: 0, columns: new Map() }) };
}

describe("feed: messages to rows", () => {
  const FORMS: readonly (readonly [string, readonly K[], readonly Row[]])[] = [
    ["a table", [tableOf(ROWS)], ROWS],
    ["a list of columns", [listOf(ROWS)], ROWS],
    ["atoms of one row", ROWS.map(atomsOf), ROWS],
    ["a table without rows", [tableOf([])], []],
    ["columns without rows, as general lists", [k.list([k.EMPTY, k.EMPTY, k.EMPTY, k.EMPTY])], []],
    [
      "a table of other order, with more columns",
      [
        k.table(
          ["x", "n", "sym", "px", "time"],
          [
            k.list([k.long(1), k.long(2), k.chars("")]),
            columnsOf(ROWS)[3]!,
            columnsOf(ROWS)[1]!,
            columnsOf(ROWS)[2]!,
            columnsOf(ROWS)[0]!,
          ],
        ),
      ],
      ROWS,
    ],
    ["a row as a dictionary", [k.dict(k.symbols(NAMES), atomsOf(ROWS[0]!))], [ROWS[0]!]],
    [
      "an atom beside columns",
      [k.list([k.timespan(5), ...columnsOf(ROWS).slice(1)])],
      ROWS.map(([, sym, px, n]) => [5, sym, px, n] as const),
    ],
    ["columns of one row", [listOf([ROWS[1]!])], [ROWS[1]!]],
    [
      "sorted and parted columns",
      [k.list([k.vector(16, [1n, 2n], 1), k.vector(11, ["a", "b"], 3), k.floats([1, 2]), k.longs([0, 1])])],
      [
        [1, "a", 1, 0],
        [2, "b", 2, 1],
      ],
    ],
  ];
  for (const [name, data, rows] of FORMS)
    it(name, () => {
      const { take, told, rows: taken } = reading();
      for (const x of data) take(upd("quote", x));
      assert.deepEqual(told, []);
      assert.deepEqual(taken(), asRead(rows));
    });

  it("a row whose columns are all of one type comes as a vector", () => {
    const columns = [
      { name: "a", type: 9 },
      { name: "b", type: 9 },
    ];
    const { take, rows } = reading({ columns });
    take(upd("quote", k.floats([1, 2])));
    take(upd("quote", k.list([k.floats([3]), k.floats([4])])));
    assert.deepEqual(rows(), [
      { a: 1, b: 2 },
      { a: 3, b: 4 },
    ]);
  });

  it("columns that are not read may be lists, of any type, and in atoms anything", () => {
    const columns = [...COLUMNS.slice(0, 2), { name: "text", type: 0 }, ...COLUMNS.slice(2)];
    const { take, told, rows } = reading({ columns, read: NAMES });
    const texts = k.list([k.chars("one"), k.char("2"), k.list([k.chars("3")])]);
    const [time, sym, px, n] = columnsOf(ROWS) as [K, K, K, K];
    take(upd("quote", k.list([time, sym, texts, px, n])));
    take(upd("quote", k.table(["time", "sym", "text", "px", "n"], [time, sym, texts, px, n])));
    take(upd("quote", k.list([k.timespan(9), k.symbol("z"), k.chars("four"), k.float(4), k.long(9)])));
    assert.deepEqual(told, []);
    assert.deepEqual(rows(), asRead([...ROWS, ...ROWS, [9, "z", 4, 9]]));
  });

  it("columns that are read alone are handed over", () => {
    const { take, rows } = reading({ read: ["n"] });
    for (const x of [tableOf(ROWS), listOf(ROWS), atomsOf(ROWS[2]!)]) take(upd("quote", x));
    assert.deepEqual(
      rows(),
      [0n, 1n, 2n, 0n, 1n, 2n, 2n].map((n) => ({ n })),
    );
  });

  const UNREAD: readonly (readonly [string, K, RegExp])[] = [
    ["a column too few", k.list(columnsOf(ROWS).slice(1)), /3 columns where the table has 4/],
    [
      "columns of different counts",
      k.list([k.timespans([1]), ...columnsOf(ROWS).slice(1)]),
      /different counts/,
    ],
    [
      "another type",
      k.list([...columnsOf(ROWS).slice(0, 3), k.ints([1, 2, 3])]),
      /column n of another type than long/,
    ],
    ["a table without a column", k.table(["time", "sym"], [...columnsOf(ROWS).slice(0, 2)]), /no column px/],
    ["a number", k.long(1), /no table and no list/],
    ["a function", k.NULL, /no table and no list/],
    ["a keyed table", k.dict(tableOf(ROWS), tableOf(ROWS)), /no table and no list/],
  ];
  for (const [name, data, why] of UNREAD)
    it(`${name} is told of, and what follows is read`, () => {
      const { take, told, rows } = reading();
      take(upd("quote", data));
      take(upd("quote", tableOf(ROWS)));
      assert.equal(told.length, 1);
      assert.match(told[0]!, why);
      assert.deepEqual(rows(), asRead(ROWS));
    });

  it("other tables and functions are none of it", () => {
    const { take, told, rows } = reading();
    take(upd("trade", tableOf(ROWS)));
    take(k.list([k.symbol("upx"), k.symbol("quote"), tableOf(ROWS)]));
    take(k.chars("exit 0"));
    take(k.list([k.symbol("upd"), k.symbol("quote2"), tableOf(ROWS)]));
    assert.deepEqual(told, ["other", "other", "other", "other"]);
    assert.deepEqual(rows(), []);
  });

  it("symbols are picked, whole blocks or some rows of them, in every form", () => {
    const { take, rows } = reading({ syms: ["a", "bc"] });
    const [a, bc, none] = ROWS as [Row, Row, Row];
    for (const x of [
      tableOf(ROWS),
      listOf([none, bc, none, a]),
      atomsOf(none),
      atomsOf(a),
      tableOf([none, none]),
    ])
      take(upd("quote", x));
    take(
      upd(
        "quote",
        k.table(
          ["n", "sym", "px", "time"],
          [k.longs([7, 8]), k.symbols(["x", "a"]), k.floats([1, 2]), k.timespans([1, 2])],
        ),
      ),
    );
    assert.deepEqual(rows(), asRead([a, bc, bc, a, a, [2, "a", 2, 8]]));
  });

  it("rows that were had before are left out, whatever their messages", () => {
    for (let skip = 0; skip <= 8; skip++) {
      const { reader, take, rows } = reading({ syms: ["a", "bc"] });
      reader.skip = skip;
      for (const x of [tableOf(ROWS), atomsOf(ROWS[0]!), atomsOf(ROWS[2]!), listOf([...ROWS, ...ROWS])])
        take(upd("quote", x));
      const all = [ROWS[0]!, ROWS[1]!, ROWS[0]!, ROWS[0]!, ROWS[1]!, ROWS[0]!, ROWS[1]!];
      assert.deepEqual(rows(), asRead(all.slice(skip)));
      assert.equal(reader.skip, Math.max(0, skip - all.length));
    }
  });

  it("what was handed over does not change when more comes", () => {
    const { reader, take } = reading();
    take(upd("quote", tableOf(ROWS)));
    const first = reader.rows()!;
    take(upd("quote", tableOf([[9, "zzzz", 9, 9]])));
    reader.rows();
    assert.deepEqual(rowsIn(first), asRead(ROWS));
  });

  it("columns are aligned", () => {
    const { reader, take } = reading();
    take(upd("quote", tableOf(ROWS)));
    for (const column of reader.rows()!.columns.values())
      if ("bytes" in column && column.type !== 11) assert.equal(column.bytes!.byteOffset % 8, 0);
  });

  it("a cut message is short, wherever it is cut, and leaves nothing", () => {
    for (const x of [tableOf(ROWS), listOf(ROWS), atomsOf(ROWS[1]!), k.floats([1])]) {
      const { reader, rows } = reading();
      const bytes = Uint8Array.from(build(upd("quote", x)));
      for (let end = 0; end < bytes.length; end++) {
        assert.equal(reader.take(bytes, 0, end), SHORT);
        const padded = new Uint8Array(bytes.length + 50).fill(0xff);
        padded.set(bytes.subarray(0, end), 25);
        assert.equal(reader.take(padded, 25, 25 + end), SHORT);
      }
      assert.deepEqual(rows(), []);
    }
  });

  it("changed bytes are rows, unread, short or no object, and nothing else", () => {
    const random = new Random(5);
    const originals = [tableOf(ROWS), listOf(ROWS), atomsOf(ROWS[1]!), tableOf([])].map((x) =>
      build(upd("quote", x)),
    );
    const kinds = new Set<string>();
    const readers = [reading(), reading({ syms: ["a"] })];
    for (let i = 0; i < 20_000; i++) {
      const { reader, told } = random.pick(readers);
      told.length = 0;
      const bytes = Uint8Array.from(random.pick(originals));
      for (let change = 1 + random.below(3); change > 0; change--)
        bytes[random.below(bytes.length)] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)]);
      try {
        const after = reader.take(bytes, 0, bytes.length);
        assert.ok(after === SHORT || after <= bytes.length);
        const rows = reader.rows();
        if (rows !== undefined) rowsIn(rows);
        kinds.add(after === SHORT ? "short" : told.length > 0 ? "told" : "rows");
      } catch (error) {
        assert.ok(error instanceof ProtocolError, (error as Error).stack);
        kinds.add("none");
      }
    }
    assert.deepEqual([...kinds].sort(), ["none", "rows", "short", "told"]);
  });

  it("a claimed count takes no memory", () => {
    const { reader } = reading();
    const bytes = Uint8Array.from(build(upd("quote", listOf(ROWS))));
    const before = process.memoryUsage().arrayBuffers;
    for (const count of [0x7fffffff, 0xffffffff, 0x10000000]) {
      const claimed = bytes.slice();
      const at = bytes.indexOf(16, 20) + 2;
      new DataView(claimed.buffer).setUint32(at, count, true);
      assert.equal(reader.take(claimed, 0, claimed.length), SHORT);
    }
    assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 24);
  });

  it("columns without a type of their own cannot be read, nor can symbols be picked without any", () => {
    const columns = [...COLUMNS, { name: "text", type: 0 }];
    assert.throws(() => reading({ columns }), /column text of quote .*cannot be read/);
    assert.throws(() => reading({ columns: COLUMNS.slice(2), syms: ["a"] }), /no symbols in a column sym/);
  });
});

describe("feed: log files", () => {
  let folder: string;
  let file: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "torchq-log-"));
    file = join(folder, "sym2025.11.25");
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Two messages, as a tickerplant's log has them on disk. */
  const TRADES = Buffer.from(
    `ff01 0000 00000000
     00 00 03000000 f5 75706400 f5 747261646500
        00 00 04000000 f0 e183f83939200000 f5 6100 f7 000000000000f83f f9 0a00000000000000
     00 00 03000000 f5 75706400 f5 747261646500
        00 00 04000000 10 00 02000000 60af573a39200000 60af573a39200000
                       0b 00 02000000 6100 6200
                       09 00 02000000 000000000000f83f 0000000000000440
                       07 00 02000000 0a00000000000000 1400000000000000`.replaceAll(/\s/g, ""),
    "hex",
  );
  // the second message has a type byte for a price that is no number's: f9 is a long's atom
  const TRADE = { time: 0x20393a57af60n, sym: "a", price: 1.5, size: 10n };

  interface Replayed {
    readonly recorder: Recorder;
    readonly source: ReplaySource;
  }
  async function replay(
    table: string,
    columns: readonly string[],
    from?: Position,
    read = columns,
    syms: readonly string[] = [],
  ): Promise<Replayed> {
    const recorder = new Recorder(read);
    const source = new ReplaySource({ file: { path: file, root: folder }, table, syms, columns }, recorder);
    source.start(from);
    await until("the log is at its end", () => recorder.finished || recorder.error !== undefined);
    return { recorder, source };
  }
  const TRADE_NAMES = ["time", "sym", "price", "size"];

  it("a plant's log", async () => {
    writeFileSync(file, TRADES);
    const { recorder } = await replay("trade", TRADE_NAMES);
    assert.deepEqual(recorder.rowsSeen, [
      { ...TRADE, time: 0x203939f883e1n },
      TRADE,
      { ...TRADE, sym: "b", price: 2.5, size: 20n },
    ]);
    assert.deepEqual(
      recorder.columns.map(({ type }) => type),
      [16, 11, 9, 7],
    );
    assert.deepEqual(recorder.positions.at(-1)!.position, { date: 9460, messages: 2, rows: 0 });
    assert.deepEqual(recorder.gaps, []);
  });

  it("from a position: messages and rows before it are left out", async () => {
    writeFileSync(file, TRADES);
    const from = async (messages: number, rows: number) =>
      (await replay("trade", TRADE_NAMES, { date: 9460, messages, rows })).recorder.rowsSeen.map(
        ({ size }) => size,
      );
    assert.deepEqual(await from(0, 0), [10n, 10n, 20n]);
    assert.deepEqual(await from(0, 1), [10n, 20n]);
    assert.deepEqual(await from(1, 0), [10n, 20n]);
    assert.deepEqual(await from(1, 1), [20n]);
    assert.deepEqual(await from(0, 2), [20n]);
    assert.deepEqual(await from(2, 0), []);
    assert.match(
      (await replay("trade", TRADE_NAMES, { date: 9460, messages: 5, rows: 0 })).recorder.gaps[0]!,
      /after 2 messages.* 5 were read/,
    );
  });

  it("torn at every byte: whole messages are read, and where it ends is told", async () => {
    const messages = [listOf(ROWS), atomsOf(ROWS[0]!), listOf(ROWS.slice(1))].map((x) => upd("quote", x));
    const ends = messages.map((_, i) => logOf(messages.slice(0, i + 1)).length);
    const rows = [[], ROWS, [...ROWS, ROWS[0]!], [...ROWS, ROWS[0]!, ...ROWS.slice(1)]];
    const whole = logOf(messages);
    for (let size = 0; size <= whole.length; size++) {
      writeFileSync(file, whole.subarray(0, size));
      const { recorder } = await replay("quote", NAMES);
      const count = ends.filter((end) => end <= size).length;
      assert.deepEqual(recorder.rowsSeen, asRead(rows[count]! as Row[]), `${size} bytes`);
      const at = count === 0 ? 8 : ends[count - 1]!;
      if (size <= 8 || size === at) assert.deepEqual(recorder.gaps, []);
      else
        assert.match(
          recorder.gaps[0]!,
          new RegExp(`^1: .*after ${count} messages, at byte ${at}, in the middle of one`),
        );
      assert.equal(recorder.error, undefined);
    }
  });

  it("damaged: it is read up to there", async () => {
    const good = logOf([upd("quote", listOf(ROWS))]);
    writeFileSync(file, Buffer.concat([good, Uint8Array.of(0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 0, 0)]));
    const { recorder } = await replay("quote", NAMES);
    assert.deepEqual(recorder.rowsSeen, asRead(ROWS));
    assert.match(recorder.gaps[0]!, new RegExp(`^0: .*after 1 messages, at byte ${good.length}: no type 3`));
  });

  for (const [name, bytes, told] of [
    ["a compressed log", Buffer.from("kxzipped12345678"), /compressed log/],
    ["another file", Buffer.from("hello world"), /no log of a tickerplant/],
  ] as const)
    it(`${name} is refused`, async () => {
      writeFileSync(file, bytes);
      const { recorder } = await replay("quote", NAMES);
      assert.match(recorder.error!.message, told);
    });

  it("a file that is not there is refused", async () => {
    rmSync(file);
    assert.match((await replay("quote", NAMES)).recorder.error!.message, /cannot be read \(ENOENT\)/);
  });

  it("without names of columns it says that they are missing", async () => {
    writeFileSync(file, logOf([upd("quote", listOf(ROWS))]));
    const { recorder } = await replay("quote", []);
    assert.deepEqual(
      [...recorder.counts],
      [["a list of columns has no names: they are to come as the option columns", 1]],
    );
  });

  it("the schema may come late, symbols are picked, other tables are left out", async () => {
    writeFileSync(
      file,
      logOf([
        upd("trade", k.longs([1, 2])),
        upd("quote", k.long(1)),
        upd("quote", listOf(ROWS)),
        upd("trade", k.longs([1])),
        upd("quote", tableOf(ROWS)),
      ]),
    );
    const { recorder } = await replay("quote", NAMES, undefined, ["n"], ["bc"]);
    assert.deepEqual(recorder.rowsSeen, [{ n: 1n }, { n: 1n }]);
    assert.deepEqual([...recorder.counts], [["no table and no list of columns", 1]]);
  });

  it("many messages go on together, and pieces of the file make no difference", async () => {
    const messages: K[] = [];
    const expected: Row[] = [];
    const random = new Random(1);
    for (let n = 0; expected.length < 60_000; ) {
      const rows = Array.from(
        { length: random.pick([1, 1, 2, 100, 3000]) },
        (): Row => [n, random.pick(["a", "bcd", "efghijklmnop"]), n / 8, n++],
      );
      expected.push(...rows);
      messages.push(upd("quote", rows.length === 1 ? atomsOf(rows[0]!) : listOf(rows)));
    }
    writeFileSync(file, logOf(messages));
    const { recorder } = await replay("quote", NAMES);
    assert.deepEqual(recorder.rowsSeen, asRead(expected));
    assert.ok(recorder.blocks < 12, `${recorder.blocks} blocks`);
  });

  it("a message larger than the pieces it is read in", async () => {
    const rows = Array.from({ length: 100_000 }, (_, n): Row => [n, "a", n, n]);
    writeFileSync(file, Buffer.concat([HEADER, ...[rows, ROWS].map((x) => big(x))]));
    const { recorder } = await replay("quote", NAMES, undefined, ["n"]);
    assert.deepEqual(recorder.numbers, [...rows.keys(), 0, 1, 2]);
  });

  it("grows while it is read: a message is read when its end has come", () => {
    const bytes = logOf([upd("quote", listOf(ROWS)), upd("quote", atomsOf(ROWS[0]!))]);
    writeFileSync(file, bytes.subarray(0, 8));
    const { reader, rows } = reading();
    const log = new LogFile({ path: file, root: folder });
    const numbers: unknown[] = [];
    const readOn = () => {
      const take = (piece: Uint8Array, start: number, end: number) => reader.take(piece, start, end);
      let read: string;
      do read = log.read(2, take, () => false);
      while (read === "piece");
      numbers.push(...rows().map(({ n }) => n));
      return read;
    };
    for (let size = 8; size < bytes.length; size++) {
      assert.equal(readOn(), "end");
      appendFileSync(file, bytes.subarray(size, size + 1));
    }
    assert.equal(readOn(), "there");
    assert.deepEqual(numbers, [0n, 1n, 2n, 0n]);
    log.close();
  });

  it("hold stops it between two messages, release goes on; close ends it", async () => {
    writeFileSync(
      file,
      logOf(Array.from({ length: 30_000 }, (_, n) => upd("quote", atomsOf([n, "a", n, n])))),
    );
    const recorder = new Recorder();
    const source = new ReplaySource(
      { file: { path: file, root: folder }, table: "quote", syms: [], columns: NAMES },
      recorder,
    );
    recorder.onRows = () => source.hold();
    source.start(undefined);
    let seen = 0;
    while (!recorder.finished) {
      await until("a block comes", () => recorder.rowsSeen.length > seen || recorder.finished);
      seen = recorder.rowsSeen.length;
      const { blocks } = recorder;
      await new Promise((resolve) => setTimeout(resolve, 5));
      assert.equal(recorder.blocks, blocks);
      source.release();
    }
    assert.deepEqual(recorder.numbers, [...Array(30_000).keys()]);

    const other = new Recorder();
    const closed = new ReplaySource(
      { file: { path: file, root: folder }, table: "quote", syms: [], columns: NAMES },
      other,
    );
    other.onRows = () => closed.close();
    closed.start(undefined);
    await until("a block comes", () => other.blocks > 0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(other.blocks, 1);
    assert.equal(other.finished, false);
  });

  /** As `build` of a list of columns, for many rows. */
  function big(rows: readonly Row[]): Uint8Array {
    const [time, sym, px, n] = columnsOf(rows) as [K, K, K, K];
    return Buffer.concat([
      Uint8Array.from(build(upd("quote", new List(4, [])))).subarray(0, -4),
      Uint8Array.of(4, 0, 0, 0),
      ...[time, sym, px, n].map((x) => Uint8Array.from(build(x))),
    ]);
  }
});

describe("feed: pushed messages", () => {
  const data = (x: K) => Uint8Array.from(build(x));

  it("the first table tells the schema", () => {
    const recorder = new Recorder();
    const source = new PushSource({ table: "quote", syms: [], columns: [] }, recorder);
    source.start(undefined);
    source.take(data(listOf(ROWS)));
    source.take(data(tableOf(ROWS)));
    source.take(data(listOf(ROWS)));
    source.take(data(atomsOf(ROWS[1]!)));
    assert.equal(recorder.blocks, 0);
    source.tell();
    assert.deepEqual(recorder.rowsSeen, asRead([...ROWS, ...ROWS, ROWS[1]!]));
    assert.equal(recorder.blocks, 1);
    assert.deepEqual(recorder.positions.at(-1)!.position, { date: 0, messages: 4, rows: 0 });
    assert.match([...recorder.counts][0]![0], /no names/);
  });

  it("names of columns may be given", () => {
    const recorder = new Recorder();
    const source = new PushSource({ table: "quote", syms: ["bc"], columns: NAMES }, recorder);
    source.start({ date: 0, messages: 7, rows: 0 });
    for (const row of ROWS) source.take(data(atomsOf(row)));
    source.tell();
    assert.deepEqual(recorder.rowsSeen, asRead([ROWS[1]!]));
    assert.equal(recorder.positions.at(-1)!.position.messages, 10);
  });

  it("what is no data is told of, and the next is read", () => {
    const recorder = new Recorder();
    const source = new PushSource({ table: "quote", syms: [], columns: [] }, recorder);
    for (const x of [
      Uint8Array.of(),
      Uint8Array.of(98),
      Uint8Array.of(0, 0, 255, 255, 255, 127),
      data(k.NULL),
    ])
      source.take(x);
    source.take(data(tableOf(ROWS)));
    for (const x of [
      Uint8Array.of(),
      Uint8Array.of(98),
      Uint8Array.of(0, 0, 255, 255, 255, 127),
      data(k.NULL),
    ])
      source.take(x);
    source.take(data(tableOf(ROWS)));
    source.tell();
    assert.deepEqual(recorder.rowsSeen, asRead([...ROWS, ...ROWS]));
    assert.equal(
      [...recorder.counts.values()].reduce((a, b) => a + b),
      8,
    );
    assert.equal(recorder.error, undefined);
  });

  it("a listener that refuses the schema ends it", () => {
    const recorder = new Recorder();
    recorder.schema = () => {
      throw new Error("no bid");
    };
    const source = new PushSource({ table: "quote", syms: [], columns: [] }, recorder);
    source.take(data(tableOf(ROWS)));
    source.take(data(tableOf(ROWS)));
    source.tell();
    assert.equal(recorder.error!.message, "no bid");
    assert.deepEqual(recorder.rowsSeen, []);
  });
});
