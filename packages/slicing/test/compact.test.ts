import { encodeMessage, v1 } from "@crossbill/messages";
import { RandomStream, sigmoid } from "@crossbill/numerics";
import { SliceAccumulator, type SliceMetrics, sliceMetrics } from "@crossbill/slicing";
import test from "ava";
import fc from "fast-check";

interface Rows {
  labels: number[];
  probabilities: number[];
  slices: { s: string[] };
  weights: number[];
}

function draw(rows: number, seed: number): Rows {
  const random = new RandomStream(seed, 0);
  const out: Rows = { labels: [], probabilities: [], slices: { s: [] }, weights: [] };
  for (let row = 0; row < rows; row++) {
    const p = sigmoid(random.normal() - 1);
    out.probabilities.push(p);
    out.labels.push(random.bernoulli(p) ? 1 : 0);
    out.slices.s.push(`s${random.below(3)}`);
    out.weights.push(1 + random.below(3) / 2);
  }
  return out;
}

const bytesOf = (a: SliceAccumulator): Uint8Array => encodeMessage(v1.SliceAccumulator, a.toMessage());

test("memory is flat: beyond the capacity a message does not grow with rows", (t) => {
  const sizes = [2000, 4000, 16_000].map((rows) => {
    const a = new SliceAccumulator(["s"], { capacity: 64 });
    for (let part = 0; part < 10; part++) {
      const { labels, probabilities, slices } = draw(rows / 10, part);
      a.update(labels, probabilities, slices);
    }
    return bytesOf(a).length;
  });
  for (const size of sizes) t.true(size < 3 * (64 * 24 + 800), String(sizes)); // 24 bytes a score, 3 slices
});

test("beyond the capacity the AUC is within its bound of the exact one, all but AUC and calibration error are the bits of before, and merges in any order give the same bytes", (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 1, max: 60 }), fc.nat(400), (seed, capacity, cut) => {
      const { labels, probabilities, slices, weights } = draw(400, seed);
      const exact = sliceMetrics(labels, probabilities, slices, weights);
      const accumulate = (from: number, to: number): SliceAccumulator => {
        const a = new SliceAccumulator(["s"], { capacity });
        a.update(labels.slice(from, to), probabilities.slice(from, to), { s: slices.s.slice(from, to) }, weights.slice(from, to));
        return a;
      };
      const rounded = accumulate(0, 400);
      const plain = (metrics: SliceMetrics): unknown => ({ ...metrics, auc: 0, aucLow: 0, aucHigh: 0, aucErrorBound: 0, calibrationError: 0 });
      for (const [k, got] of rounded.value().entries()) {
        t.true(Math.abs(got.auc - exact[k]!.auc) <= got.aucErrorBound + 1e-12);
        t.deepEqual(plain(got), plain(exact[k]!));
      }
      const merged = accumulate(cut, 400);
      merged.merge(accumulate(0, cut));
      t.deepEqual(merged.value(), rounded.value());
      t.deepEqual(bytesOf(merged), bytesOf(rounded));
      t.deepEqual(bytesOf(SliceAccumulator.fromMessage(rounded.toMessage())), bytesOf(rounded));
    }),
    { numRuns: 40 },
  );
});

test("intervals of log-loss and AUC are those of their definitions", (t) => {
  const { labels, probabilities, weights } = draw(300, 4);
  const s = labels.map(() => "all");
  for (const weightKind of ["importance", "frequency"] as const)
    for (const weighted of [false, true]) {
      const w = weighted ? weights : labels.map(() => 1);
      const [got] = sliceMetrics(labels, probabilities, { s }, weighted ? weights : undefined, { weightKind });
      const W = w.reduce((a, b) => a + b, 0);
      const loss = probabilities.map((p, i) => -Math.log(labels[i] === 1 ? p : 1 - p));
      const mean = loss.reduce((a, l, i) => a + w[i]! * l, 0) / W;
      const sum = (f: (i: number) => number): number => w.reduce((a, _, i) => a + f(i) * (loss[i]! - mean) ** 2, 0);
      const error = weightKind === "importance" ? Math.sqrt((300 / 299) * sum((i) => w[i]! ** 2)) / W : Math.sqrt(sum((i) => w[i]!) / (W * (W - 1)));
      t.true(Math.abs(got!.logLossHigh - mean - 1.959963984540054 * error) < 1e-12);
      t.true(Math.abs(mean - got!.logLossLow - 1.959963984540054 * error) < 1e-12);
      if (weightKind === "importance" && weighted) continue;
      const ofClass = (label: number): { n: number; spread: number } => {
        const n = w.reduce((a, x, i) => a + (labels[i] === label ? x : 0), 0);
        const other = W - n;
        let spread = 0;
        for (const [i, y] of labels.entries()) {
          if (y !== label) continue;
          let right = 0;
          for (const [j, z] of labels.entries())
            if (z !== label) right += w[j]! * (probabilities[i] === probabilities[j] ? 0.5 : probabilities[i]! > probabilities[j]! === (label === 1) ? 1 : 0);
          spread += w[i]! * (right / other - got!.auc) ** 2;
        }
        return { n, spread };
      };
      const variance = [1, 0].map(ofClass).reduce((a, { n, spread }) => a + spread / (n * (n - 1)), 0);
      const reach = (1.959963984540054 * Math.sqrt(variance)) / (got!.auc * (1 - got!.auc));
      const low = sigmoid(Math.log(got!.auc / (1 - got!.auc)) - reach);
      t.true(Math.abs(got!.aucLow - low) < 1e-12, `${got!.aucLow} ${low}`);
    }
});

test("the calibration error of few probabilities is that of its bins", (t) => {
  const [got] = sliceMetrics([1, 0, 0, 1, 1, 0, 0, 0], [0.5, 0.5, 0.25, 0.25, 0.75, 0.75, 0, 0], { s: new Array<string>(8).fill("a") });
  t.is(got!.calibrationError, (0 + 0.5 + 0.5 + 0) / 8);
});
