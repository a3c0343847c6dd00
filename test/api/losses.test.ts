/** Losses as objects and as functions. */
import { talk } from "./rig.js";

describe("loss", () => {
  talk(
    "made from a symbol, options by position and name, a definition; given back with and without defaults",
    [
      ["loss loss`mse", "`module`options!(`mse;(enlist`reduce)!enlist`mean)"],
      ["loss loss`mse`sum", "`module`options!(`mse;(enlist`reduce)!enlist`sum)"],
      ["loss(loss`mse;0b)", "`module`options!(`mse;(`$())!())"],
      ["l:loss(`ce;1 2 .5e;-100;.1;`sum)"],
      ["loss l", "`module`options!(`ce;`weight`ignore`smoothing`reduce!(1 2 .5e;-100;.1;`sum))"],
      ["loss(l;0b)", "`module`options!(`ce;`weight`smoothing`reduce!(1 2 .5e;.1;`sum))"],
      ["options loss loss l", "`weight`ignore`smoothing`reduce!(1 2 .5e;-100;.1;`sum)"],
      [
        "options loss(`ce;`weight`reduce!(1 2e;`none))",
        "`weight`ignore`smoothing`reduce!(1 2e;-100;0f;`none)",
      ],
      ["options loss(`hinge;`sum)", "`margin`reduce!(1f;`sum)"],
      ["objtype l", "`ce"],
    ],
  );

  talk("weights given as a tensor are its values", [
    ["t:tensor 1 2 3e"],
    ["options loss(`nll;t)", "`weight`ignore`reduce!(1 2 3e;-100;`mean)"],
    ["mapped t", "1b"],
  ]);

  talk("of an output and a target; the result has a gradient", [
    ["x:tensor(1 2 3e;`grad)"],
    ["l:loss`mse`sum"],
    ["z:loss(l;x;1 0 0e)"],
    ["tensor z", "13e"],
    ["backward z", "(::)"],
    ["grad x", "0 4 6e"],
    ["loss(l;1 2e)", "'loss: no calculation implemented for tensor input"],
    [
      "loss(l;1;2;3)",
      "'mse:  loss calculation not implemented for 3 tensors, e.g. input,target,weight  or input1,input2,target",
    ],
    [
      "loss(loss`triplet;1 2e;1 2e)",
      "'triplet: loss calculation not implemented for single tensor input & target",
    ],
    ["tensor loss(loss`bce`sum;.5 .5;0 1f;1 0f)", "neg log .5"],
  ]);

  talk("as a function: k values in, k value out; a tensor in, a tensor out", [
    ["mse(1 2 3e;0 2 4e)", "2%3e"],
    ["mse(1 2 3e;0 2 4e;`none)", "1 0 1e"],
    ["l1(1 2 3e;0 2 5e;`reduce`sum)", "3e"],
    ["class mse(tensor 1 2e;1 3e)", "`tensor"],
    ["nll((-1 -2e;-3 -4e);0 1)", "2.5e"],
    ["nll((-1 -2e;-3 -4e);0 1;1 0e;-100;`sum)", "1e"],
    ["bce(.5 .5;0 1f;1 0f;`sum)", "neg log .5"],
    ["triplet(1 2e;1 2e;1 2e;`reduce`none)", "1e"],
    ["mse 1 3f", "4f"],
  ]);

  talk("what is wrong is said as by the reference", [
    ["loss`nosuch", "'unrecognized loss function: nosuch"],
    ["loss 1", "'loss: unrecognized arg(s)"],
    ["loss`mse`zzz", "'mse reduce:zzz is not one of none,mean,sum"],
    ["loss(`mse;1)", "'mse reduce: expected symbol, given long scalar"],
    ["loss`mse`mean`sum", "'mse: only 1 positional argument(reduce) expected, 2 given"],
    ["loss(`ce;();-100;.1;1;`mean)", "'ce: expecting up to 4 additional positional args, 6 given"],
    ["loss(`ce;(enlist`zz)!enlist 1)", "'unrecognized loss setting: zz"],
    ["loss(`ce;(enlist`margin)!enlist 1)", "'ce option: margin not recognized"],
    ["loss(`hinge;1;2)", "'hinge: unrecognized positional arg(s), expecting margin,reduce or both"],
    ["mse`a", "'mse: not implemented for symbol scalar"],
    ["cosineloss(1 2e;1 2e)", "'cosineloss loss expects (input1;input2;target;optional arg(s)..)"],
  ]);

  talk("a single option after the inputs is an option, not a handle", [
    ["class similar(tensor(1 2e;3 4e);(1 2e;3 4e);0)", "`tensor"],
    ["multimargin((-1 -2e;-3 -4e);0 1;7)", "'only p == 1 and p == 2 supported"],
  ]);

  talk("labels and lengths that libtorch would read beyond its memory for are refused", [
    ["ctc(3 1 4#-1e;1 1#9;1#3;1#1)", "'ctc: targets from 0 to 3 expected, given 9 to 9"],
    ["ctc(3 1 4#-1e;1 1#1;1#-3;1#1)", "'ctc: output lengths from 0 to 3 expected, given -3 to -3"],
    ["ctc(3 1 4#-1e;1 1#1;1#3;1#5)", "'ctc: target lengths from 0 to 1 expected, given 5 to 5"],
  ]);
});
