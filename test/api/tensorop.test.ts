/** Shapes, views, joining and batching of tensors; sparse tensors: what the recorded answers do not ask. */
import { talk } from "./rig.js";

describe("tensor operations", () => {
  talk("resize shows elements that the storage has, and zeros beyond them", [
    ["t:tensor til 6"],
    ["resize(t;2 2)"],
    ["tensor t", "(0 1;2 3)"],
    ["resize(t;2 -1)", "::"],
    ["resize(t;3 3)"],
    ["tensor t", "(0 1 2;3 4 5;0 0 0)"],
    ["resize(1 2 3;2 3)", "(1 2 3;0 0 0)"],
    ["resize(1 2 3;tensor(0 0;0 0))", "(1 2;3 0)"],
    ["resize(1 2 3;0N)", "'invalid shape dimension -9223372036854775808"],
  ]);

  talk("a view that costs nothing is bounded, as what goes over it is not", [
    ["expand(tensor 1;0W)", "'expand: up to 17179869184 elements expected, given 9223372036854775807"],
    ["e:expand(tensor enlist 1;100000)"],
    ["expand(e;1000000 -1)", "'expand: up to 17179869184 elements expected, given 100000000000"],
    [
      "reset(tensor 1 2;0;1000000000000;0)",
      "'reset: up to 17179869184 elements expected, given size [1000000000000] and stride [0]",
    ],
  ]);

  talk("batch refuses what would leave no tensor", [
    ["t:tensor til 10"],
    ["batch(t;-2;0)", "'batch: size -2 not in the range 1-10 (tensor size is 10 for dimension 0)"],
    ["batch(t;0;0)", "'batch: size 0 not in the range 1-10 (tensor size is 10 for dimension 0)"],
    ["batch(t;3;-1)", "'batch[-1] invalid, valid range is from 0-2"],
    ["batch(t;3;0W)", "'batch[9223372036854775807] invalid, valid range is from 0-2"],
    ["tensor t", "til 10"],
    ["reset(t;0;2;0)"],
    ["batch(t;1)", "'batch: all elements of dimension 0 are one, there is nothing to batch"],
    [
      "reset(t;11;0)",
      "'size [0] and stride [1] require total of 0 plus offset of 11 exceeds storage size of 10",
    ],
    ["reset(t;0;0N)", "'reset: sizes and strides cannot be negative"],
    ["reset(t;0;2 2;1)", "'reset: as many strides as sizes expected, given 1 for 2"],
  ]);

  talk("the tensors of a vector are batched together or not at all", [
    ["v:vector(til 5;til 4)"],
    ["batch(v;2)", "'tensor[1] size=4, but previous tensor(s) have size=5 for dim 0"],
    ["v:vector(til 5;10+til 5)"],
    ["batch(v;2;2)"],
    ["vector v", "(enlist 4;enlist 14)"],
    ["restore v", "5"],
    ["{r:();while[batch(x;2);r,:enlist vector[x]1];r}v", "(10 11;12 13;enlist 14)"],
    ["vector v", "(til 5;10+til 5)"],
    ["tensor narrow(v;0;1;2)"],
    ["vector narrow(v;0;1;2)", "(1 2;11 12)"],
    ["narrow(v;0;4;2)", "'start (4) + length (2) exceeds dimension size (5)."],
  ]);

  talk("views, and the same in place", [
    ["t:tensor(1 2 3;4 5 6)"],
    ["transpose(t;1b)"],
    ["tensor t", "(1 4;2 5;3 6)"],
    ["unsqueeze(t;0;1b)"],
    ["size t", "1 3 2"],
    ["squeeze(t;0;1b)"],
    ["size t", "3 2"],
    ["squeeze(enlist enlist 1 2;0)", "enlist 1 2"],
    ["squeeze enlist enlist 1 2", "1 2"],
    ["unsqueeze(1 2;0N)", "'unsqueeze requires 2nd arg specifying dimension to add"],
    ["permute((1 2;3 4);1 0)", "(1 3;2 4)"],
    ["v:vector(100#0)"],
    ["detach(v;til 100)", "::"],
    ["transpose vector(1;2)", "'transpose: not implemented for vector"],
  ]);

  talk("tensors joined, into another where it is given last", [
    ["cat(1 2;3 4)", "1 2 3 4"],
    ["stack(1 2;3 4)", "(1 2;3 4)"],
    ["stack((1 2;3 4);1)", "(1 3;2 4)"],
    ["tensor cat(tensor 1 2;3 4)", "1 2 3 4"],
    ["o:tensor 0#0"],
    ["stack((1 2;3 4);1;o)", "::"],
    ["tensor o", "(1 3;2 4)"],
    ["cat((tensor 1 2;3 4);0;o)", "::"],
    ["tensor o", "1 2 3 4"],
    ["cat(vector(1 2;3 4);o)", "::"],
    ["tensor cat vector(1 2;enlist 3)", "1 2 3"],
    [
      "cat(vector(1 2;3 4);`a)",
      "'cat expects vector, (vector;dim), (vector;dim;out tensor) or (vector;out tensor)",
    ],
    ["cat(1 2;module`relu)", "'cat: arg[1] unexpected, given module"],
  ]);

  talk("sparse tensors", [
    ["s:sparse 0 5 0 7"],
    ["t:sparse s"],
    ["values t", "5 7"],
    ["same(s;t)", "1b"],
    ["sparseindex 0 5 0 7", "enlist 1 3"],
    ["sparseindex((0 5;0 7);1)", "enlist 0 1"],
    ["u:tensor(`sparse;enlist 1 1;1 2;4)"],
    ["coalesce u"],
    ["values u", "enlist 3"],
    [
      "tensor(`sparse;enlist 0 4;1 2;4)",
      "'size is inconsistent with indices: for dim 0, size is 4 but found index 4",
    ],
    ["values(s;t)", "'values: expects a sparse tensor (enlist to return tensor ptr), given general list"],
  ]);
});
