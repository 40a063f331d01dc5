import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { ingest, ingestHandlers } from "@crossbill/ingest";
import { v1 } from "@crossbill/messages";
import { loadModel, type Model, placeColumns, saveModel } from "@crossbill/models";
import { RandomStream, sigmoid } from "@crossbill/numerics";
import { type Executor, inlineExecutor } from "@crossbill/tasks";
import { evaluationHandlers } from "../dist/index.js";

export const HANDLERS = [ingestHandlers, evaluationHandlers];

export interface Click {
  readonly [field: string]: string;
}

/** Seeded rows: country, site, price, weight, label; sites `s0` ... by a falling frequency. */
export function clicks(rows: number, seed: number): Click[] {
  let state = seed >>> 0;
  const u = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return Array.from({ length: rows }, (_, i) => {
    const country = ["DE", "FR", "US"][Math.floor(u() * 3)]!;
    const site = Math.floor(40 * u() * u());
    const price = Math.round(u() * 400) / 4;
    const p = sigmoid(-1 + (site % 5) / 3 - price / 60 + (country === "US" ? 0.7 : 0));
    return { id: String(i), country, site: `s${site}`, price: i % 13 === 0 ? "" : String(price), weight: String(1 + (i % 3)), clicked: u() < p ? "1" : "0" };
  });
}

export function csvOf(rows: readonly Click[], fields: readonly string[] = Object.keys(rows[0]!)): string {
  return [fields.join(","), ...rows.map((row) => fields.map((field) => row[field]!).join(","))].join("\n").concat("\n");
}

export function temporary(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-evaluation-"));
}

const COLUMNS = [
  { name: "price", numeric: { field: "price", scale: v1.NumericSpec.Scale.STANDARDIZE, missing: v1.NumericSpec.Missing.INDICATOR } },
  { name: "site", vocabulary: { field: "site", minCount: 1, outOfVocabulary: 1 } },
  { name: "country", vocabulary: { field: "country", minCount: 1, outOfVocabulary: 1 } },
].map((spec) => v1.ColumnSpec.decode(v1.ColumnSpec.encode(spec).finish()));

/** Ingests rows into a new work folder, or as the next night of `root`; the packs are small, so that there are many. With `laterTest` the packs are those of its rows alone. */
export async function ingested(
  train: readonly Click[][],
  test: readonly Click[],
  options: { number?: boolean; root?: string; laterTest?: readonly Click[]; rangeBytes?: number; slices?: string[] } = {},
): Promise<{ root: string; manifest: v1.IngestManifest; packs: v1.Pack[]; executor: Executor }> {
  const root = options.root ?? temporary();
  const data = path.join(root, "data");
  fs.mkdirSync(data, { recursive: true });
  const write = (name: string, rows: readonly Click[]): string => {
    fs.writeFileSync(path.join(data, name), csvOf(rows));
    return path.join(data, name);
  };
  const executor = inlineExecutor({ handlers: HANDLERS, root });
  const { manifest } = await ingest({
    root,
    build: "test",
    files: {
      train: train.map((rows, i) => write(`train-${i}.csv`, rows)),
      validation: [],
      test: [write("test.csv", test), ...(options.laterTest === undefined ? [] : [write("test-later.csv", options.laterTest)])],
    },
    data: v1.DataSpec.create({
      format: "csv",
      csv: v1.CsvDialect.create({ delimiter: ",", header: true, quote: '"', missing: [""] }),
      label: v1.LabelSpec.create(options.number === true ? { field: "price2", number: true } : { field: "clicked", positive: ["1"] }),
      weight: "weight",
      maxRejected: 0.01,
      slices: options.slices ?? ["country", "site"],
    }),
    columns: COLUMNS,
    nights: { window: 0, refitEveryNights: 0 },
    executor,
    rangeBytes: options.rangeBytes ?? 8192,
  });
  const packs = manifest.partitions
    .filter(({ name }) => options.laterTest === undefined || name === "test-later.csv")
    .flatMap((partition) => (partition.packs ?? []) as v1.Pack[])
    .filter((pack) => pack.part === v1.Part.TEST);
  return { root, manifest, packs, executor };
}

/** A model with random weights, the same for the same seed; `scale` 0: the intercept alone. */
export async function randomModel(state: v1.FeatureState, seed: number, options: { scale?: number; intercept?: number; head?: v1.Head } = {}): Promise<Model> {
  const { scale = 0.5, intercept = -1, head = v1.Head.LOGISTIC } = options;
  const spec = v1.ModelSpec.create({ head, columns: ["price", "site", "country"] });
  const placement = placeColumns(spec, state);
  const random = new RandomStream(seed);
  const weights = Float32Array.from({ length: placement.features }, () => scale * (random.uniform() - 0.5));
  const dir = path.join(temporary(), "model");
  await saveModel(dir, { spec, state, placement, weights, intercept, data: v1.DataContract.create({ missing: [""] }) });
  return loadModel(dir);
}
