// Batch normalisation (Ioffe, Szegedy 2015) over all rows of a block, by their weights. Panels f32[units][64]; `rows` of the 64 are used: a multiple of 4. w f64[64]: weights of a panel's rows, 0 past the block's end.
// Letters: W = sum of w over the block; mu, v its weighted mean and variance; s = 1 / sqrt(v + epsilon); h = (z - mu) s; y = gamma h + beta.

// @ts-ignore: decorator
@inline
function lanes_of(sum: v128): f64 {
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

// @ts-ignore: decorator
@inline
function low(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

// @ts-ignore: decorator
@inline
function high(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 0));
}

/** Sums of a panel: out (f64[2][units]): sum of w (z - shift[u]), then sum of w (z - shift[u])^2, over rows by lanes r mod 2, then l0 + l1. shift f32[units]: any numbers near the means, for accuracy. Rows of weight 0 do not count. */
export function batch_sums(out: usize, shift: usize, z: usize, w: usize, units: u32, rows: u32): void {
  for (let u: usize = 0; u < <usize>units; u++) {
    const about = f64x2.splat(<f64>load<f32>(shift + (u << 2)));
    const column = z + (u << 8);
    let sum = f64x2.splat(0);
    let squares = f64x2.splat(0);
    for (let r: usize = 0; r < <usize>rows; r += 2) {
      const d = f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(column + (r << 2))), about);
      const weighted = f64x2.mul(v128.load(w + (r << 3)), d);
      sum = f64x2.add(sum, weighted);
      squares = f64x2.add(squares, f64x2.mul(weighted, d));
    }
    store<f64>(out + (u << 3), lanes_of(sum));
    store<f64>(out + ((<usize>units + u) << 3), lanes_of(squares));
  }
}

/** out[k] (f64) = sum over panels, in order, of sums[panel stride + k], for k in [from, to). `out` may be sums. */
export function fold_panels(out: usize, sums: usize, panels: u32, stride: u32, from: u32, to: u32): void {
  for (let k: usize = from; k < <usize>to; k++) {
    let at = sums + (k << 3);
    let sum: f64 = 0;
    for (let panel: u32 = 0; panel < panels; panel++) {
      sum += load<f64>(at);
      at += <usize>stride << 3;
    }
    store<f64>(out + (k << 3), sum);
  }
}

/**
 * mean[u], scale[u] (f32) = mu, s of folded sums f64[2][units] about shift: mu = shift + S1 / W, v = max(0, S2 / W - (S1 / W)^2). Running statistics (f32[2][units], means then variances) go to
 * momentum running + (1 - momentum) (mu, v). W = 0: mean and scale of the running statistics, which stay. For units [from, to). `mean` may be shift, not the running statistics.
 */
export function batch_statistics(mean: usize, scale: usize, running: usize, sums: usize, shift: usize, units: u32, weight: f64, epsilon: f64, momentum: f64, from: u32, to: u32): void {
  for (let u: usize = from; u < <usize>to; u++) {
    const means = running + (u << 2);
    const variances = means + (<usize>units << 2);
    let mu = <f64>load<f32>(means);
    let v = <f64>load<f32>(variances);
    if (weight > 0) {
      const moved = load<f64>(sums + (u << 3)) / weight;
      const blockMean = <f64>load<f32>(shift + (u << 2)) + moved;
      const blockVariance = max(load<f64>(sums + ((<usize>units + u) << 3)) / weight - moved * moved, 0);
      store<f32>(means, <f32>(momentum * mu + (1 - momentum) * blockMean));
      store<f32>(variances, <f32>(momentum * v + (1 - momentum) * blockVariance));
      mu = blockMean;
      v = blockVariance;
    }
    store<f32>(mean + (u << 2), <f32>mu);
    store<f32>(scale + (u << 2), <f32>(1 / sqrt(v + epsilon)));
  }
}

