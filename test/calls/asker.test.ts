/** What text knows of the session that sends it: its handle, its user, messages to it and to nobody else. */
import assert from "node:assert/strict";
import { decode } from "../../protocol/decode.js";
import * as k from "../../protocol/make.js";
import { KError } from "../../protocol/values.js";
import type { Language } from "../../server/calls/client.js";
import { DEFAULT_TEXT_LIMITS, Threads, valueText, Workspaces } from "../../server/language/index.js";
import { ASYNC, bytes, Raw, RESPONSE, type Served, SYNC, serve } from "../server/rig.js";

interface Came {
  readonly kind: number;
  readonly text: string;
}

async function next(raw: Raw): Promise<Came> {
  const { kind, value } = decode(new Uint8Array(Buffer.from(await raw.message(), "hex")));
  return { kind, text: value instanceof KError ? `'${value.message}` : valueText(value) };
}

/** The answer to a text. */
async function answer(raw: Raw, text: string): Promise<string> {
  raw.send(k.chars(text));
  const came = await next(raw);
  assert.equal(came.kind, RESPONSE);
  return came.text;
}

const LIMITS = { ...DEFAULT_TEXT_LIMITS, resident: Number.POSITIVE_INFINITY, grace: 1000 };
/** Text may be evaluated where the session is, or on threads. */
const LANGUAGES: readonly [where: string, make: () => Language][] = [
  ["in the session's process", () => new Workspaces()],
  ["on threads", () => new Threads(LIMITS, 2)],
];

