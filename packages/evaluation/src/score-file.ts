import { CrossbillError } from "@crossbill/messages";
import { type Data, Field, Float64, makeData, RecordBatch, Schema, Struct, Table, tableFromIPC, tableToIPC } from "apache-arrow";

/** Scored rows, in row order. */
export interface Scores {
  readonly label: Float64Array;
  readonly weight: Float64Array;
  /** Of each model that scored: probability (logistic head), value (squared head), or probability of the row's own class (several classes); of label vectors the row's loss. */
  readonly predictions: readonly Float64Array[];
  /** Of several classes, of each model: 1 where the predicted class is the row's own, else 0. */
  readonly hits: readonly Float64Array[];
}

/** An Arrow IPC file with the float64 fields label, weight, prediction0, prediction1, ..., and of several classes hit0, hit1, ... */
export function encodeScores(scores: Scores): Uint8Array {
  const columns = [scores.label, scores.weight, ...scores.predictions, ...scores.hits];
  const names = ["label", "weight", ...scores.predictions.map((_, m) => `prediction${m}`), ...scores.hits.map((_, m) => `hit${m}`)];
  const schema = new Schema(names.map((name) => new Field(name, new Float64(), false)));
  const children: Data[] = columns.map((data) => makeData({ type: new Float64(), data }));
  const batch = new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: scores.label.length, nullCount: 0, children }));
  return tableToIPC(new Table(schema, [batch]), "file");
}

/** Of bytes whose checksum was verified; `models` predictions are expected. `what` names the bytes in errors. @throws E_SCORES */
export function decodeScores(bytes: Uint8Array, models: number, what: string): Scores {
  const table = tableFromIPC(bytes);
  const column = (name: string): Float64Array => {
    const values: unknown = table.getChild(name)?.toArray();
    if (!(values instanceof Float64Array) || values.length !== table.numRows)
      throw new CrossbillError("E_SCORES", `${what}: field "${name}" is missing or not float64; evaluate again`);
    return values;
  };
  const each = (name: string): Float64Array[] => Array.from({ length: models }, (_, m) => column(`${name}${m}`));
  return { label: column("label"), weight: column("weight"), predictions: each("prediction"), hits: table.schema.names.includes("hit0") ? each("hit") : [] };
}
