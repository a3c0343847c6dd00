/**
 * The command line and its environment variables: parsing, defaults and help are made from the table of options. Options
 * are read once, checked, and never change afterwards.
 */
import { parseArgs } from "node:util";
import { OptionError } from "./errors.js";
import { type Options, ROWS, type Row } from "./option_rows.js";

export type { Address, Compress, LogFolder, Options, TlsMode } from "./option_rows.js";

/** How an option was given, for its error. */
const onCommandLine = (row: Row): string =>
  row.letters === undefined ? `--${row.name} ` : `-${row.letters[0]} `;
const inEnvironment = (row: Row): string => `${variable(row)}=`;

function readRow(row: Row, value: string, shown: (row: Row) => string): Partial<Options> {
  try {
    return row.read(value);
  } catch (error) {
    throw new OptionError(`${shown(row)}${value}: ${(error as Error).message}`);
  }
}

/** The options when none is given. */
export const DEFAULTS: Options = Object.freeze(
  Object.assign(
    { passwordFile: undefined, data: undefined, logs: [], insecure: false },
    ...ROWS.filter((row) => row.standard !== undefined).map((row) => row.read(row.standard!)),
  ) as Options,
);

/** Completes some options by the defaults. */
export const complete = (given: Partial<Options>): Options => Object.freeze({ ...DEFAULTS, ...given });

/** An option's environment variable: TORCHQ_CALL_TIMEOUT is --call-timeout. */
const variable = ({ name }: Row): string => `TORCHQ_${name.toUpperCase().replaceAll("-", "_")}`;

/** Kubernetes gives the containers beside a service named torchq a TORCHQ_PORT that is its address, not an option. */
const SERVICE_LINK = /^(tcp|udp|sctp):\/\//;
const FLAG: Readonly<Record<string, string>> = { 1: "true", 0: "false" };

/** The options that environment variables set; an empty one is as good as none. */
function fromEnvironment(env: NodeJS.ProcessEnv): Partial<Options> {
  const given = ROWS.map((row) => {
    const value = env[variable(row)] ?? "";
    if (value === "" || SERVICE_LINK.test(value)) return {};
    return readRow(row, row.value === undefined ? (FLAG[value] ?? value) : value, inEnvironment);
  });
  return Object.assign({}, ...given) as Partial<Options>;
}

/** A second letter of an option (-U) is an option of its own to parseArgs, under that name. */
const PARSER_ROWS: ReadonlyMap<string, Row> = new Map(
  ROWS.flatMap((row) => [
    [row.name, row] as const,
    ...[...(row.letters ?? "").slice(1)].map((letter) => [letter, row] as const),
  ]),
);

/**
 * Reads a command line.
 * @param args what follows the program's name
 * @param env the variables that stand for options which the command line does not name
 * @returns the options, or "help" where that is asked for
 * @throws OptionError with a message for the user
 */
export function parseOptions(args: readonly string[], env: NodeJS.ProcessEnv = {}): Options | "help" {
  const config = Object.fromEntries(
    [...PARSER_ROWS].map(([name, row]) => {
      const short = name.length === 1 ? name : row.letters?.[0];
      const type = row.value === undefined ? ("boolean" as const) : ("string" as const);
      return [name, { type, multiple: row.several === true, ...(short === undefined ? {} : { short }) }];
    }),
  );
  let values: Record<string, unknown>;
  try {
    const options = { ...config, help: { type: "boolean" as const, short: "h" } };
    values = parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    // Node's message, without its advice about positional arguments.
    throw new OptionError(
      `${(error as Error).message.split(". ")[0]!.replace(/\.$/, "")}; see torchq --help`,
    );
  }
  if (values.help === true) return "help";
  const given: Partial<Options>[] = [fromEnvironment(env)];
  for (const [name, value] of Object.entries(values)) {
    const text = Array.isArray(value) ? value.join(",") : String(value);
    given.push(readRow(PARSER_ROWS.get(name)!, text, onCommandLine));
  }
  return complete(Object.assign({}, ...given) as Partial<Options>);
}

/** The table of options as text for a terminal. */
export function helpText(): string {
  const left = (row: Row): string => {
    const letters = [...(row.letters ?? "")].map((x) => `-${x}`);
    return [...letters, `--${row.name}`].join(", ") + (row.value === undefined ? "" : ` ${row.value}`);
  };
  const width = Math.max(...ROWS.map((row) => left(row).length));
  const lines = ROWS.map((row) => {
    const standard = row.standard === undefined ? "" : ` (${row.standard})`;
    return `  ${left(row).padEnd(width)}  ${row.meaning}${standard}`;
  });
  return [
    "usage: torchq [options]",
    "       torchq health [--ready] [options]",
    "       torchq console [host:port[:user:password]]",
    "       torchq setup",
    "",
    "Serves the k api of PyTorch to kdb+ sessions.",
    "",
    ...lines,
    "",
    `Each option is an environment variable too, ${variable(ROWS[0]!)} for --${ROWS[0]!.name} and so on; the command line wins.`,
    "",
  ].join("\n");
}
