import { PANEL_ROWS } from "@crossbill/kernels";
import { v1 } from "@crossbill/messages";
import { type LayerPlan, lanesOf, type NetworkPlan } from "@crossbill/models";
import { SIZE_BINS } from "@crossbill/numerics";
import type { GradientMethodOptions, OptimizerOptions } from "../optimizers/optimizer-options.js";
import { stateWords } from "../optimizers/optimizer-options.js";
import type { ClassLayout } from "./class-rows.js";
import { denseChunks } from "./gradient-groups.js";
import type { NetworkInput } from "./network-inputs.js";
import { type LearnedTable, tableWords } from "./table-method.js";

/** Byte offsets of all that a network has in the shared memory. Letters: B rows of a block, M panels, W members, P dense parameters, R running statistics, U distinct ids, V floats of a vector. */
export interface NetworkLayout {
  readonly bytes: number;
  /** f32[1 + states][P]: parameters, then what their optimiser keeps. */
  readonly dense: number;
  readonly bestDense: number;
  readonly states: number;
  /** f32[W][R]: every member has the same. */
  readonly running: number;
  readonly bestRunning: number;
  /** f64[steps + 1]: time of the penalties of tables before each step. */
  readonly clock: number;
  readonly tables: readonly TableLayout[];
  /** null: no classes are sampled. */
  readonly classes: ClassLayout | null;
  /** By tower, by input; null: numeric. */
  readonly inputs: readonly (readonly (InputLayout | null)[])[];
  /** f32[B][rowFloats]: gradients by pooled vectors. */
  readonly rowGradients: number;
  readonly rowFloats: number;
  /** f32[lanes][laneFloats], f32[laneFloats]: P, and behind them what sampled classes have. */
  readonly laneFloats: number;
  readonly lanes: number;
  readonly gradient: number;
  /** Panels stand in slots: of every panel with batch norm or an engine, else of every member. */
  readonly slots: { readonly at: number; readonly bytes: number; readonly ofPanels: boolean };
  /** By tower: where its panels are within a slot. */
  readonly towers: readonly TowerLayout[];
  /** f64[M][64]: weights of rows, 0 past the end. */
  readonly weights: number;
  /** f64[W] */
  readonly counts: number;
  /** u32[16 W] */
  readonly scratch: number;
  /** f32[V] of the widest table. */
  readonly vector: number;
  /** f64[chunks of dense parameters]: squares of gradients. */
  readonly squares: number;
  /** Of what is watched: f32[1 + states][P] a step on trial; f64[chunks] squares of it, and of the parameters; f64[W][2 units of all layers] activations that are 0, that are saturated; f64[W][layers][2 SIZE_BINS + 1] activations by size. */
  readonly trial: number;
  readonly trialSquares: number;
  readonly weightSquares: number;
  readonly activations: number;
  readonly sizes: number;
}

export interface TableLayout {
  /** f32[rows][words] */
  readonly state: number;
  readonly best: number;
  readonly words: number;
  /** u32[rows]: 1 + step of the last touch; 0: never. */
  readonly last: number;
  readonly bestLast: number;
  /** u32[rows] of tables that several inputs share, all 0 between blocks; else 0. */
  readonly known: number;
}

export interface InputLayout {
  /** f32[U][V] each */
  readonly vectors: number;
  readonly gradients: number;
  /** f64[U] */
  readonly squares: number;
  /** f32[B]: of columns of several values; else 0. */
  readonly scales: number;
  /** Floats before its part of a row's gradients. */
  readonly rowAt: number;
}

export interface TowerLayout {
  /** Panels f32[D][64]: inputs, and the gradient by them. */
  readonly x: number;
  readonly dx: number;
  /** Panel f32[2][64]: numbers of one column, where they stand before vectors. */
  readonly numbers: number;
  readonly layers: readonly LayerLayout[];
}

