import { Arena, createKernelMemory, instantiateKernels, type KernelExports } from "@crossbill/kernels";

/** A kernel memory with its allocator: what one task works in. */
export interface Runtime {
  readonly arena: Arena;
  readonly kernels: KernelExports;
}

const INITIAL_BYTES = 2 ** 20;
const MAXIMUM_BYTES = 2 ** 32;

let runtime: Runtime | undefined;

/** Runs `use` with this thread's memory; what it takes is free again afterwards. Not to be nested, and only one at a time in a thread. */
export async function withRuntime<T>(use: (runtime: Runtime) => Promise<T> | T): Promise<T> {
  // Taken out while in use, so that a second task in this thread gets a memory of its own.
  const mine = runtime ?? makeRuntime();
  runtime = undefined;
  const mark = mine.arena.mark();
  try {
    return await use(mine);
  } finally {
    mine.arena.release(mark);
    runtime = mine;
  }
}

/** A memory of its own. */
export function makeRuntime(): Runtime {
  const memory = createKernelMemory(INITIAL_BYTES, MAXIMUM_BYTES);
  return { arena: new Arena(memory), kernels: instantiateKernels(memory) };
}
