import type { GangMember } from "@crossbill/tasks";

// W members sum fixed blocks in a fixed tree over shared memory: `values` float64, `partial` float64 (one a block), `out` float64.
export interface ReduceData {
  readonly values: SharedArrayBuffer;
  readonly partial: SharedArrayBuffer;
  readonly blocks: number;
  readonly rounds: number;
}

export default function reduce(member: GangMember, data: ReduceData): number {
  const values = new Float64Array(data.values);
  const partial = new Float64Array(data.partial);
  const { blocks, rounds } = data;
  const rows = values.length / blocks;
  const from = Math.floor((blocks * member.index) / member.size);
  const to = Math.floor((blocks * (member.index + 1)) / member.size);
  for (let round = 0; round < rounds; round++) {
    for (let b = from; b < to; b++) {
      let sum = 0;
      for (let i = b * rows; i < (b + 1) * rows; i++) sum += values[i]!;
      partial[b] = sum;
    }
    member.barrier(1);
    for (let step = 1; step < blocks; step *= 2) {
      const pairs = Math.ceil(blocks / (2 * step));
      for (let p = Math.floor((pairs * member.index) / member.size); p < Math.floor((pairs * (member.index + 1)) / member.size); p++) {
        const left = p * 2 * step;
        if (left + step < blocks) partial[left] = partial[left]! + partial[left + step]!;
      }
      member.barrier(2);
    }
    const mean = partial[0]! / values.length;
    // Nobody may overwrite what another still reads.
    member.barrier(3);
    for (let i = from * rows; i < to * rows; i++) values[i] = values[i]! * 0.9 + mean;
    if (member.index === 0) member.floats[0] = round + 1;
    member.barrier(4);
  }
  return partial[0]!;
}
