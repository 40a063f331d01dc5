import { QuantileSketch } from "@crossbill/numerics";

/** The sketch of a partial. Its bytes are copied first: those of a decoded message are a Buffer, whose `slice` shares memory. */
export function sketchOf(bytes: Uint8Array): QuantileSketch {
  return QuantileSketch.fromBytes(new Uint8Array(bytes));
}
