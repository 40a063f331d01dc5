import type { Worker } from "node:worker_threads";
import { Piscina } from "piscina";

/** Of a thread's young objects, in MB: more is only collected later, and threads are many. */
const YOUNG_MB = 8;
/** A pool that waits for no thread longer than this when it ends. Milliseconds. */
const END_MS = 1500;
/** A thread that was ended and still runs is ended again after so long: Node may lose the first request while the thread starts. Milliseconds. */
const REMIND_MS = 1000;

/** W threads that run `entry`, an ES module whose default export takes a message. They start at once. */
export class ThreadPool {
  readonly #pool: Piscina;
  readonly #entry: string;
  /** Threads that were ended and still run. */
  readonly #leaving = new Set<Worker>();
  #reminder: NodeJS.Timeout | undefined;
  /** The last error of a thread that had no task to blame it on (it could not start, usually). */
  lastError: Error | undefined;

  constructor(entry: URL, workers: number) {
    this.#entry = entry.href;
    this.#pool = new Piscina({
      filename: new URL("./thread-main.cjs", import.meta.url).href,
      minThreads: workers,
      maxThreads: workers,
      recordTiming: false,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.#pool.on("error", (error: Error) => {
      this.lastError = error;
    });
  }

  /** What `entry` returns. Rejects when the thread dies or is ended; aborting `signal` ends the thread, whatever it does, and starts another. */
  async run(message: unknown, signal?: AbortSignal): Promise<unknown> {
    const onAbort = (): void => {
      const before = this.#pool.threads;
      queueMicrotask(() => this.#remind(before.filter((thread) => !this.#pool.threads.includes(thread))));
    };
    signal?.addEventListener("abort", onAbort, { once: true }); // before the pool's, which lets go of the thread
    try {
      return await this.#pool.run({ entry: this.#entry, message }, { signal: signal ?? null });
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Ends all threads, also those in endless loops. */
  async end(): Promise<void> {
    this.#remind(this.#pool.threads);
    await within(this.#pool.destroy(), END_MS);
  }

  #remind(threads: readonly Worker[]): void {
    for (const thread of threads) {
      if (thread.threadId < 0 || this.#leaving.has(thread)) continue; // it has ended
      this.#leaving.add(thread);
      thread.setMaxListeners(0);
      thread.once("exit", () => {
        this.#leaving.delete(thread);
        if (this.#leaving.size > 0) return;
        clearInterval(this.#reminder);
        this.#reminder = undefined;
      });
    }
    if (this.#leaving.size === 0) return;
    this.#reminder ??= setInterval(() => {
      for (const thread of this.#leaving) void thread.terminate();
    }, REMIND_MS).unref();
  }
}

/** Waits for `promise`, but not longer than so many milliseconds; what it resolves to or rejects with is left to others. */
export async function within(promise: Promise<unknown>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([Promise.allSettled([promise]), late]);
  clearTimeout(timer);
}
