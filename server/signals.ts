/**
 * What the program does on signals. Process 1 of a container gets none that it does not handle, so this is installed
 * before anything else is loaded, and imports nothing.
 */
export interface Signals {
  /** SIGTERM or SIGINT. Until there is something to close, the process ends at once. */
  end: (signal: NodeJS.Signals) => void;
  /** SIGHUP. */
  reload: () => void;
  /** Takes back what a library has taken for itself when it was loaded: below Debian 13's libtorch UCX takes SIGHUP. */
  hearAgain(): void;
}

/** From now on signals do what the answer's functions say, which may be replaced. */
export function hearSignals(): Signals {
  const handlers = {
    SIGTERM: (signal: NodeJS.Signals) => on.end(signal),
    SIGINT: (signal: NodeJS.Signals) => on.end(signal),
    SIGHUP: () => on.reload(),
  };
  const on: Signals = {
    end: () => process.exit(0),
    reload: () => {},
    hearAgain() {
      for (const [signal, handler] of Object.entries(handlers))
        process.off(signal, handler).on(signal, handler);
    },
  };
  on.hearAgain();
  return on;
}
