import type { ColumnShift } from "@crossbill/calibration";
import { featureName } from "@crossbill/columns";
import type { v1 } from "@crossbill/messages";
import { type ColumnSums, columnSums } from "./column-sums.js";
import { eachRows } from "./part-rows.js";

/** Rows of either part that are looked at, at most (about). */
export const MOST_ROWS = 65_536;
/** Differences that are expected at most: of shares; of a mean, in standard deviations of the training rows. */
const SHARE_LIMIT = 0.05;
const VALUE_LIMIT = 0.1;
const MEAN_LIMIT = 0.25;
/** Chance: so many standard errors are taken off a difference. */
const ERRORS = 4;

interface PartSums {
  rows: number;
  weight: number;
  readonly columns: readonly ColumnSums[];
}

/**
 * How the columns of a model differ between training and test rows: in the share of rows without a value, or with one that is out of the vocabulary; in the share of
 * a value (columns of up to 4096); in the mean of a number. A shift's value is the difference less four standard errors; above its limit it is one.
 */
export async function partShifts(
  run: { readonly root: string; readonly signal: AbortSignal },
  { state }: Pick<v1.IngestManifest, "state">,
  packs: { readonly training: readonly v1.Pack[]; readonly test: readonly v1.Pack[] },
  names: ReadonlySet<string>,
): Promise<ColumnShift[]> {
  if (packs.training.length === 0) return [];
  const specs = state.columns.filter(({ name }) => names.has(name));
  const of = async (own: readonly v1.Pack[]): Promise<PartSums> => {
    const sums: PartSums = { rows: 0, weight: 0, columns: specs.map((spec) => columnSums(spec, state)) };
    await eachRows(run, own, MOST_ROWS, (rows) => {
      sums.rows += rows.rows;
      for (const w of rows.weight) sums.weight += w;
      for (const column of sums.columns) column.add(rows, rows.weight);
    });
    return sums;
  };
  const training = await of(packs.training);
  const test = await of(packs.test);
  if (!(training.weight > 0 && test.weight > 0)) return [];
  return specs.flatMap((spec, c) => shiftsOf(spec, state, training, test, c));
}

function shiftsOf(spec: v1.ColumnSpec, state: v1.FeatureState, training: PartSums, test: PartSums, c: number): ColumnShift[] {
  const column = spec.name;
  const [a, b] = [training.columns[c]!, test.columns[c]!];
  const shifts: ColumnShift[] = [];
  const share = (of: (sums: ColumnSums) => number, limit: number, message: (training: string, test: string) => string): void => {
    const [p, q] = [of(a) / training.weight, of(b) / test.weight];
    const error = Math.sqrt((p * (1 - p)) / training.rows + (q * (1 - q)) / test.rows);
    const value = Math.abs(p - q) - ERRORS * error;
    if (value > limit) shifts.push({ column, message: `"${column}" ${message(percent(p), percent(q))}`, value, limit });
  };
  share(
    ({ missing }) => missing,
    SHARE_LIMIT,
    (p, q) => `is missing in ${q} of the test rows and ${p} of the training rows`,
  );
  share(
    ({ unseen }) => unseen,
    SHARE_LIMIT,
    (p, q) => `has a value out of the vocabulary in ${q} of the test rows and ${p} of the training rows`,
  );
  if (shifts.length === 0 && a.byId !== null && b.byId !== null) {
    const distance = (id: number): number => Math.abs(a.byId![id]! / training.weight - b.byId![id]! / test.weight);
    let most = 0;
    for (let id = 1; id < a.byId.length; id++) if (distance(id) > distance(most)) most = id;
    share(
      ({ byId }) => byId![most]!,
      VALUE_LIMIT,
      (p, q) => `is ${featureName(spec, state, most)} in ${q} of the test rows and ${p} of the training rows`,
    );
  }
  const mean = meanShift(column, a, training, b, test);
  return mean === null ? shifts : [...shifts, mean];
}

function meanShift(column: string, a: ColumnSums, training: PartSums, b: ColumnSums, test: PartSums): ColumnShift | null {
  const [wa, wb] = [training.weight - a.missing, test.weight - b.missing];
  const [p, q] = [a.sum / wa, b.sum / wb];
  const variance = a.squares / wa - p * p;
  if (!(variance > 0) || !(wb > 0)) return null;
  const error = Math.sqrt(1 / training.rows + Math.max(0, b.squares / wb - q * q) / variance / test.rows);
  const value = Math.abs(p - q) / Math.sqrt(variance) - ERRORS * error;
  if (!(value > MEAN_LIMIT)) return null;
  const message = `"${column}" is ${told(q)} on average in the test rows and ${told(p)} in the training rows, whose standard deviation is ${told(Math.sqrt(variance))}`;
  return { column, message, value, limit: MEAN_LIMIT };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function told(x: number): string {
  return String(Number(x.toPrecision(4)));
}
