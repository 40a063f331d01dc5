// The training of a network in plain TypeScript and float64, from the formulas alone: gradients are finite differences of the loss. The oracle of what kernels and their order give, to float32's rounding.
import { dropoutMaskTwin, randomSlopesTwin } from "@crossbill/kernels";
import { v1 } from "@crossbill/messages";
import { initialDense, type LayerPlan, type NetworkPlan, type NetworkWeights, type TowerPlan } from "@crossbill/models";
import { exp, log1p, sigmoid, softplus } from "@crossbill/numerics";
import { transformOf } from "../dist/blocks/inputs.js";
import type { ArrayPack } from "../dist/rows/array-source.js";
import type { Problem } from "./support.js";

const { Kind } = v1.ActivationSpec;
const { Combiner } = v1.EmbeddingInput;
const STEP = 1e-6;

/** One row: of a categorical column its ids with values, of a numeric one its scaled numbers. */
interface Row {
  readonly features: ReadonlyMap<string, readonly { readonly id: number; readonly value: number }[]>;
  readonly numbers: ReadonlyMap<string, readonly number[]>;
  readonly labels: readonly number[];
  readonly weight: number;
}

export function twinRows({ inputs }: Problem, pack: ArrayPack, from: number, to: number): Row[] {
  const transforms = inputs.numeric.map(transformOf);
  return Array.from({ length: to - from }, (_, i) => {
    const r = from + i;
    const features = new Map<string, { id: number; value: number }[]>();
    for (const { name } of inputs.categorical) features.set(name, [{ id: pack.ids[name]![r]!, value: 1 }]);
    for (const { name } of inputs.multi) {
      const { offsets, ids, values } = pack.pairs![name]!;
      features.set(
        name,
        Array.from({ length: offsets[r + 1]! - offsets[r]! }, (_, k) => ({ id: ids[offsets[r]! + k]!, value: Math.fround(values![offsets[r]! + k]!) })),
      );
    }
    const numbers = new Map<string, number[]>();
    for (const [n, { name, inputs: width }] of inputs.numeric.entries()) {
      const x = pack.numbers[name]![r]!;
      const { apply, isMissing } = transforms[n]!;
      numbers.set(name, width === 1 ? [Math.fround(apply(x))] : [Math.fround(apply(x)), isMissing(x) ? 1 : 0]);
    }
    return { features, numbers, labels: pack.labels === undefined ? [pack.label[r]!] : [...pack.labels.subarray(r * 3, r * 3 + 3)], weight: pack.weight[r]! };
  });
}

export type Head = "logistic" | "squared" | "poisson" | "softmax";

/** Loss of a row, natural logarithms. */
function lossOf(head: Head, logits: readonly number[], y: number): number {
  const z = logits[0]!;
  if (head === "logistic") return softplus(z) - y * z;
  if (head === "squared") return (z - y) ** 2;
  if (head === "poisson") return exp(z) - y * z;
  const most = Math.max(...logits);
  return most + Math.log(logits.reduce((sum, one) => sum + exp(one - most), 0)) - logits[y]!;
}

function activation({ activation: { kind, a, b } }: LayerPlan, z: number, slope: number): number {
  const tanh = (x: number): number => 2 * sigmoid(2 * x) - 1;
  switch (kind) {
    case Kind.RELU:
      return Math.max(z, 0);
    case Kind.LINEAR:
      return z;
    case Kind.SIGMOID:
      return sigmoid(z);
    case Kind.TANH:
      return tanh(z);
    case Kind.SOFTPLUS:
      return Math.max(z, 0) + log1p(exp(-Math.abs(z)));
    case Kind.LEAKY_RELU:
      return z > 0 ? z : a * z;
    case Kind.PRELU:
    case Kind.RRELU:
      return z > 0 ? z : slope * z;
    case Kind.RELU_N:
      return Math.min(Math.max(z, 0), a);
    case Kind.ELU:
      return z > 0 ? z : a * (exp(z) - 1);
    case Kind.GELU:
      return (z / 2) * (1 + tanh(Math.sqrt(2 / Math.PI) * (z + 0.044715 * z * z * z)));
    case Kind.SILU:
      return z * sigmoid(z);
    default:
      return (a + b) / 0;
  }
}

