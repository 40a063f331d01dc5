import {
  classResidualsTwin,
  conjugateTwin,
  type OneHead,
  residualsTwin,
  sampledResidualsTwin,
  softmaxTermsTwin,
  vectorResidualsTwin,
} from "@crossbill/kernels";
import test from "ava";
import { bench, put, random } from "./training-support.js";

const f64 = Float64Array;

/** A loss of the kernels on rows of K logits: weighted loss and residuals (by row, by class) of one call. */
interface LossKernel {
  readonly name: string;
  readonly classes: number;
  /** A label (or K of them) of a row. */
  readonly labels: readonly number[];
  readonly run: (logits: readonly number[], label: number, weight: number) => { loss: number; residuals: number[] };
}

const { arena, kernels } = bench();

function oneHead(head: OneHead, labels: readonly number[]): LossKernel {
  return {
    name: head,
    classes: 1,
    labels,
    run: (logits, label, weight) => {
      const [residual, losses, sums] = [put(arena, f64.from(logits)), arena.take(8), arena.take(8)];
      kernels[`${head}_residuals`](residual, losses, sums, put(arena, f64.of(label)), put(arena, f64.of(weight)), 0, 1);
      return { loss: arena.f64(losses, 1)[0]!, residuals: [...arena.f64(residual, 1)] };
    },
  };
}

function ofClasses(head: "softmax" | "oneVsRest"): LossKernel {
  return {
    name: head,
    classes: 3,
    labels: [0, 1, 2],
    run: (logits, label, weight) => {
      const [residual, losses, sums] = [put(arena, f64.from(logits)), arena.take(8), arena.take(8)];
      const kernel = head === "softmax" ? "softmax_residuals" : "one_vs_rest_residuals";
      kernels[kernel](residual, 3, 1, losses, sums, put(arena, f64.of(label)), put(arena, f64.of(weight)), 0, 1);
      return { loss: arena.f64(losses, 1)[0]!, residuals: [...arena.f64(residual, 3)] };
    },
  };
}

function sampled(nce: boolean): LossKernel {
  return {
    name: nce ? "nce" : "sampledSoftmax",
    classes: 3,
    labels: [0, 2],
    run: (logits, label, weight) => {
      const [residual, losses, sums] = [put(arena, f64.from(logits)), arena.take(8), arena.take(8)];
      const active = put(arena, Uint32Array.of(0, 1, 2));
      const drawn = put(arena, Uint32Array.of(0x0101)); // u8 1, 1, 0
      const corrections = put(arena, f64.of(-0.5, -1, -2));
      kernels.sampled_residuals(residual, 1, active, drawn, corrections, 3, nce, losses, sums, put(arena, f64.of(label)), put(arena, f64.of(weight)), 0, 1);
      return { loss: arena.f64(losses, 1)[0]!, residuals: [...arena.f64(residual, 3)] };
    },
  };
}

/** Labels by number: distributions, or sets (with a share) of the three classes. */
const VECTORS = {
  softSoftmax: [
    [1, 0, 0],
    [0.2, 0.5, 0.3],
    [0, 0.5, 0.5],
  ],
  multiLabel: [
    [0, 0, 0],
    [1, 1, 0],
    [1, 0.25, 1],
  ],
} as const;

function ofVectors(head: "softSoftmax" | "multiLabel"): LossKernel {
  return {
    name: head,
    classes: 3,
    labels: [0, 1, 2],
    run: (logits, label, weight) => {
      const [residual, losses, sums] = [put(arena, f64.from(logits)), arena.take(8), arena.take(8)];
      const kernel = head === "softSoftmax" ? "soft_softmax_residuals" : "multi_label_residuals";
      kernels[kernel](residual, 3, 1, losses, sums, put(arena, f64.from(VECTORS[head][label]!)), put(arena, f64.of(weight)), 0, 1);
      return { loss: arena.f64(losses, 1)[0]!, residuals: [...arena.f64(residual, 3)] };
    },
  };
}

