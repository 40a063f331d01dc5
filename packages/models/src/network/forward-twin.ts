import { v1 } from "@crossbill/messages";
import type { InputPlan, NetworkPlan, NetworkWeights } from "./network-plan.js";
import { towerTwin } from "./tower-twin.js";

const { Combiner } = v1.EmbeddingInput;

/** One row, encoded: of a categorical column its ids and their values, of a numeric one its scaled numbers. */
export interface TwinRow {
  readonly features: ReadonlyMap<string, readonly { readonly id: number; readonly value: number }[]>;
  readonly numbers: ReadonlyMap<string, readonly number[]>;
}

/** What tower t sees of a row, float64[D]: the slow twin of pooling and of numbers. */
export function inputsTwin(plan: NetworkPlan, weights: NetworkWeights, t: number, row: TwinRow): number[] {
  return plan.towers[t]!.inputs.flatMap((input) => inputTwin(plan, weights, input, row));
}

/**
 * The slow twin of every forward pass, in prediction: what the network adds to the K logits of a row. All in float64, one number after the other, from the formulas alone: what float32 kernels give differs by their
 * rounding.
 */
export function forwardTwin(plan: NetworkPlan, weights: NetworkWeights, row: TwinRow): readonly number[] {
  const inputs = plan.towers.map((_, t) => inputsTwin(plan, weights, t, row));
  if (plan.factorized !== null) return Array.from({ length: plan.outputs }, (_, k) => pairsTwin(plan, inputs[0]!, k));
  const outputs = plan.towers.map((tower, t) => towerTwin(tower, weights, [inputs[t]!], null).outputs[0]!);
  if (plan.kind === "deep") return outputs[0]!;
  const d = plan.towers[0]!.outputs / plan.outputs;
  return Array.from({ length: plan.outputs }, (_, k) => product(outputs[0]!.slice(k * d, (k + 1) * d), outputs[1]!.slice(k * d, (k + 1) * d)));
}

function inputTwin(plan: NetworkPlan, weights: NetworkWeights, input: InputPlan, row: TwinRow): number[] {
  const sum = new Array<number>(input.width).fill(0);
  if (input.kind === "numeric") {
    const numbers = row.numbers.get(input.column) ?? [];
    if (input.vectors < 0) return [...numbers];
    for (const [i, x] of numbers.entries()) for (let j = 0; j < input.width; j++) sum[j] = sum[j]! + x * weights.dense[input.vectors + i * input.width + j]!;
    return sum;
  }
  const features = row.features.get(input.column) ?? [];
  const { ids, vectors } = weights.tables[input.table]!;
  const { dimension } = plan.tables[input.table]!;
  let [size, squares] = [0, 0];
  for (const { id, value } of features) {
    size += Math.abs(value);
    squares += value * value;
    const at = ids.indexOf(id);
    if (at >= 0) for (let j = 0; j < dimension; j++) sum[j] = sum[j]! + value * vectors[at * dimension + j]!;
  }
  const divisor = input.combiner === Combiner.MEAN ? size : input.combiner === Combiner.SQRTN ? Math.sqrt(squares) : 1;
  return sum.map((x) => (divisor === 0 ? 0 : x / divisor));
}

/** Sum over pairs of fields a < b of s_a . s_b, field-aware s_a[b] . s_b[a], of output k; a vector is [k][field][rank], or [k][rank]. */
function pairsTwin(plan: NetworkPlan, inputs: readonly number[], k: number): number {
  const { rank, fieldAware, fields } = plan.factorized!;
  const part = (a: number, b: number): readonly number[] => {
    const at = (a * inputs.length) / fields + (fieldAware ? k * fields + b : k) * rank;
    return inputs.slice(at, at + rank);
  };
  let sum = 0;
  for (let b = 1; b < fields; b++) for (let a = 0; a < b; a++) sum += product(part(a, b), part(b, a));
  return sum;
}

function product(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, i) => sum + x * b[i]!, 0);
}
