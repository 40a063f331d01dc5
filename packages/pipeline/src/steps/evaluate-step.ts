import fs from "node:fs";
import path from "node:path";
import { type CompareOptions, compare, evaluate, fitSlices } from "@crossbill/evaluation";
import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import type { Model } from "@crossbill/models";
import { readSealed, sha256Hex, writeSealed } from "@crossbill/storage";
import { BUILD } from "../build.js";
import { findCauses } from "../causes/find-causes.js";
import type { RunContext } from "../context.js";
import { checkSummaries } from "../summary.js";
import { readPathCalibration } from "../tune/path-calibration.js";
import { canScore } from "./can-score.js";
import { chooseThreshold } from "./choose-threshold.js";
import type { MeasuredPacks } from "./measured-packs.js";
import { sliceSearch } from "./slice-search.js";

const KIND = "measured";

/** A model to measure or to compare with. */
export interface NamedModel {
  /** Version of the registry, or "candidate", or the path it was loaded from. */
  name: string;
  model: Model;
}

/** Measures `subject` on some rows, against `baseline` where there is one; an equal question is answered from the work folder. */
export async function evaluateStep(
  run: RunContext,
  rows: MeasuredPacks,
  subject: NamedModel,
  baseline: NamedModel | null,
): Promise<{ measured: v1.Measured; skipped: boolean }> {
  const { compiled } = run;
  const { packs, manifest } = rows;
  const calibrated = await readPathCalibration(run.root, manifest);
  const question = {
    build: BUILD,
    model: subject.model.sha256,
    against: baseline?.model.sha256 ?? null,
    packs: packs.map((pack) => pack.file?.sha256),
    slices: compiled.slices,
    bins: compiled.bins,
    threshold: compiled.threshold,
    // Which rows chose the threshold.
    ...(typeof compiled.threshold === "number" ? {} : { validation: rows.validation.map((pack) => pack.file?.sha256) }),
    weightKind: compiled.data.weightKind,
    minSliceRows: compiled.gate.minSliceRows,
    // What causes of bias are looked for in.
    causes: [manifest.key, compiled.knownRate, compiled.train.optimizer?.ftrl ?? null, checkSummaries(manifest), calibrated],
    search: compiled.search,
    fairness: compiled.fairness,
  };
  const key = sha256Hex(Buffer.from(JSON.stringify(question)));
  const file = path.join(run.root, "evaluations", `${key}.pb`);
  const known = run.fresh ? null : await readMeasured(file);
  if (known !== null) {
    run.notice("evaluate: nothing changed, skipped");
    return { measured: known, skipped: true };
  }
  run.progress("evaluate", 0, `${packs.length} packs`);
  // Both models have the same ranges.
  const slices = await fitSlices(run.root, packs, compiled.slices);
  const common = { root: run.root, packs, manifest, executor: run.executor, slices, weightKind: compiled.data.weightKind, signal: run.signal };
  const threshold = await chooseThreshold(run, rows, subject.model);
  const search = sliceSearch(compiled, manifest);
  const evaluation = await evaluate({
    ...common,
    ...threshold,
    model: subject.model,
    bins: compiled.bins,
    fairness: compiled.fairness,
    ...(search === undefined ? {} : { search }),
  });
  evaluation.causes = (await findCauses(run, rows, subject.model, evaluation, calibrated)).map((cause) => ({ ...cause, fields: [...cause.fields] }));
  run.progress("evaluate", baseline === null ? 1 : 0.5, "");
  const comparison = baseline === null || evaluation.rows === 0 ? null : await compareModels(run, common, rows, subject, baseline);
  const measured = v1.Measured.create({
    formatVersion: 1,
    key,
    evaluation,
    ...(comparison === null ? {} : { comparison, againstVersion: baseline?.name ?? "" }),
  });
  await writeSealed(file, KIND, 1, encodeMessage(v1.Measured, measured));
  run.progress("evaluate", 1, "");
  return { measured, skipped: false };
}

/**
 * Compares two models on the same rows. One that cannot score these packs (it was fitted before a refit, or has other columns) gets the same rows in its
 * own terms. Null, with a notice, when the data lack what it needs, or the two predict different things.
 */
async function compareModels(
  run: RunContext,
  common: Omit<CompareOptions, "model" | "against">,
  { encodeFor }: MeasuredPacks,
  subject: NamedModel,
  baseline: NamedModel,
): Promise<v1.Comparison | null> {
  const against = baseline.model;
  const options = { ...common, model: subject.model, against, minSliceRows: run.compiled.gate.minSliceRows };
  try {
    if (canScore(against, common.manifest)) return await compare(options);
    return await compare({ ...options, againstPacks: await encodeFor(against) });
  } catch (thrown) {
    if (!(thrown instanceof CrossbillError) || !NOT_COMPARABLE.has(thrown.code)) throw thrown;
    run.notice(`evaluate: not compared with ${baseline.name}: ${thrown.message}`);
    return null;
  }
}

const NOT_COMPARABLE: ReadonlySet<string> = new Set(["E_COMPARE_HEADS", "E_COLUMN_FIELD"]);

/** A damaged or missing answer is worked out again. */
async function readMeasured(file: string): Promise<v1.Measured | null> {
  if (!fs.existsSync(file)) return null;
  try {
    const { payload } = await readSealed(file, KIND);
    return decodeMessage(v1.Measured, payload, file);
  } catch (thrown) {
    if (thrown instanceof CrossbillError && thrown.code !== "E_IO") return null;
    throw thrown;
  }
}
