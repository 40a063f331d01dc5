import { PACK_BATCH_ROWS, PAIR_CHUNK_ROWS } from "@crossbill/ingest";
import { v1 } from "@crossbill/messages";
import { orderedRows, type RowOrder } from "./row-order.js";

/** One pack that training reads. */
export interface PlannedPack {
  /** Relative to the work folder. */
  readonly uri: string;
  readonly length: number;
  readonly sha256: string;
  readonly rows: number;
  /** Of a training pack whose rows are sampled: those kept. */
  readonly kept?: number;
  /** Which of its rows (where they are sampled: of those kept) are used in which order; left out: all as they stand. */
  readonly order?: RowOrder;
}

/** Rows [from, to) of one pack, in its order. */
export interface PlannedBlock {
  readonly pack: number;
  readonly from: number;
  readonly to: number;
  /** Where rows are sampled: those of [from, to) that are kept. */
  readonly kept?: number;
  /** Its rows have at most so many pairs of columns of several values. */
  readonly pairs: number;
}

/** What is read in which pieces. Blocks are numbered: first those to train on, then those to validate on. */
export interface TrainPlan {
  readonly packs: readonly PlannedPack[];
  readonly blocks: readonly PlannedBlock[];
  /** T: blocks [0, T) are trained on, [T, blocks.length) validated on. */
  readonly trainBlocks: number;
  /** Packs [0, trainPacks) are trained on, the others validated on. */
  readonly trainPacks: number;
  /** Those used. */
  readonly trainRows: number;
  readonly validationRows: number;
}

/** Rows of a training pack that are used, and where its blocks but the first begin. */
export interface KeptRows {
  readonly rows: number;
  readonly cuts: readonly number[];
}

/** How the rows of training packs are ordered. */
export interface Ordering {
  readonly seed: number;
  /** See {@link RowOrder}. */
  readonly mixed: boolean;
  /** Whether a part of them is validated on instead. */
  readonly holdsOut: boolean;
}

/** Rows of a block, or of a pack, that are used. */
export function rowsOf(planned: PlannedBlock | PlannedPack): number {
  if (planned.kept !== undefined) return planned.kept;
  if (!("rows" in planned)) return planned.to - planned.from;
  return planned.order === undefined ? planned.rows : orderedRows(planned.rows, planned.order);
}

/**
 * Cuts the packs, in the manifest's order, into blocks of `batchSize` rows; the last block of a pack is ragged. Depends on the data alone.
 * @param kept where training rows are sampled: by training pack
 * @param ordering of the training rows; null: as they stand. The pairs of blocks of rows in another order are left 0: see `countPairs`
 */
export function planTraining(
  manifest: v1.IngestManifest,
  batchSize: number,
  kept: readonly KeptRows[] | null = null,
  ordering: Ordering | null = null,
): TrainPlan {
  const packs: PlannedPack[] = [];
  const blocks: PlannedBlock[] = [];
  const rows = { train: 0, validation: 0 };
  const packsOf = (part: v1.Part): v1.Pack[] =>
    manifest.partitions.flatMap((partition) => partition.packs).filter((pack) => pack.part === part && pack.rows > 0);
  const add = (part: keyof typeof rows, pack: v1.Pack, own: KeptRows | undefined, order: RowOrder | undefined): void => {
    const { uri, length, sha256 } = pack.file;
    const planned: PlannedPack = {
      uri,
      length,
      sha256,
      rows: pack.rows,
      ...(own === undefined ? {} : { kept: own.rows }),
      ...(order === undefined ? {} : { order }),
    };
    const used = rowsOf(planned);
    for (let first = 0, block = 0; first < used; first += batchSize, block++) {
      const end = Math.min(first + batchSize, used);
      if (order !== undefined) blocks.push({ pack: packs.length, from: first, to: end, pairs: 0 });
      else {
        const from = own === undefined ? first : block === 0 ? 0 : own.cuts[block - 1]!;
        const to = own === undefined ? end : (own.cuts[block] ?? pack.rows);
        blocks.push({ pack: packs.length, from, to, ...(own === undefined ? {} : { kept: end - first }), pairs: pairsOf(pack, from, to) });
      }
    }
    packs.push(planned);
    rows[part] += used;
  };
  const order = (pack: number, part: RowOrder["part"]): RowOrder | undefined =>
    ordering === null ? undefined : { pack, seed: ordering.seed, mixed: ordering.mixed, part };
  const train = packsOf(v1.Part.TRAIN);
  for (const [p, pack] of train.entries()) add("train", pack, kept?.[p], order(p, ordering?.holdsOut === true ? "learned" : "all"));
  const [trainBlocks, trainPacks] = [blocks.length, packs.length];
  if (ordering?.holdsOut === true) for (const [p, pack] of train.entries()) add("validation", pack, undefined, order(p, "held"));
  for (const pack of packsOf(v1.Part.VALIDATION)) add("validation", pack, undefined, undefined);
  return { packs, blocks, trainBlocks, trainPacks, trainRows: rows.train, validationRows: rows.validation };
}

/** Pairs of the chunks that rows [from, to) lie in. */
function pairsOf({ chunkPairs }: v1.Pack, from: number, to: number): number {
  let pairs = 0;
  for (let chunk = Math.floor(from / PAIR_CHUNK_ROWS); chunk * PAIR_CHUNK_ROWS < to; chunk++) pairs += chunkPairs[chunk] ?? 0;
  return pairs;
}

/** Bytes of a record batch before its columns, and what its rows have more than others. */
const ODDS = 2 ** 16;

/** Bytes that hold a record batch of any of the packs, if their rows are about alike. */
export function batchBytes(packs: readonly PlannedPack[]): number {
  const bytes = packs.map(({ length, rows }) => Math.min(length, Math.ceil((length / rows) * PACK_BATCH_ROWS) + ODDS));
  return bytes.reduce((most, n) => Math.max(most, n), 0);
}
