import { type Data, Float32, Float64, Int16, makeData, Utf8 } from "apache-arrow";
import { fromFixed } from "./fixed-point.js";
import type { Weights } from "./weight-table.js";

/** Of an array of weights; null: it is none. int16 are those of q2.13. */
export function numbersIn(values: unknown): Weights | null {
  if (values instanceof Int16Array) return fromFixed(values);
  return values instanceof Float32Array || values instanceof Float64Array ? values : null;
}

export function numberData(values: Weights | Int16Array): Data<Float32> | Data<Float64> | Data<Int16> {
  if (values instanceof Int16Array) return makeData({ type: new Int16(), data: values });
  return values instanceof Float32Array ? makeData({ type: new Float32(), data: values }) : makeData({ type: new Float64(), data: values });
}

/** Texts, some of which may be null. */
export function nullableUtf8Data(texts: readonly (string | null)[]): Data<Utf8> {
  const { valueOffsets, values } = utf8Data(texts.map((text) => text ?? ""));
  const nullCount = texts.filter((text) => text === null).length;
  const nullBitmap = new Uint8Array(Math.ceil(texts.length / 8));
  for (const [i, text] of texts.entries()) if (text !== null) nullBitmap[i >> 3]! |= 1 << (i & 7);
  return makeData({ type: new Utf8(), length: texts.length, nullCount, ...(nullCount === 0 ? {} : { nullBitmap }), valueOffsets, data: values });
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
