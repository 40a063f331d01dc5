import type { KernelExports } from "@crossbill/kernels";
import { PANEL_ROWS } from "@crossbill/kernels";
import { v1 } from "@crossbill/messages";
import { BATCH_NORM_EPSILON, type LayerPlan, type NetworkPlan } from "@crossbill/models";
import type { Block } from "../blocks/block.js";
import type { Heap } from "../blocks/heap.js";
import type { ClassRows } from "./class-rows.js";
import { type NetworkInput, type NumberRun, type NumericInput, numberRuns } from "./network-inputs.js";
import type { LayerLayout, NetworkLayout } from "./network-layout.js";

const { Kind } = v1.ActivationSpec;
const PANEL_BYTES = 4 * PANEL_ROWS;

/** Rows of a block that go through the towers together. */
export interface Panel {
  /** Its number in the block, and its first row. */
  readonly index: number;
  readonly row0: number;
  /** Of the block. */
  readonly rows: number;
  /** The same, up to a multiple of 4: what kernels go over. */
  readonly padded: number;
  /** Where its panels stand. */
  readonly slot: number;
}

/** How a block goes through the towers. */
export interface TowerPass {
  /** Weight of the block's examples, of batch norm and dropout in training; null: as in prediction. */
  readonly training: { readonly weight: number /** Of masks and slopes. */; readonly step: number } | null;
}

export interface TowerParts {
  readonly heap: Heap;
  readonly kernels: KernelExports;
  readonly plan: NetworkPlan;
  readonly inputs: readonly (readonly NetworkInput[])[];
  readonly layout: NetworkLayout;
  /** null: no classes are sampled. */
  readonly classes: ClassRows | null;
  readonly seed: number;
  /** Of the team. */
  readonly member: number;
}

/** A layer with where its things lie. */
interface Layer {
  readonly plan: LayerPlan;
  readonly at: LayerLayout;
  /** Of whose units some are in a pass: the last one, where classes are sampled. */
  readonly classes: ClassRows | null;
  /** Among the layers of all towers: a part of the key of its masks. */
  readonly number: number;
}

/** What layers do with one panel: forward and backward, each as neighbours. Layers are numbered from 0 in their tower. */
export class Towers {
  readonly #parts: TowerParts;
  readonly #layers: readonly (readonly Layer[])[];
  readonly #seeds: readonly [number, number];
  /** By tower. */
  readonly #runs: readonly (readonly NumberRun[])[];

