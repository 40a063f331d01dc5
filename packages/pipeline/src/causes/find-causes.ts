import { type BiasCause, type BiasEvidence, biasCauses, type ColumnShift, calibrationSlopeOf, type LabelRate, type SliceBias } from "@crossbill/calibration";
import { v1 } from "@crossbill/messages";
import type { Model } from "@crossbill/models";
import type { RunContext } from "../context.js";
import type { MeasuredPacks } from "../steps/measured-packs.js";
import { packsOf } from "../steps/packs-of.js";
import type { CalibratedPoint } from "../tune/path-calibration.js";
import { columnAucs } from "./column-aucs.js";
import { partShifts } from "./part-shifts.js";

/** Of a model of a lower AUC no column reaches what speaks for a leak. */
const SUSPICIOUS_AUC = 0.97;
/** Of a comparison with an earlier run's data: what says that a column is filled otherwise now. */
const SHIFTS: ReadonlySet<string> = new Set(["drift", "missing", "newCategories", "range", "type", "missingField"]);

/**
 * What may be behind a bias of the model on the measured rows (see {@link biasCauses}); of heads other than logistic nothing.
 * @param path how calibration went along a regularisation path of the same data; may be empty
 */
export async function findCauses(
  run: RunContext,
  { manifest, packs }: MeasuredPacks,
  model: Model,
  evaluation: v1.Evaluation,
  path: readonly CalibratedPoint[],
): Promise<BiasCause[]> {
  const bias: v1.Bias | null = evaluation.bias;
  if (model.head !== v1.Head.LOGISTIC || evaluation.rows === 0 || bias === null) return [];
  const { compiled } = run;
  const leaky = evaluation.auc >= SUSPICIOUS_AUC && model.lineage?.ingestKey === manifest.key;
  const slope = slopeOf(evaluation);
  const training = packsOf(manifest, v1.Part.TRAIN);
  const columns = new Set(model.columns.map(({ placed }) => placed.name));
  const evidence: BiasEvidence = {
    bias,
    auc: evaluation.auc,
    slices: evaluation.slices.filter(({ rows }) => (rows ?? 0) >= compiled.gate.minSliceRows).map((slice) => sliceBias(slice, slice.pValue ?? Number.NaN)),
    found: (evaluation.foundBias?.found ?? []).map((found) => sliceBias(found.slice ?? {}, found.adjustedPValue ?? Number.NaN)),
    shifts: [...(await partShifts(run, manifest, { training, test: packs }, columns)), ...checkedShifts(manifest)],
    ...(training.length === 0
      ? {}
      : { rates: { training: trainingRate(manifest, training), test: { rate: bias.meanLabel, draws: draws(manifest, evaluation.rows, evaluation.weight) } } }),
    penalties: penaltiesOf(run, model),
    path,
    ...(slope === null ? {} : { slope }),
    ...(compiled.knownRate === null ? {} : { knownRate: compiled.knownRate }),
    ...(leaky ? { columns: await columnAucs(run, packs, model) } : {}),
  };
  return biasCauses(evidence);
}

function slopeOf({ calibration, weightKind }: v1.Evaluation): NonNullable<BiasEvidence["slope"]> | null {
  const curve = calibration.find(({ strategy }) => strategy === "quantile");
  if (curve === undefined) return null;
  const frequency = weightKind === v1.WeightKind.FREQUENCY;
  const bins = (curve.bins ?? []).map((bin) => {
    const { rows, weight, meanPrediction, meanLabel } = v1.CalibrationBin.create(bin);
    return { weight, draws: frequency ? weight : rows, meanPrediction, meanLabel };
  });
  return calibrationSlopeOf({ bins }, { weightKind: frequency ? "frequency" : "importance" }).slope;
}

function sliceBias(slice: v1.SliceEvaluation.$Properties, pValue: number): SliceBias {
  const keys: Record<string, string | null> = Object.create(null) as Record<string, string | null>;
  for (const { field, value, missing } of slice.slice ?? []) keys[field ?? ""] = missing === true ? null : (value ?? "");
  const { meanLabel = Number.NaN, difference = Number.NaN } = { ...slice.bias };
  return { slice: keys, rows: slice.rows ?? 0, meanLabel: meanLabel ?? Number.NaN, difference: difference ?? Number.NaN, pValue };
}

function checkedShifts({ checks }: v1.IngestManifest): ColumnShift[] {
  return checks
    .map((check) => v1.DataCheck.create(check))
    .filter(({ check, limit }) => SHIFTS.has(check) && limit > 0)
    .map(({ field, message, value, limit }) => ({ column: field, message, value, limit }));
}

function trainingRate(manifest: v1.IngestManifest, packs: readonly v1.Pack[]): LabelRate {
  const sum = (of: (pack: v1.Pack) => number): number => packs.reduce((total, pack) => total + of(pack), 0);
  const weight = sum((pack) => pack.weight);
  return {
    rate: sum((pack) => pack.positiveWeight) / weight,
    draws: draws(
      manifest,
      sum((pack) => pack.rows),
      weight,
    ),
  };
}

function draws({ data }: v1.IngestManifest, rows: number, weight: number): number {
  return data.weightKind === v1.WeightKind.FREQUENCY ? weight : rows;
}

/** Of the model, or where it has none those of FTRL. */
function penaltiesOf({ compiled }: RunContext, { spec }: Model): { l1: number; l2: number } {
  const ftrl = compiled.train.optimizer?.ftrl;
  return spec.l1 > 0 || spec.l2 > 0 || ftrl == null ? { l1: spec.l1, l2: spec.l2 } : { l1: ftrl.l1 ?? 0, l2: ftrl.l2 ?? 0 };
}
