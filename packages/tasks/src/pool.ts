import { Piscina } from "piscina";

/** Of a thread's young objects, in MB: more is only collected later, and threads are many. */
const YOUNG_MB = 8;
/** A pool that waits for no thread longer than this when it ends. Milliseconds. */
const END_MS = 1500;

/** W threads that run `entry`, an ES module whose default export takes a message. They start at once. */
export class ThreadPool {
  readonly #pool: Piscina;
  readonly #entry: string;
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
  run(message: unknown, signal?: AbortSignal): Promise<unknown> {
    return this.#pool.run({ entry: this.#entry, message }, { signal: signal ?? null });
  }

  /** Ends all threads, also those in endless loops. */
  async end(): Promise<void> {
    await within(this.#pool.destroy(), END_MS);
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
