import {
  columnsAddTwin,
  columnsPickTwin,
  conjugateTwin,
  coordinateSweepTwin,
  matrixProductTwin,
  rowsDotTwin,
  rowsPairsTwin,
  softmaxScaleTwin,
  softmaxTermsTwin,
  type TwinMatrix,
  termsTwin,
} from "@crossbill/kernels";
import test from "ava";
import { bench, put, random } from "./training-support.js";

const ROWS = [1, 2, 3, 63, 64, 65, 127, 200, 259];

/** Rows (or columns) of 0 to 10 entries. */
function matrix(seed: number, n: number, ids: number, valued: boolean): TwinMatrix {
  const next = random(seed);
  const offsets = new Uint32Array(n + 1);
  for (let i = 0; i < n; i++) offsets[i + 1] = offsets[i]! + Math.floor(next() * 11);
  const entries = offsets[n]!;
  return {
    offsets,
    ids: Uint32Array.from({ length: entries }, () => Math.floor(next() * ids)),
    values: valued ? Float64Array.from({ length: entries }, () => next() * 4 - 2) : null,
  };
}

test("sparse rows times weights have the twin's bits, with values and without, wherever the rows are cut", (t) => {
  const { arena, kernels } = bench();
  for (const rows of ROWS) {
    for (const valued of [false, true]) {
      const x = matrix(rows, rows, 90, valued);
      const next = random(rows + 1);
      const w = put(
        arena,
        Float64Array.from({ length: 90 }, () => next() - 0.5),
      );
      const out = arena.take(8 * (rows + 7));
      arena.f64(out, rows + 7).fill(0.25);
      const offsets = put(arena, x.offsets as Uint32Array);
      const ids = put(arena, x.ids as Uint32Array);
      const values = x.values === null ? 0 : put(arena, x.values as Float64Array);
      const cut = 7 + Math.floor(rows / 2);
      kernels.rows_dot_f64(out, 7, cut, 7, offsets, ids, values, w, 0.75, false);
      kernels.rows_dot_f64(out, cut, rows + 7, 7, offsets, ids, values, w, 0.75, false);
      kernels.rows_dot_f64(out, 7, rows + 7, 7, offsets, ids, values, w, 0, true);
      const twin = new Float64Array(rows).fill(0.75);
      rowsDotTwin(twin, x, arena.f64(w, 90).slice());
      rowsDotTwin(twin, x, arena.f64(w, 90).slice());
      t.deepEqual(arena.f64(out, rows + 7).slice(7), twin);
      t.deepEqual([...arena.f64(out, 7)], new Array<number>(7).fill(0.25));
    }
  }
});

test("sums of sparse columns have the twin's bits, squares too, wherever the features are cut", (t) => {
  const { arena, kernels } = bench();
  for (const columns of [1, 2, 5, 40]) {
    for (const [valued, square] of [
      [false, false],
      [true, false],
      [true, true],
    ] as const) {
      const x = matrix(columns + 100, columns, 64, valued);
      const next = random(columns);
      const row = Float64Array.from({ length: 64 }, () => next() - 0.5);
      const features = Uint32Array.from({ length: columns }, (_, u) => 3 * u + 1);
      const twin = Float64Array.from({ length: 3 * columns + 2 }, () => next());
      const out = put(arena, twin);
      const at = [
        put(arena, features),
        put(arena, x.offsets as Uint32Array),
        put(arena, Uint16Array.from(x.ids)),
        x.values === null ? 0 : put(arena, x.values as Float64Array),
        square,
        put(arena, row),
      ] as const;
      const cut = Math.floor(columns / 2);
      kernels.columns_add_f64(out, 0, cut, ...at);
      kernels.columns_add_f64(out, cut, columns, ...at);
      columnsAddTwin(twin, features, x, square, row);
      t.deepEqual(arena.f64(out, twin.length).slice(), twin);
      const picks = Uint32Array.from({ length: columns }, (_, k) => k).filter((k) => k % 3 !== 1);
      const targets = picks.map((k) => 2 * k);
      const picked = [put(arena, picks), put(arena, targets), ...at.slice(1)] as unknown as [number, number, number, number, number, boolean, number];
      kernels.columns_pick_f64(out, 0, 1, ...picked);
      kernels.columns_pick_f64(out, 1, picks.length, ...picked);
      columnsPickTwin(twin, picks, targets, x, square, row);
      t.deepEqual(arena.f64(out, twin.length).slice(), twin);
    }
  }
});

