import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import type { RunContext } from "../context.js";
import type { PlannedTrial } from "../tune/plan.js";

/**
 * The model as it is (number 1), and without one column after another, in the order of the model. The packs are the same: what a model does not name it does not read.
 * @param asked columns to leave out one at a time; undefined: every one
 * @throws E_CONFIG (exit code 2) for columns that the model has not, and for a model of one column
 */
export function planAblation({ loaded, compiled }: Pick<RunContext, "loaded" | "compiled">, asked: readonly string[] | undefined): PlannedTrial[] {
  const { columns } = compiled.model;
  const unknown = (asked ?? []).find((name) => !columns.includes(name));
  if (unknown !== undefined) throw problem(`--columns: the model has no column ${JSON.stringify(unknown)}; it has ${columns.join(", ")}`);
  if (columns.length < 2) throw problem(`the model has one column, ${columns.join()}: without it there is nothing to train`);
  const trial = (without: string | null, i: number): PlannedTrial => {
    const model = decodeMessage(v1.ModelSpec, encodeMessage(v1.ModelSpec, compiled.model), "model");
    model.columns = columns.filter((name) => name !== without);
    const settings = without === null ? [] : [{ path: "without", keys: [], value: without }];
    return { number: i + 1, settings, config: loaded.config, compiled: { ...compiled, model } };
  };
  const left = columns.filter((name) => asked === undefined || asked.includes(name));
  return [null, ...left].map(trial);
}

function problem(message: string): CrossbillError {
  return new CrossbillError("E_CONFIG", message, { exitCode: 2 });
}
