import path from "node:path";
import type { WeightKind } from "@crossbill/calibration";
import { openPack, type PackRows } from "@crossbill/ingest";
import { CrossbillError, type v1 } from "@crossbill/messages";
import { normalCdf, philox } from "@crossbill/numerics";
import { type EncodedColumn, type FoundSlice, type SearchMetric, type SliceMetrics, type SliceSearch, type SliceValue, searchSlices } from "@crossbill/slicing";
import type { Scores } from "./score-file.js";
import { sliceKey } from "./slice-key.js";
import { textsOf } from "./slice-texts.js";

/** Rows that are searched through at most, about. */
export const SEARCHED_ROWS = 2 ** 20;
const ROWS_AT_ONCE = 8192;

/** A column of the packs with an id a row. */
export interface SearchedIds {
  readonly name: string;
  /** What an id stands for; null: no value. */
  readonly textOf: (id: number) => string | null;
}

export interface SliceSearchSpec {
  /** Slice fields of the packs. */
  readonly fields: readonly string[];
  readonly columns: readonly SearchedIds[];
  readonly metrics: readonly SearchMetric[];
  readonly depth: number;
  readonly minRows: number;
  readonly falseDiscoveryRate: number;
}

export interface SearchedRows {
  readonly labels: Float64Array;
  readonly probabilities: Float64Array;
  readonly weights: Float64Array;
  readonly columns: Readonly<Record<string, EncodedColumn>>;
}

/** Whether row `place` of `rows` is searched: all where they are few, else a share of them by a random number of the place (Philox). */
function isSearched(place: number, rows: number, counter: Uint32Array, out: Uint32Array): boolean {
  if (rows <= SEARCHED_ROWS) return true;
  counter[0] = place >>> 0;
  counter[1] = Math.floor(place / 2 ** 32);
  return philox(counter, [1, 0], out)[0]! < (SEARCHED_ROWS / rows) * 2 ** 32;
}

/**
 * Label, probability, weight and values of the rows that are searched; its memory is that of SEARCHED_ROWS rows.
 * @param scoresOf reads the scores of one pack
 * @throws E_SLICE_FIELD, E_PACK
 */
export async function searchedRows(
  root: string,
  packs: readonly v1.Pack[],
  scoresOf: (pack: number) => Promise<Scores>,
  spec: Pick<SliceSearchSpec, "fields" | "columns">,
): Promise<SearchedRows> {
  const rows = packs.reduce((sum, pack) => sum + pack.rows, 0);
  const [counter, out] = [new Uint32Array(4), new Uint32Array(4)];
  const most = rows <= SEARCHED_ROWS ? rows : Math.ceil(1.01 * SEARCHED_ROWS);
  const numbers = { labels: new Float64Array(most), probabilities: new Float64Array(most), weights: new Float64Array(most) };
  const encoders = [...spec.fields.map((field) => new FieldEncoder(field, most)), ...spec.columns.map((column) => new IdEncoder(column, most))];
  let place = 0;
  let at = 0;
  for (const [k, { file }] of packs.entries()) {
    const pack = await openPack(path.join(root, file.uri), file);
    const { label, weight, predictions } = await scoresOf(k);
    for (let from = 0; from < pack.rows; from += ROWS_AT_ONCE) {
      const read = await pack.read(from, Math.min(pack.rows, from + ROWS_AT_ONCE), { slices: spec.fields.length > 0 });
      for (const encoder of encoders) encoder.take(read, pack.path);
      for (let row = 0; row < read.rows; row++, place++) {
        if (at === most || !isSearched(place, rows, counter, out)) continue;
        numbers.labels[at] = label[from + row]!;
        numbers.probabilities[at] = predictions[0]![from + row]!;
        numbers.weights[at] = weight[from + row]!;
        for (const encoder of encoders) encoder.put(at, row);
        at++;
      }
    }
  }
  return {
    labels: numbers.labels.subarray(0, at),
    probabilities: numbers.probabilities.subarray(0, at),
    weights: numbers.weights.subarray(0, at),
    columns: Object.fromEntries(encoders.map((encoder) => [encoder.name, encoder.column(at)])),
  };
}

/** The searches of one metric each, as the evaluation has them. */
export function searchPart(rows: SearchedRows, spec: SliceSearchSpec, weightKind: WeightKind, level: number): v1.IEvaluation {
  const { depth, minRows, falseDiscoveryRate } = spec;
  // Without weights the search has less to sum up.
  const weights = rows.weights.every((w) => w === 1) ? {} : { weights: rows.weights };
  const found = (metric: SearchMetric): v1.IFoundSlices =>
    searchMessage(searchSlices(rows.labels, rows.probabilities, rows.columns, { metric, depth, minRows, falseDiscoveryRate, weightKind, level, ...weights }));
  return {
    ...(spec.metrics.includes("bias") ? { foundBias: found("bias") } : {}),
    ...(spec.metrics.includes("logLoss") ? { foundLoss: found("logLoss") } : {}),
  };
}