export interface TwinNumbers {
  readonly dense: Float64Array;
  /** By table: every row's vector. */
  readonly tables: Float64Array[];
  readonly intercepts: Float64Array;
}

/** The network in training on one block. */
export class NetworkTwin {
  readonly plan: NetworkPlan;
  readonly head: Head;
  readonly seed: number;

  constructor(plan: NetworkPlan, head: Head, seed: number) {
    this.plan = plan;
    this.head = head;
    this.seed = seed;
  }

  /** The weighted mean loss of the block, batch norm by it, masks those of the step (null: none). */
  loss(numbers: TwinNumbers, rows: readonly Row[], step: number | null): number {
    const outputs = this.outputs(numbers, rows, step);
    const weight = rows.reduce((sum, row) => sum + row.weight, 0);
    return rows.reduce((sum, { labels, weight: own }, r) => sum + own * lossOf(this.head, outputs[r]!, labels[0]!), 0) / weight;
  }

  outputs(numbers: TwinNumbers, rows: readonly Row[], step: number | null): number[][] {
    let number = 0;
    const given = this.plan.towers.map((tower) => {
      let x = rows.map((row) => this.#inputs(tower, numbers, row));
      for (const layer of tower.layers) x = this.#layer(layer, number++, numbers, rows, x, step);
      return x;
    });
    return rows.map((_, r) => {
      const own = given.map((tower) => tower[r]!);
      const K = this.plan.outputs;
      const network =
        this.plan.kind === "deep"
          ? own[0]!
          : this.plan.kind === "twoTower"
            ? Array.from({ length: K }, (_, k) => dot(part(own[0]!, k, K), part(own[1]!, k, K)))
            : Array.from({ length: K }, (_, k) => this.#pairs(own[0]!, k));
      return network.map((z, k) => z + numbers.intercepts[k]!);
    });
  }

  #inputs(tower: TowerPlan, { dense, tables }: TwinNumbers, row: Row): number[] {
    return tower.inputs.flatMap((input) => {
      if (input.kind === "numeric") {
        const x = row.numbers.get(input.column)!;
        if (input.vectors < 0) return [...x];
        return Array.from({ length: input.width }, (_, u) => x.reduce((sum, one, i) => sum + one * dense[input.vectors + i * input.width + u]!, 0));
      }
      const features = row.features.get(input.column)!;
      const d = input.width;
      const size = features.reduce((sum, { value }) => sum + (input.combiner === Combiner.MEAN ? Math.abs(value) : value * value), 0);
      const scale = input.combiner === Combiner.SUM ? 1 : size === 0 ? 0 : 1 / (input.combiner === Combiner.MEAN ? size : Math.sqrt(size));
      return Array.from({ length: d }, (_, u) => scale * features.reduce((sum, { id, value }) => sum + value * tables[input.table]![id * d + u]!, 0));
    });
  }

  #layer(layer: LayerPlan, number: number, { dense }: TwinNumbers, rows: readonly Row[], x: readonly number[][], step: number | null): number[][] {
    const { inputs, outputs, weights, bias, gamma, beta, slopes, batchNorm, dropout } = layer;
    const z = x.map((one) =>
      Array.from({ length: outputs }, (_, j) => one.reduce((sum, value, i) => sum + dense[weights + j * inputs + i]! * value, bias < 0 ? 0 : dense[bias + j]!)),
    );
    if (batchNorm) {
      const weight = rows.reduce((sum, row) => sum + row.weight, 0);
      for (let j = 0; j < outputs; j++) {
        const mean = z.reduce((sum, one, r) => sum + rows[r]!.weight * one[j]!, 0) / weight;
        const variance = z.reduce((sum, one, r) => sum + rows[r]!.weight * (one[j]! - mean) ** 2, 0) / weight;
        for (const one of z) one[j] = (dense[gamma + j]! * (one[j]! - mean)) / Math.sqrt(variance + 1e-5) + dense[beta + j]!;
      }
    }
    return z.map((one, r) =>
      one.map((value, j) => {
        const place = { seed: [this.seed, 0] as const, step: step ?? 0, row0: r - (r % 64), layer: number };
        const drawn = layer.activation.kind === Kind.RRELU ? slopePanel(outputs, layer, place)[j * 64 + (r % 64)]! : 0;
        const a = activation(layer, value, slopes < 0 ? drawn : dense[slopes + j]!);
        return dropout > 0 && step !== null ? a * maskPanel(outputs, dropout, place)[j * 64 + (r % 64)]! : a;
      }),
    );
  }

