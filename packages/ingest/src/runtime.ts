import { Arena, createKernelMemory, instantiateKernels, type KernelExports } from "@crossbill/kernels";

/** A kernel memory with its allocator: what one task works in. */
export interface Runtime {
  readonly arena: Arena;
  readonly kernels: KernelExports;
}

const INITIAL_BYTES = 2 ** 20;
const MAXIMUM_BYTES = 2 ** 32;

/** What tasks of one key leave in the memory for the next one. */
export interface Kept {
  readonly key: string;
}

/** A thread's memory: below `mark` lies what is kept. */
interface Own {
  readonly runtime: Runtime;
  readonly bottom: number;
  mark: number;
  kept: Kept | null;
}

let own: Own | undefined;

/** Runs `use` with this thread's memory; what it takes is free again afterwards. Not to be nested, and only one at a time in a thread. */
export async function withRuntime<T>(use: (runtime: Runtime) => Promise<T> | T): Promise<T> {
  return withOwn(({ runtime }) => use(runtime));
}

/**
 * As {@link withRuntime}, with what `make` made in the memory for this key: it stays there, below what other tasks take, until another key is asked for. So a thread has
 * one memory, whatever its tasks are.
 */
export async function withKept<K extends Kept, T>(
  key: string,
  make: (runtime: Runtime) => Promise<K> | K,
  use: (kept: K, runtime: Runtime) => Promise<T> | T,
): Promise<T> {
  return withOwn(async (mine) => {
    const { runtime, bottom } = mine;
    if (mine.kept?.key !== key) {
      mine.kept = null;
      mine.mark = bottom;
      runtime.arena.release(bottom);
      mine.kept = await make(runtime);
      mine.mark = runtime.arena.mark();
    }
    return use(mine.kept as K, runtime);
  });
}

async function withOwn<T>(use: (own: Own) => Promise<T> | T): Promise<T> {
  // Taken out while in use, so that a second task in this thread gets a memory of its own.
  const mine = own ?? makeOwn();
  own = undefined;
  try {
    return await use(mine);
  } finally {
    mine.runtime.arena.release(mine.mark);
    own = mine;
  }
}

function makeOwn(): Own {
  const runtime = makeRuntime();
  const bottom = runtime.arena.mark();
  return { runtime, bottom, mark: bottom, kept: null };
}

/** A memory of its own. */
export function makeRuntime(): Runtime {
  const memory = createKernelMemory(INITIAL_BYTES, MAXIMUM_BYTES);
  return { arena: new Arena(memory), kernels: instantiateKernels(memory) };
}
