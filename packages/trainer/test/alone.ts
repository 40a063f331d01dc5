import { type GangMain, type GangMember, type GangOptions, runGang } from "@crossbill/tasks";
import { ABORT_INT, Progress } from "../dist/loop/protocol.js";

/**
 * Runs a gang of one in this thread: starting a thread takes longer than a small training. Gangs of several, and what is about threads (faults, stops, progress),
 * have their threads.
 */
export async function alone<R>(options: GangOptions): Promise<R[]> {
  if (options.workers > 1) return runGang<R>(options);
  return runHere<R>(options, () => undefined);
}

/** A gang of one in this thread that is asked to stop when so many blocks are done: always at the same place. */
export function stoppedAt(step: number): typeof runGang {
  return <R>(options: GangOptions): Promise<R[]> =>
    runHere<R>(options, ({ ints, floats }) => {
      if (floats[Progress.STEP]! >= step) ints[ABORT_INT] = 1;
    });
}

async function runHere<R>(options: GangOptions, atBarrier: (member: Pick<GangMember, "ints" | "floats">) => void): Promise<R[]> {
  const { default: main } = (await import(String(options.module))) as { default: GangMain<unknown, R> };
  const member = {
    index: 0,
    size: 1,
    ints: new Int32Array(64),
    floats: new Float64Array(64),
    barrier: () => atBarrier(member),
    beat: () => undefined,
    aborted: false,
  };
  return [structuredClone(await main(member, structuredClone(options.data)))];
}
