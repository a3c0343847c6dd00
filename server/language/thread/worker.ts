/** A thread of the language: the workspaces of one user, or of several where there are more users than threads. */
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type MessagePort, workerData } from "node:worker_threads";
import { decodeTrusted } from "../../../protocol/decode.js";
import * as k from "../../../protocol/make.js";
import { type Encoded, type K, KError, type List } from "../../../protocol/values.js";
import { outward } from "../eval/result.js";
import { type Connection, Workspaces } from "../eval/workspaces.js";
import { ATOM_BYTES, claim, PLACE_BYTES } from "../values/budget.js";
import { Call, LATER, type Outcome } from "../values/functions.js";
import { checkedBytes } from "./bytes.js";
import { CELL, type Order, type Report, type Setting } from "./messages.js";

const { port, functions, limits, cells } = workerData as Setting & { readonly port: MessagePort };
const cell = new Int32Array(cells);

/** A connection of the main thread's, as far as it is known here. */
class Sender implements Connection {
  readonly functions = functions;
  readonly number: number;
  readonly user: number;
  readonly userName: string;
  readonly handle: number;
  readonly address: number;
  readonly within: Sender | undefined;

  constructor({ sender, user, userName, handle, address, within }: Order & { readonly order: "sender" }) {
    this.number = sender;
    this.user = user;
    this.userName = userName;
    this.handle = handle;
    this.address = address;
    this.within = within === undefined ? undefined : senders.get(within);
  }

  /** Whether it is gone is not known here; then the message is dropped. */
  push(value: K): boolean {
    const { bytes, needs } = checkedBytes(value);
    send({ report: "push", sender: this.number, value: bytes, needs });
    return true;
  }

  ask(value: K): Promise<K> {
    const { bytes, needs } = checkedBytes(value);
    return numbered((call) => ({ report: "ask", sender: this.number, call, value: bytes, needs }));
  }

  respond(handle: number, answer: K | KError): Promise<K> {
    const { bytes: value, needs } =
      answer instanceof KError ? { bytes: answer.message, needs: 0 } : checkedBytes(answer);
    return numbered((call) => ({ report: "respond", sender: this.number, call, handle, value, needs }));
  }

  call(name: string, args: readonly K[]): Promise<K> {
    const { bytes } = listed(args);
    return numbered((call) => ({ report: "call", sender: this.number, call, name, args: bytes }));
  }
}

// V8 collects garbage when it is asked for memory; where memory is refused, somebody must ask for that instead
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
/** Milliseconds between two collections because of room. */
const COLLECT_EVERY = 500;
let collected = Number.NEGATIVE_INFINITY;
/** Whether another one is due. */
let due = false;

function hasRoom(bytes: number): boolean {
  const fits = (): boolean => process.memoryUsage.rss() + bytes <= limits.resident;
  if (limits.resident === Number.POSITIVE_INFINITY || fits()) return true;
  const now = performance.now();
  if (now - collected < COLLECT_EVERY) {
    if (!due)
      setTimeout(() => {
        due = false;
        hasRoom(bytes);
      }, COLLECT_EVERY);
    due = true;
    return false;
  }
  collected = now;
  collect();
  return fits();
}

/** What the thread takes by itself. */
const atFirst = getHeapStatistics().used_heap_size;

const senders = new Map<number, Sender>();
/** Calls whose result has not come yet. */
const calls = new Map<number, { resolve(value: K): void; reject(error: KError): void }>();
let lastCall = 0;

/** What the main thread does for a number, under which the result comes back. */
function numbered(report: (call: number) => Report): Promise<K> {
  const call = ++lastCall;
  send(report(call));
  return new Promise((resolve, reject) => calls.set(call, { resolve, reject }));
}

const workspaces = new Workspaces(limits, (connection) => {
  const { number } = connection as Sender;
  return {
    running() {
      Atomics.store(cell, CELL.runs, number);
      Atomics.add(cell, CELL.turns, 1);
    },
    stopped: () => Atomics.load(cell, CELL.stop) === number,
    hasRoom,
    used() {
      const { used_heap_size, external_memory } = getHeapStatistics();
      return used_heap_size + external_memory - atFirst;
    },
  };
});

function send(report: Report): void {
  port.postMessage(report, buffersOf(report));
  // what a text has let go is room for others
  if ("id" in report) hasRoom(SPARE);
}

/** Bytes that the process should be able to take when a text has ended. */
const SPARE = 16 * 2 ** 20;

function buffersOf(report: Report): ArrayBuffer[] {
  const bytes = "value" in report ? report.value : "args" in report ? report.args : undefined;
  return bytes instanceof Uint8Array ? [bytes.buffer as ArrayBuffer] : [];
}

const listed = (args: readonly K[]): Encoded => checkedBytes(k.list(args.map(outward)));

/** Items become objects when they are asked for, which is a part of the work of the text that does. */
const decode = (bytes: Uint8Array): K =>
  decodeTrusted(bytes, undefined, (items) => claim(items * (ATOM_BYTES + PLACE_BYTES)));

/** What a text ends in, as it is told to the main thread. */
const reported =
  (id: number) =>
  (outcome: Outcome): Report => {
    if (outcome === LATER) return { report: "later", id };
    if (outcome instanceof Call)
      return { report: "last", id, name: outcome.name, args: listed(outcome.args).bytes };
    const { bytes, needs } = checkedBytes(outward(outcome));
    return { report: "value", id, value: bytes, needs };
  };

function failed(id: number, thrown: unknown): void {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const foreseen = error instanceof KError;
  // the memory that the text could not have is not to stay with what is left of it
  if (error.message === "wsfull") setImmediate(collect);
  send({ report: "error", id, error: error.message, ...(foreseen ? {} : { stack: String(error.stack) }) });
}

function run({ id, sender: number, text, args }: Order & { readonly order: "text" }): void {
  const sender = senders.get(number)!;
  try {
    const report =
      args === undefined
        ? workspaces.evaluateTo(text as string, sender, reported(id))
        : workspaces.applyTo(
            typeof text === "string" ? text : decode(text),
            (decode(args) as List).items,
            sender,
            reported(id),
          );
    if (report instanceof Promise) report.then(send, (error) => failed(id, error));
    else send(report);
  } catch (error) {
    failed(id, error);
  }
}

function stop(number: number): void {
  const sender = senders.get(number);
  if (sender === undefined) return;
  senders.delete(number);
  workspaces.stop(sender);
}

function settle(number: number, value: Uint8Array | string): void {
  const call = calls.get(number)!;
  calls.delete(number);
  if (typeof value === "string") call.reject(new KError(value));
  else call.resolve(decode(value));
}

port.on("message", (order: Order) => {
  if (order.order === "text") run(order);
  else if (order.order === "sender") senders.set(order.sender, new Sender(order));
  else if (order.order === "result") settle(order.call, order.value);
  else if (order.order === "stop") stop(order.sender);
  else workspaces.forget(order.user);
});
