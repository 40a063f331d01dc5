import { Arena, createKernelMemory, instantiateKernels, type KernelExports, MAX_PAGES, PAGE_BYTES } from "@crossbill/kernels";

/** Rows a kernel call takes: long enough to be worth one, short enough that the engine soon runs its optimised code. */
const CHUNK = 16384;
const DIGIT_BITS = 11;
const COUNTERS = 3 << DIGIT_BITS;

/** Distinct scores, falling, with how many records of each label have them; the arrays are views that go stale with the next batch. */
export interface CountedBatch {
  readonly size: number;
  readonly thresholds: Float64Array;
  readonly positives: Uint32Array;
  readonly negatives: Uint32Array;
}

interface Space {
  readonly arena: Arena;
  readonly kernels: KernelExports;
}

/** The last memory, for the next call while nobody needed its bytes back. */
let kept: WeakRef<Space> | undefined;

/**
 * Rows of each label sorted by score in a kernel memory: 16 bytes a row, 32 with weights.
 * Radix sort of the 33 bits below what all keys share, then of runs that are equal in these.
 */
export class SortedRows {
  /** Distinct scores a batch has at most. */
  static readonly BATCH = CHUNK;
  private readonly arena: Arena;
  private readonly kernels: KernelExports;
  private readonly state: number;
  private readonly width: number;
  /** Of label 1, then of label 0: where its records lie, and how many. */
  private readonly lists: readonly { readonly at: number; readonly n: number }[];

  private constructor(space: Space, state: number, width: number, lists: SortedRows["lists"]) {
    this.arena = space.arena;
    this.kernels = space.kernels;
    this.state = state;
    this.width = width;
    this.lists = lists;
  }

  /** @returns null when a label, score or weight is none, or the rows are too many for a kernel memory */
  static of(labels: ArrayLike<number>, scores: ArrayLike<number>, weights: ArrayLike<number> | undefined): SortedRows | null {
    const n = labels.length;
    const width = weights === undefined ? 8 : 16;
    const space = spaceOf(2 * (n + 2) * width + CHUNK * 32 + COUNTERS * 4 + 2 ** 16);
    if (space === null) return null;
    const { arena, kernels } = space;
    const state = arena.take(8);
    const counts = arena.take(COUNTERS * 4);
    const stage = { labels: arena.take(CHUNK), scores: arena.take(CHUNK * 8), weights: weights === undefined ? 0 : arena.take(CHUNK * 8) };
    const records = [arena.take((n + 2) * width), arena.take((n + 2) * width)] as const;
    arena.u32(state, 2).fill(0);
    for (let from = 0; from < n; from += CHUNK) {
      const size = Math.min(CHUNK, n - from);
      if (!stageLabels(arena.u8(stage.labels, size), labels, from)) return null;
      stageNumbers(arena.f64(stage.scores, size), scores, from);
      if (weights !== undefined) stageNumbers(arena.f64(stage.weights, size), weights, from);
      if (kernels.ranking_split_f64(records[0], records[1], state, stage.scores, stage.weights, stage.labels, size) === 0) return null;
    }
    const [positives, negatives] = arena.u32(state, 2) as unknown as [number, number];
    // The records of label 0 move behind those of label 1; what is left of both rooms is the spare one.
    kernels.copy_bytes(records[0] + positives * width, records[1], negatives * width);
    const lists = [
      { at: records[0], n: positives },
      { at: records[0] + positives * width, n: negatives },
    ];
    for (const list of lists) sortRecords(kernels, list.at, list.n, records[1], counts, width);
    return new SortedRows(space, state, width, lists);
  }

