import { compactSorted, mergeSorted, sortPending, type WeightedValues } from "./weighted-values.js";

/** Distinct values up to which nothing is approximated. */
const EXACT_LIMIT = 100_000;
const PENDING = 16_384;
const VERSION = 1;
const HEADER_BYTES = 40;
const EMPTY: WeightedValues = { values: new Float64Array(0), weights: new Float64Array(0) };

/**
 * A mergeable summary of a weighted distribution, for quantiles and bucket boundaries.
 *
 * Up to 100,000 distinct values it is exact: the sorted distinct values and the weight of each. Past that, it is halved where it is densest:
 * among the values whose weight lies in one power of two [2^l, 2^(l+1)), neighbours are joined two by two, keeping the lower and the upper one by turns
 * (a KLL sketch without chance, all levels in one array; Karnin, Lang, Liberty 2016). A joining moves no rank by more than the largest weight it
 * moved; `rankError` is the sum of these: a bound on how far any rank is off. As a share of all weight it is at most 2 H^2 / 100,000 with H the number of
 * levels in use, about 2 + log2(N / 100,000) for N rows of weight 1.
 *
 * The same calls in the same order give the same bytes. Queries and toBytes take in what is pending, which is part of that order.
 */
export class QuantileSketch {
  #kept = EMPTY;
  #pending = new Float64Array(64);
  /** Undefined while every pending weight is 1. */
  #pendingWeights: Float64Array | undefined;
  #pendingCount = 0;
  #integral = true;
  #compactions = 0;
  #rankError = 0;
  #minimum = Infinity;
  #maximum = -Infinity;

