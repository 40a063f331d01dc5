import {
  adamUpdateTwin,
  type LazyRule,
  lazyWeightTwin,
  limitNormTwin,
  log,
  METRICS,
  TABLE_INITIALIZERS,
  type TableRule,
  tableFtrlWeightTwin,
  tableInitTwin,
  tableUpdateTwin,
  tableWeightTwin,
  vectorWidth,
} from "@crossbill/kernels";
import test from "ava";
import fc from "fast-check";
import { bench, put, random } from "./training-support.js";

const DIMENSIONS = [1, 2, 3, 4, 5, 16, 25] as const;
/** d and V: padded as vectors are, and not, as rows of classes. */
const WIDTHS = [...DIMENSIONS.map((d) => [d, vectorWidth(d)] as const), [5, 5], [7, 7], [31, 31]] as const;
const ROWS = 60;
const FIRST = 1000;
const RATE = 0.2;
const LOGS = { logBeta1: log(0.9), logBeta2: log(0.999) };

/** An optimiser's rule, what follows the common arguments of its kernel, its state. */
interface Case {
  readonly title: string;
  readonly rule: TableRule;
  readonly lazy: Pick<LazyRule, "metric" | "epsilon" | "logBeta">;
  readonly words: (V: number) => number;
  readonly numbers: readonly number[];
  readonly accumulator?: number;
}
const twice = (V: number): number => 2 * V;
const none = { epsilon: 0, logBeta: 0 };
const CASES: readonly Case[] = [
  { title: "Adagrad", rule: { kind: "adagrad", rate: RATE }, lazy: { metric: METRICS.ADAGRAD, ...none }, words: twice, numbers: [RATE], accumulator: 0.1 },
  { title: "Adagrad from 0", rule: { kind: "adagrad", rate: RATE }, lazy: { metric: METRICS.ADAGRAD, ...none }, words: twice, numbers: [RATE] },
  { title: "SGD", rule: { kind: "sgd", rate: RATE }, lazy: { metric: METRICS.IDENTITY, ...none }, words: (V) => V, numbers: [RATE] },
  ...[false, true].map(
    (nesterov): Case => ({
      title: nesterov ? "Nesterov" : "momentum",
      rule: { kind: "momentum", rate: RATE, mu: 0.8, nesterov },
      lazy: { metric: METRICS.IDENTITY, ...none },
      words: twice,
      numbers: [RATE, 0.8, nesterov ? 1 : 0],
    }),
  ),
  {
    title: "RMSProp",
    rule: { kind: "rmsprop", rate: RATE, rho: 0.9, epsilon: 1e-6 },
    lazy: { metric: METRICS.RMSPROP, epsilon: 1e-6, logBeta: 0 },
    words: twice,
    numbers: [RATE, 0.9, 1e-6],
  },
  {
    title: "Adam",
    rule: { kind: "adam", rate: RATE, beta1: 0.9, beta2: 0.999, ...LOGS, epsilon: 1e-8 },
    lazy: { metric: METRICS.ADAM, epsilon: 1e-8, logBeta: LOGS.logBeta2 },
    words: (V) => 3 * V + 1,
    numbers: [RATE, 0.9, 0.999, LOGS.logBeta1, LOGS.logBeta2, 1e-8],
  },
];
const PENALTIES = { "no penalties": { l1: 0, l2: 0, decay: 0 }, "l2 and decay": { l1: 0, l2: 0.02, decay: 0.003 }, l1: { l1: 0.01, l2: 0, decay: 0 } };
const CLOCK = [0, 5.5, 69.5, 69.5, 200, 401];

/** A table in which `d` numbers of each row are drawn, and its copy in the memory. */
function table(seed: number, d: number, V: number, words: number, accumulator: number) {
  const { arena, kernels } = bench();
  const next = random(seed);
  const rows = Array.from({ length: ROWS }, () => {
    const row = new Float32Array(words);
    for (let e = 0; e < d; e++) row[e] = next() - 0.5;
    if (accumulator > 0) row.fill(accumulator, V, 2 * V);
    return row;
  });
  const at = put(arena, Float32Array.from(rows.flatMap((row) => [...row])));
  return { arena, kernels, rows, at, read: () => arena.f32(at, ROWS * words).slice() };
}

/** Distinct rows in any order. */
function someRows(next: () => number, n: number): Uint32Array {
  const all = Array.from({ length: ROWS }, (_, row) => ({ row, key: next() }));
  return Uint32Array.from(all.sort((a, b) => a.key - b.key).slice(0, n), ({ row }) => FIRST + row);
}

