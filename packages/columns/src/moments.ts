import { EXACT_SUMS, WHOLE_NUMBERS } from "@crossbill/kernels";
import { v1 } from "@crossbill/messages";
import { ExactSum } from "@crossbill/numerics";
import { BATCH_ROWS, type Runtime } from "./text-batch.js";

const { LOG, LOG1P } = v1.NumericSpec.Scale;
const LIMB = 2 ** 32;

/** Count, exact sums of x and x^2, minimum and maximum of clipped values, and the same sums of the transformed ones (log scales only). */
export class Moments {
  #count = 0;
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

  /** Takes x f64[rows] where keep u8[rows] is not 0; NaN: missing. Both are offsets. */
  add(x: number, keep: number, rows: number): void {
    const { kernels } = this.#runtime;
    const n = kernels.clip_kept_f64(this.#extremes, this.#whole, this.#kept, x, keep, rows, this.#low, this.#high);
    this.#count += n;
    this.#raw.add(this.#kept, n);
    if (this.#transform(n)) this.#scaled.add(this.#kept, n);
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
      this.#raw.addTimes(number, times);
      extremes[0] = Math.min(extremes[0]!, number);
      extremes[1] = Math.max(extremes[1]!, number);
    }
    if (this.#transform(WHOLE_NUMBERS)) for (const [number, times] of counts.entries()) if (times > 0) this.#scaled.addTimes(kept[number]!, times);
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
    });
  }
}

/** The exact sums of values and of their squares. */
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

  /** Takes x so many times, below 2^32. */
  addTimes(x: number, times: number): void {
    if (!Number.isFinite(x)) {
      this.#sum.add(x);
      this.#squares.addProduct(x, x);
      return;
    }
    this.#sum.addProduct(x, times);
    // times x in parts that a float64 holds exactly: 26 and 27 bits of x by 16 of times.
    const split = 134217729 * x;
    const high = split - (split - x);
    for (const some of [times % 65536, times - (times % 65536)]) for (const part of [high, x - high]) this.#squares.addProduct(some * part, x);
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
