/** The function `tensor`: made, written, read; creation modes; options; conversion. */
import { door, Q, settings, since, talk } from "./rig.js";

const options = (dtype: string, rest = "`strided`nograd`unpinned`contiguous"): string =>
  `\`device\`dtype\`layout\`gradient\`pin\`memory!\`cpu\`${dtype}${rest}`;

describe("tensor", () => {
  talk("k types come back as they went", [
    ["tensor tensor 0b", "0b"],
    ["tensor tensor 0xff01", "0xff01"],
    ["tensor tensor 1 0N -3h", "1 0N -3h"],
    ["tensor tensor 1 0Wi", "1 0Wi"],
    ["tensor tensor 2 3#til 6", "(0 1 2;3 4 5)"],
    ["tensor tensor 1.5 2e", "1.5 2e"],
    ["tensor tensor((1 2f;3 4f);(5 6f;7 8f))", "((1 2f;3 4f);(5 6f;7 8f))"],
    ['tensor tensor "abc"', '"abc"'],
    ["tensor tensor()", "`real$()"],
    ["tensor tensor[]", "::"],
    ["tensor tensor`float$()", "`float$()"],
    ["count each tensor tensor(`zeros;3 0)", "0 0 0"],
    ["count tensor tensor(`zeros;0 1000000 1000000)", "0"],
    // so many empty lists that the bytes they take are 2 to the 64th and a few
    [
      "tensor tensor(`zeros;1431724848 2147380028 0)",
      "'a tensor of sizes [1431724848, 2147380028, 0] is too large for a k list",
    ],
  ]);

  talk("options in any order, the last of a kind counts", [
    ["options tensor(1 2;`double`grad)", options("double", "`strided`grad`unpinned`contiguous")],
    ["options tensor(1 2;`int`long)", options("long")],
    ["options tensor(1 2 0;`sparse)", options("long", "`sparse`nograd`unpinned`contiguous")],
    ["stride tensor(enlist 2 2 2#til 8;`channel2d)", "8 1 4 2"],
    ["options tensor[]", "`device`dtype`layout`gradient`pin`memory!``````"],
  ]);

  talk("into an output tensor, which keeps its type", [
    ["t:tensor(();`short)"],
    ["tensor(1.7 2.2;t)", "::"],
    ["tensor t", "1 2h"],
    ["tensor(2 2#5;t)"],
    ["size t", "2 2"],
  ]);

  talk("read by index and dimension", [
    ["t:tensor 2 3 4#til 24"],
    ["tensor(t;1)", "(12 13 14 15;16 17 18 19;20 21 22 23)"],
    ["tensor(t;-1;3)", "(3 7 11;15 19 23)"],
    ["tensor(t;1;0 2)", "((0 1 2 3;8 9 10 11);(12 13 14 15;20 21 22 23))"],
    ["tensor(t;1.5)", "'tensor: last arg expected to be long(s) for indexing, given double scalar"],
    ["tensor(t;1.5;0)", "'tensor: 3rd arg of dimension expected as a long scalar, given double scalar"],
    ["tensor(t;0b)", "'tensor: optional flag is only for complex tensors"],
  ]);

  talk("what is no array is refused", [
    ["tensor`a`b", "'no torch type found for k: symbol list"],
    ["tensor`a", "'unable to translate k symbol scalar to scalar tensor"],
    ["tensor(1 2;3 4f)", "'type mismatch at depth 1, long list vs double list"],
    ["tensor(1 2;3 4 5)", "'dimension mismatch at depth 1, 2 vs 3"],
    ["tensor(1;2f)", "'unable to map mixed array to tensor: long scalar encountered at depth 1"],
    ["tensor(1 2;`zzz)", "'unrecognized tensor option: `zzz"],
    ["tensor(1 2;`sparse`pinned)", "'sparse tensors cannot have pinned memory"],
    ["tensor(1 2;`grad)", "'Only Tensors of floating point and complex dtype can require gradients"],
  ]);
});

