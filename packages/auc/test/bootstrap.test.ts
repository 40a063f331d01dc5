import {
  aucInterval,
  averagePrecisionOf,
  type BootstrapOptions,
  bootstrapComparison,
  bootstrapInterval,
  compareAuc,
  confusionOf,
  rankRows,
  rocAucOf,
} from "@crossbill/auc";
import { CrossbillError } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { PoissonDraws } from "../dist/poisson.js";

function uniform(seed: number): () => number {
  let s = seed;
  return () => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return s / 4294967296;
  };
}

function example(n: number, seed: number): { labels: number[]; a: number[]; b: number[]; weights: number[] } {
  const next = uniform(seed);
  const labels = Array.from({ length: n }, () => (next() < 0.4 ? 1 : 0));
  const a = labels.map((y) => y * 0.4 + next());
  return { labels, a, b: a.map((s) => s + 0.5 * next()), weights: labels.map(() => Math.floor(next() * 4)) };
}

for (const rate of [0.3, 1, 4, 10, 11, 40, 1000])
  test(`Poisson numbers of mean ${rate} have its mean, variance and share of the mode`, (t) => {
    const draws = new PoissonDraws(5);
    const out = new Float64Array(4);
    const xs: number[] = [];
    for (let row = 0; row < 10_000; row++) {
      draws.draw(out, 3, row, rate);
      xs.push(...out);
    }
    const n = xs.length;
    const mean = xs.reduce((sum, x) => sum + x, 0) / n;
    const variance = xs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1);
    t.true(Math.abs(mean - rate) < 4 * Math.sqrt(rate / n), `mean ${mean}`);
    t.true(Math.abs(variance - rate) < 4 * Math.sqrt((rate + 2 * rate * rate) / n), `variance ${variance}`);
    const mode = Math.floor(rate);
    let share = Math.exp(-rate);
    for (let k = 1; k <= mode; k++) share *= rate / k;
    if (rate > 500) share = 1 / Math.sqrt(2 * Math.PI * rate);
    const got = xs.filter((x) => x === mode).length / n;
    t.true(Math.abs(got - share) < 4 * Math.sqrt((share * (1 - share)) / n), `share of ${mode}: ${got}, want ${share}`);
  });

test("a draw depends on seed, replicate and row alone", (t) => {
  const [forward, backward, other] = [new PoissonDraws(1), new PoissonDraws(1), new PoissonDraws(2)];
  const all = (draws: PoissonDraws, rows: readonly number[]): number[][] => {
    const table: number[][] = [];
    for (const row of rows) {
      const out = new Float64Array(4);
      draws.draw(out, 1, row, row % 2 === 0 ? 1 : 20);
      table[row] = [...out];
    }
    return table;
  };
  t.deepEqual(all(forward, [0, 1, 2, 3, 4, 5]), all(backward, [5, 3, 1, 4, 2, 0]));
  t.notDeepEqual(all(forward, [0, 1, 2, 3, 4, 5]), all(other, [0, 1, 2, 3, 4, 5]));
});

/** Every replicate as rows with weights of their own, ranked anew. */
function bootstrapTwin(
  labels: number[],
  scores: number[][],
  weights: number[],
  value: (s: number[], w: number[]) => number,
  options: BootstrapOptions,
): number[] {
  const draws = new PoissonDraws(options.seed!);
  return Array.from({ length: options.replicates! }, (_, b) => {
    const drawn = labels.map((_y, i) => {
      const out = new Float64Array(4);
      if (weights[i]! > 0) draws.draw(out, Math.floor(b / 4), i, options.weightKind === "frequency" ? weights[i]! : 1);
      return out[b % 4]! * (options.weightKind === "frequency" ? 1 : weights[i]!);
    });
    const [a, other] = scores.map((s) => value(s, drawn));
    return other === undefined ? a! : a! - other;
  });
}

