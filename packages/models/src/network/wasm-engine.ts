import { Arena, createKernelMemory, instantiateKernels, type KernelExports, MAX_PAGES, PAGE_BYTES, PANEL_ROWS } from "@crossbill/kernels";
import { BATCH_NORM_MOMENTUM, type DenseEngine, type TowerBatch, type TowerNumbers, type TowerPass } from "./engine.js";
import { BATCH_NORM_EPSILON, type LayerPlan, type TowerPlan } from "./network-plan.js";
import { fromPanels, lanesOf, panelsOf, toPanels } from "./panels.js";

const PANEL_BYTES = 4 * PANEL_ROWS;

/**
 * The built-in engine: the kernels over a memory of its own, on the calling thread. Sums have an order that depends on the number of rows alone: the bits are those of the data, everywhere. Its own memory stays as large as the largest
 * block made it.
 */
export function wasmEngine(): DenseEngine {
  const arena = new Arena(createKernelMemory(PAGE_BYTES, MAX_PAGES * PAGE_BYTES));
  const kernels = instantiateKernels(arena.memory);
  /** What `f` takes of the memory is free again afterwards. */
  const within = <T>(f: () => T): T => {
    const mark = arena.mark();
    try {
      return f();
    } finally {
      arena.release(mark);
    }
  };
  return {
    name: "wasm",
    description: "built-in kernels, WebAssembly on one thread",
    predict: (tower, numbers, inputs, rows) =>
      within(() => new Block(arena, kernels, tower, numbers, { rows, inputs, weights: null, masks: [], slopes: [] }, false).forward()),
    train: (tower, numbers, batch, derivative) =>
      within(() => {
        const block = new Block(arena, kernels, tower, numbers, batch, true);
        const outputs = block.forward();
        return block.backward(outputs, derivative(outputs));
      }),
  };
}

/** Offsets of a layer's panels and numbers; 0: there is none. */
interface Stage {
  readonly plan: LayerPlan;
  /** Panels: sums, then what the activation takes (the same without batch norm), then what it gives, times the mask. */
  readonly x: number;
  readonly z: number;
  readonly y: number;
  readonly a: number;
  readonly mask: number;
  /** Panels of RReLU, f32[J] of PReLU. */
  readonly slopes: number;
  readonly drawn: boolean;
  /** f32[J] each, of batch norm. */
  readonly mean: number;
  readonly scale: number;
  /** f64[M][2 J] */
  readonly sums: number;
}

class Block {
  readonly #arena: Arena;
  readonly #kernels: KernelExports;
  readonly #tower: TowerPlan;
  readonly #numbers: TowerNumbers;
  readonly #rows: number;
  readonly #panels: number;
  /** The tower's part of `dense`: [from, from + length). */
  readonly #from: number;
  readonly #length: number;
  readonly #dense: number;
  readonly #running: number;
  /** f64[M][PANEL_ROWS], and their sum: 0 where the running statistics hold. */
  readonly #weights: number;
  readonly #weight: number;
  readonly #momentum: number;
  readonly #input: number;
  readonly #stages: readonly Stage[];

