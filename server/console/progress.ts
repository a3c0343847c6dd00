/** What a line that takes long trains, on a line of its own that is written over until the answer comes. */
import type { Writable } from "node:stream";

/** Milliseconds: from when on it is shown, and how often. */
export interface Pace {
  readonly after: number;
  readonly every: number;
}
const PACE: Pace = { after: 1000, every: 500 };

const ERASE = "\r\u001b[K";
const COLUMNS = 80;

/** A run over a model's batches as far as it is. */
export interface RunningEpoch {
  readonly epoch: number;
  readonly batch: number;
  readonly batches: number;
  /** The mean so far; NaN where no batch is done. */
  readonly loss: number;
  readonly rate: number;
}

const digits = (x: number): string => String(Number(x.toPrecision(4)));

export const shownEpoch = ({ epoch, batch, batches, loss, rate }: RunningEpoch): string =>
  `epoch ${epoch}  batch ${batch} of ${batches}${Number.isNaN(loss) ? "" : `  loss ${digits(loss)}`}  rate ${digits(rate)}`;

/**
 * Waits for work, and shows meanwhile what goes on.
 * @param ask what goes on now, undefined where that cannot be known: it is not asked again then
 */
export async function watched<T>(
  work: Promise<T>,
  ask: () => Promise<readonly RunningEpoch[] | undefined>,
  output: Writable & { readonly columns?: number },
  { after, every }: Pace = PACE,
): Promise<T> {
  let over = false;
  let written = false;
  let timer: NodeJS.Timeout;
  const look = async (): Promise<void> => {
    const epochs = await ask();
    if (over || epochs === undefined) return;
    if (epochs.length > 0) {
      const text = epochs.map(shownEpoch).join("  |  ");
      output.write(ERASE + text.slice(0, (output.columns || COLUMNS) - 1));
      written = true;
    }
    timer = setTimeout(() => void look(), every);
  };
  timer = setTimeout(() => void look(), after);
  try {
    return await work;
  } finally {
    over = true;
    clearTimeout(timer);
    if (written) output.write(ERASE);
  }
}
