/** The fuzzer for a moment: the same inputs each time, so that a failure here can be repeated. */
import { typeName } from "../../server/api/args/ktypes.js";
import { loadEngine } from "../../server/engine/index.js";
import { CodecFuzzer } from "./codec.js";
import { corpus } from "./corpus.js";
import { Random } from "./random.js";
import { ServerFuzzer } from "./server.js";
import { TextFuzzer } from "./text.js";
import { expression, walk } from "./texts.js";

describe("fuzz", function () {
  this.timeout(60_000);

  it("changed messages and handshakes are refused or read, by the codec and by its native twins", () => {
    const fuzzer = new CodecFuzzer(new Random(1), corpus(), loadEngine(typeName));
    for (let i = 0; i < 3000; i++) fuzzer.step();
  });

  it("texts made of every verb and odd values end in a value or a k error, and in time", async () => {
    const fuzzer = new TextFuzzer();
    const random = new Random(1);
    try {
      // of the walk over the table a part, so that all verbs have their turn
      let skip = 0;
      for (const text of walk())
        if (skip-- === 0) {
          await fuzzer.step(text);
          skip = random.below(60);
        }
      for (let i = 0; i < 1500; i++) await fuzzer.step(expression(random));
    } finally {
      await fuzzer.end();
    }
  });

  it("a server under changed handshakes and requests stays up and answers its other sessions", async () => {
    const fuzzer = await ServerFuzzer.start(new Random(1), corpus());
    try {
      for (let i = 0; i < 20; i++) await fuzzer.step();
    } finally {
      await fuzzer.end();
    }
  });
});
