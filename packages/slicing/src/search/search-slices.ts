import { normalCdf } from "@crossbill/numerics";
import { checkLength, checkRows } from "../inputs.js";
import type { SliceRows } from "../measure-slice.js";
import { BiasTest } from "./bias-test.js";
import { countSlices, sumsOf } from "./count-slices.js";
import { type Candidate, explainSlices } from "./explain-slices.js";
import { effectOf, type FoundSlice, measureRows } from "./found-slice.js";
import { LossTest } from "./loss-test.js";
import { benjaminiHochberg, holm } from "./multiple-tests.js";
import { type Conjunction, RowIndex } from "./row-index.js";
import { type SearchColumn, type SearchedColumns, searchColumns } from "./search-columns.js";
import { type SearchMetric, type SearchOptions, type SettledSearch, searchOptions } from "./search-options.js";
import type { SliceTest } from "./slice-test.js";
import { splitRows } from "./split-rows.js";

/**
 * Rate of Benjamini and Hochberg's rule on the half that is searched. It only chooses what is confirmed: what is reported keeps its level by the other half alone. A lower one would cost
 * power twice.
 */
const SEARCH_RATE = 0.5;
/** Candidates that are looked at after the search at most: those of largest |z|. */
const MOST_CANDIDATES = 1000;

export interface SliceSearch {
  readonly metric: SearchMetric;
  readonly depth: number;
  readonly minRows: number;
  readonly falseDiscoveryRate: number;
  /** Columns that were searched. */
  readonly fields: readonly string[];
  /** Conjunctions that had the rows. */
  readonly tested: number;
  /** Of them passed Benjamini-Hochberg on the half that was searched. */
  readonly candidates: number;
  /** Of them say more than others and were tested on the half that confirms. */
  readonly confirmed: number;
  readonly rowsSearched: number;
  readonly rowsConfirmed: number;
  /** By falling |z|. */
  readonly found: readonly FoundSlice[];
}

interface Half {
  readonly rows: SliceRows;
  readonly test: SliceTest;
  readonly columns: readonly SearchColumn[];
  readonly index: RowIndex;
}

/**
 * Searches all conjunctions of up to `depth` (column = value) for slices with a bias, or with a loss above that of the other rows. See the README for the rules.
 * @param labels 0 or 1, length N
 * @param probabilities of label 1, in [0, 1], length N
 * @param slices `{ [name]: values }`, values texts, numbers or null, length N each; or by codes, `{ values, codes }`
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE, E_SLICE_VALUE, E_LEVEL_RANGE, E_WEIGHT_KIND, E_SEARCH_OPTION
 */
export function searchSlices(labels: ArrayLike<number>, probabilities: ArrayLike<number>, slices: SearchedColumns, options: SearchOptions = {}): SliceSearch {
  const settled = searchOptions(options);
  checkRows(labels, probabilities, settled.weights);
  if (settled.keys !== undefined) checkLength("keys", settled.keys.length, labels.length);
  const [searching, confirming] = halvesOf(labels, probabilities, slices, settled);
  const { tested, candidates } = findCandidates(searching, settled);
  const { found, confirmed } = confirm(searching, confirming, candidates, settled);
  return {
    metric: settled.metric,
    depth: settled.depth,
    minRows: settled.minRows,
    falseDiscoveryRate: settled.falseDiscoveryRate,
    fields: Object.keys(slices),
    tested,
    candidates: candidates.length,
    confirmed,
    rowsSearched: searching.rows.labels.length,
    rowsConfirmed: confirming.rows.labels.length,
    found,
  };
}

function halvesOf(labels: ArrayLike<number>, probabilities: ArrayLike<number>, slices: SearchedColumns, options: SettledSearch): [Half, Half] {
  const n = labels.length;
  const { weights } = options;
  const side = splitRows(n, options.keys, options.seed);
  const places = [new Uint32Array(n), new Uint32Array(n)] as [Uint32Array, Uint32Array];
  const counts = [0, 0] as [number, number];
  for (let row = 0; row < n; row++) if (weights === undefined || weights[row]! > 0) places[side[row] as 0 | 1][counts[side[row] as 0 | 1]++] = row;
  places[0] = places[0].slice(0, counts[0]);
  places[1] = places[1].slice(0, counts[1]);
  const rows = places.map(
    (half): SliceRows => ({
      labels: Uint8Array.from(half, (row) => labels[row]!),
      probabilities: Float64Array.from(half, (row) => probabilities[row]! + 0),
      weights: weights === undefined ? undefined : Float64Array.from(half, (row) => weights[row]!),
    }),
  );
  const tests = rows.map((half) => (options.metric === "bias" ? new BiasTest(half, options.weightKind) : new LossTest(half, options.weightKind)));
  const sizes = Float64Array.from(places[0], (_, i) => tests[0]!.triples[0]![3 * i]!);
  const columns = searchColumns(slices, places, n, sizes, options.minRows / tests[0]!.sizeUnit);
  const half = (k: 0 | 1): Half => ({ rows: rows[k]!, test: tests[k]!, columns: columns[k], index: new RowIndex(columns[k]) });
  return [half(0), half(1)];
}

