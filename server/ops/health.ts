/**
 * `torchq health [--ready] [options]`: whether the server of this machine lives, or with --ready whether it would answer a
 * call now. Takes the server's options and variables, prints one line, ends with 0 or 1.
 *
 * A server that works is alive: the login and the first question are answered beside whatever runs. Even a refused login
 * is an answer, so that a changed password does not have a server restarted in the middle of its work.
 */
import { readFileSync } from "node:fs";
import { ConnectionError, type ConnectOptions, connect, k } from "../../protocol/index.js";
import { type Options, parseOptions } from "../options.js";

export interface Health {
  readonly alive: boolean;
  /** Whether a call is answered without waiting for a long one. */
  readonly ready: boolean;
  /** For people. */
  readonly words: string;
}

/** Milliseconds to be let in and to get a value back. */
const ALIVE = 4000;
/** Milliseconds in which a call has its turn where none is running long. */
const READY = 1000;

/** The check's password: TORCHQ_HEALTH_PASSWORD, or what is in the file that TORCHQ_HEALTH_PASSWORD_FILE names. */
export function checkPassword(env: NodeJS.ProcessEnv): string {
  const file = env.TORCHQ_HEALTH_PASSWORD_FILE;
  if (!file) return env.TORCHQ_HEALTH_PASSWORD ?? "";
  return readFileSync(file, "utf8").replace(/\r?\n$/, "");
}

/** An address to reach what listens on all. */
const REACHABLE: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

/** How to reach a server with these options. */
function target({ addresses, host, tls }: Options): ConnectOptions {
  const [first] = addresses;
  const listens = first!.host ?? host;
  return {
    host: REACHABLE[listens] ?? listens,
    port: first!.port,
    // The check is of this machine's own server, whose certificate names another host.
    ...(tls === "only" ? { tls: { rejectUnauthorized: false } } : {}),
  };
}

/** Asks the server that was started with these options. */
export async function health(options: Options, password: string): Promise<Health> {
  const login = { user: options.healthUser, password, timeout: ALIVE };
  try {
    const client = await connect({ ...target(options), ...login });
    try {
      await client.request(k.long(1), { timeout: ALIVE });
      const ready = await client.request(k.list([k.symbol("obj"), k.NULL]), { timeout: READY }).then(
        () => true,
        () => false,
      );
      return { alive: true, ready, words: ready ? "healthy" : "healthy, busy with a call" };
    } finally {
      client.close();
    }
  } catch (error) {
    const refused = error instanceof ConnectionError && error.code === "access";
    if (!refused) return { alive: false, ready: false, words: `unhealthy: ${(error as Error).message}` };
    return { alive: true, ready: false, words: `healthy, but refuses the user ${options.healthUser}` };
  }
}

/** @returns the exit status */
export async function runHealth(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const say = (words: string): void => void process.stdout.write(`${words}\n`);
  const rest = args.filter((arg) => arg !== "--ready");
  try {
    const options = parseOptions(rest, env);
    if (options === "help") {
      say("usage: torchq health [--ready] [options of the server]");
      return 0;
    }
    const { alive, ready, words } = await health(options, checkPassword(env));
    say(words);
    return (rest.length < args.length ? ready : alive) ? 0 : 1;
  } catch (error) {
    say(`not checked: ${(error as Error).message}`);
    return 1;
  }
}
