import { RandomStream, sigmoid } from "@crossbill/numerics";
import { fitLinear } from "@crossbill/trainer";
import test from "ava";

const FLIPS = 20_000;

/** Flips of bent coins: the bend (most are small, some large) decides the chance of heads, log-odds -2 + 4 bend. */
function flips(seed: number): { bend: Float64Array; heads: Float64Array } {
  const random = new RandomStream(seed, 0);
  const bend = Float64Array.from({ length: FLIPS }, () => 4 * random.uniform() ** 3);
  return { bend, heads: bend.map((x) => (random.bernoulli(sigmoid(-2 + 4 * x)) ? 1 : 0)) };
}

const mean = (x: ArrayLike<number>): number => Array.from(x).reduce((sum, one) => sum + one, 0) / x.length;

/** Fits one feature and a free intercept at the optimum; returns the predictions of the same rows. */
function predictions({ bend, heads }: ReturnType<typeof flips>, loss: "logistic" | "squared"): Float64Array {
  const rows = { offsets: Array.from({ length: FLIPS + 1 }, (_, i) => i), indices: new Array<number>(FLIPS).fill(0), values: [...bend] };
  const { weights, intercept } = fitLinear({ rows, features: 1, labels: heads }, { solver: "exact", loss, tolerance: 1e-10 });
  return bend.map((x) => {
    const z = intercept + weights[0]! * x;
    return loss === "logistic" ? sigmoid(z) : z;
  });
}

test("coin flips: squared predicts more than certainty, capping that biases the mean, logistic does neither", (t) => {
  for (const seed of [1, 2, 3]) {
    const coins = flips(seed);
    const rate = mean(coins.heads);
    const error = Math.sqrt((rate * (1 - rate)) / FLIPS);
    const squared = predictions(coins, "squared");
    const share = squared.filter((p) => p < 0 || p > 1).length / FLIPS;
    t.true(share > 0.05 && Math.max(...squared) > 1.2, `${share} outside, up to ${Math.max(...squared)}`);
    t.true(Math.abs(mean(squared) - rate) < 1e-9, "uncapped, the mean is that of the labels");
    const capped = mean(squared.map((p) => Math.min(1, Math.max(0, p))));
    t.true(Math.abs(capped - rate) > 4 * error, `capped ${capped}, heads ${rate} +- ${error}`);
    const logistic = predictions(coins, "logistic");
    t.true(logistic.every((p) => p > 0 && p < 1));
    t.true(Math.abs(mean(logistic) - rate) < 1e-10 * rate, `${mean(logistic)} ${rate}`);
    t.log(
      `seed ${seed}: heads ${rate}, squared ${(100 * share).toFixed(1)}% outside, up to ${Math.max(...squared).toFixed(2)}, capped mean ${capped.toFixed(4)}`,
    );
  }
});
