// Activations of panels, f32[units][64]; `rows` of the 64 are used: a multiple of 4. Kinds are the numbers of v1.ActivationSpec.Kind.
import { exp_negative_f32x4, expm1_negative_f32x4, log1p_unit_f32x4, tanh_f32x4 } from "./lib/math-f32";

const RELU: u32 = 0;
const LINEAR: u32 = 1;
const SIGMOID: u32 = 2;
const TANH: u32 = 3;
const SOFTPLUS: u32 = 4;
const LEAKY_RELU: u32 = 5;
const PRELU: u32 = 6;
const RRELU: u32 = 7;
const RELU_N: u32 = 8;
const ELU: u32 = 9;
const GELU: u32 = 10;
const SILU: u32 = 11;

/** sqrt(8 / pi): tanh(y) = 2 sigmoid(2 y) - 1. */
const GELU_SCALE: f32 = 1.5957691216;
const GELU_CUBE: f32 = 0.044715;

// max(z, 0); NaN stays.
// @ts-ignore: decorator
@inline
function above(z: v128): v128 {
  return v128.andnot(z, f32x4.le(z, f32x4.splat(0)));
}

// e^-|z|.
// @ts-ignore: decorator
@inline
function decayed(z: v128): v128 {
  return exp_negative_f32x4(v128.or(z, i32x4.splat(0x80000000)));
}

// 1 / (1 + e^-z) of e = e^-|z|.
// @ts-ignore: decorator
@inline
function sigmoid_of(z: v128, e: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(v128.bitselect(e, one, f32x4.lt(z, f32x4.splat(0))), f32x4.add(one, e));
}

// The derivative of the sigmoid, e / (1 + e)^2.
// @ts-ignore: decorator
@inline
function sigmoid_slope(e: v128): v128 {
  const below = f32x4.add(f32x4.splat(1), e);
  return f32x4.div(e, f32x4.mul(below, below));
}

// z^2, no more than what all lanes of GELU have long settled at.
// @ts-ignore: decorator
@inline
function gelu_square(z: v128): v128 {
  return f32x4.pmin(f32x4.mul(z, z), f32x4.splat(1e8));
}

// @ts-ignore: decorator
@inline
function gelu_argument(z: v128, square: v128): v128 {
  const inner = f32x4.add(f32x4.splat(1), f32x4.mul(f32x4.splat(GELU_CUBE), square));
  return f32x4.mul(f32x4.mul(f32x4.splat(GELU_SCALE), z), inner);
}

// @ts-ignore: decorator
@inline
function value_of(kind: u32, z: v128, p: v128, slope: v128): v128 {
  const zero = f32x4.splat(0);
  if (kind == RELU) return above(z);
  if (kind == SIGMOID) return sigmoid_of(z, decayed(z));
  if (kind == TANH) return tanh_f32x4(z);
  if (kind == SOFTPLUS) return f32x4.add(above(z), log1p_unit_f32x4(decayed(z)));
  if (kind == LEAKY_RELU) return v128.bitselect(z, f32x4.mul(slope, z), f32x4.gt(z, zero));
  if (kind == RELU_N) return f32x4.pmin(above(z), p);
  if (kind == ELU) return v128.bitselect(z, f32x4.mul(p, expm1_negative_f32x4(f32x4.pmin(z, zero))), f32x4.gt(z, zero));
  if (kind == GELU) {
    const y = gelu_argument(z, gelu_square(z));
    return f32x4.mul(z, sigmoid_of(y, decayed(y)));
  }
  if (kind == SILU) return f32x4.mul(z, sigmoid_of(z, decayed(z)));
  return z;
}

// @ts-ignore: decorator
@inline
function slope_of(kind: u32, z: v128, p: v128, slope: v128): v128 {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  const positive = f32x4.gt(z, zero);
  if (kind == RELU) return v128.and(one, positive);
  if (kind == SIGMOID) return sigmoid_slope(decayed(z));
  if (kind == TANH) return f32x4.mul(f32x4.splat(4), sigmoid_slope(decayed(f32x4.add(z, z))));
  if (kind == SOFTPLUS) return sigmoid_of(z, decayed(z));
  if (kind == LEAKY_RELU) return v128.bitselect(one, slope, positive);
  if (kind == RELU_N) return v128.and(one, v128.and(positive, f32x4.lt(z, p)));
  if (kind == ELU) return v128.bitselect(one, f32x4.mul(p, exp_negative_f32x4(f32x4.pmin(z, zero))), positive);
  if (kind == GELU) {
    const square = gelu_square(z);
    const y = gelu_argument(z, square);
    const e = decayed(y);
    const rise = f32x4.mul(f32x4.splat(GELU_SCALE), f32x4.add(one, f32x4.mul(f32x4.splat(3 * GELU_CUBE), square)));
    return f32x4.add(sigmoid_of(y, e), f32x4.mul(f32x4.mul(z, sigmoid_slope(e)), rise));
  }
  if (kind == SILU) {
    const e = decayed(z);
    return f32x4.add(sigmoid_of(z, e), f32x4.mul(z, sigmoid_slope(e)));
  }
  return one;
}

// @ts-ignore: decorator
@inline
function forward(a: usize, z: usize, units: u32, rows: u32, kind: u32, p: f32, q: f32, slopes: usize): void {
  const pp = f32x4.splat(p);
  const bytes = <usize>rows << 2;
  const drawn = kind == RRELU && slopes != 0;
  const shape = kind == PRELU || kind == RRELU ? LEAKY_RELU : kind;
  for (let u: usize = 0; u < <usize>units; u++) {
    let slope = kind == PRELU ? v128.load32_splat(slopes + (u << 2)) : kind == RRELU ? f32x4.splat((p + q) * 0.5) : pp;
    for (let at = u << 8, end = at + bytes; at < end; at += 16) {
      if (drawn) slope = v128.load(slopes + at);
      v128.store(a + at, value_of(shape, v128.load(z + at), pp, slope));
    }
  }
}

