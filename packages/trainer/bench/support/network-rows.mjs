// Rows for the bench of networks, in shared arrays, and how the trainer is given them.
import os from "node:os";
import { encodeMessage, v1 } from "@crossbill/messages";
import { RandomStream, sigmoid } from "@crossbill/numerics";
import { benchLog } from "../../../synthetic/dist/index.js";

const shared = (type, n) => new type(new SharedArrayBuffer(type.BYTES_PER_ELEMENT * n));

/** Standard normal numbers; the label by a sum of a few of them. */
export function numberRows(rows, count) {
  const random = new RandomStream(1, 0);
  const numbers = Array.from({ length: count }, () => shared(Float64Array, rows));
  const label = shared(Float64Array, rows);
  for (let r = 0; r < rows; r++) {
    for (const column of numbers) column[r] = random.normal();
    label[r] = random.bernoulli(sigmoid(numbers[0][r] * numbers[1][r] - 1)) ? 1 : 0;
  }
  return rowsOf([], numbers, label);
}

/** Ids of one column drawn evenly of so many, and numbers. */
export function idRows(rows, size, count) {
  const random = new RandomStream(2, 0);
  const ids = shared(Uint32Array, rows);
  const label = shared(Float64Array, rows);
  const numbers = Array.from({ length: count }, () => shared(Float64Array, rows));
  for (let r = 0; r < rows; r++) {
    ids[r] = random.below(size);
    for (const column of numbers) column[r] = random.normal();
    label[r] = random.bernoulli(sigmoid(numbers[0][r] + (ids[r] % 3) - 1)) ? 1 : 0;
  }
  return rowsOf([{ ids, size }], numbers, label);
}

/** Rows of many classes, class floor(K u^2): numbers about the class's own point, with noise. */
export function classRows(rows, classes, count) {
  const random = new RandomStream(3, 0);
  const points = Float32Array.from({ length: classes * count }, () => random.normal());
  const numbers = Array.from({ length: count }, () => shared(Float64Array, rows));
  const label = shared(Float64Array, rows);
  for (let r = 0; r < rows; r++) {
    const k = Math.floor(classes * random.uniform() ** 2);
    label[r] = k;
    for (const [i, column] of numbers.entries()) column[r] = points[count * k + i] + 0.7 * random.normal();
  }
  return { ...rowsOf([], numbers, label), classes };
}

/** The log of @crossbill/synthetic: 26 columns of ids, each value its own, and 13 numbers, log(1 + x), missing ones 0. */
export function logRows(rows) {
  const label = shared(Float64Array, rows);
  const numbers = Array.from({ length: 13 }, () => shared(Float64Array, rows));
  const columns = Array.from({ length: 26 }, () => ({ ids: shared(Uint32Array, rows), known: new Map([["", 0]]) }));
  let r = -1;
  let rest = "";
  const text = new TextDecoder();
  for (const chunk of benchLog({ rows, seed: 1 })) {
    const lines = (rest + text.decode(chunk)).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (r >= 0) {
        const cells = line.split(",");
        label[r] = Number(cells[0]);
        for (const [i, column] of numbers.entries()) column[r] = 0.5 * Math.log1p(Math.max(0, Number(cells[1 + i])));
        for (const [c, { ids, known }] of columns.entries()) {
          const cell = cells[14 + c];
          let id = known.get(cell);
          if (id === undefined) {
            id = known.size;
            known.set(cell, id);
          }
          ids[r] = id;
        }
      }
      r++;
    }
  }
  return rowsOf(
    columns.map(({ ids, known }) => ({ ids, size: known.size })),
    numbers,
    label,
  );
}

function rowsOf(columns, numbers, label) {
  const rows = label.length;
  let features = 0;
  const take = (n) => {
    features += n;
    return features - n;
  };
  const categorical = columns.map(({ size }, c) => ({ name: `c${c}`, offset: take(size), size }));
  const numeric = numbers.map((_, i) => {
    const name = `x${i}`;
    const spec = encodeMessage(v1.ColumnSpec, { name, numeric: { field: name } });
    return { name, offset: take(1), inputs: 1, spec, state: encodeMessage(v1.ColumnState, { name, numeric: {} }) };
  });
  const inputs = { features, categorical, multi: [], numeric };
  const pack = {
    label,
    weight: shared(Float64Array, rows).fill(1),
    ids: Object.fromEntries(columns.map(({ ids }, c) => [`c${c}`, ids])),
    numbers: Object.fromEntries(numbers.map((column, i) => [`x${i}`, column])),
  };
  return { rows, columns, numbers, label, inputs, pack };
}

/** What the trainer is called with. `network`: a NetworkSpec of plain numbers; train: of a TrainSpec; model: more of a ModelSpec. */
export function training({ rows, inputs, pack, classes = 0 }, { network, train, model: more = {}, workers, root, engine }) {
  const place = ({ name, offset, size }, numeric) => ({ name, offset, size, numeric, multi: false, spec: v1.ColumnSpec.create({ name }), state: null });
  const placement = {
    columns: [...inputs.categorical.map((column) => place(column, false)), ...inputs.numeric.map((column) => place({ ...column, size: 1 }, true))],
    features: inputs.features,
  };
  const model = v1.ModelSpec.decode(v1.ModelSpec.encode({ head: v1.Head.LOGISTIC, network, ...more }).finish());
  const specs = { model, train: v1.TrainSpec.create({ seed: 1, shuffle: true, keep: "last", ...train }) };
  const packs = [v1.Pack.create({ file: { uri: "bench", sha256: "0".repeat(64), length: 1 }, part: v1.Part.TRAIN, rows })];
  const manifest = v1.IngestManifest.create({ partitions: [{ packs }], classes: Array.from({ length: classes }, (_, k) => `${k}`) });
  return [
    { root: root ?? os.tmpdir(), specs, manifest, placement, workers, memoryBytes: 3.5 * 2 ** 30, build: "bench", ...(engine === undefined ? {} : { engine }) },
    { source: { kind: "arrays", packs: [pack] }, inputs },
  ];
}
