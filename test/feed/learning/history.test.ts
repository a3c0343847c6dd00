/** What a feed's history shows where something is not as the judge knows it. */
import assert from "node:assert/strict";
import * as k from "../../../protocol/make.js";
import type { Table, Vector } from "../../../protocol/values.js";
import type { Learned } from "../../../server/engine/index.js";
import { History } from "../../../server/feed/learning/history.js";
import { Judge, type Judgement } from "../../../server/feed/learning/judge.js";
import type { FeedSettings } from "../../../server/feed/plan.js";
import { plan } from "../day.js";

const settings: FeedSettings = {
  ...plan({ targets: ["y", "z"].map((name) => ({ name, text: name })) }),
  ...{ champion: 0, report: { rows: 4, time: 0 }, drift: { delta: 0, threshold: 0 } },
  ...{ save: { rows: 0, time: 0 }, keep: 1, resume: true },
};

const column = (history: History, name: string): unknown[] => {
  const table = history.table() as Table;
  const values = table.values.items[table.columns.names.indexOf(name)]!;
  return Array.from({ length: k.count(values) }, (_, i) => k.at(values as Vector, i));
};

describe("a feed's history", () => {
  it("has the loss alone where the module gives other numbers than one a target", () => {
    const history = new History(settings);
    const learned: Learned = {
      ...{ rows: 4, width: 3, predictions: new Float64Array(12), versions: new Float64Array(4) },
      ...{ losses: Float64Array.of(0.5), skipped: [], done: 1, stopped: false, broken: false },
    };
    const four = Float64Array.of(0, 1, 2, 3);
    history.predicted({ count: 4, first: 0, time: four, keys: [], inputs: [] }, learned);
    const one = Int32Array.of(4);
    history.learned(
      { sizes: one, fresh: one, after: one, numbers: four, inputs: [], targets: new Float64Array(8) },
      learned,
      {
        counts: { rows: 4, samples: 4, skipped: 0, expired: 0, unlabelled: 0, late: 0 },
        ...{ waiting: 0, dropped: 0, coalesced: 0, unpredicted: 0, lag: 0 },
      },
    );
    assert.deepEqual(column(history, "loss"), [k.float(0.5)]);
    assert.deepEqual(column(history, "unjudged"), [k.long(4)]);
  });

  it("keeps a window that nobody judges when it is written down, and shows what there is of it at the end", () => {
    const about = {
      counts: { rows: 3, samples: 3, skipped: 0, expired: 0, unlabelled: 0, late: 0 },
      ...{ waiting: 0, dropped: 0, coalesced: 0, unpredicted: 0, lag: 0 },
    };
    const batch = (history: History, count: number, loss: number): void => {
      const one = Int32Array.of(count);
      const numbers = Float64Array.from({ length: count }, (_, i) => i);
      history.learned(
        { sizes: one, fresh: one, after: one, numbers, inputs: [], targets: new Float64Array(2 * count) },
        {
          ...{ rows: 0, width: 0, predictions: new Float64Array(0), versions: new Float64Array(0) },
          ...{ losses: Float64Array.of(loss), skipped: [], done: 1, stopped: false, broken: false },
        },
        about,
      );
    };
    const before = new History(settings);
    batch(before, 3, 1);
    const history = new History(settings);
    history.load(before.save());
    batch(history, 3, 2);
    assert.deepEqual([column(history, "unjudged"), column(history, "loss")], [[k.long(6)], [k.float(1.5)]]);
    batch(history, 1, 7);
    history.note("ended", "freed");
    assert.deepEqual(column(history, "unjudged"), [k.long(6), k.long(1), k.long(0)]);
    assert.deepEqual(column(history, "loss").slice(0, 2), [k.float(1.5), k.float(7)]);
  });

  it("goes on with windows by time on the next day, where times begin anew", () => {
    const rows: Judgement[] = [];
    const HOUR = 3600e9;
    const judge = new Judge({ kind: "values", width: 1, windowrows: 0, windowtime: HOUR, keep: 100 }, (row) =>
      rows.push(row),
    );
    const hours = [22, 23, 1, 2];
    judge.predicted({ first: 0, count: 4, time: Float64Array.from(hours, (x) => x * HOUR) }, [1, 1, 1, 1]);
    judge.known({ count: 4, numbers: Float64Array.of(0, 1, 2, 3), targets: Float64Array.of(1, 1, 1, 1) });
    assert.deepEqual(
      rows.map(({ time, samples }) => [time / HOUR, samples]),
      [
        [22, 1],
        [23, 1],
        [1, 1],
      ],
    );
  });

  it("keeps its windows however much is ignored", () => {
    const history = new History(settings);
    for (let i = 0; i < 50; i++) history.note("ignored", `${i} messages`);
    assert.equal(column(history, "note").length, 1);
    assert.equal(k.text(column(history, "note")[0] as Vector), "ignored: 49 messages");
  });
});
