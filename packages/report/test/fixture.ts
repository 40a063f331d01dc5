import { v1 } from "@crossbill/messages";

/** Seeded uniform numbers in [0, 1): the tests' own. */
function uniforms(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const squash = (z: number): number => 1 / (1 + Math.exp(-z));

interface Row {
  p: number;
  y: number;
  country: string;
  device: string;
}

function simulate(rows: number, seed: number, names: readonly string[]): Row[] {
  const next = uniforms(seed);
  return Array.from({ length: rows }, (_, i) => {
    const z = -2.6 + 2.4 * (next() + next() + next() - 1.5);
    const device = names[Math.floor(next() * names.length)] ?? "phone";
    const country = ["DE", "FR", "US", "JP"][Math.floor(next() * 4)] ?? "DE";
    const shift = device === names[0] && country === "FR" ? 0.9 : 0;
    return { p: squash(z), y: next() < squash(z + shift) ? 1 : 0, country: i % 400 === 399 ? "" : country, device };
  });
}

const mean = (values: readonly number[]): number => (values.length === 0 ? Number.NaN : values.reduce((a, b) => a + b, 0) / values.length);

export function biasOf(rows: readonly Row[]): v1.IBias {
  const p = mean(rows.map((r) => r.p));
  const y = mean(rows.map((r) => r.y));
  const error = Math.sqrt(mean(rows.map((r) => (r.p - r.y - (p - y)) ** 2)) / rows.length);
  return { meanPrediction: p, meanLabel: y, difference: p - y, ratio: p / y, low: p - y - 1.96 * error, high: p - y + 1.96 * error, standardError: error };
}

function wilson(k: number, n: number): [number, number] {
  const z = 1.959964;
  const centre = (k + z ** 2 / 2) / (n + z ** 2);
  const half = (z / (n + z ** 2)) * Math.sqrt((k * (n - k)) / n + z ** 2 / 4);
  return [centre - half, centre + half];
}

function curve(strategy: string, rows: readonly Row[], bins: number): v1.ICalibrationCurve {
  const sorted = [...rows].sort((a, b) => a.p - b.p);
  const groups: Row[][] = Array.from({ length: bins }, () => []);
  sorted.forEach((r, i) => groups[strategy === "quantile" ? Math.floor((i * bins) / sorted.length) : Math.min(bins - 1, Math.floor(r.p * bins))]?.push(r));
  return {
    strategy,
    bins: groups
      .filter((g) => g.length > 0)
      .map((g) => {
        const [labelLow, labelHigh] = wilson(g.filter((r) => r.y === 1).length, g.length);
        return {
          low: g[0]?.p ?? 0,
          high: g.at(-1)?.p ?? 0,
          rows: g.length,
          weight: g.length,
          meanPrediction: mean(g.map((r) => r.p)),
          meanLabel: mean(g.map((r) => r.y)),
          labelLow,
          labelHigh,
        };
      }),
  };
}

function ranking(rows: readonly Row[]): { roc: v1.IRocCurve; precisionRecall: v1.IPrecisionRecallCurve; auc: number; averagePrecision: number } {
  const sorted = [...rows].sort((a, b) => b.p - a.p);
  const positives = rows.filter((r) => r.y === 1).length;
  const negatives = rows.length - positives;
  const roc = { falsePositiveRate: [0], truePositiveRate: [0], thresholds: [Number.POSITIVE_INFINITY] };
  const precisionRecall = { precision: [] as number[], recall: [] as number[], thresholds: [] as number[] };
  let hits = 0;
  let misses = 0;
  let area = 0;
  let precisions = 0;
  sorted.forEach((r, i) => {
    if (r.y === 1) {
      hits++;
      precisions += hits / (i + 1);
    } else {
      misses++;
      area += hits;
    }
    if (i % 8 !== 7 && i !== sorted.length - 1) return;
    roc.falsePositiveRate.push(misses / negatives);
    roc.truePositiveRate.push(hits / positives);
    roc.thresholds.push(r.p);
    precisionRecall.precision.push(hits / (i + 1));
    precisionRecall.recall.push(hits / positives);
    precisionRecall.thresholds.push(r.p);
  });
  return { roc, precisionRecall, auc: area / (positives * negatives), averagePrecision: precisions / positives };
}

function slice(rows: readonly Row[], keys: v1.ISliceKey[]): v1.ISliceEvaluation {
  const bias = biasOf(rows);
  const z = (bias.difference ?? 0) / (bias.standardError ?? 1);
  return {
    slice: keys,
    rows: rows.length,
    weight: rows.length,
    bias,
    logLoss: rows.length === 0 ? Number.NaN : mean(rows.map((r) => -Math.log(r.y === 1 ? r.p : 1 - r.p))),
    auc: rows.some((r) => r.y === 1) && rows.some((r) => r.y === 0) ? ranking(rows).auc : Number.NaN,
    z,
    pValue: Math.abs(z) > 3 ? 0.001 : 0.4,
    calibrationError: 0.01,
    rmse: Number.NaN,
  };
}

/** A report's input like that of a real run: simulated rows with a planted miscalibration in one slice. */
export function exampleInput(options: { rows?: number; seed?: number; names?: readonly string[]; config?: string } = {}): v1.ReportInput {
  const names = options.names ?? ["phone", "tablet", "desktop", "television"];
  const rows = simulate(options.rows ?? 6000, options.seed ?? 7, names);
  const { roc, precisionRecall, auc, averagePrecision } = ranking(rows);
  const bins = 50;
  const histogram = {
    low: 0,
    high: 1,
    rows: new Array<number>(bins).fill(0),
    weight: new Array<number>(bins).fill(0),
    positiveWeight: new Array<number>(bins).fill(0),
  };
  for (const r of rows) {
    const bin = Math.min(bins - 1, Math.floor(r.p * bins));
    histogram.rows[bin] = (histogram.rows[bin] ?? 0) + 1;
    histogram.weight[bin] = (histogram.weight[bin] ?? 0) + 1;
    histogram.positiveWeight[bin] = (histogram.positiveWeight[bin] ?? 0) + r.y;
  }
  const countries = ["DE", "FR", "US", "JP", ""];
  const slices = [
    ...names.map((device) =>
      slice(
        rows.filter((r) => r.device === device),
        [{ field: "device", value: device }],
      ),
    ),
    ...countries.map((country) =>
      slice(
        rows.filter((r) => r.country === country),
        [{ field: "country", value: country, missing: country === "" }],
      ),
    ),
    ...countries.flatMap((country) =>
      names.map((device) =>
        slice(
          rows.filter((r) => r.country === country && r.device === device),
          [
            { field: "country", value: country, missing: country === "" },
            { field: "device", value: device },
          ],
        ),
      ),
    ),
    slice([], [{ field: "country", value: "XX" }]),
  ];
  const logLoss = mean(rows.map((r) => -Math.log(r.y === 1 ? r.p : 1 - r.p)));
  const evaluation: v1.IEvaluation = {
    formatVersion: 1,
    modelSha256: "ab".repeat(32),
    head: v1.Head.LOGISTIC,
    part: v1.Part.TEST,
    rows: rows.length,
    weight: rows.length,
    positiveWeight: rows.filter((r) => r.y === 1).length,
    logLoss,
    logLossLow: logLoss - 0.008,
    logLossHigh: logLoss + 0.008,
    auc,
    averagePrecision,
    brier: mean(rows.map((r) => (r.p - r.y) ** 2)),
    accuracy: mean(rows.map((r) => (r.p >= 0.5 === (r.y === 1) ? 1 : 0))),
    threshold: 0.5,
    rmse: Number.NaN,
    bias: biasOf(rows),
    calibrationError: 0.0123,
    calibrationErrorBins: "quantile",
    calibration: [curve("uniform", rows, 20), curve("quantile", rows, 20)],
    roc,
    precisionRecall,
    histogram,
    slices,
    level: 0.95,
  };
  const paired = (difference: number, error: number, n: number): v1.IPairedDifference => ({
    rows: n,
    weight: n,
    lossNew: logLoss,
    lossCurrent: logLoss - difference,
    difference,
    standardError: error,
    low: difference - 1.96 * error,
    high: difference + 1.96 * error,
    relativeIncrease: difference / (logLoss - difference),
    z: difference / error,
    pValue: 0.04,
    biasNew: biasOf(rows),
    biasCurrent: { ...biasOf(rows), difference: 0.0213 },
  });
  const comparison: v1.IComparison = {
    formatVersion: 1,
    modelSha256: "ab".repeat(32),
    againstSha256: "cd".repeat(32),
    part: v1.Part.TEST,
    level: 0.95,
    overall: paired(-0.0042, 0.0012, rows.length),
    slices: names.map((device, i) => ({ slice: [{ field: "device", value: device }], difference: paired(-0.006 + 0.003 * i, 0.002, 400 + i) })),
    minSliceRows: 300,
    smallSlices: 3,
  };
  return v1.ReportInput.create({
    title: "clicks",
    evaluation,
    comparison,
    train: {
      epochs: 4,
      steps: 480,
      bestStep: 360,
      stoppedEarly: true,
      progressiveLoss: 0.25,
      validationLoss: 0.2634,
      curve: Array.from({ length: 16 }, (_, i) => ({
        observedLoss: 0.45 / (1 + i),
        gradientNorm: 0.1 / (1 + i),
        step: 30 * (i + 1),
        epoch: (i + 1) / 4,
        progressiveLoss: 0.24 + 0.2 / (i + 1),
        validationLoss: 0.26 + 0.12 / (i + 1) + 0.00012 * i * i,
        nonZero: 1000 + 100 * i,
      })),
    },
    gate: {
      accepted: true,
      reasons: [],
      limits: [
        { name: "relative increase of log-loss", limit: 0.005, value: -0.0159, low: -0.025, high: -0.007, passed: true },
        { name: "absolute bias", limit: 0.02, value: 0.0071, low: Number.NaN, high: Number.NaN, passed: true },
      ],
    },
    rows: { read: 175_000, rejected: 31, train: 140_000, validation: 17_000, test: rows.length },
    rejects: [
      { code: "E_NUMBER", rows: 20 },
      { code: "E_FIELD_COUNT", rows: 11 },
    ],
    model: { version: "20240107-000001", sha256: "ab".repeat(32), parameters: 131_073, nonZero: 20_481, bytes: 345_678 },
    weights: {
      histogram: {
        low: -2,
        high: 2,
        rows: Array.from({ length: 40 }, (_, i) => Math.round(3000 * Math.exp(-(((i - 19) / 5) ** 2)))),
        weight: [],
        positiveWeight: [],
      },
      strongest: names.flatMap((device, i) => [
        { feature: `device=${device}`, weight: 1.8 - 0.17 * i },
        { feature: `day=${i} x hour=3`, weight: -1.7 + 0.16 * i },
      ]),
      intercept: -2.4142135,
    },
    lineage: { build: "0.1.0", configSha256: "ef".repeat(32), ingestKey: "12".repeat(32), seed: 42 },
    configuration: options.config ?? "data:\n  train: clicks-*.csv\n  label: clicked\nmodel: linear\n  l1: 1e-6",
    optimizer: "ftrl(alpha 0.1, beta 1)",
  } as v1.IReportInput);
}
