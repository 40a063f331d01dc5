import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import type { RunContext } from "../context.js";
import type { PlannedTrial } from "../tune/plan.js";

/**
 * The model as it is (number 1), and without one column after another, in the order of the model. The packs are the same: what a model does not name it does not read.
 * @param asked columns to leave out one at a time; undefined: every one that is not all of what a part of the model sees
 * @throws E_CONFIG (exit code 2) for columns that the model has not, and for those without which there is nothing to train
 */
export function planAblation({ loaded, compiled }: Pick<RunContext, "loaded" | "compiled">, asked: readonly string[] | undefined): PlannedTrial[] {
  const { columns } = compiled.model;
  const unknown = (asked ?? []).find((name) => !columns.includes(name));
  if (unknown !== undefined) throw problem(`--columns: the model has no column ${JSON.stringify(unknown)}; it has ${columns.join(", ")}`);
  const alone = columns.filter((name) => standsAlone(compiled.model, name));
  const needed = alone.find((name) => asked?.includes(name) ?? alone.length === columns.length);
  if (needed !== undefined) throw problem(`the model needs the column ${needed}: without it there is nothing to train`);
  const trial = (without: string | null, i: number): PlannedTrial => {
    const model = decodeMessage(v1.ModelSpec, encodeMessage(v1.ModelSpec, compiled.model), "model");
    if (without !== null) leaveOut(model, without);
    const settings = without === null ? [] : [{ path: "without", keys: [], value: without }];
    return { number: i + 1, settings, config: loaded.config, compiled: { ...compiled, model } };
  };
  const left = columns.filter((name) => !alone.includes(name) && (asked === undefined || asked.includes(name)));
  return [null, ...left].map(trial);
}

/** Takes a column out of a model: its weights, its vectors, its numbers. */
function leaveOut(model: v1.ModelSpec, name: string): void {
  const others = <T>(list: readonly T[], nameOf: (one: T) => string): T[] => list.filter((one) => nameOf(one) !== name);
  model.columns = others(model.columns, (column) => column);
  const network: v1.NetworkSpec | null = model.network;
  if (network === null) return;
  network.linear = others(network.linear, (column) => column);
  for (const part of partsOf(network)) part.inputs = others(part.inputs, columnOf);
  for (const table of network.tables) table.columns = others(table.columns, (column) => column);
  network.tables = network.tables.filter((table) => table.columns.length > 0);
}

/** Whether a part of the model would be without columns but for this one. */
function standsAlone({ columns, network }: v1.ModelSpec, name: string): boolean {
  if ((network as v1.NetworkSpec | null) === null) return columns.length === 1;
  const fewest = network.kind === v1.NetworkSpec.Kind.FACTORIZED ? 2 : 1;
  return partsOf(network).some(
    ({ inputs }) => inputs.some((input) => columnOf(input) === name) && inputs.filter((input) => columnOf(input) !== name).length < fewest,
  );
}

/** What has inputs of its own. */
function partsOf({ tower, factorized, user, item }: v1.NetworkSpec): { inputs: v1.TowerInput[] }[] {
  return [tower, factorized, user, item].filter((part: { inputs: v1.TowerInput[] } | null) => part !== null);
}

function columnOf({ embedding, numeric }: v1.TowerInput): string {
  return embedding?.column ?? numeric ?? "";
}

function problem(message: string): CrossbillError {
  return new CrossbillError("E_CONFIG", message, { exitCode: 2 });
}
