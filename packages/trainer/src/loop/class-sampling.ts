import { v1 } from "@crossbill/messages";
import { positiveInteger } from "../options.js";
import type { BlockSource } from "../rows/block-source.js";
import { trainingRows } from "../rows/training-rows.js";
import type { TrainOptions } from "../train-options.js";
import type { SamplingOptions } from "./class-sampler.js";
import type { Run } from "./plan-run.js";

const SAMPLERS = {
  [v1.ModelSpec.Sampler.LOG_UNIFORM]: "logUniform",
  [v1.ModelSpec.Sampler.UNIFORM]: "uniform",
  [v1.ModelSpec.Sampler.UNIGRAM]: "unigram",
} as const;

/** How classes are sampled; for that the training rows of each are counted. null: they are not. */
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
  const counts = new Array<number>(manifest.classes.length).fill(0);
  if (sampler !== "uniform")
    for await (const { label } of trainingRows(plan, await open(), stopped)) for (const y of label) if (y < counts.length) counts[y] = (counts[y] ?? 0) + 1;
  return { sampler, samples, counts, seed: spec.seed };
}