/** Panels of a layer, and what batch norm needs (absolute). */
export interface LayerLayout {
  /** Product. */
  readonly z: number;
  /** Before the activation: normalised, or z. */
  readonly y: number;
  /** After activation and dropout. */
  readonly a: number;
  readonly mask: number;
  readonly slopes: number;
  /** Gradient by a, then by y, then by z. */
  readonly d: number;
  /** f64[M][2 units] each. */
  readonly forwardSums: number;
  readonly backwardSums: number;
  /** Of member m at + m * ownBytes: f64[2 units] folded, f32[units] mean, f32[units] scale. */
  readonly own: number;
  readonly ownBytes: number;
}

export interface NetworkNeeds {
  readonly plan: NetworkPlan;
  readonly inputs: readonly (readonly NetworkInput[])[];
  readonly optimizer: GradientMethodOptions;
  /** Of embeddings. */
  readonly tableOptimizer: OptimizerOptions;
  /** The last layer, where classes are sampled (`plan` is without it); of a block so many at most. */
  readonly classes: LearnedTable | null;
  readonly mostClasses: number;
  readonly members: number;
  /** B */
  readonly rows: number;
  readonly steps: number;
  readonly keepsLast: boolean;
  /** Whether an engine computes the layers, of whole blocks. */
  readonly engine: boolean;
}

/** Of a dense parameter: float32 of state beside it. */
export function denseStates(options: GradientMethodOptions): number {
  return options.kind === "adam" ? 2 : stateWords(options) - 1;
}

/** Whether some layer's batch is normalised: all rows of a block are needed before any of them goes on. */
export function isNormalized(plan: NetworkPlan): boolean {
  return plan.towers.some(({ layers }) => layers.some(({ batchNorm }) => batchNorm));
}

/** Units of all layers. */
export function watchedUnits({ towers }: Pick<NetworkPlan, "towers">): number {
  return towers.reduce((sum, { layers }) => sum + layers.reduce((units, { outputs }) => units + outputs, 0), 0);
}

export function watchedLayers({ towers }: Pick<NetworkPlan, "towers">): number {
  return towers.reduce((sum, { layers }) => sum + layers.length, 0);
}

