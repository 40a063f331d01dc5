import { v1 } from "@crossbill/messages";
import { positiveInteger } from "../options.js";
import type { BlockSource } from "../rows/block-source.js";
import { labelTotals, trainingRows } from "../rows/training-rows.js";
import type { TrainOptions } from "../train-options.js";
import type { SamplingOptions } from "./class-sampler.js";
import type { Run } from "./plan-run.js";

const SAMPLERS = {
  [v1.ModelSpec.Sampler.LOG_UNIFORM]: "logUniform",
  [v1.ModelSpec.Sampler.UNIFORM]: "uniform",
  [v1.ModelSpec.Sampler.UNIGRAM]: "unigram",
} as const;

/** How classes are sampled; for that the training rows of each are counted, by weight. null: they are not. */
export async function classSampling(
  { specs, manifest }: Pick<TrainOptions, "specs" | "manifest">,
  { head, plan }: Pick<Run, "head" | "plan">,
  open: () => Promise<BlockSource>,
  stopped: () => void,
): Promise<SamplingOptions | null> {
  if (head !== "sampledSoftmax" && head !== "nce") return null;
  const { model, train: spec } = specs;
  const sampler = SAMPLERS[model.sampler];
  const samples = positiveInteger("model.head.samples", model.samples);
  const K = manifest.classes.length;
  const counts = sampler === "uniform" ? new Array<number>(K).fill(0) : [...(await labelTotals(K, trainingRows(plan, await open(), stopped))).sums];
  return { sampler, samples, counts, seed: spec.seed };
}
