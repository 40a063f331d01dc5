/** log(p / (1 - p)); infinite at 0 and 1. For places on a chart only. */
export const logit = (p: number): number => Math.log(p) - Math.log1p(-p);

const COARSE = [1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999];
const STEPS = [1, 2, 5];

function fine(): number[] {
  const low: number[] = [];
  for (let exponent = -6; exponent < 0; exponent++) for (const step of STEPS) low.push(Number(`${step}e${exponent}`));
  const high = low.filter((p) => p < 0.5).map((p) => Number((1 - p).toPrecision(8)));
  return [...low.filter((p) => p <= 0.5), ...high.reverse()];
}

/** Hundredths between the round values, for axes that span little. */
function finest(low: number, high: number): number[] {
  const step = 10 ** Math.floor(Math.log10(Math.max(high - low, 1e-9) / 2));
  const ticks: number[] = [];
  for (let i = Math.ceil(low / step); i * step <= high && ticks.length < 40; i++) ticks.push(Number((i * step).toPrecision(8)));
  return ticks.filter((p) => p > 0 && p < 1);
}

/** "5%" of 0.05, without float noise. */
export function percentLabel(p: number): string {
  return `${Number((100 * p).toPrecision(8))}%`;
}

/**
 * Probabilities to mark on a log-odds axis from logit `low` to `high`: round ones, at least `gap` of the axis's length apart,
 * at least three where the axis allows.
 */
export function probabilityTicks(low: number, high: number, gap: number): number[] {
  const inside = (p: number): boolean => logit(p) >= low && logit(p) <= high;
  const apart = (ticks: readonly number[]): number[] => {
    const kept: number[] = [];
    for (const p of ticks) {
      const last = kept.at(-1);
      if (last === undefined || logit(p) - logit(last) >= gap * (high - low)) kept.push(p);
    }
    return kept;
  };
  const coarse = COARSE.filter(inside);
  if (coarse.length >= 4) return apart(coarse);
  const medium = fine().filter(inside);
  if (medium.length >= 3) return apart(medium);
  return apart(finest(1 / (1 + Math.exp(-low)), 1 / (1 + Math.exp(-high))));
}

/** Round numbers to mark on a logarithmic axis from `low` to `high`, both above 0: powers of ten, at most seven; with 2 and 5 times them where there are few. */
export function logTicks(low: number, high: number): number[] {
  const [from, to] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const every = Math.max(1, Math.ceil((to - from) / 7));
  const factors = to - from <= 3 ? STEPS : [1];
  const ticks: number[] = [];
  for (let exponent = from; exponent <= to; exponent += every) for (const factor of factors) ticks.push(Number(`${factor}e${exponent}`));
  return ticks.filter((x) => x >= low && x <= high);
}
