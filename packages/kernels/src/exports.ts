import type { CodeKernels } from "./exports-codes.js";
import type { CsvKernels } from "./exports-csv.js";
import type { NetworkKernels } from "./exports-dense.js";
import type { ItemKernels } from "./exports-items.js";
import type { JsonKernels } from "./exports-json.js";
import type { KeyKernels } from "./exports-keys.js";
import type { LineKernels } from "./exports-lines.js";
import type { LogLossKernels } from "./exports-log-loss.js";
import type { MathKernels } from "./exports-math.js";
import type { MomentKernels } from "./exports-moments.js";
import type { NarrowKernels } from "./exports-narrow.js";
import type { NeighbourKernels } from "./exports-neighbours.js";
import type { OptimizerKernels } from "./exports-optimizers.js";
import type { ParquetKernels } from "./exports-parquet.js";
import type { ProfileKernels } from "./exports-profile.js";
import type { RankingKernels } from "./exports-ranking.js";
import type { RowKernels } from "./exports-rows.js";
import type { SparseKernels } from "./exports-sparse.js";
import type { EmbeddingKernels } from "./exports-tables.js";
import type { TextKernels } from "./exports-text.js";
import type { TrainingKernels } from "./exports-training.js";
import type { Xxh64Kernels } from "./exports-xxh64.js";

/** assembly/memory.ts */
export interface MemoryKernels {
  copy_bytes(out: number, src: number, length: number): void;
  fill_bytes(out: number, value: number, length: number): void;
  /** assembly/checksum.ts: 64 bits by which a change of u8[length] is noticed (not by an adversary); to be taken as unsigned. */
  checksum_u64(at: number, length: number): bigint;
}

/** Everything the module exports. Pointers are byte offsets into the memory; sizes count elements unless said otherwise. */
export type KernelExports = MemoryKernels &
  CodeKernels &
  CsvKernels &
  ItemKernels &
  LineKernels &
  JsonKernels &
  KeyKernels &
  SparseKernels &
  LogLossKernels &
  MathKernels &
  MomentKernels &
  NarrowKernels &
  NeighbourKernels &
  NetworkKernels &
  ParquetKernels &
  ProfileKernels &
  RankingKernels &
  RowKernels &
  TrainingKernels &
  OptimizerKernels &
  EmbeddingKernels &
  TextKernels &
  Xxh64Kernels;
