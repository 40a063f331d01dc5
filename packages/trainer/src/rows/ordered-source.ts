import type { Inputs } from "../blocks/inputs.js";
import type { BlockSource, SourceRows } from "./block-source.js";
import { copied, joined, type Piece, part, pick } from "./picked-rows.js";
import type { PlannedPack } from "./plan.js";
import { orderOf } from "./row-order.js";

/** Rows read at a time: they are copied. */
const PIECE_ROWS = 16_384;

/**
 * A source whose packs with an order have their rows in it: `read` counts in that order. Such a pack is read as a whole and held in memory until the next
 * one is opened. Other packs are as they were.
 */
export function orderedSource(source: BlockSource, packs: readonly PlannedPack[], inputs: Inputs): BlockSource {
  if (packs.every(({ order }) => order === undefined)) return source;
  let opened = -1;
  let held: { readonly pack: number; readonly rows: Piece } | null = null;
  return {
    verify: (pack) => source.verify(pack),
    async open(pack) {
      opened = pack;
      await source.open(pack);
    },
    async read(from, to) {
      const pack = packs[opened]!;
      if (pack.order === undefined) return source.read(from, to);
      if (held?.pack !== opened) {
        held = null;
        const rows = await whole(source, pack.rows, inputs);
        // Column by column: the rows of a block stand far apart, and each would have to be fetched anew for every column.
        held = { pack: opened, rows: pick(rows, orderOf(rows.rows, pack.order), 0, inputs) };
      }
      return part(held.rows, from, to);
    },
  };
}

async function whole(source: BlockSource, rows: number, inputs: Inputs): Promise<SourceRows> {
  const pieces: Piece[] = [];
  for (let at = 0; at < rows; at += PIECE_ROWS) pieces.push(copied(await source.read(at, Math.min(rows, at + PIECE_ROWS)), at, inputs));
  return joined(pieces);
}
