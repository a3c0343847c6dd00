/** `functions[]`, from which q/torch.q learns what to define. */
import assert from "node:assert/strict";
import * as k from "../../protocol/make.js";
import { tableOfContents } from "../../server/api/contents.js";
import type { ApiFunction, Call } from "../../server/calls/requests.js";

const row = (name: string, rank: 1 | 2, page: string): ApiFunction => ({
  name,
  rank,
  page,
  run: () => k.NULL,
});

describe("functions[]", () => {
  it("answers all functions and itself, by name, with their arguments and page", async () => {
    const functions = new Map<string, ApiFunction>();
    for (const x of [row("use", 2, "pointers"), row("freeze", 1, "freeze"), row("Sum", 1, "math-reduce")])
      functions.set(x.name, x);
    const self = tableOfContents(functions);
    functions.set(self.name, self);
    assert.deepEqual(
      await self.run({} as Call, k.NULL),
      k.table({
        name: k.symbols(["Sum", "freeze", "functions", "use"]),
        args: k.longs([1, 1, 1, 2]),
        page: k.symbols(["math-reduce", "freeze", "overview", "pointers"]),
      }),
    );
  });
});
