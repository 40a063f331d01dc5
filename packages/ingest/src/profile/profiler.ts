import { BATCH_ROWS, type ColumnReader, type PlacedBatch, type PreparedBatch } from "@crossbill/columns";
import { PROFILE as P } from "@crossbill/kernels";
import { v1 } from "@crossbill/messages";
import { auditedColumns } from "../audit/audited-columns.js";
import type { Runtime } from "../runtime.js";
import type { ShardSource } from "../shard-source.js";
import { CrossKeys } from "./cross-keys.js";
import { ItemTable } from "./item-table.js";
import { NumberTable, TextTable } from "./tables.js";

/** Fields profiled at most: a table takes up to 101 KiB. */
export const PROFILED_FIELDS = 1000;
/** Version of the profile's content. */
export const PROFILE_FORMAT = 1;

/** Label and weight of a batch, where they are numbers. */
export interface ProfiledRows {
  readonly label: Float64Array;
  readonly weight: Float64Array;
}

/**
 * Profiles the fields that columns, label and weight read, with what the reader parsed and fingerprinted anyway. Takes memory of the arena, which must outlive it.
 */
export class Profiler {
  readonly #runtime: Runtime;
  readonly #fields: readonly string[];
  /** Without those that stand for histories. */
  readonly #source: readonly string[];
  readonly #numbers = new Map<string, NumberTable>();
  readonly #texts = new Map<string, TextTable>();
  /** Of fields that are only read as items. */
  readonly #items = new Map<string, ItemTable>();
  /** Of crosses that hash. */
  readonly #crosses: readonly CrossKeys[];
  /** Fields that no column reads, and how they come. */
  readonly #own: { readonly field: string; readonly what: "label" | "weight" | "texts" }[] = [];
  readonly #keep: number;
  readonly #scratch: number;
  readonly #values: number;
  #rows = 0;

  constructor(runtime: Runtime, reader: ColumnReader, { data, columns }: Pick<v1.ShardParams, "data" | "columns">) {
    const { arena } = runtime;
    this.#runtime = runtime;
    this.#fields = reader.fields;
    this.#source = reader.fields.slice(0, reader.fields.length - data.histories.length);
    this.#keep = arena.take(BATCH_ROWS);
    this.#scratch = arena.take(P.scratchBytes);
    this.#values = arena.take(BATCH_ROWS * 8);
    this.#crosses = auditedColumns(columns)
      .filter(({ crossed }) => crossed)
      .slice(0, PROFILED_FIELDS)
      .map((column) => new CrossKeys(runtime, column));
    const room = (): boolean => this.#numbers.size + this.#texts.size + this.#items.size < PROFILED_FIELDS;
    const own = (field: string, number: "label" | "weight" | null): void => {
      if (field === "" || this.#texts.has(field) || this.#numbers.has(field)) return;
      this.#own.push({ field, what: number ?? "texts" });
      if (number === null) this.#texts.set(field, new TextTable(runtime));
      else this.#numbers.set(field, new NumberTable(runtime));
    };
    const { label, weight } = data;
    for (const field of [label.field, ...label.fields]) own(field, label.number ? "label" : null);
    own(weight, "weight");
    const taken = new Set(this.#own.map(({ field }) => field));
    for (const { reads, fields } of reader.plan.columns) {
      for (const field of fields) {
        if (taken.has(field) || !room()) continue;
        if (reads === "numbers" && !this.#numbers.has(field)) this.#numbers.set(field, new NumberTable(runtime));
        if (reads === "texts" && !this.#texts.has(field)) this.#texts.set(field, new TextTable(runtime));
      }
    }
    for (const { items } of reader.plan.columns) {
      if (items === undefined) continue;
      const known = [this.#numbers, this.#texts, this.#items].some((of) => of.has(items.field));
      if (!known && room()) this.#items.set(items.field, new ItemTable(runtime, items));
    }
  }

  /** Takes the rows with keep[row] != 0; keep u8[rows]. */
  update(batch: PreparedBatch, encoded: PlacedBatch, text: ShardSource, keep: Uint8Array, rows: ProfiledRows): void {
    const { arena, kernels } = this.#runtime;
    const n = batch.rows;
    arena.u8(this.#keep, n).set(keep.subarray(0, n));
    for (let r = 0; r < n; r++) this.#rows += keep[r] === 0 ? 0 : 1;
    const own = new Set<string>();
    for (const { field, what } of this.#own) {
      own.add(field);
      if (what === "texts") {
        const at = this.#fields.indexOf(field);
        kernels.texts_fingerprint_u64(this.#values, text.starts(at), text.lengths(at), n);
        this.#texts.get(field)!.add(this.#scratch, this.#values, text.starts(at), text.lengths(at), this.#keep, n);
      } else {
        arena.f64(this.#values, n).set(rows[what].subarray(0, n));
        this.#numbers.get(field)!.add(this.#scratch, this.#values, this.#keep, n);
      }
    }
    for (const [field, table] of this.#numbers) if (!own.has(field)) table.add(this.#scratch, batch.numbersAt({ fields: [field] }), this.#keep, n);
    for (const [field, table] of this.#texts) {
      if (own.has(field)) continue;
      const distinct = batch.distinct(field);
      if (distinct === null) table.add(this.#scratch, batch.fingerprints(field), batch.starts(field), batch.lengths(field), this.#keep, n);
      else {
        const { times, missing } = batch.tallies(distinct, this.#keep);
        table.addTimes(this.#scratch, distinct, times, missing);
      }
    }
    for (const table of this.#items.values()) table.add(this.#scratch, batch, keep);
    for (const keys of this.#crosses) keys.add(this.#scratch, batch, encoded, this.#keep);
  }

  profile(): v1.DataProfile {
    const profiles = this.#fields.flatMap((field) => {
      const [numbers, items] = [this.#numbers.get(field), this.#items.get(field)];
      const texts = items ?? this.#texts.get(field);
      if (numbers === undefined && texts === undefined) return [];
      return v1.FieldProfile.create({
        field,
        missing: (numbers ?? texts)!.missing,
        ...(numbers === undefined ? {} : { numbers: numbers.profile(this.#scratch) }),
        ...(texts === undefined ? {} : { texts: texts.profile(this.#scratch) }),
        items: items !== undefined,
      });
    });
    return v1.DataProfile.create({
      formatVersion: PROFILE_FORMAT,
      rows: this.#rows,
      fields: [...this.#source],
      profiles,
      keys: this.#crosses.map((keys) => keys.profile(this.#scratch)),
    });
  }
}
