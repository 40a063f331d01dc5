import { type FtrlTwinOptions, ftrlUpdateTwin, ftrlWeightTwin } from "./ftrl.js";
import { type LazyRule, lazyWeightTwin, METRICS } from "./lazy.js";
import { expm1NegativeF32 } from "./math-f32.js";
import { normalQuantile } from "./normal.js";
import { philox } from "./philox.js";

const f32 = Math.fround;

/** Numbers of a vector's place in a table: d below 4, else d rounded up to 4. */
export function vectorWidth(d: number): number {
  return d < 4 ? d : 4 * Math.ceil(d / 4);
}

/** What table_init draws: numbers of InitializerSpec.Kind. */
export const TABLE_INITIALIZERS = { ZEROS: 1, UNIFORM: 2, NORMAL: 3, TRUNCATED_NORMAL: 4 } as const;
/** Numbers of EmbeddingInput.Combiner. */
export const COMBINERS = { MEAN: 0, SUM: 1, SQRTN: 2 } as const;

const TAIL = 0.022750131948179195;

/** Slow twin of table_init for one number. */
export function tableInitTwin(row: number, e: number, kind: number, scale: number, index: number, seed: readonly [number, number]): number {
  const u = (philox([row, 0, Math.floor(e / 4), index], seed)[e % 4]! + 0.5) / 2 ** 32;
  if (kind === TABLE_INITIALIZERS.UNIFORM) return f32(scale * (2 * u - 1));
  if (kind === TABLE_INITIALIZERS.NORMAL) return f32(scale * normalQuantile(u));
  return kind === TABLE_INITIALIZERS.TRUNCATED_NORMAL ? f32(scale * normalQuantile(TAIL + u * (1 - 2 * TAIL))) : 0;
}

/** 1 / (1 - beta^n) for the logarithm of beta, in float32. */
function shareMoreTwin(n: number, logBeta: number): number {
  return f32(-1 / expm1NegativeF32(f32(n * f32(logBeta))));
}

/** Slow twin of table_gather for one number of a row {w, ...}: `time` is that of the penalties' step and of the flow since; null: nothing is due. */
export function tableWeightTwin(row: Float32Array, e: number, V: number, time: { readonly dt: number; readonly since: number } | null, rule: LazyRule): number {
  const w = row[e]!;
  if (time === null) return w;
  const { metric } = rule;
  const s = metric === METRICS.IDENTITY ? 1 : row[metric === METRICS.ADAM ? 2 * V + e : V + e]!;
  if (s === 0) return w;
  if (rule.l1 === 0) return shrunkTwin(w, rateTwin(s, row[3 * V]!, rule), f32(time.dt), f32(time.since));
  const state = metric === METRICS.ADAM ? Float32Array.of(w, 0, s, row[3 * V]!) : Float32Array.of(w, s, 0, 0);
  return w === 0 ? w : lazyWeightTwin(state, 0, time.dt, time.since, { ...rule, words: 4 });
}

/** 2 rho l2 + decay of the state s (and of Adam the count n) of a number. */
function rateTwin(s: number, n: number, { metric, epsilon, logBeta, l2, decay }: LazyRule): number {
  const whole = f32(2 * f32(l2));
  if (metric === METRICS.IDENTITY) return f32(whole + f32(decay));
  const root = f32(Math.sqrt(metric === METRICS.ADAM ? f32(s * shareMoreTwin(n, logBeta)) : s));
  return f32(f32(whole / (metric === METRICS.ADAGRAD ? root : f32(root + f32(epsilon)))) + f32(decay));
}

function shrunkTwin(w: number, k: number, dt: number, t: number): number {
  const x = Math.min(f32(k * dt), f32(1e30));
  const near = f32(w - f32(w * f32(x / f32(1 + x))));
  return t === 0 ? near : f32(near + f32(near * expm1NegativeF32(-f32(k * t))));
}

/** Slow twin of table_ftrl_gather for one number of a row {z, n}. */
export function tableFtrlWeightTwin(row: Float32Array, e: number, V: number, options: FtrlTwinOptions): number {
  return ftrlWeightTwin(row[e]!, row[V + e]!, options);
}

/** An optimiser of tables with its numbers, as the kernels take them. */
export type TableRule =
  | { readonly kind: "adagrad"; readonly rate: number }
  | { readonly kind: "sgd"; readonly rate: number }
  | { readonly kind: "momentum"; readonly rate: number; readonly mu: number; readonly nesterov: boolean }
  | { readonly kind: "rmsprop"; readonly rate: number; readonly rho: number; readonly epsilon: number }
  | {
      readonly kind: "adam";
      readonly rate: number;
      readonly beta1: number;
      readonly beta2: number;
      readonly logBeta1: number;
      readonly logBeta2: number;
      readonly epsilon: number;
    }
  | { readonly kind: "ftrl"; readonly alpha: number };

