import { CrossbillError } from "@crossbill/messages";

// The control block of a gang of W members, one SharedArrayBuffer. What different threads write often lies 64 bytes (a cache line) apart.
//   int32 [0] arrived at the barrier   [16] generation of the barrier   [32] sleepers   [48] abort flag
//   from int32 [64]: 64 int32 for progress; from byte 512: 64 float64 for progress; from byte 1024: 64 bytes a member: beats, state, stage
const ARRIVED = 0;
const GENERATION = 16;
const SLEEPERS = 32;
const ABORTED = 48;
const INTS = 64;
const FLOATS_BYTE = 512;
const MEMBERS = 256;
const MEMBER_INTS = 16;
const BEATS = 0;
const STATE = 1;
const STAGE = 2;

/** Numbers of progress slots of each type. */
export const PROGRESS_SLOTS = 64;

/** Between two looks at the abort flag a sleeping member sleeps at most so long. Milliseconds. */
const SLEEP_MS = 100;

/** What a member does, as it writes into its own line. */
export const MemberState = { STARTING: 0, RUNNING: 1, WAITING: 2, DONE: 3 } as const;

/** Views on a gang's shared block; the same class is used by the coordinator and, over the same buffer, by every member. */
export class GangControl {
  readonly buffer: SharedArrayBuffer;
  readonly size: number;
  /** 64 shared numbers for progress and requests between coordinator and members; all zero at the start. Read and written with Atomics. */
  readonly ints: Int32Array;
  /** 64 shared float64 for progress; all zero at the start. One writer each. */
  readonly floats: Float64Array;
  readonly #words: Int32Array;

  constructor(size: number, buffer: SharedArrayBuffer = new SharedArrayBuffer(4 * (MEMBERS + MEMBER_INTS * size))) {
    this.size = size;
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
    this.ints = new Int32Array(buffer, 4 * INTS, PROGRESS_SLOTS);
    this.floats = new Float64Array(buffer, FLOATS_BYTE, PROGRESS_SLOTS);
  }

  get aborted(): boolean {
    return Atomics.load(this.#words, ABORTED) !== 0;
  }

  /** Makes every member leave at its next barrier, or the one it waits at. */
  abort(): void {
    Atomics.store(this.#words, ABORTED, 1);
    Atomics.notify(this.#words, GENERATION);
  }

  beat(member: number): void {
    Atomics.add(this.#words, MEMBERS + MEMBER_INTS * member + BEATS, 1);
  }

  beats(member: number): number {
    return Atomics.load(this.#words, MEMBERS + MEMBER_INTS * member + BEATS);
  }

  state(member: number): number {
    return Atomics.load(this.#words, MEMBERS + MEMBER_INTS * member + STATE);
  }

  setState(member: number, state: number): void {
    Atomics.store(this.#words, MEMBERS + MEMBER_INTS * member + STATE, state);
  }

  /** The stage of the last barrier the member came to; -1 before the first. */
  stage(member: number): number {
    return Atomics.load(this.#words, MEMBERS + MEMBER_INTS * member + STAGE) - 1;
  }

  /** Members that wait at the barrier now. */
  get arrived(): number {
    return Atomics.load(this.#words, ARRIVED);
  }

  /**
   * Returns when all members have come. What any of them wrote before is seen by all of them after.
   * Looks `spin` times before it sleeps. @throws E_GANG_ABORTED
   */
  barrier(member: number, stage: number, spin: number): void {
    const words = this.#words;
    const own = MEMBERS + MEMBER_INTS * member;
    Atomics.store(words, own + STAGE, stage + 1);
    Atomics.store(words, own + STATE, MemberState.WAITING);
    this.#throwIfAborted();
    // Read before arriving: the generation cannot advance until this member has arrived.
    const generation = Atomics.load(words, GENERATION);
    if (Atomics.add(words, ARRIVED, 1) === this.size - 1) {
      // Reset before the release: a released member may arrive at the next barrier at once.
      Atomics.store(words, ARRIVED, 0);
      Atomics.add(words, GENERATION, 1);
      // A member that is about to sleep has either counted itself already, or finds the new generation and does not sleep.
      if (Atomics.load(words, SLEEPERS) > 0) Atomics.notify(words, GENERATION);
    } else {
      for (let i = 0; i < spin && Atomics.load(words, GENERATION) === generation; i++);
      while (Atomics.load(words, GENERATION) === generation) {
        this.#throwIfAborted();
        Atomics.add(words, SLEEPERS, 1);
        Atomics.wait(words, GENERATION, generation, SLEEP_MS);
        Atomics.sub(words, SLEEPERS, 1);
      }
    }
    Atomics.store(words, own + STATE, MemberState.RUNNING);
    this.beat(member);
  }

  #throwIfAborted(): void {
    if (this.aborted) throw new CrossbillError("E_GANG_ABORTED", "the gang was stopped: another member failed, or stopping was asked for");
  }
}
