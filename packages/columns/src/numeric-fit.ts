import { CrossbillError, v1 } from "@crossbill/messages";
import { ExactSum, log, log1p } from "@crossbill/numerics";
import { sketchOf } from "./sketch-of.js";

const { LOG, LOG1P } = v1.NumericSpec.Scale;

export function signedLog1p(x: number): number {
  return x < 0 ? -log1p(-x) : log1p(x);
}

/** log(x), or sign(x) log(1 + |x|); null for other steps. */
export function transformOf(step: v1.NumericSpec.Scale): ((x: number) => number) | null {
  if (step === LOG) return log;
  return step === LOG1P ? signedLog1p : null;
}

export function mergeMoments(a: v1.NumericPartial.$Properties, b: v1.NumericPartial.$Properties): v1.NumericPartial {
  const add = (x: Uint8Array | undefined, y: Uint8Array | undefined): Uint8Array => sumOf(x).merge(sumOf(y)).toBytes();
  return v1.NumericPartial.create({
    count: (a.count ?? 0) + (b.count ?? 0),
    missing: (a.missing ?? 0) + (b.missing ?? 0),
    sum: add(a.sum, b.sum),
    sumSquares: add(a.sumSquares, b.sumSquares),
    minimum: Math.min(a.minimum!, b.minimum!),
    maximum: Math.max(a.maximum!, b.maximum!),
    scaledSum: add(a.scaledSum, b.scaledSum),
    scaledSumSquares: add(a.scaledSumSquares, b.scaledSumSquares),
    ...(isWeighted(a) || isWeighted(b) ? { weight: weightSum(a).merge(weightSum(b)).toBytes() } : {}),
    ...((a.sketch?.length ?? 0) > 0 ? { sketch: sketchOf(a.sketch!).merge(sketchOf(b.sketch!)).toBytes() } : {}),
  });
}

function isWeighted({ weight }: v1.NumericPartial.$Properties): boolean {
  return (weight?.length ?? 0) > 0;
}

function weightSum(partial: v1.NumericPartial.$Properties): ExactSum {
  if (isWeighted(partial)) return sumOf(partial.weight);
  const sum = new ExactSum();
  sum.add(partial.count ?? 0);
  return sum;
}

/** Sum of the weights of the rows with a value. @throws E_WEIGHT when it is not finite */
export function weightOf(name: string, partial: v1.NumericPartial.$Properties): ExactSum {
  const weight = weightSum(partial);
  if (Number.isFinite(weight.value())) return weight;
  throw new CrossbillError(
    "E_WEIGHT",
    `column "${name}": the weights of the rows with a value add up to more than a float64 holds: divide them by a constant`,
    {
      exitCode: 2,
      details: { column: name },
    },
  );
}

export function sumOf(bytes: Uint8Array | undefined): ExactSum {
  return bytes === undefined || bytes.length === 0 ? new ExactSum() : ExactSum.fromBytes(bytes);
}

/**
 * What is frozen of a numeric column. Without any value that has weight: mean 0, deviation 0, minimum 0, maximum 0.
 * @throws E_COLUMN_FIT when a moment overflows; E_WEIGHT when the weights do
 */
export function numericState(name: string, partial: v1.NumericPartial.$Properties, scaled: boolean): v1.NumericState {
  const count = partial.count ?? 0;
  const state = { count, missing: partial.missing ?? 0, minimum: 0, maximum: 0, mean: 0, standardDeviation: 0, scaledMean: 0, scaledStandardDeviation: 0 };
  const weight = weightOf(name, partial);
  if (weight.value() > 0) {
    state.minimum = partial.minimum!;
    state.maximum = partial.maximum!;
    ({ mean: state.mean, deviation: state.standardDeviation } = meanAndDeviation(weight, sumOf(partial.sum), sumOf(partial.sumSquares)));
    if (scaled)
      ({ mean: state.scaledMean, deviation: state.scaledStandardDeviation } = meanAndDeviation(
        weight,
        sumOf(partial.scaledSum),
        sumOf(partial.scaledSumSquares),
      ));
  }
  for (const [what, value] of Object.entries(state)) {
    if (Number.isFinite(value)) continue;
    throw new CrossbillError(
      "E_COLUMN_FIT",
      `column "${name}": its ${what} is ${value}, as the values reach from ${state.minimum} to ${state.maximum}; give it a clip`,
      { exitCode: 2, details: { column: name } },
    );
  }
  return v1.NumericState.create(state);
}

/** S1 / W and sqrt((W S2 - S1^2) / W^2), W the sum of the weights; the difference is exact before its one rounding, so nothing cancels (but for squares below the least float64). */
export function meanAndDeviation(weight: ExactSum, sum: ExactSum, squares: ExactSum): { mean: number; deviation: number } {
  const n = weight.value();
  const scale = scaleOf(n);
  const parts = (of: ExactSum): number[] => partsOf(of).map((part) => part * scale);
  const difference = new ExactSum();
  for (const part of parts(squares)) for (const w of parts(weight)) difference.addProduct(w, part);
  for (const a of parts(sum)) for (const b of parts(sum)) difference.addProduct(-a, b);
  return { mean: sum.value() / n, deviation: Math.sqrt(Math.max(0, difference.value())) / (n * scale) };
}

/** A power of two that brings the weight of all rows to about 1, so that its square is in range; 1 where it is in range anyway. */
function scaleOf(n: number): number {
  let scale = 1;
  if (n > 2 ** 53) while (n * scale > 1) scale /= 2;
  else while (n * scale < 0.5 && scale < 2 ** 1000) scale *= 2;
  return scale;
}

/** Numbers whose sum is exactly that of `sum`. */
function partsOf(sum: ExactSum): number[] {
  const rest = ExactSum.fromBytes(sum.toBytes());
  const parts: number[] = [];
  for (let part = rest.value(); part !== 0; part = rest.value()) {
    parts.push(part);
    if (!Number.isFinite(part)) break;
    rest.add(-part);
  }
  return parts;
}
