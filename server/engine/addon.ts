/**
 * Where the addon lies. The native build writes build/current.json (scripts/build-native.mjs): the addon last built, and
 * all builds by libtorch folder, so that LIBTORCH at run time picks another.
 */
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

interface Build {
  readonly addon: string;
  readonly libtorch: string;
  readonly version: string;
}

/** The package's folder: the nearest above this file with a package.json. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error("torchq: no package.json above its own files");
    folder = parent;
  }
  return folder;
}

/** In a clone `npm run build` does the same. */
const BUILD = "npx torchq setup";

/** @throws when nothing was built, or not for the libtorch that LIBTORCH names */
export function addonPath(): string {
  const record = join(packageFolder(), "build/current.json");
  if (!existsSync(record)) throw new Error(`torchq: the addon is not built; run \`${BUILD}\``);
  const current = JSON.parse(readFileSync(record, "utf8")) as Build & { builds: Record<string, Build> };
  const wanted = process.env.LIBTORCH;
  if (!wanted) return current.addon;
  // builds are recorded under their libtorch's real path
  const build = current.builds[existsSync(wanted) ? realpathSync(wanted) : wanted];
  if (!build)
    throw new Error(`torchq: the addon is not built for ${wanted}; run \`LIBTORCH=${wanted} ${BUILD}\``);
  return build.addon;
}
