import { faultPoint, faultsArmed } from "@crossbill/storage";
import type { GangControl } from "./gang-control.js";

/** One thread of a gang, as its module sees it. */
export interface GangMember {
  /** In [0, size). */
  readonly index: number;
  /** Members of the gang (W). */
  readonly size: number;
  /**
   * Waits until all members have called it the same number of times: what each wrote into shared memory before, all see after. `stage` names the place for errors
   * and faults: CROSSBILL_FAULT=gang:stage2:throw strikes every member before a barrier of stage 2, gang-1:stage2:throw member 1 only, gang:*:sleep sleeps before every barrier.
   * @throws E_GANG_ABORTED when the gang was stopped: let it pass.
   */
  barrier(stage: number): void;
  /** Says "still working"; needed only by work that takes longer than the hang timeout between two barriers. */
  beat(): void;
  /** Whether the gang was stopped. */
  readonly aborted: boolean;
  /** 64 shared int32, zero at the start; the coordinator's onPoll sees them and may write them. Use Atomics. */
  readonly ints: Int32Array;
  /** 64 shared float64, zero at the start, for progress. */
  readonly floats: Float64Array;
}

/** What a gang's module exports as default. It runs once in every thread; what it returns (structured-cloned) is the member's result. */
export type GangMain<D = never, R = unknown> = (member: GangMember, data: D) => Promise<R> | R;

/** A member over its gang's control block. `spin`: looks at a barrier before sleeping. */
export function makeMember(control: GangControl, index: number, spin: number): GangMember {
  return {
    index,
    size: control.size,
    ints: control.ints,
    floats: control.floats,
    barrier(stage) {
      if (faultsArmed()) {
        faultPoint("gang", `stage${stage}`);
        faultPoint(`gang-${index}`, `stage${stage}`);
      }
      control.barrier(index, stage, spin);
    },
    beat() {
      control.beat(index);
    },
    get aborted() {
      return control.aborted;
    },
  };
}

/** What the coordinator sends to each thread. */
export interface GangMessage {
  readonly module: string;
  readonly data: unknown;
  readonly buffer: SharedArrayBuffer;
  readonly index: number;
  readonly size: number;
  readonly spin: number;
}
