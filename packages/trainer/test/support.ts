import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { PackPairs } from "@crossbill/ingest";
import type { OneHead } from "@crossbill/kernels";
import { encodeMessage, v1 } from "@crossbill/messages";
import type { Placement } from "@crossbill/models";
import { RandomStream, sigmoid } from "@crossbill/numerics";
import type { FitLinearData } from "@crossbill/trainer";
import { type Inputs, transformOf } from "../dist/blocks/inputs.js";
import type { ArrayPack } from "../dist/rows/array-source.js";
import { trainWith } from "../dist/train.js";
import type { TrainOptions, TrainOutcome, TrainSeams } from "../dist/train-options.js";
import { alone, stoppedAt } from "./alone.js";
import { modelOf } from "./network-support.js";

export interface Problem {
  readonly packs: ArrayPack[];
  readonly manifest: v1.IngestManifest;
  readonly inputs: Inputs;
}

const SIZES = [3, 50, 700, 4000];

/** Seeded clicks: 4 categorical columns, 2 numeric ones (the second with missing values), uneven weights; `several`: and a column of several values; in shared buffers. */
export function problem(trainRows: readonly number[], validationRows: readonly number[], seed = 1, several = false): Problem {
  const random = new RandomStream(seed, 0);
  const effects = SIZES.map((size) => Float64Array.from({ length: size }, () => random.normal() * 0.7));
  const packs: ArrayPack[] = [...trainRows, ...validationRows].map((rows) => makePack(rows, random, effects));
  if (several) packs.forEach((pack, i) => (packs[i] = { ...pack, pairs: { m: makePairs(pack.label.length, random) } }));
  const part = (i: number): v1.Part => (i < trainRows.length ? v1.Part.TRAIN : v1.Part.VALIDATION);
  const manifest = v1.IngestManifest.create({
    partitions: [
      {
        packs: packs.map((pack, i) => ({
          file: { uri: `pack-${i}`, sha256: `${i}`.padStart(64, "0"), length: 1 },
          part: part(i),
          rows: pack.label.length,
          chunkPairs: chunksOf(pack),
        })),
      },
    ],
  });
  let offset = 0;
  const categorical = SIZES.map((size, c) => {
    const column = { name: `c${c}`, offset, size };
    offset += size;
    return column;
  });
  const spec = (name: string, missing: v1.NumericSpec.Missing): Uint8Array => encodeMessage(v1.ColumnSpec, { name, numeric: { field: name, missing } });
  const state = (name: string): Uint8Array => encodeMessage(v1.ColumnState, { name, numeric: { count: 1, mean: 0.25 } });
  const numeric = [
    { name: "x0", offset, inputs: 1, spec: spec("x0", v1.NumericSpec.Missing.MEAN), state: state("x0") },
    { name: "x1", offset: offset + 1, inputs: 2, spec: spec("x1", v1.NumericSpec.Missing.INDICATOR), state: state("x1") },
  ];
  return {
    packs,
    manifest,
    inputs: { features: offset + 3 + (several ? SEVERAL : 0), categorical, multi: several ? [{ name: "m", offset: offset + 3, size: SEVERAL }] : [], numeric },
  };
}

function makePack(rows: number, random: RandomStream, effects: readonly Float64Array[]): ArrayPack {
  const f64 = (): Float64Array => new Float64Array(new SharedArrayBuffer(8 * rows));
  const pack = {
    label: f64(),
    weight: f64(),
    ids: Object.fromEntries(SIZES.map((_, c) => [`c${c}`, new Uint32Array(new SharedArrayBuffer(4 * rows))])),
    numbers: { x0: f64(), x1: f64() },
  };
  for (let r = 0; r < rows; r++) {
    let z = -0.5;
    for (const [c, size] of SIZES.entries()) {
      const u = random.uniform();
      const id = Math.floor(u * u * size);
      pack.ids[`c${c}`]![r] = id;
      z += effects[c]![id]!;
    }
    const x = random.normal();
    pack.numbers.x0[r] = x;
    pack.numbers.x1[r] = random.bernoulli(0.1) ? NaN : random.normal();
    pack.label[r] = random.bernoulli(sigmoid(z + 0.4 * x)) ? 1 : 0;
    pack.weight[r] = 0.5 + random.uniform();
  }
  return pack;
}

/** Items of the column of several values in every 256 rows. */
export function chunksOf({ label, pairs }: ArrayPack): number[] {
  if (pairs === undefined) return [];
  const { offsets } = pairs["m"]!;
  return Array.from({ length: Math.ceil(label.length / 256) }, (_, i) => offsets[Math.min(label.length, 256 * (i + 1))]! - offsets[256 * i]!);
}

/** Ids of the column of several values. */
const SEVERAL = 40;

