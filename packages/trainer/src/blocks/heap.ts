/** Views over a whole kernel memory that never grows; index = byte offset / element size. */
export interface Heap {
  readonly memory: WebAssembly.Memory;
  readonly u8: Uint8Array;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
}

export function heapOf(memory: WebAssembly.Memory): Heap {
  const { buffer } = memory;
  return {
    memory,
    u8: new Uint8Array(buffer),
    i32: new Int32Array(buffer),
    u32: new Uint32Array(buffer),
    f32: new Float32Array(buffer),
    f64: new Float64Array(buffer),
  };
}

/** The i-th of `parts` shares of n things begins here: floor(n i / parts). */
export function share(n: number, i: number, parts: number): number {
  return Math.floor((n * i) / parts);
}
