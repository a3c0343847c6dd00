/** The networks whose training is measured, and models of them in a server. */
import { connect } from "../../protocol/client.js";
import { encode } from "../../protocol/encode.js";
import { SYNC } from "../../protocol/header.js";
import * as k from "../../protocol/make.js";
import type { K } from "../../protocol/values.js";

export interface Network {
  readonly what: string;
  /** As the floor's program calls it. */
  readonly name: string;
  readonly module: string;
  readonly loss: string;
  /** Inputs and targets of so many rows. */
  readonly x: (rows: number) => string;
  readonly y: (rows: number) => string;
}

export const perceptron = (hidden: number): Network => ({
  what: `MLP 64-${hidden}-10, Adam`,
  name: `mlp-${hidden}`,
  module: `seq(\`sequential; (\`linear;64;${hidden}); \`relu; (\`linear;${hidden};10))`,
  loss: "mse",
  x: (rows) => `tensor(\`randn;${rows} 64)`,
  y: (rows) => `tensor(\`randn;${rows} 10)`,
});

const classes = (rows: number): string => `tensor(\`randint;10;${rows};\`long)`;
export const CLASSIFIER: Network = { ...perceptron(256), name: "classify-256", loss: "ce", y: classes };
export const CONVOLUTION: Network = {
  what: "1x28x28, two convolutions, Adam",
  name: "conv",
  module: "seq(`sequential; (`conv2d;1;8;3); `relu; (`conv2d;8;16;3;2); `relu; `flatten; (`linear;2304;10))",
  loss: "ce",
  x: (rows) => `tensor(\`randn;${rows} 1 28 28)`,
  y: classes,
};
export const RECURRENT: Network = {
  what: "LSTM 2x128 over 50 steps, Adam",
  name: "lstm",
  module: "enlist(`lstm;16;128;2;1b;1b)",
  loss: "mse",
  x: (rows) => `tensor(\`randn;${rows} 50 16)`,
  y: (rows) => `tensor(\`randn;${rows} 50 128)`,
};

/** A model that has data, and handles of its inputs and targets. */
export interface Made {
  readonly model: K;
  readonly x: K;
  readonly y: K;
  /** Sets an option of training. */
  train(name: string, value: K): Promise<unknown>;
}

/** Makes a model with Adam and so many rows of data, as the user of all peers. */
export async function modelOf(port: number, network: Network, rows: number): Promise<Made> {
  const ask = async <T>(use: (request: (x: K | string) => Promise<K>) => Promise<T>): Promise<T> => {
    const client = await connect({ port, host: "127.0.0.1", user: "bench" });
    try {
      return await use((x) => client.request(x));
    } finally {
      await client.close();
    }
  };
  return await ask(async (request) => {
    const made = async (text: string): Promise<K> => {
      await request(`v:${text}`);
      return await request("v");
    };
    await request(`m:module ${network.module}`);
    await request("o:opt(`adam;m)");
    const model = await made(`model(m;loss\`${network.loss};o)`);
    const x = await made(network.x(rows));
    const y = await made(network.y(rows));
    await request(k.list([k.symbol("data"), model, x, y]));
    const train = (name: string, value: K): Promise<K> =>
      ask((once) => once(k.list([k.symbol("train"), model, k.symbol(name), value])));
    return { model, x, y, train };
  });
}

/** The bytes of a sync request. */
export const call = (name: string, ...args: K[]): Uint8Array =>
  encode(k.list([k.symbol(name), ...args]), SYNC);
