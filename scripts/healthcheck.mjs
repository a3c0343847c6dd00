// Whether a server answers: a kdb+ handshake and a call that goes through the engine. Ends with code 0 or 1 and one
// line. Reads TORCHQ_PORT (5020), TORCHQ_LOGIN (user:password, where the server has a password file), TORCHQ_TLS (1).
//
// Without TORCHQ_LOGIN a refused login counts as health: the server read the handshake and judged it, but the call
// through the engine is then not made.

import { ConnectionError, connect, k } from "../dist/protocol/index.js";

const TIMEOUT = 4000;
const { TORCHQ_PORT = "5020", TORCHQ_LOGIN = "", TORCHQ_TLS = "0" } = process.env;
const [, user = "", password = ""] = /^([^:]*):?(.*)$/s.exec(TORCHQ_LOGIN) ?? [];

async function check() {
  try {
    const client = await connect({
      host: "127.0.0.1",
      port: Number(TORCHQ_PORT),
      user,
      password,
      timeout: TIMEOUT,
      // The check is of this machine's own server, whose certificate names another host.
      ...(TORCHQ_TLS === "1" ? { tls: { rejectUnauthorized: false } } : {}),
    });
    await client.request(k.list([k.symbol("obj"), k.NULL]), { timeout: TIMEOUT });
    await client.close();
    return "healthy";
  } catch (error) {
    if (error instanceof ConnectionError && error.code === "access" && TORCHQ_LOGIN === "")
      return "healthy (login refused; TORCHQ_LOGIN is not set)";
    throw error;
  }
}

try {
  process.stdout.write(`${await check()}\n`);
} catch (error) {
  process.stdout.write(`unhealthy: ${error.message}\n`);
  process.exit(1);
}
