import { RandomStream } from "@crossbill/numerics";

/** Every so-manieth row of a training pack is held out, where there are no validation rows. */
export const HELD_EVERY = 10;
/** Streams of the seed that neither an epoch's order of blocks, a draw of classes nor what evaluations look at takes. */
const STREAM = 2 ** 34;

/** Which rows of a pack are used, and in which order. */
export interface RowOrder {
  /** Of the pack among the training packs: its rows' order is its own. */
  readonly pack: number;
  readonly seed: number;
  /** In a random order of the seed, not as they stand: rows that stand together are often alike (of one user, of one hour), and a block of these is no sample. */
  readonly mixed: boolean;
  /** All rows; those that are not held out; those held out, which stay in their order. */
  readonly part: "all" | "learned" | "held";
}

function isHeld(row: number): boolean {
  return row % HELD_EVERY === HELD_EVERY - 1;
}

/** How many of `rows` rows an order uses. */
export function orderedRows(rows: number, { part }: RowOrder): number {
  const held = Math.floor(rows / HELD_EVERY);
  return part === "all" ? rows : part === "held" ? held : rows - held;
}

/** The rows of a pack of `rows` rows, in their order: a function of the two alone. */
export function orderOf(rows: number, order: RowOrder): Uint32Array {
  const used = new Uint32Array(orderedRows(rows, order));
  for (let row = 0, i = 0; row < rows; row++) if (order.part === "all" || isHeld(row) === (order.part === "held")) used[i++] = row;
  if (!order.mixed || order.part === "held") return used;
  return new RandomStream(order.seed, STREAM + order.pack).permutation(used.length).map((i) => used[i]!);
}
