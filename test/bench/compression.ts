/** Native compression against a plain C loop of the same algorithm. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { encode } from "../../protocol/encode.js";
import { RESPONSE } from "../../protocol/header.js";
import * as k from "../../protocol/make.js";
import { typeName } from "../../server/api/args/ktypes.js";
import { nativeCodec } from "../../server/engine/codec.js";
import { loadEngine } from "../../server/engine/index.js";
import { compare, digits } from "./measure.js";
import { built } from "./programs.js";
import { type Row, ratioRow } from "./rows.js";

const run = promisify(execFile);
const COUNT = 12_500_000;
const LIMIT = 2 ** 31 - 1;

/** Prices in quarters: doubles as a market has them, which compress to less than half. (Random ones do not.) */
function prices(): Float64Array {
  const out = new Float64Array(COUNT);
  let price = 400;
  let state = 1;
  for (let i = 0; i < COUNT; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    price += (state >>> 30) - 1.5 > 0 ? 0.25 : -0.25;
    if (price < 300 || price > 500) price = 400;
    out[i] = price;
  }
  return out;
}

export async function compression(): Promise<Row[]> {
  const program = await built("compression_floor");
  const folder = mkdtempSync(join(tmpdir(), "torchq-bench-"));
  try {
    const message = encode(k.vector(9, prices()), RESPONSE);
    const file = join(folder, "message");
    writeFileSync(file, message);
    const { compress, uncompress } = nativeCodec(loadEngine(typeName));

    let packed: Uint8Array | undefined;
    const pack = async (): Promise<number> => {
      const start = performance.now();
      packed = await compress(message);
      return performance.now() - start;
    };
    const unpack = async (): Promise<number> => {
      const start = performance.now();
      const plain = await uncompress(packed!, LIMIT);
      const time = performance.now() - start;
      if (Buffer.compare(plain, message) !== 0) throw new Error("uncompressed is not what was compressed");
      return time;
    };
    /** @param column 0 compressing, 1 uncompressing */
    const floor = (column: number) => async (): Promise<number> => {
      const { stdout } = await run(program, [file, "1"]);
      return Number(stdout.split(" ")[column]);
    };
    const rate = (milliseconds: number): number => message.length / 1e6 / (milliseconds / 1000);
    const way = { rounds: 5, invert: true };
    const packing = await compare(pack, floor(0), way);
    const unpacking = await compare(unpack, floor(1), way);
    const share = digits((100 * packed!.length) / message.length);
    const against = "a plain C loop of the same algorithm";
    return [
      ratioRow(
        `compress a 100 MB vector of doubles (to ${share} %)`,
        against,
        { atLeast: 0.7 },
        packing,
        "MB/s",
        rate,
      ),
      ratioRow("uncompress it", against, { atLeast: 0.7 }, unpacking, "MB/s", rate),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
