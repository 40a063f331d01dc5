import { featureGradientsTwin, groupOf, groupSquaresTwin } from "@crossbill/kernels";
import test from "ava";
import { bench, put, putBlock, random, randomBlock } from "./training-support.js";

const SIZES = [3, 40, 2500, 57];
const STARTS = Uint32Array.of(0, 3, 43, 43, 2543, 2600);

test("gradients, their squares by group and clipped gradients are the twin's, narrow and wide, split at chunks", (t) => {
  for (const wide of [false, true]) {
    for (const rows of [1, 70, 600, 3100]) {
      const { arena, kernels } = bench();
      const block = randomBlock(rows, rows, SIZES);
      const at = putBlock(arena, block, wide);
      const next = random(rows);
      const residual = Float64Array.from({ length: rows }, () => next() - 0.5);
      const u = block.uniq.length;
      const out = arena.take(8 * u);
      const residualAt = put(arena, residual);
      const third = Math.floor(u / 3);
      kernels.block_gradients(out, 0, third, at.offsets, at.rowsOf, 0, wide, residualAt);
      kernels.block_gradients(out, third, u, at.offsets, at.rowsOf, 0, wide, residualAt);
      const gradients = featureGradientsTwin(block, residual);
      t.deepEqual(arena.f64(out, u).slice(), gradients);

      const chunks = Math.ceil(u / 1024);
      const starts = put(arena, STARTS);
      const squares = arena.take(8 * chunks * STARTS.length);
      const cut = Math.min(u, 1024 * Math.floor(chunks / 2));
      kernels.group_squares(squares, cut, u, at.uniq, out, starts, STARTS.length);
      kernels.group_squares(squares, 0, cut, at.uniq, out, starts, STARTS.length);
      const twin = groupSquaresTwin(block.uniq, gradients, STARTS);
      t.deepEqual(arena.f64(squares, chunks * STARTS.length).slice(), Float64Array.from(twin.flatMap((sums) => [...sums])));

      const factors = Float64Array.from(STARTS, () => next());
      kernels.group_scale(out, 0, third, at.uniq, starts, STARTS.length, put(arena, factors));
      kernels.group_scale(out, third, u, at.uniq, starts, STARTS.length, put(arena, factors));
      const scaled = gradients.map((g, i) => g * factors[groupOf(block.uniq[i]!, STARTS)]!);
      t.deepEqual(arena.f64(out, u).slice(), scaled);

      kernels.clamp_f64(out, 0, u, 0.1);
      t.deepEqual(
        arena.f64(out, u).slice(),
        scaled.map((g) => Math.min(0.1, Math.max(-0.1, g))),
      );
    }
  }
});

test("a gradient that is no number stays one when it is clipped", (t) => {
  const { arena, kernels } = bench();
  const at = put(arena, Float64Array.of(NaN, Infinity, -3));
  kernels.clamp_f64(at, 0, 3, 2);
  t.deepEqual([...arena.f64(at, 3)], [NaN, 2, -2]);
});