/** Places everything from `base` on. */
export function planNetworkLayout(needs: NetworkNeeds, base: number): NetworkLayout {
  const { plan, inputs, optimizer, tableOptimizer, classes, members, rows, keepsLast } = needs;
  let top = base;
  const take = (bytes: number): number => {
    const at = top;
    top += Math.ceil(bytes / 64) * 64;
    return at;
  };
  const panels = Math.ceil(rows / PANEL_ROWS);
  const states = denseStates(optimizer);
  const table = (rows: number, words: number, shared: boolean): TableLayout => {
    const [state, last] = [take(4 * words * rows), take(4 * rows)];
    const best = keepsLast ? { best: state, bestLast: last } : { best: take(4 * words * rows), bestLast: take(4 * rows) };
    return { state, words, last, ...best, known: shared ? take(4 * rows) : 0 };
  };
  const dense = take(4 * (1 + states) * plan.dense);
  const running = take(4 * plan.running * members);
  const layout = {
    dense,
    bestDense: keepsLast ? dense : take(4 * (1 + states) * plan.dense),
    states,
    running,
    bestRunning: keepsLast ? running : take(4 * plan.running),
    clock: take(8 * (needs.steps + 1)),
    tables: plan.tables.map((one) => {
      const shared = inputs.flat().filter((input) => input.kind === "embedding" && input.table.index === one.index).length > 1;
      return table(one.rows, tableWords(tableOptimizer, one), shared);
    }),
  };
  let rowFloats = 0;
  const placed = inputs.map((tower) =>
    tower.map((input): InputLayout | null => {
      if (input.kind === "numeric") return null;
      const { stride } = input.table;
      const rowAt = rowFloats;
      rowFloats += stride;
      return {
        vectors: take(4 * stride * input.most),
        gradients: take(4 * stride * input.most),
        squares: take(8 * input.most),
        scales: input.entry < 0 ? take(4 * rows) : 0,
        rowAt,
      };
    }),
  );
  let slotBytes = 0;
  const panel = (units: number): number => {
    const at = slotBytes;
    slotBytes += 4 * PANEL_ROWS * units;
    return at;
  };
  const towers = plan.towers.map(
    (tower): TowerLayout => ({
      x: panel(tower.width),
      dx: panel(tower.width),
      numbers: plan.factorized === null ? 0 : panel(2),
      layers: tower.layers.map((layer) => layerLayout(layer, panels, members, panel, take)),
    }),
  );
  const isJoint = isNormalized(plan);
  const ofPanels = isJoint || needs.engine;
  const chunks = denseChunks(plan).length;
  const laneFloats = plan.dense + (classes === null ? 0 : needs.mostClasses * classes.stride);
  const gradient = take(4 * laneFloats);
  return {
    ...layout,
    inputs: placed,
    rowGradients: take(4 * rowFloats * rows),
    rowFloats,
    laneFloats,
    lanes: take(4 * laneFloats * lanesOf(panels)),
    gradient,
    classes: classes === null ? null : classLayout(classes, needs, gradient + 4 * plan.dense, take, table),
    slots: { at: take(slotBytes * (ofPanels ? panels : members)), bytes: slotBytes, ofPanels },
    towers,
    weights: isJoint ? take(8 * PANEL_ROWS * panels) : 0,
    counts: take(8 * members),
    scratch: take(64 * members),
    vector: take(4 * Math.max(0, ...plan.tables.map(({ stride }) => stride))),
    squares: take(8 * chunks),
    trial: take(4 * (1 + states) * plan.dense),
    trialSquares: take(8 * chunks),
    weightSquares: take(8 * chunks),
    activations: take(16 * members * watchedUnits(plan)),
    sizes: take(8 * members * watchedLayers(plan) * (2 * SIZE_BINS + 1)),
    bytes: top - base,
  };
}

function classLayout(
  classes: LearnedTable,
  { optimizer, members, steps, mostClasses: most }: NetworkNeeds,
  gradients: number,
  take: (bytes: number) => number,
  table: (rows: number, words: number, shared: boolean) => TableLayout,
): ClassLayout {
  const { rows, stride } = classes;
  const words = tableWords(optimizer, classes);
  const [state, last] = [take(4 * words * most), take(4 * most)];
  const ownBytes = 64 * Math.ceil((4 + 4 * stride) / 64);
  return {
    table: table(rows, words, false),
    ids: take(4 * rows),
    w: take(4 * stride * rows),
    gradients,
    clock: take(8 * (steps + 1)),
    squares: take(8 * most),
    trialSquares: take(8 * most),
    weightSquares: take(8 * rows),
    trial: { state, last, words, best: state, bestLast: last, known: 0 },
    trialIds: take(4 * most),
    own: take(ownBytes * members),
    ownBytes,
  };
}

function layerLayout(layer: LayerPlan, panels: number, members: number, panel: (units: number) => number, take: (bytes: number) => number): LayerLayout {
  const { outputs: units, batchNorm, dropout } = layer;
  const z = panel(units);
  const y = batchNorm ? panel(units) : z;
  const ownBytes = batchNorm ? 64 * Math.ceil((16 * units + 8 * units) / 64) : 0;
  return {
    z,
    y,
    a: panel(units),
    mask: dropout > 0 ? panel(units) : 0,
    slopes: layer.activation.kind === v1.ActivationSpec.Kind.RRELU ? panel(units) : 0,
    d: panel(units),
    forwardSums: batchNorm ? take(16 * units * panels) : 0,
    backwardSums: batchNorm ? take(16 * units * panels) : 0,
    own: take(ownBytes * members),
    ownBytes,
  };
}
