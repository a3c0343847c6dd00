/** The table of options: what each is called, what it means, how its value is read. */
import { OptionError } from "./errors.js";
import { LOG_LEVELS, type LogLevel } from "./log.js";
import { usableMemory } from "./machine.js";

/** Where to listen; `host` is left out where the option `--host` decides. Port 0 is any free one. */
export interface Address {
  readonly host?: string;
  readonly port: number;
}

/** Logs that a plant names below `from` lie here below `to`. */
export interface LogFolder {
  readonly from: string;
  readonly to: string;
}

export type TlsMode = "off" | "both" | "only";
export type Compress = "auto" | "always" | "never";

/** Times in seconds (Infinity: no limit), sizes in bytes (Infinity: no limit). */
export interface Options {
  readonly addresses: readonly Address[];
  readonly host: string;
  readonly passwordFile: string | undefined;
  readonly insecure: boolean;
  readonly tls: TlsMode;
  readonly unix: boolean;
  readonly memory: number;
  readonly callTimeout: number;
  /** How long the function of a callback module may take. */
  readonly callbackTimeout: number;
  readonly textThreads: number;
  readonly linger: number;
  /** How long the calls that run may go on when the server is told to end. */
  readonly grace: number;
  readonly data: string | undefined;
  /** Folders outside the data folder in which feeds may read plants' logs. */
  readonly logs: readonly LogFolder[];
  /** Where feeds may connect to: `host:port`, `loopback` for this machine, `*` for anywhere. */
  readonly plants: readonly string[];
  /** How many feeds there may be at a time. */
  readonly feeds: number;
  readonly compress: Compress;
  readonly logLevel: LogLevel;
  /** The user whose connections from this machine the log mentions at level debug only. */
  readonly healthUser: string;
  readonly maxMessage: number;
  readonly maxDepth: number;
  readonly maxHandshake: number;
  readonly maxConnections: number;
  readonly maxPerAddress: number;
  readonly maxQueued: number;
  readonly maxPending: number;
  readonly handshakeTimeout: number;
  readonly idleTimeout: number;
  readonly writeTimeout: number;
}

export interface Row {
  readonly name: string;
  /** One letter, as in q; some options have two. */
  readonly letters?: string;
  /** What the value is, for the help; a flag has none. */
  readonly value?: string;
  readonly standard?: string;
  readonly meaning: string;
  /** It may be given several times. */
  readonly several?: true;
  /** Reads the value, which of a flag is "true" or "false", or throws an error whose message ends "expected ...". */
  readonly read: (value: string) => Partial<Options>;
}

const MEGABYTE = 2 ** 20;

/** The default of -w: what the control group allows, so that the system does not end the process for its memory. */
const allowedMegabytes = (): string => {
  const bytes = usableMemory();
  return bytes === Number.POSITIVE_INFINITY ? "0" : String(Math.max(1, Math.floor(bytes / MEGABYTE)));
};

const number = (value: string, what: string, low: number, high: number): number => {
  const x = value.trim() === "" ? Number.NaN : Number(value);
  if (!(x >= low && x <= high)) throw new OptionError(`expected ${what} from ${low} to ${high}`);
  return x;
};

const count = (value: string, high = 1e9): number => {
  const x = number(value, "a whole number", 1, high);
  if (!Number.isInteger(x)) throw new OptionError("expected a whole number");
  return x;
};

/** Seconds; 0 means no limit where `zero` is Infinity; `0W` is for ever. */
const seconds = (value: string, zero: number): number => {
  if (value === "0W") return Number.POSITIVE_INFINITY;
  return number(value, "seconds (0W: for ever)", 0, 1e9) || zero;
};

/** Megabytes as bytes; 0 is no limit. */
const megabytes = (value: string, high = 1e9): number =>
  number(value, "megabytes (0: no limit)", 0, high) * MEGABYTE || Number.POSITIVE_INFINITY;

const oneOf = <T extends string>(value: string, names: readonly T[]): T => {
  const found = names.find((x) => x === value);
  if (found === undefined) throw new OptionError(`expected one of ${names.join(", ")}`);
  return found;
};

