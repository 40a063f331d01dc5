import { v1 } from "@crossbill/messages";
import { biasOf, exampleInput } from "./fixture.js";

export type FullOptions = NonNullable<Parameters<typeof exampleInput>[0]> & {
  /** Names of models, classes, fields, codes and keys, in turns. */
  words?: readonly string[];
};

const rate = (value: number): v1.IRate => ({ value, low: value - 0.02, high: value + 0.02 });

/** {@link exampleInput} with every part that a report may have. */
export function fullInput(options: FullOptions = {}): v1.ReportInput {
  const input = exampleInput(options);
  const { evaluation, comparison } = input;
  let turn = 0;
  const word = (plain: string): string => (options.words === undefined ? plain : (options.words[turn++ % options.words.length] ?? plain));
  const positives = evaluation.positiveWeight;
  const negatives = evaluation.weight - positives;
  const at = evaluation.roc.thresholds.findLastIndex((threshold) => threshold >= 0.25);
  const truePositives = Math.round((evaluation.roc.truePositiveRate[at] ?? 0) * positives);
  const falsePositives = Math.round((evaluation.roc.falsePositiveRate[at] ?? 0) * negatives);
  for (const curve of evaluation.calibration)
    for (const bin of curve.bins) Object.assign(bin, { allLow: 0.7 * bin.labelLow, allHigh: 0.7 * bin.labelHigh + 0.3 * Math.min(1, 1.6 * bin.labelHigh) });
  const logit = { ...v1.CalibrationCurve.create(evaluation.calibration[0]), strategy: "logit" } as v1.CalibrationCurve;
  Object.assign(evaluation, {
    aucLow: evaluation.auc - 0.01,
    aucHigh: evaluation.auc + 0.01,
    brierLow: evaluation.brier - 0.004,
    brierHigh: evaluation.brier + 0.004,
    normalizedEntropy: 0.853,
    maxCalibrationError: 0.041,
    brierParts: { reliability: 0.0004, resolution: 0.0121, uncertainty: 0.1002, within: -0.00013 },
    spiegelhalter: { z: -2.31, pValue: 0.0209 },
    threshold: 0.25,
    thresholdRule: word("the largest F1"),
    confusion: { truePositives, falsePositives, falseNegatives: positives - truePositives, trueNegatives: negatives - falsePositives },
    accuracy: (truePositives + negatives - falsePositives) / evaluation.weight,
    distinctScores: 5990,
    roundedBits: 12,
    aucErrorBound: 1.2e-7,
    calibration: [...evaluation.calibration, logit],
  });
  const sliceOf = (i: number): v1.SliceEvaluation => evaluation.slices[i % evaluation.slices.length] as v1.SliceEvaluation;
  const found = (metric: string, count: number): v1.IFoundSlices => ({
    metric,
    depth: 2,
    minRows: 100,
    falseDiscoveryRate: 0.05,
    fields: ["country", "device", word("site")],
    tested: 312,
    candidates: 5,
    rowsSearched: 3010,
    rowsConfirmed: 2990,
    found: Array.from({ length: count }, (_, i) => {
      const slice = v1.SliceEvaluation.create(sliceOf(9 + 4 * i));
      return {
        slice,
        effect: metric === "bias" ? slice.bias.difference : 0.08 - 0.01 * i,
        low: metric === "bias" ? slice.bias.low : 0.04 - 0.01 * i,
        high: metric === "bias" ? slice.bias.high : 0.12 - 0.01 * i,
        z: -5.2 + i,
        pValue: 1e-6,
        adjustedPValue: 3e-6,
        searchRows: 351,
        searchEffect: -0.071,
      };
    }),
  });
  const key = (value: string): v1.ISliceKey => ({ field: word("device"), value });
  const classes = ["cat", "dog", "crossbill"].map((name) => word(name));
  Object.assign(evaluation, {
    foundBias: found("bias", 3),
    foundLoss: found("logLoss", 2),
    fairness: [
      {
        field: word("device"),
        groups: [
          ...["phone", "tablet"].map((value, i) => ({
            key: key(value),
            rows: 1500 + i,
            weight: 1500 + i,
            baseRate: 0.11 + i / 100,
            positiveRate: rate(0.12 + i / 20),
            truePositiveRate: rate(0.41),
            falsePositiveRate: rate(0.08),
            precision: { value: Number.NaN, low: Number.NaN, high: Number.NaN },
          })),
          { key: key("watch"), rows: 0, weight: 0, baseRate: 0 },
        ],
        differences: ["demographicParity", "equalOpportunity", "equalizedOdds"].map((name, i) => ({
          name,
          value: 0.05 + i / 100,
          low: 0.01,
          high: 0.1,
          most: key("tablet"),
          least: key("phone"),
        })),
      },
    ],
    causes: [
      {
        code: "MISSING_FEATURE",
        message: `the bias is in ${word("country = FR, device = phone")}: no column tells them apart`,
        fields: ["country", word("device")],
        value: 0.07,
      },
    ],
    multiClass: {
      classes,
      confusion: [80, 15, 5, 9, 90, 1, 0, 20, 30.5],
      top: [1, 2, 3].map((k) => ({ k, accuracy: 0.7 + k / 10 })),
      macroAuc: 0.91,
      weightedAuc: 0.92,
      handTill: 0.9,
      topLabel: evaluation.calibration[1],
      topLabelError: 0.021,
      each: classes.map((name, i) => ({ name, positiveWeight: 100 + i, logLoss: 0.3, auc: i === 2 ? Number.NaN : 0.9, bias: biasOf([]) })),
    },
  });
  Object.assign(comparison, {
    auc: { new: evaluation.auc, current: evaluation.auc - 0.01, difference: 0.01, standardError: 0.002, low: 0.006, high: 0.014, pValue: 1e-6 },
    brier: { ...comparison.overall, lossNew: 0.09, lossCurrent: 0.092, difference: -0.002, low: -0.003, high: -0.001 },
    changed: [3.1, -2.7, 2.2].map((difference, i) => ({
      key: word(`row-${i}`),
      label: i % 2,
      weight: 1,
      predictionNew: 0.61 - 0.2 * i,
      predictionCurrent: 0.07 + 0.1 * i,
      difference,
    })),
    verdict: word("Better: the log-loss fell by more than chance explains."),
  });
  input.train.certificate = v1.Certificate.create({
    objective: 0.3,
    gradientNorm: 2e-9,
    relativeGradientNorm: 1e-9,
    dualityGap: 3e-10,
    sumPredictions: 15820.000000000002,
    sumLabels: 15820,
    converged: true,
  });
  input.train.progressive = [1, 2, 3].map((i) => v1.ProgressivePoint.create({ step: 40 * i, weight: 5000, loss: 0.3 - 0.01 * i, windowLoss: 0.3 - 0.02 * i }));
  input.train.diagnostics = [v1.Diagnostic.create({ code: word("D_COLLINEAR"), message: word("two columns say the same"), columns: ["a", "b"], value: 2 })];
  input.checks = [
    v1.ReportCheck.create({ check: "drift", field: word("price"), failed: false, value: 0.21, limit: 0.2, message: word("the distribution moved") }),
    v1.ReportCheck.create({ check: "newCategories", field: word("site"), failed: true, value: Number.NaN, limit: Number.NaN, message: "x" }),
  ];
  input.costs = v1.ReportCosts.create({ falsePositive: 1, falseNegative: 6 });
  addLayers(input, [word("layer 1"), word("layer 2"), word("output")]);
  return v1.ReportInput.create(input);
}

/** A network whose layers were watched at every evaluation: zeros rise, gradients fall. */
export function addLayers({ train }: v1.ReportInput, names: readonly string[]): void {
  for (const [i, point] of train.curve.entries())
    point.layers = names.map((name, l) =>
      v1.LayerWatch.create({
        name,
        units: 64 >> l,
        dead: l === 0 ? i : 0,
        zeros: l + 1 === names.length ? 0 : 0.4 + 0.02 * i - 0.1 * Math.min(l, 3),
        saturated: 0.01 * l,
        gradient: (l === 1 ? 0.02 : 0.004) / (i + 1),
        weights: 3 + l,
        updateRatio: 0.012 / (i + 1),
      }),
    );
}
