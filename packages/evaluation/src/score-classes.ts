import type { Model } from "@crossbill/models";

/** What is kept of a model's predictions for rows of several classes. */
export interface ClassScores {
  /** Probability of the row's own class; 0 where the model does not know it. */
  readonly own: Float64Array;
  /** 1 where the predicted class is the row's own. */
  readonly hit: Float64Array;
}

/**
 * Scores of rows by their logits, as the model's scorer gives them.
 * @param label of a row: number of its class in `classes`
 */
export function scoreClasses(model: Pick<Model, "classes" | "classesOf">, classes: readonly string[], label: Float64Array, logits: Float64Array): ClassScores {
  const K = model.classes.length;
  const { probabilities, best } = model.classesOf(logits);
  const numbers = new Map(model.classes.map((name, k) => [name, k]));
  const own = new Float64Array(label.length);
  const hit = new Float64Array(label.length);
  for (let i = 0; i < label.length; i++) {
    const k = numbers.get(classes[label[i]!] ?? "");
    if (k === undefined) continue;
    own[i] = probabilities[i * K + k]!;
    hit[i] = best[i] === k ? 1 : 0;
  }
  return { own, hit };
}
