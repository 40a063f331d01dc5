import { isOfClasses, v1 } from "@crossbill/messages";
import { Registry } from "@crossbill/registry";
import { BUILD } from "../build.js";
import { candidatePath } from "../candidate.js";
import { configSha256 } from "../config/digest.js";
import type { RunContext } from "../context.js";

/** Publishes the candidate and makes it current; a model that is current already is left as it is. */
export async function publishStep(run: RunContext, candidate: v1.Candidate, measured: v1.Measured): Promise<{ version: string; skipped: boolean }> {
  const registry = new Registry(run.registryRoot);
  const current = await registry.current();
  if (current !== null && (await registry.show(current)).modelSha256 === candidate.modelSha256) {
    run.notice(`publish: ${current} is this model, skipped`);
    return { version: current, skipped: true };
  }
  const e = v1.Evaluation.create(measured.evaluation ?? {});
  const measures = {
    rows: e.rows,
    logLoss: e.logLoss,
    auc: e.auc,
    bias: e.bias?.difference ?? Number.NaN,
    rmse: e.rmse,
    ...(e.head === v1.Head.MULTI_LABEL ? { macroAuc: e.macroAuc } : {}),
    ...(e.head === v1.Head.POISSON ? { poissonLoss: e.poissonLoss, deviance: e.deviance } : {}),
    ...(isOfClasses(e.head) ? { accuracy: e.accuracy } : {}),
  };
  const version = await registry.publish({
    from: candidatePath(run.root, candidate),
    modelSha256: candidate.modelSha256,
    // a head has the measures that make sense for it; the gate has refused the model where one of those is undefined
    metrics: Object.fromEntries(Object.entries(measures).filter(([, value]) => !Number.isNaN(value))),
    lineage: { build: BUILD, configSha256: configSha256(run.compiled), ingestKey: candidate.ingestKey },
  });
  return { version, skipped: false };
}
