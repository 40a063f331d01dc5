import { PANEL_ROWS } from "@crossbill/kernels";
import { v1 } from "@crossbill/messages";
import type { LayerPlan } from "@crossbill/models";
import { Stage, type Team } from "../loop/stepper.js";
import { denseGroups } from "./gradient-groups.js";
import { type GradientSquares, type SquaresParts, squaresOf } from "./gradient-squares.js";
import { layerName } from "./network-fault.js";
import { watchedLayers, watchedUnits } from "./network-layout.js";
import { BINS, countSizes, sizeCounts } from "./size-counts.js";
import type { Panel } from "./towers.js";

const { Kind } = v1.ActivationSpec;
/** Where sigmoid and tanh are within a hundredth of their ends. */
const FLAT: Readonly<Partial<Record<v1.ActivationSpec.Kind, number>>> = { [Kind.SIGMOID]: 4.6, [Kind.TANH]: 2.3 };

export interface LayerWatchParts extends SquaresParts {
  readonly team: Team;
  readonly squares: GradientSquares;
}

/** Sums over the blocks looked at, of each group of dense parameters, by weight. */
interface Sums {
  readonly gradients: Float64Array;
  /** By group: f64[BINS] of blocks' mean gradients. */
  readonly sizes: readonly Float64Array[];
  readonly ratios: Float64Array;
  weights: readonly number[];
  rows: number;
  weight: number;
}

/** Looks at layers while an evaluation goes over training blocks: activations that are 0 or saturated, gradients, and the step that the optimiser would do. All members call the same methods in the same order. */
export class LayerWatcher {
  readonly #parts: LayerWatchParts;
  readonly #units: number;
  readonly #groups: readonly { readonly from: number; readonly to: number }[];
  #sums: Sums;

  constructor(parts: LayerWatchParts) {
    this.#parts = parts;
    this.#units = watchedUnits(parts.plan);
    this.#groups = denseGroups(parts.plan);
    this.#sums = this.#none();
  }

