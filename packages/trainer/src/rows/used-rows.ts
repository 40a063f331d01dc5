import { CrossbillError, hasLabelVectors, v1 } from "@crossbill/messages";
import type { Inputs } from "../blocks/inputs.js";
import type { TrainData } from "../loop/protocol.js";
import type { TrainOptions } from "../train-options.js";
import type { BlockSource } from "./block-source.js";
import { countPairs } from "./count-pairs.js";
import { openSource } from "./open-source.js";
import { orderedSource } from "./ordered-source.js";
import { type Ordering, planTraining, type TrainPlan } from "./plan.js";
import { HELD_EVERY } from "./row-order.js";
import { classNames, interceptShifts, type RowSampling, rowSamplingOf } from "./row-sampling.js";
import { sampledPlan } from "./sampled-plan.js";
import { sampledSource } from "./sampled-source.js";

/** The rows that a training uses. */
export interface UsedRows {
  readonly plan: TrainPlan;
  /** null: all training rows. */
  readonly sampling: RowSampling | null;
  /** f64[outputs]: what is added to the intercepts in the end; null: nothing. */
  readonly shifts: Float64Array | null;
  /** For the metrics; null: all training rows. */
  readonly facts: v1.RowSampling.$Properties | null;
  readonly warnings: readonly string[];
}

/**
 * Plans blocks of `batchSize` rows; where rows are sampled, over those kept: the labels are read for it. With a network the rows of a pack are mixed before they are cut into blocks
 * (`train.shuffle`). Early stopping without validation rows holds every tenth training row out.
 * @throws E_TRAIN_SPEC (exit code 2); E_NO_ROWS; E_ABORTED
 */
export async function usedRows(options: TrainOptions, source: TrainData["source"], batchSize: number, inputs: Inputs): Promise<UsedRows> {
  const { manifest, specs, signal } = options;
  const { head } = specs.model;
  const sampling = rowSamplingOf(head, manifest.classes, specs.train);
  const ordering = orderingOf(options);
  if (sampling !== null && hasLabelVectors((manifest.data as v1.DataSpec | null)?.label))
    throw new CrossbillError("E_TRAIN_SPEC", "train.sample: rows are left out by their class, and labels of several numbers name no single one", {
      exitCode: 2,
    });
  if (sampling !== null && ordering?.holdsOut === true)
    throw new CrossbillError("E_TRAIN_SPEC", "train.earlyStopping with train.sample needs validation rows: name them in data.split or data.validation", {
      exitCode: 2,
    });
  const stopped = (): void => {
    if (signal?.aborted) throw new CrossbillError("E_ABORTED", "training was stopped by request; the same command starts it again", { cause: signal.reason });
  };
  const counted = async (plan: TrainPlan): Promise<TrainPlan> =>
    countPairs(plan, await sourceOf({ root: options.root, source, plan, inputs, rowSampling: sampling, classFactors: null }), inputs, stopped);
  const warnings =
    ordering?.holdsOut === true
      ? [`train.earlyStopping: data.split has no validation rows, so every ${HELD_EVERY}th row of the training part is held out for it and not learned`]
      : [];
  if (sampling === null) {
    const plan = await counted(planTraining(manifest, batchSize, null, ordering));
    return { plan, sampling, shifts: null, facts: null, warnings };
  }
  const { plan, rows, kept } = await sampledPlan(
    manifest,
    batchSize,
    await openSource({ source, root: options.root, packs: planTraining(manifest, batchSize).packs, classFactors: null }),
    sampling,
    stopped,
    ordering,
  );
  const names = classNames(head, manifest.classes) ?? [];
  return {
    plan: await counted(plan),
    sampling,
    shifts: interceptShifts(head, sampling),
    facts: {
      correct: sampling.weighted ? v1.SampleSpec.Correct.WEIGHT : v1.SampleSpec.Correct.INTERCEPT,
      classes: names.map((name, y) => ({ class: name, rate: sampling.rates[y]!, rows: rows[y]!, kept: kept[y]! })),
    },
    warnings,
  };
}

/** null: rows are used as they stand; their order is nothing to the exact solver. */
function orderingOf({ manifest, specs }: TrainOptions): Ordering | null {
  const { model, train } = specs;
  if (train.optimizer?.exact != null) return null;
  const parts = manifest.partitions.flatMap(({ packs }) => packs).filter(({ rows }) => rows > 0);
  const holdsOut = train.earlyStopping != null && parts.every(({ part }) => part !== v1.Part.VALIDATION);
  const mixed = (model.network as v1.NetworkSpec | null) !== null && train.shuffle;
  return holdsOut || mixed ? { seed: train.seed, mixed, holdsOut } : null;
}

interface UsedSource {
  readonly root: string;
  readonly source: TrainData["source"];
  readonly plan: Pick<TrainPlan, "packs">;
  readonly inputs: Inputs;
  readonly rowSampling: RowSampling | null;
}

/** The rows of the plan for sums that are to be of all training rows: those kept weigh 1 / rate, however the model is corrected; not weighted by class. */
export function estimatingSource(data: UsedSource): Promise<BlockSource> {
  return sourceOf({ ...data, rowSampling: data.rowSampling === null ? null : { ...data.rowSampling, weighted: true }, classFactors: null });
}

/** The rows of the plan in their order, weighted by class, those that are left out left out. @param room for a record batch */
export async function sourceOf(data: UsedSource & { readonly classFactors: readonly number[] | null }, room?: Uint8Array): Promise<BlockSource> {
  const { packs } = data.plan;
  const all = await openSource({ ...data, packs, ...(room === undefined ? {} : { room }) });
  return orderedSource(sampledSource(all, packs, data.inputs, data.rowSampling), packs, data.inputs);
}
