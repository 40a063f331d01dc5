import { denseBackwardInputsTwin, denseBackwardWeightsTwin, denseForwardTwin, type LayerShape, PANEL_ROWS } from "@crossbill/kernels";
import test, { type ExecutionContext } from "ava";
import fc from "fast-check";
import { numbers, type PanelBench, panelBench, panelOf, ROWS, usedRows, WIDTHS } from "./panel-support.js";

/** Every pair of widths at some number of rows. */
const SHAPES: readonly LayerShape[] = WIDTHS.flatMap((inputs, a) => WIDTHS.map((outputs, b) => ({ inputs, outputs, rows: ROWS[(a + b) % ROWS.length]! })));

function checkForward(bench: PanelBench, shape: LayerShape, bias: boolean): boolean {
  const { inputs, outputs, rows } = shape;
  const x = panelOf(1, inputs);
  const w = numbers(2, inputs * outputs);
  const b = bias ? numbers(3, outputs) : null;
  const mark = bench.arena.mark();
  const out = bench.zeros(outputs * PANEL_ROWS);
  bench.kernels.dense_forward(out, bench.put(x), bench.put(w), b === null ? 0 : bench.put(b), inputs, outputs, rows);
  const got = bench.f32(out, outputs * PANEL_ROWS);
  bench.arena.release(mark);
  return same(got, denseForwardTwin(x, w, b, shape));
}

function checkBackwardInputs(bench: PanelBench, shape: LayerShape, add: boolean): boolean {
  const { inputs, outputs, rows } = shape;
  const dz = panelOf(4, outputs);
  const w = numbers(5, inputs * outputs);
  const before = panelOf(6, inputs);
  const mark = bench.arena.mark();
  const out = bench.put(before);
  bench.kernels.dense_backward_inputs(out, bench.put(dz), bench.put(w), inputs, outputs, rows, add);
  const got = bench.f32(out, inputs * PANEL_ROWS);
  bench.arena.release(mark);
  const want = add ? before : before.map((value, at) => (at % PANEL_ROWS < rows ? 0 : value));
  denseBackwardInputsTwin(want, dz, w, shape);
  return same(got, want);
}

function checkBackwardWeights(bench: PanelBench, shape: LayerShape, bias: boolean): boolean {
  const { inputs, outputs, rows } = shape;
  const dz = panelOf(7, outputs);
  const x = panelOf(8, inputs);
  const dw = numbers(9, inputs * outputs);
  const db = bias ? numbers(10, outputs) : null;
  const mark = bench.arena.mark();
  const dwAt = bench.put(dw);
  const dbAt = db === null ? 0 : bench.put(db);
  bench.kernels.dense_backward_weights(dwAt, dbAt, bench.put(dz), bench.put(x), inputs, outputs, rows);
  const got = bench.f32(dwAt, inputs * outputs);
  const gotBias = db === null ? null : bench.f32(dbAt, outputs);
  bench.arena.release(mark);
  denseBackwardWeightsTwin(dw, db, dz, x, shape);
  return same(got, dw) && (db === null || same(gotBias!, db));
}

/** The same bits, but for the sign of a zero that is never read apart. */
function same(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((x, i) => Object.is(x, b[i]));
}

const title = ({ inputs, outputs, rows }: LayerShape): string => `${inputs} inputs, ${outputs} outputs, ${rows} rows`;

test("forward keeps the twin's bits for every shape, with and without bias", (t) => {
  const bench = panelBench();
  for (const [k, shape] of SHAPES.entries()) t.true(checkForward(bench, shape, k % 3 > 0), title(shape));
});

test("backward to the inputs keeps the twin's bits for every shape, set and added", (t) => {
  const bench = panelBench();
  for (const [k, shape] of SHAPES.entries()) t.true(checkBackwardInputs(bench, shape, k % 2 === 1), title(shape));
});

test("backward to weights and bias keeps the twin's bits for every shape", (t) => {
  const bench = panelBench();
  for (const [k, shape] of SHAPES.entries()) t.true(checkBackwardWeights(bench, shape, k % 3 > 0), title(shape));
});

