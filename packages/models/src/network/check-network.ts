import { CrossbillError } from "@crossbill/messages";
import type { FileTensor } from "./network-file.js";
import type { NetworkPlan, NetworkWeights, TableWeights } from "./network-plan.js";
import { denseParts, tensorsOf } from "./network-tensors.js";

/** Numbers of a network that are not 0. */
export function nonZeroNumbers({ dense, tables }: NetworkWeights): number {
  let n = 0;
  for (const values of [dense, ...tables.map(({ vectors }) => vectors)]) for (const value of values) if (value !== 0) n++;
  return n;
}

/** Why `weights` are not those of the plan, or null: sizes, order and names of tables, ids that ascend below the table's rows. */
export function misfit(plan: NetworkPlan, { dense, running, tables }: NetworkWeights): string | null {
  if (dense.length !== plan.dense || running.length !== plan.running)
    return `${dense.length} numbers of layers and ${running.length} running statistics; ${plan.dense} and ${plan.running} are laid out`;
  const names = (all: readonly { readonly name: string }[]): string => all.map(({ name }) => `"${name}"`).join(", ");
  if (names(tables) !== names(plan.tables)) return `tables ${names(tables)}; ${names(plan.tables)} are laid out`;
  for (const [t, { name, ids, vectors }] of tables.entries()) {
    const { rows, dimension } = plan.tables[t]!;
    if (vectors.length !== ids.length * dimension) return `table "${name}": ${vectors.length} numbers for ${ids.length} vectors of ${dimension}`;
    const at = ids.findIndex((id, i) => id >= rows || (i > 0 && id <= ids[i - 1]!));
    if (at >= 0) return `table "${name}" holds id ${ids[at]}${at === 0 ? "" : ` after ${ids[at - 1]}`}; ids ascend in [0, ${rows})`;
  }
  return null;
}

/** The first number that is not finite, for people; null: all are. */
export function notFinite(plan: NetworkPlan, weights: NetworkWeights): string | null {
  for (const { name, width, ids, values } of tensorsOf(plan, weights)) {
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) return `number ${at % width} of ${name}, id ${ids[Math.floor(at / width)]}, is ${values[at]}`;
  }
  return null;
}

/** The network in a file's tensors. @param where names the model in errors @throws E_MODEL_INVALID where they are not those of the plan */
export function networkOf(plan: NetworkPlan, tensors: readonly FileTensor[], where: string): NetworkWeights {
  const fail = (problem: string): never => {
    throw new CrossbillError("E_MODEL_INVALID", `${where}: ${problem}; publish the model again`);
  };
  const left = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const take = (name: string, width: number): FileTensor | null => {
    const tensor = left.get(name) ?? null;
    left.delete(name);
    if (tensor !== null && tensor.width !== width) fail(`tensor "${name}" has rows of ${tensor.width} values, ${width} are laid out`);
    return tensor;
  };
  const tables = plan.tables.map(({ name, dimension }): TableWeights => {
    const tensor = take(`embedding/${name}`, dimension);
    return { name, ids: tensor?.ids ?? new Uint32Array(0), vectors: tensor?.values ?? new Float32Array(0) };
  });
  const numbers = { dense: new Float32Array(plan.dense), running: new Float32Array(plan.running) };
  for (const { name, of, at, units, width } of denseParts(plan)) {
    const tensor = take(name, width) ?? fail(`tensor "${name}" is missing`);
    if (tensor.ids.length !== units || tensor.ids.some((id, i) => id !== i)) fail(`tensor "${name}" has not the ids 0 to ${units - 1}`);
    numbers[of].set(tensor.values, at);
  }
  for (const name of left.keys()) fail(`tensor "${name}" is not of this network`);
  const weights = { ...numbers, tables };
  const problem = misfit(plan, weights) ?? notFinite(plan, weights);
  if (problem !== null) fail(problem);
  for (const { layers } of plan.towers)
    for (const { running, outputs } of layers)
      if (running >= 0 && weights.running.subarray(running + outputs, running + 2 * outputs).some((variance) => variance < 0)) fail("a variance is below 0");
  return weights;
}