  /** Sum over pairs of fields a < b of s_a . s_b, field-aware s_a[b] . s_b[a]. */
  #pairs(x: readonly number[], k: number): number {
    const { rank, fieldAware, fields } = this.plan.factorized!;
    const d = x.length / fields;
    const part = (a: number, b: number): readonly number[] => {
      const at = a * d + (fieldAware ? (k * fields + b) * rank : k * rank);
      return x.slice(at, at + rank);
    };
    let sum = 0;
    for (let b = 1; b < fields; b++) for (let a = 0; a < b; a++) sum += dot(part(a, b), part(b, a));
    return sum;
  }

  /** Derivatives of the loss by all dense parameters and intercepts, and by the vectors of the block's ids; frozen tables have none. */
  gradient(numbers: TwinNumbers, rows: readonly Row[], step: number | null): TwinNumbers {
    const by = (array: Float64Array, at: number): number => {
      const x = array[at]!;
      array[at] = x + STEP;
      const more = this.loss(numbers, rows, step);
      array[at] = x - STEP;
      const less = this.loss(numbers, rows, step);
      array[at] = x;
      return (more - less) / (2 * STEP);
    };
    const all = (array: Float64Array): Float64Array => array.map((_, at) => by(array, at));
    return {
      dense: all(numbers.dense),
      intercepts: all(numbers.intercepts),
      tables: numbers.tables.map((table, t) => {
        const { dimension, columns, frozen } = this.plan.tables[t]!;
        const ids = new Set(frozen ? [] : rows.flatMap(({ features }) => columns.flatMap((name) => features.get(name)!.map(({ id }) => id))));
        const out = new Float64Array(table.length);
        for (const id of ids) for (let e = 0; e < dimension; e++) out[id * dimension + e] = by(table, id * dimension + e);
        return out;
      }),
    };
  }

  /** What training begins with. @param tables vectors of every row */
  start(tables: readonly Float32Array[], intercepts: readonly number[]): TwinNumbers {
    return {
      dense: Float64Array.from(initialDense(this.plan, this.seed)),
      tables: tables.map((table) => Float64Array.from(table)),
      intercepts: Float64Array.from(intercepts),
    };
  }
}

const masks = new Map<string, Float32Array>();
type Place = Parameters<typeof dropoutMaskTwin>[3];
function maskPanel(units: number, rate: number, place: Place): Float32Array {
  const key = JSON.stringify([units, rate, place]);
  const known = masks.get(key) ?? dropoutMaskTwin(units, 64, rate, place);
  masks.set(key, known);
  return known;
}
function slopePanel(units: number, { activation: { a, b } }: LayerPlan, place: Place): Float32Array {
  const key = JSON.stringify(["slopes", units, a, b, place]);
  const known = masks.get(key) ?? randomSlopesTwin(units, 64, a, b, place);
  masks.set(key, known);
  return known;
}

/** The kth of K parts. */
function part(x: readonly number[], k: number, K: number): readonly number[] {
  return x.slice((k * x.length) / K, ((k + 1) * x.length) / K);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, i) => sum + x * b[i]!, 0);
}

/** The largest difference of a trained network from the twin's numbers: of dense parameters, and of the vectors that it has. */
export function furthest(plan: NetworkPlan, trained: NetworkWeights, numbers: TwinNumbers): number {
  let most = 0;
  for (const [k, x] of trained.dense.entries()) most = Math.max(most, Math.abs(x - numbers.dense[k]!));
  for (const [t, { ids, vectors }] of trained.tables.entries()) {
    const { dimension } = plan.tables[t]!;
    for (const [i, id] of ids.entries())
      for (let e = 0; e < dimension; e++) most = Math.max(most, Math.abs(vectors[i * dimension + e]! - numbers.tables[t]![id * dimension + e]!));
  }
  return most;
}
