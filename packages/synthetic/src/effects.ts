import { RandomStream } from "@crossbill/numerics";

/** The truth does not change with the seed of a log: the seed draws rows, this one draws effects. */
const TRUTH_SEED = 20260105;

/** `size` normal effects with standard deviation `deviation`; `stream` tells columns apart. */
export function normalEffects(stream: number, size: number, deviation: number): Float64Array {
  const out = new Float64Array(size);
  if (deviation === 0) return out;
  const random = new RandomStream(TRUTH_SEED, stream);
  for (let i = 0; i < size; i++) out[i] = deviation * random.normal();
  return out;
}

/** A fixed integer in [0, n) for every i in [0, size). */
export function assignment(stream: number, size: number, n: number): Uint32Array {
  const random = new RandomStream(TRUTH_SEED, stream);
  return Uint32Array.from({ length: size }, () => random.below(n));
}
