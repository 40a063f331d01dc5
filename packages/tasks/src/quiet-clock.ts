import { performance } from "node:perf_hooks";

/** No single gap between two looks counts for more than this: a stopped process or a blocked coordinator is not a hung worker. Milliseconds. */
const MAX_GAP_MS = 1000;

/**
 * A thread that still starts and imports its modules may be quiet so long, even where the hang timeout is shorter: on a busy machine that alone takes
 * seconds. Milliseconds.
 */
export const START_MS = 10_000;

/** How long something has shown no change, measured by a coordinator that looks now and then. */
export class QuietClock {
  #signature: number | undefined;
  #quiet = 0;
  #last = performance.now();

  /** Milliseconds of silence, given a number that changes with every sign of life. */
  look(signature: number): number {
    const now = performance.now();
    const gap = Math.min(now - this.#last, MAX_GAP_MS);
    this.#last = now;
    this.#quiet = signature === this.#signature ? this.#quiet + gap : 0;
    this.#signature = signature;
    return this.#quiet;
  }
}
