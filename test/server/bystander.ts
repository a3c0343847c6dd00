/**
 * Somebody who asks `1+1` every 50 ms while others do what they do: `node bystander.js PORT`, with a channel to the
 * process that started it. To each message it answers how many milliseconds its worst wait since the last was.
 */
import { encode } from "../../protocol/encode.js";
import { SYNC } from "../../protocol/header.js";
import * as k from "../../protocol/make.js";
import { Peer } from "../bench/peer.js";

const EVERY = 50;
const QUESTION = encode(k.chars("1+1"), SYNC);

const peer = await Peer.open(Number(process.argv[2]));
let worst = 0;
let asked = Number.NaN;

process.on("message", () => {
  // an answer that is not there yet counts as long as it has taken
  process.send!(Math.max(worst, Number.isNaN(asked) ? 0 : performance.now() - asked));
  worst = 0;
});
process.on("disconnect", () => process.exit(0));

for (;;) {
  asked = performance.now();
  await peer.ask(QUESTION);
  worst = Math.max(worst, performance.now() - asked);
  asked = Number.NaN;
  await new Promise((resolve) => setTimeout(resolve, EVERY));
}
