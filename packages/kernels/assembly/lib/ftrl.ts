// FTRL-Proximal, McMahan et al. 2013, Algorithm 1: one coordinate.

/** w = 0 where |z| <= l1, else -(z - sign(z) l1) / ((beta + sqrt n) / alpha + l2) */
// @ts-ignore: decorator
@inline
export function ftrl_weight(z: f64, n: f64, alpha: f64, beta: f64, l1: f64, l2: f64): f32 {
  if (abs(z) <= l1) return 0;
  return <f32>((z < 0 ? -z - l1 : l1 - z) / ((beta + sqrt(n)) / alpha + l2));
}

/** sigma = (sqrt(n + g^2) - sqrt n) / alpha;  z += g - sigma w;  n += g^2; z and n f32 where they are said to lie. */
// @ts-ignore: decorator
@inline
export function ftrl_update(z_at: usize, n_at: usize, g: f64, w: f64, alpha: f64): void {
  const n = <f64>load<f32>(n_at);
  const more = n + g * g;
  const sigma = (sqrt(more) - sqrt(n)) / alpha;
  store<f32>(z_at, <f32>(<f64>load<f32>(z_at) + (g - sigma * w)));
  store<f32>(n_at, <f32>more);
}
