import { numericMissing, numericTransform } from "@crossbill/columns";
import { v1 } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { BatchScorer } from "../dist/batch-scorer.js";
import type { EncodedRows, LiveColumn, PlacedColumn } from "../dist/index.js";
import { liveColumn } from "../dist/live-column.js";

const { LOG, LOG1P, MINMAX, STANDARDIZE } = v1.NumericSpec.Scale;
const { INDICATOR, ZERO } = v1.NumericSpec.Missing;
const { AS_MISSING, TO_BOUND } = v1.NumericSpec.Outliers;

const NUMBERS: v1.NumericSpec.$Properties[] = [
  { scale: LOG1P, missing: INDICATOR },
  { scale: STANDARDIZE, clipLow: -3, clipHigh: 500, missing: INDICATOR },
  { scale: MINMAX, outliers: AS_MISSING, bounds: { iqr: 1.5 }, missing: INDICATOR },
  { scale: STANDARDIZE, outliers: TO_BOUND, bounds: { iqr: 1.5 }, missing: ZERO },
  { scales: [LOG1P], missing: INDICATOR },
  { scale: LOG, clipLow: 0.5 },
  { scales: [STANDARDIZE, LOG1P], clipHigh: 90, missing: INDICATOR },
];
const fitted = { count: 9, mean: 3, standardDeviation: 2.5, minimum: -4, maximum: 12, scaledMean: 1.25, scaledStandardDeviation: 0.75 };

interface Drawn {
  readonly K: number;
  readonly seed: number;
  readonly rows: number;
  readonly double: boolean;
  readonly sizes: readonly number[];
}

/** Numbers in [0, 1) by a fixed rule. */
function stream(seed: number): () => number {
  let s = seed >>> 0;
  return () => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return (Math.imul(s ^ (s >>> 15), 0x45d9f3b) >>> 0) / 2 ** 32;
  };
}

/** Columns of each kind with a weight other than 0 for some ids, for each output others; some large and nearly empty. */
function drawn({ K, seed, rows, double, sizes }: Drawn): { byOutput: LiveColumn[][]; batch: EncodedRows; intercepts: number[] } {
  const next = stream(seed);
  const placed = (name: string, size: number, numeric: boolean, multi: boolean, spec: v1.ColumnSpec.$Properties, own: v1.ColumnState.$Properties | null) =>
    ({ name, offset: 0, size, numeric, multi, spec, state: own }) as PlacedColumn;
  const columns = [
    ...NUMBERS.map((shape, i) => {
      const spec = { name: `n${i}`, numeric: { field: "x", ...shape } };
      const steps = Array.from({ length: Math.max(1, shape.scales?.length ?? 1) + (shape.clipHigh === undefined ? 0 : 1) }, () => ({ subtract: 1, divide: 2 }));
      return placed(`n${i}`, shape.missing === INDICATOR ? 2 : 1, true, false, spec, { numeric: { ...fitted, steps, low: -2, high: 80, centre: 0.5 } });
    }),
    ...sizes.map((size, i) => placed(`c${i}`, size, false, i % 3 === 2, {}, null)),
  ];
  const byOutput = Array.from({ length: K }, () =>
    columns.map((column) => {
      const ids = new Set(Array.from({ length: Math.min(column.size, 40) }, () => Math.floor(next() * next() * column.size)));
      const held = Uint32Array.from([...ids].sort((a, b) => a - b));
      const weights = Array.from(held, () => Math.round((next() - 0.5) * 1e4) / 1e4 || 0.5);
      return liveColumn(column, { name: column.name, ids: held, weights: double ? Float64Array.from(weights) : Float32Array.from(weights) });
    }),
  );
  const raw = (): number =>
    [Math.floor(next() * 2000), Math.floor(next() * 9), next() * 100, -next() * 5, Number.NaN, -0, 1e9 * next()][Math.floor(next() * 7)]!;
  const ids = new Map<string, Uint32Array>();
  const numbers = new Map<string, Float64Array>();
  const pairs = new Map<string, { offsets: number[]; ids: Uint32Array; values: Float64Array | null }>();
  for (const { name, numeric, multi, size } of columns) {
    if (numeric) numbers.set(name, Float64Array.from({ length: rows }, name === "n5" ? () => next() * 3000 + 0.6 : raw));
    else if (!multi)
      ids.set(
        name,
        Uint32Array.from({ length: rows }, () => Math.floor(next() * next() * size)),
      );
    else {
      const offsets = [7];
      for (let row = 0; row < rows; row++) offsets.push(offsets[row]! + Math.floor(next() * 4));
      const n = offsets[rows]! - 7;
      pairs.set(name, {
        offsets,
        ids: Uint32Array.from({ length: n }, () => Math.floor(next() * next() * size)),
        values: next() < 0.5 ? null : Float64Array.from({ length: n }, () => next() - 0.5),
      });
    }
  }
  return { byOutput, batch: { rows, ids, numbers, pairs }, intercepts: Array.from({ length: K }, () => next() - 0.5) };
}