test("products of two entries of a row have the twin's bits, summed over rows in their order, wherever rows and ids are cut", (t) => {
  const { arena, kernels } = bench();
  const F = 23;
  for (const rows of ROWS) {
    for (const [some, others] of [
      [true, true],
      [true, false],
      [false, true],
    ] as const) {
      const next = random(rows + 5);
      const none = { offsets: new Uint32Array(rows + 1), ids: new Uint32Array(0) };
      const ones = some ? matrix(rows, rows, F, false) : { ...none, values: null };
      const valued = others ? matrix(rows + 1, rows, F, true) : { ...none, values: new Float64Array(0) };
      const curvature = Float64Array.from({ length: rows }, (_, r) => (r % 5 === 4 ? 0 : next()));
      const twin = Array.from({ length: F }, () => Float64Array.from({ length: F }, () => next()));
      const out = put(arena, Float64Array.from(twin.flatMap((line) => [...line])));
      const at = [
        put(arena, ones.offsets as Uint32Array),
        put(arena, ones.ids as Uint32Array),
        put(arena, valued.offsets as Uint32Array),
        put(arena, valued.ids as Uint32Array),
        put(arena, valued.values as Float64Array),
        put(arena, Float64Array.from([...new Float64Array(7), ...curvature])),
      ] as const;
      const cut = 7 + Math.floor(rows / 2);
      kernels.rows_pairs_f64(out, F, 0, F, 7, cut, 7, ...at);
      const middle = rows % F;
      kernels.rows_pairs_f64(out, F, middle, F, cut, rows + 7, 7, ...at);
      kernels.rows_pairs_f64(out, F, 0, middle, cut, rows + 7, 7, ...at);
      rowsPairsTwin(twin, ones, valued, curvature);
      t.deepEqual(
        [...arena.f64(out, F * F)],
        twin.flatMap((line) => [...line]),
      );
    }
  }
});

test("a sweep of coordinate descent and a product have the twins' bits, exact zeros included; coordinates without curvature stay", (t) => {
  const { arena, kernels } = bench();
  for (const n of [1, 2, 3, 4, 5, 11, 40]) {
    const next = random(n);
    const h = Array.from({ length: n }, () => new Float64Array(n));
    for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) h[i]![j] = h[j]![i] = i === j ? (i % 7 === 6 ? 0 : 2 + next()) : (next() - 0.5) / n;
    const of = (at: (i: number) => number): Float64Array => Float64Array.from({ length: n }, (_, i) => at(i));
    const [v, r, l1] = [of((i) => (i % 3 === 0 ? 0 : next() - 0.5)), of(() => next() - 0.5), of((i) => (i === n - 1 ? 0 : 0.3))];
    const [atV, atR, atH, atL1] = [put(arena, v), put(arena, r), put(arena, Float64Array.from(h.flatMap((line) => [...line]))), put(arena, l1)];
    for (let sweep = 0; sweep < 3; sweep++) {
      kernels.coordinate_sweep_f64(atV, atR, atH, n, atL1);
      coordinateSweepTwin(v, r, h, l1);
      t.deepEqual([...arena.f64(atV, n)], [...v]);
      t.deepEqual([...arena.f64(atR, n)], [...r]);
    }
    t.true(n < 11 || v.some((x) => x === 0));
    const out = arena.take(8 * n);
    kernels.matrix_product_f64(out, atR, atH, n);
    t.deepEqual([...arena.f64(out, n)], [...matrixProductTwin(r, h)]);
  }
});

test("terms of the logistic, squared and poisson losses have the twin's bits, extreme logits included", (t) => {
  const { arena, kernels } = bench();
  for (const rows of ROWS) {
    const next = random(rows + 2);
    const logits = Float64Array.from({ length: rows }, (_, r) => (r % 7 === 0 ? (next() - 0.5) * 4000 : next() * 10 - 5));
    const labels = Float64Array.from({ length: rows }, () => (next() < 0.3 ? 1 : 0));
    const weights = Float64Array.from({ length: rows }, () => next() * 3);
    const chunks = Math.ceil(rows / 64);
    for (const head of ["logistic", "squared", "poisson"] as const) {
      const z = put(arena, logits);
      const curvature = arena.take(8 * rows);
      const sums = arena.take(32 * chunks);
      const cut = 64 * Math.floor(chunks / 2);
      const [y, w] = [put(arena, labels), put(arena, weights)];
      kernels[`${head}_terms_f64`](z, curvature, sums, chunks, y, w, 0, cut);
      kernels[`${head}_terms_f64`](z, curvature, sums, chunks, y, w, cut, rows);
      const twin = termsTwin(head, logits, labels, weights);
      t.deepEqual(arena.f64(z, rows).slice(), twin.residual[0]);
      t.deepEqual(arena.f64(curvature, rows).slice(), twin.curvature[0]);
      t.deepEqual(
        [...arena.f64(sums, 4 * chunks)],
        twin.sums.flatMap((of) => [...of]),
      );
      kernels.scale_rows_f64(z, curvature, sums, 0, rows);
      t.deepEqual(
        arena.f64(z, rows).slice(),
        twin.residual[0]!.map((x, r) => x * twin.curvature[0]![r]!),
      );
    }
  }
});

