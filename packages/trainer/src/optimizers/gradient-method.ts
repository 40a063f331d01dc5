import type { KernelExports } from "@crossbill/kernels";
import { log } from "@crossbill/numerics";
import type { Block } from "../blocks/block.js";
import type { Layout } from "../blocks/layout.js";
import { ruleOf, scaleOf, tickOf } from "./gradient-rule.js";
import type { Now, Optimizer } from "./optimizer.js";
import type { GradientMethodOptions, Penalties } from "./optimizer-options.js";
import { rateAt } from "./schedule.js";

/** Adagrad, SGD, momentum, RMSProp or Adam of one output: the weight is in the state; penalties are applied when it is touched and when the state is flushed. */
export function gradientMethod(options: GradientMethodOptions, penalties: Penalties, kernels: KernelExports, layout: Layout): Optimizer {
  const { state, last, clock } = layout;
  const { words, metric, epsilon, logBeta, l1, l2, decay } = ruleOf(options, penalties);
  const lazy = (now: Now) => [state, words, last, clock, now.clock, metric, epsilon, logBeta, l1, l2, decay] as const;
  return {
    ...updates(options, kernels, layout),
    gather: (out, from, to, ids, now) => kernels.lazy_gather(out, from, to, ids, ...lazy(now)),
    gatherFree: (out, from, to, ids) => kernels.lazy_gather(out, from, to, ids, state, words, 0, 0, 0, metric, 0, 0, 0, 0, 0),
    tick: (step, weight) => tickOf(options, step, weight),
    nonZero: (from, to, now) => kernels.lazy_non_zero(from, to, ...lazy(now)),
    flush: (out, from, to, now) => kernels.lazy_flush(out, from, to, ...lazy(now)),
    weights: (out, from, to, at) => kernels.lazy_weights(out, from, to, at, words),
    weightsFree: (out, from, to, at) => kernels.lazy_weights(out, from, to, at, words),
  };
}

function updates(options: GradientMethodOptions, kernels: KernelExports, layout: Layout): Pick<Optimizer, "step" | "apply"> {
  const { state, last, residual } = layout;
  const rate = (step: number): number => rateAt(options, step);
  const scale = (weight: number): number => scaleOf(options, weight);
  const features = (block: Block, from: number, to: number) =>
    [from, to, block.uniq, block.offsets, block.rowsOf, block.valuesOf, block.wide, residual] as const;
  switch (options.kind) {
    case "adagrad":
      return {
        step: (block, from, to, w, step) => kernels.adagrad_step(...features(block, from, to), w, state, last, step, rate(step)),
        apply: (from, to, ids, gradients, w, step) => kernels.adagrad_apply(from, to, ids, gradients, w, state, last, step, rate(step)),
      };
    case "sgd":
      return {
        step: (block, from, to, w, step, weight) => kernels.sgd_step(...features(block, from, to), scale(weight), w, state, last, step, rate(step)),
        apply: (from, to, ids, gradients, w, step, weight) => kernels.sgd_apply(from, to, ids, gradients, scale(weight), w, state, last, step, rate(step)),
      };
    case "momentum": {
      const { momentum, nesterov } = options;
      return {
        step: (block, from, to, w, step, weight) =>
          kernels.momentum_step(...features(block, from, to), scale(weight), w, state, last, step, rate(step), momentum, nesterov),
        apply: (from, to, ids, gradients, w, step, weight) =>
          kernels.momentum_apply(from, to, ids, gradients, scale(weight), w, state, last, step, rate(step), momentum, nesterov),
      };
    }
    case "rmsprop": {
      const { rho, epsilon } = options;
      return {
        step: (block, from, to, w, step, weight) =>
          kernels.rmsprop_step(...features(block, from, to), scale(weight), w, state, last, step, rate(step), rho, epsilon),
        apply: (from, to, ids, gradients, w, step, weight) =>
          kernels.rmsprop_apply(from, to, ids, gradients, scale(weight), w, state, last, step, rate(step), rho, epsilon),
      };
    }
    case "adam": {
      const { beta1, beta2, epsilon } = options;
      const own = [beta1, beta2, log(beta1), log(beta2), epsilon] as const;
      return {
        step: (block, from, to, w, step, weight) => kernels.adam_step(...features(block, from, to), scale(weight), w, state, last, step, rate(step), ...own),
        apply: (from, to, ids, gradients, w, step, weight) =>
          kernels.adam_apply(from, to, ids, gradients, scale(weight), w, state, last, step, rate(step), ...own),
      };
    }
  }
}