describe("creation modes of tensor", () => {
  talk("every mode", [
    ["tensor tensor(`zeros;2)", "0 0e"],
    ["tensor tensor(`zeros;())", "0e"],
    ["tensor tensor(`ones;2 1;`int)", "(enlist 1i;enlist 1i)"],
    ["size tensor(`empty;3 2)", "3 2"],
    ["tensor tensor(`full;2;7h)", "7 7h"],
    ["tensor tensor(`full;2;1.5;`float)", "1.5 1.5e"],
    ["tensor tensor(`eye;2)", "(1 0e;0 1e)"],
    ["tensor tensor(`eye;2;3;`bool)", "(100b;010b)"],
    ["tensor tensor(`arange;3)", "0 1 2"],
    ["tensor tensor(`arange;2;6.5)", "2 3 4 5 6e"],
    ["tensor tensor(`arange;5;0;-2)", "5 3 1"],
    ["tensor tensor(`range;0;3)", "0 1 2 3e"],
    ["tensor tensor(`linspace;0;4;5)", "0 1 2 3 4e"],
    ["count tensor tensor(`linspace;0;1)", "100"],
    ["tensor tensor(`logspace;1;3;3;2f;`double)", "2 4 8f"],
    ["dtype tensor(`rand;2;`double)", "`double"],
    ["size tensor(`randn;2 3)", "2 3"],
    ["asc tensor tensor(`randperm;4)", "`s#0 1 2 3"],
    ["all(tensor tensor(`randint;-2;3;50))within -2 2", "1b"],
    ["tensor tensor(`complex;1 2;3 4)", "(1 2e;3 4e)"],
    ["tensor(tensor(`complex;1 2;3 4);0b)", "(1 3e;2 4e)"],
    ["tensor tensor(`complex;(1 2f;3 4f;5 6f);0b)", "(1 3 5f;2 4 6f)"],
    ["tensor tensor(`sparse;enlist 1 3;5 6f;6)", "0 5 0 6 0 0f"],
    ["dtype tensor(`sparse;enlist 1 3;5 6;`double)", "`double"],
  ]);

  talk("from an example tensor, into an output tensor", [
    ["t:tensor 2 2#1h"],
    ["tensor tensor(`zeros;t)", "(0 0h;0 0h)"],
    ["tensor tensor(`full;t;2.5)", "(2.5 2.5;2.5 2.5)"],
    ["tensor(`ones;3;t)", "::"],
    ["tensor t", "1 1 1h"],
    ["tensor(`arange;4;t)"],
    ["tensor t", "0 1 2 3h"],
    ["tensor(`randperm;t)", "'tensor: mode `randperm not implemented with input tensors"],
  ]);

  talk("arguments that do not fit make nothing", [
    ["tensor(`zzz;3)", "'unrecognized tensor creation mode: zzz"],
    ["tensor(`zeros;2.5)", "'unrecognized argument(s) for tensor creation mode: zeros"],
    ["tensor(`zeros;2;3)", "'unrecognized argument(s) for tensor creation mode: zeros"],
    ["tensor(`full;2)", "'unrecognized argument(s) for tensor creation mode: full"],
    ["tensor(`arange;1 2)", "'unrecognized argument(s) for tensor creation mode: arange"],
    ["tensor(`ones;2;`sparse)", "'ones: not implemented for sparse tensors"],
    ["tensor(`rand;2;`long)", "'rand: not implemented for long tensors"],
    ["tensor(`ones;2;`int`grad)", "'Only Tensors of floating point and complex dtype can require gradients"],
    ["tensor(`complex;1e;2f)", "'complex: real input is float, imaginary input is double"],
    ["tensor(`complex;1 2;3 4;`float)", "'unable to create complex tensor with given datatype: float"],
    [
      "tensor(`sparse;enlist 1 9;5 6f;6)",
      "'size is inconsistent with indices: for dim 0, size is 6 but found index 9",
    ],
    [
      "tensor(`sparse;enlist 1 3;5 6f;6;`strided)",
      "'tensor: sparse mode incompatible with layout set to strided",
    ],
    ["count obj[]", "0"],
  ]);

  it("the default data type serves where none is named", async () => {
    const q = new Q();
    try {
      await q.dialogue([
        ["dtype[]", "`float"],
        ["dtype`double", "::"],
        ["dtype()", "`double"],
        [
          "dtype each(tensor();tensor(`zeros;2);tensor(`eye;2);tensor(`arange;2.5);tensor(`arange;2))",
          "`double`double`double`double`long",
        ],
        ["dtype module enlist(`linear;2;1)", "`weight`bias!`double`double"],
        ["dtype`nosuch", "'unrecognized data type: nosuch"],
        ["dtype`float`double", "'dtype: unrecognized arg(s) - symbol list"],
      ]);
    } finally {
      await q.value("dtype`float");
      q.free();
    }
    if (settings.defaultDtype !== "float") throw new Error("the default data type was not put back");
  });
});

