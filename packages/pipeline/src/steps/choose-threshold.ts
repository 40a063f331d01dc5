import { type EvaluateOptions, findThreshold } from "@crossbill/evaluation";
import { v1 } from "@crossbill/messages";
import type { Model } from "@crossbill/models";
import type { RunContext } from "../context.js";
import { canScore } from "./can-score.js";
import type { MeasuredPacks } from "./measured-packs.js";

/**
 * The threshold of a model, and how it was chosen: as given, or by the validation part, so that what is measured at it on other rows is honest. Where there is no validation
 * part that the model can score, the rows that are measured choose it themselves.
 */
export async function chooseThreshold(
  run: RunContext,
  { validation, validationManifest: manifest }: Pick<MeasuredPacks, "validation" | "validationManifest">,
  model: Model,
): Promise<Pick<EvaluateOptions, "threshold" | "thresholdRule">> {
  const { threshold } = run.compiled;
  if (typeof threshold === "number") return { threshold };
  if (model.head !== v1.Head.LOGISTIC) return {};
  const { criterion, told } = threshold;
  const rows = validation.reduce((sum, pack) => sum + pack.rows, 0);
  if (rows === 0 || !canScore(model, manifest))
    return {
      threshold: criterion,
      thresholdRule: `${told}, chosen on the measured rows themselves, as there is no validation part: what it gives is too good`,
    };
  const best = await findThreshold({ root: run.root, packs: validation, manifest, executor: run.executor, signal: run.signal, model, criterion });
  if (Number.isNaN(best)) return { threshold: 0.5, thresholdRule: `0.5, as ${told} is undefined on the ${rows} validation rows` };
  return { threshold: best, thresholdRule: `${told}, chosen on the ${rows} validation rows` };
}
