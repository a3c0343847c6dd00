/** What the process may use of the machine, from folders that look like the system's. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  groupLimits,
  type Limits,
  loadedBlas,
  usableMemory,
  usableProcessors,
} from "../../server/machine.js";

const MB = 2 ** 20;

describe("the machine", () => {
  const folder = mkdtempSync(join(tmpdir(), "torchq-machine-"));
  after(() => rmSync(folder, { recursive: true }));
  let made = 0;

  /** Files by their paths; `self` is the process's list of groups. */
  const system = (self: string, files: Readonly<Record<string, string>>): Limits => {
    const root = join(folder, String(made++));
    for (const [path, text] of Object.entries({ ...files, self })) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), `${text}\n`);
    }
    return groupLimits(join(root, "self"), root);
  };
  const none = { memory: Infinity, processors: Infinity };

  const CASES: readonly [what: string, self: string, files: Readonly<Record<string, string>>, Limits][] = [
    ["no groups", "", {}, none],
    ["version 2 without limits", "0::/a", { "a/memory.max": "max", "a/cpu.max": "max 100000" }, none],
    [
      "version 2, as a container sees it",
      "0::/",
      { "memory.max": String(512 * MB), "cpu.max": "150000 100000" },
      { memory: 512 * MB, processors: 1.5 },
    ],
    [
      "version 2, limits of groups above",
      "0::/user.slice/torchq.service",
      {
        "user.slice/torchq.service/memory.max": "max",
        "user.slice/memory.max": String(256 * MB),
        "user.slice/torchq.service/cpu.max": "400000 100000",
        "user.slice/cpu.max": "50000 50000",
      },
      { memory: 256 * MB, processors: 1 },
    ],
    [
      "version 1, its own path",
      "4:memory:/docker/1\n3:cpu,cpuacct:/docker/1",
      {
        "memory/docker/1/memory.limit_in_bytes": String(300 * MB),
        "memory/memory.limit_in_bytes": "9223372036854771712",
        "cpu/docker/1/cpu.cfs_quota_us": "250000",
        "cpu/docker/1/cpu.cfs_period_us": "100000",
      },
      { memory: 300 * MB, processors: 2.5 },
    ],
    [
      "version 1, as a container sees it: its own path is not there",
      "4:memory:/docker/1\n3:cpu,cpuacct:/docker/1\n0::/",
      {
        "memory/memory.limit_in_bytes": String(300 * MB),
        "cpu/cpu.cfs_quota_us": "-1",
        "cpu/cpu.cfs_period_us": "100000",
      },
      { memory: 300 * MB, processors: Infinity },
    ],
    [
      "version 1 without limits",
      "4:memory:/\n1:cpu:/",
      { "memory/memory.limit_in_bytes": "9223372036854771712", "cpu/cpu.cfs_quota_us": "-1" },
      none,
    ],
    ["rubbish", "x\n0::/a", { "a/memory.max": "many", "a/cpu.max": "" }, none],
  ];
  for (const [what, self, files, expected] of CASES)
    it(what, () => assert.deepEqual(system(self, files), expected));

  it("the default of -w leaves room for what is not an object's; without a limit there is none", () => {
    assert.equal(usableMemory({ memory: 1000, processors: 1 }), 850);
    assert.equal(usableMemory(none), Infinity);
  });

  it("a thread for each processor's worth of time, at least one, at most those there are", () => {
    assert.equal(usableProcessors({ ...none, processors: 0.2 }), 1);
    assert.equal(usableProcessors(none), availableParallelism());
  });

  const LIBRARIES: readonly [file: string, name: string | undefined, slow?: boolean][] = [
    ["/usr/lib/x86_64-linux-gnu/openblas-pthread/libblas.so.3", "OpenBLAS", false],
    ["/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblasp-r0.3.21.so", "OpenBLAS", false],
    ["/opt/torch.libs/libopenblas-1ab2.so.0", "OpenBLAS", false],
    ["/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0", "netlib's reference BLAS", true],
    ["/opt/intel/libmkl_core.so.2", "MKL", false],
    ["/usr/lib/x86_64-linux-gnu/blis-openmp/libblas.so.3", "BLIS", false],
    ["/home/openblas/libtorch_cpu.so", undefined],
  ];
  for (const [file, name, slow] of LIBRARIES)
    it(`${file}: ${name ?? "none"}`, () => {
      const maps = join(folder, "maps");
      writeFileSync(maps, `7f00-7f01 r-xp 0 fe:00 1  /usr/bin/node\n7f02-7f03 r-xp 0 fe:00 2  ${file}\n`);
      assert.deepEqual(loadedBlas(maps), name === undefined ? undefined : { name, slow });
    });
});
