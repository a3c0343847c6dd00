/** Images: several in one grid (`makegrid`), and as PNG files (`png`). */

import { once } from "node:events";
import { PNG } from "pngjs";
import { type K, List } from "../../../protocol/values.js";
import { asHandle, handleK } from "../../engine/handle.js";
import type { Handle } from "../../engine/index.js";
import { placeOf, writeFile } from "../args/files.js";
import { make, type OperatorArgs } from "../args/invoke.js";
import { answer, asFlag, asLong, asSymbol, fail, input, isLongNull } from "../args/read.js";
import { type Call, page, type Topic } from "../call.js";

/** A tensor, or a k array made one. */
async function imagesOf(call: Call, x: K, who: string): Promise<{ handle: Handle; isTensor: boolean }> {
  const given = input(call, x, who);
  if (typeof given === "number") return { handle: given, isTensor: true };
  return { handle: call.keep(await call.engine.create(given)), isTensor: false };
}

/** The next of several operators: what it makes ends with the call. */
const step = async (call: Call, handle: Handle, operator: string, args: OperatorArgs): Promise<Handle> =>
  call.keep(await make(call, operator, { self: { handle }, ...args }));

// makegrid -----------------------------------------------------------------------------------------------------------

const FORMS =
  "makegrid: unrecognized arg(s), expecting 2-5 args, (input array/tensor; rows; cols; padding; pad value)";
const LARGEST = 2n ** 20n;

interface Grid {
  readonly rows: bigint;
  readonly columns: bigint;
  /** Pixels between images and around them. */
  readonly margin: bigint;
  readonly value: bigint;
}

/** Rows and columns of which one is null are as many as the images need. */
function gridOf(items: readonly K[], count: bigint): Grid {
  const [, r, c, margin = 2n, value = 0n] = items.map((x) => asLong(x));
  const isNull = (i: number): boolean => isLongNull(items[i]);
  if (isNull(1) && (items.length < 3 || isNull(2)))
    return fail("makegrid: both rows & columns cannot be null");
  const needed = (other: bigint): bigint => (count + other - 1n) / (other < 1n ? 1n : other);
  const rows = isNull(1) ? needed(c!) : r!;
  const columns = items.length < 3 || isNull(2) ? needed(rows) : c!;
  for (const [name, size, least] of [
    ["rows", rows, 1n],
    ["columns", columns, 1n],
    ["padding", margin, 0n],
  ] as const)
    if (size < least || size > LARGEST)
      fail(`makegrid: expecting ${least}-${LARGEST} ${name}, given ${size}`);
  if (value < -32768n || value > 32767n) fail(`makegrid: expecting a pad value of 16 bits, given ${value}`);
  return { rows, columns, margin, value };
}

/** Images of three dimensions are of one channel, which becomes three. */
async function makegrid(call: Call, x: K): Promise<K> {
  const items = x instanceof List && asHandle(x) === undefined ? x.items : [];
  if (items.length < 2 || items.length > 5 || items.slice(1).some((each) => asLong(each) === undefined))
    return fail(FORMS);
  const { handle, isTensor } = await imagesOf(call, items[0]!, "makegrid");
  const { defined, dim, size } = call.engine.describe(handle);
  if (!defined || dim < 3n || dim > 4n)
    return fail(`makegrid: expecting 3 or 4-dimensional input, ${defined ? dim : 0n} dimension(s) given`);
  const grid = gridOf(items, size[0]!);
  let images = handle;
  if (dim === 3n) images = await step(call, images, "unsqueeze", { dim: 1n });
  if (dim === 3n || size[1] === 1n)
    images = await step(call, images, "expand", { size: [-1n, 3n, -1n, -1n] });
  const made = await arranged(call, images, grid);
  return isTensor
    ? handleK(await make(call, "clone", { self: { handle: made } }))
    : answer(await call.engine.retrieve(made));
}

