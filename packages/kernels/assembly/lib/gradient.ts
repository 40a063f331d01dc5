/** Sum of the residuals (f64) of the rows [k, end) of the transpose, in that order; times values (f32) where there are any. T: u16 or u32. */
// @ts-ignore: decorator
@inline
export function feature_gradient<T>(rows: usize, values: usize, residual: usize, k: usize, end: usize): f64 {
  let g: f64 = 0;
  if (values == 0) {
    for (; k < end; k++) g += load<f64>(residual + (<usize>load<T>(rows + k * sizeof<T>()) << 3));
  } else {
    for (; k < end; k++) g += load<f64>(residual + (<usize>load<T>(rows + k * sizeof<T>()) << 3)) * <f64>load<f32>(values + (k << 2));
  }
  return g;
}
