import { classResidualsTwin, type OneHead, residualsTwin, sampledResidualsTwin } from "@crossbill/kernels";
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

const LOSSES: readonly LossKernel[] = [
  oneHead("logistic", [0, 1, 0.25]),
  oneHead("squared", [0, 1, -3.5]),
  oneHead("poisson", [0, 1, 7]),
  ofClasses("softmax"),
  ofClasses("oneVsRest"),
  sampled(false),
  sampled(true),
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
