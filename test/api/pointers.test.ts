/** Handles: what there is, second handles, their end; attributes of every kind of object. */
import assert from "node:assert/strict";
import { type K, Table } from "../../protocol/values.js";
import { plain } from "../protocol/plain.js";
import { Q, talk } from "./rig.js";

describe("free and return", () => {
  talk("one, several, a dictionary of them, all", [
    ["a:tensor 1;b:tensor 2;c:tensor 3;d:tensor 4;e:vector 1 2"],
    ["free a"],
    ["free(b;c)"],
    ["free(enlist`x)!enlist d"],
    ["count obj[]", "1"],
    ["free()"],
    ["count obj[]", "0"],
    ["free e", "'stale pointer"],
  ]);

  talk("nothing is freed when one of several is wrong", [
    ["a:tensor 1;b:tensor 2"],
    ["free b"],
    ["free(a;b)", "'free: stale pointer, element[1] of given list"],
    ["free`x`y!(a;b)", "'free: stale pointer, key[`y] of given dictionary"],
    ["free(a;1)", "'free: expecting pytorch object but element[1] is long scalar"],
    ["free 1", "'free: expecting pytorch object or list/dictionary of objects, given long scalar"],
    ["free(`$())!()"],
    ["mapped a", "1b"],
  ]);

  talk("return gives the values and ends the handle", [
    ["t:tensor(1 2;3 4)"],
    ["return t", "(1 2;3 4)"],
    ["mapped t", "0b"],
    ["return vector(1 2;3f)", "(1 2;3f)"],
    ["return dict`a`b!(1 2;3f)", "`a`b!(1 2;3f)"],
    ["return tensor[]", "::"],
    ["count obj[]", "0"],
  ]);
});

describe("second handles", () => {
  talk("stand for the same object", [
    ["a:tensor 1 2 3;b:addref a"],
    ["same(a;b)", "1b"],
    ["ref a", "2"],
    ["fill(b;9)"],
    ["free a"],
    ["tensor b", "9 9 9"],
    ["ref b", "1"],
    ["m:module enlist(`linear;3;2);n:addref m"],
    ["ref m", "2"],
    ["free m"],
    ["parmnames n", "`weight`bias"],
  ]);

  talk("use moves one object to another's handle", [
    ["t:tensor 1 2;s:tensor 010b"],
    ["use[t;s]", "::"],
    ["tensor t", "010b"],
    ["mapped s", "0b"],
    ["use[t]tensor 3 4"],
    ["tensor t", "3 4"],
    ["use[t;5 6f]"],
    ["tensor t", "5 6f"],
    ["use[t;`a]", "'unable to translate k symbol scalar to scalar tensor"],
    ["use[t;vector 1 2]", "'use: cannot re-assign tensor to vector"],
    ["tensor t", "5 6f"],
    ["use[t;t]"],
    ["tensor t", "5 6f"],
    ["v:vector 1 2"],
    ["use[v;t]"],
    ["vector v", "enlist 5 6f"],
    ["d:dict`a`b!1 2"],
    ["use[d;`x`y!(1 2;3)]"],
    ["dict d", "`x`y!(1 2;3)"],
    ["use[1;d]", "'use: 1st arg must be tensor, vector or dictionary"],
    ["count obj[]", "3"],
  ]);
});

