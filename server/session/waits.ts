/** What a session and its peer wait for: an answer of the peer's to a question, and one of the session's that was put off. */
import { type Encoded, type K, KError } from "../../protocol/values.js";
import { kError } from "../errors.js";

export class Waits {
  #asked: Wait<K> | undefined;
  #owed: Wait<K | Encoded> | undefined;

  /** @param longest milliseconds that either is waited for */
  constructor(private readonly longest: number) {}

  /** Whether the peer has not answered a question yet. */
  get asked(): boolean {
    return this.#asked !== undefined;
  }

  /** The answer that was put off and is not given yet. */
  get owed(): Wait<K | Encoded> | undefined {
    return this.#owed;
  }

  /** The peer is asked something. */
  ask(): Promise<K> {
    const late = () => new KError("timeout: the session has not answered");
    this.#asked = new Wait<K>(this.longest, late, () => {
      this.#asked = undefined;
    });
    return this.#asked.promise;
  }

  /** The peer's answer. @returns false where nothing was asked */
  answered(value: K | KError): boolean {
    return settle(this.#asked, value);
  }

  /** An answer is put off. */
  putOff(): Wait<K | Encoded> {
    const late = () => new KError("timeout: -30! has given no answer");
    this.#owed = new Wait<K | Encoded>(this.longest, late, () => {
      this.#owed = undefined;
    });
    return this.#owed;
  }

  /** The answer that was put off. @returns false where none was */
  respond(value: K | Encoded | KError): boolean {
    return settle(this.#owed, value);
  }

  /** The peer says nothing more. */
  silent(): void {
    this.#asked?.reject(kError.stop());
  }

  /** Nothing is waited for any more. */
  end(): void {
    this.silent();
    this.#owed?.reject(kError.stop());
  }
}

function settle<T>(wait: Wait<T> | undefined, value: T | KError): boolean {
  if (value instanceof KError) wait?.reject(value);
  else wait?.resolve(value);
  return wait !== undefined;
}

/** What somebody is to give within a time. */
export class Wait<T> {
  readonly promise: Promise<T>;
  readonly #resolve: (value: T) => void;
  readonly #reject: (error: Error) => void;
  readonly #timer: NodeJS.Timeout;

  /**
   * @param milliseconds after which `late` says what is wrong
   * @param over called once, when it has been given, or will not be
   */
  constructor(
    milliseconds: number,
    late: () => Error,
    private readonly over: () => void,
  ) {
    const { promise, resolve, reject } = withResolvers<T>();
    this.promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timer = setTimeout(() => this.reject(late()), milliseconds).unref();
  }

  resolve(value: T): void {
    this.#end();
    this.#resolve(value);
  }

  reject(error: Error): void {
    this.#end();
    this.#reject(error);
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.over();
  }
}

function withResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
