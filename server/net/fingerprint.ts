/** Whether files say anything new, without keeping what they say. */
import { createHmac, randomBytes } from "node:crypto";

const key = randomBytes(32);

/** Equal for equal contents, within this process. */
export function fingerprint(...contents: readonly (Uint8Array | undefined)[]): string {
  const sum = createHmac("sha256", key);
  for (const part of contents) sum.update(`${part?.length ?? "none"}\0`).update(part ?? "");
  return sum.digest("hex");
}
