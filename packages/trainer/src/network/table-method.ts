import type { KernelExports } from "@crossbill/kernels";
import type { TablePlan } from "@crossbill/models";
import { log } from "@crossbill/numerics";
import { ruleOf, scaleOf, tickOf } from "../optimizers/gradient-rule.js";
import type { Now } from "../optimizers/optimizer.js";
import { type FtrlOptions, type GradientMethodOptions, type OptimizerOptions, type SgdOptions, stateWords } from "../optimizers/optimizer-options.js";
import { rateAt } from "../optimizers/schedule.js";
import type { TableLayout } from "./network-layout.js";

/** A table as far as its optimiser needs it. `l1`: penalty on the weighted mean loss. */
export type LearnedTable = Omit<TablePlan, "initializer"> & { readonly l1?: number };

/** A block's distinct ids [from, to) of a column: where they stand, the column's first feature. */
export interface BlockIds {
  readonly from: number;
  readonly to: number;
  readonly ids: number;
  readonly first: number;
}

/**
 * What a table's optimiser does to its rows. Pointers are byte offsets, V floats a vector, ranges half-open; {@link Now} is before the block, its clock that of the tables' penalties. Gradients are those of the
 * weighted sum of the block's losses.
 */
export interface TableMethod {
  /** out f32[..][V] = vectors of the ids. */
  gather(out: number, ids: BlockIds, now: Now): void;
  /** One update of each id's row: gradients f32[..][V], to be multiplied by `factor`; `w` as gathered; `weight` of the block. */
  update(ids: BlockIds, gradients: number, factor: number, w: number, step: number, weight: number): void;
  /** How many numbers of touched rows [from, to) are not 0; NaN where one, or what the optimiser keeps, is not finite. */
  nonZero(from: number, to: number): number;
  /** Touched rows [from, to), with penalties due applied, to where the best are. */
  keep(from: number, to: number, now: Now): void;
  /** out f32[V] = the vector that was kept, when so much weight had been seen, of the row whose number u32 stands at `row`. */
  kept(out: number, row: number, seen: number): void;
}

/** Of a table that is not learned: a row is its vector alone. */
const FROZEN: SgdOptions = { kind: "sgd", learningRate: 1 };

/** What a table is trained by. */
export function optimizerOfTable(options: OptimizerOptions, { frozen }: Pick<TablePlan, "frozen">): OptimizerOptions {
  return frozen ? FROZEN : options;
}

/** Floats of a table's row: weights, state, Adam's count. */
export function tableWords(options: OptimizerOptions, { stride, frozen }: Pick<TablePlan, "stride" | "frozen">): number {
  const own = optimizerOfTable(options, { frozen });
  return own.kind === "adam" ? 3 * stride + (stride < 4 ? 1 : 4) : stateWords(own) * stride;
}

/**
 * A number that was drawn, times this, is the first word of its state. FTRL begins with the step that leads there, its first proximal term about the drawn vector w0 instead of 0: of z = -w0 beta / alpha and n = 0 comes
 * w = w0 without l1 and l2, and with them what they make of it. So l1 means what it does of weights that begin at 0: a number is 0 until its gradients, with the pull to where it was drawn, add up to more.
 */
export function drawnFactor(options: OptimizerOptions): number {
  return options.kind === "ftrl" ? -options.beta / options.alpha : 1;
}

/** The time of tables' penalties that passes in a block; FTRL's go by the weight seen. */
export function tableTick(options: OptimizerOptions, step: number, weight: number): number {
  return options.kind === "ftrl" ? 0 : tickOf(options, step, weight);
}

/** @param clock f64[steps + 1]: time of the penalties before each step */
export function tableMethod(options: OptimizerOptions, plan: LearnedTable, at: TableLayout, kernels: KernelExports, clock: number): TableMethod {
  const own = optimizerOfTable(options, plan);
  return own.kind === "ftrl" ? ftrlTable(own, plan, at, kernels) : gradientTable(own, plan, at, kernels, clock);
}

/** FTRL-Proximal, row {z f32[V], n f32[V]}: lambda2 = l2 + 2 plan.l2 seen. */
function ftrlTable({ alpha, beta, l1, l2 }: FtrlOptions, { stride, maxNorm, l2: penalty }: LearnedTable, at: TableLayout, kernels: KernelExports): TableMethod {
  const { state, words, last, best, bestLast } = at;
  const numbers = (seen: number) => [maxNorm, alpha, beta, l1, l2 + 2 * penalty * seen] as const;
  return {
    gather: (out, { from, to, ids, first }, { seen }) => kernels.table_ftrl_gather(out, from, to, ids, first, stride, state, words, ...numbers(seen)),
    update: ({ from, to, ids, first }, gradients, factor, w, step) =>
      kernels.table_ftrl(from, to, ids, first, stride, gradients, factor, w, state, words, last, step, alpha),
    nonZero: (from, to) => kernels.table_non_zero(from, to, stride, state, words, last, l1),
    keep: (from, to) => kernels.table_flush(best, bestLast, from, to, stride, state, words, last, 0, 0, 0, 0, 0, 0, 0, 0),
    kept: (out, row, seen) => kernels.table_ftrl_gather(out, 0, 1, row, 0, stride, best, words, ...numbers(seen)),
  };
}

/** The others: row {w f32[V], ...}. */
function gradientTable(o: GradientMethodOptions, plan: LearnedTable, at: TableLayout, kernels: KernelExports, clock: number): TableMethod {
  const { stride, maxNorm, frozen } = plan;
  const { state, words, last, best, bestLast } = at;
  const { metric, epsilon, logBeta, l1, l2, decay } = ruleOf(o, frozen ? { l1: 0, l2: 0 } : { l1: plan.l1 ?? 0, l2: plan.l2 });
  /** As kernels take penalties. Without any the clock is 0. */
  const penalties = (now: number) => [last, l1 > 0 || l2 > 0 || decay > 0 ? clock : 0, now, metric, epsilon, logBeta, l1, l2, decay] as const;
  return {
    gather: (out, { from, to, ids, first }, now) => kernels.table_gather(out, from, to, ids, first, stride, state, words, ...penalties(now.clock)),
    update: ({ from, to, ids, first }, gradients, factor, w, step, weight) => {
      const scale = scaleOf(o, weight) * factor;
      const all = [from, to, ids, first, stride, gradients, scale, w, state, words, last, step, maxNorm, rateAt(o, step)] as const;
      switch (o.kind) {
        case "adagrad":
          kernels.table_adagrad(...all);
          break;
        case "sgd":
          kernels.table_sgd(...all);
          break;
        case "momentum":
          kernels.table_momentum(...all, o.momentum, o.nesterov);
          break;
        case "rmsprop":
          kernels.table_rmsprop(...all, o.rho, o.epsilon);
          break;
        case "adam":
          kernels.table_adam(...all, o.beta1, o.beta2, log(o.beta1), log(o.beta2), o.epsilon);
          break;
      }
    },
    nonZero: (from, to) => kernels.table_non_zero(from, to, stride, state, words, last, 0),
    keep: (from, to, now) => kernels.table_flush(best, bestLast, from, to, stride, state, words, ...penalties(now.clock)),
    kept: (out, row) => kernels.table_gather(out, 0, 1, row, 0, stride, best, words, bestLast, 0, 0, 0, 0, 0, 0, 0, 0),
  };
}
