/** Module types, and functions, for batches of images and other samples: scaling, padding, crops, flips, one-hot. */
import type { OptionValue } from "../../../engine/index.js";
import {
  around,
  bool,
  double,
  doubles,
  dtype,
  either,
  extent,
  type LayerRow,
  layer,
  long,
  longs,
  type OptionRow,
  symbol,
  tensor,
  torch,
} from "./rows.js";

const MODES = ["nearest", "linear", "bilinear", "bicubic", "trilinear"];

/** How images change their size. */
function scaling(name: string, modes: readonly string[]): readonly OptionRow[] {
  return [
    longs("size", { range: "extent", fallback: [], ...(name === "interpolate" && { example: 4 }) }),
    doubles("scale", { fallback: [], ...(name === "upsample" && { example: [2, 2] }) }),
    symbol("mode", { fallback: "nearest", symbols: modes, unknown: `unrecognized ${name} mode` }),
    bool("align", { fallback: [] }),
  ];
}

const scaled = (most: number): Pick<LayerRow, "refusal" | "check"> => ({
  refusal: `up to ${most} positional arguments expected, {n} given`,
  check: either(
    "size",
    "scale",
    "no output size or scale factor given",
    "both output size and scale factor given",
  ),
});

const PADMODES = {
  symbols: ["constant", "reflect", "replicate", "circular"],
  unknown: "unrecognized padding mode",
};
const CROP = "positive cropping height & width not given";
const items = (value: OptionValue): readonly OptionValue[] => (Array.isArray(value) ? value : []);

/** What is done with images, and other samples, before and between layers. */
export const IMAGES: readonly LayerRow[] = [
  torch("upsample", "Upsample", scaling("upsample", MODES), scaled(4)),
  layer(
    "pad",
    "torch.nn.functional.pad",
    [
      longs("pad", {
        fallback: [],
        shown: true,
        example: [1, 2, 2, 1, 1, 2],
      }),
      symbol("mode", {
        fallback: "constant",
        ...PADMODES,
        refusal: "unrecognized 2nd arg, expecting mode or value",
      }),
      double("value", { fallback: 0, trailing: true }),
    ],
    {
      check: (value) => {
        const { length } = items(value("pad"));
        if (length > 0 && length % 2 === 0) return undefined;
        return `${length} pad size(s) given, expecting pairs for left,right or left,right,top,bottom.. etc`;
      },
    },
  ),
  layer(
    "onehot",
    "torch.nn.functional.one_hot",
    [
      long("classes", { fallback: -1, shown: true, example: 10 }),
      dtype("dtype", { fallback: null, hidden: true }),
    ],
    {
      check: (value) =>
        (value("classes") as bigint) < -1n
          ? "number of classes must be nonnegative or set to -1 to derive from input"
          : undefined,
    },
  ),
  layer(
    "interpolate",
    "torch.nn.functional.interpolate",
    [
      ...scaling("interpolate", ["nearest", "nearestexact", ...MODES.slice(1), "area"]),
      bool("rescale", { fallback: [] }),
    ],
    { functional: true, ...scaled(5) },
  ),
  layer(
    "normalize",
    "torch.nn.functional.normalize",
    [double("p", { fallback: 2 }), long("dim", { fallback: 1 }), double("eps", { fallback: 1e-12 })],
    { functional: true },
  ),
  layer(
    "randomcrop",
    "torchvision.transforms",
    [
      extent("size", 2, { missing: CROP, example: 32 }),
      around("pad", 4, { fallback: 0, example: 4 }),
      symbol("padmode", { fallback: "constant", ...PADMODES, example: "reflect" }),
      double("value", { fallback: 0 }),
    ],
    { check: (value) => (items(value("size")).every((each) => each === 0n) ? CROP : undefined) },
  ),
  layer("randomflip", "torchvision.transforms", [
    double("p", { fallback: 0.5 }),
    long("dim", { fallback: -1 }),
  ]),
  layer("zscore", "torchvision.transforms", [
    tensor("mean", { missing: "no mean(s) defined", example: [0.51, 0.49, 0.47].map(Math.fround) }),
    tensor("std", { missing: "no stddev(s) defined", example: [0.25, 0.25, 0.21].map(Math.fround) }),
    bool("inplace", { fallback: false }),
  ]),
];
