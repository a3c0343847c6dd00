/** `warnings[]`: what libtorch has warned of while it did what the user asked for. Not in ktorch, which prints them. */
import * as k from "../../protocol/make.js";
import { fail, isAbsent } from "./args/read.js";
import { page, type Topic } from "./call.js";

export const warningTopic: Topic = page("warnings", {
  /** The texts since this was last asked, oldest first; of many the latest. */
  warnings: ({ engine }, x) =>
    isAbsent(x) ? k.list(engine.warnings().map(k.chars)) : fail("warnings: empty arg expected"),
});