/** `5020`, `host:5020`, `:5020`, `[::1]:5020`; port `0` or `0W` is any free one, as in q. */
function address(text: string): Address {
  const [, host, port] = /^(?:(.*):)?([^:\]]+)$/.exec(text) ?? [];
  const value = number(port === "0W" ? "0" : (port ?? ""), "[host:]port with a port", 0, 65535);
  if (!Number.isInteger(value)) throw new OptionError("expected [host:]port");
  return host ? { host: host.replace(/^\[(.*)\]$/, "$1"), port: value } : { port: value };
}

const passwordFile = (value: string): Partial<Options> => {
  if (value === "") throw new OptionError("expected the name of a password file");
  return { passwordFile: value };
};

/** `FROM=TO`, or a folder for itself. */
function logFolder(text: string): LogFolder {
  const [from, to = from] = text.split("=", 2);
  if (!from || !to?.startsWith("/")) throw new OptionError("expected FROM=TO, of which TO begins with /");
  return { from, to };
}

function plant(text: string): string {
  if (text === "*" || text === "loopback") return text;
  const { host, port } = address(text);
  if (host === undefined || port === 0) throw new OptionError("expected HOST:PORT, loopback or *");
  return `${host.toLowerCase()}:${port}`;
}

const NEVER = Number.POSITIVE_INFINITY;

