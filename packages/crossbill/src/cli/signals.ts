export interface StopSignals {
  readonly signal: AbortSignal;
  readonly done: () => void;
}

/**
 * SIGINT and SIGTERM ask the running step to stop: it writes a checkpoint and ends; the exit code is 130 or 143.
 * A second signal ends the process at once. `done` takes the handlers away again.
 */
export function stopOnSignals(): StopSignals {
  const controller = new AbortController();
  const handler = (name: NodeJS.Signals): void => {
    const code = name === "SIGINT" ? 130 : 143;
    if (controller.signal.aborted) process.exit(code);
    process.exitCode = code;
    controller.abort(name);
  };
  process.on("SIGINT", handler);
  process.on("SIGTERM", handler);
  return {
    signal: controller.signal,
    done: () => {
      process.off("SIGINT", handler);
      process.off("SIGTERM", handler);
    },
  };
}
