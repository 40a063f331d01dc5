import { blockDotTwin, buildCsrBlockTwin, classResidualsTwin, denseAddTwin, denseGradientTwin, residualsTwin, sampledResidualsTwin } from "@crossbill/kernels";
import test from "ava";
import { bench, put, putBlock, random, randomBlock } from "./training-support.js";

const ROWS = [1, 2, 3, 63, 64, 65, 127, 200, 259];

test("one-hot dot products have the twin's bits for every width modulo four, narrow and wide", (t) => {
  const { arena, kernels } = bench();
  for (const rows of ROWS) {
    for (const wide of [false, true]) {
      const block = randomBlock(
        rows,
        rows,
        Array.from({ length: 1 + (rows % 9) }, (_, c) => 10 + 100 * c),
      );
      const next = random(rows);
      const w = Float32Array.from(block.uniq, () => next() - 0.5);
      const at = putBlock(arena, block, wide);
      const out = arena.take(8 * rows);
      const width = block.local.length / rows;
      const wAt = put(arena, w);
      const cut = Math.floor(rows / 2);
      kernels.one_hot_dot_f32(out, 0, cut, width, at.local, wide, wAt);
      kernels.one_hot_dot_f32(out, cut, rows, width, at.local, wide, wAt);
      t.deepEqual(arena.f64(out, rows).slice(), blockDotTwin(block, w));
    }
  }
});

test("weighted sparse dot products have the twin's bits", (t) => {
  const { arena, kernels } = bench();
  const next = random(5);
  const rowOffsets = new Uint32Array(151);
  for (let r = 0; r < 150; r++) rowOffsets[r + 1] = rowOffsets[r]! + Math.floor(next() * 11);
  const values = Float32Array.from({ length: rowOffsets[150]! }, () => next() * 4 - 2);
  const block = buildCsrBlockTwin(
    rowOffsets,
    Uint32Array.from(values, () => Math.floor(next() * 90)),
    values,
  );
  const w = Float32Array.from(block.uniq, () => next() - 0.5);
  for (const wide of [false, true]) {
    const at = putBlock(arena, block, wide);
    const out = arena.take(8 * 150);
    kernels.csr_dot_f32(out, 0, 150, at.rowOffsets, at.local, at.values, wide, put(arena, w));
    t.deepEqual(arena.f64(out, 150).slice(), blockDotTwin(block, w));
  }
});

test("dense inputs add to logits and collect gradients with the twin's bits", (t) => {
  const { arena, kernels } = bench();
  for (const rows of ROWS) {
    const next = random(rows + 1);
    const x = Array.from({ length: 5 }, () => Float32Array.from({ length: rows }, () => next() * 6 - 3));
    const flat = new Float32Array(5 * rows);
    for (const [d, column] of x.entries()) flat.set(column, d * rows);
    const w = Float32Array.from({ length: 5 }, () => next() - 0.5);
    const out = Float64Array.from({ length: rows }, () => next());
    const outAt = put(arena, out);
    const xAt = put(arena, flat);
    const cut = Math.min(64, rows);
    kernels.dense_add_f32(outAt, 0, cut, 5, xAt, rows, put(arena, w));
    kernels.dense_add_f32(outAt, cut, rows, 5, xAt, rows, put(arena, w));
    denseAddTwin(out, x, w);
    t.deepEqual(arena.f64(outAt, rows).slice(), out);
    const gradients = arena.take(8 * 5);
    kernels.dense_gradients_f32(gradients, 0, 2, rows, xAt, rows, outAt);
    kernels.dense_gradients_f32(gradients, 2, 5, rows, xAt, rows, outAt);
    t.deepEqual(
      [...arena.f64(gradients, 5)],
      x.map((column) => denseGradientTwin(column, out)),
    );
  }
});

test("residuals and chunked losses have the twin's bits for every head of one prediction, extreme logits included", (t) => {
  const { arena, kernels } = bench();
  for (const rows of ROWS) {
    const next = random(rows + 2);
    const logits = Float64Array.from({ length: rows }, (_, r) => (r % 7 === 0 ? (next() - 0.5) * 4000 : next() * 10 - 5));
    const labels = Float64Array.from({ length: rows }, () => (next() < 0.3 ? 1 : 0));
    const weights = Float64Array.from({ length: rows }, () => next() * 3);
    for (const head of ["logistic", "squared", "poisson"] as const) {
      const residual = put(arena, logits);
      const chunks = Math.ceil(rows / 64);
      const losses = arena.take(8 * chunks);
      const sums = arena.take(8 * chunks);
      const kernel = `${head}_residuals` as const;
      const cut = 64 * Math.floor(chunks / 2);
      kernels[kernel](residual, losses, sums, put(arena, labels), put(arena, weights), 0, cut);
      kernels[kernel](residual, losses, sums, put(arena, labels), put(arena, weights), cut, rows);
      const twin = residualsTwin(head, logits, labels, weights);
      t.deepEqual(arena.f64(residual, rows).slice(), twin.residual);
      t.deepEqual(arena.f64(losses, chunks).slice(), twin.losses);
      t.deepEqual(arena.f64(sums, chunks).slice(), twin.weightSums);
    }
  }
});

