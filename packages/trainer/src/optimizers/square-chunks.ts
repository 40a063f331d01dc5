import { SQUARES_CHUNK } from "@crossbill/kernels";

/** Chunks in which the squares of the gradients of n features are summed. */
export function squareChunks(n: number): number {
  return Math.ceil(n / SQUARES_CHUNK);
}
