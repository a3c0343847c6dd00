/** How long a user's objects live. */
import assert from "node:assert/strict";
import { Users } from "../../server/calls/users.js";

describe("users", () => {
  let clock = 0;
  let freed: string[] = [];
  const make = (linger: number) => {
    clock = 0;
    freed = [];
    return new Users(
      linger,
      (user) => void freed.push(user.name),
      () => clock,
    );
  };

  it("the same name is the same user while connected or lingering", () => {
    const users = make(1000);
    const first = users.enter("ann");
    assert.equal(users.enter("ann").id, first.id);
    assert.notEqual(users.enter("bob").id, first.id);
    users.touch(first);
    users.leave(first);
    users.leave(first);
    clock = 999;
    users.sweep();
    assert.equal(users.enter("ann").id, first.id);
    assert.deepEqual(freed, []);
  });

  it("is freed once, when the linger time after the last connection is over", () => {
    const users = make(1000);
    const ann = users.enter("ann");
    users.enter("ann");
    users.touch(ann);
    users.leave(ann);
    clock = 5000;
    users.sweep();
    assert.deepEqual(freed, [], "one connection is left");
    users.leave(ann);
    clock = 5999;
    users.sweep();
    assert.deepEqual(freed, []);
    clock = 6000;
    users.sweep();
    users.sweep();
    assert.deepEqual(freed, ["ann"]);
  });

  it("a number never comes back", () => {
    const users = make(0);
    const first = users.enter("ann");
    users.touch(first);
    users.leave(first);
    assert.deepEqual(freed, ["ann"]);
    assert(users.enter("ann").id > first.id);
  });

  it("a user who never asked anything is forgotten at once, without a word", () => {
    const users = make(Infinity);
    users.leave(users.enter("ann"));
    assert.equal(users.count, 0);
    assert.deepEqual(freed, []);
  });

  it("for ever means for ever", () => {
    const users = make(Infinity);
    const ann = users.enter("ann");
    users.touch(ann);
    users.leave(ann);
    clock = 1e15;
    users.sweep();
    assert.equal(users.enter("ann").id, ann.id);
    assert.deepEqual(freed, []);
  });
});
