import { buildBlockTwin, COMBINERS, poolTwin, type TwinBlock, tableGradientTwin, vectorWidth } from "@crossbill/kernels";
import test from "ava";
import { putPanels, raggedBlock } from "./ragged-block.js";
import { bench, columnsOf, put, putBlock, random } from "./training-support.js";

const DIMENSIONS = [1, 2, 3, 4, 5, 16, 25] as const;
const COLUMNS = [
  { size: 9, several: false },
  { size: 500, several: false },
  { size: 40, several: true },
  { size: 7, several: true },
];

/** One-hot columns, and the same block with columns of several values. */
function blocks(seed: number, rows: number): { block: TwinBlock; starts: number[]; singles: number; oneHot: boolean }[] {
  const sizes = [9, 500, 3];
  const columns = columnsOf(random(seed), rows, sizes);
  const oneHot = buildBlockTwin(columns, rows);
  const starts = columns.map(({ offset }) => [...oneHot.uniq].filter((f) => f < offset).length);
  const ragged = raggedBlock(seed, rows, COLUMNS);
  return [
    { block: oneHot, starts: [...starts, oneHot.uniq.length], singles: 3, oneHot: true },
    { block: ragged, starts: [...ragged.starts], singles: 2, oneHot: false },
  ];
}

/** Entries of a column in a row. */
function entriesOf({ rowOffsets, local, values }: TwinBlock, row: number, start: number, end: number) {
  const found: { u: number; value: number }[] = [];
  for (let i = rowOffsets[row]!; i < rowOffsets[row + 1]!; i++) {
    if (local[i]! >= start && local[i]! < end) found.push({ u: local[i]!, value: values?.[i] ?? 1 });
  }
  return found;
}

test("pooled vectors of every column, width and combiner keep the twin's bits, narrow and wide; rows past the end are 0, other units stay", (t) => {
  for (const [seed, rows] of [1, 3, 64, 131].entries()) {
    for (const { block, starts, singles, oneHot } of blocks(seed, rows)) {
      for (const [i, d] of DIMENSIONS.entries()) {
        const { arena, kernels } = bench();
        const wide = i % 2 === 0;
        const combiner = [COMBINERS.MEAN, COMBINERS.SUM, COMBINERS.SQRTN][(i + seed) % 3]!;
        const placed = putBlock(arena, block, wide);
        const V = vectorWidth(d);
        for (let c = 0; c + 1 < starts.length; c++) {
          const [start, end] = [starts[c]!, starts[c + 1]!];
          const next = random(c);
          const vectors = Float32Array.from({ length: (end - start) * V }, (_, j) => (j % V < d ? next() - 0.5 : 0));
          const vectorsAt = put(arena, vectors);
          const units = d + 3;
          const scalesAt = put(arena, new Float32Array(rows).fill(9));
          const panels = arena.f32(put(arena, new Float32Array(Math.ceil(rows / 64) * units * 64).fill(5)), Math.ceil(rows / 64) * units * 64);
          const expected = panels.slice();
          const scales = new Float32Array(rows).fill(9);
          for (let r0 = 0; r0 < rows; r0 += 64) {
            const n = Math.min(64, rows - r0);
            const panel = (r0 / 64) * units + 2;
            kernels.table_pool(
              panels.byteOffset + panel * 256,
              d,
              V,
              r0,
              n,
              combiner,
              scalesAt,
              vectorsAt,
              start,
              end,
              placed.local,
              wide,
              oneHot ? singles : 0,
              c < singles ? c : -1,
              oneHot ? 0 : placed.rowOffsets,
              placed.values,
            );
            for (let r = 0; r < 64; r++) {
              const entries = r < n ? entriesOf(block, r0 + r, start, end) : [];
              const { scale, pooled } = poolTwin(
                entries.map(({ u, value }) => ({ value, vector: vectors.subarray((u - start) * V) })),
                d,
                combiner,
              );
              if (c >= singles && r < n) scales[r0 + r] = scale;
              for (let e = 0; e < d; e++) expected[(panel + e) * 64 + r] = pooled[e]!;
            }
          }
          t.deepEqual(panels, expected);
          t.deepEqual(arena.f32(scalesAt, rows).slice(), scales);
        }
      }
    }
  }
});

