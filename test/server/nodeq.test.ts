/** The server as an independent client, node-q, sees it. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import * as k from "../../protocol/make.js";
import { KError } from "../../protocol/values.js";
import { apiOf, calls, eventually, fn, type Served, serve } from "./rig.js";

interface Connection {
  k(...args: unknown[]): void;
  ks(...args: unknown[]): void;
  on(event: string, listener: (...args: unknown[]) => void): void;
  close(done: () => void): void;
}
type Connect = (where: object, done: (error: Error | undefined, connection: Connection) => void) => void;
const nodeq = createRequire(import.meta.url)("node-q") as { connect: Connect };

describe("node-q", () => {
  let served: Served;
  let connection: Connection;
  const open = (user: string): Promise<Connection> =>
    new Promise((resolve, reject) => {
      const where = { host: "127.0.0.1", port: served.port, user, password: "pw:with:colons" };
      nodeq.connect(where, (error, made) => (error ? reject(error) : resolve(made)));
    });
  const ask = (...args: unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      connection.k(...args, (error: Error | undefined, result: unknown) =>
        error ? reject(error) : resolve(result),
      );
    });

  before(async () => {
    const functions = [
      fn("echo", (_, x) => x),
      fn("add", (_, x, y) => k.list([x, y!]), 2),
      fn("table", () => k.table({ sym: k.symbols(["a", "b"]), size: k.longs([1, 2]) })),
      fn("note", (_, x) => {
        calls.push(k.text(x)!);
        return k.NULL;
      }),
      fn("fail", () => {
        throw new KError("stale pointer");
      }),
      fn("push", (call) => {
        call.push(k.list([k.symbol("upd"), k.symbol("trade"), k.longs([1, 2])]));
        return k.NULL;
      }),
    ];
    served = await serve({}, { api: apiOf(new Map(functions.map((x) => [x.name, x]))) });
    connection = await open("ann");
  });
  after(async () => {
    await new Promise<void>((resolve) => connection.close(resolve));
    await served.server.close();
  });

  it("calls by name with one argument", async () => {
    assert.deepEqual(await ask("echo", [1, 2.5]), [1, 2.5]);
    assert.equal(await ask("echo", "text"), "text");
  });

  it("calls with two arguments", async () => assert.deepEqual(await ask("add", [1], "b"), [[1], "b"]));
  it("a table comes as rows", async () =>
    assert.deepEqual(await ask("table", []), [
      { sym: "a", size: 1 },
      { sym: "b", size: 2 },
    ]));
  it("an error is an Error with its text", () =>
    assert.rejects(ask("fail", []), { message: "stale pointer" }));
  it("an unknown function is an error with its name", () =>
    assert.rejects(ask("nosuch", []), { message: "nosuch" }));
  it('"" is null', async () => assert.equal(await ask(""), null));

  it("asynchronous calls are done, and the connection stays in step", async () => {
    calls.length = 0;
    connection.ks("note", "hello", () => {});
    assert.equal(await ask("echo", "x"), "x");
    assert.deepEqual(calls, ["hello"]);
  });

  it("replies to pipelined calls come in order", async () => {
    const all = Array.from({ length: 200 }, (_, i) => ask("echo", [i]));
    assert.deepEqual(
      await Promise.all(all),
      all.map((_, i) => [i]),
    );
  });

  it("a message to the client arrives as upd", async () => {
    const seen: unknown[] = [];
    connection.on("upd", (table, data) => seen.push([table, data]));
    await ask("push", []);
    await eventually(() => seen.length === 1);
    assert.deepEqual(seen, [["trade", [1, 2]]]);
  });
});
