/** freeze and unfreeze in all their forms; a call that fails changes nothing. */
import { talk } from "./rig.js";

const TWO = "m:module seq(`sequential;(`linear;`a;3;2);(`linear;`b;2;1))";
const NAMES = "`a.weight`a.bias`b.weight`b.bias";

describe("freeze", () => {
  talk("the whole module, off and on", [
    [TWO],
    ["gradflag m", `${NAMES}!1111b`],
    ["freeze m", "(::)"],
    ["gradflag m", `${NAMES}!0000b`],
    ["gradient m", `${NAMES}!\`nograd\`nograd\`nograd\`nograd`],
    ["unfreeze m", "(::)"],
    ["gradflag m", `${NAMES}!1111b`],
  ]);

  talk("a module without parameters has nothing to freeze", [
    ["r:module`relu"],
    ["freeze r", "(::)"],
    ["gradflag r", "(`$())!`boolean$()"],
    ["freeze(r;`x)", "'freeze: unable to find parameter `x"],
  ]);

  talk("selected parameters, one or several, twice or none", [
    [TWO],
    ["freeze(m;`a.weight)", "(::)"],
    ["gradflag m", `${NAMES}!0111b`],
    ["freeze(m;`b.weight`b.bias`b.bias)"],
    ["gradflag m", `${NAMES}!0100b`],
    ["freeze(m;`$())"],
    ["unfreeze(m;enlist`a.weight)"],
    ["gradflag m", `${NAMES}!1100b`],
  ]);

  talk("a dictionary of the parameters and a child see the same flags", [
    [TWO],
    ["p:parms m"],
    ["freeze(p;`a.weight`b.bias)"],
    ["gradflag m", `${NAMES}!0110b`],
    ["c:child(m;`a)"],
    ["freeze c"],
    ["gradflag p", `${NAMES}!0010b`],
    ["free m"],
    ["unfreeze p"],
    ["gradflag c", "`weight`bias!11b"],
  ]);

  talk("through a model", [
    [TWO],
    ["n:addref m"],
    ["q:model(m;loss`mse;opt(`sgd;n))"],
    ["freeze(q;`a.weight`a.bias)"],
    ["gradflag n", `${NAMES}!0011b`],
    ["unfreeze q"],
    ["gradflag q", `${NAMES}!1111b`],
  ]);

  talk("tensors, vectors and dictionaries of tensors", [
    ["t:tensor 1 2 3e"],
    ["unfreeze t"],
    ["gradflag t", "1b"],
    ["v:vector(1 2f;3e)"],
    ["unfreeze v"],
    ["gradflag v", "11b"],
    ["d:dict`x`y!(1 2f;3e)"],
    ["unfreeze(d;`y)"],
    ["gradflag d", "`x`y!01b"],
  ]);

  talk("a tensor that was computed keeps its flag, silently", [
    ["x:tensor(1 2f;`grad)"],
    ["y:mul(x;2f)"],
    ["freeze y", "(::)"],
    ["gradflag y", "1b"],
  ]);

  talk("sets values at the same time: arrays, tensors, numbers", [
    [TWO],
    ["i:tensor(2 3#1e)"],
    ["freeze(m;`a.weight`a.bias;(i;0.5))"],
    ["dict(parms m;`a.weight`a.bias)", "((1 1 1e;1 1 1e);.5 .5e)"],
    ["gradflag m", `${NAMES}!0011b`],
    ["unfreeze(m;`a.weight;2#enlist 1 2 3)"],
    ["tensor parm(m;`a.weight)", "(1 2 3e;1 2 3e)"],
    ["freeze(m;`b.bias;7)"],
    ["tensor parm(m;`b.bias)", "enlist 7e"],
    ["tensor i", "(1 1 1e;1 1 1e)"],
  ]);

  talk("values from a vector, or from part of one", [
    [TWO],
    ["v:vector(2 3#4e;5 6e;2 3#7e)"],
    ["freeze(m;`a.weight`a.bias;(v;0 1))"],
    ["dict(parms m;`a.weight`a.bias)", "((4 4 4e;4 4 4e);5 6e)"],
    ["freeze(m;`a.weight;(v;2))"],
    ["tensor parm(m;`a.weight)", "(7 7 7e;7 7 7e)"],
    ["freeze(m;`a.weight;(v;3))", "'freeze: vector[3] invalid for 3-element vector"],
    ["freeze(m;`a.weight`a.bias;v)", "'freeze: 2-element list of names but 3-element list of values"],
    ["freeze(m;enlist`a.bias;vector enlist 8 9e)"],
    ["tensor parm(m;`a.bias)", "8 9e"],
  ]);

  talk("names and values from a k dictionary or a dictionary of tensors", [
    [TWO],
    ["freeze(m;`a.bias`b.bias!(1 2;3))"],
    ["dict(parms m;`a.bias`b.bias)", "(1 2e;enlist 3e)"],
    ["gradflag m", `${NAMES}!1010b`],
    ["d:dict`b.bias`a.bias!(4f;5 6e)"],
    ["unfreeze(m;d)"],
    ["dict(parms m;`a.bias`b.bias)", "(5 6e;enlist 4e)"],
    ["gradflag m", `${NAMES}!1111b`],
    ["gradflag d", "`b.bias`a.bias!00b"],
  ]);
});

