import type { PackPairs } from "@crossbill/ingest";
import type { Inputs } from "../blocks/inputs.js";
import type { BlockSource, SourceRows } from "./block-source.js";
import type { PlannedPack } from "./plan.js";
import { RowDraw, type RowSampling } from "./row-sampling.js";

/** Rows read at a time: those kept are copied out of them. */
const PIECE_ROWS = 16_384;

/** A source that leaves rows of training packs out; `read` takes their places in the pack and returns those kept. Other packs are as they were. */
export function sampledSource(source: BlockSource, packs: readonly PlannedPack[], inputs: Inputs, sampling: RowSampling | null): BlockSource {
  if (sampling === null) return source;
  const draw = new RowDraw(sampling);
  let opened = -1;
  return {
    verify: (pack) => source.verify(pack),
    async open(pack) {
      opened = pack;
      await source.open(pack);
    },
    async read(from, to) {
      const { kept, sha256 } = packs[opened]!;
      if (kept === undefined) return source.read(from, to);
      const pieces: Piece[] = [];
      for (let at = from; at < to; at += PIECE_ROWS) {
        const rows = await source.read(at, Math.min(to, at + PIECE_ROWS));
        pieces.push(pieceOf(rows, draw.kept(sha256, at, rows.label), at, inputs, sampling));
      }
      return joined(pieces);
    },
  };
}

/** Columns of the kept rows, copied. */
interface Piece {
  readonly label: Float64Array;
  readonly weight: Float64Array;
  /** Their places in the pack. */
  readonly places: Uint32Array;
  readonly ids: ReadonlyMap<string, Uint32Array>;
  readonly numbers: ReadonlyMap<string, Float64Array>;
  readonly pairs: ReadonlyMap<string, PackPairs>;
}

function pieceOf(rows: SourceRows, kept: Uint32Array, from: number, inputs: Inputs, { rates, weighted }: RowSampling): Piece {
  const f64 = (column: Float64Array): Float64Array => Float64Array.from(kept, (r) => column[r]!);
  const { label, weight } = rows;
  return {
    label: f64(label),
    weight: weighted ? Float64Array.from(kept, (r) => weight[r]! / (rates[label[r]!] ?? 1)) : f64(weight),
    places: kept.map((r) => from + r),
    ids: new Map(inputs.categorical.map(({ name }) => [name, picked(rows.ids(name), kept)])),
    numbers: new Map(inputs.numeric.map(({ name }) => [name, f64(rows.numbers(name))])),
    pairs: new Map(inputs.multi.map(({ name }) => [name, pickedPairs(rows.pairs(name), kept)])),
  };
}

function picked(ids: Uint32Array, kept: Uint32Array): Uint32Array {
  const out = new Uint32Array(kept.length);
  for (let i = 0; i < kept.length; i++) out[i] = ids[kept[i]!]!;
  return out;
}

function pickedPairs({ offsets, ids, values }: PackPairs, kept: Uint32Array): PackPairs {
  const out = new Int32Array(kept.length + 1);
  for (const [i, r] of kept.entries()) out[i + 1] = out[i]! + offsets[r + 1]! - offsets[r]!;
  const n = out[kept.length]!;
  const own = { offsets: out, ids: new Uint32Array(n), values: values === null ? null : new Float64Array(n) };
  for (const [i, r] of kept.entries()) {
    const [first, end] = [offsets[r]! - offsets[0]!, offsets[r + 1]! - offsets[0]!];
    own.ids.set(ids.subarray(first, end), out[i]!);
    if (values !== null) own.values!.set(values.subarray(first, end), out[i]!);
  }
  return own;
}

function joined(pieces: readonly Piece[]): SourceRows {
  const f64 = (of: (piece: Piece) => Float64Array): Float64Array => inOne(pieces.map(of), (n) => new Float64Array(n));
  const u32 = (of: (piece: Piece) => Uint32Array): Uint32Array => inOne(pieces.map(of), (n) => new Uint32Array(n));
  const label = f64((piece) => piece.label);
  return {
    labels: null, // rows with labels of several numbers are never left out
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
