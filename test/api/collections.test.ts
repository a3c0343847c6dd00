/** Vectors and dictionaries: what goes in, what comes out, and whose the tensors are. */
import { talk } from "./rig.js";

describe("vector", () => {
  talk("made from lists, matrices, atoms, nothing", [
    ["vector vector(1 2;3 4 5f)", "(1 2;3 4 5f)"],
    ["vector vector 1 2 3", "1 2 3"],
    ["size vector 1 2 3", "(`long$();`long$();`long$())"],
    ["vector vector enlist(0 1;2 3)", "enlist(0 1;2 3)"],
    ["vector vector 5", "enlist 5"],
    ["vector vector()", "()"],
    ["vector vector[]", "()"],
    ["vector vector(::;1 2)", "(::;1 2)"],
  ]);

  talk("by index", [
    ["v:vector(1 2;3 4 5i;6 7e)"],
    ["vector(v;1)", "3 4 5i"],
    ["vector(v;1 0)", "(3 4 5i;1 2)"],
    ["vector(v;`long$())", "()"],
    ["vector(v;3)", "'vector::_M_range_check: __n (which is 3) >= this->size() (which is 3)"],
    ["vector(v;1f)", "'vector: expecting 2nd arg of long indices, given double scalar"],
  ]);

  talk("members replaced, all or none", [
    ["v:vector(1 2;3 4 5i;6 7e)"],
    ['vector(v;1;"new")', "::"],
    ["vector(v;2 0;(011b;1 2 3h))"],
    ["vector v", '(1 2 3h;"new";011b)'],
    ["vector(v;0 9;(1;2f))", "'vector::_M_range_check: __n (which is 9) >= this->size() (which is 3)"],
    ["vector(v;0 1;enlist 1 2)", "'vector: length error, index count of 2 with 1 value(s)"],
    ["vector v", '(1 2 3h;"new";011b)'],
  ]);

  talk("takes over tensors given by handle, but not when it fails", [
    ["a:tensor 1 2;b:tensor 3 4f"],
    ["vector(a;`a)", "'unable to translate k symbol scalar to scalar tensor"],
    ["mapped a", "1b"],
    ["v:vector(a;addref b)"],
    ["mapped each(a;b)", "01b"],
    ["ref b", "2"],
    ["free v"],
    ["ref b", "1"],
  ]);

  talk("the same handle twice: both members are the tensor", [
    ["a:tensor 1 2"],
    ["v:vector(a;a)"],
    ["vector v", "(1 2;1 2)"],
    ["mapped a", "0b"],
  ]);

  talk("joined with another, which ends, or with itself", [
    ["v:vector(1 2;3f);w:vector enlist 4 5"],
    ["vector(v;w)", "::"],
    ["vector v", "(1 2;3f;4 5)"],
    ["mapped w", "0b"],
    ["vector(v;v)"],
    ["tensorcount v", "6"],
  ]);

  talk("its tensors by handle share its memory", [
    ["v:vector(1 2;3 4f)"],
    ["t:tensor(v;1)"],
    ["fill(t;9)"],
    ["vector v", "(1 2;9 9f)"],
    ["tensor each tensor v", "(1 2;9 9f)"],
    ["count tensor(v;0 1 0)", "3"],
    ["free tensor(v;0)"],
    ["vector(v;0)", "1 2"],
  ]);
});

describe("dict", () => {
  talk("made from a k dictionary, or keys and values", [
    ["dict dict`a`b!(4 5f;1 2e)", "`a`b!(4 5f;1 2e)"],
    ["dict dict(`x`y;(1 2;3 4 5))", "`x`y!(1 2;3 4 5)"],
    ["dict dict`a`b!5 6", "`a`b!5 6"],
    ["dict dict(`a;1 2)", "(enlist`a)!enlist 1 2"],
    ["dict dict(enlist`a)!enlist 5", "(enlist`a)!enlist 5"],
    ["dict dict()", "(`$())!()"],
    ["dict dict(enlist`a)!enlist(::)", "(enlist`a)!enlist(::)"],
  ]);

  talk("by key", [
    ["d:dict`x`y!(1 2;3 4 5)"],
    ["dict(d;`y)", "3 4 5"],
    ["dict(d;`y`y`x)", "(3 4 5;3 4 5;1 2)"],
    ["dict(d;`$())", "()"],
    ["dict(d;`x`q)", "'Key 'q' is not defined"],
    ["dict(d;0)", "'dict: expecting 2nd arg of symbol(s) for indexing, given long scalar"],
  ]);

  talk("keys set and added, all or none", [
    ["d:dict`x`y!(1 2;3 4 5)"],
    ["dict(d;`x;010b)", "::"],
    ['dict(d;`z`zz;("z";"zz"))'],
    ["dict d", '`x`y`z`zz!(010b;3 4 5;"z";"zz")'],
    ["dict(d;`x`y;(9;`a`b))", "'no torch type found for k: symbol list"],
    ["dict(d;`x`y;enlist 1)", "'dict: length error, 2 key(s) with 1 value(s)"],
    ["dict d", '`x`y`z`zz!(010b;3 4 5;"z";"zz")'],
    ["dict(d;`x`w!(1;2f))"],
    ["dict(d;`x`w)", "(1;2f)"],
  ]);

  talk("a tensor that requires a gradient stays the same tensor", [
    ["m:module enlist(`linear;2;2)"],
    ["p:parms m"],
    ["dict(p;`bias;1 2f)"],
    ["tensor parm(m;`bias)", "1 2e"],
    ["dict(p;`bias;1 2 3f)", "'dict[`bias] with size of [2] cannot be updated with new values of size [3]"],
    [
      "dict(p;`weight`bias;(5;1 2 3f))",
      "'dict[`bias] with size of [2] cannot be updated with new values of size [3]",
    ],
    ["tensor parm(m;`bias)", "1 2e"],
    ["dict(p;`weight;5)"],
    ["tensor parm(m;`weight)", "(5 5e;5 5e)"],
  ]);

  talk("what is no dictionary is refused", [
    ["dict 1", "'dict: not implemented for long scalar"],
    ["dict`a`b", "'dict: not implemented for symbol list"],
    ["dict 1 2!3 4", "'dict: expecting k dictionary or (syms;vals), given kdictionary"],
    ["dict(1;2f)", "'dict: expecting k dictionary or (syms;vals), given general list"],
    ["dict(`a`b;5)", "'dict: length error, 2 key(s) with 1 value(s)"],
    ["dict vector 1 2", "'dict: expecting k dictionary or (syms;vals), given vector"],
    ["t:tensor 1"],
    ["dict`a`b!(t;module`relu)", "'vector: not implemented for module"],
    ["mapped t", "1b"],
  ]);
});
