/** The source that a feed's plan asks for. */
import type { DialOptions } from "../../../protocol/dial.js";
import type { FeedPlan } from "../plan.js";
import type { Folders, Found } from "./paths.js";
import { PlantSource } from "./plant.js";
import { PushSource } from "./push.js";
import { ReplaySource } from "./replay.js";
import type { Listener } from "./source.js";

export { plantAddress } from "./address.js";
export { type Folders, type Found, logPath, openable } from "./paths.js";
export { PushSource } from "./push.js";
export type { Listener, Source } from "./source.js";

/** What the server's operator allows, found out before the feed's thread begins. */
export interface Allowed {
  /** Of a plant: where it is. */
  readonly address?: DialOptions;
  /** Of a log: the file. */
  readonly file?: Found;
  readonly folders: Folders;
}

/** @throws KError for a table or symbols that cannot be asked for */
export function openSource(
  { source, table, syms, behind }: FeedPlan,
  { address, file, folders }: Allowed,
  listener: Listener,
): PlantSource | PushSource | ReplaySource {
  if (source.kind === "push") return new PushSource({ table, syms, columns: source.columns ?? [] }, listener);
  if (source.kind === "log")
    return new ReplaySource({ table, syms, columns: source.columns ?? [], file: file! }, listener);
  const { request } = source;
  return new PlantSource(
    { table, syms, request, address: address!, folders, letGo: behind === "log" },
    listener,
  );
}
