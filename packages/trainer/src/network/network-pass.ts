import { PANEL_ROWS } from "@crossbill/kernels";
import { lanesOf } from "@crossbill/models";
import type { Block } from "../blocks/block.js";
import { type Heap, share } from "../blocks/heap.js";
import { Stage, type Team } from "../loop/stepper.js";
import type { EngineLayers } from "./engine-layers.js";
import { addLogits, type HeadParts, takeResiduals } from "./head.js";
import { isNormalized, type NetworkLayout } from "./network-layout.js";
import type { Panel, TowerPass, Towers } from "./towers.js";

export interface NetworkPassParts extends HeadParts {
  readonly heap: Heap;
  readonly layout: NetworkLayout;
  readonly towers: Towers;
  readonly team: Team;
  /** Whether an engine computes the layers; of the member that has it, the engine. */
  readonly byEngine: boolean;
  readonly engine: EngineLayers | null;
}

/** What is done with the rows [from, to) of a panel while all of them stand there: the linear part, and losses with residuals. */
export interface RowWork {
  /** Logits without the network. */
  readonly begin: (from: number, to: number) => void;
  /** Logits to residuals. */
  readonly end: (from: number, to: number) => void;
}

export interface BlockPass extends TowerPass {
  /** What running statistics keep of what they were. */
  readonly momentum: number;
  /** Sees every panel that a layer is through with: no engine computes it then. */
  readonly look?: ((tower: number, layer: number, panel: Panel) => void) | undefined;
}

/** Going over a block: forward, the head, backward. All members call the same methods; with batch norm they meet at every layer that has it. */
export class NetworkPass {
  readonly #parts: NetworkPassParts;
  readonly #normalized: boolean;

  constructor(parts: NetworkPassParts) {
    this.#parts = parts;
    this.#normalized = isNormalized(parts.plan);
  }

  /** Whether rows of a block are not alone: batch norm in training. */
  isJoint(training: boolean): boolean {
    return this.#normalized && training;
  }

  /** Lanes in which a block's gradients are summed. */
  lanesOf(rows: number): number {
    return lanesOf(Math.ceil(rows / PANEL_ROWS));
  }

