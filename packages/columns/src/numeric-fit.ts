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
    ...((a.sketch?.length ?? 0) > 0 ? { sketch: sketchOf(a.sketch!).merge(sketchOf(b.sketch!)).toBytes() } : {}),
  });
}

export function sumOf(bytes: Uint8Array | undefined): ExactSum {
  return bytes === undefined || bytes.length === 0 ? new ExactSum() : ExactSum.fromBytes(bytes);
}

/**
 * What is frozen of a numeric column. Without any value: mean 0, deviation 0, minimum 0, maximum 0.
 * @throws E_COLUMN_FIT when a moment overflows
 */
export function numericState(name: string, partial: v1.NumericPartial.$Properties, scaled: boolean): v1.NumericState {
  const count = partial.count ?? 0;
  const state = { count, missing: partial.missing ?? 0, minimum: 0, maximum: 0, mean: 0, standardDeviation: 0, scaledMean: 0, scaledStandardDeviation: 0 };
  if (count > 0) {
    state.minimum = partial.minimum!;
    state.maximum = partial.maximum!;
    ({ mean: state.mean, deviation: state.standardDeviation } = meanAndDeviation(count, sumOf(partial.sum), sumOf(partial.sumSquares)));
    if (scaled)
      ({ mean: state.scaledMean, deviation: state.scaledStandardDeviation } = meanAndDeviation(
        count,
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

/** S1 / n and sqrt((n S2 - S1^2) / n^2); the difference is exact before its one rounding, so nothing cancels. */
export function meanAndDeviation(n: number, sum: ExactSum, squares: ExactSum): { mean: number; deviation: number } {
  const difference = new ExactSum();
  const parts = partsOf(sum);
  for (const part of partsOf(squares)) difference.addProduct(n, part);
  for (const a of parts) for (const b of parts) difference.addProduct(-a, b);
  return { mean: sum.value() / n, deviation: Math.sqrt(difference.value()) / n };
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
