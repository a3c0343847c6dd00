/**
 * What a plant is asked: one text that subscribes and tells the position, so that no message lies between the two. It is
 * asked again whenever the position is wanted anew, so it must be one that may be.
 */
import { TYPE } from "../../../protocol/types.js";
import { Atom, Func, type K, KError, List, Symbols, Table, Vector } from "../../../protocol/values.js";
import type { Column } from "../rows.js";
import { dateIn, isDate } from "./dates.js";
import { LONGEST_NAME } from "./paths.js";

/** A name that q reads as one symbol, and nothing else. */
const NAME = /^[A-Za-z.][A-Za-z0-9_.]*$/;

function plain(what: string, name: string): string {
  if (NAME.test(name) && name.length < 256) return name;
  throw new KError(
    `feed: ${what} ${JSON.stringify(name.slice(0, 50))} is no plain name: such ones need a request of your own`,
  );
}

/**
 * The texts to try, in order: plants do not all have a date, or a log.
 * @param own the text to send instead
 * @throws KError for names that are not plain ones
 */
export function requestTexts(table: string, syms: readonly string[], own: string | undefined): string[] {
  if (own !== undefined) return [own];
  const names = syms.map((sym) => `\`${plain("symbol", sym)}`).join("") || "`";
  const subscribe = `.u.sub[\`${plain("table", table)};${names}]`;
  return [`(${subscribe};.u.i;.u.L;.u.d)`, `(${subscribe};.u.i;.u.L)`, subscribe];
}

/** What a plant answers. */
export interface Answer {
  readonly columns: readonly Column[];
  /** Messages of its log that have been published; undefined where it does not say. */
  readonly messages: number | undefined;
  /** Its log's name, "" where it has none. */
  readonly log: string;
  /** Days since 2000.01.01, 0 where nothing says. */
  readonly date: number;
}

/** Columns of one table are no more. */
const MOST_COLUMNS = 4096;

/** @throws KError where the answer is not (schema; messages; log; date) */
export function readAnswer(answer: K, table: string): Answer {
  if (!(answer instanceof List) || answer.count < 1 || answer.count > 8)
    throw new KError(`feed: the plant's answer is no list of (schema; .u.i; .u.L; .u.d)`);
  const [first, second] = answer.items;
  const bare = first instanceof Atom && second instanceof Table;
  const [pair, messages, log, date] = bare ? [answer] : answer.items;
  const columns = schemaIn(pair!, table);
  const named = log instanceof Atom && log.type === -TYPE.symbol ? (log.value as string) : "";
  const name = named === ":" || named.length > LONGEST_NAME ? "" : named;
  const days = date instanceof Atom && date.type === -TYPE.date ? (date.value as number) : 0;
  return {
    columns,
    messages: countIn(messages),
    log: name,
    date: isDate(days) ? days : dateIn(name),
  };
}

/** Of long or int, not null and not negative. */
function countIn(x: K | undefined): number | undefined {
  if (!(x instanceof Atom) || (x.type !== -TYPE.long && x.type !== -TYPE.int)) return undefined;
  const count = Number(x.value);
  return count >= 0 && Number.isSafeInteger(count) ? count : undefined;
}

/** The columns of a pair (name; empty table), or of that pair of the table's in a list of pairs. */
function schemaIn(x: K, table: string): Column[] {
  if (x instanceof Table) return columnsIn(x);
  if (x instanceof List && x.count <= 10_000) {
    const [name, schema] = x.items;
    if (name instanceof Atom && schema instanceof Table) return columnsIn(schema);
    for (const pair of x.items) {
      if (!(pair instanceof List) || pair.count !== 2) continue;
      const [other, found] = pair.items;
      if (other instanceof Atom && other.value === table && found instanceof Table) return columnsIn(found);
    }
  }
  throw new KError(`feed: the plant's answer has no schema of ${table}`);
}

function columnsIn({ columns, values }: Table): Column[] {
  if (columns.count === 0 || columns.count > MOST_COLUMNS)
    throw new KError(`feed: a table of ${columns.count} columns`);
  return columns.names.map((name, i) => ({ name, type: values.items[i]!.type }));
}

/**
 * The schema that data tells: a table's own; or types alone, of columns whose names are known.
 * @returns a text that says what is missing
 */
export function schemaOf(data: K, names: readonly string[]): readonly Column[] | string {
  if (data instanceof Table) return columnsIn(data);
  const values =
    data instanceof List && data.count <= MOST_COLUMNS
      ? data.items
      : data instanceof Vector || data instanceof Symbols
        ? Array.from({ length: Math.min(data.count, MOST_COLUMNS) }, () => data)
        : undefined;
  if (values === undefined || values.some((x) => x instanceof Func)) return "no table and no list of columns";
  if (names.length === 0) return "a list of columns has no names: they are to come as the option columns";
  if (values.length !== names.length) return `${values.length} columns for ${names.length} names`;
  return names.map((name, i) => {
    const { type } = values[i]!;
    return { name, type: values[i] instanceof Atom ? -type : type };
  });
}