/** out = gamma (z - mean) scale + beta, panels; mean, scale, gamma, beta f32[units]. `out` may be z, which backward needs. */
export function normalize(out: usize, z: usize, mean: usize, scale: usize, gamma: usize, beta: usize, units: u32, rows: u32): void {
  for (let u: usize = 0; u < <usize>units; u++) {
    const m = v128.load32_splat(mean + (u << 2));
    const s = v128.load32_splat(scale + (u << 2));
    const g = v128.load32_splat(gamma + (u << 2));
    const b = v128.load32_splat(beta + (u << 2));
    for (let at = u << 8, end = at + (<usize>rows << 2); at < end; at += 16) {
      const h = f32x4.mul(f32x4.sub(v128.load(z + at), m), s);
      v128.store(out + at, f32x4.add(f32x4.mul(h, g), b));
    }
  }
}

/** Sums of a panel: out (f64[2][units]): sum of dy h, then sum of dy, over rows by lanes r mod 2, then l0 + l1; h as float32. Folded over panels they are the gradients of gamma and beta. dy holds the weights of rows already. */
export function normalize_backward_sums(out: usize, dy: usize, z: usize, mean: usize, scale: usize, units: u32, rows: u32): void {
  for (let u: usize = 0; u < <usize>units; u++) {
    const m = v128.load32_splat(mean + (u << 2));
    const s = v128.load32_splat(scale + (u << 2));
    let product = f64x2.splat(0);
    let sum = f64x2.splat(0);
    for (let at = u << 8, end = at + (<usize>rows << 2); at < end; at += 16) {
      const h = f32x4.mul(f32x4.sub(v128.load(z + at), m), s);
      const d = v128.load(dy + at);
      product = f64x2.add(product, f64x2.mul(low(d), low(h)));
      sum = f64x2.add(sum, low(d));
      product = f64x2.add(product, f64x2.mul(high(d), high(h)));
      sum = f64x2.add(sum, high(d));
    }
    store<f64>(out + (u << 3), lanes_of(product));
    store<f64>(out + ((<usize>units + u) << 3), lanes_of(sum));
  }
}

/**
 * dz = gamma scale (dy - w (S1 / W + h S2 / W)), panels, of S2 = sum of dy h and S1 = sum of dy over the block: sums (f64[2][units], S2 first) as folded. mu moves by w / W of what z moves by, v by 2 w / W (z - mu).
 * W = 0: dz = 0. `dz` may be dy.
 */
export function normalize_backward(dz: usize, dy: usize, z: usize, w: usize, mean: usize, scale: usize, gamma: usize, sums: usize, weight: f64, units: u32, rows: u32): void {
  for (let u: usize = 0; u < <usize>units; u++) {
    const m = v128.load32_splat(mean + (u << 2));
    const s = v128.load32_splat(scale + (u << 2));
    const factor = f32x4.mul(v128.load32_splat(gamma + (u << 2)), s);
    const along = f32x4.splat(weight > 0 ? <f32>(load<f64>(sums + (u << 3)) / weight) : 0);
    const level = f32x4.splat(weight > 0 ? <f32>(load<f64>(sums + ((<usize>units + u) << 3)) / weight) : 0);
    const column = u << 8;
    for (let r: usize = 0; r < <usize>rows; r += 4) {
      const at = column + (r << 2);
      const h = f32x4.mul(f32x4.sub(v128.load(z + at), m), s);
      const weights = v128.shuffle<i64>(f32x4.demote_f64x2_zero(v128.load(w + (r << 3))), f32x4.demote_f64x2_zero(v128.load(w + (r << 3), 16)), 0, 2);
      const given = f32x4.mul(weights, f32x4.add(level, f32x4.mul(h, along)));
      v128.store(dz + at, f32x4.mul(factor, f32x4.sub(v128.load(dy + at), given)));
    }
  }
}

/** dgamma[u] += S2, dbeta[u] += S1 (f32) of the folded sums (f64[2][units]) of {@link normalize_backward_sums}. */
export function normalize_gradients(dgamma: usize, dbeta: usize, sums: usize, units: u32): void {
  for (let u: usize = 0; u < <usize>units; u++) {
    const gamma = dgamma + (u << 2);
    const beta = dbeta + (u << 2);
    store<f32>(gamma, <f32>(<f64>load<f32>(gamma) + load<f64>(sums + (u << 3))));
    store<f32>(beta, <f32>(<f64>load<f32>(beta) + load<f64>(sums + ((<usize>units + u) << 3))));
  }
}