test("any shape keeps the twins' bits", (t) => {
  const bench = panelBench();
  const shapes = fc.record({
    inputs: fc.integer({ min: 1, max: 40 }),
    outputs: fc.integer({ min: 1, max: 40 }),
    rows: fc.integer({ min: 1, max: 16 }).map((n) => 4 * n),
  });
  fc.assert(
    fc.property(
      shapes,
      fc.boolean(),
      (shape, flag) => checkForward(bench, shape, flag) && checkBackwardInputs(bench, shape, flag) && checkBackwardWeights(bench, shape, flag),
    ),
  );
  t.pass();
});

test("a row's result depends on nothing but the row, wherever it stands and however many there are", (t) => {
  const bench = panelBench();
  const [inputs, outputs] = [37, 11];
  const x = panelOf(1, inputs);
  for (let i = 0; i < inputs; i++) x.fill(x[i * PANEL_ROWS]!, i * PANEL_ROWS, (i + 1) * PANEL_ROWS);
  const [xAt, w] = [bench.put(x), bench.put(numbers(2, inputs * outputs))];
  for (const rows of ROWS) {
    const out = bench.zeros(outputs * PANEL_ROWS);
    bench.kernels.dense_forward(out, xAt, w, 0, inputs, outputs, rows);
    const panel = bench.f32(out, outputs * PANEL_ROWS);
    t.true(usedRows(panel, rows).every((value, at) => at % PANEL_ROWS >= rows || value === panel[at - (at % PANEL_ROWS)]));
  }
});

test("the gradients are those of finite differences", (t) => {
  // Each of the ways in which a kernel goes over a shape: whole tiles, their edges, and sums of few steps.
  for (const shape of [
    { inputs: 5, outputs: 6, rows: 12 },
    { inputs: 9, outputs: 7, rows: 20 },
    { inputs: 2, outputs: 3, rows: 20 },
  ])
    checkGradients(t, shape);
});

function checkGradients(t: ExecutionContext, { inputs, outputs, rows }: LayerShape): void {
  const bench = panelBench();
  const x = Float64Array.from(panelOf(1, inputs));
  const w = Float64Array.from(numbers(2, inputs * outputs));
  const b = Float64Array.from(numbers(3, outputs));
  const direction = usedRows(panelOf(4, outputs), rows);
  const loss = (): number => {
    let sum = 0;
    for (let j = 0; j < outputs; j++) {
      for (let r = 0; r < rows; r++) {
        let z = b[j]!;
        for (let i = 0; i < inputs; i++) z += w[j * inputs + i]! * x[i * PANEL_ROWS + r]!;
        sum += direction[j * PANEL_ROWS + r]! * z ** 2;
      }
    }
    return sum;
  };
  const [xAt, wAt, out] = [bench.put(Float32Array.from(x)), bench.put(Float32Array.from(w)), bench.zeros(outputs * PANEL_ROWS)];
  bench.kernels.dense_forward(out, xAt, wAt, bench.put(Float32Array.from(b)), inputs, outputs, rows);
  const dz = bench.put(bench.f32(out, outputs * PANEL_ROWS).map((z, at) => 2 * direction[at]! * z));
  const [dx, dw, db] = [bench.zeros(inputs * PANEL_ROWS), bench.zeros(inputs * outputs), bench.zeros(outputs)];
  bench.kernels.dense_backward_inputs(dx, dz, wAt, inputs, outputs, rows, false);
  bench.kernels.dense_backward_weights(dw, db, dz, xAt, inputs, outputs, rows);
  const compare = (name: string, values: Float64Array, gradient: Float32Array): void => {
    for (let k = 0; k < values.length; k++) {
      const at = values[k]!;
      values[k] = at + 1e-4;
      const above = loss();
      values[k] = at - 1e-4;
      const difference = (above - loss()) / 2e-4;
      values[k] = at;
      t.true(Math.abs(difference - gradient[k]!) < 2e-5, `${name}[${k}]: ${gradient[k]} and ${difference}`);
    }
  };
  compare("x", x, bench.f32(dx, inputs * PANEL_ROWS));
  compare("w", w, bench.f32(dw, inputs * outputs));
  compare("b", b, bench.f32(db, outputs));
}
