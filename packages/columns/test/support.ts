import { Arena, createKernelMemory, instantiateKernels, MISSING_TEXT, NO_CODE } from "@crossbill/kernels";
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

/** As `batchOf`, from a source that knows most of the texts that are the same, and says what is missing by a code or by a length. */
export function codedBatchOf(fields: readonly string[], rows: readonly TextRow[]): TextBatch {
  const plain = batchOf(fields, rows);
  const coded = fields.map((field, f) => {
    const seen = new Map<string | null, number>();
    const [codes, starts, lengths] = [arena.take(2 * rows.length), arena.take(4 * rows.length), arena.take(4 * rows.length)];
    let count = 0;
    rows.forEach((row, i) => {
      const text = row[field] ?? null;
      const known = seen.get(text);
      let code = known ?? count;
      if (text === null && i % 2 === 0) code = NO_CODE;
      else if (known === undefined || i % 5 === 0) {
        code = count++;
        seen.set(text, code);
        arena.u32(starts, rows.length)[code] = arena.u32(plain.starts(f), rows.length)[i]!;
        arena.u32(lengths, rows.length)[code] = arena.u32(plain.lengths(f), rows.length)[i]!;
      }
      arena.u16(codes, rows.length)[i] = code;
    });
    return { codes, starts, lengths, count };
  });
  return { ...plain, distinct: (field) => coded[field]! };
}

