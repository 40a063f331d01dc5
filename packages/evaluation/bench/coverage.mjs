// How often do 95% intervals hold the truth? Data sets are drawn from a population of CELLS kinds of rows whose every number is known exactly; each interval is
// asked whether it holds the population's value. Rows are weighted in four ways:
//   importance              a row of kind c is drawn with probability pi(c) and weighs 1 / pi(c)
//   importance, 1 in 10     every positive, and one negative in ten, which weighs 10
//   frequency               equal rows are one row with their number as its weight
//   frequency, 1 in 10      the same of the population that is left when one negative in ten is kept
// and, for contrast, the second with its weights read as frequencies, which they are not.
// Usage: node packages/evaluation/bench/coverage.mjs [data sets, default 2000] [draws of a data set, default 4000]
import { aucInterval, compareAuc } from "@crossbill/auc";
import { biasInterval, calibrationCurve, pairedLogLossDifference } from "@crossbill/calibration";
import { log, log1p, RandomStream, sigmoid } from "@crossbill/numerics";
import { fairness, sliceMetrics } from "@crossbill/slicing";

const [SETS, DRAWS] = [Number(process.argv[2] ?? 2000), Number(process.argv[3] ?? 4000)];
const CELLS = 720;
const SLICES = ["a", "b", "c"];
const THRESHOLD = 0.15; // of decisions by group: slice b, and all others
const BIN = 1; // of ten uniform ones: (0.1, 0.2]

/** Kinds of rows: true probability, predictions of two models, slice, probability of being drawn. */
const cells = Array.from({ length: CELLS }, (_, c) => {
  const z = -5 + (5.5 * (c + 0.5)) / CELLS;
  const slice = SLICES[c % 3];
  return {
    truth: sigmoid(z + (slice === "b" ? 0.25 : 0)),
    a: sigmoid(z + 0.1 * Math.cos(c)),
    b: sigmoid(0.9 * z - 0.2 + 0.6 * Math.cos(2.3 * c)),
    slice,
    drawn: [1, 0.5, 0.25][Math.floor(c / 3) % 3],
  };
});
const loss = (p, y) => (y === 1 ? -log(p) : -log1p(-p));

/** The population's numbers where a negative counts `negative` times. */
function truthOf(negative) {
  const sum = (value) => cells.reduce((total, cell) => total + value(cell, cell.truth, negative * (1 - cell.truth)), 0);
  const all = sum((_, p, n) => p + n);
  const auc = (score) => {
    const order = [...cells].sort((x, y) => score(x) - score(y));
    let below = 0;
    let pairs = 0;
    for (const { truth } of order) {
      const n = negative * (1 - truth);
      pairs += truth * (below + n / 2);
      below += n;
    }
    return pairs / (below * sum((_, p) => p));
  };
  const inBin = ({ a }) => Math.ceil(a * 10) - 1 === BIN;
  const share = (of) => sum((cell, p) => (of(cell) ? p : 0)) / sum((cell, p, n) => (of(cell) ? p + n : 0));
  const mean = (of) => sum((cell, p, n) => (of(cell) ? cell.a * (p + n) : 0)) / sum((cell, p, n) => (of(cell) ? p + n : 0));
  const everywhere = () => true;
  const inSlice = ({ slice }) => slice === "b";
  const isPositive = ({ a }) => a >= THRESHOLD;
  const truePositives = (group) => sum((cell, p) => (group(cell) && isPositive(cell) ? p : 0)) / sum((cell, p) => (group(cell) ? p : 0));
  return {
    AUC: auc(({ a }) => a),
    "AUC difference": auc(({ a }) => a) - auc(({ b }) => b),
    bias: mean(everywhere) - share(everywhere),
    "calibration bucket": share(inBin),
    "log-loss difference": sum(({ a, b }, p, n) => p * (loss(a, 1) - loss(b, 1)) + n * (loss(a, 0) - loss(b, 0))) / all,
    "slice bias": mean(inSlice) - share(inSlice),
    "precision of a group": share((cell) => inSlice(cell) && isPositive(cell)),
    "equal opportunity": truePositives(inSlice) - truePositives((cell) => !inSlice(cell)),
  };
}

