import type { Inputs } from "../blocks/inputs.js";
import type { BlockSource, SourceRows } from "./block-source.js";
import { joined, type Piece, pick } from "./picked-rows.js";
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
  let held: { readonly pack: number; readonly rows: SourceRows; readonly order: Uint32Array } | null = null;
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
        held = { pack: opened, rows, order: orderOf(rows.rows, pack.order) };
      }
      return joined([pick(held.rows, held.order.subarray(from, to), 0, inputs)]);
    },
  };
}

async function whole(source: BlockSource, rows: number, inputs: Inputs): Promise<SourceRows> {
  const pieces: Piece[] = [];
  for (let at = 0; at < rows; at += PIECE_ROWS) {
    const read = await source.read(at, Math.min(rows, at + PIECE_ROWS));
    pieces.push(
      pick(
        read,
        Uint32Array.from({ length: read.rows }, (_, i) => i),
        at,
        inputs,
      ),
    );
  }
  return fixed(joined(pieces), inputs);
}

/** The columns joined once, not at every look. */
function fixed(rows: SourceRows, inputs: Inputs): SourceRows {
  const ids = new Map(inputs.categorical.map(({ name }) => [name, rows.ids(name)]));
  const numbers = new Map(inputs.numeric.map(({ name }) => [name, rows.numbers(name)]));
  const pairs = new Map(inputs.multi.map(({ name }) => [name, rows.pairs(name)]));
  return { ...rows, ids: (name) => ids.get(name)!, numbers: (name) => numbers.get(name)!, pairs: (name) => pairs.get(name)! };
}
