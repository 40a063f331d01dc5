import { v1 } from "@crossbill/messages";
import type { Inputs } from "../blocks/inputs.js";
import { linearInputs } from "../loop/linear-part.js";
import type { OnlineHead } from "../loop/stepper.js";
import type { TrainState } from "../loop/train-state.js";
import type { NetworkTraining } from "../network/network-training.js";
import type { OptimizerOptions, Penalties } from "../optimizers/optimizer-options.js";
import type { TrainPlan } from "../rows/plan.js";
import { lossRises, type Rise, saturated, separable, squaredOnBinary, unusedColumns } from "./diagnostics.js";
import type { Judged } from "./judge.js";
import { layerVerdicts } from "./layer-verdicts.js";
import type { Observation } from "./observation.js";
import { unusedIn } from "./unused-columns.js";

/** Share of saturated rows that is told. */
export const MANY_SATURATED = 0.05;
/** Separable data are learned: the loss of the last epoch is below this share of a constant prediction's. */
const LEARNED = 0.1;
/** How far the loss has risen above a constant prediction's (a share), or above the lowest before: a share of it, and of a constant prediction's. */
const [ABOVE_CONSTANT, ABOVE_LOWEST, OF_CONSTANT] = [0.02, 0.1, 0.05];

/** What is known of a training by an online optimiser when it has ended. */
export interface Trained {
  readonly state: TrainState;
  readonly plan: TrainPlan;
  readonly head: OnlineHead;
  readonly inputs: Inputs;
  readonly optimizer: OptimizerOptions;
  readonly penalties: Penalties;
  /** Whether it began with zero weights. */
  readonly cold: boolean;
  /** null: the model is linear. */
  readonly network: NetworkTraining | null;
  /** f32[K][F]: of the kept step. */
  readonly weights: Float32Array;
}

/** What the user should know of a training by an online optimiser; depends on what decides the result alone. */
export function diagnose(trained: Trained): v1.Diagnostic[] {
  const { state, plan, head, inputs, weights, network } = trained;
  const { kept } = state;
  const found: v1.Diagnostic[] = [];
  if (head === "squared" && !state.otherLabels) found.push(squaredOnBinary(kept?.outside ?? 0, plan.validationRows));
  if (kept !== null) {
    const rise = riseOf(state, kept, trained.cold);
    if (rise !== null) found.push(lossRises(rise, rateOf(trained.optimizer)));
    if (network === null && isSeparable(trained, kept)) found.push(separable(`all ${kept.judged} training rows looked at are`, kept.fullLoss / kept.weight));
    if (isSaturated(kept)) found.push(saturated(kept.saturated, kept.judged, "training rows looked at"));
  }
  if (network !== null) found.push(...verdicts(state));
  return [...found, ...unused(weights, network === null ? inputs : linearInputs(inputs, network.plan.linear), isPenalised(trained, "l1"))];
}

/** Of the layers, at the kept step and on the way. */
function verdicts({ curve, bestStep }: TrainState): v1.Diagnostic[] {
  const layersOf = ({ layers }: v1.CurvePoint.$Properties): v1.LayerWatch[] => (layers ?? []).map((layer) => v1.LayerWatch.create(layer));
  const kept = curve.find(({ step }) => step === bestStep);
  return layerVerdicts(kept === undefined ? [] : layersOf(kept), curve.map(layersOf));
}

/** One diagnostic for all columns without a weight, or none. */
export function unused(weights: Float32Array | Float64Array, inputs: Inputs, l1: boolean): v1.Diagnostic[] {
  const columns = unusedIn(weights, inputs);
  const all = inputs.categorical.length + inputs.multi.length + inputs.numeric.length;
  return columns.length === 0 ? [] : [unusedColumns(columns, all, l1)];
}

export function isSaturated({ saturated: count, judged }: Judged): boolean {
  return count > MANY_SATURATED * judged;
}

function isSeparable(trained: Trained, { judged, wrong, several, constantLoss, weight }: Observation): boolean {
  const { epochLossSum, epochWeightSum } = trained.state;
  if (isPenalised(trained, "l1") || isPenalised(trained, "l2") || judged === 0 || wrong > 0 || !several) return false;
  return epochLossSum / epochWeightSum < (LEARNED * constantLoss) / weight;
}

function isPenalised({ optimizer, penalties }: Trained, which: "l1" | "l2"): boolean {
  if (penalties[which] > 0) return true;
  if (optimizer.kind === "ftrl") return optimizer[which] > 0;
  return which === "l2" && (optimizer.weightDecay ?? 0) > 0;
}

/** At the last evaluation, on the same rows as at all others: above what no training at all gives, or, with the loss of the rows on the way, well above the lowest before. */
function riseOf({ curve }: TrainState, { constantLoss, startLoss, weight }: Observation, cold: boolean): Rise | null {
  const last = curve.at(-1);
  if (last === undefined) return null;
  const [step, loss] = [last.step!, last.observedLoss!];
  const untrained = Math.max(constantLoss, cold ? startLoss : 0) / weight;
  if (loss > (1 + ABOVE_CONSTANT) * untrained) return { step, loss, lowest: untrained, lowestStep: 0 };
  const before = curve.slice(0, -1);
  if (before.length === 0) return null;
  const lowest = before.reduce((least, point) => (point.observedLoss! < least.observedLoss! ? point : least));
  const rise = loss - lowest.observedLoss!;
  const onTheWay = Math.min(...before.map((point) => point.progressiveLoss!));
  if (!(rise > ABOVE_LOWEST * lowest.observedLoss! && rise > (OF_CONSTANT * constantLoss) / weight && last.progressiveLoss! > (1 + ABOVE_LOWEST) * onTheWay))
    return null;
  return { step, loss, lowest: lowest.observedLoss!, lowestStep: lowest.step! };
}

function rateOf(optimizer: OptimizerOptions): { readonly name: string; readonly value: number } {
  return optimizer.kind === "ftrl" ? { name: "alpha", value: optimizer.alpha } : { name: "learningRate", value: optimizer.learningRate };
}
