import { type Data, Float32, Float64, makeData, Utf8 } from "apache-arrow";
import type { Weights } from "./weight-table.js";

export function numberData(values: Weights): Data<Float32> | Data<Float64> {
  return values instanceof Float32Array ? makeData({ type: new Float32(), data: values }) : makeData({ type: new Float64(), data: values });
}

export function utf8Data(texts: readonly string[]): Data<Utf8> {
  const offsets = new Int32Array(texts.length + 1);
  for (const [i, text] of texts.entries()) offsets[i + 1] = offsets[i]! + Buffer.byteLength(text);
  const bytes = Buffer.alloc(offsets[texts.length]!);
  for (const [i, text] of texts.entries()) bytes.write(text, offsets[i]!);
  return makeData({
    type: new Utf8(),
    length: texts.length,
    nullCount: 0,
    valueOffsets: offsets,
    data: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length),
  });
}
