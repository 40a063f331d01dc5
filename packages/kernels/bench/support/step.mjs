// A training step of a network for one logit, from kernels or from their plain twins: forward, logistic residuals, backward, lanes summed, Adam. One thread; panels and lanes as the trainer has them.
import {
  activateBackwardTwin,
  activateTwin,
  denseAdamTwin,
  denseBackwardInputsTwin,
  denseBackwardWeightsTwin,
  denseForwardTwin,
  log,
  PANEL_ROWS,
  residualsTwin,
  sumLanesTwin,
} from "../../dist/index.js";

const ADAM = { rate: 0.001, beta1: 0.9, beta2: 0.999, logBeta1: log(0.9), logBeta2: log(0.999), epsilon: 1e-8 };
const NONE = { dt: 0, l1: 0, l2: 0, decay: 0 };

/** widths: inputs, hidden layers, 1. Layers with their places in the dense parameters; the last has no bias. */
export function layersOf(widths) {
  let at = 0;
  const layers = widths.slice(1).map((outputs, l) => {
    const inputs = widths[l];
    const last = l === widths.length - 2;
    const layer = { inputs, outputs, weights: at, bias: last ? -1 : at + inputs * outputs, last };
    at += inputs * outputs + (last ? 0 : outputs);
    return layer;
  });
  return { layers, parameters: at };
}

/** The kernels' step over x f32[M][inputs][64], labels and weights f64[rows]; `dense` f32[P] is trained. Returns run(n), n from 1. */
export function kernelStep({ arena, kernels }, { widths, kind, rows }, { x, labels, weights, dense }) {
  const { layers, parameters: P } = layersOf(widths);
  const panels = rows / PANEL_ROWS;
  const lanes = Math.min(panels, 16);
  const take = (values) => {
    const at = arena.take(values.byteLength);
    new Uint8Array(arena.memory.buffer, at, values.byteLength).set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return at;
  };
  const xAt = take(x);
  const [labelsAt, weightsAt, residual, losses] = [take(labels), take(weights), take(new Float64Array(rows)), take(new Float64Array(2 * panels))];
  const [w, m, v, gradient, laneAt] = [take(dense), take(new Float32Array(P)), take(new Float32Array(P)), arena.take(4 * P), arena.take(4 * P * lanes)];
  const panelOf = (units) => arena.take(256 * units);
  const z = layers.map(({ outputs }) => panelOf(outputs));
  const a = layers.map(({ outputs }) => panelOf(outputs));
  const d = layers.map(({ outputs }) => panelOf(outputs));
  const dx = panelOf(widths[0]);
  const f32 = arena.f32(0, arena.memory.buffer.byteLength / 4);
  const f64 = arena.f64(0, arena.memory.buffer.byteLength / 8);
  const run = (n) => {
    f32.fill(0, laneAt / 4, laneAt / 4 + P * lanes);
    for (let panel = 0; panel < panels; panel++) {
      const lane = laneAt + 4 * P * Math.floor((panel * lanes) / panels);
      const input = xAt + 256 * widths[0] * panel;
      for (const [l, { inputs, outputs, weights: at, bias, last }] of layers.entries()) {
        kernels.dense_forward(z[l], l === 0 ? input : a[l - 1], w + 4 * at, last ? 0 : w + 4 * bias, inputs, outputs, PANEL_ROWS);
        if (!last) kernels.activate(a[l], z[l], outputs, PANEL_ROWS, kind, 0, 0, 0);
      }
      const row0 = PANEL_ROWS * panel;
      const top = layers.length - 1;
      for (let r = 0; r < PANEL_ROWS; r++) f64[residual / 8 + row0 + r] = f32[z[top] / 4 + r];
      kernels.logistic_residuals(residual, losses, losses + 8 * panels, labelsAt, weightsAt, row0, row0 + PANEL_ROWS);
      for (let r = 0; r < PANEL_ROWS; r++) f32[d[top] / 4 + r] = f64[residual / 8 + row0 + r];
      for (let l = top; l >= 0; l--) {
        const { inputs, outputs, weights: at, bias, last } = layers[l];
        if (!last) kernels.activate_backward(d[l], d[l], z[l], outputs, PANEL_ROWS, kind, 0, 0, 0, 0);
        kernels.dense_backward_weights(lane + 4 * at, last ? 0 : lane + 4 * bias, d[l], l === 0 ? input : a[l - 1], inputs, outputs, PANEL_ROWS);
        kernels.dense_backward_inputs(l === 0 ? dx : d[l - 1], d[l], w + 4 * at, inputs, outputs, PANEL_ROWS, false);
      }
    }
    kernels.sum_lanes(gradient, laneAt, lanes, P, 0, P);
    kernels.dense_adam(w, gradient, m, v, 0, P, 1 / rows, n, ADAM.rate, ADAM.beta1, ADAM.beta2, ADAM.logBeta1, ADAM.logBeta2, ADAM.epsilon, 0, 0, 0, 0);
  };
  return { run, dense: () => arena.f32(w, P).slice() };
}

