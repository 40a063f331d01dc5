import { PACK_BATCH_ROWS, PAIR_CHUNK_ROWS } from "@crossbill/ingest";
import { v1 } from "@crossbill/messages";

/** One pack that training reads. */
export interface PlannedPack {
  /** Relative to the work folder. */
  readonly uri: string;
  readonly length: number;
  readonly sha256: string;
  readonly rows: number;
  /** Of a training pack whose rows are sampled: those kept. */
  readonly kept?: number;
}

/** Rows [from, to) of one pack. */
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

/** Rows of a block, or of a pack, that are used. */
export function rowsOf(planned: PlannedBlock | PlannedPack): number {
  return planned.kept ?? ("rows" in planned ? planned.rows : planned.to - planned.from);
}

/**
 * Cuts the packs, in the manifest's order, into blocks of `batchSize` rows; the last block of a pack is ragged. Depends on the data alone.
 * @param kept where training rows are sampled: by training pack
 */
export function planTraining(manifest: v1.IngestManifest, batchSize: number, kept: readonly KeptRows[] | null = null): TrainPlan {
  const packs: PlannedPack[] = [];
  const blocks: PlannedBlock[] = [];
  const rows = { train: 0, validation: 0 };
  const add = (part: v1.Part): void => {
    for (const pack of manifest.partitions.flatMap((partition) => partition.packs)) {
      if (pack.part !== part || pack.rows === 0) continue;
      const own = part === v1.Part.TRAIN ? kept?.[packs.length] : undefined;
      const used = own?.rows ?? pack.rows;
      for (let first = 0, block = 0; first < used; first += batchSize, block++) {
        const from = own === undefined ? first : block === 0 ? 0 : own.cuts[block - 1]!;
        const to = own === undefined ? Math.min(first + batchSize, pack.rows) : (own.cuts[block] ?? pack.rows);
        const of = own === undefined ? {} : { kept: Math.min(batchSize, used - first) };
        blocks.push({ pack: packs.length, from, to, ...of, pairs: pairsOf(pack, from, to) });
      }
      const { uri, length, sha256 } = pack.file;
      packs.push({ uri, length, sha256, rows: pack.rows, ...(own === undefined ? {} : { kept: used }) });
      rows[part === v1.Part.TRAIN ? "train" : "validation"] += used;
    }
  };
  add(v1.Part.TRAIN);
  const [trainBlocks, trainPacks] = [blocks.length, packs.length];
  add(v1.Part.VALIDATION);
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