describe("freeze: errors", () => {
  const untouched: readonly (readonly [string, string])[] = [
    ["gradflag m", `${NAMES}!1111b`],
    ["dict(parms m;`a.bias`b.bias)", "(1 1e;enlist 1e)"],
  ];
  const failing: readonly (readonly [text: string, error: string])[] = [
    ["(m;`nosuch)", "unable to find parameter `nosuch"],
    ["(m;`a.bias`nosuch)", "unable to find parameter `nosuch"],
    ["(m;`a)", "unable to find parameter `a"],
    ["(m;`)", "unable to find parameter `"],
    ["(m;`a.bias`nosuch;(0;1f))", "unable to find parameter `nosuch"],
    ["(m;`a.bias;1 2 3)", "size mismatch for parameter `a.bias, size is [2] vs new size of [3]"],
    ["(m;`a.bias;())", "size mismatch for parameter `a.bias, size is [2] vs new size of [0]"],
    ["(m;`b.bias`a.bias;(0;1 2 3))", "size mismatch for parameter `a.bias, size is [2] vs new size of [3]"],
    ["(m;`b.bias`a.bias!(0;1 2 3))", "size mismatch for parameter `a.bias, size is [2] vs new size of [3]"],
    ["(m;`a.bias`b.bias!(0;`x))", "?unable to translate k symbol scalar to scalar tensor"],
    ["(m;`a.bias`b.bias;0 1)", "given parameter list, expected vector of tensor values, given tensor"],
    [
      "(m;`a.bias;(1;2f))",
      "given single parameter name, expected single tensor or array value, given vector",
    ],
    ["(m;`a.bias`b.bias;(1;2f;3))", "2-element list of names but 3-element list of values"],
    ["(m;`a.bias;`x)", "unrecognized arg, symbol scalar"],
    ["(m;`a.bias;::)", "unrecognized arg, null/unary primitive"],
    ["(m;`a.bias;(1;`x))", "unrecognized arg, symbol scalar"],
    ["(m;1)", "unrecognized 2nd arg, long scalar"],
    ["(m;1 2!3 4)", "unrecognized 2nd arg, kdictionary"],
    ["(m;m)", "unrecognized 2nd arg, module"],
    ["(m;())", "unrecognized 2nd arg, general list"],
    ["(m;1;2)", "expecting 2nd arg of dictionary, but given 3 args"],
    ["(m;`a.bias;1;2)", "expecting 2-3 args, (module;names;values), 4 given"],
    ["(`a;1)", "expecting 1st arg of module,model or parameter dictionary, given symbol scalar"],
    ["(tensor 1 2e;`a)", "expecting 1st arg of module,model or parameter dictionary, given tensor"],
    ["(loss`mse;`a)", "expecting 1st arg of module,model or parameter dictionary, given loss"],
    ["(opt(`sgd;m);`a)", "expecting 1st arg of module,model or parameter dictionary, given optimizer"],
    [" loss`mse", "not implemented for loss"],
    [" opt(`sgd;m)", "not implemented for optimizer"],
    ["`a", "not implemented for symbol scalar"],
    ["`a`b", "not implemented for symbol list"],
    [" 1 2", "not implemented for long list"],
    ["[]", "not implemented for null/unary primitive"],
    ["()", "expecting 2-3 args, (module;names;values), 0 given"],
  ];
  for (const who of ["freeze", "unfreeze"]) {
    for (const [args, text] of failing) {
      const error = text.startsWith("?") ? text.slice(1) : `${who}: ${text}`;
      talk(`${who}${args}`, [
        [TWO],
        ["freeze(m;`a.bias`b.bias;(1;1f))"],
        ["unfreeze m"],
        [`${who}${args}`, `'${error}`],
        ...untouched,
      ]);
    }
  }

  talk("one integer among tensors: none is unfrozen, none is set", [
    ["d:dict`x`y!(1 2e;3 4)"],
    ["unfreeze d", "'Only Tensors of floating point and complex dtype can require gradients"],
    ["unfreeze(d;`x`y;(9f;1))", "'Only Tensors of floating point and complex dtype can require gradients"],
    ["dict d", "`x`y!(1 2e;3 4)"],
    ["gradflag d", "`x`y!00b"],
  ]);
});
