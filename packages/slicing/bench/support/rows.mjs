import { RandomStream, sigmoid } from "@crossbill/numerics";

/**
 * Rows with slice columns that go with each other: every third one is a noisy copy of the one before it. Predictions are the true probabilities but for `shift` (log-odds) where column c0 is v1
 * and column c1 is v0. Column k has 3 (k + 2) values, falling in frequency; the last one has as many values as a tenth of the rows.
 */
export function makeRows(rows, columns, { seed = 1, base = -2, spread = 1, shift = 0 } = {}) {
  const random = new RandomStream(seed, 0);
  const labels = new Uint8Array(rows);
  const probabilities = new Float64Array(rows);
  const codes = Array.from({ length: columns }, () => new Uint32Array(rows));
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < columns; k++) {
      const size = k > 2 && k === columns - 1 ? Math.ceil(rows / 10) : 3 * (k + 2);
      codes[k][row] = k % 3 === 2 && random.uniform() < 0.9 ? codes[k - 1][row] : Math.floor(size * random.uniform() * random.uniform());
    }
    const z = base + spread * (random.uniform() - 0.5) * 2;
    probabilities[row] = sigmoid(z);
    labels[row] = random.uniform() < sigmoid(z + (codes[0][row] === 1 && codes[1][row] === 0 ? shift : 0)) ? 1 : 0;
  }
  const texts = codes.map((column) => Array.from({ length: column.reduce((a, b) => Math.max(a, b), 0) + 1 }, (_, code) => `v${code}`));
  return { labels, probabilities, slices: Object.fromEntries(codes.map((column, k) => [`c${k}`, Array.from(column, (code) => texts[k][code])])) };
}
