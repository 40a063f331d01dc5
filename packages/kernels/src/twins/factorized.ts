const f32 = Math.fround;

/** s(c, k, f), of field-aware machines s(c, k, b, f): numbers of one row. */
export type Vectors = (c: number, k: number, f: number) => number;
export type FieldVectors = (c: number, k: number, b: number, f: number) => number;

/** Sizes of a factorised part: C columns, vectors of `rank` numbers. */
export interface Factors {
  readonly columns: number;
  readonly rank: number;
}

/** Slow twin of factorized_forward for output k of one row: what is added to its logit. */
export function factorizedTwin(s: Vectors, k: number, { columns, rank }: Factors): number {
  let total = 0;
  for (let f = 0; f < rank; f++) {
    let before = s(0, k, f);
    for (let c = 1; c < columns; c++) {
      total = f32(total + f32(s(c, k, f) * before));
      before = f32(before + s(c, k, f));
    }
  }
  return total;
}

/** Slow twin of factorized_backward for one number: the gradient by s(c, k, f). */
export function factorizedGradientTwin(s: Vectors, residual: number, c: number, k: number, f: number, { columns }: Factors): number {
  let sum = s(0, k, f);
  for (let other = 1; other < columns; other++) sum = f32(sum + s(other, k, f));
  return f32(f32(residual) * f32(sum - s(c, k, f)));
}

/** Slow twin of field_aware_forward for output k of one row. */
export function fieldAwareTwin(s: FieldVectors, k: number, { columns, rank }: Factors): number {
  let total = 0;
  for (let a = 0; a < columns; a++)
    for (let b = a + 1; b < columns; b++) for (let f = 0; f < rank; f++) total = f32(total + f32(s(a, k, b, f) * s(b, k, a, f)));
  return total;
}

/** Slow twin of field_aware_backward for one number: the gradient by s(a, k, b, f). */
export function fieldAwareGradientTwin(s: FieldVectors, residual: number, a: number, k: number, b: number, f: number): number {
  return a === b ? 0 : f32(f32(residual) * s(b, k, a, f));
}

/** Slow twin of dot_forward for one row. */
export function dotTwin(user: ArrayLike<number>, item: ArrayLike<number>): number {
  let total = 0;
  for (let e = 0; e < user.length; e++) total = f32(total + f32(user[e]! * item[e]!));
  return total;
}
