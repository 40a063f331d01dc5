import { CrossbillError } from "@crossbill/messages";
import { compareValues, type SliceValue, sliceValue } from "./slice-value.js";

/** A column by ranges of its numbers: (-inf, b0), [b0, b1) ... [bn, inf). */
export interface SliceBuckets {
  readonly column: string;
  /** Rising, at least one. */
  readonly boundaries: ArrayLike<number>;
  /** Of the field in the results; default the column's. */
  readonly name?: string;
}

/** What a slice has one value of: a column's values as they are, or ranges. */
export type SliceFieldSpec = string | SliceBuckets;

/** A field and the values that it has had, by code. */
export class SliceField {
  readonly name: string;
  readonly column: string;
  readonly boundaries: Float64Array | null;
  /** By code. Of ranges all of them, in order, from the beginning. */
  readonly values: SliceValue[] = [];
  readonly #codes = new Map<SliceValue, number>();

  /** @throws E_SLICE_SET where boundaries do not rise */
  constructor(spec: SliceFieldSpec) {
    this.column = typeof spec === "string" ? spec : spec.column;
    this.name = typeof spec === "string" ? spec : (spec.name ?? spec.column);
    this.boundaries = typeof spec === "string" ? null : Float64Array.from(spec.boundaries, (b) => b + 0);
    if (this.boundaries === null) return;
    if (this.boundaries.length === 0 || this.boundaries.some((b, k) => !Number.isFinite(b) || (k > 0 && !(b > this.boundaries![k - 1]!))))
      throw new CrossbillError(
        "E_SLICE_SET",
        `boundaries of ${JSON.stringify(this.name)} are ${JSON.stringify([...this.boundaries])}, allowed are rising numbers`,
        {
          exitCode: 2,
        },
      );
    for (const text of rangeTexts(this.boundaries)) this.codeOf(text);
  }

  /** @throws E_SLICE_VALUE */
  code(raw: unknown, row: number): number {
    const value = sliceValue(raw, this.column, row);
    return this.boundaries === null ? this.codeOf(value) : this.#rangeOf(value, this.boundaries);
  }

  /** Code of a value as it is kept. */
  codeOf(value: SliceValue): number {
    let code = this.#codes.get(value);
    if (code === undefined) {
      code = this.values.length;
      this.#codes.set(value, code);
      this.values.push(value);
    }
    return code;
  }

  /** Ranges by their place, then null; others by their values. */
  compare(a: number, b: number): number {
    return this.boundaries === null ? compareValues(this.values[a]!, this.values[b]!) : a - b;
  }

  /** What two fields of one name must share. */
  get key(): string {
    return JSON.stringify([this.name, this.column, this.boundaries === null ? null : [...this.boundaries]]);
  }

  /** Texts that are no numbers have no range. */
  #rangeOf(value: SliceValue, boundaries: Float64Array): number {
    const x = sliceNumber(value);
    if (Number.isNaN(x)) return this.codeOf(null);
    let range = 0;
    while (range < boundaries.length && x >= boundaries[range]!) range++;
    return range;
  }
}

/** NaN where it is none. */
export function sliceNumber(value: SliceValue): number {
  if (typeof value === "string") return value.trim() === "" ? Number.NaN : Number(value);
  return value ?? Number.NaN;
}

/** The ranges as they are told: "(-inf, 10)", "[10, 20)", "[20, inf)". */
function rangeTexts(boundaries: Float64Array): string[] {
  const first = `(-inf, ${boundaries[0]})`;
  return [first, ...Array.from(boundaries, (b, k) => (k + 1 < boundaries.length ? `[${b}, ${boundaries[k + 1]})` : `[${b}, inf)`))];
}