/** @param images count × channels × height × width @returns channels × all rows' height × all columns' width */
async function arranged(call: Call, images: Handle, { rows, columns, margin, value }: Grid): Promise<Handle> {
  const places = rows * columns;
  const padded = (handle: Handle, pad: bigint[]): Promise<Handle> =>
    step(call, handle, "constant_pad_nd", { pad, value });
  let t = await padded(images, [margin, 0n, margin, 0n]);
  const [count, channels, height, width] = call.engine.describe(t).size as [bigint, bigint, bigint, bigint];
  if (count > places) t = await step(call, t, "narrow", { dim: 0n, start: 0n, length: places });
  else if (count < places) t = await padded(t, [0n, 0n, 0n, 0n, 0n, 0n, 0n, places - count]);
  t = await step(call, t, "reshape", { shape: [rows, columns, channels, height, width] });
  t = await step(call, t, "permute", { dims: [2n, 0n, 3n, 1n, 4n] });
  t = await step(call, t, "reshape", { shape: [channels, rows * height, columns * width] });
  return padded(t, [0n, margin, 0n, margin]);
}

// png ----------------------------------------------------------------------------------------------------------------

/** PNG's colour type by the number of channels: grey, grey and alpha, colours, colours and alpha. */
const COLOR_TYPES: Readonly<Record<string, 0 | 2 | 4 | 6>> = { 1: 0, 2: 4, 3: 2, 4: 6 };
const WIDEST = 2n ** 15n;

/** (file;image), (file;image;flag): the flag lets a file of the name go. Answers the name. */
async function png(call: Call, x: K): Promise<K> {
  const [file, image, flag, ...rest] = x instanceof List && asHandle(x) === undefined ? x.items : [];
  const name = asSymbol(file);
  const replace = flag === undefined ? false : asFlag(flag);
  if (name === undefined || image === undefined || replace === undefined || rest.length > 0)
    return fail("png: unrecognized arg(s), expects (PNG file name; image array/tensor)");
  const place = placeOf("png", call.settings.dataFolder, name.replace(/^:/, ""));
  const { handle } = await imagesOf(call, image, "png");
  await writeFile(place, await encoded(call, handle), replace);
  return file!;
}

/** @param image channels × height × width; values are taken as bytes */
async function encoded(call: Call, image: Handle): Promise<Uint8Array> {
  const { defined, size } = call.engine.describe(image);
  const [channels, height, width] = defined && size.length === 3 ? size : [0n, 0n, 0n];
  const colorType = COLOR_TYPES[String(channels)];
  const fits = (n: bigint | undefined): boolean => n !== undefined && n >= 1n && n <= WIDEST;
  if (colorType === undefined || !fits(height) || !fits(width))
    return fail(
      `png: expecting an image of 1-4 channels, height and width up to ${WIDEST}, given size ${size ?? []}`,
    );
  const pixels = await step(call, await bytesOf(call, image), "permute", { dims: [1n, 2n, 0n] });
  const flat = await step(call, pixels, "reshape", { shape: [-1n] });
  const array = await call.engine.retrieve(flat);
  const sized = { width: Number(width), height: Number(height) };
  const packed = new PNG({
    ...sized,
    bitDepth: 8,
    colorType,
    inputColorType: colorType,
    inputHasAlpha: channels === 2n || channels === 4n,
  });
  packed.data = Buffer.from(array.subarray(array.length - sized.width * sized.height * Number(channels)));
  const chunks: Uint8Array[] = [];
  const stream = packed.pack().on("data", (chunk: Uint8Array) => chunks.push(chunk));
  await once(stream, "end");
  return Buffer.concat(chunks);
}

const bytesOf = async (call: Call, handle: Handle): Promise<Handle> =>
  call.keep(await call.engine.convert(handle, { dtype: "byte", device: "cpu" }));

export const imageTopic: Topic = page("tensors", { makegrid, png });