function searchMessage(search: SliceSearch): v1.IFoundSlices {
  const { metric, depth, minRows, falseDiscoveryRate, fields, tested, candidates, rowsSearched, rowsConfirmed, found } = search;
  return { metric, depth, minRows, falseDiscoveryRate, fields: [...fields], tested, candidates, rowsSearched, rowsConfirmed, found: found.map(foundMessage) };
}

function foundMessage(found: FoundSlice): v1.IFoundSlice {
  const { effect, low, high, z, pValue, adjustedPValue, searchRows, searchEffect } = found;
  return { slice: sliceMessage(found), effect, low, high, z, pValue, adjustedPValue, searchRows, searchEffect };
}

/** One slice of probabilities. */
export function sliceMessage(metrics: SliceMetrics): v1.ISliceEvaluation {
  const { calibratedStandardError, ...bias } = metrics.bias;
  const z = bias.difference / calibratedStandardError;
  const { rows, weight, logLoss, logLossLow, logLossHigh, auc, aucLow, aucHigh, aucErrorBound, calibrationError } = metrics;
  return {
    slice: Object.entries(metrics.slice).map(([field, value]) => sliceKey(field, value)),
    rows,
    weight,
    logLoss,
    logLossLow,
    logLossHigh,
    auc,
    aucLow,
    aucHigh,
    aucErrorBound,
    calibrationError,
    bias,
    rmse: Number.NaN,
    z,
    pValue: 2 * normalCdf(-Math.abs(z)),
  };
}

/** Makes a column of codes from rows that are read batch by batch. */
interface Encoder {
  readonly name: string;
  take(read: PackRows, pack: string): void;
  put(at: number, row: number): void;
  column(rows: number): EncodedColumn;
}

/** Codes of rows, given to keys in the order they are met in. */
class KeyCodes<K> {
  readonly #codes: Uint32Array;
  readonly #known = new Map<K, number>();

  constructor(most: number) {
    this.#codes = new Uint32Array(most);
  }

  put(at: number, key: K): void {
    let code = this.#known.get(key);
    if (code === undefined) {
      code = this.#known.size;
      this.#known.set(key, code);
    }
    this.#codes[at] = code;
  }

  /** By code. */
  keys(): Iterable<K> {
    return this.#known.keys();
  }

  codes(rows: number): Uint32Array {
    return this.#codes.subarray(0, rows);
  }
}

class FieldEncoder implements Encoder {
  readonly #keys: KeyCodes<SliceValue>;
  #texts: readonly (string | null)[] = [];

  constructor(
    readonly name: string,
    most: number,
  ) {
    this.#keys = new KeyCodes(most);
  }

  take(read: PackRows, pack: string): void {
    this.#texts = textsOf({ path: pack }, read.slices, this.name);
  }

  put(at: number, row: number): void {
    this.#keys.put(at, this.#texts[row]!);
  }

  column(rows: number): EncodedColumn {
    return { values: [...this.#keys.keys()], codes: this.#keys.codes(rows) };
  }
}

/** Two ids of one value are one slice. */
class IdEncoder implements Encoder {
  readonly name: string;
  readonly #keys: KeyCodes<number>;
  readonly #textOf: SearchedIds["textOf"];
  #ids: Uint32Array = new Uint32Array(0);

  constructor({ name, textOf }: SearchedIds, most: number) {
    this.name = name;
    this.#textOf = textOf;
    this.#keys = new KeyCodes(most);
  }

  take(read: PackRows, pack: string): void {
    const ids = read.ids.get(this.name);
    if (ids === undefined) throw new CrossbillError("E_PACK", `${pack}: holds no ids of column "${this.name}"; ingest again`);
    this.#ids = ids;
  }

  put(at: number, row: number): void {
    this.#keys.put(at, this.#ids[row]!);
  }

  column(rows: number): EncodedColumn {
    const values: SliceValue[] = [];
    const places = new Map<SliceValue, number>();
    const codeOf = Uint32Array.from(this.#keys.keys(), (id) => {
      const value = this.#textOf(id);
      if (!places.has(value)) places.set(value, values.push(value) - 1);
      return places.get(value)!;
    });
    return { values, codes: this.#keys.codes(rows).map((code) => codeOf[code]!) };
  }
}