export const ROWS: readonly Row[] = [
  {
    name: "port",
    letters: "p",
    value: "[HOST:]PORT",
    standard: "5020",
    meaning: "port to listen on, 0 or 0W for any free one; may be given several times",
    several: true,
    read: (x) => ({ addresses: x.split(",").map(address) }),
  },
  {
    name: "users",
    letters: "uU",
    value: "FILE",
    meaning: "password file: user:password in each line, the password plain or as md5 or sha1",
    read: passwordFile,
  },
  {
    name: "tls",
    letters: "E",
    value: "0|1|2",
    standard: "0",
    meaning:
      "0 plain, 1 plain and TLS on one port, 2 TLS only; SSL_CERT_FILE and SSL_KEY_FILE name the certificate and key",
    read: (x) => ({ tls: (["off", "both", "only"] as const)[Number(oneOf(x, ["0", "1", "2"]))]! }),
  },
  {
    name: "memory",
    letters: "w",
    value: "MB",
    standard: allowedMegabytes(),
    meaning:
      "memory of the process: what does not fit is 'wsfull, and beyond it every call but free and obj; 0 for no limit",
    read: (x) => ({ memory: megabytes(x) }),
  },
  {
    name: "call-timeout",
    letters: "T",
    value: "SECONDS",
    standard: "0",
    meaning: "time limit of one call, which then ends with 'stop; 0 for none",
    read: (x) => ({ callTimeout: seconds(x, NEVER) }),
  },
  {
    name: "callback-timeout",
    value: "SECONDS",
    standard: "10",
    meaning: "time limit of a function that a callback module calls, during which other sessions wait",
    read: (x) => ({ callbackTimeout: number(x, "seconds", 0.001, 86_400) }),
  },
  {
    name: "host",
    value: "HOST",
    standard: "127.0.0.1",
    meaning: "address to listen on where -p names none",
    read: (x) => ({ host: x }),
  },
  {
    name: "insecure",
    meaning: "listen on other addresses than loopback without a password file",
    read: (x) => ({ insecure: oneOf(x, ["true", "false"]) === "true" }),
  },
  {
    name: "unix",
    value: "on|off",
    standard: "on",
    meaning: "listen on the Unix domain socket of each port too; QUDSPATH is its folder, empty for off",
    read: (x) => ({ unix: oneOf(x, ["on", "off"]) === "on" }),
  },
  {
    name: "text-threads",
    value: "N",
    standard: "16",
    meaning:
      "threads that q text is worked out on, one for each user who sends any, some 13 MB each; more users share",
    read: (x) => ({ textThreads: count(x, 1000) }),
  },
  {
    name: "linger",
    value: "SECONDS",
    standard: "3600",
    meaning: "how long objects of a user without a connection are kept, 0W for ever",
    read: (x) => ({ linger: seconds(x, 0) }),
  },
  {
    name: "grace",
    value: "SECONDS",
    standard: "5",
    meaning:
      "how long calls may go on when the server is told to end (SIGTERM, SIGINT); then it ends without them",
    read: (x) => ({ grace: number(x, "seconds", 0, 86_400) }),
  },
  {
    name: "data",
    value: "FOLDER",
    meaning: "the only folder in which sessions may read and write files; without it they may not",
    read: (x) => ({ data: x }),
  },
  {
    name: "logs",
    value: "FROM=TO",
    meaning:
      "folders in which feeds read logs of plants: what a plant calls FROM is TO here; may be given several times",
    several: true,
    read: (x) => ({ logs: x.split(",").map(logFolder) }),
  },
  {
    name: "plants",
    value: "HOST:PORT,...",
    standard: "loopback",
    meaning: "tickerplants that feeds may connect to; loopback is this machine, * any",
    several: true,
    read: (x) => ({ plants: x.split(",").map(plant) }),
  },
  {
    name: "feeds",
    value: "N",
    standard: "16",
    meaning: "feeds at a time, each on a thread of its own, some 20 MB",
    read: (x) => ({ feeds: count(x, 1000) }),
  },
  {
    name: "compress",
    value: "auto|always|never",
    standard: "auto",
    meaning: "compression of replies: auto is q's rule, large ones to other machines",
    read: (x) => ({ compress: oneOf(x, ["auto", "always", "never"]) }),
  },
  {
    name: "log-level",
    value: "LEVEL",
    standard: "info",
    meaning: `least level that is logged: ${LOG_LEVELS.join(", ")}`,
    read: (x) => ({ logLevel: oneOf(x, LOG_LEVELS) }),
  },
  {
    name: "health-user",
    value: "USER",
    standard: "health",
    meaning: "who `torchq health` logs in as; logged at level debug only",
    read: (x) => ({ healthUser: x }),
  },
  {
    name: "max-message",
    value: "MB",
    standard: "4095",
    meaning: "largest message accepted, compressed or not",
    read: (x) => ({ maxMessage: number(x, "megabytes", 0.001, 1e6) * MEGABYTE }),
  },
  {
    name: "max-depth",
    value: "LEVELS",
    standard: "200",
    meaning: "deepest nesting of lists accepted",
    read: (x) => ({ maxDepth: count(x, 10_000) }),
  },
  {
    name: "max-handshake",
    value: "BYTES",
    standard: "32768",
    meaning: "longest user and password accepted",
    read: (x) => ({ maxHandshake: count(x, MEGABYTE) }),
  },
  {
    name: "max-connections",
    value: "N",
    standard: "1000",
    meaning: "connections at a time",
    read: (x) => ({ maxConnections: count(x) }),
  },
  {
    name: "max-per-address",
    value: "N",
    standard: "250",
    meaning: "connections at a time from one other machine",
    read: (x) => ({ maxPerAddress: count(x) }),
  },
  {
    name: "max-queued",
    value: "MB",
    standard: "16",
    meaning: "requests of one connection that may wait for the one before them until it is read no further",
    read: (x) => ({ maxQueued: number(x, "megabytes", 0.001, 1e6) * MEGABYTE }),
  },
  {
    name: "max-pending",
    value: "MB",
    standard: "64",
    meaning: "unread replies of one connection that may wait before its requests do too",
    read: (x) => ({ maxPending: number(x, "megabytes", 0.001, 1e6) * MEGABYTE }),
  },
  {
    name: "handshake-timeout",
    value: "SECONDS",
    standard: "10",
    meaning: "time in which a new connection must have named its user",
    read: (x) => ({ handshakeTimeout: seconds(x, NEVER) }),
  },
  {
    name: "idle-timeout",
    value: "SECONDS",
    standard: "0",
    meaning: "time after which a silent connection is closed, 0 for never",
    read: (x) => ({ idleTimeout: seconds(x, NEVER) }),
  },
  {
    name: "write-timeout",
    value: "SECONDS",
    standard: "60",
    meaning: "time after which a connection that takes none of its replies is closed, 0 for never",
    read: (x) => ({ writeTimeout: seconds(x, NEVER) }),
  },
];
