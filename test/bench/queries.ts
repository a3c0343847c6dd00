/** What a query costs more than the same work written with the language's own verbs. */
import { DEFAULT_TEXT_LIMITS, evaluate, valueText, Workspace } from "../../server/language/index.js";
import { compare, timed } from "./measure.js";
import { type Row, ratioRow } from "./rows.js";

const ROWS = 1_000_000;
const SYMBOLS = 100;

/** [what is asked, the same by hand, what is true if they are the same] */
const QUERIES: readonly (readonly [query: string, verbs: string, same: string])[] = [
  [
    "select avg x by sym from t",
    "avg each x group sym",
    "1e-9>abs(sum exec avg x by sym from t)-sum avg each x group sym",
  ],
  ["select x from t where sym=`s7", "x where sym=`s7", "(exec x from t where sym=`s7)~x where sym=`s7"],
];

export async function queries(): Promise<Row[]> {
  const workspace = new Workspace(
    { rank: () => undefined, call: () => undefined, names: () => [] },
    { ...DEFAULT_TEXT_LIMITS, memory: 4 * 2 ** 30 },
  );
  const run = async (text: string) => await evaluate(text, workspace);
  await run(`sym:${ROWS}?\`$"s",/:string til ${SYMBOLS};x:${ROWS}?1f;t:([]sym;x)`);
  const rows: Row[] = [];
  for (const [query, verbs, same] of QUERIES) {
    if (valueText(await run(same)) !== "1b") throw new Error(`${query} and ${verbs} differ`);
    const compared = await compare(
      () => timed(() => run(query)),
      () => timed(() => run(verbs)),
    );
    rows.push(ratioRow(`\`${query}\` on 10⁶ rows`, `\`${verbs}\``, { atMost: 5 }, compared, "ms"));
  }
  return rows;
}
