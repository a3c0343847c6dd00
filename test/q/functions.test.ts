/** `functions[]`, from which q/torch.q learns what to define. */
import assert from "node:assert/strict";
import * as k from "../../protocol/make.js";
import type { ApiFunction, Call } from "../../server/api/call.js";
import { tableOfContents } from "../../server/api/contents.js";

const row = (name: string, rank: 1 | 2, page: string): ApiFunction => ({
  name,
  rank,
  page,
  run: () => k.NULL,
});

describe("functions[]", () => {
  it("answers all functions and itself, by name, with their arguments and page", async () => {
    const others = [row("use", 2, "pointers"), row("freeze", 1, "freeze"), row("Sum", 1, "math-reduce")];
    const [self] = tableOfContents(() => [...others, self!]);
    assert.deepEqual(
      await self!.run({} as Call, k.NULL),
      k.table({
        name: k.symbols(["Sum", "freeze", "functions", "use"]),
        args: k.longs([1, 1, 1, 2]),
        page: k.symbols(["math-reduce", "freeze", "overview", "pointers"]),
      }),
    );
  });
});
