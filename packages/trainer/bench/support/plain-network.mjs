// The training loop of a tower as one writes it in plain TypeScript: float32 arrays, one row after the other, a block's gradients summed, then an update. RELU; logistic.
import { RandomStream } from "@crossbill/numerics";

/**
 * @param sizes inputs, hidden layers, 1; the first inputs are the vectors of the columns
 * @param columns ids of one a row, each with a table of vectors of `dimension` numbers and with a linear weight
 * @param adam of all weights; else Adagrad, the linear weights FTRL
 * @returns trains rows [from, to) as one block, returns its loss
 */
export function plainNetwork({ sizes, columns = [], dimension = 0, numbers, label }, adam) {
  const random = new RandomStream(1, 7);
  const layers = sizes.slice(1).map((outputs, l) => {
    const n = outputs * sizes[l] + outputs;
    return {
      inputs: sizes[l],
      outputs,
      w: Float32Array.from({ length: n }, (_, k) => (k < outputs * sizes[l] ? random.normal() / Math.sqrt(sizes[l]) : 0)),
      g: new Float32Array(n),
      m: new Float32Array(n),
      v: new Float32Array(n).fill(adam ? 0 : 0.1),
      z: new Float32Array(outputs),
      d: new Float32Array(outputs),
    };
  });
  const tables = columns.map(({ size }) => ({
    w: Float32Array.from({ length: size * dimension }, () => 0.1 * (random.uniform() - 0.5)),
    G: new Float32Array(size * dimension).fill(0.1),
    wide: new Float32Array(size),
    n: new Float32Array(size),
  }));
  const x = new Float32Array(sizes[0]);
  const dx = new Float32Array(sizes[0]);
  let step = 0;
  let bias = 0;

  return (from, to) => {
    const touched = tables.map(() => new Map());
    for (const layer of layers) layer.g.fill(0);
    let loss = 0;
    let dbias = 0;
    for (let r = from; r < to; r++) {
      let logit = bias;
      for (let c = 0; c < tables.length; c++) {
        const id = columns[c].ids[r];
        const { w, wide, n } = tables[c];
        for (let e = 0; e < dimension; e++) x[c * dimension + e] = w[id * dimension + e];
        const z = wide[id];
        if (Math.abs(z) > 1) logit -= (z - Math.sign(z)) / (10 * (1 + Math.sqrt(n[id])));
      }
      for (let i = 0; i < numbers.length; i++) x[tables.length * dimension + i] = numbers[i][r];
      let input = x;
      for (const { inputs, outputs, w, z } of layers) {
        for (let j = 0; j < outputs; j++) {
          let sum = w[outputs * inputs + j];
          for (let i = 0; i < inputs; i++) sum += w[j * inputs + i] * input[i];
          z[j] = outputs > 1 && sum < 0 ? 0 : sum;
        }
        input = z;
      }
      logit += input[0];
      loss += Math.log1p(Math.exp(label[r] === 1 ? -logit : logit));
      const residual = 1 / (1 + Math.exp(-logit)) - label[r];
      dbias += residual;
      layers.at(-1).d[0] = residual;
      for (let l = layers.length - 1; l >= 0; l--) {
        const { inputs, outputs, w, g, d, z } = layers[l];
        const below = l > 0 ? layers[l - 1].z : x;
        const out = l > 0 ? layers[l - 1].d : dx;
        out.fill(0);
        for (let j = 0; j < outputs; j++) {
          if (outputs > 1 && z[j] === 0) continue;
          const dj = d[j];
          g[outputs * inputs + j] += dj;
          for (let i = 0; i < inputs; i++) g[j * inputs + i] += dj * below[i];
          if (l > 0 || tables.length > 0) for (let i = 0; i < inputs; i++) out[i] += dj * w[j * inputs + i];
        }
      }
      for (let c = 0; c < tables.length; c++) {
        const id = columns[c].ids[r];
        let sums = touched[c].get(id);
        if (sums === undefined) {
          sums = new Float32Array(dimension + 1);
          touched[c].set(id, sums);
        }
        for (let e = 0; e < dimension; e++) sums[e] += dx[c * dimension + e];
        sums[dimension] += residual;
      }
    }
    step++;
    const [share1, share2] = [1 - 0.9 ** step, 1 - 0.999 ** step];
    for (const { w, g, m, v } of layers)
      for (let k = 0; k < w.length; k++) {
        const own = adam ? g[k] / (to - from) : g[k];
        if (adam) {
          m[k] = 0.9 * m[k] + 0.1 * own;
          v[k] = 0.999 * v[k] + 0.001 * own * own;
          w[k] -= (0.001 * (m[k] / share1)) / (Math.sqrt(v[k] / share2) + 1e-8);
        } else {
          v[k] += own * own;
          w[k] -= (0.02 * own) / Math.sqrt(v[k]);
        }
      }
    bias -= (0.1 * dbias) / (to - from);
    for (const [c, ids] of touched.entries()) {
      const { w, G, wide, n } = tables[c];
      for (const [id, sums] of ids) {
        for (let e = 0; e < dimension; e++) {
          const at = id * dimension + e;
          G[at] += sums[e] * sums[e];
          w[at] -= (0.02 * sums[e]) / Math.sqrt(G[at]);
        }
        const g = sums[dimension];
        const before = Math.abs(wide[id]) > 1 ? -(wide[id] - Math.sign(wide[id])) / (10 * (1 + Math.sqrt(n[id]))) : 0;
        wide[id] += g - 10 * (Math.sqrt(n[id] + g * g) - Math.sqrt(n[id])) * before;
        n[id] += g * g;
      }
    }
    return loss;
  };
}
