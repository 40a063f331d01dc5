import type { Arena, TwinBlock } from "@crossbill/kernels";
import { put, random } from "./training-support.js";

/** Columns of one id a row (`several` false: value 1) before those of several values. */
export interface RaggedColumn {
  readonly size: number;
  readonly several: boolean;
}

/** A block of such columns as the trainer builds it: distinct features column by column, `starts` of each column in them, entries of a row in the columns' order. */
export function raggedBlock(seed: number, rows: number, columns: readonly RaggedColumn[]): TwinBlock & { readonly starts: Uint32Array } {
  const next = random(seed);
  const entries = columns.map(({ size, several }) =>
    Array.from({ length: rows }, () =>
      Array.from({ length: several ? Math.floor(next() * 5) : 1 }, () => ({
        id: Math.floor(next() * next() * size),
        value: several ? Math.fround(Math.floor(next() * 8 - 3) / 2) : 1,
      })),
    ),
  );
  const uniq: number[] = [];
  const starts = [0];
  let offset = 0;
  const index = entries.map((column, c) => {
    const known = new Map<number, number>();
    for (const { id } of column.flat()) {
      if (known.has(id)) continue;
      known.set(id, uniq.length);
      uniq.push(offset + id);
    }
    offset += columns[c]!.size;
    starts.push(uniq.length);
    return known;
  });
  const flat = Array.from({ length: rows }, (_, r) =>
    entries.flatMap((column, c) => column[r]!.map(({ id, value }) => ({ row: r, u: index[c]!.get(id)!, value }))),
  );
  const rowOffsets = new Uint32Array(rows + 1);
  for (const [r, row] of flat.entries()) rowOffsets[r + 1] = rowOffsets[r]! + row.length;
  const holders = uniq.map((_, u) => flat.flat().filter((one) => one.u === u));
  const offsets = new Uint32Array(uniq.length + 1);
  for (const [u, held] of holders.entries()) offsets[u + 1] = offsets[u]! + held.length;
  return {
    rows,
    uniq: Uint32Array.from(uniq),
    rowOffsets,
    local: Uint32Array.from(flat.flat(), ({ u }) => u),
    offsets,
    rowsOf: Uint32Array.from(holders.flat(), ({ row }) => row),
    values: Float32Array.from(flat.flat(), ({ value }) => value),
    valuesOf: Float32Array.from(holders.flat(), ({ value }) => value),
    starts: Uint32Array.from(starts),
  };
}

/** Panels f32[panels][units][64] of numbers that `number` gives, 0 past the rows. */
export function putPanels(arena: Arena, rows: number, units: number, number: (row: number, unit: number) => number): { at: number; panels: number } {
  const panels = Math.ceil(rows / 64);
  const array = new Float32Array(panels * units * 64);
  for (let r = 0; r < rows; r++) for (let u = 0; u < units; u++) array[(Math.floor(r / 64) * units + u) * 64 + (r % 64)] = number(r, u);
  return { at: put(arena, array), panels };
}
