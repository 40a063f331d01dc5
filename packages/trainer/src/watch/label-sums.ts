import { log } from "@crossbill/numerics";
import type { OnlineHead } from "../loop/stepper.js";

/** Collects labels of blocks, for the losses (weighted sums) that constant predictions have on them. */
export class LabelSums {
  readonly #head: OnlineHead;
  /** W, and the sums of w y and w y^2. */
  #weight = 0;
  #sum = 0;
  #squares = 0;
  /** Of class numbers: weight by class. */
  readonly #classes: Float64Array;

  constructor(head: OnlineHead, outputs: number) {
    this.#head = head;
    this.#classes = new Float64Array(outputs);
  }

  /** @param labels f64[rows], or f64[rows][K] @param weights f64[rows] */
  add(labels: Float64Array, weights: Float64Array): void {
    const ofClasses = this.#classes.length > 1 && labels.length === weights.length;
    for (let r = 0; r < weights.length; r++) {
      const [y, w] = [labels[r]!, weights[r]!];
      this.#weight += w;
      if (ofClasses) this.#classes[y] = this.#classes[y]! + w;
      else {
        this.#sum += w * y;
        this.#squares += w * y * y;
      }
    }
  }

  /** Of all weights 0. */
  get start(): number {
    const K = this.#classes.length;
    switch (this.#head) {
      case "logistic":
        return this.#weight * log(2);
      case "squared":
        return this.#squares;
      case "poisson":
        return this.#weight;
      case "oneVsRest":
      case "multiLabel":
        return this.#weight * K * log(2);
      default:
        return this.#weight * log(K);
    }
  }

  /** Of the best constant; of label vectors that of all weights 0. */
  get constant(): number {
    const W = this.#weight;
    switch (this.#head) {
      case "logistic":
        return entropy(this.#sum, W) + entropy(W - this.#sum, W);
      case "squared":
        return this.#squares - (this.#sum * this.#sum) / W;
      case "poisson":
        return this.#sum + entropy(this.#sum, W);
      case "oneVsRest":
        return this.#classes.reduce((sum, own) => sum + entropy(own, W) + entropy(W - own, W), 0);
      case "multiLabel":
      case "softSoftmax":
        return this.start;
      default:
        return this.#classes.reduce((sum, own) => sum + entropy(own, W), 0);
    }
  }
}

/** -part log(part / whole) */
function entropy(part: number, whole: number): number {
  return part > 0 ? -part * log(part / whole) : 0;
}
