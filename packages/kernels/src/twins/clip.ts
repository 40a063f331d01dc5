/** Features of a chunk: squares are summed within chunks in the features' order, and over chunks in their order. */
export const SQUARES_CHUNK = 1024;

/** The group of a feature: the last of `starts` (ascending, the first 0) that is at most it. */
export function groupOf(feature: number, starts: ArrayLike<number>): number {
  let group = 0;
  while (group + 1 < starts.length && starts[group + 1]! <= feature) group++;
  return group;
}

/** Slow twin of group_squares: by chunk, by group. */
export function groupSquaresTwin(ids: ArrayLike<number>, gradients: ArrayLike<number>, starts: ArrayLike<number>): Float64Array[] {
  const chunks = Array.from({ length: Math.ceil(ids.length / SQUARES_CHUNK) }, () => new Float64Array(starts.length));
  for (let i = 0; i < ids.length; i++) {
    const sums = chunks[Math.floor(i / SQUARES_CHUNK)]!;
    const group = groupOf(ids[i]!, starts);
    sums[group] = sums[group]! + gradients[i]! * gradients[i]!;
  }
  return chunks;
}
