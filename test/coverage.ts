/**
 * How much of the k api is in the server's own tables, by documentation page: `npm run coverage:api [-- FILE]`. FILE
 * lists the api's functions and their forms (api.json, not part of this repository; beside the repository in `shared/`
 * unless it is named).
 *
 * A function exists where the server has one of its name. A form exists where the function's row takes as many arguments
 * and ends as the form does; functions that are no rows do not tell their forms.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FUNCTIONS } from "../server/api/index.js";
import type { Form, OperatorRow } from "../server/api/math/forms.js";
import { OPERATORS } from "../server/api/math/index.js";
import { packageFolder } from "../server/engine/addon.js";

interface Signature {
  readonly form: string;
  readonly args: readonly { readonly name: string; readonly optional?: boolean }[];
}

interface Documented {
  readonly name: string;
  readonly page: string | null;
  readonly signatures: readonly Signature[];
}

interface Tally {
  functions: number;
  exist: number;
  forms: number;
  fit: number;
}

const ROWS = new Map(OPERATORS.map((row) => [row.name, row]));

/** Whether a form takes a number of arguments of which the last may be an output, or `::` in its place. */
function takes(form: Form, n: number, last: string | undefined): boolean {
  if (last === "output" || last === "outputs")
    return form.output !== undefined && n > form.least && n <= form.most;
  if (last === "null") return form.inplace !== undefined && n > form.least;
  return n >= form.least && n <= form.args.length;
}

/** All numbers of arguments that a signature allows are taken by one of the forms; a pair is a simple list. */
function fits({ forms, list }: OperatorRow, { args }: Signature): boolean {
  const last = args.at(-1)?.name;
  if (last === "pair") return list === "pair";
  const fewest = args.filter(({ optional }) => !optional).length;
  for (let n = fewest; n <= args.length; n++) if (!forms.some((form) => takes(form, n, last))) return false;
  return true;
}

const file = process.argv[2] ?? join(packageFolder(), "../shared/api.json");
if (!existsSync(file)) {
  process.stderr.write(
    `there is no ${file}; name the list of the api's functions: npm run coverage:api -- FILE\n`,
  );
  process.exit(1);
}
const { functions } = JSON.parse(readFileSync(file, "utf8")) as { functions: readonly Documented[] };
const pages = new Map<string, Tally>();
const missing: string[] = [];
const without: string[] = [];
for (const { name, page, signatures } of functions) {
  const key = page?.replace(".rst", "") ?? "on no page";
  const tally = pages.get(key) ?? { functions: 0, exist: 0, forms: 0, fit: 0 };
  pages.set(key, tally);
  tally.functions++;
  if (FUNCTIONS.has(name)) tally.exist++;
  else missing.push(name);
  const row = ROWS.get(name);
  if (row === undefined) continue;
  for (const signature of signatures) {
    tally.forms++;
    if (fits(row, signature)) tally.fit++;
    else without.push(signature.form);
  }
}

const line = (name: string, { exist, functions: all, fit, forms }: Tally): string =>
  `${name.padEnd(16)} ${`${exist} of ${all}`.padStart(12)} ${forms === 0 ? "" : `${fit} of ${forms}`.padStart(12)}\n`;
const total: Tally = { functions: 0, exist: 0, forms: 0, fit: 0 };
for (const tally of pages.values())
  for (const key of Object.keys(total) as (keyof Tally)[]) total[key] += tally[key];

process.stdout.write(`${"page".padEnd(16)} ${"functions".padStart(12)} ${"rows' forms".padStart(12)}\n`);
for (const [name, tally] of [...pages].sort(([a], [b]) => a.localeCompare(b)))
  process.stdout.write(line(name, tally));
process.stdout.write(line("all", total));
if (missing.length > 0) process.stdout.write(`\nno function: ${missing.join(" ")}\n`);
if (without.length > 0) process.stdout.write(`\nno form: ${without.join(" ")}\n`);
