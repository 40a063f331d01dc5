import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { coreBudget, hangTimeout } from "./cores.js";
import { type Executor, type ExecutorOptions, throwIfAborted } from "./executor.js";
import { failed } from "./handler.js";
import { ThreadPool } from "./pool.js";
import { QuietClock, START_MS } from "./quiet-clock.js";
import { describeTask } from "./task.js";
import { BEATS, BEATS_OF_START, type TaskMessage } from "./thread-protocol.js";

export interface ThreadsOptions extends ExecutorOptions {
  /** Threads; default: coreBudget(). */
  readonly workers?: number;
  /** A task without a heartbeat for so long is hung. Milliseconds; default 30,000; CROSSBILL_HANG_TIMEOUT_MS overrides. */
  readonly timeoutMs?: number;
}

interface Job {
  readonly task: v1.Task;
  readonly settle: (result: v1.Result) => void;
  attempts: number;
  /** While it runs. */
  running: { readonly life: Int32Array; readonly clock: QuietClock; readonly stop: AbortController } | undefined;
  ended: boolean;
}

/**
 * Runs tasks on worker threads. A thread that dies: its task runs once more (an equal key gives equal bytes), then fails with E_WORKER_EXITED.
 * A hung task fails with E_WORKER_HUNG and its thread is ended, endless loops of JavaScript and WebAssembly included.
 */
export function threadsExecutor(options: ThreadsOptions): Executor {
  return new ThreadsExecutor(options);
}

class ThreadsExecutor implements Executor {
  readonly workers: number;
  readonly #timeoutMs: number;
  readonly #handlers: readonly string[];
  readonly #root: string;
  readonly #waiting: Job[] = [];
  readonly #running = new Set<Job>();
  #pool: ThreadPool | undefined;
  #watch: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: ThreadsOptions) {
    this.workers = coreBudget(options.workers);
    this.#timeoutMs = hangTimeout(options.timeoutMs ?? 30_000);
    this.#handlers = options.handlers.map(String);
    this.#root = options.root;
  }

  async *run(tasks: readonly v1.Task[], signal?: AbortSignal): AsyncGenerator<v1.Result> {
    throwIfAborted(signal);
    if (this.#closed) throw new CrossbillError("E_EXECUTOR_CLOSED", "this executor was closed; make another");
    const arrived: v1.Result[] = [];
    let wake = (): void => undefined;
    const settle = (result: v1.Result): void => {
      arrived.push(result);
      wake();
    };
    const jobs = tasks.map((task): Job => ({ task, settle, attempts: 0, running: undefined, ended: false }));
    const onAbort = (): void => wake();
    signal?.addEventListener("abort", onAbort);
    try {
      this.#waiting.push(...jobs);
      this.#startMore();
      for (let given = 0; given < tasks.length; given++) {
        while (arrived.length === 0 && !signal?.aborted) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        throwIfAborted(signal);
        yield arrived.shift() as v1.Result;
      }
    } finally {
      signal?.removeEventListener("abort", onAbort);
      for (const job of jobs) this.#cancel(job);
      this.#startMore();
    }
  }

  async rest(): Promise<void> {
    if (this.#running.size > 0 || this.#waiting.length > 0) return;
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.end();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const job of [...this.#running, ...this.#waiting]) this.#finish(job, failed(job.task.key, new CrossbillError("E_ABORTED", "the executor was closed")));
    this.#waiting.length = 0;
    await this.#pool?.end();
  }

  #startMore(): void {
    while (!this.#closed && this.#running.size < this.workers) {
      const job = this.#waiting.shift();
      if (job === undefined) break;
      if (!job.ended) this.#start(job);
    }
  }

  #start(job: Job): void {
    this.#pool ??= new ThreadPool(new URL("./thread-entry.js", import.meta.url), this.workers);
    const life = new Int32Array(new SharedArrayBuffer(4));
    const message: TaskMessage = { task: encodeMessage(v1.Task, job.task), handlers: this.#handlers, root: this.#root, life };
    const stop = new AbortController();
    job.attempts++;
    job.running = { life, clock: new QuietClock(), stop };
    this.#running.add(job);
    this.#watch ??= setInterval(() => this.#look(), Math.min(200, this.#timeoutMs / 4));
    this.#pool.run(message, stop.signal).then(
      (bytes) => this.#answered(job, bytes as Uint8Array),
      (thrown: unknown) => this.#died(job, thrown),
    );
  }

  #answered(job: Job, bytes: Uint8Array): void {
    this.#running.delete(job);
    try {
      this.#finish(job, decodeMessage(v1.Result, bytes, `result of task ${describeTask(job.task)}`));
    } catch (thrown) {
      this.#finish(job, failed(job.task.key, thrown));
    }
  }

  #died(job: Job, thrown: unknown): void {
    if (job.ended) return;
    this.#running.delete(job);
    if (job.attempts < 2) {
      this.#waiting.unshift(job);
      this.#startMore();
      return;
    }
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    this.#finish(
      job,
      failed(
        job.task.key,
        new CrossbillError("E_WORKER_EXITED", `task ${describeTask(job.task)}: the thread that ran it ended, twice (${why})`, {
          details: { step: job.task.step, key: job.task.key },
        }),
      ),
    );
  }

  #look(): void {
    for (const job of this.#running) {
      if (job.running === undefined) continue;
      const beats = Atomics.load(job.running.life, BEATS);
      const allowed = beats < BEATS_OF_START ? Math.max(this.#timeoutMs, START_MS) : this.#timeoutMs;
      if (job.running.clock.look(beats) < allowed) continue;
      const message = `task ${describeTask(job.task)}: no sign of life for ${this.#timeoutMs} ms; its thread was ended (CROSSBILL_HANG_TIMEOUT_MS allows more)`;
      this.#finish(job, failed(job.task.key, new CrossbillError("E_WORKER_HUNG", message, { details: { step: job.task.step, key: job.task.key } })));
    }
  }

  #finish(job: Job, result: v1.Result): void {
    if (job.ended) return;
    this.#cancel(job);
    job.settle(result);
    this.#startMore();
  }

  /** Ends a job without a result; its thread is ended if it still works on it. */
  #cancel(job: Job): void {
    job.ended = true;
    if (this.#running.delete(job)) job.running?.stop.abort();
    if (this.#running.size === 0) {
      clearInterval(this.#watch);
      this.#watch = undefined;
    }
  }
}
