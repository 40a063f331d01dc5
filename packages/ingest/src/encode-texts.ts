import { ColumnReader, type EncodedBatch, Encoder, fieldsOf, type TextBatch } from "@crossbill/columns";
import type { ErrorCode, v1 } from "@crossbill/messages";
import { placeTexts } from "./placed-texts.js";
import type { Runtime } from "./runtime.js";

const NONE: ReadonlyMap<number, ErrorCode> = new Map();

/** How rows are encoded while their texts are read. */
export interface TextEncoding {
  /** Columns and what was fitted of them; a model's will do. */
  readonly state: v1.FeatureState;
  /** Texts that mean "no value" to these columns, whatever the source says of them. */
  readonly missing: readonly string[];
}

/** Rows in terms of columns: what `RowEncoder` makes of each of them. */
export interface EncodedTexts {
  /** What it holds of a rejected row, or of one that cannot be read, means nothing. */
  readonly batch: EncodedBatch;
  /** By row: why its values cannot be encoded. */
  readonly rejects: ReadonlyMap<number, ErrorCode>;
}

/** Encodes the text batches of a file that has these fields. It takes memory when it is made, and so is made before the shards that it serves. */
export function textEncoder(runtime: Runtime, fields: readonly string[], { state, missing }: TextEncoding): (texts: TextBatch) => EncodedTexts {
  const { arena, kernels } = runtime;
  const reader = new ColumnReader(state.columns, fields, runtime);
  const encoder = new Encoder(reader, state);
  const none = placeTexts(arena, missing);
  const read = new Set(state.columns.flatMap((spec) => fieldsOf(spec, state.columns)));
  const rooms = new Map([...read].map((name) => [fields.indexOf(name), arena.room()]));
  return (texts) => {
    const { rows } = texts;
    const own = new Map<number, number>();
    for (const [field, room] of rooms) {
      const lengths = room.bytes(4 * rows);
      own.set(field, lengths);
      kernels.copy_bytes(lengths, texts.lengths(field), 4 * rows);
      kernels.csv_mark_missing(texts.starts(field), lengths, rows, none.texts, none.lengths, none.count);
    }
    // Without the numbers and the equal texts that a source may know: what means "no value" is told by texts.
    const prepared = reader.prepare({ rows, fields, starts: (field) => texts.starts(field), lengths: (field) => own.get(field)! });
    const rejects = prepared.rejects.length === 0 ? NONE : new Map(prepared.rejects.map(({ row, code }) => [row, code]));
    return { batch: encoder.encode(prepared), rejects };
  };
}
