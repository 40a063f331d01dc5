import { CrossbillError, HEAD_NAMES, isOfClasses, v1 } from "@crossbill/messages";
import { coreBudget } from "@crossbill/tasks";
import { type Inputs, inputsOf, withLabels } from "../blocks/inputs.js";
import { type Layout, planLayout } from "../blocks/layout.js";
import { blockBounds } from "../blocks/loader.js";
import { largestShape } from "../blocks/needs.js";
import { networkNeeds } from "../network/network-needs.js";
import type { NetworkTraining } from "../network/network-training.js";
import { type ClipOptions, clipGroups } from "../optimizers/clip.js";
import { needsTouched, type OptimizerOptions, type Penalties, stateWords } from "../optimizers/optimizer-options.js";
import { atLeastZero, clipOf, optimizerOf, positiveInteger } from "../options.js";
import { type LabelScale, labelScale } from "../rows/label-scale.js";
import { batchBytes, type TrainPlan } from "../rows/plan.js";
import { trainingRows } from "../rows/training-rows.js";
import { sourceOf, type UsedRows, usedRows } from "../rows/used-rows.js";
import { type InitialWeights, sourceKind, type TrainOptions, type TrainSeams } from "../train-options.js";
import { canStart } from "../warm-start.js";
import { scoreWidth, type ValidationMetric, validationMetric } from "../watch/validation-metric.js";
import type { OnlineHead } from "./stepper.js";
import { trainingKey } from "./training-key.js";

/** Of a member, for a record batch in the shared memory. */
const MOST_ROOM = 2 ** 24;
/** What ranking a validation row takes beside the shared memory: sort keys, order, distinct scores with their weights. */
const RANKING_BYTES = 80;

/** All of a run that does not change between attempts. */
export interface Run {
  readonly key: string;
  readonly plan: TrainPlan;
  readonly used: UsedRows;
  readonly inputs: Inputs;
  readonly layout: Layout;
  /** null: from zero, but for the intercepts where `startsAtBaseRate`. */
  readonly initial: InitialWeights | null;
  readonly startsAtBaseRate: boolean;
  readonly optimizer: OptimizerOptions;
  readonly penalties: Penalties;
  readonly clip: ClipOptions | null;
  /** null: the model is linear. */
  readonly network: NetworkTraining | null;
  readonly head: OnlineHead;
  /** Of the squared head with a network; null: labels are trained on as they stand. */
  readonly labelScale: LabelScale | null;
  /** Whether there are classes. */
  readonly several: boolean;
  /** Of logits, where classes are sampled; null: they are not. */
  readonly correction: "logExpectedCount" | "none" | null;
  readonly metric: ValidationMetric;
  readonly keepLast: boolean;
  readonly epochs: number;
  /** Blocks behind which it pauses; as many as there are: it does not. */
  readonly pauseStep: number;
  readonly workers: number;
}

const HEADS: ReadonlyMap<v1.Head, OnlineHead> = new Map([
  [v1.Head.LOGISTIC, "logistic"],
  [v1.Head.SQUARED, "squared"],
  [v1.Head.POISSON, "poisson"],
  [v1.Head.SOFTMAX, "softmax"],
  [v1.Head.ONE_VS_REST, "oneVsRest"],
  [v1.Head.SAMPLED_SOFTMAX, "sampledSoftmax"],
  [v1.Head.NCE, "nce"],
  [v1.Head.MULTI_LABEL, "multiLabel"],
]);

