/** Rows of the codec alone, against node-q's codec in the same process. */
import { createRequire } from "node:module";
import { decode } from "../../protocol/decode.js";
import { encode } from "../../protocol/encode.js";
import { RESPONSE } from "../../protocol/header.js";
import * as k from "../../protocol/make.js";
import { type K, type List, Symbols, Table, Vector } from "../../protocol/values.js";
import { items } from "../../protocol/view.js";
import { compare, median, timed } from "./measure.js";
import { type Row, ratioRow } from "./rows.js";

/** The part of node-q that turns bytes into values and back. */
const nodeq = createRequire(import.meta.url)("node-q/lib/c.js") as {
  deserialize(message: Buffer): unknown;
  serialize(value: unknown): Buffer;
};

const ROWS = 1_000_000;
const NAMES = 100_000;

function table(): K {
  const tickers = Array.from({ length: 500 }, (_, i) => `T${i}`);
  const each = <T>(make: (i: number) => T): T[] => Array.from({ length: ROWS }, (_, i) => make(i));
  return new Table(
    k.symbols(["time", "sym", "size", "bid", "ask", "price"]) as Symbols,
    k.list([
      k.vector(
        19,
        Int32Array.from({ length: ROWS }, (_, i) => i % 86_400_000),
      ),
      k.symbols(each((i) => tickers[i % tickers.length]!)),
      k.vector(
        7,
        BigInt64Array.from({ length: ROWS }, (_, i) => BigInt(i % 1000)),
      ),
      ...[0.5, 0.25, 0.125].map((step) =>
        k.vector(
          9,
          Float64Array.from({ length: ROWS }, (_, i) => 100 + (i % 64) * step),
        ),
      ),
    ]) as List,
  );
}

/** The same table made anew of JavaScript's own arrays and strings: nothing of the message is left. */
function materialised({ columns, values }: Table): Table {
  const anew = values.items.map((column) => {
    if (column instanceof Symbols) return k.symbols([...column.names]);
    if (!(column instanceof Vector)) throw new Error("a column that is no vector");
    return k.vector(column.type, items(column).slice());
  });
  return new Table(columns, k.list(anew) as List);
}

export async function codec(): Promise<Row[]> {
  const message = Buffer.from(encode(table(), RESPONSE));
  const theirs = (bytes: Buffer) => () => timed(() => nodeq.serialize(nodeq.deserialize(bytes)));
  const views = () => timed(() => encode(decode(message).value, RESPONSE));
  const whole = () => timed(() => encode(materialised(decode(message).value as Table), RESPONSE));
  const way = { rounds: 5, invert: true };

  const names = Buffer.from(
    encode(k.symbols(Array.from({ length: NAMES }, (_, i) => `symbol${i}`)), RESPONSE),
  );
  const symbols = () =>
    timed(() => {
      const { value } = decode(names);
      encode(k.symbols((value as Symbols).names), RESPONSE);
    });

  const against = "node-q's deserialize and serialize, same process";
  const what = `decode and encode a table of ${ROWS} rows: time, symbol, long, three doubles`;
  const rows = [
    ratioRow(what, against, { atLeast: 20 }, await compare(views, theirs(message), way), "ms"),
    ratioRow(
      "the same, every column copied to arrays and strings in between",
      against,
      {},
      await compare(whole, theirs(message), way),
      "ms",
    ),
  ];
  const many = async (step: () => Promise<number>): Promise<number> => {
    const times: number[] = [];
    for (let i = 0; i < 5; i++) times.push(await step());
    return median(times);
  };
  const result = await compare(
    () => many(symbols),
    () => many(theirs(names)),
    way,
  );
  rows.push(
    ratioRow(
      `${NAMES} symbols: decode to strings, encode from strings`,
      against,
      { atLeast: 3 },
      result,
      "ms",
    ),
  );
  return rows;
}
