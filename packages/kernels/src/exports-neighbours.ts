/** assembly/neighbours.ts */
export interface NeighbourKernels {
  neighbour_blocks(out: number, vectors: number, n: number, d: number): void;
  neighbour_norms(out: number, blocks: number, n: number, d: number): void;
  nearest(
    ids: number,
    scores: number,
    found: number,
    k: number,
    from: number,
    to: number,
    blocks: number,
    d: number,
    query: number,
    norms: number,
    far: boolean | number,
  ): number;
}