  /** @param weight > 0; @throws RangeError for a value or weight that is not finite, or a weight below 0; weight 0 adds nothing */
  add(value: number, weight = 1): void {
    if (!Number.isFinite(value)) throw new RangeError(`quantile sketch: value ${value} is not finite; leave missing values out`);
    if (!(weight >= 0) || weight === Infinity) throw new RangeError(`quantile sketch: weight ${weight}, a finite number from 0 up is needed`);
    if (weight === 0) return;
    if (this.#pendingCount === PENDING) this.#flush();
    if (this.#pendingCount === this.#pending.length) this.#grow();
    if (weight !== 1) {
      this.#pendingWeights ??= new Float64Array(this.#pending.length).fill(1);
      if (!Number.isInteger(weight)) this.#integral = false;
    }
    if (this.#pendingWeights !== undefined) this.#pendingWeights[this.#pendingCount] = weight;
    this.#pending[this.#pendingCount++] = value + 0; // -0 becomes 0
    if (value < this.#minimum) this.#minimum = value + 0;
    if (value > this.#maximum) this.#maximum = value + 0;
  }

  /** Adds values[0..n), with weights[0..n) where given: the same as `add` one by one. */
  addArray(values: ArrayLike<number>, weights?: ArrayLike<number>, n: number = values.length): void {
    for (let i = 0; i < n; i++) this.add(values[i]!, weights === undefined ? 1 : weights[i]!);
  }

  /** Adds all that `other` holds, which stays as it is. */
  merge(other: QuantileSketch): this {
    this.#flush();
    other.#flush();
    this.#kept = mergeSorted(this.#kept, other.#kept);
    this.#integral &&= other.#integral;
    this.#compactions += other.#compactions;
    this.#rankError += other.#rankError;
    this.#minimum = Math.min(this.#minimum, other.#minimum);
    this.#maximum = Math.max(this.#maximum, other.#maximum);
    this.#compact();
    return this;
  }

  /** What it holds: the distinct values, strictly increasing, with their weights (past the exact limit: stand-ins). Not to be changed. */
  get entries(): WeightedValues {
    this.#flush();
    return this.#kept;
  }

  /** Sum of the weights. */
  get totalWeight(): number {
    this.#flush();
    let sum = 0;
    for (const weight of this.#kept.weights) sum += weight;
    return sum;
  }

  /** Bound on the error of any rank (weight of values <= x), in units of weight; 0: the sketch is exact. */
  get rankError(): number {
    this.#flush();
    return this.#rankError;
  }

  /** Smallest value added; Infinity when empty. */
  get minimum(): number {
    return this.#minimum;
  }

  /** Largest value added; -Infinity when empty. */
  get maximum(): number {
    return this.#maximum;
  }

  /**
   * The q-quantile. While all weights are whole numbers (copies) of sum W, it is type 7 of Hyndman and Fan over the copies x_0 <= ... <= x_(W-1): h = q (W - 1),
   * x_floor(h) + (h - floor(h)) (x_(floor(h)+1) - x_floor(h)). With fractional weights it is type 2, which does not depend on the scale of the weights: the
   * smallest value with cumulative weight above q W, or the mean of it and its predecessor where the predecessor's is exactly q W.
   *
   * @param q in [0, 1] @returns NaN when empty @throws RangeError for another q
   */
  quantile(q: number): number {
    if (!(q >= 0 && q <= 1)) throw new RangeError(`quantile(${q}): a number in [0, 1] is needed`);
    return this.#quantiles([q])[0]!;
  }

  /**
   * Inner boundaries of k buckets of about equal weight: the quantiles 1/k ... (k-1)/k, strictly increasing, all above the minimum (a boundary belongs to the
   * bucket above it, so one at the minimum would leave an empty bucket). Fewer than k - 1 where values repeat; none when empty.
   *
   * @param k integer >= 1 @throws RangeError otherwise
   */
  boundaries(k: number): Float64Array {
    if (!Number.isInteger(k) || k < 1) throw new RangeError(`boundaries(${k}): an integer from 1 up is needed`);
    const out: number[] = [];
    let last = this.#minimum;
    if (this.#maximum > last) {
      const at: number[] = [];
      for (let i = 1; i < k; i++) at.push(i / k);
      for (const boundary of this.#quantiles(at)) {
        if (boundary > last) {
          out.push(boundary);
          last = boundary;
        }
      }
    }
    return Float64Array.from(out);
  }

  /** Version (1), flags (1: bit 0 whole weights), 2 zero bytes, compactions (4), entries n (4), 4 zero bytes, rank error, minimum, maximum (8 each), n values, n weights; little-endian. */
  toBytes(): Uint8Array {
    this.#flush();
    const n = this.#kept.values.length;
    const bytes = new Uint8Array(HEADER_BYTES + 16 * n);
    const view = new DataView(bytes.buffer);
    view.setUint8(0, VERSION);
    view.setUint8(1, this.#integral ? 1 : 0);
    view.setUint32(4, this.#compactions, true);
    view.setUint32(8, n, true);
    view.setFloat64(16, this.#rankError, true);
    view.setFloat64(24, this.#minimum, true);
    view.setFloat64(32, this.#maximum, true);
    new Float64Array(bytes.buffer, HEADER_BYTES, n).set(this.#kept.values);
    new Float64Array(bytes.buffer, HEADER_BYTES + 8 * n, n).set(this.#kept.weights);
    return bytes;
  }

  /** The inverse of {@link toBytes}. @throws RangeError when the bytes are none of its */
  static fromBytes(bytes: Uint8Array): QuantileSketch {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const n = bytes.length < HEADER_BYTES ? -1 : view.getUint32(8, true);
    if (bytes.length !== HEADER_BYTES + 16 * n || view.getUint8(0) !== VERSION)
      throw new RangeError(`a quantile sketch (version ${VERSION}) cannot have these ${bytes.length} bytes`);
    const aligned = new Uint8Array(bytes).buffer;
    const sketch = new QuantileSketch();
    sketch.#kept = { values: new Float64Array(aligned, HEADER_BYTES, n), weights: new Float64Array(aligned, HEADER_BYTES + 8 * n, n) };
    sketch.#integral = (view.getUint8(1) & 1) === 1;
    sketch.#compactions = view.getUint32(4, true);
    sketch.#rankError = view.getFloat64(16, true);
    sketch.#minimum = view.getFloat64(24, true);
    sketch.#maximum = view.getFloat64(32, true);
    return sketch;
  }

  #grow(): void {
    const wider = new Float64Array(Math.min(PENDING, this.#pending.length * 4));
    wider.set(this.#pending);
    this.#pending = wider;
    if (this.#pendingWeights === undefined) return;
    const weights = new Float64Array(wider.length).fill(1);
    weights.set(this.#pendingWeights);
    this.#pendingWeights = weights;
  }

  #flush(): void {
    if (this.#pendingCount === 0) return;
    const added = sortPending(this.#pending.subarray(0, this.#pendingCount), this.#pendingWeights?.subarray(0, this.#pendingCount));
    this.#kept = mergeSorted(this.#kept, added);
    this.#pendingCount = 0;
    this.#pendingWeights = undefined;
    this.#compact();
  }

  #compact(): void {
    while (this.#kept.values.length > EXACT_LIMIT) {
      const compacted = compactSorted(this.#kept, this.#compactions % 2 === 0);
      this.#kept = compacted.kept;
      this.#rankError += compacted.moved;
      this.#compactions++;
    }
  }

  /** Quantiles of ascending `at`, in one pass. */
  #quantiles(at: readonly number[]): number[] {
    this.#flush();
    const { values, weights } = this.#kept;
    const n = values.length;
    if (n === 0) return at.map(() => NaN);
    const total = this.totalWeight;
    const out: number[] = [];
    let i = 0;
    let above = weights[0]!; // cumulative weight up to and with value i
    for (const q of at) {
      const h = this.#integral ? Math.floor(q * (total - 1)) : q * total;
      while (i < n - 1 && above <= h) above += weights[++i]!;
      const x = values[i]!;
      if (this.#integral) {
        const fraction = q * (total - 1) - h;
        const next = above <= h + 1 && i < n - 1 ? values[i + 1]! : x;
        out.push(interpolate(x, next, fraction));
      } else out.push(i > 0 && above - weights[i]! === h ? values[i - 1]! * 0.5 + x * 0.5 : x);
    }
    return out;
  }
}

/** a + (b - a) t for a <= b and t in [0, 1], never outside [a, b]. */
function interpolate(a: number, b: number, t: number): number {
  const width = b - a;
  if (width === Infinity) return a * (1 - t) + b * t;
  return t < 0.5 ? a + width * t : b - width * (1 - t);
}
