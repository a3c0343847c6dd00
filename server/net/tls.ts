/**
 * TLS as q has it: `-E 1` serves plain and TLS connections on one port, `-E 2` TLS alone. Certificate, key and authority
 * come from the environment: SSL_CERT_FILE, SSL_KEY_FILE, SSL_CA_CERT_FILE, SSL_VERIFY_CLIENT, each with KX_ before it
 * where that is set.
 */
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { createServer, type TlsOptions } from "node:tls";
import { OptionError } from "../errors.js";
import type { TlsMode } from "../options.js";
import { fingerprint } from "./fingerprint.js";

/** The first byte of a TLS connection (a handshake record). */
const HELLO = 0x16;

function material(name: string, required: boolean): Buffer | undefined {
  const variable = process.env[`KX_${name}`] === undefined ? name : `KX_${name}`;
  const path = process.env[variable];
  if (path === undefined || path === "") {
    if (required) throw new OptionError(`TLS needs ${name} in the environment, the name of a PEM file`);
    return undefined;
  }
  try {
    return readFileSync(path);
  } catch (error) {
    throw new OptionError(`${variable}: ${(error as Error).message}`);
  }
}

interface Settings {
  readonly options: TlsOptions;
  /** Of the files that they come from. */
  readonly print: string;
}

function readSettings(): Settings {
  const ca = material("SSL_CA_CERT_FILE", false);
  const cert = material("SSL_CERT_FILE", true)!;
  const key = material("SSL_KEY_FILE", true)!;
  const verify = (process.env.KX_SSL_VERIFY_CLIENT ?? process.env.SSL_VERIFY_CLIENT) === "YES";
  const options: TlsOptions = {
    cert,
    key,
    ...(ca === undefined ? {} : { ca }),
    requestCert: verify,
    rejectUnauthorized: verify,
    minVersion: "TLSv1.2",
    allowHalfOpen: true,
  };
  return { options, print: fingerprint(ca, cert, key) };
}

/** Turns accepted sockets into sockets that speak plain kdb+. */
export interface Gate {
  enter(plain: Socket): void;
  /**
   * Reads certificate, key and authority again; what cannot be used throws an OptionError, and the former stay.
   * @returns whether they are others than before
   */
  reload(): boolean;
}

/**
 * @param patience milliseconds for the first byte and for the TLS handshake
 * @param onReady called with the accepted socket, or with the TLS socket over it
 * @param onRefused told why a connection was not taken; it is closed then
 * @throws OptionError when certificate or key are missing or do not fit
 */
export function makeGate(
  mode: TlsMode,
  patience: number,
  onReady: (socket: Socket) => void,
  onRefused: (why: string, socket: Socket) => void,
): Gate {
  if (mode === "off") return { enter: onReady, reload: () => false };
  let current = readSettings();
  const server = usable(() => createServer({ ...current.options, handshakeTimeout: patience }));
  server.on("secureConnection", onReady);
  server.on("tlsClientError", (error, socket) => {
    onRefused(`TLS: ${error.message}`, socket);
    socket.destroy();
  });
  const first = (plain: Socket, chunk: Buffer): void => {
    plain.pause();
    plain.unshift(chunk);
    if (chunk[0] === HELLO) {
      // The TLS server never listens itself: connections are handed to it one by one.
      server.emit("connection", plain);
    } else if (mode === "both") onReady(plain);
    else {
      onRefused("a plain connection where only TLS is served", plain);
      plain.destroySoon();
    }
  };
  return {
    enter(plain) {
      const timer = setTimeout(() => {
        onRefused("no first byte in time", plain);
        plain.destroy();
      }, patience);
      plain.once("close", () => clearTimeout(timer));
      plain.once("data", (chunk: Buffer) => {
        clearTimeout(timer);
        first(plain, chunk);
      });
    },
    reload() {
      const next = readSettings();
      if (next.print === current.print) return false;
      usable(() => server.setSecureContext(next.options));
      current = next;
      return true;
    },
  };
}

/** What OpenSSL says about a certificate or key is an option's error. */
function usable<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof OptionError) throw error;
    throw new OptionError(`TLS certificate or key: ${(error as Error).message}`);
  }
}