function drawGradients(next: () => number, n: number, d: number, V: number): Float32Array {
  const gradients = new Float32Array(n * V);
  for (let i = 0; i < n; i++) {
    if (next() < 0.15) continue;
    for (let e = 0; e < d; e++) gradients[i * V + e] = next() < 0.1 ? 0 : 4 * (next() - 0.5);
  }
  return gradients;
}

for (const { title, rule, lazy, words: wordsOf, numbers, accumulator = 0 } of CASES) {
  for (const [what, penalties] of Object.entries(PENALTIES)) {
    test(`${title}, ${what}: tables of every width keep the twin's bits over many steps, split anywhere`, (t) => {
      for (const [seed, [d, V]] of WIDTHS.entries()) {
        const words = wordsOf(V) + (seed % 2);
        const { arena, kernels, rows, at, read } = table(seed, d, V, words, accumulator);
        const last = new Uint32Array(ROWS);
        const lastAt = put(arena, last);
        const clockAt = what === "no penalties" ? 0 : put(arena, Float64Array.from(CLOCK));
        const full: LazyRule = { words: 0, ...lazy, ...penalties };
        const most = seed % 2 === 0 || seed >= DIMENSIONS.length ? 0 : 0.9;
        const due = (now: number) => [lastAt, clockAt, now, lazy.metric, lazy.epsilon, lazy.logBeta, penalties.l1, penalties.l2, penalties.decay] as const;
        const weights = (row: number, now: number): Float32Array => {
          const touched = last[row]!;
          const time = clockAt === 0 || touched === 0 ? null : { dt: CLOCK[touched]! - CLOCK[touched - 1]!, since: now - CLOCK[touched]! };
          return Float32Array.from({ length: V }, (_, e) => tableWeightTwin(rows[row]!, e, V, time, full));
        };
        for (const [step, n] of [7, 1, 0, 33, ROWS].entries()) {
          const next = random(100 * seed + step);
          const ids = someRows(next, n);
          const gradients = drawGradients(next, n, d, V);
          const [idsAt, gradientsAt, w] = [put(arena, ids), put(arena, gradients), arena.take(4 * n * V + 16)];
          const cut = Math.floor(n / 3);
          for (const [from, to] of [
            [0, cut],
            [cut, n],
          ] as const)
            kernels.table_gather(w, from, to, idsAt, FIRST, V, at, words, ...due(CLOCK[step]!));
          const gathered = [...ids].map((id) => weights(id - FIRST, CLOCK[step]!));
          t.deepEqual(arena.f32(w, n * V).slice(), Float32Array.from(gathered.flatMap((one) => [...one])));
          const run = kernels[`table_${rule.kind}`] as (...numbers: number[]) => void;
          for (const [from, to] of [
            [0, cut],
            [cut, n],
          ] as const)
            run(from, to, idsAt, FIRST, V, gradientsAt, 0.7, w, at, words, lastAt, step, most, ...numbers);
          for (const [i, id] of ids.entries()) {
            if (tableUpdateTwin(rows[id - FIRST]!, gradients.subarray(i * V, (i + 1) * V), 0.7, gathered[i]!, most, rule)) last[id - FIRST] = step + 1;
          }
          const all = read();
          t.deepEqual(all, Float32Array.from(rows.flatMap((row) => [...row])));
          t.deepEqual(arena.u32(lastAt, ROWS).slice(), last);
          t.true(
            all.every((x, i) => i % words < d || i % words >= V || x === 0),
            "padding stays 0",
          );
          if (most > 0) for (const id of ids) if (last[id - FIRST] === step + 1) t.true(Math.hypot(...rows[id - FIRST]!.subarray(0, d)) < 0.9 * (1 + 1e-6));
        }
        const [out, outLast] = [put(arena, new Float32Array(ROWS * words)), arena.take(4 * ROWS)];
        kernels.table_flush(out, outLast, 0, 41, V, at, words, ...due(401));
        kernels.table_flush(out, outLast, 41, ROWS, V, at, words, ...due(401));
        const flushed = rows.map((row, i) => {
          const copy = new Float32Array(words);
          if (last[i] === 0) return copy;
          copy.set(row);
          copy.set(weights(i, 401));
          return copy;
        });
        t.deepEqual(arena.f32(out, ROWS * words).slice(), Float32Array.from(flushed.flatMap((row) => [...row])));
        t.deepEqual(arena.u32(outLast, ROWS).slice(), last);
        const count = flushed.reduce((sum, row) => sum + row.subarray(0, V).filter((x) => x !== 0).length, 0);
        t.is(kernels.table_non_zero(0, ROWS, V, out, words, outLast, 0), count);
      }
    });
  }
}

