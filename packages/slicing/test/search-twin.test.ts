import { normalCdf } from "@crossbill/numerics";
import { type SliceValue, searchSlices } from "@crossbill/slicing";
import test from "ava";
import { exactPValue, halfOf, makeTable, type Table } from "./search-support.js";

const RATE = 0.05;
/** Of the half that is searched. */
const SEARCH_RATE = 0.5;
const MIN_ROWS = 25;

type Tested = { slice: Record<string, SliceValue>; rows: number[]; z: number; p: number; deviation: number };

/** Every conjunction with its rows, by looking at every row for every set of columns. */
function everything({ slices, labels }: Table, rows: readonly number[], depth: number): { slice: Record<string, SliceValue>; rows: number[] }[] {
  const names = Object.keys(slices);
  const sets = names.flatMap((a, i) => [
    [a],
    ...names.slice(i + 1).flatMap((b, j) => [[a, b], ...(depth > 2 ? names.slice(i + j + 2).map((c) => [a, b, c]) : [])]),
  ]);
  return sets
    .flatMap((set) => {
      const groups = new Map<string, number[]>();
      for (const row of rows) {
        const key = JSON.stringify(set.map((name) => slices[name]![row]!));
        groups.set(key, [...(groups.get(key) ?? []), row]);
      }
      return [...groups.values()].map((own) => ({ slice: Object.fromEntries(set.map((name) => [name, slices[name]![own[0]!]!])), rows: own }));
    })
    .filter(({ rows: own }) => own.length >= MIN_ROWS && labels.length > 0);
}

const sum = (rows: readonly number[], of: (row: number) => number): number => rows.reduce((total, row) => total + of(row), 0);

function biasOf({ labels, probabilities }: Table, rows: readonly number[]): { z: number; p: number; deviation: number } {
  const deviation = Math.sqrt(sum(rows, (i) => probabilities[i]! * (1 - probabilities[i]!)));
  return {
    z: sum(rows, (i) => probabilities[i]! - labels[i]!) / deviation,
    p: exactPValue(
      rows.map((i) => probabilities[i]!),
      sum(rows, (i) => labels[i]!),
    ),
    deviation,
  };
}

function lossOf({ labels, probabilities }: Table, rows: readonly number[], all: readonly number[]): { z: number; p: number; deviation: number } {
  const loss = (i: number): number => -Math.log(labels[i] === 1 ? probabilities[i]! : 1 - probabilities[i]!);
  const inside = new Set(rows);
  const parts = [rows, all.filter((i) => !inside.has(i))].map((own) => {
    const mean = sum(own, loss) / own.length;
    return { n: own.length, mean, v: sum(own, (i) => (loss(i) - mean) ** 2) / (own.length - 1) / own.length };
  });
  const [a, b] = parts as [(typeof parts)[0], (typeof parts)[0]];
  const error = Math.sqrt(a.v + b.v);
  const freedom = (a.v + b.v) ** 2 / (a.v ** 2 / (a.n - 1) + b.v ** 2 / (b.n - 1));
  const p = upperTailOfT((a.mean - b.mean) / error, freedom);
  return { z: a.mean - b.mean, p, deviation: error * a.n };
}

/** By Simpson's rule over the density of Student's t, which is put to 1 as a whole by the same rule. */
function upperTailOfT(t: number, freedom: number): number {
  const density = (x: number): number => (1 + (x * x) / freedom) ** (-(freedom + 1) / 2);
  const area = (from: number): number => {
    const steps = 4000;
    const h = (60 - from) / steps;
    let total = density(from) + density(60);
    for (let k = 1; k < steps; k++) total += (k % 2 === 1 ? 4 : 2) * density(from + k * h);
    return (total * h) / 3;
  };
  return area(t) / area(-60);
}

for (const metric of ["bias", "logLoss"] as const)
  for (const [seed, shift, depth] of [
    [11, 0, 2],
    [12, 2, 2],
    [13, 2.5, 3],
    [14, 1.5, 2],
  ] as const)
    test(`${metric}: a search equals brute force: table ${seed}, depth ${depth}`, (t) => {
      const table = makeTable(2400, seed, shift, -2.5);
      const [searched, other] = [0, 1].map((half) => table.labels.map((_, row) => row).filter((row) => halfOf(row, 7) === half)) as [number[], number[]];
      const measure = (rows: readonly number[], all: readonly number[]) => (metric === "bias" ? biasOf(table, rows) : lossOf(table, rows, all));
      const tested: Tested[] = everything(table, searched, depth).map((one) => ({ ...one, ...measure(one.rows, searched) }));
      const sorted = tested.map(({ p }) => p).sort((a, b) => a - b);
      const cut = sorted.findLast((p, k) => p <= (SEARCH_RATE * (k + 1)) / tested.length) ?? -1;
      const candidates = tested.filter(({ p }) => p <= cut);

      const got = searchSlices(table.labels, table.probabilities, table.slices, { metric, depth, minRows: MIN_ROWS, falseDiscoveryRate: RATE, seed: 7 });
      t.is(got.tested, tested.length);
      t.is(got.candidates, candidates.length);
      t.deepEqual([got.rowsSearched, got.rowsConfirmed], [searched.length, other.length]);
      const found = new Map(got.found.map((f) => [JSON.stringify(f.slice), f]));
      for (const [key, f] of found) {
        const candidate = candidates.find(({ slice }) => JSON.stringify(slice) === key);
        t.truthy(candidate, `${key} is no candidate`);
        const rows = other.filter((row) => Object.entries(f.slice).every(([name, value]) => table.slices[name]![row] === value));
        const want = measure(rows, other);
        t.is(f.rows, rows.length);
        t.is(f.searchRows, candidate!.rows.length);
        t.true(Math.abs(f.pValue / want.p - 1) < (want.p > 1e-10 ? 0.03 : 0.15), `${f.pValue} ${want.p}`);
        if (metric === "bias")
          t.true(Math.abs(f.z - want.z) < 1e-9 && Math.abs(f.effect - sum(rows, (i) => table.probabilities[i]! - table.labels[i]!) / rows.length) < 1e-12);
        else t.true(Math.abs(f.effect - want.z) < 1e-9 && Math.abs(normalCdf(-f.z) - f.pValue) < 1e-15);
      }
      // The strongest candidate is always tested on the other half: found where its p value there leaves no doubt.
      if (shift > 1.9 && candidates.length > 0) t.true(found.has('{"a":1,"b":null}'));
      if (shift === 0) t.is(found.size, 0);
    });
