import { performance } from "node:perf_hooks";

const EVERY_MS = 500;
/** Between two checkpoints that time asks for at least so many times the last one's cost: under 5% of the time goes into them. */
const COST_FACTOR = 20;
/** Whatever they cost: a run that ends at any moment has at most this share of all steps to do again. */
const EVERY_SHARE = 0.08;

/**
 * When member 0 writes a checkpoint. A resumed run has the same bits wherever it begins, so this may depend on time: after 8% of the steps; and, where that
 * costs less than 5% of the time, after half a second and where the configuration or an evaluation asks for one.
 */
export class CheckpointClock {
  readonly #steps: number;
  readonly #everySteps: number;
  #lastStep: number;
  #lastTime = performance.now();
  #cost = 0;

  constructor(steps: number, everySteps: number, step: number) {
    this.#steps = steps;
    this.#everySteps = everySteps;
    this.#lastStep = step;
  }

  due(step: number, evaluated: boolean): boolean {
    const waited = performance.now() - this.#lastTime;
    const asked = evaluated || (this.#everySteps > 0 && step % this.#everySteps === 0);
    if (step - this.#lastStep >= EVERY_SHARE * this.#steps) return true;
    return (asked || waited >= EVERY_MS) && waited >= COST_FACTOR * this.#cost;
  }

  async time(step: number, write: () => Promise<void>): Promise<void> {
    const before = performance.now();
    await write();
    this.#lastTime = performance.now();
    this.#cost = this.#lastTime - before;
    this.#lastStep = step;
  }
}
