import { PANEL_ROWS } from "@crossbill/kernels";
import type { CrossbillError, v1 } from "@crossbill/messages";
import { BATCH_NORM_MOMENTUM, type DenseEngine } from "@crossbill/models";
import { exp, log } from "@crossbill/numerics";
import type { Block } from "../blocks/block.js";
import type { Sample } from "../loop/class-sampler.js";
import type { FailedBlock, FailedWeight, LearnedState, Learner, Loss, Pass } from "../loop/learner.js";
import { type LearnerParts, LinearLearner } from "../loop/linear-learner.js";
import { linearPart } from "../loop/linear-part.js";
import type { TrainData } from "../loop/protocol.js";
import { Stage } from "../loop/stepper.js";
import { tickOf } from "../optimizers/gradient-rule.js";
import type { Now } from "../optimizers/optimizer.js";
import { divergedAt, divergedParameter } from "../watch/divergence.js";
import { ClassRows } from "./class-rows.js";
import { DenseParameters } from "./dense-parameters.js";
import { EngineLayers } from "./engine-layers.js";
import { GradientSquares } from "./gradient-squares.js";
import { LayerWatcher } from "./layer-watch.js";
import { NetworkClip } from "./network-clip.js";
import { type FaultParts, type NetworkFault, networkFault, parameterFault } from "./network-fault.js";
import { networkInputs } from "./network-inputs.js";
import { type BlockPass, NetworkPass } from "./network-pass.js";
import { packNetwork } from "./network-state.js";
import type { NetworkTraining } from "./network-training.js";
import { tableTick } from "./table-method.js";
import { Tables } from "./tables.js";
import { type Panel, Towers } from "./towers.js";

export interface NetworkLearnerParts extends LearnerParts {
  readonly data: LearnerParts["data"] & Pick<TrainData, "start" | "labelScale">;
  readonly network: NetworkTraining;
  /** Of the member that has it. */
  readonly engine: DenseEngine | null;
}

/** A network with its linear part: the logit of each output is the sum of both. */
export class NetworkLearner implements Learner {
  readonly #parts: NetworkLearnerParts;
  readonly #linear: LinearLearner;
  readonly #dense: DenseParameters;
  readonly #tables: Tables;
  /** null: no classes are sampled. */
  readonly #classes: ClassRows | null;
  readonly #pass: NetworkPass;
  readonly #clip: NetworkClip | null;
  readonly #squares: GradientSquares;
  readonly #watcher: LayerWatcher;
  readonly #faults: FaultParts;
  /** Of the labels that are trained on: a unit of theirs in the data's. */
  readonly #deviation: number;
  /** Blocks done. */
  #step: number;
  #seen = 0;