for (const [where, language] of LANGUAGES)
  describe(`the asking session, text evaluated ${where}`, () => {
    let served: Served;
    let ann: Raw;
    let bob: Raw;
    /** Another connection of ann's. */
    let other: Raw;
    const open = async (options: Parameters<typeof serve>[0]): Promise<void> => {
      served = await serve(options, { language: language() });
      ann = await Raw.login(served.port, "ann:x");
      other = await Raw.login(served.port, "ann:x");
      bob = await Raw.login(served.port, "bob:x");
    };
    const close = async (): Promise<void> => {
      for (const raw of [ann, other, bob]) raw.socket.destroy();
      await served.server.close();
    };
    before(() => open({}));
    after(close);
    const reopen = async (options: Parameters<typeof serve>[0]): Promise<void> => {
      await close();
      await open(options);
    };

    it("has a handle of its own, a user and an address", async () => {
      const [mine, other] = [await answer(ann, ".z.w"), await answer(bob, ".z.w")];
      assert.match(mine, /^\d+i$/);
      assert.notEqual(mine, "0i");
      assert.notEqual(mine, other);
      assert.equal(await answer(ann, ".z.w"), mine);
      assert.equal(await answer(ann, ".z.u"), "`ann");
      assert.equal(await answer(ann, ".z.a"), "2130706433i");
      assert.equal(await answer(ann, "key .z.W"), `,${mine}`);
    });

    it("is sent messages while its text runs, before the answer", async () => {
      ann.send(k.chars("neg[.z.w]`first;(neg .z.w)(`upd;`t;1 2);7"));
      assert.deepEqual(await next(ann), { kind: ASYNC, text: "`first" });
      assert.deepEqual(await next(ann), { kind: ASYNC, text: "(`upd;`t;1 2)" });
      assert.deepEqual(await next(ann), { kind: RESPONSE, text: "7" });
    });

    it("is answered by a message where it does not wait", async () => {
      ann.send(k.list([k.chars("{neg[.z.w]value x}"), k.chars("1+1")]), ASYNC);
      assert.deepEqual(await next(ann), { kind: ASYNC, text: "2" });
      ann.send(k.chars("{neg[.z.w]x}each til 2"), ASYNC);
      assert.deepEqual(await next(ann), { kind: ASYNC, text: "0" });
      assert.deepEqual(await next(ann), { kind: ASYNC, text: "1" });
    });

    it("gets functions as q's own", async () => {
      ann.send(k.chars("neg[.z.w]({x+y};neg)"), ASYNC);
      assert.deepEqual(await next(ann), { kind: ASYNC, text: "({x+y};neg)" });
    });

    it("is the only one that can be reached", async () => {
      const bobs = await answer(bob, ".z.w");
      const refused = "'nyi: handles other than .z.w";
      for (const handle of [bobs, `neg ${bobs}`, "5i", "-5i", "1000", "0Ni", "neg 0Wi"])
        assert.equal(await answer(ann, `(${handle})"1+1"`), refused, handle);
      assert.equal(await answer(bob, "1"), "1");
      const again = await Raw.login(served.port, "ann:x");
      const own = await answer(again, ".z.w");
      assert.equal(await answer(ann, `neg[${own}]"mine too"`), refused);
      again.socket.destroy();
    });

    it("has nothing to answer to an empty message: messages come in order", async () => {
      assert.equal(await answer(ann, '.z.w""'), "::");
      assert.equal(await answer(ann, ".z.w(::)"), "::");
    });

    it("is asked by .z.w, and its answer is the value", async () => {
      ann.send(k.chars('1+.z.w"2+3"'));
      assert.deepEqual(await next(ann), { kind: SYNC, text: '"2+3"' });
      ann.send(k.long(5), RESPONSE);
      assert.deepEqual(await next(ann), { kind: RESPONSE, text: "6" });
      ann.send(k.chars("{.z.w(`f;x)}each 1 2"));
      for (const [i, reply] of [k.chars("a"), k.symbols(["b", "c"])].entries()) {
        assert.deepEqual(await next(ann), { kind: SYNC, text: `(\`f;${i + 1})` });
        ann.send(reply, RESPONSE);
      }
      assert.deepEqual(await next(ann), { kind: RESPONSE, text: '(,"a";`b`c)' });
      ann.send(k.chars('@[.z.w;"x";{`caught,`$x}]'));
      assert.equal((await next(ann)).kind, SYNC);
      ann.write(bytes("01020000 0e000000 80 6f6f707300")); // 'oops
      assert.deepEqual(await next(ann), { kind: RESPONSE, text: "`caught`oops" });
    });

    it("answers in front of requests that it has sent before; those are served after, in order", async () => {
      ann.send(k.chars('x:.z.w"q";x'));
      ann.send(k.chars("neg[.z.w]`between,x"), ASYNC);
      ann.send(k.chars("x,8"));
      assert.deepEqual(await next(ann), { kind: SYNC, text: '"q"' });
      ann.send(k.chars("x,9"));
      ann.send(k.long(7), RESPONSE);
      assert.deepEqual(await next(ann), { kind: RESPONSE, text: "7" });
      assert.deepEqual(await next(ann), { kind: ASYNC, text: "(`between;7)" });
      assert.deepEqual(await next(ann), { kind: RESPONSE, text: "7 8" });
      assert.deepEqual(await next(ann), { kind: RESPONSE, text: "7 9" });
      ann.send(k.long(1), RESPONSE); // nobody has asked
      assert.equal(await answer(ann, "2"), "2");
    });

    it("holds up nobody while it is asked, and may go without an answer", async () => {
      ann.send(k.chars('gone:.z.w"q"'));
      assert.equal((await next(ann)).kind, SYNC);
      assert.equal(await answer(bob, "1"), "1");
      assert.equal(await answer(other, "2"), "2");
      ann.socket.destroy();
      ann = await Raw.login(served.port, "ann:x");
      assert.equal(await answer(ann, "3"), "3");
      assert.equal(await answer(ann, "gone"), "'gone");
      const half = await Raw.login(served.port, "ann:x");
      half.send(k.chars('@[.z.w;"q";`$]'));
      assert.equal((await next(half)).kind, SYNC);
      half.socket.end();
      assert.deepEqual(await next(half), { kind: RESPONSE, text: "'stop" });
      await half.end();
    });

    it("is cut off by an answer that is no message", async () => {
      const broken = await Raw.login(served.port, "ann:x");
      broken.send(k.chars('.z.w"q"'));
      assert.equal((await next(broken)).kind, SYNC);
      broken.write(bytes("01020000 0a000000 7001")); // there is no type 112
      assert.deepEqual(await next(broken), { kind: RESPONSE, text: "'stop" });
      await broken.end();
    });

    it("is answered later in the request by -30!", async () => {
      assert.equal(await answer(ann, "-30!(::);-30!(.z.w;0b;5);7"), "5");
      assert.equal(await answer(ann, '-30!(::);-30!(.z.w;1b;"no");7'), "'no");
      assert.match(await answer(ann, "-30!(.z.w;0b;5)"), /^'-30!: handle \d+ expects no answer/);
      assert.match(
        await answer(ann, "-30!(::);-30!(.z.w;0b;5);-30!(.z.w;0b;6)"),
        /^'-30!: handle \d+ expects/,
      );
      assert.equal(await answer(ann, "-30!(.z.w;0b)"), "'type");
      assert.equal(await answer(ann, "1"), "1");
    });

    it("is answered by a later request of its own that is asynchronous, or of another session of its user", async () => {
      ann.send(k.chars("waits:.z.w;-30!(::);7"));
      ann.send(k.chars("-30!(.z.w;0b;1 2)"), ASYNC);
      assert.deepEqual(await next(ann), { kind: RESPONSE, text: "1 2" });
      ann.send(k.chars("-30!(::)"));
      ann.send(k.chars("`behind"));
      assert.equal(await answer(other, "1"), "1"); // the request of ann's is put off by now, or soon
      const late = '{$["::"~r:@[{-30!(waits;0b;x);"::"};`late;::];r;.z.s x]}0'; // until it is
      assert.equal(await answer(other, late), '"::"');
      assert.deepEqual(await next(ann), { kind: RESPONSE, text: "`late" });
      assert.deepEqual(await next(ann), { kind: RESPONSE, text: "`behind" });
      ann.send(k.chars("-30!(::)"));
      ann.send(k.chars('-30!(.z.w;1b;"no")'), ASYNC);
      assert.deepEqual(await next(ann), { kind: RESPONSE, text: "'no" });
      ann.send(k.chars("-30!(::)"), ASYNC);
      assert.equal(await answer(ann, "3"), "3");
      assert.match(await answer(other, "-30!(waits;0b;1)"), /^'-30!: handle \d+ expects no answer/);
    });

    it("is not answered by others", async () => {
      const handle = await answer(ann, ".z.w");
      ann.send(k.chars("-30!(::)"));
      ann.send(k.chars('neg[.z.w]"put off"'), ASYNC);
      assert.deepEqual(await next(ann), { kind: ASYNC, text: '"put off"' });
      for (const number of [handle, `neg ${handle}`, "0Ni", "0"])
        assert.match(
          await answer(bob, `-30!(${number};0b;1)`),
          /^'-30!: handle -?\d* ?\S* ?expects no answer/,
        );
      assert.equal(await answer(other, `-30!(${handle};0b;2)`), "::");
      assert.deepEqual(await next(ann), { kind: RESPONSE, text: "2" });
    });

    it("waits no longer than a call may take", async () => {
      await reopen({ callTimeout: 0.2 });
      assert.match(await answer(bob, "-30!(::)"), /^'timeout: -30! has given no answer/);
      bob.send(k.chars('@[.z.w;"q";::]'));
      assert.equal((await next(bob)).kind, SYNC);
      assert.deepEqual(await next(bob), { kind: RESPONSE, text: '"timeout: the session has not answered"' });
      assert.equal(await answer(bob, "1"), "1");
    });

    it("that sends much instead of an answer is read no further, and served when the time is over", async () => {
      await reopen({ callTimeout: 0.5, maxQueued: 1000 });
      ann.send(k.chars('@[.z.w;"q";::]'));
      assert.equal((await next(ann)).kind, SYNC);
      const many = 20_000;
      for (let i = 0; i < many; i++) ann.send(k.chars("1"));
      ann.send(k.long(5), RESPONSE); // behind more than is kept
      assert.deepEqual(await next(ann), {
        kind: RESPONSE,
        text: '"timeout: the session has not answered"',
      });
      await ann.read(many * 17); // eight bytes of head, nine of a long
      assert.equal(await answer(ann, "2"), "2");
    });

    it("is told so when the server closes", async () => {
      ann.send(k.chars("-30!(::)"));
      ann.send(k.chars('neg[.z.w]"put off"'), ASYNC);
      assert.equal((await next(ann)).kind, ASYNC);
      const closed = served.server.close();
      assert.deepEqual(await next(ann), { kind: RESPONSE, text: "'stop" });
      await ann.end();
      await closed;
      await open({});
    });

    it("runs text by the handle 0", async () => {
      assert.equal(await answer(ann, '0"1+1"'), "2");
      assert.equal(await answer(ann, "0(+;1;2)"), "3");
      assert.equal(await answer(ann, '@[0;"1+`a";{`caught,`$x}]'), "`caught`type");
    });
  });
