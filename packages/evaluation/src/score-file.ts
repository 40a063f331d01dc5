import { CrossbillError } from "@crossbill/messages";
import { type Data, Field, Float64, makeData, RecordBatch, Schema, Struct, Table, tableFromIPC, tableToIPC } from "apache-arrow";

/** Scored rows, in row order. */
export interface Scores {
  readonly label: Float64Array;
  readonly weight: Float64Array;
  /** Of each model that scored: probability (logistic head) or value (squared head). */
  readonly predictions: readonly Float64Array[];
}

/** An Arrow IPC file with the float64 fields label, weight, prediction0, prediction1, ... */
export function encodeScores(scores: Scores): Uint8Array {
  const columns = [scores.label, scores.weight, ...scores.predictions];
  const schema = new Schema(columns.map((_, i) => new Field(fieldName(i), new Float64(), false)));
  const children: Data[] = columns.map((data) => makeData({ type: new Float64(), data }));
  const batch = new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: scores.label.length, nullCount: 0, children }));
  return tableToIPC(new Table(schema, [batch]), "file");
}

/** Of bytes whose checksum was verified; `models` predictions are expected. `what` names the bytes in errors. @throws E_SCORES */
export function decodeScores(bytes: Uint8Array, models: number, what: string): Scores {
  const table = tableFromIPC(bytes);
  const column = (i: number): Float64Array => {
    const values: unknown = table.getChild(fieldName(i))?.toArray();
    if (!(values instanceof Float64Array) || values.length !== table.numRows)
      throw new CrossbillError("E_SCORES", `${what}: field "${fieldName(i)}" is missing or not float64; evaluate again`);
    return values;
  };
  return { label: column(0), weight: column(1), predictions: Array.from({ length: models }, (_, m) => column(2 + m)) };
}

/** All parts one after another; `models` predictions each. */
export function joinScores(parts: readonly Scores[], models: number): Scores {
  const join = (of: (part: Scores) => Float64Array): Float64Array => {
    const all = new Float64Array(parts.reduce((sum, part) => sum + part.label.length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(of(part), at);
      at += part.label.length;
    }
    return all;
  };
  return { label: join((p) => p.label), weight: join((p) => p.weight), predictions: Array.from({ length: models }, (_, m) => join((p) => p.predictions[m]!)) };
}

function fieldName(i: number): string {
  return i === 0 ? "label" : i === 1 ? "weight" : `prediction${i - 2}`;
}