test("FTRL's tables keep the twin's bits, weights within l1 are 0, and no vector that is used is longer than it may be", (t) => {
  const options = { alpha: 0.3, beta: 0.7, l1: 0.4, l2: 0.1 };
  for (const [seed, V] of [1, 3, 4, 28].entries()) {
    const { arena, kernels } = bench();
    const rows = Array.from({ length: ROWS }, () => new Float32Array(2 * V));
    const at = put(arena, new Float32Array(ROWS * 2 * V));
    const last = new Uint32Array(ROWS);
    const lastAt = put(arena, last);
    const most = seed % 2 === 0 ? 0 : 0.2;
    for (const [step, n] of [20, 9, ROWS].entries()) {
      const next = random(10 * seed + step);
      const ids = someRows(next, n);
      const gradients = drawGradients(next, n, V, V);
      const [idsAt, gradientsAt, w] = [put(arena, ids), put(arena, gradients), arena.take(4 * n * V)];
      kernels.table_ftrl_gather(w, 0, n, idsAt, FIRST, V, at, 2 * V, most, options.alpha, options.beta, options.l1, options.l2);
      const gathered = [...ids].map((id) => Float32Array.from({ length: V }, (_, e) => tableFtrlWeightTwin(rows[id - FIRST]!, e, V, options)));
      if (most > 0) for (const w of gathered) limitNormTwin(w, Math.fround(most));
      t.deepEqual(arena.f32(w, n * V).slice(), Float32Array.from(gathered.flatMap((one) => [...one])));
      kernels.table_ftrl(0, n, idsAt, FIRST, V, gradientsAt, 0.7, w, at, 2 * V, lastAt, step, options.alpha);
      for (const [i, id] of ids.entries())
        if (tableUpdateTwin(rows[id - FIRST]!, gradients.subarray(i * V, (i + 1) * V), 0.7, gathered[i]!, 0, { kind: "ftrl", alpha: options.alpha }))
          last[id - FIRST] = step + 1;
      t.deepEqual(arena.u32(lastAt, ROWS).slice(), last);
      t.is(
        kernels.table_non_zero(0, ROWS, V, at, 2 * V, lastAt, options.l1),
        rows.reduce((sum, row) => sum + row.subarray(0, V).filter((z) => Math.abs(z) > options.l1).length, 0),
      );
      t.deepEqual(arena.f32(at, ROWS * 2 * V).slice(), Float32Array.from(rows.flatMap((row) => [...row])));
      if (step === 2) t.true(gathered.flatMap((one) => [...one]).some((x) => x === 0));
      if (step === 2 && most > 0)
        t.true(gathered.some((w) => Math.abs(Math.hypot(...w) - most) < 1e-6) && gathered.every((w) => Math.hypot(...w) < most * (1 + 1e-6)));
    }
  }
});

test("one number of a table moves as a weight of the linear Adam does, to the rounding of float32", (t) => {
  fc.assert(
    fc.property(fc.array(fc.float({ min: -2, max: 2, noNaN: true }), { minLength: 1, maxLength: 8 }), (gradients) => {
      const rule = { rate: 0.1, beta1: 0.9, beta2: 0.999, ...LOGS, epsilon: 1e-8 };
      const [linear, row] = [new Float32Array(4), new Float32Array(4)];
      for (const g of gradients) {
        if (Math.abs(g) < 1e-15) continue;
        adamUpdateTwin(linear, 0, g, linear[0]!, rule);
        tableUpdateTwin(row, Float32Array.of(g), 1, Float32Array.of(row[0]!), 0, { kind: "adam", ...rule });
      }
      for (const [i, x] of linear.entries()) t.true(Math.abs(x - row[i]!) <= 2e-6 * Math.max(1, Math.abs(x)), `${x} and ${row[i]}`);
    }),
  );
});