  constructor(parts: NetworkLearnerParts) {
    const { data, heap, kernels, team, network } = parts;
    const { plan, layout, optimizer, tableOptimizer, rows, pairs, seed } = network;
    this.#classes = classRowsOf(parts);
    this.#parts = parts;
    this.#linear = new LinearLearner({ ...parts, part: linearPart(data.inputs, plan.linear) });
    const inputs = networkInputs(plan, data.inputs, rows, pairs);
    const common = { heap, kernels, plan, inputs, layout, optimizer, tableOptimizer, classes: this.#classes, team };
    this.#dense = new DenseParameters({ ...common, before: network.before.optimizer });
    this.#tables = new Tables(common);
    const towers = new Towers({ ...common, seed, member: team.index });
    const layers = {
      byEngine: network.engine !== null,
      engine: parts.engine === null ? null : new EngineLayers({ ...common, towers, engine: parts.engine, members: team.size }),
    };
    this.#pass = new NetworkPass({ ...common, towers, ...layers, residual: data.layout.residual, spacing: data.layout.strides.residual });
    const gradients = { ...common, dense: this.#dense, tables: this.#tables };
    this.#squares = new GradientSquares(gradients);
    this.#watcher = new LayerWatcher({ ...gradients, squares: this.#squares });
    this.#clip = data.clip === null ? null : new NetworkClip({ ...gradients, clip: data.clip, squares: this.#squares });
    this.#faults = { ...common, towers };
    this.#deviation = data.labelScale?.deviation ?? 1;
    this.#step = data.start.step;
  }

  /** As tables have it, whose penalties have a time of their own. */
  #ofTables({ seen }: Now): Now {
    const { heap, network } = this.#parts;
    return { seen, clock: heap.f64[network.layout.clock / 8 + this.#step]! };
  }

  forward(block: Block, now: Now, pass: Pass): Loss {
    this.#seen = now.seen;
    const training = pass.step === null ? null : { step: pass.step, momentum: momentumAt(this.#parts.network.before.statistics + pass.step) };
    const { loss, weight } = this.#forward(block, now, pass, training);
    return { loss: loss * this.#deviation * this.#deviation, weight };
  }

  #forward(
    block: Block,
    now: Now,
    { sample, look }: Omit<Pass, "step">,
    training: (Pick<BlockPass, "momentum" | "look"> & { readonly step: number }) | null,
  ): Loss {
    const { team, heap } = this.#parts;
    const { stepper } = this.#linear;
    stepper.gather(block, now, sample);
    this.#tables.gather(block, this.#ofTables(now), training !== null);
    this.#classes?.gather(sample, now.seen, this.#step);
    team.barrier(Stage.GATHER);
    const weight = weightOf(heap.f64, block);
    this.#pass.run(
      block,
      { training: training === null ? null : { weight, step: training.step }, momentum: training?.momentum ?? 1, look: training?.look },
      {
        begin: (from, to) => stepper.logits(block, from, to, sample),
        end: (from, to) => {
          look?.(from, to);
          stepper.residuals(block, from, to, sample);
          if (sample !== null && this.#classes === null) this.#clearOthers(sample, from, to);
        },
      },
    );
    team.barrier(Stage.ROWS);
    return stepper.loss(block);
  }

  /** Classes that the block is not trained on have no gradient, where all of them are looked at: of products of vectors. */
  #clearOthers({ classes }: Sample, from: number, to: number): void {
    const { heap, data } = this.#parts;
    const { residual, strides, outputs } = data.layout;
    for (let k = 0, i = 0; k < outputs; k++) {
      if (classes[i] === k) i++;
      else heap.f64.fill(0, (residual + k * strides.residual) / 8 + from, (residual + k * strides.residual) / 8 + to);
    }
  }

  update(block: Block, step: number, weight: number, sample: Sample | null): void {
    const { team, heap, network } = this.#parts;
    const { clock } = network.layout;
    // As a resumed training finds the weight.
    const own = this.#seen + weight - this.#seen;
    this.#sumGradients(block);
    this.#clip?.clampValues(block, weight);
    this.#linear.stepper.learn(block, step, weight, sample, this.#clip?.beside(block, weight) ?? null);
    const factors = this.#clip?.factors ?? null;
    this.#tables.update(block, step, weight, factors?.tables ?? null);
    const time = tickOf(network.optimizer, step, own);
    this.#dense.update(step, weight, time, factors?.dense ?? null);
    this.#classes?.update(step, weight, factors?.dense.at(-1) ?? 1);
    if (team.index === 0) {
      heap.f64[clock / 8 + step + 1] = heap.f64[clock / 8 + step]! + tableTick(network.tableOptimizer, step, own);
      this.#classes?.tick(step, time);
    }
    team.barrier(Stage.UPDATE);
    this.#step = step + 1;
  }

  #sumGradients(block: Block): void {
    const { team } = this.#parts;
    this.#dense.sumLanes(this.#pass.lanesOf(block.rows));
    this.#tables.gradients(block);
    if (!this.#tables.merges) return;
    team.barrier(Stage.MERGE);
    this.#tables.merge(block);
    team.barrier(Stage.MERGE);
  }

  gradientNorm(block: Block, now: Now, pass: Pass, weight: number): number {
    const { optimizer } = this.#parts.network;
    this.#forward(block, now, pass, { step: pass.step ?? 0, momentum: 1, look: (t, l, panel) => this.#watcher.look(t, l, panel) });
    this.#sumGradients(block);
    this.#squares.measure(block);
    this.#watcher.tryStep(this.#step, weight, tickOf(optimizer, this.#step, weight));
    // All members meet within.
    const linear = this.#linear.gradientNorm(block, now, pass, weight);
    const { dense, tables } = this.#squares.groups(block);
    this.#watcher.add(block.rows, weight, dense);
    const squares = [...dense, ...tables].reduce((sum, own) => sum + own, 0);
    return Math.sqrt(linear * linear + squares / (weight * weight));
  }

  layers(): readonly v1.LayerWatch.$Properties[] {
    return this.#watcher.layers();
  }

  tick(step: number, weight: number): number {
    return this.#linear.tick(step, weight);
  }

  shift(shifts: Float64Array | null): void {
    this.#linear.shift(shifts);
  }

  nonZero(now: Now): number {
    const { heap, network, team } = this.#parts;
    const at = network.layout.counts / 8;
    heap.f64[at + team.index] = this.#dense.nonZero() + this.#tables.nonZero();
    let sum = this.#linear.nonZero(now);
    for (let m = 0; m < team.size; m++) sum += heap.f64[at + m]!;
    return sum;
  }

  keep(now: Now): void {
    const { heap, network, team } = this.#parts;
    const { dense, bestDense, running, bestRunning, states } = network.layout;
    this.#tables.keep(this.#ofTables(now));
    this.#classes?.keep(now.seen, this.#step);
    if (team.index === 0) {
      heap.u8.copyWithin(bestDense, dense, dense + 4 * (1 + states) * network.plan.dense);
      heap.u8.copyWithin(bestRunning, running, running + 4 * network.plan.running);
    }
    this.#linear.keep(now);
  }

  packed(): LearnedState {
    return { ...this.#linear.packed(), network: this.#packed(false) };
  }

  packedBest(): LearnedState {
    return { ...this.#linear.packedBest(), network: this.#packed(true) };
  }

  #packed(best: boolean): v1.NetworkState.$Properties {
    const { heap, network } = this.#parts;
    return packNetwork(heap, network, best);
  }

  divergedAt(failed: FailedBlock): Promise<CrossbillError> {
    const { data } = this.#parts;
    const { block, what, step, sample } = failed;
    const training = what === "loss" ? { weight: Number.NaN, step } : null;
    let panel: Panel | null = null;
    if (training !== null) this.#stand(block, step);
    const logits = (from: number): void => {
      panel = this.#pass.replay(block, from, { training }, (a, b) => this.#linear.stepper.logits(block, a, b, sample));
    };
    return divergedAt({
      ...this.#parts,
      ...data,
      ...failed,
      logits,
      networkFault: (row) => (panel === null ? null : this.#pass.isJoint(training !== null) ? this.#faultOf(block) : networkFault(this.#faults, panel, row)),
    });
  }

  /** What an engine computed with batch norm stands nowhere: once more without it. */
  #stand(block: Block, step: number): void {
    const { team, heap, network } = this.#parts;
    if (network.engine === null || !this.#pass.isJoint(true)) return;
    const none = (): void => undefined;
    this.#pass.run(block, { training: { weight: weightOf(heap.f64, block), step }, momentum: 1, look: none }, { begin: none, end: none });
    team.barrier(Stage.ENGINE);
  }

  /** Batch norm carries a fault to all rows: the first layer's, of the row with the largest number that comes in. */
  #faultOf(block: Block): NetworkFault | null {
    let first: NetworkFault | null = null;
    for (let row = 0; row < block.rows; row++) {
      const fault = networkFault(this.#faults, this.#faults.towers.panel(Math.floor(row / PANEL_ROWS), block.rows), row);
      if (fault === null) continue;
      const size = (x: number): number => (Number.isNaN(x) ? Infinity : Math.abs(x));
      if (first === null || fault.layer < first.layer || (fault.layer === first.layer && size(fault.value) > size(first.value))) first = fault;
    }
    return first;
  }

  divergedWeight(failed: FailedWeight): Promise<CrossbillError> {
    const fault = parameterFault(this.#faults);
    return fault === null ? this.#linear.divergedWeight(failed) : divergedParameter({ ...this.#parts.data, ...failed }, fault);
  }
}

function classRowsOf({ heap, kernels, team, network }: NetworkLearnerParts): ClassRows | null {
  const { classes, layout, optimizer } = network;
  return classes === null ? null : new ClassRows({ heap, kernels, classes, at: layout.classes!, optimizer, team });
}

/** Sum of the weights of the block's rows, in their order. */
function weightOf(f64: Float64Array, block: Block): number {
  let sum = 0;
  for (let r = 0; r < block.rows; r++) sum += f64[block.weights / 8 + r]!;
  return sum;
}

/** Of a running statistic in the update by block `step`: blocks count BATCH_NORM_MOMENTUM^age, all of them together 1, as an average without a start. */
export function momentumAt(step: number): number {
  const before = 1 - exp(step * log(BATCH_NORM_MOMENTUM));
  return (BATCH_NORM_MOMENTUM * before) / (1 - exp((step + 1) * log(BATCH_NORM_MOMENTUM)));
}
