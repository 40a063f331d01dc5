import { CrossbillError } from "@crossbill/messages";
import { applyRecalibration, type SamplingRecalibration } from "./recalibration.js";

/**
 * What brings back the probabilities of a model that was trained on a sample by class. Of negatives kept at the rate r the odds are 1 / r times too high:
 * q = p / (p + (1 - p) / r) (He et al. 2014, section 6.3; Elkan 2001, theorem 2).
 * @param rate share of the rows of label 0 that was kept, in (0, 1] @param positiveRate the same of label 1; default 1
 * @throws E_SAMPLING_RATE
 */
export function samplingRecalibration({ rate, positiveRate = 1 }: { readonly rate: number; readonly positiveRate?: number }): SamplingRecalibration {
  for (const one of [rate, positiveRate])
    if (!(one > 0 && one <= 1))
      throw new CrossbillError("E_SAMPLING_RATE", `a sampling rate is ${String(one)}; allowed is a share of rows kept, above 0 and at most 1`, { exitCode: 2 });
  return { kind: "sampling", negativeRate: rate, positiveRate };
}

/** The probability of p without the sampling, see {@link samplingRecalibration}. @param p in [0, 1] @throws E_SAMPLING_RATE */
export function correctSampling(p: number, sampling: { readonly rate: number; readonly positiveRate?: number }): number {
  return applyRecalibration(samplingRecalibration(sampling), p);
}
