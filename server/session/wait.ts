/** What somebody else is to give within a time. */
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
