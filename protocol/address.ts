/** Addresses as hopen has them. */
import type { DialOptions } from "./dial.js";

const LARGEST_PORT = 65_535;

/**
 * `host:port`, `:port`, `port`, `tcp://host:port`, `tcps://host:port` (TLS), `unix://port`, each with a colon before it or none, and with
 * `:user:password` behind it or not. A host that is an IPv6 address has brackets.
 * @throws Error for another text, which it does not repeat where it may hold a password
 */
export function parseAddress(text: string): DialOptions {
  const [, scheme = "", rest] = /^:?(?:(tcps?|unix):\/\/)?(.*)$/s.exec(text)!;
  const [, host = "", port, user, password] =
    /^(?:(\[[^\]]*\]|[^:[\]]*):)?(\d{1,5})(?::([^:]*)(?::(.*))?)?$/s.exec(rest!) ?? [];
  const number = Number(port);
  if (!(number >= 1 && number <= LARGEST_PORT) || (scheme === "unix" && host !== "")) {
    const shown = JSON.stringify(text.split(":").slice(0, 3).join(":"));
    throw new Error(`${shown}: expected host:port, and :user:password where the server wants one`);
  }
  const login = user ? { user, password: password ?? "" } : {};
  if (scheme === "unix") return { unix: number, ...login };
  const tls = scheme === "tcps" ? { tls: true } : {};
  return { host: host.replace(/^\[(.*)\]$/, "$1") || "localhost", port: number, ...tls, ...login };
}
