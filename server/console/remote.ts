import { type Client, connect } from "../../protocol/client.js";
import type { DialOptions } from "../../protocol/dial.js";
import * as k from "../../protocol/make.js";
import { KError, List, Symbols, Table, Vector } from "../../protocol/values.js";
import { CONSOLE, display } from "../language/index.js";
import type { RunningEpoch } from "./progress.js";

/** A server behind a prompt: lines go there as text, what it prints comes back. */
export interface Remote {
  /** What the server prints for a line, errors included. @throws ConnectionError */
  print(line: string): Promise<string>;
  /** What libtorch has warned of since this was last asked. */
  warnings(): Promise<readonly string[]>;
  /**
   * The epochs that go on, asked for over a second connection while a line is waited for.
   * @returns undefined where that cannot be known
   */
  epochs(): Promise<readonly RunningEpoch[] | undefined>;
  /** Names that a line may use. */
  names(): Promise<readonly string[]>;
  /** Ends what the server is running for us. */
  interrupt(): Promise<void>;
  close(): Promise<void>;
}

/** Connects. @throws ConnectionError */
export async function openRemote(address: DialOptions): Promise<Remote> {
  const remote = new Connected(address);
  await remote.open();
  return remote;
}

class Connected implements Remote {
  #client!: Client;
  /** Whether the server prints by itself; a kdb+ process answers values, which are then laid out here. */
  #prints = true;
  /** The second connection, once something was asked over it. */
  #beside: Promise<Client> | undefined;

  constructor(readonly address: DialOptions) {}

  async open(): Promise<void> {
    this.#client = await connect(this.address);
    try {
      await this.#client.call(".torch.run", k.chars(""));
    } catch (error) {
      if (!(error instanceof KError)) throw error;
      this.#prints = false;
    }
  }

  async print(line: string): Promise<string> {
    try {
      if (this.#prints) return k.text(await this.#client.call(".torch.run", k.chars(line))) ?? "";
      return display(await this.#client.request(line), CONSOLE);
    } catch (error) {
      if (error instanceof KError) return `'${error.message}\n`;
      throw error;
    }
  }

  async warnings(): Promise<readonly string[]> {
    if (!this.#prints) return [];
    try {
      const texts = await this.#client.call("warnings", k.NULL);
      return texts instanceof List ? texts.items.map((x) => k.text(x) ?? "") : [];
    } catch (error) {
      if (error instanceof KError) return [];
      throw error;
    }
  }

  async epochs(): Promise<readonly RunningEpoch[] | undefined> {
    if (!this.#prints) return undefined;
    try {
      this.#beside ??= connect(this.address);
      const table = await (await this.#beside).call("history", k.NULL);
      return table instanceof Table ? epochsIn(table) : undefined;
    } catch {
      this.#beside = undefined;
      return undefined;
    }
  }

  async names(): Promise<readonly string[]> {
    try {
      const names = await this.#client.request(
        this.#prints ? ".torch.names[]" : '(key`.q),system"v",system"f"',
      );
      return names instanceof Symbols ? names.names : [];
    } catch {
      return [];
    }
  }

  /** A server stops what it runs for a connection that has gone; names and objects stay, they are the user's. */
  async interrupt(): Promise<void> {
    await this.#client.close();
    await this.open();
  }

  async close(): Promise<void> {
    await this.#client.close();
    await (await this.#beside?.catch(() => undefined))?.close();
  }
}

/** The rows of what `history` answers. */
function epochsIn(table: Table): readonly RunningEpoch[] {
  const column = (name: string): number[] => {
    const values = table.values.items[table.columns.names.indexOf(name)];
    return values instanceof Vector ? [...(k.items(values) as Iterable<number | bigint>)].map(Number) : [];
  };
  const [batch, batches, loss, rate] = ["batch", "batches", "loss", "rate"].map(column) as [
    number[],
    number[],
    number[],
    number[],
  ];
  return column("epoch").map((epoch, i) => ({
    epoch,
    batch: batch[i]!,
    batches: batches[i]!,
    loss: loss[i]!,
    rate: rate[i]!,
  }));
}
