/** Which plants a feed may connect to: a session says where, the server's operator says whether. */
import { parseAddress } from "../../../protocol/address.js";
import type { DialOptions } from "../../../protocol/dial.js";
import { KError } from "../../../protocol/values.js";

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/** @param plants as `--plants` has them: `host:port`, `loopback`, `*` */
export function mayConnect(address: DialOptions, plants: readonly string[]): boolean {
  const host = address.host?.toLowerCase();
  const own = host === undefined || LOOPBACK.test(host);
  return plants.some(
    (plant) => plant === "*" || (plant === "loopback" ? own : plant === `${host}:${address.port}`),
  );
}

/** @throws KError for a text that is no address, and for one that feeds may not connect to */
export function plantAddress(text: string, plants: readonly string[]): DialOptions {
  let address: DialOptions;
  try {
    address = parseAddress(text);
  } catch (error) {
    throw new KError((error as Error).message);
  }
  if (mayConnect(address, plants)) return address;
  const where = address.host === undefined ? "this machine" : `${address.host}:${address.port}`;
  throw new KError(
    `feeds may not connect to ${where}: the server is to be started with --plants ${address.host === undefined ? "loopback" : where}`,
  );
}
