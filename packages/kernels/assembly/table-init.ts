// First vectors of tables: pure functions of (seed, table, row, element). Element e of a row is made of word e mod 4 of philox((row, 0, e div 4, index), (seed0, seed1)), u = (word + 1/2) / 2^32.
import { normal_quantile } from "./lib/normal";
import { philox_x4 } from "./lib/philox";

/** Normal distribution function at -2. */
const TAIL: f64 = 0.022750131948179195;

const UNIFORM: u32 = 2;
const NORMAL: u32 = 3;
const TRUNCATED: u32 = 4;

// @ts-ignore: decorator
@inline
function drawn(kind: u32, word: u32, scale: f64): f32 {
  const u = (<f64>word + 0.5) / 4294967296;
  if (kind == UNIFORM) return <f32>(scale * (2 * u - 1));
  if (kind == NORMAL) return <f32>(scale * normal_quantile(u));
  if (kind == TRUNCATED) return <f32>(scale * normal_quantile(TAIL + u * (1 - 2 * TAIL)));
  return 0;
}

/**
 * w[e] for e < d of rows [from, to) of a table (rows of `words` f32), padding up to V is 0. kind (InitializerSpec.Kind): ZEROS 1; UNIFORM 2, scale (2 u - 1); NORMAL 3, scale times the normal quantile of u;
 * TRUNCATED_NORMAL 4, the same of a normal within two deviations (the quantile of F(-2) + u (1 - 2 F(-2))). index: of the table; scratch u32[16].
 */
export function table_init(from: u32, to: u32, d: u32, V: u32, table: usize, words: u32, kind: u32, scale: f64, index: u32, seed0: u32, seed1: u32, scratch: usize): void {
  for (let row: u32 = from; row < to; row++) {
    const at = table + ((<usize>row * <usize>words) << 2);
    for (let e: u32 = 0; e < V; e += 16) {
      const group = e >> 2;
      philox_x4(scratch, 16, i32x4.splat(row), i32x4.splat(0), i32x4.add(i32x4.splat(group), i32x4(0, 1, 2, 3)), i32x4.splat(index), seed0, seed1);
      const end = min<u32>(V - e, 16);
      for (let j: u32 = 0; j < end; j++) {
        const word = load<u32>(scratch + (<usize>(j & 3) << 4) + (<usize>(j >> 2) << 2));
        store<f32>(at + (<usize>(e + j) << 2), e + j < d ? drawn(kind, word, scale) : 0);
      }
    }
  }
}
