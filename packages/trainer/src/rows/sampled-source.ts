import type { Inputs } from "../blocks/inputs.js";
import type { BlockSource, SourceRows } from "./block-source.js";
import { joined, type Piece, pick } from "./picked-rows.js";
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

/** Rows with labels of several numbers are never left out. */
function pieceOf(rows: SourceRows, kept: Uint32Array, from: number, inputs: Inputs, { rates, weighted }: RowSampling): Piece {
  const piece = pick(rows, kept, from, inputs);
  return weighted ? { ...piece, weight: piece.weight.map((weight, i) => weight / (rates[piece.label[i]!] ?? 1)) } : piece;
}
