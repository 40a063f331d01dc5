import { EXACT_SUMS, WHOLE_NUMBERS } from "@crossbill/kernels";
import { v1 } from "@crossbill/messages";
import { ExactSum } from "@crossbill/numerics";
import { transformOf } from "./numeric-fit.js";
import { BATCH_ROWS, type Runtime } from "./text-batch.js";

const { LOG, LOG1P } = v1.NumericSpec.Scale;
const LIMB = 2 ** 32;

/** Count, exact weighted sums of x and x^2, minimum and maximum of clipped values, and the same sums of the transformed ones (log scales only). Rows of weight 0 are counted, no more. */
export class Moments {
  #count = 0;
  /** Whether a value had another weight than 1; rows whose weights were added up, and what they add up to. */
  #weighted = false;
  #weightedRows = 0;
  readonly #weight = new ExactSum();
  readonly #runtime: Runtime;
  readonly #low: number;
  readonly #high: number;
  readonly #scale: v1.NumericSpec.Scale;
  readonly #raw: Sums;
  readonly #scaled: Sums;
  /** Offsets: f64[BATCH_ROWS]; u32[WHOLE_NUMBERS]; minimum and maximum f64, missing u32. */
  readonly #kept: number;
  readonly #whole: number;
  readonly #extremes: number;