/** Slow twin of table_adagrad and the others for one row, in place: whether it was touched. `gradient` f32[V], w f32[V] as gathered, `most` the largest norm (0: any). */
export function tableUpdateTwin(row: Float32Array, gradient: Float32Array, scale: number, w: Float32Array, most: number, rule: TableRule): boolean {
  if (gradient.every((g) => g === 0)) return false;
  const V = gradient.length;
  if (rule.kind === "adam") row[3 * V] = row[3 * V]! + 1;
  for (const [e, raw] of gradient.entries()) updateNumber(row, e, V, f32(raw * f32(scale)), w[e]!, rule);
  if (rule.kind !== "ftrl" && most > 0) limitNormTwin(row.subarray(0, V), f32(most));
  return true;
}

function updateNumber(row: Float32Array, e: number, V: number, g: number, w: number, rule: TableRule): void {
  const moved = (by: number): void => {
    row[e] = w - f32(by);
  };
  if (rule.kind === "ftrl") {
    const state = Float32Array.of(row[e]!, row[V + e]!);
    ftrlUpdateTwin(state, 0, g, w, rule.alpha);
    row[e] = state[0]!;
    row[V + e] = state[1]!;
  } else if (rule.kind === "adam") {
    const n = row[3 * V]!;
    const m = f32(f32(f32(rule.beta1) * row[V + e]!) + f32(f32(1 - rule.beta1) * g));
    const v = f32(f32(f32(rule.beta2) * row[2 * V + e]!) + f32(f32(f32(1 - rule.beta2) * g) * g));
    row[V + e] = m;
    row[2 * V + e] = v;
    const down = f32(f32(Math.sqrt(f32(v * shareMoreTwin(n, rule.logBeta2)))) + f32(rule.epsilon));
    moved(m === 0 ? 0 : f32(f32(f32(rule.rate) * shareMoreTwin(n, rule.logBeta1)) * m) / down);
  } else {
    const rate = f32(rule.rate);
    if (rule.kind === "sgd") moved(rate * g);
    else if (rule.kind === "momentum") {
      const v = f32(f32(f32(rule.mu) * row[V + e]!) + g);
      row[V + e] = v;
      moved(rate * (rule.nesterov ? f32(g + f32(f32(rule.mu) * v)) : v));
    } else if (rule.kind === "adagrad") {
      const G = f32(row[V + e]! + f32(g * g));
      row[V + e] = G;
      moved(g === 0 ? 0 : f32(rate * g) / f32(Math.sqrt(G)));
    } else {
      const s = f32(f32(f32(rule.rho) * row[V + e]!) + f32(f32(f32(1 - rule.rho) * g) * g));
      row[V + e] = s;
      moved(g === 0 ? 0 : f32(rate * g) / f32(f32(Math.sqrt(s)) + f32(rule.epsilon)));
    }
  }
}

/** Slow twin of the limit on a vector's Euclidean norm, in place. */
export function limitNormTwin(w: Float32Array, most: number): void {
  const lanes = new Float32Array(4);
  let sum = 0;
  if (w.length >= 4) {
    for (const [e, x] of w.entries()) lanes[e % 4] = lanes[e % 4]! + f32(x * x);
    sum = f32(f32(lanes[0]! + lanes[1]!) + f32(lanes[2]! + lanes[3]!));
  } else for (const x of w) sum = f32(sum + f32(x * x));
  const norm = f32(Math.sqrt(sum));
  if (norm > most) for (const [e, x] of w.entries()) w[e] = x * f32(most / norm);
}

/** Slow twin of table_gradients for one feature: f32[V], the sum over its rows in order of value * dx[row], `dx(row, e)` f32. */
export function tableGradientTwin(rows: ArrayLike<number>, values: ArrayLike<number> | null, V: number, dx: (row: number, e: number) => number): Float32Array {
  return Float32Array.from({ length: V }, (_, e) => {
    let sum = 0;
    for (let i = 0; i < rows.length; i++) sum += dx(rows[i]!, e) * (values === null ? 1 : values[i]!);
    return sum;
  });
}

/** Slow twin of table_pool for one row of a column of several values: its scale and pooled vector f32[d]; entries are (value, vector). */
export function poolTwin(entries: readonly { readonly value: number; readonly vector: ArrayLike<number> }[], d: number, combiner: number) {
  let size = 0;
  for (const { value } of entries) size += combiner === COMBINERS.MEAN ? Math.abs(value) : value * value;
  const whole = combiner === COMBINERS.MEAN ? size : Math.sqrt(size);
  const scale = combiner === COMBINERS.SUM ? 1 : size > 0 ? f32(1 / whole) : 0;
  const pooled = Float32Array.from({ length: d }, (_, e) => {
    let sum = 0;
    for (const { value, vector } of entries) sum = f32(sum + f32(value * vector[e]!));
    return f32(sum * scale);
  });
  return { scale, pooled };
}
