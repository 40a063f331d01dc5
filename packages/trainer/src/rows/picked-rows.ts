import type { PackPairs } from "@crossbill/ingest";
import type { Inputs } from "../blocks/inputs.js";
import type { SourceRows } from "./block-source.js";

/** Columns of some rows, copied. */
export interface Piece {
  readonly label: Float64Array;
  /** f64[rows][K]; null: labels are numbers. */
  readonly labels: Float64Array | null;
  readonly weight: Float64Array;
  /** Their places in the pack. */
  readonly places: Uint32Array;
  readonly ids: ReadonlyMap<string, Uint32Array>;
  readonly numbers: ReadonlyMap<string, Float64Array>;
  readonly pairs: ReadonlyMap<string, PackPairs>;
}

/** Rows `wanted` of `rows`, in that order. `from`: the place of the first of `rows` in its pack, where they do not say their own. */
export function pick(rows: SourceRows, wanted: Uint32Array, from: number, inputs: Inputs): Piece {
  const f64 = (column: Float64Array): Float64Array => {
    const out = new Float64Array(wanted.length);
    for (let i = 0; i < wanted.length; i++) out[i] = column[wanted[i]!]!;
    return out;
  };
  const { label, labels, weight, places } = rows;
  return {
    label: f64(label),
    labels: labels === null ? null : vectors(labels, wanted, labels.length / rows.rows),
    weight: f64(weight),
    places: wanted.map((r) => places?.[r] ?? from + r),
    ids: new Map(inputs.categorical.map(({ name }) => [name, ids(rows.ids(name), wanted)])),
    numbers: new Map(inputs.numeric.map(({ name }) => [name, f64(rows.numbers(name))])),
    pairs: new Map(inputs.multi.map(({ name }) => [name, pairs(rows.pairs(name), wanted)])),
  };
}

/** All rows, copied. `from`: as of {@link pick}. */
export function copied(rows: SourceRows, from: number, inputs: Inputs): Piece {
  const { label, labels, weight, places } = rows;
  return {
    label: label.slice(),
    labels: labels === null ? null : labels.slice(),
    weight: weight.slice(),
    places: places?.slice() ?? Uint32Array.from({ length: rows.rows }, (_, r) => from + r),
    ids: new Map(inputs.categorical.map(({ name }) => [name, rows.ids(name).slice()])),
    numbers: new Map(inputs.numeric.map(({ name }) => [name, rows.numbers(name).slice()])),
    pairs: new Map(
      inputs.multi.map(({ name }) => {
        const { offsets, ids, values } = pairsOf(rows.pairs(name), 0, rows.rows);
        return [name, { offsets, ids: ids.slice(), values: values?.slice() ?? null }];
      }),
    ),
  };
}

/** Rows [from, to) of a piece; views on it, but for offsets. */
export function part({ label, labels, weight, places, ids, numbers, pairs }: Piece, from: number, to: number): SourceRows {
  const width = labels === null ? 0 : labels.length / label.length;
  return {
    rows: to - from,
    label: label.subarray(from, to),
    labels: labels === null ? null : labels.subarray(from * width, to * width),
    weight: weight.subarray(from, to),
    places: places.subarray(from, to),
    ids: (column) => ids.get(column)!.subarray(from, to),
    numbers: (column) => numbers.get(column)!.subarray(from, to),
    pairs: (column) => pairsOf(pairs.get(column)!, from, to),
  };
}

/** Those of rows [from, to), counted from 0. */
function pairsOf({ offsets, ids, values }: PackPairs, from: number, to: number): PackPairs {
  const [base, first] = [offsets[0]!, offsets[from]!];
  const [begin, end] = [first - base, offsets[to]! - base];
  return {
    offsets: offsets.subarray(from, to + 1).map((offset) => offset - first),
    ids: ids.subarray(begin, end),
    values: values?.subarray(begin, end) ?? null,
  };
}

function ids(column: Uint32Array, wanted: Uint32Array): Uint32Array {
  const out = new Uint32Array(wanted.length);
  for (let i = 0; i < wanted.length; i++) out[i] = column[wanted[i]!]!;
  return out;
}

function vectors(labels: Float64Array, wanted: Uint32Array, width: number): Float64Array {
  const out = new Float64Array(wanted.length * width);
  for (const [i, r] of wanted.entries()) out.set(labels.subarray(r * width, (r + 1) * width), i * width);
  return out;
}

function pairs({ offsets, ids: of, values }: PackPairs, wanted: Uint32Array): PackPairs {
  const out = new Int32Array(wanted.length + 1);
  for (const [i, r] of wanted.entries()) out[i + 1] = out[i]! + offsets[r + 1]! - offsets[r]!;
  const n = out[wanted.length]!;
  const own = { offsets: out, ids: new Uint32Array(n), values: values === null ? null : new Float64Array(n) };
  for (const [i, r] of wanted.entries()) {
    const [first, end] = [offsets[r]! - offsets[0]!, offsets[r + 1]! - offsets[0]!];
    own.ids.set(of.subarray(first, end), out[i]!);
    if (values !== null) own.values!.set(values.subarray(first, end), out[i]!);
  }
  return own;
}

/** Pieces one behind the other. */
export function joined(pieces: readonly Piece[]): SourceRows {
  const f64 = (of: (piece: Piece) => Float64Array): Float64Array => inOne(pieces.map(of), (n) => new Float64Array(n));
  const u32 = (of: (piece: Piece) => Uint32Array): Uint32Array => inOne(pieces.map(of), (n) => new Uint32Array(n));
  const label = f64((piece) => piece.label);
  const hasVectors = pieces.some((piece) => piece.labels !== null);
  return {
    labels: hasVectors ? f64((piece) => piece.labels!) : null,
    rows: label.length,
    label,
    weight: f64((piece) => piece.weight),
    places: u32((piece) => piece.places),
    ids: (column) => u32((piece) => piece.ids.get(column)!),
    numbers: (column) => f64((piece) => piece.numbers.get(column)!),
    pairs: (column) => joinedPairs(pieces.map((piece) => piece.pairs.get(column)!)),
  };
}

/** One behind the other; a single one as it is. */
function inOne<T extends Float64Array | Uint32Array>(parts: readonly T[], make: (n: number) => T): T {
  if (parts.length === 1) return parts[0]!;
  const out = make(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function joinedPairs(pieces: readonly PackPairs[]): PackPairs {
  if (pieces.length === 1) return pieces[0]!;
  const rows = pieces.reduce((sum, { offsets }) => sum + offsets.length - 1, 0);
  const count = pieces.reduce((sum, { ids }) => sum + ids.length, 0);
  const own = {
    offsets: new Int32Array(rows + 1),
    ids: new Uint32Array(count),
    values: pieces.every(({ values }) => values === null) ? null : new Float64Array(count).fill(1),
  };
  let [row, at] = [0, 0];
  for (const { offsets, ids, values } of pieces) {
    own.ids.set(ids, at);
    if (values !== null) own.values!.set(values, at);
    for (let r = 1; r < offsets.length; r++) own.offsets[++row] = at + offsets[r]!;
    at += ids.length;
  }
  return own;
}
