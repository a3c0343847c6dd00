/**
 * Changed messages and handshakes against the codec in this process. Every input must either be refused by a
 * ProtocolError or be read; what was read must be written to bytes that read as the same again; and how the bytes are cut
 * into chunks must not matter.
 */
import { compress, uncompress } from "../../protocol/compress.js";
import { type DecodeOptions, decode } from "../../protocol/decode.js";
import { encode } from "../../protocol/encode.js";
import { ProtocolError } from "../../protocol/errors.js";
import { Framer } from "../../protocol/framer.js";
import { HandshakeReader } from "../../protocol/handshake.js";
import { Dict, List, Symbols, Table } from "../../protocol/values.js";
import { nativeCodec } from "../../server/engine/codec.js";
import type { Door } from "../../server/engine/index.js";
import type { Corpus } from "./corpus.js";
import { fixLength, mutate, pieces } from "./mutate.js";
import type { Random } from "./random.js";

/** An input that does what none may do. */
export class Finding extends Error {
  constructor(what: string, input: Uint8Array, cause?: unknown) {
    super(`${what}; input ${Buffer.from(input).toString("hex")}`, { cause });
  }
}

export interface Counts {
  inputs: number;
  /** Of them, those that were read. */
  accepted: number;
}

const MAX = 2 ** 22;
const OPTIONS: DecodeOptions = { maxSize: MAX };
/** Milliseconds that one input may take. */
const SLOW = 2000;

/** The result, or the ProtocolError's code; anything else that is thrown is a finding. */
function attempt<T>(input: Uint8Array, step: () => T): { value: T } | { code: string } {
  try {
    return { value: step() };
  } catch (error) {
    if (error instanceof ProtocolError) return { code: error.code };
    throw new Finding(`an error that is no ProtocolError: ${(error as Error).message}`, input, error);
  }
}

/** Makes everything that a decoded value makes only when asked for. */
function touch(x: unknown): number {
  if (x instanceof List) return x.items.reduce((sum, item) => sum + touch(item), 1);
  if (x instanceof Symbols) return x.names.length;
  if (x instanceof Dict) return touch(x.keys) + touch(x.values);
  if (x instanceof Table) return touch(x.columns) + touch(x.values);
  return 1;
}

function message(input: Uint8Array): boolean {
  const read = attempt(input, () => decode(input, OPTIONS));
  if ("code" in read) return false;
  const { kind, value } = read.value;
  attempt(input, () => touch(value));
  const once = attempt(input, () => encode(value, kind));
  if ("code" in once) throw new Finding(`what was read cannot be written: ${once.code}`, input);
  const again = attempt(input, () => encode(decode(once.value).value, kind));
  if ("code" in again || Buffer.compare(again.value, once.value) !== 0)
    throw new Finding("what was written is not read as the same", input);
  return true;
}

/** All messages of a stream, then how it ended. */
function framed(chunks: readonly Uint8Array[], direct: boolean): string {
  const framer = new Framer({ maxMessage: MAX });
  const out: string[] = [];
  try {
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length; ) {
        const target = direct ? framer.target() : undefined;
        if (target === undefined) {
          framer.push(chunk.slice(at));
          at = chunk.length;
        } else {
          const part = chunk.subarray(at, at + target.length);
          target.set(part);
          framer.filled(part.length);
          at += part.length;
        }
        for (let next = framer.next(); next !== undefined; next = framer.next())
          out.push(Buffer.from(next).toString("hex"));
      }
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    out.push(error.code);
  }
  return out.join();
}

function stream(random: Random, input: Uint8Array): boolean {
  const whole = framed([input], false);
  for (const direct of [false, true]) {
    const cut = framed(pieces(random, input), direct);
    if (cut !== whole) throw new Finding("the stream reads otherwise when it comes in pieces", input);
  }
  return !/[a-z]{5}$/.test(whole);
}

function login(random: Random, input: Uint8Array): boolean {
  const read = (chunks: readonly Uint8Array[]): string => {
    const reader = new HandshakeReader(4096);
    const rest: Uint8Array[] = [];
    let found: unknown;
    for (const chunk of chunks) {
      if (found !== undefined) {
        rest.push(chunk);
        continue;
      }
      const complete = reader.push(chunk);
      if (complete === undefined) continue;
      found = complete.handshake;
      rest.push(complete.rest);
    }
    return `${JSON.stringify(found)} ${Buffer.concat(rest).toString("hex")}`;
  };
  const whole = attempt(input, () => read([input]));
  const cut = attempt(input, () => read(pieces(random, input)));
  if ("value" in whole && "value" in cut && whole.value !== cut.value)
    throw new Finding("the handshake reads otherwise when it comes in pieces", input);
  return "value" in whole;
}

/** The native twins must do as JavaScript does, and the reader of k bytes must not fall over. */
function native(door: Door, input: Uint8Array): boolean {
  const codec = nativeCodec(door);
  const ours = attempt(input, () => uncompress(input, MAX));
  const theirs = attempt(input, () => codec.uncompress(input, MAX));
  if ("value" in ours !== "value" in theirs) throw new Finding("one uncompress refuses, one does not", input);
  if ("value" in ours && "value" in theirs) {
    if (theirs.value instanceof Promise) return true;
    if (Buffer.compare(theirs.value, ours.value) !== 0) throw new Finding("native uncompress differs", input);
    const packed = codec.compress(ours.value);
    if (packed instanceof Promise) return true;
    const expected = compress(ours.value);
    if (Buffer.compare(packed ?? NOTHING, expected ?? NOTHING) !== 0)
      throw new Finding("native compress differs", input);
    return true;
  }
  try {
    const engine = door.bind(0);
    const made = engine.create(input.subarray(8));
    if (typeof made === "number") engine.release(made);
    return true;
  } catch {
    return false;
  }
}

const NOTHING = new Uint8Array(0);

export type Target = "message" | "stream" | "handshake" | "native";

export class CodecFuzzer {
  readonly counts: Record<Target, Counts> = {
    message: { inputs: 0, accepted: 0 },
    stream: { inputs: 0, accepted: 0 },
    handshake: { inputs: 0, accepted: 0 },
    native: { inputs: 0, accepted: 0 },
  };

  /** @param door without one the native twins are left out */
  constructor(
    private readonly random: Random,
    private readonly corpus: Corpus,
    private readonly door?: Door,
  ) {}

  /** One input for each target. @throws Finding */
  step(): void {
    const { random, corpus, door } = this;
    const changed = mutate(random, corpus.messages);
    const whole = random.chance(0.8) ? fixLength(changed) : changed;
    this.#run("message", whole, () => message(whole));
    if (door !== undefined && whole.length > 8) this.#run("native", whole, () => native(door, whole));
    const two = Buffer.concat([random.pick(corpus.messages), whole, random.pick(corpus.messages)]);
    this.#run("stream", two, () => stream(random, two));
    const hello = mutate(random, corpus.handshakes);
    this.#run("handshake", hello, () => login(random, hello));
  }

  #run(target: Target, input: Uint8Array, step: () => boolean): void {
    const counts = this.counts[target];
    const start = performance.now();
    counts.inputs++;
    if (step()) counts.accepted++;
    const time = performance.now() - start;
    if (time > SLOW) throw new Finding(`${target}: ${Math.round(time)} ms for one input`, input);
  }
}
