// Rows for the benches of the exact solver.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { encodeMessage, v1 } from "@crossbill/messages";
import { RandomStream, sigmoid } from "@crossbill/numerics";

const PACK_ROWS = 100_000;

/**
 * So many generated rows with 12 categorical columns (Zipf ids, planted effects) and 6 numeric ones, or those of a file of compressed sparse rows (little-endian: i64 magic, rows, entries,
 * features; i64 offsets[rows + 1]; i32 ids; f32 values; f32 labels 0 or 1), and how the trainer is given them.
 */
export function rowsFrom(given) {
  const { packs, inputs, entries } = /^\d+$/.test(given) ? generated(Number(given)) : readRows(given);
  const manifest = v1.IngestManifest.create({
    partitions: [
      {
        packs: packs.map(({ label }, i) =>
          v1.Pack.create({ file: { uri: `bench-${i}`, sha256: `${i}`.padStart(64, "0"), length: 1 }, part: v1.Part.TRAIN, rows: label.length }),
        ),
      },
    ],
  });
  return {
    packs,
    inputs,
    entries,
    rows: packs.reduce((sum, { label }) => sum + label.length, 0),
    manifest,
    seams: { source: { kind: "arrays", packs }, inputs },
  };
}

/** Options of a training by the exact solver. */
export function exactOptions({ manifest }, workers, l1, exact) {
  return {
    root: fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-bench-")),
    specs: { model: v1.ModelSpec.create({ l1 }), train: v1.TrainSpec.create({ optimizer: { exact: { tolerance: 1e-8, maxIterations: 500, ...exact } } }) },
    manifest,
    placement: null,
    workers,
    memoryBytes: 3.5 * 2 ** 30,
    build: "bench",
  };
}

function generated(count) {
  const random = new RandomStream(1, 0);
  const sizes = Array.from({ length: 12 }, (_, c) => 10 * 3 ** (c % 9));
  let offset = 0;
  const categorical = sizes.map((size, c) => {
    const column = { name: `c${c}`, offset, size };
    offset += size;
    return column;
  });
  const numeric = Array.from({ length: 6 }, (_, i) => {
    const name = `x${i}`;
    const column = { name, offset: offset++, inputs: 1, spec: encodeMessage(v1.ColumnSpec, { name, numeric: { field: name } }) };
    return { ...column, state: encodeMessage(v1.ColumnState, { name, numeric: {} }) };
  });
  // One value in ten has an effect.
  const effects = Float64Array.from({ length: offset }, () => (random.bernoulli(0.1) ? random.normal() : 0));
  const packs = [];
  for (let from = 0; from < count; from += PACK_ROWS) {
    const length = Math.min(PACK_ROWS, count - from);
    const pack = { label: shared(Float64Array, length), weight: shared(Float64Array, length).fill(1), ids: {}, numbers: {} };
    const z = new Float64Array(length).fill(-2);
    for (const { name, offset: first, size } of categorical) {
      const ids = shared(Uint32Array, length);
      pack.ids[name] = ids;
      for (let r = 0; r < length; r++) {
        ids[r] = Math.min(size - 1, Math.floor(Math.exp(random.uniform() * Math.log(size + 1))) - 1);
        z[r] += effects[first + ids[r]];
      }
    }
    for (const { name, offset: f } of numeric) {
      const values = shared(Float64Array, length);
      pack.numbers[name] = values;
      for (let r = 0; r < length; r++) {
        values[r] = random.normal();
        z[r] += effects[f] * values[r];
      }
    }
    for (let r = 0; r < length; r++) pack.label[r] = random.bernoulli(sigmoid(z[r])) ? 1 : 0;
    packs.push(pack);
  }
  return { packs, inputs: { features: offset, categorical, multi: [], numeric }, entries: count * (categorical.length + numeric.length) };
}

/** Entries of value 1 apart, as packs of one-hot columns have them. */
function readRows(file) {
  const bytes = fs.readFileSync(file);
  const data = new ArrayBuffer(bytes.length);
  new Uint8Array(data).set(bytes);
  const [count, total, features] = [...new BigInt64Array(data, 8, 3)].map(Number);
  const offsets = Float64Array.from(new BigInt64Array(data, 32, count + 1), Number);
  const at = 32 + 8 * (count + 1);
  const [ids, values, labels] = [new Int32Array(data, at, total), new Float32Array(data, at + 4 * total, total), new Float32Array(data, at + 8 * total, count)];
  const packs = [];
  for (let from = 0; from < count; from += PACK_ROWS) {
    const to = Math.min(count, from + PACK_ROWS);
    const label = shared(Float64Array, to - from);
    label.set(labels.subarray(from, to));
    const pairs = Object.fromEntries(["ones", "valued"].map((name) => [name, pairsOf(name === "ones", from, to)]));
    packs.push({ label, weight: shared(Float64Array, to - from).fill(1), ids: {}, numbers: {}, pairs });
  }
  const multi = ["ones", "valued"].map((name) => ({ name, offset: 0, size: features }));
  return { packs, inputs: { features, categorical: [], multi, numeric: [] }, entries: total };

  function pairsOf(ones, from, to) {
    let kept = 0;
    for (let i = offsets[from]; i < offsets[to]; i++) if ((values[i] === 1) === ones) kept++;
    const own = { offsets: shared(Int32Array, to - from + 1), ids: shared(Uint32Array, kept), values: ones ? null : shared(Float64Array, kept) };
    for (let r = from, j = 0; r < to; r++) {
      for (let i = offsets[r]; i < offsets[r + 1]; i++) {
        if ((values[i] === 1) !== ones) continue;
        own.ids[j] = ids[i];
        if (!ones) own.values[j] = values[i];
        j++;
      }
      own.offsets[r - from + 1] = j;
    }
    return own;
  }
}

function shared(Type, length) {
  return new Type(new SharedArrayBuffer(length * Type.BYTES_PER_ELEMENT));
}
