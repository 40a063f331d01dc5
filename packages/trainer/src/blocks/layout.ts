import { CrossbillError } from "@crossbill/messages";
import { squareChunks } from "../optimizers/square-chunks.js";
import { CONTROL_WORDS, DESCRIPTOR_WORDS, type Shape, shapeBytes } from "./block.js";

/** Bytes left alone at the start of every kernel memory. */
const RESERVED = 65536;
/** The largest table whose slots are ids: a larger one falls out of a core's cache, and hashing is faster. */
const DIRECT_IDS = 2 ** 18;
/** Room for blocks that are used once: memory that was touched before is much faster than new memory. */
const ONCE_BYTES = 2 ** 24;
/** Blocks of a member that fit at least. */
const ONCE_BLOCKS = 4;
/** The largest memory asked for; a WebAssembly memory ends at 4 GiB. */
export const MAX_MEMORY_BYTES = 3.5 * 2 ** 30;

/** Byte offsets of everything in the one shared memory of a training run. */
export interface Layout {
  readonly bytes: number;
  /** int32[CONTROL_WORDS] */
  readonly control: number;
  /** K: linear functions that are trained, each with a state and places of its own; see {@link layoutOf}. */
  readonly outputs: number;
  /** float32 of state that a feature has. */
  readonly words: number;
  /** f32[K][words (F + 1)]: the optimiser's state, interleaved; feature F is the intercept. */
  readonly state: number;
  /** The same, at the best step (or the last: then it may be the same place). */
  readonly best: number;
  /** u32[K][F + 1], or 0: the step in which a feature was last touched (penalties that are applied to what is touched). */
  readonly last: number;
  /** f64[steps + 1]: weight of all examples before each step. */
  readonly seen: number;
  /** f64[steps + 1]: time of the penalties before each step (see Optimizer.tick). */
  readonly clock: number;
  /** f32[K][U]: gathered weights of the current block; f32[K][D]: of its dense inputs. */
  readonly w: number;
  readonly denseW: number;
  /** u32[D]: features of the dense inputs. f64[K][D]: their gradients. */
  readonly denseIds: number;
  readonly denseGradients: number;
  /** f64[K][B]; f64[chunks] each. */
  readonly residual: number;
  readonly losses: number;
  readonly weightSums: number;
  /** u32[K], u8[K], f64[K]: the classes that the current block is trained on, where they are sampled. */
  readonly active: number;
  readonly sampled: number;
  readonly corrections: number;
  /** Of clipping (nothing has room without it): f64[K][U] gradients; f64[K][chunks of U, then of D][groups] squares; u32[groups] first features; f64[W][groups] factors. */
  readonly clip: {
    readonly gradients: number;
    readonly squares: number;
    readonly starts: number;
    readonly factors: number;
    readonly groups: number;
    /** Chunks of U. */
    readonly chunks: number;
  };
  /** Of gradient norms: f64[chunks of U + 1] squares (the last of dense inputs), u32[1], which is 0: the one group of features begins with the first. */
  readonly norm: { readonly squares: number; readonly starts: number; readonly chunks: number };
  /** f64[W]: one number of each member. */
  readonly counts: number;
  /** Labels, weights and scores of the validation rows, where a metric is made of them (see ValidationScores). */
  readonly scores: number;
  /** u32[blocks * DESCRIPTOR_WORDS] */
  readonly descriptors: number;
  /** Scratch of member m for building blocks: scratch + m * scratchBytes. */
  readonly scratch: number;
  readonly scratchBytes: number;
  /** Hash tables of a scratch have 2^tableBits entries. */
  readonly tableBits: number;
  /** Entries of a scratch's table: ids of columns of at most so many are their own slots in it. */
  readonly tableSize: number;
  /** Member m's record batch of a pack: room + m * roomBytes. */
  readonly room: number;
  readonly roomBytes: number;
  /** Where the network lies, and what a checkpoint holds of it at most. */
  readonly network: number;
  readonly networkStateBytes: number;
  /** Where loaded blocks lie: [pool, pool + poolBytes). */
  readonly pool: number;
  readonly poolBytes: number;
  /** Bytes from one output's place to the next one's. */
  readonly strides: {
    readonly state: number;
    readonly last: number;
    readonly w: number;
    readonly denseW: number;
    readonly denseGradients: number;
    readonly residual: number;
    readonly gradients: number;
    readonly squares: number;
  };
}

export interface LayoutNeeds {
  /** F + 1 */
  readonly parameters: number;
  /** K; default 1. */
  readonly outputs?: number;
  readonly steps: number;
  /** The largest block. */
  readonly largest: Shape;
  readonly blocks: number;
  /** Bytes of all blocks at most. */
  readonly allBlocksBytes: number;
  readonly members: number;
  /** Ids of each column that is assigned by itself; default: none. */
  readonly columnSizes?: readonly number[];
  /** For a record batch of a pack, for each member; default 0. */
  readonly roomBytes?: number;
  /** float64 that a metric keeps of the validation rows; default 0. */
  readonly scoreNumbers?: number;
  readonly touched: boolean;
  /** The last step is kept, whatever comes: its state stays where it is. */
  readonly keepsLast?: boolean;
  /** Every block is used once. */
  readonly once?: boolean;
  /** float32 of state that a feature has; default 2. */
  readonly words?: number;
  /** Groups of gradients whose norms are clipped (0: values are); default null, nothing is clipped. */
  readonly clipGroups?: number | null;
  /** Of a network beside; default none. */
  readonly network?: { readonly bytes: number; readonly stateBytes: number };
  readonly memoryBytes: number;
}

