// Exact sums of log-losses: see src/exports-log-loss.ts.
import { log1pNegative_f64x2, log_f64x2 } from "./lib/math-simd";

const CLIP: f64 = 2.220446049250313e-16;

export function log_loss_f64(sums: usize, scratch: usize, probabilities: usize, labels: usize, n: u32): u32 {
  // Those of label 1 from below, those of label 0 behind them, each with room to be made even.
  let ones = scratch;
  const second = scratch + (<usize>(n + 1) << 3);
  let zeros = second;
  let right = true;
  for (let i: usize = 0; i < <usize>n; i++) {
    const given = load<f64>(probabilities + (i << 3));
    const label = <usize>load<u8>(labels + i);
    right = right && given >= 0 && given <= 1;
    const p = min(max(given, CLIP), 1 - CLIP);
    store<f64>(ones, p);
    store<f64>(zeros, p);
    ones += label << 3;
    zeros += (1 - label) << 3;
  }
  if (!right) return 0;
  let s0 = v128.load(sums);
  let s1 = v128.load(sums, 16);
  let s2 = v128.load(sums, 32);
  let s3 = v128.load(sums, 48);
  const c0 = f64x2.splat(reinterpret<f64>(0x41e0000000000000)); // 2^31: its last bit is worth 2^-21
  const c1 = f64x2.splat(12); // 2^-49
  const c2 = f64x2.splat(reinterpret<f64>(0x3e68000000000000)); // 1.5 2^-25: 2^-77
  for (let label = 0; label < 2; label++) {
    let at = label == 1 ? scratch : second;
    const end = label == 1 ? ones : zeros;
    for (; at < end; at += 16) {
      let loss: v128;
      if (label == 1) loss = f64x2.neg(log_f64x2(v128.load(at)));
      else loss = f64x2.neg(log1pNegative_f64x2(v128.load(at)));
      if (at + 16 > end) loss = f64x2.replace_lane(loss, 1, 0);
      let part = f64x2.sub(f64x2.add(loss, c0), c0);
      s0 = f64x2.add(s0, part);
      loss = f64x2.sub(loss, part);
      part = f64x2.sub(f64x2.add(loss, c1), c1);
      s1 = f64x2.add(s1, part);
      loss = f64x2.sub(loss, part);
      part = f64x2.sub(f64x2.add(loss, c2), c2);
      s2 = f64x2.add(s2, part);
      s3 = f64x2.add(s3, f64x2.sub(loss, part));
    }
  }
  v128.store(sums, s0);
  v128.store(sums, s1, 16);
  v128.store(sums, s2, 32);
  v128.store(sums, s3, 48);
  return 1;
}