function intervalsOf({ labels, cellsOf, weights }, weightKind) {
  const a = Float64Array.from(cellsOf, (c) => cells[c].a);
  const b = Float64Array.from(cellsOf, (c) => cells[c].b);
  const slices = { slice: Array.from(cellsOf, (c) => cells[c].slice) };
  const options = { weightKind, level: 0.95 };
  const bucket = calibrationCurve(labels, a, { bins: 10, strategy: "uniform", weights, ...options }).bins.find(({ high }) => Math.abs(high - 0.2) < 1e-9);
  const slice = sliceMetrics(labels, a, slices, weights, options).find((one) => one.slice.slice === "b");
  return {
    AUC: aucInterval(labels, a, weights, options),
    "AUC difference": compareAuc(labels, a, b, weights, options),
    bias: biasInterval(labels, a, weights, options),
    "calibration bucket": { low: bucket.labelLow, high: bucket.labelHigh },
    "log-loss difference": pairedLogLossDifference(labels, a, b, weights, options),
    "slice bias": slice.bias,
    ...fairnessOf(labels, a, cellsOf, weights, options),
  };
}

/** Of two groups; the difference is told as that of slice b. */
function fairnessOf(labels, a, cellsOf, weights, options) {
  const groups = Array.from(cellsOf, (c) => (cells[c].slice === "b" ? "b" : "others"));
  const value = fairness(labels, a, groups, { threshold: THRESHOLD, weights, ...options });
  const { low, high, most } = value.differences.find(({ name }) => name === "equalOpportunity");
  return {
    "precision of a group": value.groups.find((one) => one.value === "b").precision,
    "equal opportunity": most === "b" ? { low, high } : { low: -high, high: -low },
  };
}

/** Rows of one data set; `keep(cell, label)` is the probability that a drawn row stays. */
function draw(set, way, keep, weigh) {
  const random = new RandomStream(20_261_127, way * 2 ** 24 + set);
  const [labels, cellsOf, weights] = [[], [], []];
  while (labels.length < DRAWS) {
    const c = Math.floor(random.uniform() * CELLS);
    const label = random.uniform() < cells[c].truth ? 1 : 0;
    if (random.uniform() >= keep(cells[c], label)) continue;
    labels.push(label);
    cellsOf.push(c);
    weights.push(weigh(cells[c], label));
  }
  return { labels, cellsOf, weights };
}

/** Equal rows as one, with their number. */
function counted({ labels, cellsOf }) {
  const counts = new Float64Array(2 * CELLS);
  for (const [i, label] of labels.entries()) counts[2 * cellsOf[i] + label]++;
  const rows = [...counts.keys()].filter((i) => counts[i] > 0);
  return { labels: rows.map((i) => i % 2), cellsOf: rows.map((i) => i >> 1), weights: rows.map((i) => counts[i]) };
}

const one = () => 1;
const inTen = (_, label) => (label === 1 ? 1 : 0.1);
const WAYS = [
  {
    name: "importance",
    kind: "importance",
    negative: 1,
    rows: (set) =>
      draw(
        set,
        0,
        ({ drawn }) => drawn,
        ({ drawn }) => 1 / drawn,
      ),
  },
  { name: "importance, 1 in 10", kind: "importance", negative: 1, rows: (set) => draw(set, 1, inTen, (_, label) => (label === 1 ? 1 : 10)) },
  { name: "frequency", kind: "frequency", negative: 1, rows: (set) => counted(draw(set, 2, one, one)) },
  { name: "frequency, 1 in 10", kind: "frequency", negative: 0.1, rows: (set) => counted(draw(set, 3, inTen, one)) },
  { name: "importance read as frequency", kind: "frequency", negative: 1, rows: (set) => draw(set, 1, inTen, (_, label) => (label === 1 ? 1 : 10)) },
];
console.log(
  `${SETS} data sets of ${DRAWS} rows each; share of 95% intervals that hold the truth, percent (one standard error ${(100 * Math.sqrt((0.95 * 0.05) / SETS)).toFixed(1)})`,
);
console.log(["", ...Object.keys(truthOf(1))].map((name, i) => name.padEnd(i === 0 ? 30 : 21)).join(""));
for (const { name, kind, negative, rows } of WAYS) {
  const truth = truthOf(negative);
  const held = Object.fromEntries(Object.keys(truth).map((metric) => [metric, 0]));
  for (let set = 0; set < SETS; set++)
    for (const [metric, { low, high }] of Object.entries(intervalsOf(rows(set), kind))) if (low <= truth[metric] && truth[metric] <= high) held[metric]++;
  console.log(
    name.padEnd(30) +
      Object.values(held)
        .map((n) => ((100 * n) / SETS).toFixed(1).padEnd(21))
        .join(""),
  );
}
