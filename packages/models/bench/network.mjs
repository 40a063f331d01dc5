// Prediction of networks: node packages/models/bench/network.mjs (after a build). Towers 64-100-50-20-1 over 64 numbers, and 416-100-50-1 over 26 embeddings of 16 (10,000 ids each), with generated numbers.
// Prints CPU time: a single row (encoding included; median of hundreds), rows a second of encoded batches, and both of the twin in plain float64; asserts nothing.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { v1 } from "@crossbill/messages";
import { RandomStream } from "@crossbill/numerics";
import { forwardTwin, initialDense, initialRunning, loadModel, placeColumns, planNetwork, saveModel } from "../dist/index.js";

const IDS = 10_000;
const random = new RandomStream(1);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-bench-"));
await measured("64 numbers, 64-100-50-20-1", [100, 50, 20], 64, 0);
await measured("26 embeddings of 16, 416-100-50-1", [100, 50], 0, 26);
fs.rmSync(folder, { recursive: true, force: true });

async function measured(name, hidden, numbers, embeddings) {
  const { model, content, plan } = await made(hidden, numbers, embeddings);
  const N = 20_000;
  const values = Array.from({ length: N }, () => Array.from({ length: numbers + embeddings }, (_, i) => (i < numbers ? random.normal() : random.below(IDS))));
  const rows = values.map((row) => Object.fromEntries(row.map((x, i) => [`f${i}`, x])));
  const times = [];
  for (let from = 0; from < N; from += 100) times.push(cpu(() => model.predict(rows.slice(from, from + 100))) / 100);
  const median = times.slice(N / 200).sort((a, b) => a - b)[N / 400];
  const column = (type, i, of) => type.from(values, (row) => of(row[i]));
  const names = values[0].map((_, i) => [`f${i}`, i]);
  const batch = {
    rows: N,
    ids: new Map(names.slice(numbers).map(([f, i]) => [f, column(Uint32Array, i, (x) => 1 + x)])),
    numbers: new Map(names.slice(0, numbers).map(([f, i]) => [f, column(Float64Array, i, (x) => x)])),
  };
  model.predictBatch(batch);
  const rate = (5000 * N) / cpu(() => Array.from({ length: 5 }, () => model.predictBatch(batch)));
  const twins = values.slice(0, 300).map((row) => ({
    features: new Map(names.slice(numbers).map(([f, i]) => [f, [{ id: 1 + row[i], value: 1 }]])),
    numbers: new Map(names.slice(0, numbers).map(([f, i]) => [f, [row[i]]])),
  }));
  const slow = { ...content.network, tables: content.network.tables.map((table) => ({ ...table, ids: { indexOf: (id) => id } })) };
  const twin = cpu(() => twins.map((row) => forwardTwin(plan, slow, row))) / twins.length;
  console.log(`${name}: one row ${median.toFixed(1)} us; batches ${rate.toFixed(0)} thousand rows a second; the twin ${twin.toFixed(1)} us a row`);
}

/** Microseconds of CPU time. */
function cpu(work) {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

async function made(hidden, numbers, embeddings) {
  const all = Array.from({ length: numbers + embeddings }, (_, i) => `f${i}`);
  const state = v1.FeatureState.decode(
    v1.FeatureState.encode({
      columns: all.map((field, i) => (i < numbers ? { name: field, numeric: { field } } : { name: field, identity: { field, size: IDS } })),
      states: all.slice(0, numbers).map((name) => ({ name, numeric: { count: 100, standardDeviation: 1 } })),
    }).finish(),
  );
  const network = {
    tables: all.slice(numbers).map((name) => ({ name, columns: [name], dimension: 16 })),
    tower: {
      inputs: all.map((name, i) => (i < numbers ? { numeric: name } : { embedding: { column: name, table: name } })),
      hidden: hidden.map((units) => ({ units, activation: { kind: v1.ActivationSpec.Kind.RELU }, batchNorm: true })),
    },
  };
  const spec = v1.ModelSpec.decode(v1.ModelSpec.encode({ head: v1.Head.LOGISTIC, columns: all, network }).finish());
  const placement = placeColumns(spec, state);
  const plan = planNetwork(spec, placement, 1);
  const content = {
    spec,
    state,
    placement,
    weights: new Float32Array(placement.features),
    intercept: 0.5,
    data: { missing: [""] },
    network: {
      dense: initialDense(plan, 1),
      running: initialRunning(plan),
      tables: plan.tables.map(({ name, rows, dimension }) => ({
        name,
        ids: Uint32Array.from({ length: rows }, (_, id) => id),
        vectors: Float32Array.from({ length: rows * dimension }, () => random.uniform() - 0.5),
      })),
    },
  };
  const dir = path.join(folder, all.length.toString());
  await saveModel(dir, content);
  return { model: await loadModel(dir), content, plan };
}