const LOSSES: readonly LossKernel[] = [
  oneHead("logistic", [0, 1, 0.25]),
  oneHead("squared", [0, 1, -3.5]),
  oneHead("poisson", [0, 1, 7]),
  ofClasses("softmax"),
  ofClasses("oneVsRest"),
  sampled(false),
  sampled(true),
  ofVectors("softSoftmax"),
  ofVectors("multiLabel"),
];

for (const { name, classes, labels, run } of LOSSES) {
  test(`${name}: residuals are the slopes of the loss by finite differences`, (t) => {
    const next = random(5);
    for (let round = 0; round < 40; round++) {
      const logits = Array.from({ length: classes }, () => next() * 6 - 3);
      const weight = 0.1 + next();
      for (const label of labels) {
        const { residuals } = run(logits, label, weight);
        for (const [k, residual] of residuals.entries()) {
          const h = 1e-5;
          const moved = (step: number): number =>
            run(
              logits.map((z, j) => (j === k ? z + step : z)),
              label,
              weight,
            ).loss;
          const slope = (moved(h) - moved(-h)) / (2 * h);
          t.true(
            Math.abs(slope - residual) <= 1e-8 * (1 + Math.abs(residual)),
            `label ${label}, logits ${logits.join()}, output ${k}: ${slope} and ${residual}`,
          );
        }
      }
    }
  });

  test(`${name}: loss and residuals are finite at logits of +-800, of weight 0 too`, (t) => {
    for (let signs = 0; signs < 2 ** classes; signs++) {
      const logits = Array.from({ length: classes }, (_, k) => ((signs >> k) & 1 ? 800 : -800));
      for (const label of labels) {
        const { loss, residuals } = run(logits, label, 1);
        t.true(Number.isFinite(loss) && residuals.every(Number.isFinite), `${logits.join()}, label ${label}: ${loss}, ${residuals.join()}`);
        const none = run(logits, label, 0);
        t.true(none.loss === 0 && none.residuals.every((g) => g === 0), `weight 0: ${none.loss}, ${none.residuals.join()}`);
      }
    }
  });
}

test("at logits of +-800 losses and residuals are their limits", (t) => {
  const one = (head: OneHead, z: number, y: number): [number, number] => {
    const { losses, residual } = residualsTwin(head, f64.of(z), f64.of(y), f64.of(1));
    return [losses[0]!, residual[0]!];
  };
  t.deepEqual(one("logistic", 800, 1), [0, 0]);
  t.deepEqual(one("logistic", 800, 0), [800, 1]);
  t.deepEqual(one("logistic", -800, 1), [800, -1]);
  t.deepEqual(one("logistic", -800, 0), [0, 0]);
  t.deepEqual(one("squared", 800, 0), [640_000, 1600]);
  t.deepEqual(one("poisson", -800, 0), [0, 0]);
  t.deepEqual(one("poisson", -800, 2), [1600, -2]);
  t.deepEqual(one("poisson", 800, 2), [Number.MAX_VALUE, Number.MAX_VALUE]);
  const several = (head: "softmax" | "oneVsRest", z: readonly number[], y: number): [number, number[]] => {
    const { losses, residuals } = classResidualsTwin(
      head,
      z.map((one) => f64.of(one)),
      f64.of(y),
      f64.of(1),
    );
    return [losses[0]!, residuals.map((of) => of[0]!)];
  };
  t.deepEqual(several("softmax", [800, -800, -800], 0), [0, [0, 0, 0]]);
  t.deepEqual(several("softmax", [800, -800, -800], 2), [1600, [1, 0, -1]]);
  t.deepEqual(several("oneVsRest", [800, -800, -800], 0), [0, [0, 0, 0]]);
  t.deepEqual(several("oneVsRest", [800, -800, -800], 1), [1600, [1, -1, 0]]);
  const all = { classes: [0, 1], sampled: [1, 1], corrections: [0, 0] };
  const two = [f64.of(800), f64.of(-800)];
  t.is(sampledResidualsTwin(false, all, two, f64.of(1), f64.of(1)).losses[0], 1600);
  t.is(sampledResidualsTwin(true, all, two, f64.of(1), f64.of(1)).losses[0], 1600);
});