/**
 * Places everything. The pool takes what is left under min(memoryBytes, 3.5 GiB), but never more than all blocks need.
 * @throws E_MEMORY when not even one block fits beside the state.
 */
export function planLayout(needs: LayoutNeeds): Layout {
  const { rows, width, distinct, dense } = needs.largest;
  // At least twice as many entries as distinct ids: 2^(ceil(log2 n) + 1).
  const tableBits = Math.max(4, 33 - Math.clz32(Math.max(1, needs.largest.perColumn) - 1));
  const direct = (needs.columnSizes ?? []).filter((size) => size <= DIRECT_IDS);
  const tableSize = direct.reduce((most, size) => Math.max(most, size), 2 ** tableBits);
  const roomBytes = 64 * Math.ceil((needs.roomBytes ?? 0) / 64);
  let top = RESERVED;
  const take = (bytes: number): number => {
    const at = top;
    top += Math.ceil(Math.max(bytes, 8) / 64) * 64;
    return at;
  };
  const chunks = Math.ceil(rows / 64);
  const { outputs = 1, words = 2 } = needs;
  const clipped = (needs.clipGroups ?? null) !== null;
  const groups = needs.clipGroups ?? 0;
  const strides = {
    state: 4 * words * needs.parameters,
    last: 4 * needs.parameters,
    w: 4 * distinct,
    denseW: 4 * dense,
    denseGradients: 8 * dense,
    residual: 8 * rows,
    gradients: clipped ? 8 * distinct : 0,
    squares: clipped ? 8 * groups * (squareChunks(distinct) + squareChunks(dense)) : 0,
  };
  const entries = needs.largest.entries ?? rows * width;
  const scratchBytes = 64 * Math.ceil((4 * (entries + 2 * (distinct + 1) + Math.max(rows, needs.largest.entries ?? 0) + tableSize) + 512) / 64);
  const control = take(4 * CONTROL_WORDS);
  const state = take(outputs * strides.state);
  const fixed = {
    control,
    state,
    best: needs.keepsLast === true ? state : take(outputs * strides.state),
    last: needs.touched ? take(outputs * strides.last) : 0,
    seen: take(8 * (needs.steps + 1)),
    clock: take(8 * (needs.steps + 1)),
    w: take(outputs * strides.w),
    denseW: take(outputs * strides.denseW),
    denseIds: take(4 * dense),
    denseGradients: take(outputs * strides.denseGradients),
    residual: take(outputs * strides.residual),
    losses: take(8 * chunks),
    weightSums: take(8 * chunks),
    active: take(4 * outputs),
    sampled: take(outputs),
    corrections: take(8 * outputs),
    clip: {
      gradients: take(outputs * strides.gradients),
      squares: take(outputs * strides.squares),
      starts: take(4 * groups),
      factors: take(8 * groups * needs.members),
      groups,
      chunks: squareChunks(distinct),
    },
    norm: { squares: take(8 * (squareChunks(distinct) + 1)), starts: take(4), chunks: squareChunks(distinct) },
    counts: take(8 * needs.members),
    scores: take(8 * (needs.scoreNumbers ?? 0)),
    descriptors: take(4 * DESCRIPTOR_WORDS * needs.blocks),
    scratch: take(scratchBytes * needs.members),
    room: take(roomBytes * needs.members),
    network: take(needs.network?.bytes ?? 0),
    networkStateBytes: needs.network?.stateBytes ?? 0,
  };
  const one = shapeBytes(needs.largest);
  const limit = Math.min(needs.memoryBytes, MAX_MEMORY_BYTES);
  const wanted = needs.once === true ? Math.min(needs.allBlocksBytes, Math.max(ONCE_BYTES, ONCE_BLOCKS * needs.members * one)) : needs.allBlocksBytes;
  // One block is always granted: less memory than that would not train at all.
  const poolBytes = Math.max(one, Math.min(wanted, limit - top));
  if (top + poolBytes > MAX_MEMORY_BYTES) {
    throw new CrossbillError(
      "E_MEMORY",
      `training needs ${top + one} bytes (${outputs * needs.parameters} parameters with their state, one block of ${rows} rows); at most ${MAX_MEMORY_BYTES} are possible: use fewer features or a smaller batchSize`,
    );
  }
  return { ...fixed, outputs, words, strides, scratchBytes, tableBits, tableSize, roomBytes, pool: top, poolBytes, bytes: top + poolBytes };
}

/** Bytes of all that a checkpoint holds at most. */
export function stateBytes({ outputs, strides, networkStateBytes }: Layout): number {
  return 2 * outputs * strides.state + networkStateBytes;
}

/** The layout as output k has it: its own state and places. */
export function layoutOf(layout: Layout, k: number): Layout {
  const { strides } = layout;
  return {
    ...layout,
    state: layout.state + k * strides.state,
    best: layout.best + k * strides.state,
    last: layout.last === 0 ? 0 : layout.last + k * strides.last,
    w: layout.w + k * strides.w,
    denseW: layout.denseW + k * strides.denseW,
    denseGradients: layout.denseGradients + k * strides.denseGradients,
    residual: layout.residual + k * strides.residual,
    clip: { ...layout.clip, gradients: layout.clip.gradients + k * strides.gradients, squares: layout.clip.squares + k * strides.squares },
  };
}
