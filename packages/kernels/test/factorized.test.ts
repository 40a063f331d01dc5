import { type Arena, dotTwin, type Factors, factorizedGradientTwin, factorizedTwin, fieldAwareGradientTwin, fieldAwareTwin } from "@crossbill/kernels";
import test from "ava";
import { bench, put, random } from "./training-support.js";

const SIZES: readonly (Factors & { readonly outputs: number })[] = [
  { columns: 1, rank: 3, outputs: 1 },
  { columns: 2, rank: 1, outputs: 1 },
  { columns: 3, rank: 5, outputs: 2 },
  { columns: 7, rank: 4, outputs: 3 },
];
const ROWS = [1, 2, 3, 4, 7, 64];

/** One panel in which `units` numbers of each of the rows are drawn, 0 past them. */
function drawPanel(seed: number, units: number, rows: number): Float32Array {
  const next = random(seed);
  return Float32Array.from({ length: units * 64 }, (_, i) => (i % 64 < rows ? next() * 2 - 1 : 0));
}

/** Logits (or residuals) f64[K][spacing] of rows that begin at number 3, what is around them 9. */
function place(arena: Arena, outputs: number, rows: number, number: (k: number, r: number) => number) {
  const spacing = rows + 5;
  const array = new Float64Array(outputs * spacing).fill(9);
  for (let k = 0; k < outputs; k++) for (let r = 0; r < rows; r++) array[k * spacing + 3 + r] = number(k, r);
  const at = put(arena, array);
  return { array, spacing, at: at + 24, read: () => arena.f64(at, outputs * spacing).slice() };
}

/** A machine over panels: its kernels, its twin, the sum of products by its definition in float64. */
interface Machine {
  readonly title: string;
  readonly units: (size: Factors & { outputs: number }) => number;
  readonly name: "factorized" | "field_aware";
  /** `s(u)`: unit u of the row. */
  readonly logit: (s: (u: number) => number, k: number, size: Factors & { outputs: number }) => number;
  readonly definition: (s: (u: number) => number, k: number, size: Factors & { outputs: number }) => number;
  /** Of unit u for the residuals of all outputs. */
  readonly gradient: (s: (u: number) => number, residual: (k: number) => number, u: number, size: Factors & { outputs: number }) => number;
}

const MACHINES: readonly Machine[] = [
  {
    title: "factorization machine",
    units: ({ columns, rank, outputs }) => columns * outputs * rank,
    name: "factorized",
    logit: (s, k, size) => factorizedTwin((c, kk, f) => s((c * size.outputs + kk) * size.rank + f), k, size),
    definition: (s, k, { columns, rank, outputs }) => {
      let sum = 0;
      for (let a = 0; a < columns; a++)
        for (let b = a + 1; b < columns; b++) for (let f = 0; f < rank; f++) sum += s((a * outputs + k) * rank + f) * s((b * outputs + k) * rank + f);
      return sum;
    },
    gradient: (s, residual, u, size) => {
      const [f, k, c] = [u % size.rank, Math.floor(u / size.rank) % size.outputs, Math.floor(u / size.rank / size.outputs)];
      return factorizedGradientTwin((cc, kk, ff) => s((cc * size.outputs + kk) * size.rank + ff), residual(k), c, k, f, size);
    },
  },
  {
    title: "field-aware factorization machine",
    units: ({ columns, rank, outputs }) => columns * outputs * columns * rank,
    name: "field_aware",
    logit: (s, k, size) => fieldAwareTwin((c, kk, b, f) => s(((c * size.outputs + kk) * size.columns + b) * size.rank + f), k, size),
    definition: (s, k, { columns, rank, outputs }) => {
      const unit = (c: number, b: number, f: number): number => s(((c * outputs + k) * columns + b) * rank + f);
      let sum = 0;
      for (let a = 0; a < columns; a++) for (let b = a + 1; b < columns; b++) for (let f = 0; f < rank; f++) sum += unit(a, b, f) * unit(b, a, f);
      return sum;
    },
    gradient: (s, residual, u, size) => {
      const [f, b] = [u % size.rank, Math.floor(u / size.rank) % size.columns];
      const rest = Math.floor(u / size.rank / size.columns);
      const [k, c] = [rest % size.outputs, Math.floor(rest / size.outputs)];
      return fieldAwareGradientTwin((cc, kk, bb, ff) => s(((cc * size.outputs + kk) * size.columns + bb) * size.rank + ff), residual(k), c, k, b, f);
    },
  },
];

