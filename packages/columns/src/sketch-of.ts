import { QuantileSketch } from "@crossbill/numerics";
import type { ColumnPartial } from "./column.js";

/** The sketch of a partial. Its bytes are copied first: those of a decoded message are a Buffer, whose `slice` shares memory. */
export function sketchOf(partial: ColumnPartial): QuantileSketch {
  return QuantileSketch.fromBytes(new Uint8Array(partial.sketch!));
}
