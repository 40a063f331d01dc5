import { Arena, buildBlockTwin, createKernelMemory, instantiateKernels, type KernelExports, type TwinBlock } from "@crossbill/kernels";

/** A kernel memory with the kernels over it. */
export function bench(bytes = 2 ** 20): { arena: Arena; kernels: KernelExports } {
  const memory = createKernelMemory(bytes, 2 ** 28);
  return { arena: new Arena(memory), kernels: instantiateKernels(memory) };
}

/** Seeded integers, good enough for tests (mulberry32). */
export function random(seed: number): () => number {
  let a = seed | 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function columnsOf(next: () => number, rows: number, sizes: readonly number[]): { ids: Uint32Array; offset: number; size: number }[] {
  let offset = 0;
  return sizes.map((size) => {
    const column = { ids: Uint32Array.from({ length: rows }, () => Math.floor(next() * next() * size)), offset, size };
    offset += size;
    return column;
  });
}

/** Puts typed arrays into the memory; returns their offsets. */
export function put(arena: Arena, array: Uint32Array | Uint16Array | Float32Array | Float64Array): number {
  const at = arena.take(Math.max(8, array.byteLength));
  new Uint8Array(arena.memory.buffer, at, array.byteLength).set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  return at;
}

/** A twin's block in the memory, ids as u16 or (wide) u32. */
export function putBlock(arena: Arena, block: TwinBlock, wide: boolean) {
  const ids = (a: Uint32Array) => put(arena, wide ? a : Uint16Array.from(a));
  return {
    uniq: put(arena, block.uniq),
    rowOffsets: put(arena, block.rowOffsets),
    local: ids(block.local),
    offsets: put(arena, block.offsets),
    rowsOf: ids(block.rowsOf),
    values: block.values === null ? 0 : put(arena, block.values),
    valuesOf: block.valuesOf === null ? 0 : put(arena, block.valuesOf),
  };
}

export function randomBlock(seed: number, rows: number, sizes: readonly number[]): TwinBlock {
  return buildBlockTwin(columnsOf(random(seed), rows, sizes), rows);
}
