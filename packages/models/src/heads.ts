import { v1 } from "@crossbill/messages";
import { exp, log1p, sigmoid, softplus } from "@crossbill/numerics";
import { largest, softmax } from "./softmax.js";

/**
 * The pairs (a, b), a < b, of K classes in the order of their logits: (0, 1), (0, 2), ..., (1, 2), ...; a logit above 0 speaks for a. Those of the head oneVsOne.
 */
export function classPairs(classes: number): readonly (readonly [a: number, b: number])[] {
  return Array.from({ length: classes }, (_, a) => Array.from({ length: classes - a - 1 }, (__, i) => [a, a + 1 + i] as const)).flat();
}

/** Linear functions of a row that a head needs for K classes (0: a head of one prediction). */
export function outputsOf(head: v1.Head, classes: number): number {
  return head === v1.Head.ONE_VS_ONE ? (classes * (classes - 1)) / 2 : Math.max(1, classes);
}

/** What each of them speaks for; for people. */
export function outputNames(head: v1.Head, classes: readonly string[]): string[] {
  return head === v1.Head.ONE_VS_ONE ? classPairs(classes.length).map(([a, b]) => `${classes[a]!} rather than ${classes[b]!}`) : [...classes];
}

/** Each output's part, 1 or -1, in a class's logit: that of its own output; of the head oneVsOne the sum of its margins over the other classes. */
export function outputSigns(head: v1.Head, classes: number, k: number): readonly (readonly [output: number, sign: number])[] {
  if (head !== v1.Head.ONE_VS_ONE) return [[k, 1]];
  return classPairs(classes).flatMap(([a, b], output): [number, number][] => (a === k ? [[output, 1]] : b === k ? [[output, -1]] : []));
}

/**
 * From a row's logits z[at ...] to the probabilities of K classes, written to out[outAt ... outAt + K), which may lie where the logits do if there are no more of them than classes; returns the predicted class.
 *
 * - softmax, and what is trained by sampledSoftmax or nce: exp(z_k) / sum of exp(z_j); the largest, of equal ones the first
 * - oneVsRest: sigmoid(z_k) / sum of sigmoid(z_j), computed from their logarithms; the class of the largest logit
 * - multiLabel: sigmoid(z_k), each for itself; the class of the largest logit
 * - oneVsOne: z_ab is the logit of class a among the rows of a and b. With r_kj = sigmoid(z_kj), p_k is proportional to 1 / (sum over j of 1 / r_kj - (K - 2)) (Price,
 *   Knerr, Personnaz and Dreyfus 1995), which is exact where the pairs agree with one distribution. The predicted class is the one that wins most pairs (a logit of 0 is
 *   won by none), of equal ones that with the largest sum of margins, then the first; it need not be the most probable one.
 */
export type ClassResponse = (z: Float64Array, at: number, out: Float64Array, outAt: number) => number;

export function classResponse(head: v1.Head, classes: number): ClassResponse {
  if (head === v1.Head.ONE_VS_ONE) return oneVsOne(classes);
  return (z, at, out, outAt) => {
    const best = largest(z, at, classes);
    if (head === v1.Head.MULTI_LABEL) {
      for (let k = 0; k < classes; k++) out[outAt + k] = sigmoid(z[at + k]!);
      return best;
    }
    for (let k = 0; k < classes; k++) out[outAt + k] = head === v1.Head.ONE_VS_REST ? -softplus(-z[at + k]!) : z[at + k]!;
    softmax(out, outAt, classes);
    return best;
  };
}

function oneVsOne(classes: number): ClassResponse {
  const pairs = classPairs(classes);
  const votes = new Float64Array(classes);
  const margins = new Float64Array(classes);
  /** By class: logarithm of 1 + the sum over the others of exp(-z_kj), as largest exponent (0 at least) and sum from there. */
  const most = new Float64Array(classes);
  const sums = new Float64Array(classes);
  return (z, at, out, outAt) => {
    votes.fill(0);
    margins.fill(0);
    most.fill(0);
    for (const [i, [a, b]] of pairs.entries()) {
      const margin = z[at + i]!;
      if (margin !== 0) votes[margin > 0 ? a : b]!++;
      margins[a]! += margin;
      margins[b]! -= margin;
      most[a] = Math.max(most[a]!, -margin);
      most[b] = Math.max(most[b]!, margin);
    }
    for (let k = 0; k < classes; k++) sums[k] = exp(-most[k]!);
    for (const [i, [a, b]] of pairs.entries()) {
      sums[a]! += exp(-z[at + i]! - most[a]!);
      sums[b]! += exp(z[at + i]! - most[b]!);
    }
    let best = 0;
    for (let k = 0; k < classes; k++) {
      if (votes[k]! > votes[best]! || (votes[k] === votes[best] && margins[k]! > margins[best]!)) best = k;
      out[outAt + k] = -(most[k]! + log1p(sums[k]! - 1));
    }
    softmax(out, outAt, classes);
    return best;
  };
}
