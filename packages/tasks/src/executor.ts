import { CrossbillError, type v1 } from "@crossbill/messages";
import { loadHandlers, makeContext, runTask } from "./handler.js";

/** Runs tasks somewhere. A task that fails is a Result with an error; `run` itself throws only when aborted (E_ABORTED) or when no task can run at all. */
export interface Executor {
  /** One Result a task, in any order. Leaving the loop early stops what still runs. Several runs at once are allowed. */
  run(tasks: readonly v1.Task[], signal?: AbortSignal): AsyncIterable<v1.Result>;
  /** Ends the threads of an executor that runs nothing, and with them the memory they hold; the next run starts them anew. */
  rest?(): Promise<void>;
  /** Ends all threads; the executor is of no use afterwards. */
  close(): Promise<void>;
  readonly workers: number;
}

/** What every executor needs: modules with handlers (they are imported where the tasks run) and the store's folder. */
export interface ExecutorOptions {
  readonly handlers: readonly (URL | string)[];
  readonly root: string;
}

/** Runs tasks one after another in this thread. For tests and small work. */
export function inlineExecutor(options: ExecutorOptions): Executor {
  return {
    workers: 1,
    async *run(tasks, signal) {
      const handlers = await loadHandlers(options.handlers);
      const context = makeContext(options.root, () => undefined, signal);
      for (const task of tasks) {
        throwIfAborted(signal);
        yield await runTask(handlers, task, context);
      }
      throwIfAborted(signal);
    },
    close: async () => undefined,
  };
}

/** @throws E_ABORTED */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new CrossbillError("E_ABORTED", "stopped by request", { cause: signal.reason });
}
