import { CrossbillError } from "@crossbill/messages";
import { Stage, type Team } from "../loop/stepper.js";
import type { BlockSource, SourceRows } from "../rows/block-source.js";
import { type PlannedBlock, rowsOf, type TrainPlan } from "../rows/plan.js";
import { type Block, DESCRIPTOR_WORDS, readDescriptor, shapeBound, shapeBytes, writeDescriptor } from "./block.js";
import type { BlockBuilder } from "./block-builder.js";
import { type Heap, share } from "./heap.js";
import { type Inputs, inputSizes } from "./inputs.js";
import type { Layout } from "./layout.js";

/** A round of fewer blocks for each member leaves too many of them waiting. */
const LEAST_BLOCKS = 2;

/** Most bytes each block of the plan can take. */
export function blockBounds(plan: TrainPlan, inputs: Inputs): number[] {
  const sizes = inputSizes(inputs);
  const known = new Map<string, number>();
  return plan.blocks.map((block, i) => {
    const { pairs } = block;
    const rows = rowsOf(block);
    const key = `${rows} ${pairs} ${i < plan.trainBlocks}`;
    const bytes = known.get(key) ?? shapeBytes(shapeBound(rows, sizes, pairs, i < plan.trainBlocks));
    known.set(key, bytes);
    return bytes;
  });
}

/**
 * Keeps blocks in the pool. Where all fit they are loaded once; else, whenever a block is missing, the pool is emptied and filled with what is used next.
 * All members call ensure() with the same blocks in the same order: each builds the next W-th part of a round, so that it reads no more of the packs than it needs.
 */
export class Loader {
  readonly #plan: TrainPlan;
  readonly #source: BlockSource;
  readonly #builder: BlockBuilder;
  readonly #bounds: readonly number[];
  readonly #layout: Layout;
  readonly #heap: Heap;
  readonly #team: Team;
  readonly #beat: () => void;
  readonly #stopped: () => boolean;
  readonly #loaded: Uint8Array;
  readonly #blocks: (Block | undefined)[] = [];
  #verified = false;
  #opened = -1;

  constructor(parts: {
    plan: TrainPlan;
    source: BlockSource;
    builder: BlockBuilder;
    bounds: readonly number[];
    layout: Layout;
    heap: Heap;
    team: Team;
    beat: () => void /** asked now and then: to give up loading */;
    stopped: () => boolean;
  }) {
    this.#plan = parts.plan;
    this.#source = parts.source;
    this.#builder = parts.builder;
    this.#bounds = parts.bounds;
    this.#layout = parts.layout;
    this.#heap = parts.heap;
    this.#team = parts.team;
    this.#beat = parts.beat;
    this.#stopped = parts.stopped;
    this.#loaded = new Uint8Array(parts.plan.blocks.length);
  }

  has(block: number): boolean {
    return this.#loaded[block] === 1;
  }

  /** The descriptor of a loaded block. */
  get(block: number): Block {
    const known = this.#blocks[block];
    if (known !== undefined) return known;
    const at = this.#layout.descriptors / 4 + DESCRIPTOR_WORDS * block;
    const read = readDescriptor(this.#heap.u32.subarray(at, at + DESCRIPTOR_WORDS));
    this.#blocks[block] = read;
    return read;
  }

  /**
   * Empties the pool and loads the longest run of `wanted` that surely fits (at least one). `giveUp` after it: some member was told to stop, nothing is loaded.
   * @throws E_CORRUPT for a pack that is not the manifest's, before anything of any pack is used
   */
  async load(wanted: Iterable<number>): Promise<{ readonly giveUp: boolean }> {
    if (!(await this.#verify())) return { giveUp: true };
    const { control, poolBytes } = this.#layout;
    const words = this.#heap.i32;
    this.#loaded.fill(0);
    this.#blocks.length = 0;
    this.#team.barrier(Stage.LOAD);
    if (this.#team.index === 0) {
      Atomics.store(words, control / 4, 0);
      Atomics.store(words, control / 4 + 1, 0);
    }
    this.#team.barrier(Stage.LOAD);
    const queue = wanted[Symbol.iterator]();
    let next = queue.next();
    for (let first = true; next.done !== true; first = false) {
      // Every member sees the same level here: nobody takes space between the two barriers.
      let room = poolBytes - 64 * Atomics.load(words, control / 4);
      this.#team.barrier(Stage.LOAD);
      const round: number[] = [];
      for (; next.done !== true && this.#bounds[next.value]! <= room; next = queue.next()) {
        round.push(next.value);
        room -= this.#bounds[next.value]!;
      }
      if (round.length === 0 || (!first && next.done !== true && round.length < LEAST_BLOCKS * this.#team.size)) break;
      await this.#loadRound(round);
      this.#team.barrier(Stage.LOADED);
      if (this.#givenUp()) return { giveUp: true };
      for (const block of round) this.#loaded[block] = 1;
    }
    return { giveUp: false };
  }

  /** The rows of a block as they stand in their pack. */
  async read(planned: PlannedBlock): Promise<SourceRows> {
    const { pack, from, to } = planned;
    if (this.#opened !== pack) {
      await this.#source.open(pack);
      this.#opened = pack;
    }
    const rows = await this.#source.read(from, to);
    const wanted = rowsOf(planned);
    if (rows.rows !== wanted) throw new CrossbillError("E_CORRUPT", `pack ${this.#plan.packs[pack]!.uri}: ${rows.rows} rows where ${wanted} are wanted`);
    return rows;
  }

  async #loadRound(round: readonly number[]): Promise<void> {
    const { blocks, trainBlocks } = this.#plan;
    const sorted = Uint32Array.from(round).sort();
    const { index: own, size } = this.#team;
    for (const index of sorted.subarray(share(sorted.length, own, size), share(sorted.length, own + 1, size))) {
      if (this.#giveUp()) return;
      const rows = await this.read(blocks[index]!);
      const at = this.#layout.descriptors / 4 + DESCRIPTOR_WORDS * index;
      writeDescriptor(this.#heap.u32.subarray(at, at + DESCRIPTOR_WORDS), this.#builder.build(rows, index < trainBlocks));
      this.#beat();
    }
  }

  /** Once: pack p is verified by member p mod W, and nobody parses before all are. False when it was given up. */
  async #verify(): Promise<boolean> {
    if (this.#verified) return true;
    for (let p = this.#team.index; p < this.#plan.packs.length && !this.#giveUp(); p += this.#team.size) {
      await this.#source.verify(p);
      this.#beat();
    }
    this.#team.barrier(Stage.VERIFY);
    this.#verified = !this.#givenUp();
    return this.#verified;
  }

  /** Whether this member was told to stop; all learn of it after the next barrier. */
  #giveUp(): boolean {
    if (!this.#stopped()) return false;
    Atomics.store(this.#heap.i32, this.#layout.control / 4 + 1, 1);
    return true;
  }

  #givenUp(): boolean {
    return Atomics.load(this.#heap.i32, this.#layout.control / 4 + 1) !== 0;
  }
}
