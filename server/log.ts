/**
 * The log: pino's JSON lines on stderr, readable ones on a terminal. Every text in a line is made harmless first, so
 * that a peer cannot forge a line or drive a terminal. Passwords and bulk data are never handed to it.
 */
import pino from "pino";
import pretty from "pino-pretty";

export type Logger = pino.Logger;
export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Control characters, line and paragraph separators, direction marks, unpaired surrogates (bytes not UTF-8). */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const LONGEST = 500;

/** The text with everything that is not plainly printable escaped, cut at 500 characters. */
export function printable(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}..` : text;
  return cut.replace(UNSAFE, (c) => {
    const code = c.charCodeAt(0);
    if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`; // a byte that is not UTF-8
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16)}`;
  });
}

function describe(error: Error): Record<string, unknown> {
  return {
    type: error.name,
    message: printable(error.message),
    stack: (error.stack ?? "").split("\n").slice(1, 20).map(printable),
  };
}

function harmless(fields: Record<string, unknown>): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value instanceof Error) safe[name] = describe(value);
    else safe[name] = typeof value === "string" ? printable(value) : value;
  }
  return safe;
}

/**
 * @param level least severe level that is written
 * @param stream where lines go instead of stderr (tests)
 */
export function makeLog(level: LogLevel, stream?: pino.DestinationStream): Logger {
  const target =
    stream ??
    (process.stderr.isTTY
      ? pretty({ destination: 2, sync: true, ignore: "pid,hostname", translateTime: "SYS:HH:MM:ss.l" })
      : pino.destination({ fd: 2, sync: true }));
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { log: harmless },
      serializers: { err: (x: unknown) => x },
      hooks: {
        logMethod(args, method) {
          method.apply(this, args.map((x) => (typeof x === "string" ? printable(x) : x)) as typeof args);
        },
      },
    },
    target,
  );
}

/** A logger whose every line has these fields too. (pino does not format a child's fields itself.) */
export const bound = (log: Logger, fields: Record<string, unknown>): Logger => log.child(harmless(fields));
