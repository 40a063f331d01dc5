/** The twin of `narrow_f64`: whole numbers and their width in bytes; null: nothing so narrow holds them. */
export function narrowed(x: readonly number[]): { width: 1 | 2 | 4; values: number[] } | null {
  for (const width of [1, 2, 4] as const) {
    const most = 2 ** (8 * width - 1) - 1;
    const holds = (value: number): boolean => Number.isInteger(value) && !Object.is(value, -0) && Math.abs(value) <= most;
    if (x.every((value) => Number.isNaN(value) || holds(value))) return { width, values: x.map((value) => (Number.isNaN(value) ? -most - 1 : value)) };
  }
  return null;
}
