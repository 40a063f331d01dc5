import { v1 } from "@crossbill/messages";

/** Numbers in messages: enough digits to tell, no more. */
const share = (part: number, whole: number): string => `${((100 * part) / whole).toPrecision(3)}%`;

/** The squared head over labels that are all 0 or 1: `outside` of `rows` validation rows are predicted below 0 or above 1. */
export function squaredOnBinary(outside: number, rows: number): v1.Diagnostic {
  const found = rows === 0 ? "there are no validation rows to count them on" : `${outside} of ${rows} validation rows (${share(outside, rows)}) do now`;
  return v1.Diagnostic.create({
    code: "D_SQUARED_ON_BINARY",
    message: `every training label is 0 or 1, and the head squared predicts numbers, not probabilities: they leave [0, 1] (${found}); to cap them there biases their mean; set model.head to logistic`,
    value: rows === 0 ? Number.NaN : outside / rows,
  });
}