for (const { title, units: unitsOf, name, logit, definition, gradient } of MACHINES) {
  test(`${title}: logits and gradients keep the twin's bits and are those of the definition, whatever the rows; other rows' logits stay`, (t) => {
    for (const size of SIZES) {
      for (const rows of ROWS) {
        const { arena, kernels } = bench();

        const { columns, outputs, rank } = size;
        const units = unitsOf(size);
        const panel = drawPanel(rows, units, rows);
        const at = put(arena, panel);
        const s = (r: number) => (u: number) => panel[u * 64 + r]!;
        const logits = place(arena, outputs, rows, (k, r) => k - r / 7);
        kernels[`${name}_forward`](logits.at, logits.spacing, at, columns, outputs, rank, rows);
        const found = logits.read();
        for (let k = 0; k < outputs; k++) {
          for (let r = 0; r < rows; r++) {
            const i = k * logits.spacing + 3 + r;
            const expected = logits.array[i]! + logit(s(r), k, size);
            t.is(found[i], expected);
            t.true(Math.abs(expected - logits.array[i]! - definition(s(r), k, size)) < 1e-5);
            logits.array[i] = expected;
          }
        }
        t.deepEqual(found, logits.array);
        const next = random(units);
        const residuals = place(arena, outputs, rows, () => next() - 0.5);
        const out = put(arena, new Float32Array(units * 64).fill(7));
        kernels[`${name}_backward`](out, residuals.at, residuals.spacing, at, columns, outputs, rank, rows);
        const written = name === "field_aware" ? 16 * Math.ceil(rows / 16) : 4 * Math.ceil(rows / 4);
        const gradients = Float32Array.from({ length: units * 64 }, (_, i) => {
          const r = i % 64;
          if (r >= rows) return r < written ? 0 : 7;
          return gradient(s(r), (k) => residuals.array[k * residuals.spacing + 3 + r]!, Math.floor(i / 64), size);
        });
        t.deepEqual(
          arena.f32(out, units * 64).map((x) => x + 0),
          gradients.map((x) => x + 0),
        );
      }
    }
  });

  test(`${title}: gradients are the differences of the logits, of which every number is a linear function`, (t) => {
    const size = { columns: 4, rank: 3, outputs: 2 };
    const rows = 6;
    const { arena, kernels } = bench();

    const units = unitsOf(size);
    const panel = drawPanel(5, units, rows);
    const next = random(8);
    const residuals = place(arena, size.outputs, rows, () => next() - 0.5);
    const weighted = (numbers: Float32Array): number => {
      const logits = place(arena, size.outputs, rows, () => 0);
      kernels[`${name}_forward`](logits.at, logits.spacing, put(arena, numbers), size.columns, size.outputs, size.rank, rows);
      const found = logits.read();
      let sum = 0;
      for (let k = 0; k < size.outputs; k++)
        for (let r = 0; r < rows; r++) sum += found[k * logits.spacing + 3 + r]! * residuals.array[k * residuals.spacing + 3 + r]!;
      return sum;
    };
    const out = arena.take(units * 256);
    kernels[`${name}_backward`](out, residuals.at, residuals.spacing, put(arena, panel), size.columns, size.outputs, size.rank, rows);
    const found = arena.f32(out, units * 64).slice();
    for (let u = 0; u < units; u++) {
      for (let r = 0; r < rows; r++) {
        const [up, down] = [panel.slice(), panel.slice()];
        up[u * 64 + r]! += 0.5;
        down[u * 64 + r]! -= 0.5;
        t.true(Math.abs(weighted(up) - weighted(down) - found[u * 64 + r]!) < 2e-6, `unit ${u}, row ${r}`);
      }
    }
  });
}

test("the gradients of a factorization machine may take the place of its vectors", (t) => {
  const { arena, kernels } = bench();
  const panel = drawPanel(1, 24, 9);
  const [at, out] = [put(arena, panel), arena.take(24 * 256)];
  const residuals = place(arena, 2, 9, (k, r) => k - 0.1 * r);
  kernels.factorized_backward(out, residuals.at, residuals.spacing, at, 4, 2, 3, 9);
  kernels.factorized_backward(at, residuals.at, residuals.spacing, at, 4, 2, 3, 9);
  const rows = (at: number) => arena.f32(at, 24 * 64).filter((_, i) => i % 64 < 12);
  t.deepEqual(rows(at), rows(out));
});

test("products of two towers and their gradients keep the twin's bits and are their differences", (t) => {
  for (const d of [1, 4, 7]) {
    for (const rows of ROWS) {
      const { arena, kernels } = bench();
      const [user, item] = [drawPanel(rows, d, rows), drawPanel(rows + 100, d, rows)];
      const [userAt, itemAt, outUser, outItem] = [put(arena, user), put(arena, item), arena.take(256 * d), arena.take(256 * d)];
      const column = (panel: Float32Array, r: number) => Float32Array.from({ length: d }, (_, e) => panel[e * 64 + r]!);
      const logits = place(arena, 1, rows, (_, r) => r / 3);
      kernels.dot_forward(logits.at, userAt, itemAt, d, rows);
      for (let r = 0; r < rows; r++) logits.array[3 + r]! += dotTwin(column(user, r), column(item, r));
      t.deepEqual(logits.read(), logits.array);
      const residuals = place(arena, 1, rows, (_, r) => 0.3 * r - 1);
      kernels.dot_backward(outUser, outItem, residuals.at, userAt, itemAt, d, rows);
      for (let r = 0; r < rows; r++) {
        const g = Math.fround(residuals.array[3 + r]!);
        for (let e = 0; e < d; e++) {
          t.is(arena.f32(outUser, 64 * d)[e * 64 + r]!, Math.fround(g * item[e * 64 + r]!));
          t.is(arena.f32(outItem, 64 * d)[e * 64 + r]!, Math.fround(g * user[e * 64 + r]!));
          const moved = (by: number): number =>
            dotTwin(
              column(user, r).map((x, i) => (i === e ? x + by : x)),
              column(item, r),
            );
          t.true(Math.abs(g * (moved(0.5) - moved(-0.5)) - arena.f32(outUser, 64 * d)[e * 64 + r]!) < 1e-5);
        }
      }
    }
  }
});
