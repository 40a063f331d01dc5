/** How patient a remote store is. */
export interface RemoteOptions {
  /** Milliseconds without a byte after which an attempt is given up. Default 30,000. */
  readonly timeoutMs?: number;
  /** Attempts in all. Default 5. */
  readonly attempts?: number;
  /** Milliseconds before the second attempt; twice as long before each later one, at most 10 s; a server's Retry-After counts where it is longer, at most 30 s. Default 200. */
  readonly pauseMs?: number;
}

/** A failure that may not happen again. */
export class Transient extends Error {
  /** @param afterMs what the server asks to wait */
  constructor(
    message: string,
    readonly afterMs: number = 0,
  ) {
    super(message);
  }
}

/** Runs `attempt` until it does not throw a {@link Transient}, at most so many times; then its last one goes through `failed`. */
export async function retrying<T>(options: RemoteOptions, attempt: () => Promise<T>, failed: (last: Transient, attempts: number) => Error): Promise<T> {
  const { attempts = 5, pauseMs = 200 } = options;
  for (let n = 1; ; n++) {
    try {
      return await attempt();
    } catch (thrown) {
      if (!(thrown instanceof Transient)) throw thrown;
      if (n >= attempts) throw failed(thrown, attempts);
      // Half of it by chance, so that many readers do not come back at once.
      const pause = Math.min(10_000, pauseMs * 2 ** (n - 1)) * (0.5 + Math.random() / 2);
      await new Promise((resolve) => setTimeout(resolve, Math.max(pause, Math.min(30_000, thrown.afterMs))));
    }
  }
}

/** Milliseconds of a Retry-After header in seconds; 0 for anything else. */
export function retryAfter(value: string | undefined): number {
  return value !== undefined && /^\d{1,6}$/.test(value) ? 1000 * Number(value) : 0;
}