  #none(): Sums {
    const n = this.#groups.length;
    return {
      gradients: new Float64Array(n),
      sizes: this.#groups.map(() => new Float64Array(BINS)),
      ratios: new Float64Array(n),
      weights: [],
      rows: 0,
      weight: 0,
    };
  }

  /** Where the member counts: f64[2][units]. */
  #own(member: number): number {
    return this.#parts.layout.activations / 8 + 2 * this.#units * member;
  }

  /** A panel that a layer is through with. */
  look(t: number, l: number, panel: Panel): void {
    const { heap, layout, plan, team } = this.#parts;
    const layer = plan.towers[t]!.layers[l]!;
    const { kind, a } = layer.activation;
    this.#countActivations(t, l, panel);
    const hasZero = kind === Kind.RELU || kind === Kind.RELU_N;
    const flat = FLAT[kind] ?? Infinity;
    if (!hasZero && flat === Infinity) return;
    const first = this.#firstUnit(t, l);
    const y = (panel.slot + layout.towers[t]!.layers[l]!.y) / 4;
    const zeros = this.#own(team.index) + first;
    for (let u = 0; u < layer.outputs; u++) {
      let [zero, saturated] = [0, 0];
      for (let at = y + PANEL_ROWS * u, end = at + panel.rows; at < end; at++) {
        const x = heap.f32[at]!;
        if (hasZero) {
          if (x <= 0) zero++;
          else if (kind === Kind.RELU_N && x >= a) saturated++;
        } else if (x > flat || x < -flat) saturated++;
      }
      heap.f64[zeros + u] = heap.f64[zeros + u]! + zero;
      heap.f64[zeros + this.#units + u] = heap.f64[zeros + this.#units + u]! + saturated;
    }
  }

  #countActivations(t: number, l: number, { slot, rows }: Panel): void {
    const { heap, layout, plan, team } = this.#parts;
    const from = (slot + layout.towers[t]!.layers[l]!.a) / 4;
    const at = this.#ownSizes(team.index) + BINS * this.#number(t, l);
    const units = this.#isOfClasses(this.#number(t, l)) ? this.#parts.classes!.n : plan.towers[t]!.layers[l]!.outputs;
    for (let u = 0; u < units; u++) countSizes(heap.f64, at, heap.u32, from + PANEL_ROWS * u, from + PANEL_ROWS * u + rows);
  }

  /** The last group, which is the last layer, where classes are sampled. */
  #isOfClasses(group: number): boolean {
    return this.#parts.classes !== null && group === this.#groups.length - 1;
  }

  /** Where the member counts activations by size: f64[layers][BINS]. */
  #ownSizes(member: number): number {
    const { layout, plan } = this.#parts;
    return layout.sizes / 8 + BINS * watchedLayers(plan) * member;
  }

  /** Of a layer among all. */
  #number(t: number, l: number): number {
    return this.#parts.plan.towers.slice(0, t).reduce((sum, { layers }) => sum + layers.length, l);
  }

  #firstUnit(t: number, l: number): number {
    const { towers } = this.#parts.plan;
    const units = (layers: readonly LayerPlan[]): number => layers.reduce((sum, { outputs }) => sum + outputs, 0);
    return towers.slice(0, t).reduce((sum, { layers }) => sum + units(layers), 0) + units(towers[t]!.layers.slice(0, l));
  }

  /** A step on trial, of the member's share of dense parameters: squares of it, and of the parameters; before all members meet. @param time of penalties */
  tryStep(step: number, weight: number, time: number): void {
    const { heap, layout, plan, dense, squares } = this.#parts;
    const { f32, f64 } = heap;
    for (let word = 0; word <= layout.states; word++) {
      const from = layout.dense / 4 + word * plan.dense;
      f32.copyWithin(layout.trial / 4 + word * plan.dense + dense.from, from + dense.from, from + dense.to);
    }
    dense.update(step, weight, time, null, layout.trial);
    this.#parts.classes?.tryStep(step, weight);
    squares.eachOwn((c, from, to) => {
      const [w, next] = [layout.dense / 4, layout.trial / 4];
      f64[layout.weightSquares / 8 + c] = squaresOf(f32, w + from, w + to);
      let sum = 0;
      for (let k = from; k < to; k++) sum += (f32[next + k]! - f32[w + k]!) ** 2;
      f64[layout.trialSquares / 8 + c] = sum;
    });
  }

  /** What the block gave, after all members met. @param gradients squares by group */
  add(rows: number, weight: number, gradients: readonly number[]): void {
    const { heap, layout, squares, classes } = this.#parts;
    const sums = this.#sums;
    const steps = squares.byGroup(layout.trialSquares, classes?.trialSquares);
    sums.weights = squares.byGroup(layout.weightSquares, classes?.weightSquares).map(Math.sqrt);
    for (const [g, { from, to }] of this.#groups.entries()) {
      const own = this.#isOfClasses(g) ? classes : null;
      sums.gradients[g] = sums.gradients[g]! + Math.sqrt(gradients[g]! / (own?.size ?? to - from));
      sums.ratios[g] = sums.ratios[g]! + (weight * Math.sqrt(steps[g]!)) / sums.weights[g]!;
      const mean = heap.f32.slice(layout.gradient / 4 + from, layout.gradient / 4 + (own === null ? to : from + own.floats)).map((sum) => sum / weight);
      countSizes(sums.sizes[g]!, 0, new Uint32Array(mean.buffer), 0, mean.length);
    }
    sums.rows += rows;
    sums.weight += weight;
  }

  /** All layers; begins anew. */
  layers(): v1.LayerWatch.$Properties[] {
    const { heap, plan, team } = this.#parts;
    team.barrier(Stage.OBSERVE);
    const sums = this.#sums;
    const counts = new Float64Array(2 * this.#units);
    const sizes = new Float64Array(BINS * watchedLayers(plan));
    for (let m = 0; m < team.size; m++) {
      for (let i = 0; i < counts.length; i++) counts[i] = counts[i]! + heap.f64[this.#own(m) + i]!;
      for (let i = 0; i < sizes.length; i++) sizes[i] = sizes[i]! + heap.f64[this.#ownSizes(m) + i]!;
    }
    team.barrier(Stage.OBSERVE);
    heap.f64.fill(0, this.#own(team.index), this.#own(team.index) + counts.length);
    heap.f64.fill(0, this.#ownSizes(team.index), this.#ownSizes(team.index) + sizes.length);
    this.#sums = this.#none();
    return plan.towers.flatMap(({ layers }, t) =>
      layers.map(({ outputs: units, weights }, l) => {
        const first = this.#firstUnit(t, l);
        const zeros = counts.subarray(first, first + units);
        const saturated = counts.subarray(this.#units + first, this.#units + first + units);
        const g = this.#groups.findIndex(({ from }) => from === weights);
        const all = units * sums.rows;
        return {
          name: layerName(plan, t, l),
          units,
          dead: sums.rows === 0 ? 0 : zeros.filter((n) => n === sums.rows).length,
          zeros: zeros.reduce((sum, n) => sum + n, 0) / all,
          saturated: saturated.reduce((sum, n) => sum + n, 0) / all,
          gradient: sums.gradients[g]! / sums.weight,
          weights: sums.weights[g] ?? Number.NaN,
          updateRatio: sums.ratios[g]! / sums.weight,
          activations: sizeCounts(sizes.subarray(BINS * this.#number(t, l), BINS * (this.#number(t, l) + 1))),
          gradients: sizeCounts(sums.sizes[g]!),
          parameters: this.#parameters(g),
        };
      }),
    );
  }

  #parameters(group: number): v1.SizeCounts.$Properties {
    const { heap, layout, classes } = this.#parts;
    const counts = new Float64Array(BINS);
    const count = (from: number, to: number): void => countSizes(counts, 0, heap.u32, from, to);
    if (this.#isOfClasses(group)) classes!.eachRow(count);
    else count(layout.dense / 4 + this.#groups[group]!.from, layout.dense / 4 + this.#groups[group]!.to);
    return sizeCounts(counts);
  }
}