for (const weightKind of ["importance", "frequency"] as const)
  test(`replicates are those of rows weighted anew (${weightKind})`, (t) => {
    const row = fc.tuple(fc.constantFrom(0, 1), fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 15 }));
    fc.assert(
      fc.property(fc.array(row, { maxLength: 30 }), fc.nat(1000), (rows, seed) => {
        const [y, a, b, w] = [0, 1, 2, 3].map((k) => rows.map((r) => r[k]!)) as [number[], number[], number[], number[]];
        const options = { replicates: 11, seed, weightKind, level: 0.5 };
        for (const metric of [rocAucOf, averagePrecisionOf]) {
          const value = (s: number[], drawn: number[]): number => metric(rankRows(y, s, drawn));
          const check = (got: { low: number; high: number; replicates: number }, values: number[]): void => {
            const kept = values.filter((x) => !Number.isNaN(x)).sort((p, q) => p - q);
            t.is(got.replicates, kept.length);
            const at = (q: number): number => {
              const h = q * (kept.length - 1);
              return kept[Math.floor(h)]! + (h - Math.floor(h)) * (kept[Math.ceil(h)]! - kept[Math.floor(h)]!);
            };
            for (const [x, want] of [
              [got.low, at(0.25)],
              [got.high, at(0.75)],
            ] as const)
              t.true(kept.length < 2 ? Number.isNaN(x) : Math.abs(x - want) < 1e-12);
          };
          check(bootstrapInterval(y, a, w, metric, options), bootstrapTwin(y, [a], w, value, options));
          check(bootstrapComparison(y, a, b, w, metric, options), bootstrapTwin(y, [a, b], w, value, options));
        }
      }),
      { numRuns: 40 },
    );
  });

test("for the AUC it agrees with DeLong, for both kinds of weights, alone and paired", (t) => {
  const { labels, a, b, weights } = example(400, 9);
  for (const weightKind of ["importance", "frequency"] as const) {
    const options = { weightKind, replicates: 800, seed: 3 };
    const one = bootstrapInterval(labels, a, weights, rocAucOf, options);
    const want = aucInterval(labels, a, weights, options);
    t.is(one.estimate, want.auc);
    t.true(Math.abs(one.standardError / want.standardError - 1) < 0.1, `${one.standardError} ${want.standardError}`);
    t.true(Math.abs(one.low - want.low) < want.standardError / 3 && Math.abs(one.high - want.high) < want.standardError / 3);
    const two = bootstrapComparison(labels, a, b, weights, rocAucOf, options);
    const pair = compareAuc(labels, a, b, weights, options);
    t.is(two.estimate, pair.difference);
    t.true(Math.abs(two.standardError / pair.standardError - 1) < 0.1, `${two.standardError} ${pair.standardError}`);
  }
});

test("the basic interval mirrors the percentiles at the estimate", (t) => {
  const { labels, a } = example(60, 2);
  const f1 = (ranking: ReturnType<typeof rankRows>): number => confusionOf(ranking, 0.7).f1;
  const percentile = bootstrapInterval(labels, a, undefined, f1, { replicates: 50, seed: 8 });
  const basic = bootstrapInterval(labels, a, undefined, f1, { replicates: 50, seed: 8, method: "basic" });
  t.is(basic.low, 2 * percentile.estimate - percentile.high);
  t.is(basic.high, 2 * percentile.estimate - percentile.low);
  t.deepEqual(bootstrapInterval(labels, a, undefined, f1, { replicates: 50, seed: 8 }), percentile);
  t.notDeepEqual(bootstrapInterval(labels, a, undefined, f1, { replicates: 50, seed: 9 }), percentile);
});

test("without rows or with one class there is no interval; options that are none are refused", (t) => {
  for (const rows of [[], [1, 1, 1]]) {
    const interval = bootstrapInterval(rows, rows, undefined, rocAucOf, { replicates: 8 });
    t.deepEqual(interval, { estimate: Number.NaN, standardError: Number.NaN, low: Number.NaN, high: Number.NaN, replicates: 0 });
  }
  const code = (options: BootstrapOptions): string | undefined =>
    t.throws(() => bootstrapInterval([0, 1], [0, 1], undefined, rocAucOf, options), { instanceOf: CrossbillError })?.code;
  t.is(code({ replicates: 0 }), "E_OPTION_RANGE");
  t.is(code({ seed: -1 }), "E_OPTION_RANGE");
  t.is(code({ method: "bca" as "basic" }), "E_OPTION_RANGE");
  t.is(code({ level: 2 }), "E_LEVEL_RANGE");
  t.is(code({ weightKind: "none" as "frequency" }), "E_WEIGHT_KIND");
});
