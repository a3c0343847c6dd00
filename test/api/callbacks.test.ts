/** Callback modules whose functions are the user's on the server. */
import { Q, talk } from "./rig.js";

describe("callback", () => {
  talk("is made, holds modules and parameters", [
    ["m:module seq((`callback;`cb;`f);(`linear;`a;2;1);`relu)"],
    ["names m", "`a`1"],
    [
      'n:module enlist(`callback;`nm;"{[m;x;y]x}";`tensor`tensor;`tensor;`w`b!(1 2e;3e);(enlist`u)!enlist 4 5)',
    ],
    [
      "(module n)[`options]0",
      '`fn`in`out`parms`buffers!("{[m;x;y]x}";`tensor`tensor;`tensor;`w`b!(1 2e;3e);(enlist`u)!enlist 4 5)',
    ],
    ["parmnames n", "`w`b"],
    ["(module(module state n;1b))~module(n;1b)", "1b"],
    ["(module(clone n;1b))~module(n;1b)", "1b"],
    ["count callbacks[]", "3"],
    ["inputmodule n", "`callback"],
    ["parmnames module enlist(`callback;`cb;`f;(`parms;(`x;1 2e)))", "enlist`x"],
    ["module enlist(`callback;`cb;`f;`zzz)", "'unrecognized input type: `zzz"],
    [
      "module enlist(`callback;`cb;`f;`tensor`tuple)",
      "'callback: no module defined for in=tensor,tuple, out=tensor",
    ],
    ['module enlist(`callback;`cb;"")', "'callback function cannot be an empty string"],
    ["module enlist(`callback;`cb;1)", "'callback function expected as symbol or string, given long scalar"],
    ["module`callback", "'callback: no k function defined"],
  ]);

  talk("gives what a function of the user's makes of one, two and three tensors", [
    [
      "evaluate(module enlist(`callback;`cb;`f);1 2e)",
      /* not there yet */ "'callback: f is no function of the user's on the server; for one of a q session, load torch.q there and .torch.open the server",
    ],
    ["f:{[m;x]relu x}"],
    ["evaluate(module enlist(`callback;`cb;`f);-2 -1 0 1 2e)", "0 0 0 1 2e"],
    ['c:module enlist(`callback;`cb;"{[m;x;y]cat(x;y)}";`tensor`tensor)'],
    ["evaluate(c;1 2 3;4 5)", "1 2 3 4 5"],
    ["evaluate(c;1 2 3)", "'callback: 2 tensor(s) expected, 1 supplied"],
    ['c:module enlist(`callback;`cb;"{[m;x;y;z]cat(x;y;z)}";`tensor`tensor`tensor)'],
    ["evaluate(c;1 2;1#3;4 5)", "1 2 3 4 5"],
  ]);

  talk("computes its modules in the mode of the whole, as those in a sequence do", [
    ["m:module seq((`callback;`cb;`f);(`linear;`a;5;2);(`sigmoid;`b);(`drop;`c;.5))"],
    ["f:{[m;x]y:kforward(m;`a;x);use[y]kforward(m;`b;y);use[y]kforward(m;`c;y);y}"],
    ["q:module seq(`sequential`q;(`linear;`a;5;2);(`sigmoid;`b);(`drop;`c))"],
    ["{t:parm(m;x);parm(q;x;t);free t}each parmnames m"],
    ["x:tensor(`randn;3 5)"],
    ["seed 1"],
    ["a:tensor forward(m;x)"],
    ["seed 1"],
    ["a~tensor forward(q;x)", "1b"],
    ["a~evaluate[(m;x)]", "0b"],
    ["evaluate[(m;x)]~evaluate(q;x)", "1b"],
    ["gradflag forward(m;x)", "1b"],
    ["gradflag eforward(m;x)", "0b"],
  ]);

  talk("is a part of others, and of training: gradients go through the function", [
    ['c:enlist(`callback;"{[m;x]add(x;-1)}")'],
    ["f:module(`sequential;(`fork;(`sequential;1#`identity);(`sequential;c)))"],
    ["evaluate(f;1 2 3)", "(1 2 3;0 1 2)"],
    // the parameter approaches the target: lbfgs evaluates the model several times
    ['p:module enlist(`callback;`cb;"{[m;x]n::n+1;parm(m;`x)}";(`parms;(`x;.5 2.5 3)))'],
    ["n:0"],
    ["m:model(p;loss`mse;opt(`lbfgs;p))"],
    ["1e-6>abs backstep[(m;0;1 2 3.)]-.5%3", "1b"],
    ["n>1", "1b"],
    ["1e-6>max abs 1 2 3-tensor parm(m;`x)", "1b"],
    // a run over batches: y is twice x
    ['p:module enlist(`callback;`cb;"{[m;x]mul(x;parm(m;`w))}";(`parms;(`w;1e)))'],
    ["m:model(p;loss`mse;opt(`sgd;p;.1))"],
    ["train(m;`batchsize;2)"],
    ["x:1 2 1 2 1 2e"],
    ["do[20;run(m;x;2*x)]"],
    ["1e-3>abs 2-first tensor parm(m;`w)", "1b"],
    ["test(m;`metrics;`loss)"],
    ["1e-4>testrun(m;x;2*x)", "1b"],
  ]);

  talk("leaves nothing behind, and has errors that say what is wrong", [
    ['g:module enlist(`callback;`cb;"{[m;x]relu x}")'],
    ["n:count obj[]"],
    ["evaluate(g;1 2e)", "1 2e"],
    ["n=count obj[]", "1b"],
    ["b:{module enlist(`callback;`cb;x)}"],
    ['evaluate(b "{[m;x]\'`oops}";1e)', "'callback error from k: oops"],
    [
      'evaluate(b "{[m;x]1 2 3}";1e)',
      "'callback: unable to retrieve tensor from what {[m;x]1 2 3} has given",
    ],
    ['evaluate(b "{[m;x]m}";1e)', "'callback: unable to retrieve tensor from what {[m;x]m} has given"],
    ['evaluate(b "{[m;x](::)}";1e)', "'callback: unable to retrieve tensor from what {[m;x](::)} has given"],
    [
      'evaluate(b "{[m;x]enlist 1}";1e)',
      "'callback: unable to retrieve tensor from what {[m;x]enlist 1} has given",
    ],

    [
      'evaluate(b "{[m;x]free x;x}";1e)',
      "'callback: unable to retrieve tensor from what {[m;x]free x;x} has given",
    ],
    ['evaluate(b "1+";1e)', "'callback error from k: rank"],
    ['evaluate(b "{[m;x]x}";1e)', "1e"],
    ['evaluate(b "{[m;x]free m;x}";1e)', "1e"],
    ['r:b "{[m;x]forward(m;x)}"'],
    ["evaluate(r;1e)", "'callback: functions that compute modules that call functions, more than 8 deep"],
    ["1+1", "2"],
    // who frees everything ends what he has running
    ['evaluate(b "{[m;x]free[];x}";1e)', "'stop"],
    ["count obj[]", "0"],
  ]);

  talk("cannot change meanwhile what is being computed", [
    ["b:{m::module enlist(`callback;`cb;x);@[evaluate;(m;1e);{x}]}"],
    ['no:": not in a function that a callback module calls, nor while one is called"'],
    ['b["{[m;x]module(m;1;`relu)}"]~"callback error from k: module",no', "1b"],
    ["q:module enlist(`linear;1;1)"],
    ["o:opt(`sgd;q)"],
    ["d:model(q;loss`mse;opt(`sgd;q))"],
    ['b["{[m;x]step o}"]~"callback error from k: step",no', "1b"],
    ["o:opt(`sgd;())"],
    ["q:module enlist(`linear;1;1)"],
    ['b["{[m;x]opt(o;0;(q;`weight))}"]~"callback error from k: opt",no', "1b"],
    ['b["{[m;x]run(d;1 1#1e;1 1#1e)}"]~"callback error from k: train",no', "1b"],
    ['b["{[m;x]backstep(d;1 1#1e;1 1#1e)}"]~"callback error from k: backstep",no', "1b"],
    ['b["{[m;x]model(d;module enlist(`linear;1;1))}"]~"callback error from k: model",no', "1b"],
    ['b["{[m;x]train(d;`batchsize;3)}"]~"callback error from k: train",no', "1b"],
    // and can again
    ["run(d;1 1#1e;1 1#1e)"],
  ]);

  /** What a function may do to its arguments, to the model d, its module's and its data X before it gives what is asked. */
  const DEEDS = [
    ...["free d", "free m", "free X", "use[X]tensor 1e", "use[x]tensor 1e", "resize(x;3 3)", "detach x"],
    ...["parm(m;`new;1 2e)", "buffer(m;`new;1 2e)", "to(m;`double)", "zeros(m;`a.weight)", "gradflag(x;1b)"],
    ...["freeze m", "freeze d", "training(d;0b)", "training(m;0b)", "zerograd d", "clip(d;1)", "lr(d;.5)"],
    ...["clone m", "state d", "input d", "history d", "history[]", "restore d", "batch d", "shuffle d"],
    ...["testrun(d;X;Y)", "fit(d;2)", "forward(d;X)", "backward(d;X;Y)", "seed 1", "module(m;1;`relu)"],
  ];
  it("whatever its function does, the calculation ends, and others go on", async () => {
    for (const deed of DEEDS) {
      const q = new Q();
      await q.run(
        "n:0",
        `c:seq((\`callback;\`cb;"{[m;x]n::n+1;${deed};kforward(m;\`a;x)}");(\`linear;\`a;3;3))`,
        "whole:{[]q:module(`sequential;c;enlist(`linear;`b;3;1));model(q;loss`mse;opt(`lbfgs;q))}",
        "mk:{[]d::whole[];X::tensor(`randn;8 3);Y::tensor(`randn;8 1);train(d;`batchsize;2)}",
        "mk[];@[backstep;(d;X;Y);{x}]",
        "mk[];@[run;(d;X;Y);{x}]",
        "mk[];@[testrun;(d;X;Y);{x}]",
        "mk[];@[evaluate;(d;X);{x}]",
      );
      await q.gives("n>3", "1b");
      await q.gives("tensor tensor 1 2 3", "1 2 3");
      q.free();
    }
  });
});