/** Up to 4 pairs a row, ids ascending, values of either sign. */
function makePairs(rows: number, random: RandomStream): PackPairs {
  const pairs = Array.from({ length: rows }, () => {
    const ids = new Set(Array.from({ length: random.below(5) }, () => random.below(SEVERAL)));
    return [...ids].sort((a, b) => a - b).map((id) => [id, Math.fround(random.normal())] as const);
  });
  const count = pairs.reduce((sum, own) => sum + own.length, 0);
  const made = {
    offsets: new Int32Array(new SharedArrayBuffer(4 * (rows + 1))),
    ids: new Uint32Array(new SharedArrayBuffer(4 * count)),
    values: new Float64Array(new SharedArrayBuffer(8 * count)),
  };
  let at = 0;
  for (const [row, own] of pairs.entries()) {
    for (const [id, value] of own) {
      made.ids[at] = id;
      made.values[at++] = value;
    }
    made.offsets[row + 1] = at;
  }
  return made;
}

export const CLASSES = ["no", "yes", "none"];

/** The same rows with three classes: label 2 where a number is missing. */
export function withClasses(p: Problem): Problem {
  return {
    ...p,
    manifest: v1.IngestManifest.create({ ...p.manifest, classes: CLASSES }),
    packs: p.packs.map((pack) => {
      const label = new Float64Array(new SharedArrayBuffer(pack.label.byteLength));
      label.set(pack.label.map((y, r) => (Number.isNaN(pack.numbers["x1"]![r]!) ? 2 : y)));
      return { ...pack, label };
    }),
  };
}

/** The same rows with a number in [0, 1] for each of three classes; `distribution`: that add up to 1. */
export function withVectors(p: Problem, distribution: boolean): Problem {
  const label = v1.LabelSpec.create({ fields: CLASSES, multi: true, classes: CLASSES, distribution });
  return {
    ...p,
    manifest: v1.IngestManifest.create({ ...p.manifest, classes: CLASSES, data: v1.DataSpec.create({ label }) }),
    packs: p.packs.map((pack) => {
      const labels = new Float64Array(new SharedArrayBuffer(3 * pack.label.byteLength));
      for (const [r, y] of pack.label.entries()) {
        const share = Number.isNaN(pack.numbers["x1"]![r]!) ? 0.5 : 0.25 * (pack.ids["c0"]![r]! % 2);
        labels.set(distribution ? [(1 - y) * (1 - share), y * (1 - share), share] : [1 - y, share > 0.3 ? 1 : share, y], 3 * r);
      }
      const label = new Float64Array(new SharedArrayBuffer(pack.label.byteLength));
      return { ...pack, label, labels };
    }),
  };
}

/** Rows of up to five entries, an index sometimes twice (not with `once`), values of all sizes; labels by head. */
export function sparseRows(seed: number, n: number, features: number, head: OneHead, once = false): FitLinearData {
  const random = new RandomStream(seed, 0);
  const offsets = [0];
  const indices: number[] = [];
  const values: number[] = [];
  const labels: number[] = [];
  const weights: number[] = [];
  for (let i = 0; i < n; i++) {
    let z = -0.3;
    for (let k = random.below(6); k > 0; k--) {
      const f = Math.floor(features * random.uniform() ** 2);
      if (once && indices.slice(offsets.at(-1)).includes(f)) continue;
      const x = random.bernoulli(0.5) ? 1 : random.normal();
      indices.push(f);
      values.push(x);
      z += x * Math.sin(f + 1);
    }
    offsets.push(indices.length);
    if (head === "squared") labels.push(3 * z + random.normal());
    else labels.push(head === "poisson" ? count(random, Math.exp(z)) : random.bernoulli(1 / (1 + Math.exp(-z))) ? 1 : 0);
    weights.push(random.bernoulli(0.05) ? 0 : 0.2 + random.uniform());
  }
  return { rows: { offsets, indices, values }, features, labels, weights };
}

/** The training rows of problem([., .], .) or more packs as arrays. */
export function arraysOf({ packs, inputs, manifest }: Problem): FitLinearData {
  const rows = { offsets: [0], indices: [] as number[], values: [] as number[] };
  const put = (f: number, x: number): void => {
    rows.indices.push(f);
    rows.values.push(x);
  };
  const labels: number[] = [];
  const weights: number[] = [];
  const [x0, missing] = [inputs.numeric[0]!.offset, inputs.numeric[1]!.offset + 1];
  for (const [p, pack] of packs.entries()) {
    if (manifest.partitions[0]!.packs![p]!.part !== v1.Part.TRAIN) continue;
    for (let r = 0; r < pack.label.length; r++) {
      for (const { name, offset } of inputs.categorical) put(offset + pack.ids[name]![r]!, 1);
      put(x0, pack.numbers["x0"]![r]!);
      const x1 = pack.numbers["x1"]![r]!;
      put(missing - 1, Number.isNaN(x1) ? 0.25 : x1);
      if (Number.isNaN(x1)) put(missing, 1);
      const { offsets, ids, values } = pack.pairs!["m"]!;
      for (let i = offsets[r]!; i < offsets[r + 1]!; i++) put(inputs.multi[0]!.offset + ids[i]!, values![i]!);
      rows.offsets.push(rows.indices.length);
      labels.push(pack.label[r]!);
      weights.push(pack.weight[r]!);
    }
  }
  return { rows, features: inputs.features, labels, weights };
}

