import { hostname } from "node:os";
import * as k from "../../../protocol/make.js";
import { Dict, Func, type K, KError, List, Symbols, Table, TYPE, Vector } from "../../../protocol/values.js";
import { letterOf } from "../sql/shape.js";
import { display } from "../text/display.js";
import { valueText } from "../text/format.js";
import { symbols } from "../values/arrays.js";
import type { Evaluation, Run, Verb } from "../values/functions.js";
import { Finder } from "../values/match.js";
import { replaced } from "../values/replaced.js";
import {
  bool,
  gather,
  isAtom,
  itemsOf,
  pick,
  symbolsOf,
  textArgument,
  wholeNumber,
} from "../values/vectors.js";
import { castTo } from "./cast.js";
import { distinct } from "./search.js";
import { tok } from "./tok.js";

/** `.Q`: what tools use of it. */

const isTable = (x: K): boolean => x instanceof Table || (x instanceof Dict && x.values instanceof Table);

/** Traps with the places that the error came from: `.Q.trp[f;x;g]` answers `g[error;places]`. */
function trapping(all: boolean): (q: Evaluation, args: readonly K[]) => Run<K> {
  return (q, [f, x, g]) => {
    const given = all ? itemsOf(x!) : [x!];
    return q.trap(f!, given, (error) => q.apply(g!, [k.chars(error.message), q.backtrace(error)]));
  };
}

/** Places as text, one a line, under the place a caret where its column is known. */
function showPlaces(x: K): K {
  const lines = itemsOf(x).map((place) => {
    const [, where, column, number] = itemsOf(place);
    const [name, , , source] = itemsOf(where!);
    if (source === undefined || number === undefined) throw new KError("type");
    const head = `  [${wholeNumber(number)}]  `;
    const label = textArgument(name!);
    const line = `${head}${label === "" ? "" : `${label}:`}${textArgument(source)}\n`;
    const at = wholeNumber(column!);
    return at >= 0 ? `${line}${" ".repeat(head.length + at)}^\n` : line;
  });
  return k.chars(lines.join(""));
}

/** Command-line words as a dictionary: `-a 1 2` is `a` and its texts. */
function options(x: K): K {
  const names: string[] = [];
  const values: K[][] = [];
  for (const word of itemsOf(x)) {
    const text = k.text(word) ?? "";
    if (/^-[A-Za-z]/.test(text)) {
      names.push(text.slice(1));
      values.push([]);
    } else values.at(-1)?.push(word);
  }
  return new Dict(symbols(names), k.list(values.map((words) => k.list(words))));
}

/** Options read as the defaults' types. */
function defaults(x: K, y: K): K {
  if (!(x instanceof Dict && y instanceof Dict)) throw new KError("type");
  const given = new Finder(y.keys);
  const values = itemsOf(x.keys).map((key, i) => {
    const place = given.place(key);
    const standard = k.at(x.values, i);
    if (place < 0) return standard;
    const words = k.at(y.values, place);
    const read = standard.type === TYPE.char ? words : tok(Math.abs(standard.type), words);
    return isAtom(standard) && !isAtom(read) && k.count(read) === 1 ? k.at(read, 0) : read;
  });
  return new Dict(x.keys, gather(values));
}

/** A name that q can read: letters and digits, none of q's own words, no digit in front. */
function identifier(q: Evaluation, x: K): K {
  if (x instanceof Table) return new Table(symbols(x.columns.names.map((name) => clean(q, name))), x.values);
  if (isAtom(x) || x instanceof Symbols) {
    const names = symbolsOf(x).map((name) => clean(q, name));
    return isAtom(x) ? k.symbol(names[0]!) : symbols(names);
  }
  throw new KError("type");
}

function clean(q: Evaluation, name: string): string {
  const kept = replaced(name, /[^\w]/g, () => "");
  const named = /^[A-Za-z]/.test(kept) ? kept : `a${kept}`;
  return q.isKeyword(named) ? `${named}1` : named;
}

/** `.Q.fu[f;x]`: f of what is distinct in x. */
function* ofDistinct(q: Evaluation, [f, x]: readonly K[]): Run<K> {
  const once = distinct(x!);
  const values = yield* q.apply(f!, [once]);
  return pick(values, new Finder(once).places(x!));
}

const LOCAL = 0x7f000001;

/** No name is looked up for a session: this machine's own are known. */
function address(x: K): K {
  const name = symbolsOf(x)[0] ?? "";
  const parts = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(name)?.slice(1).map(Number);
  if (parts !== undefined) return k.int(Buffer.from(parts).readInt32BE());
  return k.int(name === "localhost" || name === hostname() || name === "" ? LOCAL : 0);
}

function host(x: K): K {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(wholeNumber(x) | 0);
  return k.symbol(bytes.readInt32BE() === LOCAL ? "localhost" : [...bytes].join("."));
}

const base64 = (x: K): K => k.chars(Buffer.from(textBytes(x)).toString("base64"));

function textBytes(x: K): Uint8Array {
  if (x instanceof Vector && (x.type === TYPE.char || x.type === TYPE.byte)) return x.bytes;
  if (isAtom(x) && x.type === -TYPE.char) return Uint8Array.of(x.value as number);
  throw new KError("type");
}

/** Of a list of tables or a partitioned one nothing is here, so rows are rows. */
const rowsAt = (x: K, y: K): K => pick(x, itemsOf(castTo(TYPE.long, y)).map(wholeNumber));

/** Whether all values of a list are of one simple type, for `.Q.ty`. */
const letter = (x: K): K =>
  k.char(
    x instanceof Func || isAtom(x) || !(x instanceof Vector || x instanceof Symbols || x instanceof List)
      ? " "
      : letterOf(x),
  );

export const DOT_Q: readonly Verb[] = [
  { name: ".Q.s", act: (q, [x]) => k.chars(display(x!, q.console)), counts: [1, 2] },
  { name: ".Q.s1", act: (q, [x]) => k.chars(valueText(x!, q.console.precision)) },
  { name: ".Q.qt", one: (x) => bool(isTable(x)) },
  { name: ".Q.qp", one: () => k.long(0) },
  { name: ".Q.ty", one: letter },
  { name: ".Q.trp", run: trapping(false), counts: [3] },
  { name: ".Q.trpd", run: trapping(true), counts: [3] },
  { name: ".Q.sbt", one: showPlaces },
  { name: ".Q.id", act: (q, [x]) => identifier(q, x!) },
  { name: ".Q.fu", run: ofDistinct, counts: [2] },
  { name: ".Q.opt", one: options },
  { name: ".Q.def", two: defaults },
  { name: ".Q.addr", one: address },
  { name: ".Q.host", one: host },
  { name: ".Q.btoa", one: base64 },
  { name: ".Q.atob", one: (x) => k.bytes(new Uint8Array(Buffer.from(textArgument(x), "base64"))) },
  { name: ".Q.ind", two: rowsAt },
  {
    name: ".Q.v",
    act: (q, [x]) => (isAtom(x!) && typeof x.value === "string" ? (q.variable(x.value) ?? x) : x!),
  },
];