  constructor(arena: Arena, kernels: KernelExports, tower: TowerPlan, numbers: TowerNumbers, batch: TowerBatch, training: boolean) {
    const { rows } = batch;
    this.#arena = arena;
    this.#kernels = kernels;
    this.#tower = tower;
    this.#numbers = numbers;
    this.#rows = rows;
    this.#momentum = batch.momentum ?? BATCH_NORM_MOMENTUM;
    this.#panels = panelsOf(rows);
    [this.#from, this.#length] = span(tower);
    this.#dense = this.#put(numbers.dense.subarray(this.#from, this.#from + this.#length));
    this.#running = this.#put(numbers.running);
    this.#weights = arena.take(8 * this.#panels * PANEL_ROWS);
    const weights = arena.f64(this.#weights, this.#panels * PANEL_ROWS).fill(0);
    if (batch.weights === null) weights.fill(1, 0, rows);
    else weights.set(batch.weights);
    this.#weight = training ? weights.reduce((sum, w) => sum + w, 0) : 0;
    this.#input = this.#given(batch.inputs, tower.width);
    let x = this.#input;
    this.#stages = tower.layers.map((plan, l) => {
      const z = this.#take(plan.outputs);
      const units = 4 * plan.outputs;
      const [mask, slopes] = [batch.masks[l] ?? null, batch.slopes[l] ?? null];
      const stage = {
        plan,
        x,
        z,
        y: plan.batchNorm ? this.#take(plan.outputs) : z,
        a: this.#take(plan.outputs),
        mask: mask === null ? 0 : this.#given(mask, plan.outputs),
        slopes: slopes === null ? this.#number(plan.slopes) : this.#given(slopes, plan.outputs),
        drawn: slopes !== null,
        mean: plan.batchNorm ? arena.take(units) : 0,
        scale: plan.batchNorm ? arena.take(units) : 0,
        sums: plan.batchNorm ? arena.take(16 * plan.outputs * this.#panels) : 0,
      };
      x = stage.a;
      return stage;
    });
  }

  /** Outputs f32[B][K]. */
  forward(): Float32Array {
    for (const stage of this.#stages) {
      const { plan, x, z, y, a, mask } = stage;
      const { inputs, outputs } = plan;
      this.#each((m, rows) =>
        this.#kernels.dense_forward(panel(z, m, outputs), panel(x, m, inputs), this.#number(plan.weights), this.#number(plan.bias), inputs, outputs, rows),
      );
      if (plan.batchNorm) this.#normalize(stage);
      this.#each((m, rows) => {
        const at = panel(a, m, outputs);
        this.#kernels.activate(at, panel(y, m, outputs), outputs, rows, plan.activation.kind, plan.activation.a, plan.activation.b, slopesOf(stage, m));
        if (mask !== 0) this.#kernels.panel_multiply(at, at, panel(mask, m, outputs), outputs, rows);
      });
    }
    return this.#rowsOf(this.#stages.at(-1)?.a ?? this.#input, this.#tower.outputs);
  }

  /** From the derivatives by the outputs, f32[B][K]. */
  backward(outputs: Float32Array, derivative: Float32Array): TowerPass {
    const lanes = lanesOf(this.#panels);
    const stride = this.#length;
    const gradients = this.#put(new Float32Array(lanes * stride));
    /** Lane g owns the panels [floor(M g / G), floor(M (g + 1) / G)). */
    const gradient = (m: number, at: number): number =>
      at < 0 ? 0 : gradients + 4 * (stride * (Math.ceil(((m + 1) * lanes) / this.#panels) - 1) + at - this.#from);
    let da = this.#given(derivative, this.#tower.outputs);
    for (const stage of this.#stages.toReversed()) {
      const { plan, x, y, mask } = stage;
      const { inputs, outputs: units } = plan;
      const { kind, a, b } = plan.activation;
      this.#each((m, rows) => {
        const at = panel(da, m, units);
        if (mask !== 0) this.#kernels.panel_multiply(at, at, panel(mask, m, units), units, rows);
        this.#kernels.activate_backward(at, at, panel(y, m, units), units, rows, kind, a, b, slopesOf(stage, m), gradient(m, plan.slopes));
      });
      if (plan.batchNorm) this.#normalizeBackward(stage, da, gradient(0, plan.gamma), gradient(0, plan.beta));
      const dx = this.#take(inputs);
      this.#each((m, rows) => {
        const dz = panel(da, m, units);
        this.#kernels.dense_backward_weights(gradient(m, plan.weights), gradient(m, plan.bias), dz, panel(x, m, inputs), inputs, units, rows);
        this.#kernels.dense_backward_inputs(panel(dx, m, inputs), dz, this.#number(plan.weights), inputs, units, rows, 0);
      });
      da = dx;
    }
    const total = this.#arena.take(4 * stride);
    this.#kernels.sum_lanes(total, gradients, lanes, stride, 0, stride);
    const dense = new Float32Array(this.#numbers.dense.length);
    dense.set(this.#arena.f32(total, stride), this.#from);
    return { outputs, dense, inputs: this.#rowsOf(da, this.#tower.width), running: this.#arena.f32(this.#running, this.#numbers.running.length).slice() };
  }

  #normalize({ plan, z, y, mean, scale, sums }: Stage): void {
    const { outputs: units } = plan;
    const running = this.#running + 4 * plan.running;
    this.#kernels.copy_bytes(mean, running, 4 * units); // the shift of the sums
    if (this.#weight > 0) {
      this.#each((m, rows) => this.#kernels.batch_sums(sums + 16 * units * m, mean, panel(z, m, units), this.#weights + 8 * PANEL_ROWS * m, units, rows));
      this.#kernels.fold_panels(sums, sums, this.#panels, 2 * units, 0, 2 * units);
    }
    this.#kernels.batch_statistics(mean, scale, running, sums, mean, units, this.#weight, BATCH_NORM_EPSILON, this.#momentum, 0, units);
    const [gamma, beta] = [this.#number(plan.gamma), this.#number(plan.beta)];
    this.#each((m, rows) => this.#kernels.normalize(panel(y, m, units), panel(z, m, units), mean, scale, gamma, beta, units, rows));
  }

  /** dy to dz, in place. */
  #normalizeBackward({ plan, z, mean, scale, sums }: Stage, dy: number, dgamma: number, dbeta: number): void {
    const { outputs: units } = plan;
    this.#each((m, rows) => this.#kernels.normalize_backward_sums(sums + 16 * units * m, panel(dy, m, units), panel(z, m, units), mean, scale, units, rows));
    this.#kernels.fold_panels(sums, sums, this.#panels, 2 * units, 0, 2 * units);
    this.#kernels.normalize_gradients(dgamma, dbeta, sums, units);
    const gamma = this.#number(plan.gamma);
    this.#each((m, rows) => {
      const at = panel(dy, m, units);
      const weights = this.#weights + 8 * PANEL_ROWS * m;
      this.#kernels.normalize_backward(at, at, panel(z, m, units), weights, mean, scale, gamma, sums, this.#weight, units, rows);
    });
  }

  /** Every panel, with how many of its rows are used: a multiple of 4. */
  #each(f: (m: number, rows: number) => void): void {
    for (let m = 0; m < this.#panels; m++) f(m, Math.min(PANEL_ROWS, 4 * Math.ceil((this.#rows - m * PANEL_ROWS) / 4)));
  }

  /** Where a number of `dense` is; of -1, 0. */
  #number(at: number): number {
    return at < 0 ? 0 : this.#dense + 4 * (at - this.#from);
  }

  #take(units: number): number {
    return this.#arena.take(PANEL_BYTES * units * this.#panels);
  }

  #put(values: Float32Array): number {
    const at = this.#arena.take(4 * values.length);
    this.#arena.f32(at, values.length).set(values);
    return at;
  }

  /** Row-major f32[B][units] as panels. */
  #given(values: Float32Array, units: number): number {
    const at = this.#take(units);
    toPanels(this.#arena.f32(at, units * PANEL_ROWS * this.#panels), values, this.#rows, units);
    return at;
  }

  #rowsOf(panels: number, units: number): Float32Array {
    return fromPanels(this.#arena.f32(panels, units * PANEL_ROWS * this.#panels), this.#rows, units);
  }
}

function panel(base: number, m: number, units: number): number {
  return base + PANEL_BYTES * units * m;
}

function slopesOf({ plan, slopes, drawn }: Stage, m: number): number {
  return drawn ? panel(slopes, m, plan.outputs) : slopes;
}

/** First number of a tower's layers, and how many they are. */
function span({ layers }: TowerPlan): readonly [from: number, length: number] {
  if (layers.length === 0) return [0, 0];
  const from = layers[0]!.weights;
  const { inputs, outputs, weights, bias, gamma, beta, slopes } = layers.at(-1)!;
  const to = Math.max(weights + inputs * outputs, ...[bias, gamma, beta, slopes].map((at) => (at < 0 ? 0 : at + outputs)));
  return [from, to - from];
}
