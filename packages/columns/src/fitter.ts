import type { Room } from "@crossbill/kernels";
import { CrossbillError, v1 } from "@crossbill/messages";
import type { ColumnFit } from "./column.js";
import type { ColumnReader } from "./column-reader.js";
import { Dictionary } from "./dictionary.js";
import type { ColumnItems } from "./items.js";
import type { PreparedBatch } from "./prepared-batch.js";
import { BATCH_ROWS } from "./text-batch.js";

/** What the last fitter of this thread found in a field: the next shard will hold about as much. Of sizes only, so results do not depend on it. */
const expected = new Map<string, { entries: number; bytes: number }>();
/** Fields whose sizes are kept, and the bytes that a dictionary takes at once at most. */
const EXPECTED_FIELDS = 1000;
const EXPECTED_BYTES = 2 ** 24;

/** Fits columns: what is a mean, a deviation or a quantile of numbers is weighted (a weight of k is k rows), values of categories are counted by rows. */
export class Fitter {
  readonly #reader: ColumnReader;
  readonly #fits: readonly ColumnFit[];
  /** By field. */
  readonly #dictionaries = new Map<string, Dictionary>();
  /** By cut. */
  readonly #itemDictionaries = new Map<string, { readonly items: ColumnItems; readonly dictionary: Dictionary }>();
  readonly #itemKeep: Room;
  readonly #keep: number;
  #rows = 0;

  constructor(reader: ColumnReader) {
    this.#reader = reader;
    this.#keep = reader.runtime.arena.take(BATCH_ROWS);
    this.#itemKeep = reader.runtime.arena.room();
    const dictionary = (source: string | ColumnItems): Dictionary => {
      if (typeof source !== "string") {
        const entry = this.#itemDictionaries.get(source.key) ?? { items: source, dictionary: new Dictionary(reader.runtime) };
        this.#itemDictionaries.set(source.key, entry);
        return entry.dictionary;
      }
      const field = source;
      let known = this.#dictionaries.get(field);
      if (known === undefined) {
        known = new Dictionary(reader.runtime, expected.get(field));
        this.#dictionaries.set(field, known);
      }
      return known;
    };
    this.#fits = reader.plan.columns.flatMap(({ fitting }) => fitting?.start({ runtime: reader.runtime, dictionary }) ?? []);
  }

  /**
   * Takes the rows with keep[row] != 0.
   * @param keep u8[rows]
   * @param weights f64[rows] of finite numbers from 0 up; not given: every weight is 1
   * @throws E_BATCH when one of the two is too short
   */
  update(batch: PreparedBatch, keep: Uint8Array, weights?: Float64Array): void {
    if (keep.length < batch.rows) throw new CrossbillError("E_BATCH", `${batch.rows} rows and only ${keep.length} marks which to keep`);
    if (weights !== undefined && weights.length < batch.rows) throw new CrossbillError("E_BATCH", `${batch.rows} rows and only ${weights.length} weights`);
    const weighted = weights === undefined || areOne(weights, keep, batch.rows) ? null : weights;
    for (let row = 0; row < batch.rows; row++) if (keep[row] !== 0) this.#rows++;
    this.#reader.runtime.arena.u8(this.#keep, batch.rows).set(keep.subarray(0, batch.rows));
    for (const [field, dictionary] of this.#dictionaries) {
      const distinct = batch.distinct(field);
      if (distinct !== null) dictionary.addTimes(distinct, batch.tallies(distinct, this.#keep).times);
      else dictionary.add(batch.fingerprints(field), batch.starts(field), batch.lengths(field), this.#keep, batch.rows);
    }
    for (const { items, dictionary } of this.#itemDictionaries.values()) {
      const found = batch.items(items);
      const itemKeep = this.#itemKeep.bytes(found.count);
      this.#reader.runtime.kernels.items_keep(itemKeep, this.#keep, found.offsets, batch.rows);
      dictionary.add(found.fingerprints(), found.starts, found.lengths, itemKeep, found.count);
    }
    for (const fit of this.#fits) fit.update(batch, this.#keep, weighted);
  }

  /** What was counted so far. Equal rows give equal bytes, in whatever order they came (of quantiles: as long as they are exact). */
  partial(): v1.FeaturePartial {
    for (const [field, dictionary] of this.#dictionaries) {
      const size = { entries: Math.max(512, dictionary.count), bytes: Math.max(8192, dictionary.bytes) };
      if (expected.size < EXPECTED_FIELDS && size.entries * 48 + size.bytes <= EXPECTED_BYTES) expected.set(field, size);
    }
    return v1.FeaturePartial.create({ rows: this.#rows, columns: this.#fits.map((fit) => v1.ColumnPartial.create(fit.partial())) });
  }
}

function areOne(weights: Float64Array, keep: Uint8Array, rows: number): boolean {
  for (let row = 0; row < rows; row++) if (weights[row] !== 1 && keep[row] !== 0) return false;
  return true;
}
