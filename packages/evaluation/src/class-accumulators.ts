import { RankingAccumulator } from "@crossbill/auc";
import { CalibrationAccumulator } from "@crossbill/calibration";
import type { v1 } from "@crossbill/messages";
import type { Model } from "@crossbill/models";
import { columnsOf } from "./score-vectors.js";

/** Distinct scores of all classes' rankings together; each has a power of two of them, at least 2^12. */
const CAPACITY = 2 ** 20;
const LEAST_CAPACITY = 2 ** 12;

export interface ClassAccumulator {
  readonly ranking: RankingAccumulator;
  readonly calibration: CalibrationAccumulator;
}

/** Ranking and calibration of each class over rows of label vectors; a label between 0 and 1 counts as a row of either, by its share. */
export class ClassAccumulators {
  readonly each: readonly ClassAccumulator[];
  readonly #classes: readonly string[];

  /** @param messages of {@link toMessages}; none: nothing yet */
  constructor(classes: readonly string[], messages: readonly v1.IPackAccumulators[] = []) {
    this.#classes = classes;
    let capacity = CAPACITY;
    while (capacity > LEAST_CAPACITY && capacity * classes.length > CAPACITY) capacity /= 2;
    this.each = classes.map((_, k) => {
      const message = messages[k];
      return message === undefined
        ? { ranking: new RankingAccumulator({ capacity }), calibration: new CalibrationAccumulator() }
        : { ranking: RankingAccumulator.fromMessage(message.ranking!), calibration: CalibrationAccumulator.fromMessage(message.calibration!) };
    });
  }

  /** @param labels f64[rows][classes] @param probabilities f64[rows][model's classes] */
  update(model: Pick<Model, "classes">, labels: Float64Array, probabilities: Float64Array, weight: Float64Array): void {
    const [K, of] = [this.#classes.length, model.classes.length];
    const columns = columnsOf(model, this.#classes);
    const rows = weight.length;
    for (const [k, { ranking, calibration }] of this.each.entries()) {
      const y: number[] = [];
      const p: number[] = [];
      const w: number[] = [];
      for (let r = 0; r < rows; r++) {
        const label = labels[r * K + k]!;
        const probability = columns[k]! < 0 ? 0 : probabilities[r * of + columns[k]!]!;
        for (const side of label > 0 && label < 1 ? [1, 0] : [label]) {
          y.push(side);
          p.push(probability);
          w.push(weight[r]! * (label > 0 && label < 1 ? (side === 1 ? label : 1 - label) : 1));
        }
      }
      ranking.update(y, p, w);
      calibration.update(y, p, w);
    }
  }

  merge(other: ClassAccumulators): void {
    for (const [k, { ranking, calibration }] of this.each.entries()) {
      ranking.merge(other.each[k]!.ranking);
      calibration.merge(other.each[k]!.calibration);
    }
  }

  toMessages(): v1.IPackAccumulators[] {
    return this.each.map(({ ranking, calibration }) => ({ ranking: ranking.toMessage(), calibration: calibration.toMessage() }));
  }
}
