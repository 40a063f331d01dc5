import type { JsonCalibrationSummary, JsonTest } from "../json.js";

/** Bins of probabilities whose mean prediction lies outside the interval of their mean label; null: no such bins. */
export function calibrationSummary(test: JsonTest): JsonCalibrationSummary | null {
  const curve = test.calibration.find(({ strategy }) => strategy === test.calibrationErrorBins) ?? test.calibration[0];
  if (test.head !== "logistic" || curve === undefined) return null;
  const simultaneous = curve.bins.length > 0 && curve.bins.every(({ allLow, allHigh }) => allLow !== null && allHigh !== null);
  const ends = curve.bins.flatMap((b) => {
    const [low, high] = simultaneous ? [b.allLow, b.allHigh] : [b.labelLow, b.labelHigh];
    return b.meanPrediction === null || low === null || high === null ? [] : [{ at: b.meanPrediction, low, high }];
  });
  if (ends.length === 0) return null;
  const tooHigh = ends.filter(({ at, high }) => at > high).length;
  const tooLow = ends.filter(({ at, low }) => at < low).length;
  return {
    strategy: curve.strategy,
    simultaneous,
    bins: ends.length,
    outside: tooHigh + tooLow,
    tooHigh,
    tooLow,
    byChance: simultaneous || test.level === null ? null : ends.length * (1 - test.level),
  };
}
