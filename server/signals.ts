/**
 * What the program does on signals. Process 1 of a container gets none that it does not handle, so this is installed
 * before anything else is loaded, and imports nothing.
 */
export interface Signals {
  /** SIGTERM or SIGINT. Until there is something to close, the process ends at once. */
  end: (signal: NodeJS.Signals) => void;
  /** SIGHUP. */
  reload: () => void;
  /**
   * Takes back what a library has taken for itself when it was loaded: below Debian 13's libtorch UCX takes SIGHUP. The
   * others stay: one that came while JavaScript was loading waits for its listener, and would be lost with it.
   */
  hearAgain(): void;
}

/** From now on signals do what the answer's functions say, which may be replaced. */
export function hearSignals(): Signals {
  const reload = () => on.reload();
  const on: Signals = {
    end: () => process.exit(0),
    reload: () => {},
    hearAgain() {
      process.off("SIGHUP", reload).on("SIGHUP", reload);
    },
  };
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, (x) => on.end(x));
  on.hearAgain();
  return on;
}
