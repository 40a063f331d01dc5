// What is counted of the rows that evaluations look at, against the plainest way to count it.
import { RandomStream } from "@crossbill/numerics";
import test from "ava";
import { Judge, SATURATED } from "../dist/watch/judge.js";
import { LabelSums } from "../dist/watch/label-sums.js";

const N = 400;
const random = new RandomStream(5, 0);
const weights = Float64Array.from({ length: N }, () => (random.bernoulli(0.1) ? 0 : 0.5 + random.uniform()));
const sum = (x: Iterable<number>): number => [...x].reduce((all, one) => all + one, 0);
const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.abs(b);

/** The smallest weighted sum of a loss over constants in [low, high], by thirds. */
function best(loss: (z: number) => number, low: number, high: number): number {
  for (let i = 0; i < 200; i++) {
    const [a, b] = [low + (high - low) / 3, high - (high - low) / 3];
    if (loss(a) < loss(b)) high = b;
    else low = a;
  }
  return loss((low + high) / 2);
}

test("losses of the best constant prediction and of zero weights, by head", (t) => {
  const binary = Float64Array.from({ length: N }, () => (random.bernoulli(0.2) ? 1 : 0));
  const numbers = binary.map((y) => 3 * y + Math.floor(4 * random.uniform()));
  const losses = {
    logistic: (y: number, z: number): number => Math.log1p(Math.exp(z)) - y * z,
    squared: (y: number, z: number): number => (y - z) ** 2,
    poisson: (y: number, z: number): number => Math.exp(z) - y * z,
  };
  for (const head of ["logistic", "squared", "poisson"] as const) {
    const labels = head === "logistic" ? binary : numbers;
    const sums = new LabelSums(head, 1);
    sums.add(labels.subarray(0, 100), weights.subarray(0, 100));
    sums.add(labels.subarray(100), weights.subarray(100));
    const of = (z: number): number => sum(labels.map((y, r) => weights[r]! * losses[head](y, z)));
    t.true(near(sums.start, of(0)), head);
    t.true(near(sums.constant, best(of, -10, 10)), `${head} ${sums.constant}`);
  }
});

test("the same of classes: frequencies are the best constants; a class without rows costs nothing", (t) => {
  const labels = Float64Array.from({ length: N }, () => random.below(3));
  const share = (k: number): number => sum(labels.map((y, r) => (y === k ? weights[r]! : 0))) / sum(weights);
  const softmax = new LabelSums("softmax", 4);
  softmax.add(labels, weights);
  t.true(near(softmax.start, sum(weights) * Math.log(4)));
  t.true(near(softmax.constant, -sum(labels.map((y, r) => weights[r]! * Math.log(share(y))))));
  const rest = new LabelSums("oneVsRest", 4);
  rest.add(labels, weights);
  const each = [0, 1, 2].map((k) => -sum(labels.map((y, r) => weights[r]! * Math.log(y === k ? share(k) : 1 - share(k)))));
  t.true(near(rest.start, sum(weights) * 4 * Math.log(2)) && near(rest.constant, sum(each)));
  const vectors = new LabelSums("multiLabel", 3);
  vectors.add(new Float64Array(3 * N), weights);
  t.true(vectors.constant === vectors.start && near(vectors.start, sum(weights) * 3 * Math.log(2)));
});

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

test("rows are judged by their logits: wrong sides and saturated probabilities; weight 0 and labels between do not count", (t) => {
  const labels = Float64Array.from({ length: N }, (_, r) => (r % 10 === 3 ? 0.5 : r % 2));
  const z = Float64Array.from({ length: N }, () => 12 * random.normal());
  const judge = new Judge("logistic");
  judge.add([z.map((x, r) => weights[r]! * (sigmoid(x) - labels[r]!))], labels, weights);
  const counted = [...z.keys()].filter((r) => weights[r]! > 0 && labels[r] !== 0.5);
  t.is(judge.judged, counted.length);
  t.is(judge.wrong, counted.filter((r) => z[r]! > 0 !== (labels[r] === 1)).length);
  t.is(judge.saturated, counted.filter((r) => Math.abs(z[r]!) > SATURATED).length);
  t.true(judge.several && judge.wrong > 0 && judge.saturated > 0);
  const one = new Judge("logistic");
  one.add([Float64Array.of(-0.1, -0.2)], Float64Array.of(1, 1), Float64Array.of(1, 1));
  t.like(one, { judged: 2, wrong: 0, several: false });
});

test("of several classes softmax compares with the most probable other one, oneVsRest with every class's own problem", (t) => {
  const labels = Float64Array.from({ length: N }, () => random.below(3));
  const z = Array.from({ length: 3 }, () => Float64Array.from({ length: N }, () => 12 * random.normal()));
  const at = (r: number): number[] => z.map((own) => own[r]!);
  const kept = [...labels.keys()].filter((r) => weights[r]! > 0);
  const top = (r: number): number => at(r).indexOf(Math.max(...at(r)));
  const residuals = (p: (r: number, k: number) => number): Float64Array[] => z.map((_, k) => labels.map((y, r) => weights[r]! * (p(r, k) - (y === k ? 1 : 0))));
  const soft = (r: number, k: number): number => Math.exp(at(r)[k]! - Math.max(...at(r))) / sum(at(r).map((x) => Math.exp(x - Math.max(...at(r)))));
  const softmax = new Judge("softmax");
  softmax.add(residuals(soft), labels, weights);
  t.is(softmax.wrong, kept.filter((r) => top(r) !== labels[r]).length);
  t.is(softmax.saturated, kept.filter((r) => sum(at(r).map((x, k) => (k === top(r) ? 0 : Math.exp(x - Math.max(...at(r)))))) < Math.exp(-SATURATED)).length);
  const rest = new Judge("oneVsRest");
  rest.add(
    residuals((r, k) => sigmoid(at(r)[k]!)),
    labels,
    weights,
  );
  t.is(rest.wrong, kept.filter((r) => at(r).some((x, k) => x > 0 !== (labels[r] === k))).length);
  t.is(rest.saturated, kept.filter((r) => Math.max(...at(r)) > SATURATED).length);
});
