import { type GangMain, type GangOptions, runGang } from "@crossbill/tasks";

/**
 * Runs a gang of one in this thread: starting a thread takes longer than a small training. Gangs of several, and what is about threads (faults, stops, progress),
 * have their threads.
 */
export async function alone<R>(options: GangOptions): Promise<R[]> {
  if (options.workers > 1) return runGang<R>(options);
  const { default: main } = (await import(String(options.module))) as { default: GangMain<unknown, R> };
  const member = {
    index: 0,
    size: 1,
    ints: new Int32Array(64),
    floats: new Float64Array(64),
    barrier: () => undefined,
    beat: () => undefined,
    aborted: false,
  };
  return [structuredClone(await main(member, structuredClone(options.data)))];
}
