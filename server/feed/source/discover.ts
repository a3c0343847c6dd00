/** Sources that nobody tells a schema: the first data tells it. */
import { decodeObject } from "../../../protocol/decode.js";
import { ProtocolError } from "../../../protocol/errors.js";
import { type Others, TableReader } from "./reader.js";
import { schemaOf } from "./request.js";
import type { Listener } from "./source.js";

export interface TableNamed {
  readonly table: string;
  /** None: all. */
  readonly syms: readonly string[];
  /** Names of the columns, for data that has none. */
  readonly columns: readonly string[];
}

/**
 * The reader of a table whose first data this is; a text where the data does not tell the schema.
 * @throws KError where the listener refuses the schema, or the columns cannot be read
 */
export function discover(
  data: Uint8Array,
  { table, syms, columns: names }: TableNamed,
  listener: Pick<Listener, "schema">,
  others: Others,
): TableReader | string {
  let columns: ReturnType<typeof schemaOf>;
  try {
    columns = schemaOf(decodeObject(data), names);
  } catch (error) {
    if (error instanceof ProtocolError) return "no sound object";
    throw error;
  }
  if (typeof columns === "string") return columns;
  return new TableReader({ table, columns, read: listener.schema(columns), syms, others });
}
