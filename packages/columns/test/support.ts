import { Arena, createKernelMemory, instantiateKernels, MISSING_TEXT } from "@crossbill/kernels";
import { decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { pairwiseTreeFold } from "@crossbill/numerics";
import fc from "fast-check";
import {
  BATCH_ROWS,
  ColumnReader,
  type EncodedBatch,
  Encoder,
  Fitter,
  finishFit,
  mergePartials,
  type PreparedBatch,
  type Runtime,
  type TextBatch,
} from "../dist/index.js";

export type TextRow = Readonly<Record<string, string | null>>;
export type Spec = v1.ColumnSpec.$Properties;

const memory = createKernelMemory(2 ** 22, 2 ** 28);
const arena = new Arena(memory);
export const runtime: Runtime = { arena, kernels: instantiateKernels(memory) };
const bottom = arena.mark();

/** Frees everything earlier calls took: only between uses. */
export function reset(): void {
  arena.release(bottom);
}

/** The rows as ingestion would hand them over, at any alignment. */
export function batchOf(fields: readonly string[], rows: readonly TextRow[]): TextBatch {
  const pointers = fields.map((field) => {
    const [starts, lengths] = [arena.take(rows.length * 4), arena.take(rows.length * 4)];
    const texts = rows.map((row) => (row[field] == null ? null : Buffer.from(row[field])));
    let at = arena.take(texts.reduce((sum, text) => sum + (text?.length ?? 0), 1)) + 1;
    texts.forEach((text, i) => {
      arena.u32(starts, rows.length)[i] = at;
      arena.u32(lengths, rows.length)[i] = text === null ? MISSING_TEXT : text.length;
      if (text !== null) arena.u8(at, text.length).set(text);
      at += text?.length ?? 0;
    });
    return { starts, lengths };
  });
  return { rows: rows.length, fields, starts: (field) => pointers[field]!.starts, lengths: (field) => pointers[field]!.lengths };
}

/** One shard: its rows in batches of `batchRows`, rejected ones left out. */
export function countShard(specs: readonly Spec[], fields: readonly string[], rows: readonly TextRow[], batchRows = 7): v1.FeaturePartial {
  const reader = new ColumnReader(specs, fields, runtime);
  const fitter = new Fitter(reader);
  for (let from = 0; from < rows.length; from += batchRows) {
    const batch = reader.prepare(batchOf(fields, rows.slice(from, from + batchRows)));
    const keep = new Uint8Array(batch.rows).fill(1);
    for (const { row } of batch.rejects) keep[row] = 0;
    fitter.update(batch, keep);
  }
  return decodeMessage(v1.FeaturePartial, encodeMessage(v1.FeaturePartial, fitter.partial()), "partial"); // as another thread would get it
}

/** A fit of rows cut into shards before the rows with these indices. */
export function fitRows(specs: readonly Spec[], fields: readonly string[], rows: readonly TextRow[], cuts: readonly number[] = []): v1.FeatureState {
  return finishFit(specs, countRows(specs, fields, rows, cuts));
}

export function countRows(specs: readonly Spec[], fields: readonly string[], rows: readonly TextRow[], cuts: readonly number[] = []): v1.FeaturePartial {
  const edges = [0, ...[...cuts].sort((a, b) => a - b), rows.length];
  return pairwiseTreeFold(
    edges.slice(1).map((end, i) => countShard(specs, fields, rows.slice(edges[i], end))),
    mergePartials,
  );
}

export function encodeRows(
  specs: readonly Spec[],
  fields: readonly string[],
  rows: readonly TextRow[],
  state: v1.FeatureState,
): EncodedBatch & { rejects: PreparedBatch["rejects"] } {
  if (rows.length > BATCH_ROWS) throw new RangeError("one batch only");
  const reader = new ColumnReader(specs, fields, runtime);
  const encoder = new Encoder(reader, state);
  const batch = reader.prepare(batchOf(fields, rows));
  return { ...encoder.encode(batch), rejects: batch.rejects };
}

/** Texts that break careless code. */
export const hostileText = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "__proto__",
    "constructor",
    "toString",
    "a",
    "a\0",
    "a ",
    "A",
    "é",
    "e\u0301",
    "\ufeff",
    "\u{1f426}",
    "(other)",
    "null",
    "0",
    "x".repeat(300),
  ),
  fc.string({ maxLength: 6 }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
);

/** Texts of numbers as files hold them, and a few that are none. */
export const numberText = fc.oneof(
  fc.constantFrom("0", "-0", "1", "2", "3", "3.5", " 7 ", "1e3", "-12.25", "0.1", "1e-320", "123456789012345678901234567890"),
  fc.integer({ min: -20, max: 20 }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }).map(String),
);
export const badNumberText = fc.constantFrom("", "NaN", "Infinity", "0x10", "1,5", "１", "1e400", "abc");

/** An optional of the text, for columns of possibly missing values. */
export function orMissing(text: fc.Arbitrary<string>): fc.Arbitrary<string | null> {
  return fc.option(text, { freq: 5 });
}

const { LOG, LOG1P, MINMAX, STANDARDIZE } = v1.NumericSpec.Scale;
const { INDICATOR, REJECT, ZERO } = v1.NumericSpec.Missing;

export const FIELDS = ["n", "__proto__", "t", "u"];

/** One of every kind and of every way to set it. */
export const EVERY_KIND: readonly Spec[] = [
  { name: "plain", numeric: { field: "n" } },
  { name: "standard", numeric: { field: "n", scale: STANDARDIZE, missing: INDICATOR, clipLow: -5, clipHigh: 50 } },
  { name: "ranged", numeric: { field: "n", scale: MINMAX, missing: ZERO } },
  { name: "logged", numeric: { field: "n", scale: LOG1P } },
  { name: "positive", numeric: { field: "n", scale: LOG, clipLow: 0.5 } },
  { name: "needed", numeric: { field: "__proto__", missing: REJECT } },
  { name: "bands", bucketized: { field: "n", boundaries: [-1, 0, 2.5, 10] } },
  { name: "deciles", bucketized: { field: "n", quantiles: 10 } },
  { name: "nonZero", bucketized: { field: "n", quantiles: 4, ofNonZero: true } },
  { name: "given", vocabulary: { field: "t", values: ["", "__proto__", "a", "é"] } },
  { name: "learned", vocabulary: { field: "t", maxSize: 6, minCount: 2, outOfVocabulary: 3 } },
  { name: "all", vocabulary: { field: "t", minCount: 1 } },
  { name: "other field", vocabulary: { field: "u", minCount: 1, maxSize: 5 } },
  { name: "identity", identity: { field: "__proto__", size: 4, defaultValue: 2 } },
  { name: "hashed", hashed: { field: "u", buckets: 1000 } },
  { name: "salted", hashed: { field: "u", buckets: 1000, salt: 7 } },
  { name: "exact", crossed: { inputs: ["bands", "learned", "identity"] } },
  { name: "wide", crossed: { inputs: ["u", "all", "t", "deciles"], buckets: 5000, salt: 3 } },
  { name: "nested", crossed: { inputs: ["exact", "nonZero"], buckets: 64 } },
];

/** Rows for {@link EVERY_KIND} that no column rejects. */
export const goodRow: fc.Arbitrary<TextRow> = fc
  .tuple(orMissing(numberText), numberText, orMissing(hostileText), orMissing(hostileText))
  .map((values) => Object.fromEntries(FIELDS.map((field, i) => [field, values[i]!])));