test("first vectors are functions of seed, table, row and element, whatever range is drawn at a time, and padding is 0", (t) => {
  for (const [name, kind] of Object.entries(TABLE_INITIALIZERS)) {
    for (const d of DIMENSIONS) {
      const { arena, kernels } = bench();
      const V = vectorWidth(d);
      const words = V + 3;
      const [at, scratch] = [put(arena, new Float32Array(40 * words).fill(7)), arena.take(64)];
      kernels.table_init(0, 13, d, V, at, words, kind, 0.3, 2, 77, 0x80000001, scratch);
      kernels.table_init(13, 40, d, V, at, words, kind, 0.3, 2, 77, 0x80000001, scratch);
      const expected = Float32Array.from({ length: 40 * words }, (_, i) => {
        const e = i % words;
        return e >= V ? 7 : e >= d ? 0 : tableInitTwin(Math.floor(i / words), e, kind, 0.3, 2, [77, 0x80000001]);
      });
      t.deepEqual(arena.f32(at, 40 * words).slice(), expected, `${name} ${d}`);
    }
  }
});

test("first vectors have the moments of their distributions", (t) => {
  const { arena, kernels } = bench();
  const n = 20_000;
  const [at, scratch] = [arena.take(4 * 4 * n), arena.take(64)];
  const moments = (kind: number) => {
    kernels.table_init(0, n, 4, 4, at, 4, kind, 0.5, 0, 1, 2, scratch);
    const x = arena.f32(at, 4 * n);
    const mean = x.reduce((sum, one) => sum + one, 0) / x.length;
    return { mean, deviation: Math.sqrt(x.reduce((sum, one) => sum + (one - mean) ** 2, 0) / x.length), most: x.reduce((a, b) => Math.max(a, Math.abs(b)), 0) };
  };
  const uniform = moments(TABLE_INITIALIZERS.UNIFORM);
  t.true(Math.abs(uniform.mean) < 0.005 && Math.abs(uniform.deviation - 0.5 / Math.sqrt(3)) < 0.005 && uniform.most <= 0.5);
  const normal = moments(TABLE_INITIALIZERS.NORMAL);
  t.true(Math.abs(normal.mean) < 0.01 && Math.abs(normal.deviation - 0.5) < 0.01 && normal.most > 1.5);
  const truncated = moments(TABLE_INITIALIZERS.TRUNCATED_NORMAL);
  t.true(Math.abs(truncated.mean) < 0.01 && Math.abs(truncated.deviation - 0.5 * 0.8796) < 0.01 && truncated.most <= 1);
});

test("a table that is not finite is noticed where it was touched", (t) => {
  const { arena, kernels } = bench();
  const at = put(arena, Float32Array.of(1, 0, 1, 2, 3, Number.POSITIVE_INFINITY, Number.NaN, 0, 0));
  const last = put(arena, Uint32Array.of(1, 1, 0));
  t.is(kernels.table_non_zero(0, 1, 2, at, 3, last, 0), 1);
  t.is(kernels.table_non_zero(0, 2, 2, at, 3, last, 0), Number.NaN);
  t.is(kernels.table_non_zero(2, 3, 2, at, 3, last, 0), 0, "a row that no step touched");
  kernels.table_fill(1, 3, at, 3, 1, 2, 0.5);
  t.deepEqual([...arena.f32(at, 9)], [1, 0, 1, 2, 0.5, 0.5, Number.NaN, 0.5, 0.5]);
});

test("without l1 a table's penalties are those of the linear optimisers, to the rounding of float32", (t) => {
  fc.assert(
    fc.property(
      fc.constantFrom(METRICS.IDENTITY, METRICS.ADAGRAD, METRICS.RMSPROP, METRICS.ADAM),
      fc.tuple(...[2, 3, 40, 0.2, 0.1].map((max) => fc.integer({ min: 0, max: 1000 }).map((n) => (max * n) / 1000))),
      fc.integer({ min: 1, max: 5000 }),
      (metric, [w, dt, since, l2, decay], n) => {
        const rule = { words: 4, metric, epsilon: 1e-6, logBeta: LOGS.logBeta2, l1: 0, l2: l2!, decay: decay! };
        const s = 0.3;
        const linear = lazyWeightTwin(metric === METRICS.ADAM ? Float32Array.of(w!, 0, s, n) : Float32Array.of(w!, s, 0, 0), 0, dt!, since!, rule);
        const row = metric === METRICS.ADAM ? Float32Array.of(w!, 0, s, n) : Float32Array.of(w!, s, 0, 0);
        const found = tableWeightTwin(row, 0, 1, { dt: dt!, since: since! }, rule);
        t.true(Math.abs(found - linear) <= 1e-6 * w!, `${found} and ${linear}`);
      },
    ),
  );
});