/** The same of the twins. */
export function twinStep({ widths, kind, rows }, { x, labels, weights, dense }) {
  const { layers, parameters: P } = layersOf(widths);
  const panels = rows / PANEL_ROWS;
  const count = Math.min(panels, 16);
  const w = dense.slice();
  const [m, v] = [new Float32Array(P), new Float32Array(P)];
  const activation = { kind, p: 0, q: 0, slopes: null };
  const parts = layers.map(({ inputs, outputs, weights: at, bias, last }) => ({
    shape: { inputs, outputs, rows: PANEL_ROWS },
    w: w.subarray(at, at + inputs * outputs),
    b: last ? null : w.subarray(bias, bias + outputs),
  }));
  const run = (n) => {
    const lanes = Array.from({ length: count }, () => new Float32Array(P));
    for (let panel = 0; panel < panels; panel++) {
      const lane = lanes[Math.floor((panel * count) / panels)];
      const inputs = [x.subarray(panel * widths[0] * PANEL_ROWS, (panel + 1) * widths[0] * PANEL_ROWS)];
      const z = [];
      for (const [l, part] of parts.entries()) {
        z.push(denseForwardTwin(inputs[l], part.w, part.b, part.shape));
        inputs.push(layers[l].last ? z[l] : activateTwin(z[l], part.shape.outputs, PANEL_ROWS, activation));
      }
      const row0 = PANEL_ROWS * panel;
      const of = (values) => values.subarray(row0, row0 + PANEL_ROWS);
      let d = Float32Array.from(residualsTwin("logistic", Float64Array.from(z.at(-1)), of(labels), of(weights)).residual);
      for (let l = layers.length - 1; l >= 0; l--) {
        const { shape, w: own } = parts[l];
        const { weights: at, bias, last } = layers[l];
        if (!last) d = activateBackwardTwin(d, z[l], shape.outputs, PANEL_ROWS, activation, null);
        const db = last ? null : lane.subarray(bias, bias + shape.outputs);
        denseBackwardWeightsTwin(lane.subarray(at, at + shape.inputs * shape.outputs), db, d, inputs[l], shape);
        const before = new Float32Array(shape.inputs * PANEL_ROWS);
        denseBackwardInputsTwin(before, d, own, shape);
        d = before;
      }
    }
    const gradient = sumLanesTwin(lanes);
    for (let k = 0; k < P; k++) denseAdamTwin(w, m, v, k, gradient[k] * (1 / rows), n, ADAM, NONE);
  };
  return { run, dense: () => w };
}

/** Random rows and first parameters. */
export function dataOf({ widths, rows }) {
  const values = (n, scale) => Float32Array.from({ length: n }, () => (2 * Math.random() - 1) * scale);
  return {
    x: values(widths[0] * rows, 1),
    labels: Float64Array.from({ length: rows }, () => (Math.random() < 0.3 ? 1 : 0)),
    weights: new Float64Array(rows).fill(1),
    dense: values(layersOf(widths).parameters, 0.2),
  };
}
