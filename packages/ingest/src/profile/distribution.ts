import { fromOrderedBits, PROFILE as P } from "@crossbill/kernels";
import type { v1 } from "@crossbill/messages";
import { log, normalQuantile } from "@crossbill/numerics";
import { coarsened, countedKeys } from "./counted-keys.js";
import { bucketsOf } from "./merge-profiles.js";
import { keysOf } from "./tables.js";

/** Rows of a reference and of now in the same cells. */
export interface Histograms {
  readonly reference: readonly number[];
  readonly now: readonly number[];
}

/** How far two distributions are apart. */
export interface Distances {
  /** Jensen-Shannon divergence to the base 2: (KL(p || m) + KL(q || m)) / 2, m = (p + q) / 2; in [0, 1]. Lin 1991. */
  readonly jensenShannon: number;
  /** max |p_i - q_i|, in [0, 1]. */
  readonly lInfinity: number;
  /** Population stability index, sum (q_i - p_i) ln(q_i / p_i); every cell counts half a row more, so that none is empty. */
  readonly psi: number;
}

export type DriftMetric = keyof Distances;

/** Cells that numbers are cut into: the reference's tenths. */
const NUMBER_BUCKETS = 10;

/** Rows by text where both profiles hold all of them, else by fingerprint modulo 1024. */
export function textHistograms(reference: v1.TextProfile, now: v1.TextProfile): Histograms {
  if (reference.level > 0 || now.level > 0) return { reference: bucketsOf(reference), now: bucketsOf(now) };
  const [a, b] = [countsOf(reference), countsOf(now)];
  const all = [...new Set([...a.keys(), ...b.keys()])];
  return { reference: all.map((key) => a.get(key) ?? 0), now: all.map((key) => b.get(key) ?? 0) };
}

/** Rows between the reference's deciles, which are taken at the edges of its cells: counts on both sides are exact. */
export function numberHistograms(reference: v1.NumberProfile, now: v1.NumberProfile): Histograms {
  const level = Math.max(reference.level, now.level);
  const [a, b] = [cellsAt(reference, level), cellsAt(now, level)];
  const total = a.reduce((sum, [, count]) => sum + count, 0);
  const lastCells: bigint[] = [];
  let seen = 0;
  for (const [cell, count] of a) {
    const before = Math.floor((seen * NUMBER_BUCKETS) / total);
    seen += count;
    // The cell in which a tenth of the rows, or several, is completed ends a bucket.
    if (seen < total && Math.floor((seen * NUMBER_BUCKETS) / total) > before) lastCells.push(cell);
  }
  const rows = (cells: readonly (readonly [bigint, number])[]): number[] => {
    const out = new Array<number>(lastCells.length + 1).fill(0);
    let bucket = 0;
    for (const [cell, count] of cells) {
      while (bucket < lastCells.length && cell > lastCells[bucket]!) bucket++;
      out[bucket] = out[bucket]! + count;
    }
    return out;
  };
  return { reference: rows(a), now: rows(b) };
}

/** NaN where one of the two has no rows. */
export function distances({ reference, now }: Histograms): Distances {
  const [n, m] = [sum(reference), sum(now)];
  if (n === 0 || m === 0) return { jensenShannon: Number.NaN, lInfinity: Number.NaN, psi: Number.NaN };
  let js = 0;
  let most = 0;
  let psi = 0;
  const cells = used(reference, now);
  for (const i of cells) {
    const [p, q] = [reference[i]! / n, now[i]! / m];
    const middle = (p + q) / 2;
    js += (p > 0 ? p * log(p / middle) : 0) + (q > 0 ? q * log(q / middle) : 0);
    most = Math.max(most, Math.abs(p - q));
    const half = cells.length / 2;
    const [ps, qs] = [(reference[i]! + 0.5) / (n + half), (now[i]! + 0.5) / (m + half)];
    psi += (qs - ps) * log(qs / ps);
  }
  return { jensenShannon: Math.min(1, Math.max(0, js / (2 * Math.LN2))), lInfinity: most, psi };
}

