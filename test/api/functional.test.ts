/** Functions of modules without the module, and functions that take their weights. */
import { settings, talk } from "./rig.js";

describe("functions of neural networks", () => {
  talk("activations: k values in, a k value out; a tensor in, a tensor out; in place nothing comes back", [
    ["relu -1 0 2f", "0 0 2f"],
    ["relu(-1 0 2;1b)", "0 0 2"],
    ["t:tensor -1 0 2f"],
    ["tensor relu t", "0 0 2f"],
    ["tensor t", "-1 0 2f"],
    ["relu(t;1b)", "(::)"],
    ["tensor t", "0 0 2f"],
    ["relu6 -1 3 9f", "0 3 6f"],
    ["elu(-1e30 2;3f)", "-3 2f"],
    ["celu(-1e30;`alpha`inplace!(2f;0b))", "-2f"],
    ["leakyrelu(-2 4f;.5)", "-1 4f"],
    ["leakyrelu(-2 4f;1b)", "-.02 4f"],
    ["rrelu(-2 4f;.25;.75)", "-1 4f"],
    ["hardtanh(-3 0 3f;-2;1)", "-2 0 1f"],
    ["threshold(0 5f;1;-1)", "-1 5f"],
    ["softplus(0 100f;1;20)", "(log 2),100f"],
    ["hardshrink(-1 .2 3f;.5)", "-1 0 3f"],
    ["softshrink(-1 .2 3f;.5)", "-.5 0 2.5"],
    ["softsign -1 3f", "-.5 .75"],
    ["logsigmoid 0f", "neg log 2"],
    ["glu 2 0f", "enlist 1f"],
    ["prelu(-1 2f;.5)", "-.5 2"],
  ]);

  talk("softmax along the usual dimension, or the one that is given, in the data type that is given", [
    ["softmax 0 0f", ".5 .5"],
    ["softmax((0 0f;0 0f);0)", "(.5 .5;.5 .5)"],
    ["softmin(0 0;0;`double)", ".5 .5"],
    ["exp logsoftmax 0 0 0 0f", ".25 .25 .25 .25"],
    ["dtype softmax(tensor 0 0e;0;`double)", "`double"],
    ["softmax(0 0f;0N)", "'specify the dimension along which softmax will be computed"],
    ["softmax(0 0f;`a)", "'softmax: unrecognized arg(s), expecting dim or (dim;data type)"],
    ["softmax(0 0f;0;`zz)", "'unrecognized data type: zz"],
  ]);

  talk("pooling, padding, folding", [
    ["maxpool1d(enlist enlist 1 3 2 5f;2)", "enlist enlist 3 5f"],
    [
      "maxpool1d(enlist enlist 1 3 2 5f;2;`stride;1)",
      "'maxpool1d stride: expected long(s), given symbol scalar",
    ],
    ["maxpool1d(enlist enlist 1 3 2 5f;2;`stride`ceiling!(1;0b))", "enlist enlist 3 3 5f"],
    ["avgpool1d(enlist enlist 1 3 2 6f;2)", "enlist enlist 2 4f"],
    ["avgpool2d(enlist enlist(1 3f;5 7f);2)", "enlist enlist enlist enlist 4f"],
    ["adaptavg1d(enlist enlist 1 3 2 6f;1)", "enlist enlist enlist 3f"],
    ["adaptmax2d(enlist enlist(1 3f;5 7f);0N 1)", "enlist enlist(enlist 3f;enlist 7f)"],
    ["lppool1d(enlist enlist 3 4f;2;2)", "enlist enlist enlist 5f"],
    ["pad(1 2;1 0)", "0 1 2"],
    ["pad(1 2;1 0;9f)", "9 1 2"],
    ["pad(1 2;-1 0)", "enlist 2"],
    [
      "pad(1 2;1 0 1)",
      "'pad: 3 pad size(s) given, expecting pairs for left,right or left,right,top,bottom.. etc",
    ],
    ["unfold(enlist enlist(1 2f;3 4f);2)", "enlist(enlist 1f;enlist 2f;enlist 3f;enlist 4f)"],
    ["fold(enlist(enlist 1f;enlist 2f;enlist 3f;enlist 4f);2;2)", "enlist enlist(1 2f;3 4f)"],
    ["interpolate(enlist enlist 1 2f;4)", "enlist enlist 1 1 2 2f"],
    ["interpolate(enlist enlist 1 2f;5;();`linear;1b)", "enlist enlist 1 1.25 1.5 1.75 2"],
    ["interpolate(enlist enlist 1 2f;();2f)", "enlist enlist 1 1 2 2f"],
  ]);

  talk("classes, norms, distances, images", [
    ["onehot(1 0;2)", "(0 1e;1 0e)"],
    ["onehot(1 0;-1;`long)", "(0 1;1 0)"],
    ["normalize enlist enlist 3 4f", "enlist .6 .8"],
    ["r:tensor enlist 0 0f"],
    ["class normalize(enlist 3 4f;2;1;r)", "`tensor"],
    ["tensor r", "enlist .6 .8"],
    ["pairwise((0 0f;1 1f);(3 4f;1 1f);2;0f)", "5 0f"],
    ["similar((1 0f;3 4f);(0 1f;4 3f))", "0 .96"],
    ["pdist(0 0f;3 4f;3 0f)", "5 3 4f"],
    ["linear(enlist 1 2f;(1 0f;1 1f);0 10f)", "enlist 1 13f"],
    ["bilinear(enlist 1 2f;enlist 3 4f;enlist(1 0f;0 1f))", "enlist enlist 11f"],
    ["zscore(2 6f;4;2)", "-1 1f"],
    ["zscore 5 1 2f", "2f"],
    ["t:tensor 2 6f"],
    ["zscore(t;4;2;1b)", "(::)"],
    ["tensor t", "-1 1f"],
    ["randomflip((1 2;3 4);1f)", "(2 1;4 3)"],
    ["randomflip((1 2;3 4);0f)", "(1 2;3 4)"],
    ["randomcrop((1 2;3 4);2)", "(1 2;3 4)"],
    ["randomcrop((1 1;1 1);1)", "enlist enlist 1"],
    ["size randomcrop(tensor(`ones;5 3 8 8);4)", "5 3 4 4"],
    ["size randomcrop(tensor(`ones;0 3 8 8);4)", "0 3 4 4"],
    ["randomcrop((1 2;3 4);3)", "'crop: size 3x3, exceeds tensor dim(s) 2x2"],
  ]);

  talk("gradients go through", [["x:tensor(-1 2f;`grad)"], ["backward(relu x;1 1f)"], ["grad x", "0 1f"]]);

  talk("sizes that libtorch's arithmetic would wrap are refused by module and function alike", [
    ["avgpool1d(enlist enlist 1 2f;1;-1)", "'avgpool1d stride: expected at least 1, given -1"],
    [
      "maxpool1d(enlist enlist 1 2f;0W)",
      "'maxpool1d size: expected at most 1048576, given 9223372036854775807",
    ],
    ["maxpool2d(enlist enlist(1 2f;3 4f);1 0N)", "'maxpool2d size: expected a number, given null"],
    [
      "fold(enlist(enlist 1f;enlist 2f;enlist 3f;enlist 4f);4294967298;2)",
      "'fold out: expected at most 2147483647, given 4294967298",
    ],
    ["module enlist(`conv2d;1;1;4294967297)", "'conv2d size: expected at most 1048576, given 4294967297"],
    ["module enlist(`maxpool1d;0N)", "'maxpool1d size: expected a number, given null"],
  ]);

  after(() => {
    settings.allOptions = true;
  });
});