/** A draw of a Poisson distribution (Knuth: how many uniform numbers make a product above exp(-mean)). */
function count(random: RandomStream, mean: number): number {
  let n = -1;
  for (let product = 1; product > Math.exp(-mean); n++) product *= random.uniform();
  return n;
}

export function temporaryFolder(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-trainer-"));
}

export const FTRL = { ftrl: { alpha: 0.1, beta: 1, l1: 0.1, l2: 0.01 } };
export const ADAGRAD = { adagrad: { learningRate: 0.1, initialAccumulator: 0.1 } };

export interface Run extends TrainSeams {
  readonly root?: string;
  readonly train?: v1.TrainSpec.$Properties;
  readonly model?: v1.ModelSpec.$Properties;
  readonly options?: Partial<TrainOptions>;
}

/** Trains on a problem with small blocks. */
export function trainOn(p: Problem, run: Run = {}): Promise<TrainOutcome> {
  return trainWith(...optionsOn(p, run));
}

/** Trains in this thread until so many blocks are done, and ends with E_ABORTED. */
export function trainUntil(step: number, p: Problem, run: Run = {}): Promise<TrainOutcome> {
  return trainOn(p, { ...run, options: { ...run.options, workers: 1 }, gang: stoppedAt(step) });
}

export function optionsOn(p: Problem, run: Run): [TrainOptions, TrainSeams] {
  const { root = temporaryFolder(), train = {}, model = {}, options = {}, ...seams } = run;
  return [
    {
      root,
      specs: {
        model: modelOf(model),
        train: v1.TrainSpec.create({ optimizer: FTRL, epochs: 2, batchSize: 256, seed: 7, shuffle: true, ...train }),
      },
      manifest: p.manifest,
      placement: null as unknown as Placement,
      workers: 1,
      memoryBytes: 2 ** 30,
      build: "test",
      ...options,
    },
    { source: { kind: "arrays", packs: p.packs }, inputs: p.inputs, ...(isPlain(options) ? { gang: alone } : {}), ...seams },
  ];
}

/** Whether nothing stops, watches or disturbs its threads. */
function isPlain({ signal, onProgress }: Partial<TrainOptions>): boolean {
  return signal === undefined && onProgress === undefined && process.env["CROSSBILL_FAULT"] === undefined;
}

/** All bits of a model as a string. */
export function bits(outcome: TrainOutcome): string {
  const { curve, progressive, bestStep, steps, progressiveLoss, validationLoss } = outcome.metrics;
  const numbers = curve.map((point) => [point.step, point.progressiveLoss, point.validationLoss, point.nonZero]);
  return [
    Buffer.from(outcome.weights.buffer, outcome.weights.byteOffset, outcome.weights.byteLength).toString("hex"),
    [...outcome.intercepts].join(";"),
    Buffer.from(outcome.optimizerState).toString("hex"),
    bestStep,
    steps,
    progressiveLoss,
    validationLoss,
    JSON.stringify(numbers),
    JSON.stringify(progressive),
  ].join();
}

/** Logits of a pack's rows by class, in plain TypeScript from the returned weights. */
export function logits(inputs: Inputs, pack: ArrayPack, outcome: Pick<TrainOutcome, "weights" | "intercepts">): number[][] {
  const { weights, intercepts } = outcome;
  const transforms = inputs.numeric.map(transformOf);
  return Array.from(pack.label, (_, r) =>
    Array.from(intercepts, (intercept, k) => {
      const w = (f: number): number => weights[k * inputs.features + f]!;
      let z = intercept;
      for (const { name, offset } of inputs.categorical) z += w(offset + pack.ids[name]![r]!);
      for (const { name, offset } of inputs.multi) {
        const { offsets, ids, values } = pack.pairs![name]!;
        for (let i = offsets[r]!; i < offsets[r + 1]!; i++) z += w(offset + ids[i]!) * (values?.[i] ?? 1);
      }
      for (const [i, { name, offset, inputs: n }] of inputs.numeric.entries()) {
        const x = pack.numbers[name]![r]!;
        z += w(offset) * transforms[i]!.apply(x);
        if (n === 2 && transforms[i]!.isMissing(x)) z += w(offset + 1);
      }
      return z;
    }),
  );
}
