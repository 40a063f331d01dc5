import { PACK_BATCH_ROWS, PAIR_CHUNK_ROWS } from "@crossbill/ingest";
import { v1 } from "@crossbill/messages";

/** One pack that training reads. */
export interface PlannedPack {
  /** Relative to the work folder. */
  readonly uri: string;
  readonly length: number;
  readonly sha256: string;
  readonly rows: number;
}

/** Rows [from, to) of one pack. */
export interface PlannedBlock {
  readonly pack: number;
  readonly from: number;
  readonly to: number;
  /** Its rows have at most so many pairs of columns of several values. */
  readonly pairs: number;
}

/** What is read in which pieces. Blocks are numbered: first those to train on, then those to validate on. */
export interface TrainPlan {
  readonly packs: readonly PlannedPack[];
  readonly blocks: readonly PlannedBlock[];
  /** T: blocks [0, T) are trained on, [T, blocks.length) validated on. */
  readonly trainBlocks: number;
  readonly trainRows: number;
  readonly validationRows: number;
}

/** Cuts the packs, in the manifest's order, into blocks of `batchSize` rows; the last block of a pack is ragged. Depends on the data alone. */
export function planTraining(manifest: v1.IngestManifest, batchSize: number): TrainPlan {
  const packs: PlannedPack[] = [];
  const blocks: PlannedBlock[] = [];
  const rows = { train: 0, validation: 0 };
  const add = (part: v1.Part): void => {
    for (const pack of manifest.partitions.flatMap((partition) => partition.packs)) {
      if (pack.part !== part || pack.rows === 0) continue;
      for (let from = 0; from < pack.rows; from += batchSize) {
        const to = Math.min(from + batchSize, pack.rows);
        blocks.push({ pack: packs.length, from, to, pairs: pairsOf(pack, from, to) });
      }
      const { uri, length, sha256 } = pack.file;
      packs.push({ uri, length, sha256, rows: pack.rows });
      rows[part === v1.Part.TRAIN ? "train" : "validation"] += pack.rows;
    }
  };
  add(v1.Part.TRAIN);
  const trainBlocks = blocks.length;
  add(v1.Part.VALIDATION);
  return { packs, blocks, trainBlocks, trainRows: rows.train, validationRows: rows.validation };
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
