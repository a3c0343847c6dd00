/** Grids of images, and PNG files below the data folder. */
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PNG } from "pngjs";
import { apiOver } from "../../server/api/index.js";
import { door, Q, talk } from "./rig.js";

describe("images", () => {
  talk("several in one grid, margins between and around", [
    ["g:makegrid(`byte$((1 2;3 4);(5 6;7 8));1;2;1;9)", ""],
    ["count g", "3"],
    ["g 0", "`byte$(9 9 9 9 9 9 9;9 1 2 9 5 6 9;9 3 4 9 7 8 9;9 9 9 9 9 9 9)"],
    ["first makegrid(enlist(1 2;3 4);0N;1;0)", "(1 2;3 4)"],
    ["size makegrid(tensor(`ones;7 3 2 2);0N;3;0)", "3 6 6"],
    ["size makegrid(tensor(`ones;7 1 2 2);1;2;0)", "3 2 4"],
    ["makegrid(tensor(`ones;7 1 2 2);0N)", "'makegrid: both rows & columns cannot be null"],
    ["makegrid(tensor(`ones;7 1 2 2);0;2)", "'makegrid: expecting 1-1048576 rows, given 0"],
    ["makegrid(1 2;1;1)", "'makegrid: expecting 3 or 4-dimensional input, 1 dimension(s) given"],
  ]);

  talk("no file is written without a data folder", [
    ["png(`a.png;tensor(`ones;1 2 2))", "'png: this server writes no files: it was started without --data"],
  ]);

  describe("files", () => {
    let outside: string;
    let folder: string;
    let q: Q;
    before(() => {
      outside = mkdtempSync(join(tmpdir(), "torchq-"));
      folder = join(outside, "data");
      mkdirSync(folder);
      q = new Q({ own: apiOver(door, folder) });
    });
    after(() => rmSync(outside, { recursive: true }));

    const pixels = (name: string): number[] => [...PNG.sync.read(readFileSync(join(folder, name))).data];

    it("are what the tensor holds: grey, grey and alpha, colours, colours and alpha", async () => {
      await q.gives("png(`grey.png;enlist(1 2;3 255))", "`grey.png");
      assert.deepEqual(pixels("grey.png"), [1, 1, 1, 255, 2, 2, 2, 255, 3, 3, 3, 255, 255, 255, 255, 255]);
      await q.run("png(`ga.png;(enlist 1 2;enlist 3 4))");
      assert.deepEqual(pixels("ga.png"), [1, 1, 1, 3, 2, 2, 2, 4]);
      await q.run("png(`rgb.png;tensor(enlist 1 2;enlist 3 4;enlist 5 6))");
      assert.deepEqual(pixels("rgb.png"), [1, 3, 5, 255, 2, 4, 6, 255]);
      await q.run('png(`$":sub/rgba.png";(enlist 1 2f;enlist 3 4f;enlist 5 6f;enlist 7 8f))');
      assert.deepEqual(pixels("sub/rgba.png"), [1, 3, 5, 7, 2, 4, 6, 8]);
    });

    it("are replaced only when that is asked for", async () => {
      await q.run("png(`twice.png;enlist enlist enlist 1)");
      await q.signals("png(`twice.png;enlist enlist enlist 2)", "png: twice.png exists already");
      assert.deepEqual(pixels("twice.png"), [1, 1, 1, 255]);
      await q.run("png(`twice.png;enlist enlist enlist 2;1b)");
      assert.deepEqual(pixels("twice.png"), [2, 2, 2, 255]);
    });

    it("lie below the folder, whatever the name or links say", async () => {
      for (const name of [
        "../x.png",
        "/tmp/x.png",
        "a/../../x.png",
        "",
        ".",
        "a//b.png",
        "a\\b.png",
        "C:x.png",
      ]) {
        const text = `png(\`$"${name.replaceAll("\\", "\\\\")}";enlist enlist enlist 1)`;
        await q.signals(
          text,
          `png: expecting the name of a file below the data folder, given ${JSON.stringify(name)}`,
        );
      }
      symlinkSync(outside, join(folder, "out"));
      await q.signals('png(`$"out/x.png";enlist enlist enlist 1)', "png: out is no folder");
      writeFileSync(join(outside, "victim"), "whole");
      symlinkSync(join(outside, "victim"), join(folder, "link.png"));
      await q.signals("png(`link.png;enlist enlist enlist 1;1b)", "png: link.png is no file");
      assert.equal(readFileSync(join(outside, "victim"), "utf8"), "whole");
      assert.ok(!existsSync(join(outside, "x.png")));
      assert.deepEqual(readdirSync(outside).sort(), ["data", "victim"]);
    });

    it("are not begun for what is no image", async () => {
      const before = readdirSync(folder);
      await q.signals("png(`no.png;1 2)", /^png: expecting an image of 1-4 channels/);
      await q.signals("png(`no.png;5 1 1#0)", /^png: expecting an image of 1-4 channels/);
      await q.signals("png(`no.png;tensor(`zeros;1 0 2))", /^png: expecting an image of 1-4 channels/);
      await q.signals("png`no.png", "png: unrecognized arg(s), expects (PNG file name; image array/tensor)");
      assert.deepEqual(readdirSync(folder), before);
    });
  });
});