  constructor(parts: TowerParts) {
    this.#parts = parts;
    let number = 0;
    this.#layers = parts.plan.towers.map(({ layers }, t) =>
      layers.map((plan, l) => ({
        plan,
        at: parts.layout.towers[t]!.layers[l]!,
        classes: l === layers.length - 1 ? parts.classes : null,
        number: number++,
      })),
    );
    this.#runs = parts.inputs.map(numberRuns);
    this.#seeds = [parts.seed >>> 0, Math.floor(parts.seed / 2 ** 32) >>> 0];
  }

  /** The panel of rows [64 index, ...) of a block of so many rows. */
  panel(index: number, blockRows: number): Panel {
    const { slots } = this.#parts.layout;
    const row0 = PANEL_ROWS * index;
    const rows = Math.min(PANEL_ROWS, blockRows - row0);
    return { index, row0, rows, padded: 4 * Math.ceil(rows / 4), slot: slots.at + slots.bytes * (slots.ofPanels ? index : this.#parts.member) };
  }

  /** Pooled vectors and numbers into the tower's input. */
  input(t: number, block: Block, panel: Panel): void {
    const { heap, kernels, layout, inputs } = this.#parts;
    const x = panel.slot + layout.towers[t]!.x;
    const { row0, rows } = panel;
    for (const { at, dense, numbers } of this.#runs[t]!) this.#copyNumbers(x + PANEL_BYTES * at, numbers, dense, block, panel);
    for (const [i, input] of inputs[t]!.entries()) {
      if (input.kind === "embedding") {
        const { table, entry, column, combiner, width, at } = input;
        const { vectors, scales } = layout.inputs[t]![i]!;
        const starts = block.columnStarts / 4 + column;
        const [start, end] = [heap.u32[starts]!, heap.u32[starts + 1]!];
        const { local, wide, rowOffsets, values } = block;
        kernels.table_pool(
          x + PANEL_BYTES * at,
          width,
          table.stride,
          row0,
          rows,
          combiner,
          scales,
          vectors,
          start,
          end,
          local,
          wide,
          block.width,
          entry,
          rowOffsets,
          values,
        );
      } else if (input.plan.vectors >= 0) this.#vectors(t, input, block, panel);
    }
  }

  /** Numbers of a column times its vectors. */
  #vectors(t: number, { plan, dense }: NumericInput, block: Block, panel: Panel): void {
    const { kernels, layout } = this.#parts;
    const { x, numbers } = layout.towers[t]!;
    const given = panel.slot + numbers;
    this.#copyNumbers(given, plan.numbers, dense, block, panel);
    const to = panel.slot + x + PANEL_BYTES * plan.at;
    kernels.dense_backward_inputs(to, given, layout.dense + 4 * plan.vectors, plan.width, plan.numbers, panel.padded, false);
  }

  /** Dense inputs of the block to a panel, 0 past its end. */
  #copyNumbers(to: number, numbers: number, dense: number, block: Block, { row0, rows }: Panel): void {
    this.#parts.kernels.columns_to_panel(to, block.dense + 4 * (dense * block.rows + row0), block.rows, numbers, rows);
  }

  /** Units of a layer in the pass. */
  units(t: number, l: number): number {
    const { plan, classes } = this.#layers[t]![l]!;
    return classes?.n ?? plan.outputs;
  }

  /** f32[units][inputs] */
  weights(t: number, l: number): number {
    const { plan, classes } = this.#layers[t]![l]!;
    return classes?.w ?? this.#parts.layout.dense + 4 * plan.weights;
  }

  /** z of a layer. */
  product(t: number, l: number, { slot, padded }: Panel): void {
    const { kernels, layout } = this.#parts;
    const { plan, at } = this.#layers[t]![l]!;
    const bias = plan.bias < 0 ? 0 : layout.dense + 4 * plan.bias;
    kernels.dense_forward(slot + at.z, this.#inputOf(t, l, slot), this.weights(t, l), bias, plan.inputs, this.units(t, l), padded);
  }

  /** From z to what the layer gives: batch norm, whose statistics are there, activation, dropout. */
  finish(t: number, l: number, panel: Panel, { training }: TowerPass): void {
    const { kernels, layout } = this.#parts;
    const { plan, at } = this.#layers[t]![l]!;
    const { slot, padded } = panel;
    const units = this.units(t, l);
    const { dropout } = plan;
    const { kind, a, b } = plan.activation;
    if (plan.batchNorm) {
      const { mean, scale } = this.#own(t, l);
      kernels.normalize(slot + at.y, slot + at.z, mean, scale, layout.dense + 4 * plan.gamma, layout.dense + 4 * plan.beta, units, padded);
    }
    if (training !== null) this.draw(t, l, panel, training.step);
    kernels.activate(slot + at.a, slot + at.y, units, padded, kind, a, b, this.#slopesOf(plan, at, slot, training !== null));
    if (dropout === 0 || training === null) return;
    kernels.panel_multiply(slot + at.a, slot + at.a, slot + at.mask, units, padded);
  }

  /** What is random of a layer in training: slopes of RReLU, the mask of dropout. */
  draw(t: number, l: number, { slot, padded, row0 }: Panel, step: number): void {
    const { kernels } = this.#parts;
    const { plan, at, number } = this.#layers[t]![l]!;
    const { outputs: units, dropout, activation } = plan;
    const place = [...this.#seeds, step, row0, number] as const;
    if (at.slopes > 0) kernels.random_slopes(slot + at.slopes, units, padded, activation.a, activation.b, ...place);
    if (dropout > 0) kernels.dropout_mask(slot + at.mask, units, padded, dropout, ...place);
  }

  #slopesOf(plan: LayerPlan, at: LayerLayout, slot: number, training: boolean): number {
    if (plan.activation.kind === Kind.PRELU) return this.#parts.layout.dense + 4 * plan.slopes;
    return plan.activation.kind === Kind.RRELU && training ? slot + at.slopes : 0;
  }

  /** The gradient by what a layer gives becomes that by z or, with batch norm, by what it gave. @param lane f32[P] */
  unfinish(t: number, l: number, { slot, padded }: Panel, lane: number): void {
    const { kernels } = this.#parts;
    const { plan, at } = this.#layers[t]![l]!;
    const { kind, a, b } = plan.activation;
    const d = slot + at.d;
    if (plan.dropout > 0) kernels.panel_multiply(d, d, slot + at.mask, plan.outputs, padded);
    if (kind === Kind.LINEAR) return;
    kernels.activate_backward(
      d,
      d,
      slot + at.y,
      plan.outputs,
      padded,
      kind,
      a,
      b,
      this.#slopesOf(plan, at, slot, true),
      plan.slopes < 0 ? 0 : lane + 4 * plan.slopes,
    );
  }

  /** From the gradient by z to that of the layer's parameters, and to that by its inputs. */
  unproduct(t: number, l: number, { slot, padded }: Panel, lane: number): void {
    const { kernels, layout } = this.#parts;
    const { plan, at } = this.#layers[t]![l]!;
    const { inputs, weights, bias } = plan;
    const units = this.units(t, l);
    // Gradients of classes stand behind those of dense parameters, and so would the last layer's.
    kernels.dense_backward_weights(lane + 4 * weights, bias < 0 ? 0 : lane + 4 * bias, slot + at.d, this.#inputOf(t, l, slot), inputs, units, padded);
    if (l > 0 || this.wantsInputs(t)) {
      const to = l > 0 ? this.#layers[t]![l - 1]!.at.d : layout.towers[t]!.dx;
      kernels.dense_backward_inputs(slot + to, slot + at.d, this.weights(t, l), inputs, units, padded, false);
    }
  }

  /** Whether anything is learned before the tower's first layer. */
  wantsInputs(t: number): boolean {
    return this.#parts.inputs[t]!.some((input) => (input.kind === "embedding" ? !input.table.frozen : input.plan.vectors >= 0));
  }

  /** The gradient by the tower's input, by rows for tables; of numeric columns' vectors into the lane. */
  uninput(t: number, block: Block, panel: Panel, lane: number): void {
    const { kernels, layout, inputs } = this.#parts;
    const { slot, row0, rows } = panel;
    const dx = slot + layout.towers[t]!.dx;
    for (const [i, input] of inputs[t]!.entries()) {
      if (input.kind === "embedding") {
        if (input.table.frozen) continue;
        const { scales, rowAt } = layout.inputs[t]![i]!;
        const out = layout.rowGradients + 4 * rowAt;
        kernels.panel_to_rows(out, layout.rowFloats, dx + PANEL_BYTES * input.at, input.width, input.table.stride, row0, rows, scales);
      } else if (input.plan.vectors >= 0) this.#unnumbers(t, input, block, panel, lane);
    }
  }

  #unnumbers(t: number, { plan, dense }: NumericInput, block: Block, panel: Panel, lane: number): void {
    const { kernels, layout } = this.#parts;
    const { dx, numbers } = layout.towers[t]!;
    const given = panel.slot + numbers;
    this.#copyNumbers(given, plan.numbers, dense, block, panel);
    kernels.dense_backward_weights(lane + 4 * plan.vectors, 0, given, panel.slot + dx + PANEL_BYTES * plan.at, plan.width, plan.numbers, panel.padded);
  }

  /** Panels of what the tower gives, and of the gradient by it. */
  outputOf(t: number, { slot }: Panel): { readonly a: number; readonly d: number } {
    const last = this.#layers[t]!.at(-1);
    const { x, dx } = this.#parts.layout.towers[t]!;
    return last === undefined ? { a: slot + x, d: slot + dx } : { a: slot + last.at.a, d: slot + last.at.d };
  }

  #inputOf(t: number, l: number, slot: number): number {
    return slot + (l === 0 ? this.#parts.layout.towers[t]!.x : this.#layers[t]![l - 1]!.at.a);
  }

  /** Where this member has the layer's folded sums f64[2][units], mean and scale f32[units]. */
  #own(t: number, l: number): { readonly folded: number; readonly mean: number; readonly scale: number } {
    const { plan, at } = this.#layers[t]![l]!;
    const folded = at.own + at.ownBytes * this.#parts.member;
    return { folded, mean: folded + 16 * plan.outputs, scale: folded + 20 * plan.outputs };
  }

  /** Sums of z over the panel's rows, for batch norm. */
  sum(t: number, l: number, { index, slot, padded }: Panel): void {
    const { plan, at } = this.#layers[t]![l]!;
    const { weights } = this.#parts.layout;
    const out = at.forwardSums + 16 * plan.outputs * index;
    this.#parts.kernels.batch_sums(out, this.#running(plan), slot + at.z, weights + 8 * PANEL_ROWS * index, plan.outputs, padded);
  }

  /** Statistics of the layer from the sums of all `panels`; the running ones (this member's) move with them where `momentum` is below 1. */
  statistics(t: number, l: number, panels: number, weight: number, momentum: number): void {
    const { kernels } = this.#parts;
    const { plan, at } = this.#layers[t]![l]!;
    const { folded, mean, scale } = this.#own(t, l);
    const units = plan.outputs;
    const running = this.#running(plan);
    kernels.fold_panels(folded, at.forwardSums, panels, 2 * units, 0, 2 * units);
    kernels.batch_statistics(mean, scale, running, folded, running, units, weight, BATCH_NORM_EPSILON, momentum, 0, units);
  }

  /** Statistics as in prediction. */
  standing(t: number, l: number): void {
    const { heap } = this.#parts;
    const { plan } = this.#layers[t]![l]!;
    const { mean, scale } = this.#own(t, l);
    const [from, units] = [this.#running(plan) / 4, plan.outputs];
    heap.f32.copyWithin(mean / 4, from, from + units);
    for (let u = 0; u < units; u++) heap.f32[scale / 4 + u] = 1 / Math.sqrt(heap.f32[from + units + u]! + BATCH_NORM_EPSILON);
  }

  #running(plan: LayerPlan): number {
    const { layout, member, plan: network } = this.#parts;
    return layout.running + 4 * (network.running * member + plan.running);
  }

  /** Sums for the gradient through batch norm. */
  unsum(t: number, l: number, { index, slot, padded }: Panel): void {
    const { plan, at } = this.#layers[t]![l]!;
    const { mean, scale } = this.#own(t, l);
    this.#parts.kernels.normalize_backward_sums(at.backwardSums + 16 * plan.outputs * index, slot + at.d, slot + at.z, mean, scale, plan.outputs, padded);
  }

  /** Folds them. @param lane where gamma's and beta's gradients go; 0: nowhere */
  unstatistics(t: number, l: number, panels: number, lane: number): void {
    const { kernels } = this.#parts;
    const { plan, at } = this.#layers[t]![l]!;
    const { folded } = this.#own(t, l);
    kernels.fold_panels(folded, at.backwardSums, panels, 2 * plan.outputs, 0, 2 * plan.outputs);
    if (lane > 0) kernels.normalize_gradients(lane + 4 * plan.gamma, lane + 4 * plan.beta, folded, plan.outputs);
  }

  /** The gradient by what batch norm gave becomes that by z. @param weight of the block */
  unnormalize(t: number, l: number, { index, slot, padded }: Panel, weight: number): void {
    const { kernels, layout } = this.#parts;
    const { plan, at } = this.#layers[t]![l]!;
    const { folded, mean, scale } = this.#own(t, l);
    const w = layout.weights + 8 * PANEL_ROWS * index;
    const d = slot + at.d;
    kernels.normalize_backward(d, d, slot + at.z, w, mean, scale, layout.dense + 4 * plan.gamma, folded, weight, plan.outputs, padded);
  }

  /** The weights of the panel's rows, 0 past its end. */
  rowWeights(block: Block, { index, row0, rows }: Panel): void {
    const { f64 } = this.#parts.heap;
    const out = this.#parts.layout.weights / 8 + PANEL_ROWS * index;
    f64.copyWithin(out, block.weights / 8 + row0, block.weights / 8 + row0 + rows);
    f64.fill(0, out + rows, out + PANEL_ROWS);
  }
}
