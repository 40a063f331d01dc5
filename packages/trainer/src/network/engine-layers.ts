import { PANEL_ROWS } from "@crossbill/kernels";
import { type DenseEngine, fromPanels, type NetworkPlan, type TowerBatch, type TowerNumbers, type TowerPlan, toPanels } from "@crossbill/models";
import type { Block } from "../blocks/block.js";
import type { Heap } from "../blocks/heap.js";
import type { ClassRows } from "./class-rows.js";
import type { NetworkLayout } from "./network-layout.js";
import type { BlockPass } from "./network-pass.js";
import type { Panel, Towers } from "./towers.js";

export interface EngineParts {
  readonly engine: DenseEngine;
  readonly heap: Heap;
  readonly plan: NetworkPlan;
  readonly layout: NetworkLayout;
  readonly towers: Towers;
  /** null: no classes are sampled. */
  readonly classes: ClassRows | null;
  /** Of the team. */
  readonly members: number;
}

/** The layers of a block's towers by an engine: it is given what stands in panels, row after row, and what it gives is put where kernels would have it. For one member of a team, which runs all of the block. */
export class EngineLayers {
  readonly #parts: EngineParts;

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  /**
   * Forward and, in training, backward. Inputs, masks and slopes stand in all panels.
   * @param head what is done where all outputs stand: in training it leaves the gradients by them
   * @param lane f32[laneFloats], the gradients by dense parameters are added
   */
  run(block: Block, pass: BlockPass, head: () => void, lane: number): void {
    const { plan, layout, heap, engine, towers, members } = this.#parts;
    const panels = Array.from({ length: Math.ceil(block.rows / PANEL_ROWS) }, (_, index) => towers.panel(index, block.rows));
    const numbers: TowerNumbers = { dense: this.#dense(), running: heap.f32.slice(layout.running / 4, layout.running / 4 + plan.running) };
    /** Towers from t on: the derivatives by what one gives may need what the next one gives. */
    const through = (t: number): void => {
      if (t === plan.towers.length) {
        head();
        return;
      }
      const tower = this.#tower(t);
      if (tower.layers.length === 0) {
        through(t + 1); // it gives its input
        return;
      }
      const { x, dx } = layout.towers[t]!;
      const inputs = this.#rows(panels, ({ slot }) => slot + x, tower.width, block.rows);
      const output = (values: Float32Array): void => this.#put(panels, (panel) => towers.outputOf(t, panel).a, tower.outputs, values);
      if (pass.training === null) {
        output(engine.predict(tower, numbers, inputs, block.rows));
        through(t + 1);
        return;
      }
      const done = engine.train(tower, numbers, this.#batch(t, block, panels, inputs, pass.momentum), (outputs) => {
        output(outputs);
        through(t + 1);
        return this.#rows(panels, (panel) => towers.outputOf(t, panel).d, tower.outputs, block.rows);
      });
      for (const [k, gradient] of done.dense.entries()) heap.f32[lane / 4 + k] = heap.f32[lane / 4 + k]! + gradient;
      if (towers.wantsInputs(t)) this.#put(panels, ({ slot }) => slot + dx, tower.width, done.inputs);
      for (const { batchNorm, running, outputs } of tower.layers)
        for (let m = 0; batchNorm && m < members; m++)
          heap.f32.set(done.running.subarray(running, running + 2 * outputs), layout.running / 4 + plan.running * m + running);
    };
    through(0);
  }

  /** f32[P], and behind it the weights of the pass's classes where classes are sampled: they are the last layer's. */
  #dense(): Float32Array {
    const { plan, layout, heap, classes } = this.#parts;
    const dense = new Float32Array(plan.dense + (classes?.floats ?? 0));
    dense.set(heap.f32.subarray(layout.dense / 4, layout.dense / 4 + plan.dense));
    if (classes !== null) dense.set(heap.f32.subarray(classes.w / 4, classes.w / 4 + classes.floats), plan.dense);
    return dense;
  }

  /** As the pass has it: the last layer with the pass's classes alone. */
  #tower(t: number): TowerPlan {
    const { plan, classes } = this.#parts;
    const tower = plan.towers[t]!;
    if (classes === null) return tower;
    return { ...tower, outputs: classes.n, layers: [...tower.layers.slice(0, -1), { ...tower.layers.at(-1)!, outputs: classes.n }] };
  }

  #batch(t: number, block: Block, panels: readonly Panel[], inputs: Float32Array, momentum: number): TowerBatch {
    const { plan, layout, heap } = this.#parts;
    const { rows } = block;
    const drawn = (at: (l: number) => number): (Float32Array | null)[] =>
      plan.towers[t]!.layers.map(({ outputs }, l) => (at(l) === 0 ? null : this.#rows(panels, ({ slot }) => slot + at(l), outputs, rows)));
    const layers = layout.towers[t]!.layers;
    return {
      rows,
      inputs,
      weights: heap.f64.slice(block.weights / 8, block.weights / 8 + rows),
      masks: drawn((l) => layers[l]!.mask),
      slopes: drawn((l) => layers[l]!.slopes),
      momentum,
    };
  }

  /** Panels f32[units][64] row after row: f32[rows][units]. */
  #rows(panels: readonly Panel[], at: (panel: Panel) => number, units: number, rows: number): Float32Array {
    const { f32 } = this.#parts.heap;
    const values = new Float32Array(rows * units);
    for (const panel of panels) values.set(fromPanels(f32.subarray(at(panel) / 4, at(panel) / 4 + PANEL_ROWS * units), panel.rows, units), units * panel.row0);
    return values;
  }

  /** The inverse. */
  #put(panels: readonly Panel[], at: (panel: Panel) => number, units: number, values: Float32Array): void {
    const { f32 } = this.#parts.heap;
    for (const panel of panels) {
      const { row0, rows } = panel;
      toPanels(f32.subarray(at(panel) / 4, at(panel) / 4 + PANEL_ROWS * units), values.subarray(units * row0, units * (row0 + rows)), rows, units);
    }
  }
}