test("columns become units of a panel, 0 past the rows, nothing else written", (t) => {
  for (let rows = 1; rows <= 64; rows++) {
    for (const units of [0, 1, 3]) {
      const { arena, kernels } = bench();
      const next = random(rows);
      const stride = rows + 2;
      const x = Float32Array.from({ length: 3 * stride }, () => Math.fround(next() - 0.5));
      const out = put(arena, new Float32Array(5 * 64).fill(7));
      kernels.columns_to_panel(out + 256, put(arena, x) + 4, stride, units, rows);
      const expected = Float32Array.from({ length: 5 * 64 }, (_, i) => {
        const [u, r] = [Math.floor(i / 64) - 1, i % 64];
        return u < 0 || u >= units ? 7 : r < rows ? x[1 + u * stride + r]! : 0;
      });
      t.deepEqual(arena.f32(out, 5 * 64).slice(), expected);
    }
  }
});

test("panels of gradients become rows, each times its scale, padding 0, nothing else written", (t) => {
  for (const rows of [1, 2, 7, 64, 131]) {
    for (const d of DIMENSIONS) {
      const { arena, kernels } = bench();
      const V = vectorWidth(d);
      const next = random(d);
      const scales = Float32Array.from({ length: rows }, () => next());
      const numbers = Array.from({ length: rows }, () => Array.from({ length: d + 2 }, () => Math.fround(next() - 0.5)));
      const { at, panels } = putPanels(arena, rows, d + 2, (r, u) => numbers[r]![u]!);
      const stride = V + 3;
      for (const scaled of [false, true]) {
        const out = put(arena, new Float32Array(rows * stride + 8).fill(7));
        const scalesAt = scaled ? put(arena, scales) : 0;
        for (let m = 0; m < panels; m++)
          kernels.panel_to_rows(out + 8, stride, at + (m * (d + 2) + 1) * 256, d, V, 64 * m, Math.min(64, rows - 64 * m), scalesAt);
        const expected = new Float32Array(rows * stride + 8).fill(7);
        for (let r = 0; r < rows; r++)
          for (let e = 0; e < V; e++) expected[2 + r * stride + e] = e < d ? Math.fround((scaled ? scales[r]! : 1) * numbers[r]![e + 1]!) : 0;
        t.deepEqual(arena.f32(out, rows * stride + 8).slice(), expected);
      }
    }
  }
});

test("gradients of vectors are the sums over their rows in float64, narrow and wide, with values and without, split anywhere", (t) => {
  for (const [seed, rows] of [1, 5, 64, 200].entries()) {
    for (const { block, starts } of blocks(seed, rows)) {
      for (const [i, d] of DIMENSIONS.entries()) {
        const { arena, kernels } = bench();
        const wide = i % 2 === 0;
        const placed = putBlock(arena, block, wide);
        const V = vectorWidth(d);
        const stride = V + 5;
        const next = random(i);
        const dx = Float32Array.from({ length: rows * stride }, (_, j) => (j % stride >= 1 && j % stride < 1 + d ? next() - 0.5 : j % stride < 1 + V ? 0 : 3));
        const dxAt = put(arena, dx) + 4;
        for (let c = 0; c + 1 < starts.length; c++) {
          const [start, n] = [starts[c]!, starts[c + 1]! - starts[c]!];
          const out = arena.take(4 * n * V + 16);
          const cut = Math.floor(n / 3);
          for (const [from, to] of [
            [0, cut],
            [cut, n],
          ] as const)
            kernels.table_gradients(out, from, to, V, placed.offsets + 4 * start, placed.rowsOf, placed.valuesOf, wide, dxAt, stride);
          const expected = Array.from({ length: n }, (_, j) => {
            const [from, to] = [block.offsets[start + j]!, block.offsets[start + j + 1]!];
            return [
              ...tableGradientTwin(block.rowsOf.subarray(from, to), block.valuesOf?.subarray(from, to) ?? null, V, (row, e) => dx[row * stride + 1 + e]!),
            ];
          });
          t.deepEqual(arena.f32(out, n * V).slice(), Float32Array.from(expected.flat()));
        }
      }
    }
  }
});