test("losses of label vectors have the twins' bits; of one class alone they are those of class numbers", (t) => {
  for (const rows of [1, 63, 64, 65, 200]) {
    const K = 4;
    const next = random(rows);
    const stride = rows + 3;
    const logits = Array.from({ length: K }, () => f64.from({ length: rows }, (_, r) => (r % 7 === 0 ? (next() - 0.5) * 1600 : next() * 10 - 5)));
    const weights = f64.from({ length: rows }, () => next() * 3);
    const numbers = f64.from({ length: rows }, () => Math.floor(next() * K));
    const single = f64.from({ length: rows * K }, (_, i) => (numbers[Math.floor(i / K)] === i % K ? 1 : 0));
    const shares = f64.from({ length: rows * K }, next);
    const soft = shares.map((y, i) => y / shares.subarray(i - (i % K), i - (i % K) + K).reduce((a, b) => a + b));
    const chunks = Math.ceil(rows / 64);
    const cut = 64 * Math.floor(chunks / 2);
    for (const [head, labels] of [
      ["softSoftmax", single],
      ["softSoftmax", soft],
      ["multiLabel", single],
      ["multiLabel", shares],
    ] as const) {
      const residual = arena.take(8 * stride * K);
      for (const [k, z] of logits.entries()) arena.f64(residual + 8 * k * stride, rows).set(z);
      const [losses, sums, y, w] = [arena.take(8 * chunks), arena.take(8 * chunks), put(arena, labels), put(arena, weights)];
      const kernel = head === "softSoftmax" ? "soft_softmax_residuals" : "multi_label_residuals";
      kernels[kernel](residual, K, stride, losses, sums, y, w, 0, cut);
      kernels[kernel](residual, K, stride, losses, sums, y, w, cut, rows);
      const twin = vectorResidualsTwin(head, logits, labels, weights);
      const read = logits.map((_, k) => arena.f64(residual + 8 * k * stride, rows).slice());
      t.deepEqual(read, twin.residuals);
      t.deepEqual(arena.f64(losses, chunks).slice(), twin.losses);
      if (labels !== single) continue;
      const hard = classResidualsTwin(head === "softSoftmax" ? "softmax" : "oneVsRest", logits, numbers, weights);
      t.deepEqual(read, hard.residuals);
      t.deepEqual(twin.losses, hard.losses);
    }
    for (const labels of [single, soft]) {
      const flat = new f64(K * stride);
      for (const [k, of] of logits.entries()) flat.set(of, k * stride);
      const [z, residual, curvature, sums] = [put(arena, flat), arena.take(8 * K * stride), arena.take(8 * K * stride), arena.take(8 * (1 + 3 * K) * chunks)];
      const [y, w] = [put(arena, labels), put(arena, weights)];
      kernels.soft_softmax_terms_f64(z, residual, curvature, K, stride, sums, chunks, y, w, 0, cut);
      kernels.soft_softmax_terms_f64(z, residual, curvature, K, stride, sums, chunks, y, w, cut, rows);
      const twin = softmaxTermsTwin(logits, labels, weights);
      const read = (at: number): Float64Array[] => logits.map((_, k) => arena.f64(at + 8 * k * stride, rows).slice());
      t.deepEqual([read(z), read(residual), read(curvature)], [twin.p, twin.residual, twin.curvature]);
      t.deepEqual(
        [...arena.f64(sums, (1 + 3 * K) * chunks)],
        twin.sums.flatMap((of) => [...of]),
      );
      const conjugates = arena.take(8 * chunks);
      kernels.soft_softmax_conjugate_f64(residual, K, stride, conjugates, y, w, 0.37, 0, rows);
      t.deepEqual(arena.f64(conjugates, chunks).slice(), conjugateTwin("softmax", twin.residual, labels, weights, 0.37));
      if (labels !== single) continue;
      const hard = softmaxTermsTwin(logits, numbers, weights);
      t.deepEqual([twin.residual, twin.sums], [hard.residual, hard.sums]);
    }
  }
});
