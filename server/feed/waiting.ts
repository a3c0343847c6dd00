/** Waiting for what others do, without keeping everybody. */
import type { Call } from "../api/call.js";

/** Milliseconds between two looks at what is waited for: others have their turn meanwhile. */
const LOOK = 2;

/** Waits, and lets others have their turns. @returns undefined where it takes longer than that */
export async function waitFor<T>(
  call: Call,
  what: Promise<T>,
  longest = Number.POSITIVE_INFINITY,
): Promise<T | undefined> {
  let over = false;
  const settled = what.finally(() => {
    over = true;
  });
  settled.catch(() => undefined);
  const start = performance.now();
  while (!over && performance.now() - start < longest) {
    await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, LOOK))]);
    if (!over) await call.giveWay();
  }
  return over ? await settled : undefined;
}

/** What somebody waits for. */
export interface Wish<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

export interface Promised<T> extends Wish<T> {
  readonly promise: Promise<T>;
}

export function promised<T>(): Promised<T> {
  let wish!: Wish<T>;
  const promise = new Promise<T>((resolve, reject) => {
    wish = { resolve, reject };
  });
  // whoever does not ask for it need not hear of it
  promise.catch(() => undefined);
  return { promise, ...wish };
}
