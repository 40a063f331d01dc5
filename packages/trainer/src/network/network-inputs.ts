import { CrossbillError, type v1 } from "@crossbill/messages";
import type { NetworkPlan, NumericInputPlan, TablePlan } from "@crossbill/models";
import type { Inputs } from "../blocks/inputs.js";

/** What a tower reads of a block, by where it lies there. */
export type NetworkInput = EmbeddingInput | NumericInput;

export interface EmbeddingInput {
  readonly kind: "embedding";
  readonly table: TablePlan;
  /** Number of the column among those of blocks: those of one id a row, then those of several values. */
  readonly column: number;
  /** Place in a row of a column of one id; -1: the column has several values. */
  readonly entry: number;
  /** The column's first feature: id 0. */
  readonly first: number;
  readonly combiner: v1.EmbeddingInput.Combiner;
  /** First unit of the tower's input, and how many. */
  readonly at: number;
  readonly width: number;
  /** Distinct ids in a block at most. */
  readonly most: number;
}

export interface NumericInput {
  readonly kind: "numeric";
  readonly plan: NumericInputPlan;
  /** First of its dense inputs. */
  readonly dense: number;
}

/** Dense inputs that stand together in blocks and in a tower's input. */
export interface NumberRun {
  /** The first unit, the first dense input, how many. */
  readonly at: number;
  readonly dense: number;
  readonly numbers: number;
}

/** Numbers that are inputs as they are, without vectors. */
export function numberRuns(inputs: readonly NetworkInput[]): NumberRun[] {
  const runs: NumberRun[] = [];
  for (const input of inputs) {
    if (input.kind === "embedding" || input.plan.vectors >= 0) continue;
    const { at, numbers } = input.plan;
    const last = runs.at(-1);
    if (last !== undefined && last.at + last.numbers === at && last.dense + last.numbers === input.dense)
      runs[runs.length - 1] = { ...last, numbers: last.numbers + numbers };
    else runs.push({ at, dense: input.dense, numbers });
  }
  return runs;
}

/** The inputs of every tower. @param rows,pairs of a block at most @throws E_INTERNAL for a column that blocks do not hold */
export function networkInputs(plan: NetworkPlan, inputs: Inputs, rows: number, pairs: number): readonly (readonly NetworkInput[])[] {
  const columns = [...inputs.categorical, ...inputs.multi];
  return plan.towers.map((tower) =>
    tower.inputs.map((input): NetworkInput => {
      if (input.kind === "numeric") {
        const n = inputs.numeric.findIndex(({ name }) => name === input.column);
        if (n < 0) throw missing(input.column);
        return { kind: "numeric", plan: input, dense: inputs.numeric.slice(0, n).reduce((sum, one) => sum + one.inputs, 1) };
      }
      const column = columns.findIndex(({ name }) => name === input.column);
      const found = columns[column];
      if (found === undefined) throw missing(input.column);
      const single = column < inputs.categorical.length;
      return {
        kind: "embedding",
        table: plan.tables[input.table]!,
        column,
        entry: single ? column : -1,
        first: found.offset,
        combiner: input.combiner,
        at: input.at,
        width: input.width,
        most: Math.min(found.size, single ? rows : pairs),
      };
    }),
  );
}

function missing(column: string): CrossbillError {
  return new CrossbillError("E_INTERNAL", `the network reads the column ${column}, which blocks do not hold`);
}
