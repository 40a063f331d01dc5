import { type Data, Float32, Float64, makeData, Utf8 } from "apache-arrow";
import type { Weights } from "./weight-table.js";

const encoder = new TextEncoder();

export function numberData(values: Weights): Data<Float32> | Data<Float64> {
  return values instanceof Float32Array ? makeData({ type: new Float32(), data: values }) : makeData({ type: new Float64(), data: values });
}

export function utf8Data(texts: readonly string[]): Data<Utf8> {
  const parts = texts.map((text) => encoder.encode(text));
  const offsets = new Int32Array(texts.length + 1);
  parts.forEach((part, i) => {
    offsets[i + 1] = offsets[i]! + part.length;
  });
  const bytes = new Uint8Array(offsets[texts.length]!);
  for (const [i, part] of parts.entries()) bytes.set(part, offsets[i]!);
  return makeData({ type: new Utf8(), length: texts.length, nullCount: 0, valueOffsets: offsets, data: bytes });
}