/** Row by row, column by column: what the batch must equal to the bit. */
function slow(
  byOutput: readonly (readonly LiveColumn[])[],
  intercepts: readonly number[],
  batch: EncodedRows,
  idOf: (name: string, id: number) => number,
): Float64Array {
  const K = intercepts.length;
  const out = new Float64Array(batch.rows * K);
  for (let row = 0; row < batch.rows; row++) {
    for (let k = 0; k < K; k++) {
      let logit = intercepts[k]!;
      for (const column of byOutput[k]!) {
        const { name, spec, state, multi } = column.placed;
        if (column.kind === "numeric") {
          const x = batch.numbers.get(name)![row]!;
          logit += column.weight * numericTransform(spec, state)(x);
          if (column.missingWeight !== 0 && numericMissing(spec, state)(x)) logit += column.missingWeight;
        } else if (!multi) logit += column.table.get(idOf(name, batch.ids.get(name)![row]!));
        else {
          const { offsets, ids, values } = batch.pairs!.get(name)!;
          for (let i = offsets[row]! - offsets[0]!; i < offsets[row + 1]! - offsets[0]!; i++)
            logit += column.table.get(idOf(name, ids[i]!)) * (values === null ? 1 : values[i]!);
        }
      }
      out[row * K + k] = logit;
    }
  }
  return out;
}

const SIZES = [3, 5000, 40, 300_000, 2, 6000, 2 ** 31];
const models = fc.record({
  K: fc.constantFrom(1, 1, 3),
  seed: fc.nat(2 ** 31),
  rows: fc.constantFrom(0, 1, 50, 1023, 1024, 1025, 2100),
  double: fc.boolean(),
  sizes: fc.constant(SIZES),
});

test("a batch has the bits of the rows one by one: ids, items, whole, broken, huge and missing numbers, one output and several", (t) => {
  fc.assert(
    fc.property(models, (of) => {
      const { byOutput, batch, intercepts } = drawn(of);
      const found = new BatchScorer(byOutput, intercepts, new Map()).logits(batch);
      t.deepEqual(
        found,
        slow(byOutput, intercepts, batch, (_, id) => id),
      );
    }),
    { numRuns: 20 },
  );
});

test("ids of another night are translated, whether weights are laid out or looked up", (t) => {
  fc.assert(
    fc.property(models, fc.constantFrom(40, 6000), (of, size) => {
      const { byOutput, batch, intercepts } = drawn({ ...of, rows: Math.min(of.rows, 1025), sizes: [size, size, size] });
      const translation = Uint32Array.from({ length: size }, (_, id) => (id % 5 === 0 ? 1 : (id * 7) % size));
      const translations = new Map(["c0", "c2"].map((name) => [name, translation]));
      const found = new BatchScorer(byOutput, intercepts, translations).logits(batch);
      t.deepEqual(
        found,
        slow(byOutput, intercepts, batch, (name, id) => (translations.has(name) ? translation[id]! : id)),
      );
    }),
    { numRuns: 20 },
  );
});

test("an id that the column or the rows' state does not have, and a column that the rows do not have, are refused", (t) => {
  for (const K of [1, 3]) {
    for (const [c, size] of SIZES.entries()) {
      const { byOutput, batch, intercepts } = drawn({ K, seed: 5 + c, rows: 30, double: false, sizes: SIZES });
      const name = `c${c}`;
      if (size < 2 ** 31) {
        const ids = batch.ids.get(name) ?? batch.pairs!.get(name)!.ids;
        ids[ids.length - 1] = size;
        t.throws(() => new BatchScorer(byOutput, intercepts, new Map()).logits(batch), { code: "E_MODEL_ID", message: new RegExp(`id ${size} of`) });
      }
      const without = (map: ReadonlyMap<string, unknown>) => new Map([...map].filter(([one]) => one !== name));
      const less = { ...batch, ids: without(batch.ids), pairs: without(batch.pairs!) } as EncodedRows;
      t.throws(() => new BatchScorer(byOutput, intercepts, new Map()).logits(less), { code: "E_MODEL_BATCH", message: new RegExp(name) });
    }
  }
});
