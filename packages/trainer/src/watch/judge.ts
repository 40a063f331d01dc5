/** Heads whose rows can be judged: those that tell classes apart. */
export type JudgedHead = "logistic" | "softmax" | "oneVsRest";

/** Counts of rows of weight above 0 whose label is one class. */
export interface Judged {
  readonly judged: number;
  /** On the wrong side: some other class is at least as probable; of oneVsRest, in some class's problem. */
  readonly wrong: number;
  /** Whose probability (of several classes, that of the predicted one) is as good as 0 or 1: {@link SATURATED}. */
  readonly saturated: number;
  /** Whether they are of several classes. */
  readonly several: boolean;
}

/** Logits beyond this size are saturated: 1 / (1 + e^15) = 3.1e-7, and no gradient of the row is larger. */
export const SATURATED = 15;
const SMALL = 3.059022269256247e-7;

/** Collects rows of blocks, in whatever order. */
export class Judge implements Judged {
  judged = 0;
  wrong = 0;
  saturated = 0;
  several = false;
  #label = Number.NaN;
  readonly #head: JudgedHead;

  constructor(head: JudgedHead) {
    this.#head = head;
  }

  /** @param residuals of each class f64[rows], weight (p - (1 of the row's class)); of the logistic head one. @param labels f64[rows] @param weights f64[rows] */
  add(residuals: readonly Float64Array[], labels: Float64Array, weights: Float64Array): void {
    for (let r = 0; r < labels.length; r++) {
      const [label, weight] = [labels[r]!, weights[r]!];
      if (!(weight > 0)) continue;
      if (this.#head === "logistic") this.#addOne(residuals[0]![r]! / weight, label);
      else this.#addSeveral(residuals, r, label, weight);
    }
  }

  /** @param residual p - label */
  #addOne(residual: number, label: number): void {
    // A label between 0 and 1 has no side.
    if (label !== 0 && label !== 1) return;
    const error = Math.abs(residual);
    this.#count(label, error >= 0.5, error < SMALL || error > 1 - SMALL);
  }

  #addSeveral(residuals: readonly Float64Array[], r: number, label: number, weight: number): void {
    const own = residuals[label]![r]! / weight + 1;
    let [most, other, missed] = [own, 0, own <= 0.5];
    for (let k = 0; k < residuals.length; k++) {
      if (k === label) continue;
      const p = residuals[k]![r]! / weight;
      if (p > other) other = p;
      if (p > most) most = p;
      missed ||= p >= 0.5;
    }
    this.#count(label, this.#head === "softmax" ? own <= other : missed, most > 1 - SMALL);
  }

  #count(label: number, wrong: boolean, saturated: boolean): void {
    this.judged++;
    if (wrong) this.wrong++;
    if (saturated) this.saturated++;
    if (Number.isNaN(this.#label)) this.#label = label;
    else if (label !== this.#label) this.several = true;
  }
}

export const NOT_JUDGED: Judged = { judged: 0, wrong: 0, saturated: 0, several: false };