/**
 * What chance alone may reach between two samples of one distribution, n and m rows in K used cells, three standard deviations above its mean: PSI is about (1/n + 1/m)
 * chi-square with K - 1 degrees of freedom (Yurdakul and Naranjo 2020), Jensen-Shannon to the base 2 that over 8 ln 2; max |p - q|: the normal quantile of one in
 * 741 K times the standard deviation of its cell.
 */
export function chance({ reference, now }: Histograms): Distances {
  const [n, m] = [sum(reference), sum(now)];
  const cells = used(reference, now);
  const scale = 1 / n + 1 / m;
  const freedom = Math.max(0, cells.length - 1);
  const psi = scale * (freedom + 3 * Math.sqrt(2 * freedom));
  const widest = cells.reduce((most, i) => {
    const p = (reference[i]! + now[i]!) / (n + m);
    return Math.max(most, p * (1 - p));
  }, 0);
  return { psi, jensenShannon: psi / (8 * Math.LN2), lInfinity: -normalQuantile(1 / (741 * Math.max(1, cells.length))) * Math.sqrt(widest * scale) };
}

/** The q-quantile up to the width of a cell: the least number of the cell in which it lies; NaN without numbers. */
export function quantileOf(numbers: v1.NumberProfile, q: number): number {
  const total = sum(numbers.counts);
  let seen = 0;
  const cells = cellsAt(numbers, numbers.level);
  for (const [cell, count] of cells) {
    seen += count;
    if (seen > 0 && seen >= q * total) return clampTo(numbers, lowest(cell, numbers.level));
  }
  return Number.NaN;
}

/** Rows with numbers that lie outside [low, high] for certain: whole cells. */
export function rowsOutside(numbers: v1.NumberProfile, low: number, high: number): number {
  let rows = 0;
  for (const [cell, count] of cellsAt(numbers, numbers.level)) {
    const ends = lowest(cell + 1n, numbers.level);
    if (lowest(cell, numbers.level) > high || (numbers.level === 0 ? lowest(cell, 0) < low : ends <= low)) rows += count;
  }
  return rows;
}

/** Distinct texts: exact up to 1024, above that an estimate (standard error about 1.2 / sqrt(1024) = 3.8%, Flajolet 1990). */
export function distinctTexts({ counts, level }: v1.TextProfile): number {
  return counts.length * 2 ** level;
}

/** Values that a profile counted: rows that have one, or items. */
export function valuesOf(texts: v1.TextProfile): number {
  return sum(texts.level === 0 ? texts.counts : texts.buckets);
}

/** Counts by fingerprint. */
export function countsOf(texts: v1.TextProfile): Map<bigint, number> {
  return new Map(Array.from(keysOf(texts.fingerprints), (key, i) => [key, texts.counts[i]!]));
}

/** The texts of a profile with their counts, by falling count; those longer than 48 bytes end with an ellipsis. */
export function textsOf(texts: v1.TextProfile): { fingerprint: bigint; text: string; count: number }[] {
  let at = 0;
  return Array.from(keysOf(texts.fingerprints), (fingerprint, i) => {
    const length = texts.lengths[i] ?? 0;
    const bytes = texts.shown.subarray(at, at + Math.min(P.textBytes, length));
    at += bytes.length;
    const text = Buffer.from(bytes).toString("utf8");
    return { fingerprint, text: length > P.textBytes ? `${text.replace(/\ufffd+$/, "")}\u2026` : text, count: texts.counts[i]! };
  }).sort((a, b) => b.count - a.count || (a.fingerprint < b.fingerprint ? -1 : 1));
}

function cellsAt(numbers: v1.NumberProfile, level: number): [bigint, number][] {
  const { halves, counts } = coarsened(countedKeys(numbers.cells, numbers.counts), level - numbers.level);
  return counts.map((count, i) => [(BigInt(halves[2 * i + 1]!) << 32n) | BigInt(halves[2 * i]!), count]);
}

function lowest(cell: bigint, level: number): number {
  return fromOrderedBits(cell << BigInt(level));
}

function clampTo({ minimum, maximum }: v1.NumberProfile, x: number): number {
  return Math.min(maximum, Math.max(minimum, x));
}

function used(a: readonly number[], b: readonly number[]): number[] {
  return a.flatMap((count, i) => (count + b[i]! > 0 ? [i] : []));
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
