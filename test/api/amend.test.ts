/** New values for tensors in their own type and place. */
import { talk } from "./rig.js";

describe("amend", () => {
  talk("of a tensor, a vector's and a dictionary's", [
    ["t:tensor(1 2 3e;`grad)"],
    ["amend(t;4 5 6)", "(::)"],
    ["tensor t", "4 5 6e"],
    ["gradient t", "`grad"],
    ["amend(t;0)"],
    ["tensor t", "0 0 0e"],
    ["v:vector(1 2;3 4)"],
    ["amend(v;1;tensor 7 8f)"],
    ["vector v", "(1 2;7 8)"],
    ["amend(v;-1;0)", "'amend: vector[-1] is invalid given a 2-element vector"],
    ["d:dict`a`b!(1 2;3f)"],
    ["amend(d;`a;9;1b)"],
    ["dict d", "`a`b!(9 9;3f)"],
    ["amend(d;`z;9)", "'Key 'z' is not defined"],
    ["amend(1 2;3)", "'amend: expecting 1st arg of tensor,vector or dictionary"],
  ]);

  talk("a vector's indices: -1 and the null append", [
    ["v:vector(1 2;3)"],
    ["vector(v;-1;9)"],
    ["vector(v;0N -1;(`a;1))", "'unable to translate k symbol scalar to scalar tensor"],
    ["vector(v;-1 0N 3;4 5 6)"],
    ["vector v", "(1 2;3;9;6;5)"],
    ["vector(v;7;1)", "'vector::_M_range_check: __n (which is 7) >= this->size() (which is 5)"],
  ]);
});
