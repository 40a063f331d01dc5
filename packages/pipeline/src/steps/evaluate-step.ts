import fs from "node:fs";
import path from "node:path";
import { compare, evaluate } from "@crossbill/evaluation";
import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import type { Model } from "@crossbill/models";
import { readSealed, sha256Hex, writeSealed } from "@crossbill/storage";
import { BUILD } from "../build.js";
import type { RunContext } from "../context.js";

const KIND = "measured";

/** A model to measure or to compare with. */
export interface NamedModel {
  /** Version of the registry, or "candidate", or the path it was loaded from. */
  name: string;
  model: Model;
}

/** Measures `subject` on the test part, against `baseline` where there is one; an equal question is answered from the work folder. */
export async function evaluateStep(
  run: RunContext,
  manifest: v1.IngestManifest,
  subject: NamedModel,
  baseline: NamedModel | null,
): Promise<{ measured: v1.Measured; skipped: boolean }> {
  const { compiled } = run;
  const packs = manifest.partitions
    .flatMap((p) => p.packs ?? [])
    .filter((pack) => pack.part === v1.Part.TEST)
    .map((pack) => v1.Pack.create(pack) as v1.Pack);
  const question = {
    build: BUILD,
    model: subject.model.sha256,
    against: baseline?.model.sha256 ?? null,
    packs: packs.map((pack) => pack.file?.sha256),
    slices: compiled.slices,
    bins: compiled.bins,
    threshold: compiled.threshold,
    weightKind: compiled.data.weightKind,
    minSliceRows: compiled.gate.minSliceRows,
  };
  const key = sha256Hex(Buffer.from(JSON.stringify(question)));
  const file = path.join(run.root, "evaluations", `${key}.pb`);
  const known = run.fresh ? null : await readMeasured(file);
  if (known !== null) {
    run.notice("evaluate: nothing changed, skipped");
    return { measured: known, skipped: true };
  }
  run.progress("evaluate", 0, `${packs.length} packs`);
  const common = { root: run.root, packs, manifest, executor: run.executor, slices: compiled.slices, weightKind: compiled.data.weightKind, signal: run.signal };
  const evaluation = await evaluate({ ...common, model: subject.model, bins: compiled.bins, threshold: compiled.threshold });
  run.progress("evaluate", baseline === null ? 1 : 0.5, "");
  const comparison =
    baseline === null || evaluation.rows === 0
      ? null
      : await compare({ ...common, model: subject.model, against: baseline.model, minSliceRows: compiled.gate.minSliceRows });
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
