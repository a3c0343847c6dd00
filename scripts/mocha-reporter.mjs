// Mocha's spec reporter, which also writes mocha's own counts to the file that TORCHQ_TEST_COUNTS names, for .ci/run.

import { writeFileSync } from "node:fs";
import Mocha from "mocha";

const { EVENT_RUN_END } = Mocha.Runner.constants;

export default class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const file = process.env.TORCHQ_TEST_COUNTS;
    if (!file) return;
    runner.once(EVENT_RUN_END, () => {
      const { passes, failures, pending } = runner.stats;
      const skipped = pending > 0 ? `, ${pending} skipped` : "";
      writeFileSync(file, `${passes} passed, ${failures} failed${skipped}\n`);
    });
  }
}
