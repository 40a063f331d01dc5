import { ACTIVATIONS, PANEL_ROWS } from "../exports-dense.js";
import { laneSum } from "./dense.js";
import { expm1NegativeF32, expNegativeF32, log1pUnitF32, tanhF32 } from "./math-f32.js";

const { fround } = Math;

/** An activation as activate takes it. */
export interface TwinActivation {
  /** One of {@link ACTIVATIONS}. */
  readonly kind: number;
  readonly p: number;
  readonly q: number;
  /** f32[units] of PRELU, a panel of RRELU in training. */
  readonly slopes: Float32Array | null;
}

const decayed = (z: number): number => expNegativeF32(-Math.abs(z));
const sigmoidOf = (z: number, e: number): number => fround((z < 0 ? e : 1) / fround(1 + e));
const sigmoidSlope = (e: number): number => fround(e / fround(fround(1 + e) * fround(1 + e)));
const SCALE = fround(1.5957691216);
const CUBE = fround(0.044715);
const geluSquare = (z: number): number => Math.min(fround(z * z), 1e8);
const geluArgument = (z: number): number => fround(fround(SCALE * z) * fround(1 + fround(CUBE * geluSquare(z))));

function slopeAt({ kind, p, q, slopes }: TwinActivation, unit: number, row: number): number {
  if (kind === ACTIVATIONS.PRELU) return slopes![unit]!;
  if (kind === ACTIVATIONS.RRELU) return slopes === null ? fround(fround(fround(p) + fround(q)) * 0.5) : slopes[unit * PANEL_ROWS + row]!;
  return fround(p);
}

function value(kind: number, z: number, p: number, slope: number): number {
  switch (kind) {
    case ACTIVATIONS.RELU:
      return Math.max(z, 0);
    case ACTIVATIONS.SIGMOID:
      return sigmoidOf(z, decayed(z));
    case ACTIVATIONS.TANH:
      return tanhF32(z);
    case ACTIVATIONS.SOFTPLUS:
      return fround(Math.max(z, 0) + log1pUnitF32(decayed(z)));
    case ACTIVATIONS.LEAKY_RELU:
    case ACTIVATIONS.PRELU:
    case ACTIVATIONS.RRELU:
      return z > 0 ? z : fround(slope * z);
    case ACTIVATIONS.RELU_N:
      return Math.min(Math.max(z, 0), p);
    case ACTIVATIONS.ELU:
      return z > 0 ? z : fround(p * expm1NegativeF32(z));
    case ACTIVATIONS.GELU:
      return fround(z * sigmoidOf(geluArgument(z), decayed(geluArgument(z))));
    case ACTIVATIONS.SILU:
      return fround(z * sigmoidOf(z, decayed(z)));
    default:
      return z;
  }
}

function derivative(kind: number, z: number, p: number, slope: number): number {
  switch (kind) {
    case ACTIVATIONS.RELU:
      return z > 0 ? 1 : 0;
    case ACTIVATIONS.SIGMOID:
      return sigmoidSlope(decayed(z));
    case ACTIVATIONS.TANH:
      return fround(4 * sigmoidSlope(decayed(fround(z + z))));
    case ACTIVATIONS.SOFTPLUS:
      return sigmoidOf(z, decayed(z));
    case ACTIVATIONS.LEAKY_RELU:
    case ACTIVATIONS.PRELU:
    case ACTIVATIONS.RRELU:
      return z > 0 ? 1 : slope;
    case ACTIVATIONS.RELU_N:
      return z > 0 && z < p ? 1 : 0;
    case ACTIVATIONS.ELU:
      return z > 0 ? 1 : fround(p * expNegativeF32(z));
    case ACTIVATIONS.GELU: {
      const y = geluArgument(z);
      const rise = fround(SCALE * fround(1 + fround(fround(3 * CUBE) * geluSquare(z))));
      return fround(sigmoidOf(y, decayed(y)) + fround(fround(z * sigmoidSlope(decayed(y))) * rise));
    }
    case ACTIVATIONS.SILU:
      return fround(sigmoidOf(z, decayed(z)) + fround(z * sigmoidSlope(decayed(z))));
    default:
      return 1;
  }
}

/** Slow twin of activate: a panel f32[units][64] of f(z). */
export function activateTwin(z: Float32Array, units: number, rows: number, activation: TwinActivation): Float32Array {
  const out = new Float32Array(units * PANEL_ROWS);
  const p = fround(activation.p);
  for (let u = 0; u < units; u++) {
    for (let r = 0; r < rows; r++) out[u * PANEL_ROWS + r] = value(activation.kind, z[u * PANEL_ROWS + r]!, p, slopeAt(activation, u, r));
  }
  return out;
}

/** Slow twin of activate_backward: a panel of da f'(z); of PRELU dslopes, in place, gets its gradient added. */
export function activateBackwardTwin(
  da: Float32Array,
  z: Float32Array,
  units: number,
  rows: number,
  activation: TwinActivation,
  dslopes: Float32Array | null,
): Float32Array {
  const out = new Float32Array(units * PANEL_ROWS);
  const p = fround(activation.p);
  for (let u = 0; u < units; u++) {
    for (let r = 0; r < rows; r++) {
      const at = u * PANEL_ROWS + r;
      out[at] = da[at]! * derivative(activation.kind, z[at]!, p, slopeAt(activation, u, r));
    }
    if (activation.kind !== ACTIVATIONS.PRELU || dslopes === null) continue;
    dslopes[u] = dslopes[u]! + laneSum(rows, (r) => fround(da[u * PANEL_ROWS + r]! * Math.min(z[u * PANEL_ROWS + r]!, 0)));
  }
  return out;
}