describe("to", () => {
  talk("changes what the handle stands for, not a second handle", [
    ["t:tensor 1 2;s:addref t"],
    ["to(t;`double`grad)", "::"],
    ["options t", options("double", "`strided`grad`unpinned`contiguous")],
    ["dtype s", "`long"],
    ["to(t;`nograd)"],
    ["gradflag t", "0b"],
    ["to(t;s)"],
    ["dtype t", "`long"],
  ]);

  talk("vectors, dictionaries, modules", [
    ["v:vector(1 2;3e)"],
    ["to(v;`double)"],
    ["dtype v", "`double`double"],
    [
      "to(v;`sparse)",
      "'to(options) doesn't support converting to a different layout, but got self.layout being Strided and options.layout set as Sparse",
    ],
    ['d:dict`a`b!(1 2;"x")'],
    ["to(d;`int;0b)"],
    ["dict d", "`a`b!(1 2i;120i)"],
    ["m:module enlist(`linear;2;1)"],
    ["to(m;`double)"],
    ["dtype m", "`weight`bias!`double`double"],
    [
      "to(m;`grad)",
      "'to: converts device & type, but cannot be used for layout,gradient,pinned memory or memory format",
    ],
  ]);

  talk("errors", [
    ["t:tensor 1 2"],
    [
      "to t",
      "'to: expects 1st arg of tensor, vector, dictionary or module, along with option(s) for device, data type",
    ],
    [
      "to(1 2;`double)",
      "'to: expects 1st arg of tensor, vector, dictionary or module, along with option(s) for device, data type",
    ],
    ["to(t;1)", "'to: 2nd argument not recognizable as option(s), e.g. device, data type, etc."],
    ["to(t;`double;1)", "'to: expects 2-3 args, (tensor;options) or (tensor;options;async-flag)"],
    ["to(t;`double`zzz)", "'unrecognized tensor option: `zzz"],
    ["to(tensor[];`double)", "'to: cannot change attribute(s) of an undefined tensor"],
    ["dtype t", "`long"],
  ]);
});

describe("data types that ktorch has not", () => {
  talk("bfloat16: eight bits of a real's precision, read as reals", [
    ["t:tensor(1 0.3333333 -2e;`bfloat16)"],
    ["tensor t", "1 0.333984375 -2e"],
    ["(dtype t;ktype t;itemsize t)", '(`bfloat16;"e";2)'],
    ["dtype add(t;t)", "`bfloat16"],
    ["to(t;`float)"],
    ["tensor t", "1 0.333984375 -2e"],
    ["tensor tensor(`ones;2;`bfloat16)", "1 1e"],
    ["all 0<=tensor tensor(`rand;100;`bfloat16)", "1b"],
    ["dtype`bfloat16"],
    ["m:module enlist(`linear;2;1)"],
    ["dtype m", "`weight`bias!`float`float"],
    ["dtype`float"],
  ]);

  // by name: the libtorch 2 that has it, values as k has them, what they are read as
  const newer = [
    ["float8_e4m3fn", 1, "1 3.14159 448e", "1 3.25 448e", '"e"', 1],
    ["float8_e5m2", 1, "1 3.14159 57344e", "1 3 57344e", '"e"', 1],
    ["uint16", 3, "0 1 65535", "0 1 65535i", '"i"', 2],
    ["uint32", 3, "0 1 4294967295", "0 1 4294967295", '"j"', 4],
    ["uint64", 3, "0 1 9007199254740992", "0 1 9007199254740992", '"j"', 8],
  ] as const;
  for (const [name, first, values, read, letter, size] of newer)
    if (since(first))
      talk(`${name} (libtorch 2.${first} and later)`, [
        [`t:tensor(${values};\`${name})`],
        ["tensor t", read],
        ["tensor(t;1)", `(${read})1`],
        ["(dtype t;ktype t;itemsize t)", `(\`${name};${letter};${size})`],
        ["to(t;`double)"],
        ["tensor t", `"f"$${read}`],
        [`to(t;\`${name})`],
        ["tensor t", read],
        [`tensor tensor(\`zeros;2;\`${name})`, `2#${letter}$0`],
      ]);
    else
      talk(`${name}: this libtorch is too old, and the error says so`, [
        [`tensor(${values};\`${name})`, `'data type ${name} is not in libtorch ${door.version}`],
        [`tensor(\`zeros;2;\`${name})`, `'data type ${name} is not in libtorch ${door.version}`],
        ["t:tensor 1 2e"],
        [`to(t;\`${name})`, `'data type ${name} is not in libtorch ${door.version}`],
        ["dtype t", "`float"],
        [`dtype\`${name}`, `'data type ${name} is not in libtorch ${door.version}`],
        ["dtype[]", "`float"],
      ]);
});