  /** Takes memory of the arena. */
  constructor(runtime: Runtime, low: number, high: number, scale: v1.NumericSpec.Scale) {
    this.#runtime = runtime;
    this.#low = low;
    this.#high = high;
    this.#scale = scale;
    this.#raw = new Sums(runtime);
    this.#scaled = new Sums(runtime);
    this.#kept = runtime.arena.take(BATCH_ROWS * 8);
    this.#whole = runtime.arena.take(WHOLE_NUMBERS * 4);
    runtime.arena.u32(this.#whole, WHOLE_NUMBERS).fill(0);
    this.#extremes = runtime.arena.take(24);
    runtime.arena.f64(this.#extremes, 3).set([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]);
  }

  /** Takes x f64[rows] where keep u8[rows] is not 0; NaN: missing. Both are offsets. Weights f64[rows]; null: every weight is 1. */
  add(x: number, keep: number, rows: number, weights: Float64Array | null = null): void {
    if (weights !== null) {
      this.#addWeighted(x, keep, rows, weights);
      return;
    }
    const { kernels } = this.#runtime;
    const n = kernels.clip_kept_f64(this.#extremes, this.#whole, this.#kept, x, keep, rows, this.#low, this.#high);
    this.#count += n;
    this.#raw.add(this.#kept, n);
    if (this.#transform(n)) this.#scaled.add(this.#kept, n);
  }

  #addWeighted(at: number, keepAt: number, rows: number, weights: Float64Array): void {
    const { arena } = this.#runtime;
    const x = arena.f64(at, rows);
    const keep = arena.u8(keepAt, rows);
    const [extremes, missing] = [arena.f64(this.#extremes, 2), arena.u32(this.#extremes + 16, 1)];
    const transform = transformOf(this.#scale);
    for (let row = 0; row < rows; row++) {
      if (keep[row] === 0) continue;
      if (Number.isNaN(x[row]!)) {
        missing[0]!++;
        continue;
      }
      this.#count++;
      this.#weightedRows++;
      const weight = weights[row]!;
      if (weight !== 1) this.#weighted = true;
      if (weight === 0) continue;
      const value = Math.min(Math.max(x[row]!, this.#low), this.#high) + 0;
      extremes[0] = Math.min(extremes[0]!, value);
      extremes[1] = Math.max(extremes[1]!, value);
      this.#weight.add(weight);
      this.#raw.addWeighted(value, weight);
      if (transform !== null) this.#scaled.addWeighted(transform(value), weight);
    }
  }

  /** Transforms the first n kept values in place; false: there is no transform. */
  #transform(n: number): boolean {
    const { kernels } = this.#runtime;
    if (this.#scale === LOG) kernels.log_f64(this.#kept, this.#kept, n);
    else if (this.#scale === LOG1P) kernels.signed_log1p_f64(this.#kept, this.#kept, n);
    else return false;
    return true;
  }

  /** Whole numbers are mostly counts and come again and again: each is summed once, as often as it came. */
  #addWhole(): void {
    const { arena } = this.#runtime;
    const counts = arena.u32(this.#whole, WHOLE_NUMBERS);
    const kept = arena.f64(this.#kept, WHOLE_NUMBERS);
    const extremes = arena.f64(this.#extremes, 2);
    for (const [number, times] of counts.entries()) {
      kept[number] = number;
      if (times === 0) continue;
      this.#count += times;
      this.#raw.addWeighted(number, times);
      extremes[0] = Math.min(extremes[0]!, number);
      extremes[1] = Math.max(extremes[1]!, number);
    }
    if (this.#transform(WHOLE_NUMBERS)) for (const [number, times] of counts.entries()) if (times > 0) this.#scaled.addWeighted(kept[number]!, times);
    counts.fill(0);
  }

  partial(): v1.NumericPartial {
    this.#addWhole();
    const { arena } = this.#runtime;
    const [minimum, maximum] = arena.f64(this.#extremes, 2) as unknown as [number, number];
    const [raw, scaled] = [this.#raw.values(), this.#scaled.values()];
    return v1.NumericPartial.create({
      count: this.#count,
      missing: arena.u32(this.#extremes + 16, 1)[0]!,
      sum: raw.sum.toBytes(),
      sumSquares: raw.squares.toBytes(),
      minimum,
      maximum,
      scaledSum: scaled.sum.toBytes(),
      scaledSumSquares: scaled.squares.toBytes(),
      ...(this.#weighted ? { weight: this.#totalWeight().toBytes() } : {}),
    });
  }

  #totalWeight(): ExactSum {
    const total = new ExactSum().merge(this.#weight);
    total.add(this.#count - this.#weightedRows);
    return total;
  }
}

/** The exact weighted sums of values and of their squares. */
class Sums {
  readonly #runtime: Runtime;
  readonly #limbs: number;
  readonly #odd: number;
  /** Of the values that the kernel leaves to us. */
  readonly #sum = new ExactSum();
  readonly #squares = new ExactSum();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#limbs = runtime.arena.take(EXACT_SUMS.bytes);
    runtime.arena.u8(this.#limbs, EXACT_SUMS.bytes).fill(0);
    this.#odd = runtime.arena.take(BATCH_ROWS * 8);
  }

  /** Takes x f64[n], an offset. */
  add(x: number, n: number): void {
    const { arena, kernels } = this.#runtime;
    const left = kernels.exact_sums_f64(this.#limbs, this.#odd, x, n);
    if (left === 0) return;
    const odd = arena.f64(this.#odd, left);
    this.#sum.addArray(odd, left);
    for (const value of odd) this.#squares.addProduct(value, value);
  }

  /** Takes x with a weight, or so many times: exactly, but for weighted squares below 2^-1900, which are left out. */
  addWeighted(x: number, weight: number): void {
    this.#sum.addProduct(weight, x);
    if (weight === 1 || !Number.isFinite(x)) {
      this.#squares.addProduct(x, x);
      return;
    }
    // x 2^shift is such that its square is in range. It is cut into two numbers of 26 bits (Veltkamp), whose products are exact.
    const size = Math.abs(x);
    const shift = size < 2 ** -400 ? 600 : size > 2 ** 400 ? -600 : 0;
    const scaled = x * 2 ** shift;
    if (shift > 0 && weight * (scaled * scaled) < 2 ** -700) return;
    const t = 134217729 * scaled;
    const high = t - (t - scaled);
    const low = scaled - high;
    for (const part of [high * high, 2 * high * low, low * low]) this.#squares.addProduct(weight, part, -2 * shift);
  }

  values(): { sum: ExactSum; squares: ExactSum } {
    const limbs = new BigInt64Array(this.#runtime.arena.memory.buffer, this.#limbs, 2 * EXACT_SUMS.limbs);
    return {
      sum: sumOfLimbs(limbs.subarray(0, EXACT_SUMS.limbs)).merge(this.#sum),
      squares: sumOfLimbs(limbs.subarray(EXACT_SUMS.limbs)).merge(this.#squares),
    };
  }
}

function sumOfLimbs(limbs: BigInt64Array): ExactSum {
  const sum = new ExactSum();
  let worth = 1;
  for (let exponent: number = EXACT_SUMS.lowest; exponent < 0; exponent += 32) worth /= LIMB;
  for (const limb of limbs) {
    // Its two halves, each a float64.
    sum.addProduct(Number(limb & 0xffffffffn), worth);
    sum.addProduct(Number(limb >> 32n), worth * LIMB);
    worth *= LIMB;
  }
  return sum;
}
