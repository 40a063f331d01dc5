import path from "node:path";
import { v1 } from "@crossbill/messages";
import { readWhole } from "@crossbill/storage";
import { WEIGHTS_FILE } from "./model-files.js";

/** The weights of a model for people: the strongest by name (of several classes with the class behind it), and how all of them are spread. */
export interface WeightsSummary {
  /** By falling |weight|; of equal ones the earlier in the file first. */
  readonly strongest: v1.FeatureWeight[];
  /** Of the non-zero weights, over [-m, m], m the largest |weight|. */
  readonly histogram: v1.Histogram;
}

const BINS = 40;

/** Reads `weights.arrow` of the model folder `dir`, which loadModel has checked. @param most how many of the strongest @param only of this column */
export async function strongestWeights(dir: string, most: number, only?: string): Promise<WeightsSummary> {
  const [{ tableFromIPC }, { numbersIn }] = await Promise.all([import("apache-arrow"), import("./arrow-data.js")]);
  const table = tableFromIPC(await readWhole(path.join(dir, WEIGHTS_FILE)));
  const names = table.getChild("name");
  const classes = JSON.parse(table.schema.metadata.get("crossbill.classes") ?? "[]") as string[];
  const K = Math.max(1, classes.length);
  const column = classes.length === 0 ? table.getChild("weight") : table.getChild("weights")?.getChildAt(0);
  const weights = numbersIn(column?.toArray()) ?? new Float32Array(0);
  const nameOf = (i: number): string => `${String(names?.get(Math.floor(i / K)))}${classes.length === 0 ? "" : ` (${classes[i % K]})`}`;
  const rows = new Array<number>(BINS).fill(0);
  let largest = 0;
  for (const w of weights) largest = Math.max(largest, Math.abs(w));
  for (const w of weights) {
    const bin = Math.min(BINS - 1, Math.floor(((w + largest) / (2 * largest)) * BINS));
    rows[bin] = rows[bin]! + 1;
  }
  const columns = table.getChild("column");
  const wanted = Uint32Array.from(weights, (_, i) => i).filter((i) => only === undefined || columns?.get(Math.floor(i / K)) === only);
  const order = wanted.sort((a, b) => Math.abs(weights[b]!) - Math.abs(weights[a]!) || a - b);
  const strongest = [...order.subarray(0, most)].map((i) => v1.FeatureWeight.create({ feature: nameOf(i), weight: weights[i]! }) as v1.FeatureWeight);
  return { strongest, histogram: v1.Histogram.create({ low: -largest, high: largest, rows, weight: [], positiveWeight: [] }) as v1.Histogram };
}
