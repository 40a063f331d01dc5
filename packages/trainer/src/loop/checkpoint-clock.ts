import { performance } from "node:perf_hooks";

const EVERY_MS = 500;
/** Between two checkpoints that time asks for at least so many times the last one's cost: under 5% of the time goes into them. */
const COST_FACTOR = 20;
/** A run that ends at any moment has at most this share of all steps to do again, where that costs less than a fifth of the time. */
const EVERY_SHARE = 0.08;
const SHARE_COST_FACTOR = 4;
/** A state of so many bytes is written whatever it costs. */
const SMALL = 2 ** 22;
/** Bytes a millisecond that are packed, hashed and written: what the first checkpoint will cost. */
const PACE = 100_000;

/** When the configuration asks for checkpoints: after so many steps, after so many seconds. 0: it does not. */
export interface CheckpointTimes {
  readonly everySteps: number;
  readonly everySeconds: number;
}

/**
 * When member 0 writes a checkpoint. A resumed run has the same bits wherever it begins, so this may depend on time. What the configuration asks for is done whatever it costs, and
 * nothing else. Where it asks for nothing: after 8% of the steps, unless a large state's checkpoints
 * would take more than a fifth of the time; and, where that costs less than 5% of it, after half a second and after evaluations.
 * A run that is over sooner than its checkpoint pays is done again rather than read.
 */
export class CheckpointClock {
  readonly #steps: number;
  readonly #asked: CheckpointTimes;
  readonly #small: boolean;
  readonly #now: () => number;
  readonly #begun: number;
  #lastStep: number;
  #lastTime: number;
  /** Milliseconds of the last one; at first a guess. */
  #cost: number;

  /** @param stateBytes of a checkpoint, at most */
  constructor(steps: number, asked: CheckpointTimes, step: number, stateBytes: number, now: () => number = () => performance.now()) {
    this.#steps = steps;
    this.#asked = asked;
    this.#now = now;
    this.#begun = this.#lastTime = now();
    this.#lastStep = step;
    this.#small = stateBytes <= SMALL;
    this.#cost = this.#small ? 0 : stateBytes / PACE;
  }

  due(step: number, evaluated: boolean): boolean {
    const waited = this.#now() - this.#lastTime;
    const { everySteps, everySeconds } = this.#asked;
    if (everySteps > 0 || everySeconds > 0) return (everySteps > 0 && step % everySteps === 0) || (everySeconds > 0 && waited >= 1000 * everySeconds);
    if (step - this.#lastStep >= EVERY_SHARE * this.#steps && (this.#small || waited >= SHARE_COST_FACTOR * this.#cost)) return true;
    return (evaluated || waited >= EVERY_MS) && waited >= COST_FACTOR * this.#cost;
  }

  /** Whether the end of the run is worth a checkpoint. */
  pays(): boolean {
    return this.#small || this.#asked.everySteps > 0 || this.#asked.everySeconds > 0 || this.#now() - this.#begun >= SHARE_COST_FACTOR * this.#cost;
  }

  async time(step: number, write: () => Promise<void>): Promise<void> {
    const before = this.#now();
    await write();
    this.#lastTime = this.#now();
    this.#cost = this.#lastTime - before;
    this.#lastStep = step;
  }
}