interface Screening extends Conjunction {
  readonly sums: Float64Array;
  readonly z: number;
  readonly atLeast: number;
  readonly atMost: number;
  readonly deviation: number;
}

/** All conjunctions that have the rows, and those that Benjamini and Hochberg's rule rejects. P values are only computed where the rule could depend on them. */
function findCandidates({ test, columns, index }: Half, options: SettledSearch): { tested: number; candidates: Candidate[] } {
  const rate = SEARCH_RATE;
  let tested = 0;
  const screened: Screening[] = [];
  countSlices(columns, test.triples, options.depth, options.minRows / test.sizeUnit, (slice, sums) => {
    tested++;
    const { z, atLeast, atMost, deviation } = test.screen(sums);
    if (atLeast <= rate) screened.push({ ...slice, sums: sums.slice(), z, atLeast, atMost, deviation });
  });
  const loosest = benjaminiHochberg(
    screened.map(({ atLeast }) => atLeast),
    tested,
    rate,
  );
  const exact = screened
    .filter(({ atLeast }) => atLeast <= loosest)
    .map((slice) => ({
      slice: { fields: slice.fields, codes: slice.codes },
      z: slice.z,
      deviation: slice.deviation,
      pValue: slice.atLeast === slice.atMost || slice.atMost <= rate / tested ? slice.atMost : test.pValue(slice.sums, index.rowsOf(slice)),
    }));
  const cut = benjaminiHochberg(
    exact.map(({ pValue }) => pValue),
    tested,
    rate,
  );
  const candidates = exact.filter(({ pValue }) => pValue <= cut);
  return { tested, candidates: candidates.sort((a, b) => Math.abs(b.z) - Math.abs(a.z) || compareSlices(a.slice, b.slice)) };
}

function compareSlices(a: Conjunction, b: Conjunction): number {
  if (a.fields.length !== b.fields.length) return a.fields.length - b.fields.length;
  for (let k = 0; k < a.fields.length; k++) {
    const c = a.fields[k]! - b.fields[k]! || a.codes[k]! - b.codes[k]!;
    if (c !== 0) return c;
  }
  return 0;
}

/** Tests the candidates that say more than others on the other half: Holm's rule over those that have the rows there. */
function confirm(searching: Half, confirming: Half, candidates: readonly Candidate[], options: SettledSearch): { found: FoundSlice[]; confirmed: number } {
  const bias = options.metric === "bias";
  // Loss is above or below that of other rows; all rows together have no such effect.
  const overall = bias ? searching.test.screen(sumsOf(searching.test.triples, searching.rows.labels.keys())).z : Number.NaN;
  // A discovery needs the |z| of the weakest candidate.
  const least = Math.abs(candidates.at(-1)?.z ?? 0);
  const chosen = explainSlices(searching.test, searching.index, candidates.slice(0, MOST_CANDIDATES), least, overall, !bias);
  const { test, rows, index, columns } = confirming;
  const tested = chosen.flatMap(({ candidate: { slice, z } }) => {
    const own = index.rowsOf(slice);
    const sums = sumsOf(test.triples, own);
    if (!(sums[0]! * test.sizeUnit >= options.minRows)) return [];
    const screened = test.screen(sums);
    return [
      { slice, z, deviation: screened.deviation, own, screened, pValue: screened.atLeast === screened.atMost ? screened.atMost : test.pValue(sums, own) },
    ];
  });
  // What it says more than others must hold here, too.
  const explained = explainSlices(test, index, tested, 0, overall, !bias);
  const adjusted = holm(explained.map(({ candidate, left }) => Math.max(candidate.pValue, bias ? 2 * normalCdf(-Math.abs(left)) : normalCdf(-left))));
  const found = tested.flatMap(({ slice, z, own, screened, pValue }, k): FoundSlice[] => {
    if (!(adjusted[k]! <= options.falseDiscoveryRate) || Math.sign(screened.z) !== Math.sign(z)) return [];
    const metrics = measureRows(rows, own, options);
    const searched = searching.index.rowsOf(slice);
    return [
      {
        slice: Object.fromEntries(slice.fields.map((field, at) => [columns[field]!.name, columns[field]!.values[slice.codes[at]! - 1]!])),
        ...metrics,
        ...effectOf(options, metrics, screened),
        z: screened.z,
        pValue,
        adjustedPValue: adjusted[k]!,
        searchRows: searched.length,
        searchEffect: effectOf(options, measureRows(searching.rows, searched, options), searching.test.screen(sumsOf(searching.test.triples, searched))).effect,
      },
    ];
  });
  // Equal |z| stay in the order of the search.
  return { found: found.sort((a, b) => Math.abs(b.z) - Math.abs(a.z) || 0), confirmed: tested.length };
}