test("terms of softmax have the twin's bits, and are finite at logits of 800", (t) => {
  const { arena, kernels } = bench();
  for (const rows of ROWS) {
    for (const K of [2, 3, 7]) {
      const next = random(rows + K);
      const logits = Array.from({ length: K }, () => Float64Array.from({ length: rows }, (_, r) => (r % 7 === 0 ? (next() - 0.5) * 1600 : next() * 10 - 5)));
      const labels = Float64Array.from({ length: rows }, () => Math.floor(next() * K));
      const weights = Float64Array.from({ length: rows }, () => next() * 3);
      const chunks = Math.ceil(rows / 64);
      const stride = rows + 3;
      const flat = new Float64Array(K * stride);
      for (const [k, of] of logits.entries()) flat.set(of, k * stride);
      const [z, residual, curvature] = [put(arena, flat), arena.take(8 * K * stride), arena.take(8 * K * stride)];
      const sums = arena.take(8 * (1 + 3 * K) * chunks);
      const cut = 64 * Math.floor(chunks / 2);
      const [y, w] = [put(arena, labels), put(arena, weights)];
      kernels.softmax_terms_f64(z, residual, curvature, K, stride, sums, chunks, y, w, 0, cut);
      kernels.softmax_terms_f64(z, residual, curvature, K, stride, sums, chunks, y, w, cut, rows);
      const twin = softmaxTermsTwin(logits, labels, weights);
      const read = (at: number): Float64Array[] => logits.map((_, k) => arena.f64(at + 8 * k * stride, rows).slice());
      t.deepEqual(read(z), twin.p);
      t.deepEqual(read(residual), twin.residual);
      t.deepEqual(read(curvature), twin.curvature);
      t.deepEqual(
        [...arena.f64(sums, (1 + 3 * K) * chunks)],
        twin.sums.flatMap((of) => [...of]),
      );
      t.true(twin.sums.every((of) => of.every(Number.isFinite)));
      const x = read(residual);
      kernels.softmax_scale_f64(residual, z, K, stride, sums, chunks, w, 0, cut);
      kernels.softmax_scale_f64(residual, z, K, stride, sums, chunks, w, cut, rows);
      const scaled = softmaxScaleTwin(x, twin.p, weights);
      t.deepEqual(read(residual), x);
      t.deepEqual(
        [...arena.f64(sums, K * chunks)],
        scaled.flatMap((of) => [...of]),
      );
    }
  }
});

test("conjugate losses have the twin's bits, and at the residuals themselves add up with the losses to logit times residual", (t) => {
  const { arena, kernels } = bench();
  for (const rows of ROWS) {
    const next = random(rows + 9);
    const weights = Float64Array.from({ length: rows }, (_, r) => (r % 5 === 3 ? 0 : next() * 3));
    const chunks = Math.ceil(rows / 64);
    const cut = 64 * Math.floor(chunks / 2);
    for (const head of ["logistic", "squared", "poisson", "softmax"] as const) {
      const K = head === "softmax" ? 3 : 1;
      const logits = Array.from({ length: K }, () => Float64Array.from({ length: rows }, () => next() * 10 - 5));
      const labels = Float64Array.from({ length: rows }, () => (head === "softmax" ? Math.floor(next() * K) : next() < 0.3 ? 1 : 0));
      const twin = head === "softmax" ? softmaxTermsTwin(logits, labels, weights) : termsTwin(head, logits[0]!, labels, weights);
      const stride = rows + 3;
      const flat = new Float64Array(K * stride);
      for (const [k, of] of twin.residual.entries()) flat.set(of, k * stride);
      const [residual, sums, y, w] = [put(arena, flat), arena.take(8 * chunks), put(arena, labels), put(arena, weights)];
      for (const scale of [1, 0.37, 0]) {
        for (const [from, to] of [
          [0, cut],
          [cut, rows],
        ] as const) {
          if (head === "softmax") kernels.softmax_conjugate_f64(residual, K, stride, sums, y, w, scale, from, to);
          else kernels[`${head}_conjugate_f64`](residual, sums, y, w, scale, from, to);
        }
        const wanted = conjugateTwin(head, twin.residual, labels, weights, scale);
        t.deepEqual(arena.f64(sums, chunks).slice(), wanted);
        if (scale !== 1) continue;
        // Fenchel and Young: loss + conjugate = logit times residual, where a softmax row's conjugate is taken of its probabilities.
        for (let chunk = 0; chunk < chunks; chunk++) {
          let both = 0;
          for (let r = 64 * chunk; r < Math.min(rows, 64 * chunk + 64); r++) for (let k = 0; k < K; k++) both += logits[k]![r]! * twin.residual[k]![r]!;
          t.true(Math.abs(twin.sums[0]![chunk]! + wanted[chunk]! - both) < 1e-10, `${head}: ${twin.sums[0]![chunk]! + wanted[chunk]!} and ${both}`);
        }
      }
    }
  }
});