/** One shard: its rows in batches of `batchRows`, rejected ones left out. */
export function countShard(
  specs: readonly Spec[],
  fields: readonly string[],
  rows: readonly TextRow[],
  batchRows = 7,
  batched: typeof batchOf = batchOf,
): v1.FeaturePartial {
  const reader = new ColumnReader(specs, fields, runtime);
  const fitter = new Fitter(reader);
  for (let from = 0; from < rows.length; from += batchRows) {
    const batch = reader.prepare(batched(fields, rows.slice(from, from + batchRows)));
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
  batched: typeof batchOf = batchOf,
): EncodedBatch & { rejects: PreparedBatch["rejects"] } {
  if (rows.length > BATCH_ROWS) throw new RangeError("one batch only");
  const reader = new ColumnReader(specs, fields, runtime);
  const encoder = new Encoder(reader, state);
  const batch = reader.prepare(batched(fields, rows));
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

const { CLIP, LOG, LOG1P, MINMAX, STANDARDIZE } = v1.NumericSpec.Scale;
const { INDICATOR, REJECT, ZERO } = v1.NumericSpec.Missing;
const { LIST, SEPARATED, WORDS } = v1.ItemsSpec.Kind;
const { AS_MISSING, REJECT_ROW, TO_BOUND } = v1.NumericSpec.Outliers;

export const FIELDS = ["n", "__proto__", "t", "u", "l", "w"];

/** One of every kind and of every way to set it. */
export const EVERY_KIND: readonly Spec[] = [
  { name: "plain", numeric: { field: "n" } },
  { name: "standard", numeric: { field: "n", scale: STANDARDIZE, missing: INDICATOR, clipLow: -5, clipHigh: 50 } },
  { name: "ranged", numeric: { field: "n", scale: MINMAX, missing: ZERO } },
  { name: "logged", numeric: { field: "n", scale: LOG1P } },
  { name: "positive", numeric: { field: "n", scale: LOG, clipLow: 0.5 } },
  { name: "needed", numeric: { field: "__proto__", missing: REJECT } },
  { name: "chain", numeric: { field: "n", scales: [MINMAX, LOG1P, CLIP, STANDARDIZE], clipLow: -0.25, clipHigh: 0.5 } },
  { name: "robust", numeric: { field: "n", scales: [LOG1P, STANDARDIZE], robust: true, missing: INDICATOR } },
  { name: "fenced", numeric: { field: "n", scale: STANDARDIZE, outliers: TO_BOUND } },
  { name: "trimmed", numeric: { field: "n", scale: MINMAX, outliers: AS_MISSING, bounds: { quantiles: { low: 0.1, high: 0.9 } }, missing: INDICATOR } },
  { name: "limited", numeric: { field: "n", outliers: REJECT_ROW, bounds: { fixed: { low: -100, high: 100 } } } },
  { name: "watched", numeric: { field: "n", scale: LOG1P, bounds: { zScore: 2 } } },
  { name: "square", product: { fields: ["n", "n"], number: { scale: STANDARDIZE } } },
  { name: "area", product: { fields: ["n", "__proto__", "n"], number: { scale: LOG1P, robust: true, missing: INDICATOR } } },
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
  { name: "seen", crossed: { inputs: ["t", "u"], vocabulary: {} } },
  { name: "seen often", crossed: { inputs: ["learned", "bands", "identity"], vocabulary: { minCount: 2, maxSize: 5, outOfVocabulary: 3 } } },
  { name: "given and seen", crossed: { inputs: ["given", "hashed", "n", "known cross"], vocabulary: { minCount: 1, maxSize: 20 } } },
  { name: "known cross", crossed: { inputs: ["given", "identity"], buckets: 6 } },
  { name: "cross of seen", crossed: { inputs: ["given and seen", "identity"] } },
  { name: "hash of seen", crossed: { inputs: ["seen", "learned"], buckets: 30 } },
  { name: "words", vocabulary: { field: "t", minCount: 2, outOfVocabulary: 2, items: { kind: WORDS } } },
  { name: "pairs of words", vocabulary: { field: "t", items: { kind: WORDS, least: 1, most: 2, once: true } } },
  { name: "listed", vocabulary: { field: "l", maxSize: 5, items: { kind: LIST } } },
  { name: "given list", vocabulary: { field: "l", values: ["a", "é", "1"], items: { kind: LIST, once: true } } },
  { name: "hashed list", hashed: { field: "l", buckets: 20, items: { kind: LIST } } },
  { name: "weighted", hashed: { field: "w", buckets: 50, salt: 3, items: { kind: SEPARATED, separator: ", ", weighted: true } } },
  { name: "numbers", identity: { field: "w", size: 10, defaultValue: 9, items: { kind: SEPARATED, separator: ", ", weighted: true } } },
  { name: "list x bands", crossed: { inputs: ["listed", "bands"] } },
  { name: "list x list", crossed: { inputs: ["hashed list", "u", "numbers"], buckets: 30, salt: 1 } },
  { name: "items seen", crossed: { inputs: ["listed", "u"], vocabulary: {} } },
  { name: "items seen often", crossed: { inputs: ["pairs of words", "hashed list", "bands"], vocabulary: { minCount: 2, maxSize: 9, outOfVocabulary: 2 } } },
  { name: "weights seen", crossed: { inputs: ["numbers", "given list", "identity"], vocabulary: { minCount: 1 } } },
  { name: "hash of items seen", crossed: { inputs: ["items seen", "bands"], buckets: 30 } },
  { name: "cross of crosses", crossed: { inputs: ["list x bands", "identity"], buckets: 40 } },
];

/** JSON arrays and objects, and texts that are no lists. */
const listText = fc.oneof(
  fc
    .array(fc.oneof(fc.constantFrom("a", "b", "é", "\u{1f426}", ""), fc.integer({ min: 0, max: 3 }), fc.boolean(), fc.constant(null)), { maxLength: 5 })
    .map((v) => JSON.stringify(v)),
  fc
    .dictionary(fc.constantFrom("a", "b", "é", "__proto__"), fc.oneof(fc.double({ min: -3, max: 3, noNaN: true }), fc.constant(null)), { maxKeys: 3 })
    .map((v) => JSON.stringify(v)),
  fc.constantFrom("", "a", "plain, text", '["a", "a", "b"]', "[]"),
);
const weightedText = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 12 }), fc.option(fc.constantFrom("1", "0.5", "-2", "1e3", "123456789012345678901234567890"))), { maxLength: 5 })
  .map((items) => items.map(([name, weight]) => (weight === null ? `${name}` : `${name}:${weight}`)).join(", "));

/** Rows for {@link EVERY_KIND} that no column rejects. */
export const goodRow: fc.Arbitrary<TextRow> = fc
  .tuple(orMissing(numberText), numberText, orMissing(hostileText), orMissing(hostileText), orMissing(listText), orMissing(weightedText))
  .map((values) => Object.fromEntries(FIELDS.map((field, i) => [field, values[i]!])));
