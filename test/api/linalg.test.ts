/** Linear algebra: what the recorded answers do not ask. Expected values are worked out by hand. */
import { talk } from "./rig.js";

describe("linear algebra", () => {
  talk("factors go on as a vector, as a k list, or apart, with flags", [
    ["a:(0 2f;4 8f)"],
    ["v:lu a"],
    ["v", "((4 8f;0 2f);2 2i)"],
    ["lun v", "((0 1f;1 0f);(1 0f;0 1f);(4 8f;0 2f))"],
    ["lun(v;1b;0b)", "(0#0f;(1 0f;0 1f);(4 8f;0 2f))"],
    ["lun(v 0;v 1;0b)", "((0 1f;1 0f);0#0f;0#0f)"],
    ["w:lu tensor a"],
    ["vector lun w", "((0 1f;1 0f);(1 0f;0 1f);(4 8f;0 2f))"],
    ["o:vector()"],
    ["lun(w;1b;1b;o)"],
    ["vector[o]1", "(1 0f;0 1f)"],
    ["lusolve((enlist 2f;enlist 12f);v)", "(enlist 1f;enlist 1f)"],
    ["tensor lusolve((enlist 2f;enlist 12f);w)", "(enlist 1f;enlist 1f)"],
    ["lusolve((enlist 2f;enlist 12f);v 0;v 1)", "(enlist 1f;enlist 1f)"],
    [
      "lun vector enlist 1",
      "'lun: first arg is 1-element vector, but 2 elements required (LU matrix & pivots)",
    ],
  ]);

  talk("pivots that LAPACK would follow out of the matrix are refused", [
    ["m:(1 2f;3 4f)"],
    ["lun(m;1 3i)", "'pivot 3 is not in the range 1-2"],
    ["lun(m;0 1i)", "'pivot 0 is not in the range 1-2"],
    ["lun(m;-2147483648 1i)", "'pivot -2147483648 is not in the range 1-2"],
    ['lun(m;"i"$())', "'pivots of size [2] expected, given [0]"],
    ["lun(m;1 1 1i)", "'pivots of size [2] expected, given [3]"],
    ["lun(m;1 2)", "'pivots of type int expected, given long"],
    ["lusolve((enlist 1f;enlist 2f);m;1000000 1i)", "'pivot 1000000 is not in the range 1-2"],
    ["lusolve((enlist 1f;enlist 2f);tensor m;tensor 5 1i)", "'pivot 5 is not in the range 1-2"],
  ]);

  talk("products with one matrix transposed, of arrays and tensors", [
    ["x:(1 2 3;4 5 6)"],
    ["mmt(x;x)", "(14 32;32 77)"],
    ["mtm(x;x)", "(17 22 27;22 29 36;27 36 45)"],
    ["tensor mmt(tensor x;x)", "(14 32;32 77)"],
    ["tensor mtm(x;tensor x)", "(17 22 27;22 29 36;27 36 45)"],
    ["r:tensor 0#0"],
    ["mmt(x;x;r)", "::"],
    ["tensor r", "(14 32;32 77)"],
  ]);

  talk("powers have an end", [
    ["power((1 1;0 1);0W)", "(1 0W;0 1)"],
    ["power((1 1;0 1);0)", "(1 0;0 1)"],
    ["power((1 1f;0 1f);-3)", "(1 -3f;0 1f)"],
    ["power((1 1;0 1);0N)", "'power: nth power cannot be null"],
    ["power((1 1;0 1);2f)", "'power: 2nd argument of long integer n-th power expected, given double scalar"],
  ]);

  talk("what the forms do not know is refused, never passed over", [
    [
      "addmm((1 2;3 4);(1 2;3 4);(1 2;3 4);`a)",
      "'addmm: unrecognized arg(s), 3-6 args expected, (x;y;z;beta;alpha;output)",
    ],
    ["qr tensor(1 2f;3 4f)"],
    ["qr(tensor(1 2f;3 4f);`)", "'unrecognized qr mode: "],
    ["cholinverse(tensor(2 0f;0 2f);0b)"],
    ["multidot((1 2f;3 4f);module`relu)", "'multidot: arg[1] unexpected, given module"],
  ]);
});