describe("attributes", () => {
  talk("of a tensor as atoms, a vector as lists, a dictionary as dictionaries", [
    ["t:tensor 3 4#til 12"],
    ["(size;stride;dim;numel;itemsize;elements;bytes;offset)@\\:t", "(3 4;4 1;2;12;8;12;96;0)"],
    ["v:vector(2 3#0;1 2e)"],
    ["size v", "(2 3;enlist 2)"],
    ["dtype v", "`long`float"],
    ["contiguous v", "11b"],
    ["d:dict`a`b!(1 2h;3f)"],
    ["size d", "`a`b!(enlist 2;`long$())"],
    ["itemsize d", "`a`b!2 8"],
    ["tensorcount each(t;v;d)", "1 2 2"],
    ["objtype each(t;v;d)", "`tensor`tensor`tensor"],
    ["class each(t;v;d)", "`tensor`vector`dictionary"],
    ["ktype v", '"je"'],
  ]);

  talk("of modules, losses, optimizers and models: names of parameters, or totals", [
    ["m:module seq(`sequential;(`linear;4;3);(`batchnorm1d;3))"],
    ["size m", "4"],
    ["elements m", "28"],
    ["bytes m", "116"],
    ["tensorcount m", "7"],
    ["dtype m", "(parmnames m)!4#`float"],
    ["device m", "`cpu"],
    ["objtype m", "`sequential"],
    ["o:opt(`sgd;m)"],
    ["size o", "4"],
    ["dtype o", "'dtype: not implemented for optimizers"],
    ["dim m", "'dim: not implemented for modules"],
    ["size loss`mse", "0"],
    ["size 1 2", "'size: unrecognized arg(s) - long list"],
  ]);

  talk("of an undefined tensor", [
    ["t:tensor[]"],
    ["(defined;numel;dtype;gradflag;leaf;ref)@\\:t", "(0b;0;`;0b;1b;0)"],
    ["size t", "enlist 0"],
  ]);

  talk("views share storage", [
    ["a:tensor til 10"],
    ["b:narrow(a;0;5;5)"],
    ["alias(a;b)", "1b"],
    ["same(a;b)", "0b"],
    ["offset b", "5"],
    ["elements b", "10"],
    ["bytes b", "40"],
    ["sref a", "2"],
    ["fill(b;0)"],
    ["tensor a", "0 1 2 3 4 0 0 0 0 0"],
  ]);

  talk("gradflag by key and index, set together or not at all", [
    ["d:dict`a`b`c!(1 2f;3 4f;5)"],
    ["gradflag(d;`a`b;1b)", "::"],
    ["gradflag d", "`a`b`c!110b"],
    ["gradflag(d;`b)", "1b"],
    ["gradflag(d;`c`a)", "`c`a!01b"],
    ["gradflag(d;0b)"],
    ["gradflag(d;`a`c;1b)", "'Only Tensors of floating point and complex dtype can require gradients"],
    ["gradflag d", "`a`b`c!000b"],
    ["gradflag(d;`z)", "'gradflag: dict[`z] not found"],
    ["v:vector(1f;2f)"],
    ["gradflag(v;1;1b)"],
    ["gradflag(v;1 0)", "10b"],
    ["gradflag(v;2)", "'gradflag: vector[2] invalid for 2-element vector"],
  ]);

  talk("a tensor's gradient", [
    ["x:tensor(1 2 3f;`grad)"],
    ["grad x", "::"],
    ["grad enlist x", "'no gradient defined"],
    ["backward Sum mul(x;x)"],
    ["grad x", "2 4 6f"],
    ["tensor grad enlist x", "2 4 6f"],
  ]);
});

describe("obj", () => {
  it("is a table of one's own objects, oldest first", async () => {
    const q = new Q();
    const other = new Q();
    try {
      await other.value("t:tensor 1 2 3");
      await q.run("t:tensor 1 2 3f", "v:vector(1 2;3 4 5e)", "m:module enlist(`linear;64;10)");
      const table = (await q.value("obj[]")) as Table;
      assert.ok(table instanceof Table);
      const column = (name: string): K => table.values.items[table.columns.names.indexOf(name)]!;
      assert.deepEqual(table.columns.names, ["ptr", "class", "device", "dtype", "size", "elements", "bytes"]);
      assert.deepEqual(plain(column("class")), plain(await q.value("`tensor`vector`module")));
      assert.deepEqual(plain(column("dtype")), plain(await q.value("`double``")));
      assert.deepEqual(plain(column("size")), plain(await q.value("(enlist 3;2;2)")));
      assert.deepEqual(plain(column("elements")), plain(await q.value("3 5 650")));
      assert.deepEqual(plain(column("bytes")), plain(await q.value("24 28 2600")));
      await q.gives("(obj[]`ptr)~(t;v;m)", "1b");
      await q.signals("obj 1", "obj: empty arg expected");
      await q.run("free()");
      await other.gives("count obj[]", "1");
    } finally {
      q.free();
      other.free();
    }
  });
});