/** Checks the specification and plans blocks and memory. @throws E_TRAIN_SPEC (exit code 2); E_UNSUPPORTED (exit code 2); E_NO_ROWS; E_MEMORY */
export async function planRun(options: TrainOptions, seams: TrainSeams): Promise<Run> {
  const { specs, manifest, placement, build, initial, memoryBytes, workers: asked } = options;
  const { model, train: spec } = specs;
  const epochs = positiveInteger("train.epochs", spec.epochs);
  const batchSize = positiveInteger("train.batchSize", spec.batchSize);
  const penalties = { l1: atLeastZero("model.l1", model.l1), l2: atLeastZero("model.l2", model.l2) };
  const optimizer = optimizerOf(model.network === null ? spec.optimizer : (spec.linearOptimizer ?? spec.optimizer));
  const clip = clipOf(spec.clip);
  const workers = coreBudget(asked);
  const head = HEADS.get(model.head);
  if (head === undefined)
    throw new CrossbillError("E_UNSUPPORTED", `model.head ${HEAD_NAMES[model.head]} is trained by the optimiser exact only: set train.optimizer to exact`, {
      exitCode: 2,
    });
  const outputs = isOfClasses(model.head) ? manifest.classes.length : 1;
  const inputs = withLabels(seams.inputs ?? inputsOf(placement), model.head, manifest);
  const used = await usedRows(options, sourceKind(seams), batchSize, inputs);
  const plan = seams.plan ?? used.plan;
  if (plan.trainRows === 0)
    throw new CrossbillError("E_NO_ROWS", "there are no training rows: every row was rejected or went to another part; check data.split and the rejects");
  const bounds = blockBounds(plan, inputs);
  const largest = largestShape(plan, inputs);
  const { metric, keepLast } = keptBy(spec, model.head);
  const scoreNumbers = scoreWidth(metric.score, outputs) * plan.validationRows;
  const network = networkNeeds(options, {
    outputs,
    inputs,
    largest,
    steps: epochs * plan.trainBlocks,
    workers,
    keepsLast: plan.validationRows === 0 || keepLast,
  });
  const layout = planLayout({
    ...(network === null ? {} : { network: network.size }),
    parameters: inputs.features + 1,
    outputs,
    steps: epochs * plan.trainBlocks,
    largest,
    blocks: plan.blocks.length,
    allBlocksBytes: sumOf(bounds),
    members: workers,
    columnSizes: [...inputs.categorical, ...inputs.multi].map(({ size }) => size),
    roomBytes: seams.source === undefined ? Math.min(batchBytes(plan.packs), MOST_ROOM) : 0,
    scoreNumbers,
    touched: needsTouched(optimizer, penalties),
    keepsLast: plan.validationRows === 0 || keepLast,
    once: isUsedOnce(spec, plan, bounds, memoryBytes),
    words: stateWords(optimizer),
    clipGroups: clip === null ? null : clipGroups(clip, inputs).length,
    memoryBytes: memoryBytes - rankingBytes(metric) * plan.validationRows,
  });
  return {
    key: trainingKey(build, model, spec, inputs, plan, manifest.classes, initial, options.tables),
    initial: initial ?? null,
    startsAtBaseRate: initial === undefined && spec.initialIntercept === v1.TrainSpec.InitialIntercept.BASE_RATE && canStart(optimizer),
    plan,
    used,
    inputs,
    layout,
    optimizer,
    penalties,
    clip,
    network: network?.at(layout.network) ?? null,
    head: head === "softmax" && inputs.labels !== undefined ? "softSoftmax" : head,
    labelScale: network === null || head !== "squared" ? null : (initial?.network?.labelScale ?? (await scaleOf(options, seams, used, plan))),
    several: isOfClasses(model.head),
    correction: head !== "sampledSoftmax" && head !== "nce" ? null : model.samples < outputs ? "logExpectedCount" : "none",
    metric,
    keepLast,
    epochs,
    pauseStep: pauseStepOf(options, epochs, plan.trainBlocks),
    workers,
  };
}

/** Of the labels alone: no other column is read. @throws E_ABORTED */
async function scaleOf({ root, signal }: TrainOptions, seams: TrainSeams, { sampling }: UsedRows, plan: TrainPlan): Promise<LabelScale> {
  const inputs = { features: 0, categorical: [], multi: [], numeric: [] };
  const source = await sourceOf({ root, source: sourceKind(seams), plan, inputs, rowSampling: sampling, classFactors: null });
  return labelScale(() =>
    trainingRows(plan, source, () => {
      if (signal?.aborted) throw new CrossbillError("E_ABORTED", "training was stopped by request; the same command starts it again", { cause: signal.reason });
    }),
  );
}

/** Whether the state behind any epoch is that of a training of so many: it is evaluated there, and a step is kept by its metric. Validation rows are needed, too. */
export function canPause({ evaluateEverySteps, keep, optimizer }: v1.TrainSpec): boolean {
  return evaluateEverySteps === 0 && keep !== "last" && optimizer?.exact == null;
}

/** @throws E_UNSUPPORTED (exit code 2) where a training cannot pause */
function pauseStepOf({ pauseAfterEpochs, specs }: TrainOptions, epochs: number, blocks: number): number {
  if (pauseAfterEpochs === undefined || pauseAfterEpochs >= epochs) return epochs * blocks;
  if (canPause(specs.train)) return positiveInteger("pauseAfterEpochs", pauseAfterEpochs) * blocks;
  throw new CrossbillError("E_UNSUPPORTED", "pauseAfterEpochs: a training pauses where it is evaluated after every epoch and its best step is kept", {
    exitCode: 2,
  });
}

/** Of a validation row, beside what is kept of it. */
function rankingBytes({ score }: ValidationMetric): number {
  if (score === "none") return 0;
  // A label between 0 and 1 is ranked as two rows.
  return score === "logits" ? 2 * RANKING_BYTES : RANKING_BYTES;
}

/** Whether every block is used once; shuffled ones that memory does not hold are rather read in as few rounds as possible. */
function isUsedOnce(spec: v1.TrainSpec, { validationRows }: TrainPlan, bounds: readonly number[], memoryBytes: number): boolean {
  if (spec.epochs > 1 || (spec.evaluateEverySteps > 0 && validationRows > 0)) return false;
  return !spec.shuffle || sumOf(bounds) <= memoryBytes;
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, n) => sum + n, 0);
}

/** What decides the kept step. @throws E_TRAIN_SPEC (exit code 2) */
function keptBy({ keep, earlyStopping }: v1.TrainSpec, head: v1.Head): { metric: ValidationMetric; keepLast: boolean } {
  if (earlyStopping == null) return { metric: validationMetric(keep === "last" ? "" : keep, head), keepLast: keep === "last" };
  if (keep !== "")
    throw new CrossbillError("E_TRAIN_SPEC", "train.keep: early stopping returns to the best step of its own metric; leave one of the two out", {
      exitCode: 2,
    });
  return { metric: validationMetric(earlyStopping.metric ?? "", head), keepLast: false };
}