  /** The member's lanes. */
  #mine(rows: number): { readonly lane: number; readonly panels: readonly Panel[] }[] {
    const { team, towers } = this.#parts;
    const panels = Math.ceil(rows / PANEL_ROWS);
    const lanes = lanesOf(panels);
    const first = share(lanes, team.index, team.size);
    return Array.from({ length: share(lanes, team.index + 1, team.size) - first }, (_, i) => {
      const lane = first + i;
      const from = share(panels, lane, lanes);
      return { lane, panels: Array.from({ length: share(panels, lane + 1, lanes) - from }, (_, m) => towers.panel(from + m, rows)) };
    });
  }

  #laneAt(lane: number): number {
    return this.#parts.layout.lanes + 4 * this.#parts.layout.laneFloats * lane;
  }

  /** Visits the member's panels, with the lane of each. */
  #eachOf(mine: readonly { readonly lane: number; readonly panels: readonly Panel[] }[]): (visit: (panel: Panel, lane: number) => void) => void {
    return (visit) => {
      for (const { lane, panels } of mine) for (const panel of panels) visit(panel, this.#laneAt(lane));
    };
  }

  /** Forward, and in training backward. */
  run(block: Block, pass: BlockPass, work: RowWork): void {
    const { kernels, plan, classes } = this.#parts;
    const mine = this.#mine(block.rows);
    const floats = plan.dense + (classes === null ? 0 : classes.floats);
    if (pass.training !== null) for (const { lane } of mine) kernels.fill_bytes(this.#laneAt(lane), 0, 4 * floats);
    if (this.#parts.byEngine && pass.look === undefined) this.#byEngine(block, mine, pass, work);
    else if (this.#normalized && pass.training !== null) this.#byLayers(block, mine, pass, pass.training.weight, work);
    else this.#byPanels(block, mine, pass, work);
  }

  /** Inputs, the head and what is before layers by all members, the layers by the one that has the engine. */
  #byEngine(block: Block, mine: readonly { readonly lane: number; readonly panels: readonly Panel[] }[], pass: BlockPass, work: RowWork): void {
    const { plan, towers, team, engine } = this.#parts;
    const each = this.#eachOf(mine);
    each((panel) => {
      for (const [t, { layers }] of plan.towers.entries()) {
        towers.input(t, block, panel);
        if (pass.training !== null) for (const l of layers.keys()) towers.draw(t, l, panel, pass.training.step);
      }
    });
    const head = (): void => {
      team.barrier(Stage.ENGINE);
      each((panel) => {
        this.#head(panel, work);
        if (pass.training !== null) takeResiduals(this.#parts, panel);
      });
      team.barrier(Stage.ENGINE);
    };
    team.barrier(Stage.ENGINE);
    if (engine === null) head();
    else engine.run(block, pass, head, this.#laneAt(0));
    team.barrier(Stage.ENGINE);
    if (pass.training === null) return;
    for (const t of plan.towers.keys()) if (towers.wantsInputs(t)) each((panel, lane) => towers.uninput(t, block, panel, lane));
  }

  /** One panel after the other, through all layers and back. */
  #byPanels(block: Block, mine: readonly { readonly lane: number; readonly panels: readonly Panel[] }[], pass: BlockPass, work: RowWork): void {
    const { plan, towers } = this.#parts;
    if (this.#normalized)
      for (const [t, { layers }] of plan.towers.entries()) for (const [l, { batchNorm }] of layers.entries()) if (batchNorm) towers.standing(t, l);
    for (const { lane, panels } of mine) {
      for (const panel of panels) {
        for (const [t, { layers }] of plan.towers.entries()) {
          towers.input(t, block, panel);
          for (const l of layers.keys()) {
            towers.product(t, l, panel);
            towers.finish(t, l, panel, pass);
            pass.look?.(t, l, panel);
          }
        }
        this.#head(panel, work);
        if (pass.training === null) continue;
        takeResiduals(this.#parts, panel);
        for (const [t, { layers }] of plan.towers.entries()) {
          for (let l = layers.length - 1; l >= 0; l--) {
            towers.unfinish(t, l, panel, this.#laneAt(lane));
            towers.unproduct(t, l, panel, this.#laneAt(lane));
          }
          if (towers.wantsInputs(t)) towers.uninput(t, block, panel, this.#laneAt(lane));
        }
      }
    }
  }

  /** The logits of one panel once more, with everything on the way left where it stands. @param begin the linear part */
  replay(block: Block, row0: number, pass: TowerPass, begin: (from: number, to: number) => void): Panel {
    const { plan, towers } = this.#parts;
    const panel = towers.panel(row0 / PANEL_ROWS, block.rows);
    // With batch norm every panel still stands, and other members read it.
    if (!this.isJoint(pass.training !== null))
      for (const [t, { layers }] of plan.towers.entries()) {
        towers.input(t, block, panel);
        for (const l of layers.keys()) {
          towers.product(t, l, panel);
          towers.finish(t, l, panel, pass);
        }
      }
    begin(panel.row0, panel.row0 + panel.rows);
    addLogits(this.#parts, panel);
    return panel;
  }

  #head(panel: Panel, work: RowWork): void {
    work.begin(panel.row0, panel.row0 + panel.rows);
    addLogits(this.#parts, panel);
    work.end(panel.row0, panel.row0 + panel.rows);
  }

  /** All panels through one layer with batch norm after the other, and back. */
  #byLayers(block: Block, mine: readonly { readonly lane: number; readonly panels: readonly Panel[] }[], pass: BlockPass, weight: number, work: RowWork): void {
    const { plan, towers, team } = this.#parts;
    const all = Math.ceil(block.rows / PANEL_ROWS);
    const each = this.#eachOf(mine);
    each((panel) => towers.rowWeights(block, panel));
    for (const [t, { layers }] of plan.towers.entries()) {
      each((panel) => towers.input(t, block, panel));
      for (const [l, { batchNorm }] of layers.entries()) {
        each((panel) => {
          towers.product(t, l, panel);
          if (batchNorm) towers.sum(t, l, panel);
        });
        if (batchNorm) {
          team.barrier(Stage.NORM);
          towers.statistics(t, l, all, weight, pass.momentum);
        }
        each((panel) => {
          towers.finish(t, l, panel, pass);
          pass.look?.(t, l, panel);
        });
      }
    }
    each((panel) => {
      this.#head(panel, work);
      takeResiduals(this.#parts, panel);
    });
    for (const [t, { layers }] of plan.towers.entries()) {
      for (let l = layers.length - 1; l >= 0; l--) {
        const { batchNorm } = layers[l]!;
        each((panel, lane) => {
          towers.unfinish(t, l, panel, lane);
          if (batchNorm) towers.unsum(t, l, panel);
        });
        if (batchNorm) {
          team.barrier(Stage.NORM);
          towers.unstatistics(t, l, all, mine[0]?.lane === 0 ? this.#laneAt(0) : 0);
        }
        each((panel, lane) => {
          if (batchNorm) towers.unnormalize(t, l, panel, weight);
          towers.unproduct(t, l, panel, lane);
        });
      }
      if (towers.wantsInputs(t)) each((panel, lane) => towers.uninput(t, block, panel, lane));
    }
  }
}
