/** What text knows of the session that sends it: its handle, its user, messages to it and to nobody else. */
import assert from "node:assert/strict";
import { decode } from "../../protocol/decode.js";
import * as k from "../../protocol/make.js";
import { KError } from "../../protocol/values.js";
import { valueText, Workspaces } from "../../server/language/index.js";
import { ASYNC, Raw, RESPONSE, type Served, serve } from "../server/rig.js";

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

describe("the asking session", () => {
  let served: Served;
  let ann: Raw;
  let bob: Raw;
  before(async () => {
    served = await serve({}, { language: new Workspaces() });
    [ann, bob] = [await Raw.login(served.port, "ann:x"), await Raw.login(served.port, "bob:x")];
  });
  after(() => {
    for (const raw of [ann, bob]) raw.socket.destroy();
    return served.server.close();
  });

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
    const other = await answer(bob, ".z.w");
    const refused = "'nyi: handles other than .z.w";
    for (const handle of [other, `neg ${other}`, "5i", "-5i", "1000", "0Ni", "neg 0Wi"])
      assert.equal(await answer(ann, `(${handle})"1+1"`), refused, handle);
    assert.equal(await answer(ann, `-30!(${other};0b;1)`), refused);
    assert.equal(await answer(bob, "1"), "1");
    const again = await Raw.login(served.port, "ann:x");
    const own = await answer(again, ".z.w");
    assert.equal(await answer(ann, `neg[${own}]"mine too"`), refused);
    again.socket.destroy();
  });

  it("is not asked itself: it waits for an answer", async () => {
    assert.equal(await answer(ann, '.z.w""'), "::");
    assert.equal(await answer(ann, ".z.w(::)"), "::");
    assert.match(await answer(ann, '.z.w"1+1"'), /^'nyi: a synchronous message/);
  });

  it("is answered later in the request by -30!", async () => {
    assert.equal(await answer(ann, "-30!(::);-30!(.z.w;0b;5);7"), "5");
    assert.equal(await answer(ann, '-30!(::);-30!(.z.w;1b;"no");7'), "'no");
    assert.match(await answer(ann, "-30!(::);7"), /^'nyi: -30!/);
    assert.match(await answer(ann, "-30!(.z.w;0b;5)"), /^'-30!: the request is not put off/);
    assert.equal(await answer(ann, "-30!(.z.w;0b)"), "'type");
    assert.equal(await answer(ann, "1"), "1");
  });

  it("runs text by the handle 0", async () => {
    assert.equal(await answer(ann, '0"1+1"'), "2");
    assert.equal(await answer(ann, "0(+;1;2)"), "3");
    assert.equal(await answer(ann, '@[0;"1+`a";{`caught,`$x}]'), "`caught`type");
  });
});
