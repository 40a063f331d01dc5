import path from "node:path";
import type { v1 } from "@crossbill/messages";
import { strongestWeights } from "@crossbill/models";
import { atomicWrite } from "@crossbill/storage";
import type { RunContext } from "../context.js";
import type { NamedModel } from "./evaluate-step.js";

/** TensorBoard knows event files by the middle of their name. */
const FILE = "events.out.tfevents.0.crossbill";

/**
 * Writes the event file of a model: its training, and its measures where there are any. A model has one folder in `folder`, a run of TensorBoard, that bears
 * the first digits of its sha256; the same model and measures give the same bytes. Returns the file's path.
 */
export async function tensorboardStep(
  run: RunContext,
  folder: string,
  { model }: NamedModel,
  measured: Pick<v1.Measured, "evaluation"> | null,
): Promise<string> {
  const { eventFile, summarize } = await import("@crossbill/report");
  const { histogram } = await strongestWeights(model.path, 0);
  const bytes = eventFile(
    summarize({
      title: path.basename(run.loaded.directory),
      ...(measured === null ? {} : { evaluation: measured.evaluation }),
      ...(model.metrics === null ? {} : { train: model.metrics }),
      weights: { histogram, strongest: [], intercept: model.intercept },
    }),
    model.metrics?.curve,
  );
  const file = path.join(folder, model.sha256.slice(0, 12), FILE);
  await atomicWrite(file, bytes);
  return file;
}
