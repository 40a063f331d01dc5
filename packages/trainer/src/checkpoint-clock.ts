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

/**
 * When member 0 writes a checkpoint. A resumed run has the same bits wherever it begins, so this may depend on time: after 8% of the steps, unless a large state's checkpoints
 * would take more than a fifth of the time; and, where that costs less than 5% of it, after half a second and where the configuration or an evaluation asks for one.
 * A run that is over sooner than its checkpoint pays is done again rather than read.
 */
export class CheckpointClock {
  readonly #steps: number;
  readonly #everySteps: number;
  readonly #small: boolean;
  readonly #begun = performance.now();
  #lastStep: number;
  #lastTime = this.#begun;
  /** Milliseconds of the last one; at first a guess. */
  #cost: number;

  /** @param stateBytes of a checkpoint, at most */
  constructor(steps: number, everySteps: number, step: number, stateBytes: number) {
    this.#steps = steps;
    this.#everySteps = everySteps;
    this.#lastStep = step;
    this.#small = stateBytes <= SMALL;
    this.#cost = this.#small ? 0 : stateBytes / PACE;
  }

  due(step: number, evaluated: boolean): boolean {
    const waited = performance.now() - this.#lastTime;
    const asked = evaluated || (this.#everySteps > 0 && step % this.#everySteps === 0);
    if (step - this.#lastStep >= EVERY_SHARE * this.#steps && (this.#small || waited >= SHARE_COST_FACTOR * this.#cost)) return true;
    return (asked || waited >= EVERY_MS) && waited >= COST_FACTOR * this.#cost;
  }

  /** Whether the end of the run is worth a checkpoint. */
  pays(): boolean {
    return this.#small || performance.now() - this.#begun >= SHARE_COST_FACTOR * this.#cost;
  }

  async time(step: number, write: () => Promise<void>): Promise<void> {
    const before = performance.now();
    await write();
    this.#lastTime = performance.now();
    this.#cost = this.#lastTime - before;
    this.#lastStep = step;
  }
}
