import { CrossbillError } from "@crossbill/messages";

/**
 * Refuses rows of several classes.
 * @param labels integers in [0, K), length N
 * @param values f64[N][K]
 * @param name of the values
 * @returns rows of positive weight
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_WEIGHT_RANGE
 */
export function checkClassRows(labels: ArrayLike<number>, values: ArrayLike<number>, K: number, name: string, weights?: ArrayLike<number>): number {
  const N = labels.length;
  if (values.length !== N * K || (weights !== undefined && weights.length !== N))
    throw new CrossbillError(
      "E_LENGTH_MISMATCH",
      `${values.length} ${name} and ${weights?.length ?? N} weights for ${N} labels of ${K} classes; give K ${name} and one weight a row`,
      { exitCode: 2 },
    );
  let rows = 0;
  for (let i = 0; i < N; i++) {
    const y = labels[i]!;
    if (!(Number.isInteger(y) && y >= 0 && y < K)) throw bad("E_LABEL_RANGE", `labels[${i}]`, y, `an integer from 0 to ${K - 1}`);
    const w = weights === undefined ? 1 : weights[i]!;
    if (!(w >= 0 && w < Infinity)) throw bad("E_WEIGHT_RANGE", `weights[${i}]`, w, "a finite number >= 0");
    if (w > 0) rows++;
  }
  return rows;
}

export function bad(code: `E_${string}`, what: string, got: unknown, allowed: string): CrossbillError {
  return new CrossbillError(code, `${what} is ${String(got)}, allowed is ${allowed}; correct or drop that row`, { exitCode: 2, details: { got: String(got) } });
}
