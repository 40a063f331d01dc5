import { fingerprintCat64 } from "./fingerprint.js";

/** (id, value) pairs of one row. */
export interface Pairs {
  readonly ids: number[];
  readonly values: number[];
}

/** Slow twin of lists_combine for one row that is not missing: in order of ids, those of equal id as one with the sum of their values in their order; once: 1. */
export function combinePairs(pairs: Pairs, once: boolean): Pairs {
  const sums = new Map<number, number>();
  pairs.ids.forEach((id, i) => {
    const before = sums.get(id);
    sums.set(id, once ? 1 : before === undefined ? pairs.values[i]! : before + pairs.values[i]!);
  });
  const ids = [...sums.keys()].sort((a, b) => a - b);
  return { ids, values: ids.map((id) => sums.get(id)!) };
}

/** Keys of one input of a cross in one row, with their values: ids, or fingerprints of raw fields. */
export interface CrossInput {
  readonly keys: readonly bigint[];
  readonly values: readonly number[];
  /** Of an exact cross. */
  readonly radix: number;
}

const CROSS_KEY = 0xdecafcaffen;

/** Slow twin of lists_cross and lists_cross_ids for one row: every combination, the first input leading. buckets 0: exact. */
export function crossPairs(inputs: readonly CrossInput[], buckets: number, salt: number): Pairs {
  let states = [{ state: buckets === 0 ? 0n : CROSS_KEY + BigInt(salt), present: false, value: 1 }];
  for (const { keys, values, radix } of inputs) {
    states = states.flatMap(({ state, present, value }) =>
      keys.map((key, k) => ({
        state: buckets === 0 ? state * BigInt(radix) + key : fingerprintCat64(state, key),
        present: present || key !== 0n,
        value: value * values[k]!,
      })),
    );
  }
  return {
    ids: states.map(({ state, present }) => (!present ? 0 : buckets === 0 ? Number(state) : 1 + Number(state % BigInt(buckets)))),
    values: states.map(({ value }) => value),
  };
}
