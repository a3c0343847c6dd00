/** `functions[]`: what a client asks to define the k api's functions on its side (q/torch.q does). Not in ktorch. */

import * as k from "../../protocol/make.js";
import { page, type Topic } from "./call.js";

/**
 * The function that answers a table of all: name (symbol), args (long, how many
 * it takes; `rank` is a reserved word in q), page (symbol); by name.
 */
export function tableOfContents(all: () => Topic): Topic {
  return page("overview", {
    functions: () => {
      const rows = all()
        .filter(({ message }) => message !== true)
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      return k.table({
        name: k.symbols(rows.map((x) => x.name)),
        args: k.longs(rows.map((x) => x.rank)),
        page: k.symbols(rows.map((x) => x.page)),
      });
    },
  });
}