test("residuals of several classes have the twin's bits, at logits of 800 too; a label that is no class is NaN", (t) => {
  const { arena, kernels } = bench();
  for (const rows of ROWS) {
    for (const K of [2, 5]) {
      const next = random(rows + K);
      const stride = rows + 3;
      const logits = Array.from({ length: K }, () => Float64Array.from({ length: rows }, (_, r) => (r % 7 === 0 ? (next() - 0.5) * 1600 : next() * 10 - 5)));
      const labels = Float64Array.from({ length: rows }, () => Math.floor(next() * K));
      const weights = Float64Array.from({ length: rows }, () => next() * 3);
      for (const head of ["softmax", "oneVsRest"] as const) {
        const kernel = head === "softmax" ? "softmax_residuals" : "one_vs_rest_residuals";
        const residual = arena.take(8 * stride * K);
        for (const [k, z] of logits.entries()) arena.f64(residual + 8 * k * stride, rows).set(z);
        const chunks = Math.ceil(rows / 64);
        const [losses, sums] = [arena.take(8 * chunks), arena.take(8 * chunks)];
        const cut = 64 * Math.floor(chunks / 2);
        kernels[kernel](residual, K, stride, losses, sums, put(arena, labels), put(arena, weights), 0, cut);
        kernels[kernel](residual, K, stride, losses, sums, put(arena, labels), put(arena, weights), cut, rows);
        const twin = classResidualsTwin(head, logits, labels, weights);
        for (let k = 0; k < K; k++) t.deepEqual(arena.f64(residual + 8 * k * stride, rows).slice(), twin.residuals[k]!);
        t.deepEqual(arena.f64(losses, chunks).slice(), twin.losses);
        t.deepEqual(arena.f64(sums, chunks).slice(), twin.weightSums);
        if (head === "softmax" && rows > 0) {
          const sum = twin.residuals.reduce((all, of) => all + of[rows - 1]!, 0);
          t.true(Math.abs(sum) < 1e-12 * Math.max(1, weights[rows - 1]!));
        }
        for (const label of [-1, K, 0.5, Number.NaN]) {
          if (rows === 0 || (label === 0.5 && head === "oneVsRest")) continue;
          kernels[kernel](residual, K, stride, losses, sums, put(arena, Float64Array.of(label)), put(arena, Float64Array.of(1)), 0, 1);
          if (label !== 0.5) t.is(arena.f64(losses, 1)[0], Number.NaN);
        }
      }
    }
  }
});

test("residuals of sampled classes have the twin's bits; with all classes drawn and no correction they are softmax's", (t) => {
  const { arena, kernels } = bench();
  for (const rows of ROWS) {
    const K = 6;
    const next = random(rows + 99);
    const stride = rows + 1;
    const logits = Array.from({ length: K }, () => Float64Array.from({ length: rows }, (_, r) => (r % 7 === 0 ? (next() - 0.5) * 1600 : next() * 10 - 5)));
    const labels = Float64Array.from({ length: rows }, () => [0, 2, 5][Math.floor(next() * 3)]!);
    const weights = Float64Array.from({ length: rows }, () => next() * 3);
    const some = { classes: [0, 2, 3, 5], sampled: [1, 0, 1, 0], corrections: [-0.5, -1, 0.25, -2] };
    const all = { classes: [0, 1, 2, 3, 4, 5], sampled: [1, 1, 1, 1, 1, 1], corrections: [0, 0, 0, 0, 0, 0] };
    for (const [active, nce] of [
      [some, false],
      [some, true],
      [all, false],
      [all, true],
    ] as const) {
      const residual = arena.take(8 * stride * K);
      for (const [k, z] of logits.entries()) arena.f64(residual + 8 * k * stride, rows).set(z);
      const chunks = Math.ceil(rows / 64);
      const [losses, sums] = [arena.take(8 * chunks), arena.take(8 * chunks)];
      const n = active.classes.length;
      const [classes, corrections, sampled] = [put(arena, Uint32Array.from(active.classes)), put(arena, Float64Array.from(active.corrections)), arena.take(n)];
      arena.u8(sampled, n).set(active.sampled);
      const [y, w] = [put(arena, labels), put(arena, weights)];
      kernels.sampled_residuals(residual, stride, classes, sampled, corrections, n, nce, losses, sums, y, w, 0, rows);
      const own = active.classes.map((k) => logits[k]!);
      const twin = sampledResidualsTwin(nce, active, own, labels, weights);
      for (const [i, k] of active.classes.entries()) t.deepEqual(arena.f64(residual + 8 * k * stride, rows).slice(), twin.residuals[i]!);
      t.deepEqual(arena.f64(losses, chunks).slice(), twin.losses);
      t.deepEqual(arena.f64(sums, chunks).slice(), twin.weightSums);
      if (active !== all || nce) continue;
      const full = classResidualsTwin("softmax", logits, labels, weights);
      t.deepEqual(twin.residuals, full.residuals);
      t.deepEqual(twin.losses, full.losses);
    }
  }
});
