/** A row of a table that is printed and written into the documentation. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageFolder } from "../../server/engine/addon.js";
import { type Compared, digits, load } from "./measure.js";

export interface Row {
  readonly what: string;
  /** What it is compared with. */
  readonly floor: string;
  /** E.g. "at most 1.4". */
  readonly goal: string;
  readonly measured: string;
  /** Raw numbers with units. */
  readonly raw: string;
  readonly met: boolean | undefined;
  /** How busy the machine was. */
  readonly load: string;
}

export interface Goal {
  readonly atMost?: number;
  readonly atLeast?: number;
}

const sign = ({ atMost, atLeast }: Goal): string =>
  atMost !== undefined ? `at most ${atMost}` : atLeast !== undefined ? `at least ${atLeast}` : "none set";

const meets = (value: number, { atMost, atLeast }: Goal): boolean | undefined => {
  if (atMost !== undefined) return value <= atMost;
  return atLeast === undefined ? undefined : value >= atLeast;
};

/** A ratio to a floor. */
export function ratioRow(
  what: string,
  floor: string,
  goal: Goal,
  x: Compared,
  unit: string,
  convert: (value: number) => number = (value) => value,
): Row {
  return {
    what,
    floor,
    goal: `${sign(goal)}${sign(goal) === "none set" ? "" : " ×"}`,
    measured: `${digits(x.ratio)} ×`,
    raw: `${digits(convert(x.ours))} ${unit}, floor ${digits(convert(x.floor))} ${unit} (${x.rounds.length} rounds)`,
    met: meets(x.ratio, goal),
    load: load(),
  };
}

/** A number by itself. */
export function plainRow(
  what: string,
  floor: string,
  goal: Goal,
  value: number,
  unit: string,
  raw: string,
): Row {
  return {
    what,
    floor,
    goal: `${sign(goal)}${sign(goal) === "none set" ? "" : ` ${unit}`}`,
    measured: `${digits(value)} ${unit}`,
    raw,
    met: meets(value, goal),
    load: load(),
  };
}

const state = (met: boolean | undefined): string => (met === undefined ? "-" : met ? "yes" : "no");

export function print(row: Row): void {
  const lines = [
    `${row.what}`,
    `  ${row.measured} (goal: ${row.goal}; met: ${state(row.met)}), against ${row.floor}`,
    `  ${row.raw}; load ${row.load}`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

const HEADS = ["what", "against", "goal", "measured", "met", "raw numbers", "load"];

function markdown(rows: readonly Row[], machine: string): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const body = rows.map((x) => line([x.what, x.floor, x.goal, x.measured, state(x.met), x.raw, x.load]));
  return [machine, "", line(HEADS), line(HEADS.map(() => "---")), ...body].join("\n");
}

/** Puts a table between its markers in docs/performance.md. */
export function write(suite: string, rows: readonly Row[], machine: string): void {
  const file = join(packageFolder(), "docs/performance.md");
  const text = readFileSync(file, "utf8");
  const [begin, end] = [`<!-- bench ${suite} -->`, `<!-- end ${suite} -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${file} has no place for the table: "${begin}" to "${end}"`);
  writeFileSync(file, `${text.slice(0, from + begin.length)}\n${markdown(rows, machine)}\n${text.slice(to)}`);
}