  /** Calls `visit` with batch after batch, by falling score. */
  eachBatch(visit: (batch: CountedBatch) => void): void {
    const { arena, kernels, state, width } = this;
    const [p, q] = this.lists as [(typeof this.lists)[0], (typeof this.lists)[0]];
    const mark = arena.mark();
    const [thresholds, positives, negatives] = [arena.take(CHUNK * 8), arena.take(CHUNK * 4), arena.take(CHUNK * 4)] as const;
    const views = { thresholds: arena.f64(thresholds, CHUNK), positives: arena.u32(positives, CHUNK), negatives: arena.u32(negatives, CHUNK) };
    arena.u32(state, 2).set([p.n, q.n]);
    for (;;) {
      const size = kernels.ranking_merge_u64(thresholds, positives, negatives, CHUNK, state, p.at, q.at, width);
      if (size === 0) break;
      visit({ size, ...views });
    }
    arena.release(mark);
  }

  /** The records of a label as numbers: their weights stand at odd indices, by rising score. */
  records(label: 0 | 1): Float64Array {
    const list = this.lists[1 - label]!;
    return this.arena.f64(list.at, list.n * 2);
  }
}

/** Sorts records at `at`, as {@link KernelExports.sort_u64} does, part by part. */
function sortRecords(kernels: KernelExports, at: number, n: number, spare: number, counts: number, width: number): void {
  const parts = (step: (from: number, size: number) => void): void => {
    for (let from = 0; from < n; from += CHUNK) step(from, Math.min(CHUNK, n - from));
  };
  let top = 0;
  parts((from, size) => {
    top = Math.max(top, kernels.sort_varying_u64(at + from * width, width, size, at));
  });
  const shift = Math.max(0, top - 3 * DIGIT_BITS);
  kernels.fill_bytes(counts, 0, COUNTERS * 4);
  parts((from, size) => kernels.sort_count_u64(counts, at + from * width, width, size, shift, DIGIT_BITS));
  let [here, there] = [at, spare];
  for (let digit = 0; digit < 3; digit++) {
    const starts = counts + digit * (4 << DIGIT_BITS);
    if (kernels.sort_starts_u32(starts, DIGIT_BITS) === 0) continue;
    parts((from, size) => kernels.sort_scatter_u64(there, starts, here + from * width, width, size, shift + digit * DIGIT_BITS, DIGIT_BITS));
    [here, there] = [there, here];
  }
  if (here !== at) kernels.copy_bytes(at, here, n * width);
  if (shift === 0) return;
  for (let from = 0; from < n; ) from = kernels.sort_runs_u64(at, spare, counts, width, from, Math.min(n, from + CHUNK), n, shift);
}

function spaceOf(bytes: number): Space | null {
  const pages = Math.ceil(bytes / PAGE_BYTES) + 1;
  if (pages > MAX_PAGES) return null;
  const last = kept?.deref();
  if (last !== undefined && last.arena.memory.buffer.byteLength >= pages * PAGE_BYTES) {
    last.arena.release(PAGE_BYTES);
    return last;
  }
  try {
    const memory = createKernelMemory(pages * PAGE_BYTES);
    const space = { arena: new Arena(memory), kernels: instantiateKernels(memory) };
    kept = new WeakRef(space);
    return space;
  } catch (error) {
    if (error instanceof RangeError) return null; // the machine has no room for such a memory
    throw error;
  }
}

/** False where a label is neither 0 nor 1. */
function stageLabels(out: Uint8Array, labels: ArrayLike<number>, from: number): boolean {
  let right = true;
  for (let i = 0; i < out.length; i++) {
    const y = labels[from + i];
    out[i] = y!;
    right &&= y === 0 || y === 1;
  }
  return right;
}

/** What is no number becomes NaN. */
function stageNumbers(out: Float64Array, numbers: ArrayLike<number>, from: number): void {
  if (numbers instanceof Float64Array || numbers instanceof Float32Array) {
    out.set(numbers.subarray(from, from + out.length));
    return;
  }
  for (let i = 0; i < out.length; i++) {
    const x = numbers[from + i];
    out[i] = typeof x === "number" ? x : NaN;
  }
}
