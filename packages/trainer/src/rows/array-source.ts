import type { PackPairs } from "@crossbill/ingest";
import type { BlockSource, SourceRows } from "./block-source.js";

/** Rows held in arrays instead of packs; on shared buffers they reach every thread without a copy. */
export interface ArrayPack {
  readonly label: Float64Array;
  /** f64[rows][K], where labels are vectors. */
  readonly labels?: Float64Array;
  readonly weight: Float64Array;
  readonly ids: Readonly<Record<string, Uint32Array>>;
  readonly numbers: Readonly<Record<string, Float64Array>>;
  readonly pairs?: Readonly<Record<string, PackPairs>>;
}

/** A source over `packs`, one for each pack of the plan. */
export function arraySource(packs: readonly ArrayPack[]): BlockSource {
  let pack: ArrayPack | undefined;
  return {
    verify: () => Promise.resolve(),
    open(index) {
      pack = packs[index];
      return Promise.resolve();
    },
    read(from, to): Promise<SourceRows> {
      const opened = pack as ArrayPack;
      return Promise.resolve({
        rows: to - from,
        label: opened.label.subarray(from, to),
        labels: vectors(opened, from, to),
        weight: opened.weight.subarray(from, to),
        ids: (column) => (opened.ids[column] as Uint32Array).subarray(from, to),
        numbers: (column) => (opened.numbers[column] as Float64Array).subarray(from, to),
        pairs(column) {
          const { offsets, ids, values } = opened.pairs![column]!;
          const [first, end] = [offsets[from]!, offsets[to]!];
          return { offsets: offsets.subarray(from, to + 1), ids: ids.subarray(first, end), values: values?.subarray(first, end) ?? null };
        },
      });
    },
  };
}

function vectors({ label, labels }: ArrayPack, from: number, to: number): Float64Array | null {
  if (labels === undefined) return null;
  const K = labels.length / label.length;
  return labels.subarray(from * K, to * K);
}
