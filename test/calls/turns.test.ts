/** Turns: one job at a time, in order, at once when idle, and a long one gives way. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { Turns } from "../../server/calls/turns.js";

describe("turns", () => {
  it("an idle engine runs a job at once and gives its result without a promise", () => {
    assert.equal(
      new Turns().take(() => 7),
      7,
    );
  });

  it("an exception comes out as it is, and the next job runs", () => {
    const turns = new Turns();
    assert.throws(() =>
      turns.take(() => {
        throw new Error("no");
      }),
    );
    assert.equal(
      turns.take(() => 8),
      8,
    );
  });

  it("jobs run one at a time in the order of their coming", async () => {
    const turns = new Turns();
    const seen: string[] = [];
    const job = (name: string, time: number) => async () => {
      seen.push(`${name} begins`);
      await sleep(time);
      seen.push(`${name} ends`);
    };
    await Promise.all([
      turns.take(job("a", 20)),
      turns.take(job("b", 1)),
      turns.take(() => void seen.push("c")),
      turns.take(job("d", 1)),
    ]);
    assert.deepEqual(seen, ["a begins", "a ends", "b begins", "b ends", "c", "d begins", "d ends"]);
  });

  it("a failed job does not stop those that wait", async () => {
    const turns = new Turns();
    const first = turns.take(async () => {
      await sleep(5);
      throw new Error("first");
    });
    const second = turns.take(() => {
      throw new Error("second");
    });
    const third = turns.take(() => 3);
    await assert.rejects(first as Promise<never>, /first/);
    await assert.rejects(second as unknown as Promise<never>, /second/);
    assert.equal(await third, 3);
  });

  it("who waits for a result has it before the next job starts", async () => {
    const turns = new Turns();
    const seen: string[] = [];
    const first = turns.take(() => sleep(5)) as Promise<void>;
    const answered = first.then(() => seen.push("answered"));
    await Promise.all([answered, turns.take(() => void seen.push("next"))]);
    assert.deepEqual(seen, ["answered", "next"]);
  });

  it("a turn can last beyond its answer", async () => {
    const turns = new Turns();
    const seen: string[] = [];
    const first = turns.take(
      () => sleep(1),
      () => sleep(20).then(() => void seen.push("kept until here")),
    ) as Promise<void>;
    const answered = first.then(() => seen.push("answered"));
    await Promise.all([answered, turns.take(() => void seen.push("next"))]);
    assert.deepEqual(seen, ["answered", "kept until here", "next"]);
  });

  it("a long job gives way to those that wait, and then goes on", async () => {
    const turns = new Turns();
    const seen: string[] = [];
    const long = turns.take(async () => {
      for (let step = 1; step <= 3; step++) {
        seen.push(`step ${step}`);
        await sleep(5);
        await turns.giveWay();
      }
    });
    const one = turns.take(() => void seen.push("one"));
    const two = turns.take(async () => {
      await sleep(1);
      seen.push("two");
    });
    await Promise.all([long, one, two]);
    assert.deepEqual(seen, ["step 1", "one", "two", "step 2", "step 3"]);
  });

  it("there is nothing to wait for when nobody waits", async () => {
    const turns = new Turns();
    await turns.take(async () => assert.equal(turns.giveWay(), undefined));
  });

  it("two long jobs take turns", async () => {
    const turns = new Turns();
    const seen: string[] = [];
    const long = (name: string) => async () => {
      for (let step = 0; step < 3; step++) {
        seen.push(name);
        await sleep(1);
        await turns.giveWay();
      }
    };
    await Promise.all([turns.take(long("a")), turns.take(long("b"))]);
    assert.equal(seen.join(""), "ababab");
  });

  it("a turn ends although what it lasts until fails", async () => {
    const turns = new Turns();
    await turns.take(
      async () => 1,
      () => Promise.reject(new Error("in vain")),
    );
    assert.equal(await turns.take(() => 2), 2);
  });

  it("ten thousand jobs that wait and end at once need no stack", async () => {
    const turns = new Turns();
    const all: unknown[] = [turns.take(() => sleep(1))];
    let count = 0;
    for (let i = 0; i < 10_000; i++) all.push(turns.take(() => void count++));
    await Promise.all(all);
    assert.equal(count, 10_000);
    assert.equal(turns.waiting, 0);
  });

  it("a job that asks for a turn inside its own gets it afterwards", async () => {
    const turns = new Turns();
    let inner: unknown;
    turns.take(() => {
      inner = turns.take(() => 5);
    });
    assert.equal(await inner, 5);
  });
});
