import type { KernelExports } from "@crossbill/kernels";
import type { NetworkPlan } from "@crossbill/models";
import { log } from "@crossbill/numerics";
import { type Heap, share } from "../blocks/heap.js";
import type { Team } from "../loop/stepper.js";
import { scaleOf } from "../optimizers/gradient-rule.js";
import type { GradientMethodOptions } from "../optimizers/optimizer-options.js";
import { rateAt } from "../optimizers/schedule.js";
import type { ClassRows } from "./class-rows.js";
import { denseChunks, denseGroups } from "./gradient-groups.js";
import type { NetworkLayout } from "./network-layout.js";

/** Dense parameters [from, to) under one penalty. */
export interface PenaltyRun {
  readonly from: number;
  readonly to: number;
  readonly l1: number;
  readonly l2: number;
  readonly decay: number;
}

/** Runs of dense parameters, ascending and without gaps: penalties and weight decay are on weights of layers and vectors of numeric columns, not on biases, slopes, gamma and beta. */
export function penaltyRuns({ towers, dense }: Pick<NetworkPlan, "towers" | "dense">, decay: number): PenaltyRun[] {
  const penalised = towers
    .flatMap(({ layers, inputs, l1, l2 }) => [
      ...layers.map(({ weights, inputs: i, outputs, penalised: has }) => ({
        from: weights,
        to: weights + i * outputs,
        l1: has ? l1 : 0,
        l2: has ? l2 : 0,
        decay,
      })),
      ...inputs.flatMap((input) =>
        input.kind === "numeric" && input.vectors >= 0 ? [{ from: input.vectors, to: input.vectors + input.numbers * input.width, l1, l2, decay }] : [],
      ),
    ])
    .sort((a, b) => a.from - b.from);
  const runs: PenaltyRun[] = [];
  let at = 0;
  for (const run of penalised) {
    if (run.from > at) runs.push({ from: at, to: run.from, l1: 0, l2: 0, decay: 0 });
    runs.push(run);
    at = run.to;
  }
  return at < dense ? [...runs, { from: at, to: dense, l1: 0, l2: 0, decay: 0 }] : runs;
}

export interface DenseParts {
  readonly heap: Heap;
  readonly kernels: KernelExports;
  readonly plan: NetworkPlan;
  readonly layout: NetworkLayout;
  readonly optimizer: GradientMethodOptions;
  /** null: no classes are sampled. */
  readonly classes: ClassRows | null;
  readonly team: Team;
  /** Blocks of earlier trainings behind the optimiser's state. */
  readonly before: number;
}

/** What all rows share: this member's range of it, f32[from, to) of P; and of sampled classes its share. */
export class DenseParameters {
  readonly #parts: DenseParts;
  /** Each within one group. */
  readonly #runs: readonly (PenaltyRun & { readonly group: number })[];
  readonly from: number;
  readonly to: number;

  constructor(parts: DenseParts) {
    this.#parts = parts;
    const { plan, optimizer, team } = parts;
    const chunks = denseChunks(plan);
    const [first, end] = [share(chunks.length, team.index, team.size), share(chunks.length, team.index + 1, team.size)];
    this.from = chunks[first]?.from ?? plan.dense;
    this.to = first < end ? chunks[end - 1]!.to : this.from;
    const groups = denseGroups(plan);
    this.#runs = penaltyRuns(plan, optimizer.weightDecay ?? 0)
      .filter(({ from, to }) => from < this.to && to > this.from)
      .map((run) => ({
        ...run,
        from: Math.max(run.from, this.from),
        to: Math.min(run.to, this.to),
        group: groups.findIndex(({ from, to }) => from <= run.from && run.from < to),
      }));
  }

  /** The block's gradient: its lanes in their order. */
  sumLanes(lanes: number): void {
    const { kernels, layout, plan, classes } = this.#parts;
    const sum = (from: number, to: number): void => kernels.sum_lanes(layout.gradient, layout.lanes, lanes, layout.laneFloats, from, to);
    sum(this.from, this.to);
    if (classes !== null) sum(plan.dense + classes.share.from, plan.dense + classes.share.to);
  }

  /** @param weight of the block @param time of penalties that passes in it @param factors of gradients, by group; null: 1 @param w where the parameters and their state are */
  update(step: number, weight: number, time: number, factors: readonly number[] | null, w: number = this.#parts.layout.dense): void {
    if (!(weight > 0)) return;
    const { kernels, layout, plan, optimizer, before } = this.#parts;
    const { gradient: g } = layout;
    const first = w + 4 * plan.dense;
    const rate = rateAt(optimizer, step);
    for (const { from, to, l1, l2, decay, group } of this.#runs) {
      const scale = scaleOf(optimizer, weight) * (factors?.[group] ?? 1);
      const penalty = [time, l1, l2, decay] as const;
      switch (optimizer.kind) {
        case "adagrad":
          kernels.dense_adagrad(w, g, first, from, to, scale, rate, ...penalty);
          break;
        case "sgd":
          kernels.dense_sgd(w, g, from, to, scale, rate, ...penalty);
          break;
        case "momentum":
          kernels.dense_momentum(w, g, first, from, to, scale, rate, optimizer.momentum, optimizer.nesterov, ...penalty);
          break;
        case "rmsprop":
          kernels.dense_rmsprop(w, g, first, from, to, scale, rate, optimizer.rho, optimizer.epsilon, ...penalty);
          break;
        case "adam": {
          const { beta1, beta2, epsilon } = optimizer;
          kernels.dense_adam(
            w,
            g,
            first,
            first + 4 * plan.dense,
            from,
            to,
            scale,
            before + step + 1,
            rate,
            beta1,
            beta2,
            log(beta1),
            log(beta2),
            epsilon,
            ...penalty,
          );
          break;
        }
      }
    }
  }

  /** How many of the member's parameters are not 0; NaN where one, or what its optimiser keeps, is not finite. */
  nonZero(): number {
    const { heap, layout, plan } = this.#parts;
    let count = 0;
    for (let word = 0; word <= layout.states; word++) {
      const at = layout.dense / 4 + word * plan.dense;
      for (let k = this.from; k < this.to; k++) {
        const x = heap.f32[at + k]!;
        if (!Number.isFinite(x)) return Number.NaN;
        if (word === 0 && x !== 0) count++;
      }
    }
    return count + (this.#parts.classes?.nonZero() ?? 0);
  }
}