// @ts-ignore: decorator
@inline
function backward(dz: usize, da: usize, z: usize, units: u32, rows: u32, kind: u32, p: f32, q: f32, slopes: usize, dslopes: usize): void {
  const pp = f32x4.splat(p);
  const bytes = <usize>rows << 2;
  const drawn = kind == RRELU && slopes != 0;
  const shape = kind == PRELU || kind == RRELU ? LEAKY_RELU : kind;
  for (let u: usize = 0; u < <usize>units; u++) {
    let slope = kind == PRELU ? v128.load32_splat(slopes + (u << 2)) : kind == RRELU ? f32x4.splat((p + q) * 0.5) : pp;
    let sum = f32x4.splat(0);
    for (let at = u << 8, end = at + bytes; at < end; at += 16) {
      if (drawn) slope = v128.load(slopes + at);
      const d = v128.load(da + at);
      const v = v128.load(z + at);
      if (kind == PRELU) sum = f32x4.add(sum, f32x4.mul(d, f32x4.pmin(v, f32x4.splat(0))));
      v128.store(dz + at, f32x4.mul(d, slope_of(shape, v, pp, slope)));
    }
    if (kind != PRELU) continue;
    const lanes = f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1) + (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3));
    store<f32>(dslopes + (u << 2), load<f32>(dslopes + (u << 2)) + lanes);
  }
}

/**
 * a = f(z), panels; `a` may be z. RELU max(z, 0); LINEAR z; SIGMOID 1 / (1 + e^-z); TANH; SOFTPLUS log(1 + e^z); LEAKY_RELU z, p z where z <= 0; PRELU the same with slopes f32[units];
 * RRELU the same with the slopes of a panel (training), with (p + q) / 2 where slopes = 0; RELU_N min(max(z, 0), p); ELU z, p (e^z - 1) where z <= 0; GELU z sigmoid(sqrt(8 / pi) z (1 + 0.044715 z^2)),
 * which is its tanh form; SILU z sigmoid(z).
 */
export function activate(a: usize, z: usize, units: u32, rows: u32, kind: u32, p: f32, q: f32, slopes: usize): void {
  if (kind == RELU) forward(a, z, units, rows, RELU, p, q, slopes);
  else if (kind == LINEAR) forward(a, z, units, rows, LINEAR, p, q, slopes);
  else if (kind == SIGMOID) forward(a, z, units, rows, SIGMOID, p, q, slopes);
  else if (kind == TANH) forward(a, z, units, rows, TANH, p, q, slopes);
  else if (kind == SOFTPLUS) forward(a, z, units, rows, SOFTPLUS, p, q, slopes);
  else if (kind == LEAKY_RELU) forward(a, z, units, rows, LEAKY_RELU, p, q, slopes);
  else if (kind == PRELU) forward(a, z, units, rows, PRELU, p, q, slopes);
  else if (kind == RRELU) forward(a, z, units, rows, RRELU, p, q, slopes);
  else if (kind == RELU_N) forward(a, z, units, rows, RELU_N, p, q, slopes);
  else if (kind == ELU) forward(a, z, units, rows, ELU, p, q, slopes);
  else if (kind == GELU) forward(a, z, units, rows, GELU, p, q, slopes);
  else if (kind == SILU) forward(a, z, units, rows, SILU, p, q, slopes);
}

/**
 * dz = da f'(z), panels, of the z that {@link activate} was given; `dz` may be da. Where f has a corner, f' is that of the left (of RELU_N at p, 0). PRELU: dslopes[u] (f32) += sum over rows of da min(z, 0),
 * by lanes r mod 4, then (l0 + l1) + (l2 + l3).
 */
export function activate_backward(dz: usize, da: usize, z: usize, units: u32, rows: u32, kind: u32, p: f32, q: f32, slopes: usize, dslopes: usize): void {
  if (kind == RELU) backward(dz, da, z, units, rows, RELU, p, q, slopes, dslopes);
  else if (kind == LINEAR) backward(dz, da, z, units, rows, LINEAR, p, q, slopes, dslopes);
  else if (kind == SIGMOID) backward(dz, da, z, units, rows, SIGMOID, p, q, slopes, dslopes);
  else if (kind == TANH) backward(dz, da, z, units, rows, TANH, p, q, slopes, dslopes);
  else if (kind == SOFTPLUS) backward(dz, da, z, units, rows, SOFTPLUS, p, q, slopes, dslopes);
  else if (kind == LEAKY_RELU) backward(dz, da, z, units, rows, LEAKY_RELU, p, q, slopes, dslopes);
  else if (kind == PRELU) backward(dz, da, z, units, rows, PRELU, p, q, slopes, dslopes);
  else if (kind == RRELU) backward(dz, da, z, units, rows, RRELU, p, q, slopes, dslopes);
  else if (kind == RELU_N) backward(dz, da, z, units, rows, RELU_N, p, q, slopes, dslopes);
  else if (kind == ELU) backward(dz, da, z, units, rows, ELU, p, q, slopes, dslopes);
  else if (kind == GELU) backward(dz, da, z, units, rows, GELU, p, q, slopes, dslopes);
  else if (kind == SILU) backward(dz, da, z, units, rows, SILU, p, q, slopes, dslopes);
}
