import { type LazyRule, METRICS } from "@crossbill/kernels";
import { log } from "@crossbill/numerics";
import { type GradientMethodOptions, type Penalties, stateWords } from "./optimizer-options.js";
import { rateAt } from "./schedule.js";

/**
 * Penalties of a gradient method per unit of time, whose rates are those of its steps: rho by its metric; of momentum times 1 / (1 - momentum), since a gradient that stays
 * moves the weight so far; of Adagrad time is learning rate times weight of the examples, as its gradients are sums.
 */
export function ruleOf(options: GradientMethodOptions, penalties: Penalties): LazyRule {
  const unit = options.kind === "momentum" ? 1 / (1 - options.momentum) : 1;
  return {
    words: stateWords(options),
    metric: METRICS[METRIC_OF[options.kind]],
    epsilon: "epsilon" in options ? options.epsilon : 0,
    logBeta: options.kind === "adam" ? log(options.beta2) : 0,
    l1: unit * penalties.l1,
    l2: unit * penalties.l2,
    decay: options.weightDecay ?? 0,
  };
}

const METRIC_OF = { adagrad: "ADAGRAD", sgd: "IDENTITY", momentum: "IDENTITY", rmsprop: "RMSPROP", adam: "ADAM" } as const;

/** The time of penalties that passes in a block: its learning rate, of Adagrad times its weight. A block without weight takes none. */
export function tickOf(options: GradientMethodOptions, step: number, weight: number): number {
  return weight > 0 ? rateAt(options, step) * (options.kind === "adagrad" ? weight : 1) : 0;
}

/** What sums of gradients are multiplied by: Adagrad takes them as they are, the others the mean. */
export function scaleOf({ kind }: GradientMethodOptions, weight: number): number {
  return kind === "adagrad" ? 1 : weight > 0 ? 1 / weight : 0;
}
