import fs from "node:fs";
import path from "node:path";
import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { readSealed, writeSealed } from "@crossbill/storage";

const KIND = "path.calibration";
const fileOf = (root: string): string => path.join(root, "tune", "path.pb");

/** Calibration slope of the optimum at a penalty. */
export interface CalibratedPoint {
  readonly penalty: number;
  readonly slope: number;
}

/** Keeps how calibration went along a path, for evaluations of models of the same data. */
export async function keepPathCalibration(root: string, { key }: v1.IngestManifest, trials: readonly v1.TrialResult[]): Promise<void> {
  const points = trials
    .filter(({ calibrationSlope }) => Number.isFinite(calibrationSlope))
    .map(({ l1, calibrationSlope }) => ({ l1, slope: calibrationSlope }));
  await writeSealed(fileOf(root), KIND, 1, encodeMessage(v1.PathCalibration, { formatVersion: 1, ingestKey: key, points }));
}

/** Of the last path over the same ingested data; empty: there is none, or it is damaged. */
export async function readPathCalibration(root: string, { key }: v1.IngestManifest): Promise<CalibratedPoint[]> {
  const file = fileOf(root);
  if (!fs.existsSync(file)) return [];
  try {
    const { payload } = await readSealed(file, KIND);
    const { ingestKey, points } = decodeMessage(v1.PathCalibration, payload, file);
    return ingestKey === key ? points.map(({ l1, slope }) => ({ penalty: l1 ?? 0, slope: slope ?? Number.NaN })) : [];
  } catch (thrown) {
    if (thrown instanceof CrossbillError && thrown.code !== "E_IO") return [];
    throw thrown;
  }
}
