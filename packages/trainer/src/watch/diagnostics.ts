import { v1 } from "@crossbill/messages";
import { SATURATED } from "./judge.js";

/** Numbers in messages: enough digits to tell, no more. */
const short = (x: number): string => String(Number(x.toPrecision(3)));
const share = (part: number, whole: number): string => `${((100 * part) / whole).toPrecision(3)}%`;
/** Columns that a message names at most. */
const NAMED = 5;

function named(columns: readonly string[]): string {
  const more = columns.length - NAMED;
  return `${columns.length === 1 ? "column" : "columns"} ${columns.slice(0, NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** The squared head over labels that are all 0 or 1: `outside` of `rows` validation rows are predicted below 0 or above 1. */
export function squaredOnBinary(outside: number, rows: number): v1.Diagnostic {
  const found = rows === 0 ? "there are no validation rows to count them on" : `${outside} of ${rows} validation rows (${share(outside, rows)}) do now`;
  return v1.Diagnostic.create({
    code: "D_SQUARED_ON_BINARY",
    message: `every training label is 0 or 1, and the head squared predicts numbers, not probabilities: they leave [0, 1] (${found}); to cap them there biases their mean; set model.head to logistic`,
    value: rows === 0 ? Number.NaN : outside / rows,
  });
}

const SET_L2 = "set model.l2 (1e-6 is a beginning), which gives them one";

/** Nothing holds the weights, and all rows looked at are on the right side. @param rows which those are, in words @param loss mean of them */
export function separable(rows: string, loss: number): v1.Diagnostic {
  return v1.Diagnostic.create({
    code: "D_SEPARABLE",
    message: `${rows} on the right side (mean loss ${short(loss)}) and no penalty holds the weights: such data have no optimum, the longer the training the larger the weights and the nearer probabilities come to 0 and 1; ${SET_L2}`,
    value: loss,
  });
}

/** Nothing holds the weights, and those of some values run off. @param weights how many @param limit that they are beyond */
export function runsOff(columns: readonly string[], weights: number, limit: number, loss: number): v1.Diagnostic {
  return v1.Diagnostic.create({
    code: "D_SEPARABLE",
    message: `${weights} weights of ${named(columns)} are beyond ${limit} in size and no penalty holds them: values whose rows are told from others without an error have no best weight, it runs off; ${SET_L2}`,
    columns: [...columns],
    value: loss,
  });
}

/** Probabilities as good as 0 or 1. @param rows which rows were looked at, in words */
export function saturated(count: number, judged: number, rows: string): v1.Diagnostic {
  return v1.Diagnostic.create({
    code: "D_SATURATED",
    message: `${count} of ${judged} ${rows} (${share(count, judged)}) have logits beyond ${SATURATED} in size, probabilities within 3.1e-7 of 0 or 1: they hardly move a weight any more, and each that is wrong costs more than ${SATURATED}; scale numeric columns, set model.l2, or train with a smaller rate`,
    value: count / judged,
  });
}

/** How training loss has risen. */
export interface Rise {
  readonly step: number;
  readonly loss: number;
  /** The lowest before, and its step; step 0: of the best constant prediction (or of zero weights, where that is more). */
  readonly lowest: number;
  readonly lowestStep: number;
}

/** @param rate the learning rate as the configuration has it, and its name there */
export function lossRises({ step, loss, lowest, lowestStep }: Rise, rate: { readonly name: string; readonly value: number }): v1.Diagnostic {
  const than = lowestStep === 0 ? `that of a constant prediction, ${short(lowest)}` : `the ${short(lowest)} of step ${lowestStep}`;
  return v1.Diagnostic.create({
    code: "D_LOSS_RISES",
    message: `the loss of the training rows looked at is ${short(loss)} at step ${step}, more than ${than}: steps are too large; ${rate.name} is ${rate.value}, try ${short(rate.value / 10)}, or scale the numeric columns`,
    value: loss / lowest,
  });
}

/** All weights of some columns are 0. */
export function unusedColumns(columns: readonly string[], all: number, l1: boolean): v1.Diagnostic {
  return v1.Diagnostic.create({
    code: "D_UNUSED_COLUMNS",
    message: `all weights of ${named(columns)} (${columns.length} of ${all}) are 0: no prediction depends on ${columns.length === 1 ? "it" : "them"}; leave ${columns.length === 1 ? "it" : "them"} out of the model${l1 ? ", or keep more with a smaller l1" : ""}`,
    columns: [...columns],
    value: columns.length,
    info: true,
  });
}
