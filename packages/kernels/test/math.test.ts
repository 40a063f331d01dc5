import { Arena, createKernelMemory, exp, expm1, instantiateKernels, log, log1p, logit, sigmoid, softplus } from "@crossbill/kernels";
import test from "ava";

const functions = { exp, expm1, log, log1p, sigmoid, softplus, logit };
type Name = keyof typeof functions;

/** Seeded values of every magnitude: random bits, moderate numbers, numbers around the branch points, extremes. */
function values(): Float64Array {
  const random = xorshift(12345);
  const bits = new Uint32Array(2 * 20000);
  for (let i = 0; i < bits.length; i++) bits[i] = random();
  const out = [...new Float64Array(bits.buffer)];
  for (let i = 0; i < 40000; i++) out.push((random() / 2 ** 32 - 0.5) * 2 ** (i % 12));
  for (let i = 0; i < 20000; i++) out.push(random() / 2 ** 32);
  for (const x of [
    0,
    0.25,
    0.34657359027997264,
    0.5,
    Math.LN2,
    0.75,
    1,
    1.0397207708399179,
    Math.SQRT2,
    Math.SQRT1_2,
    2,
    36,
    38.8,
    56 * Math.LN2,
    708.4,
    709.782712893384,
    745.1332191019411,
    800,
  ])
    for (const y of [x, x * (1 + 2 ** -52), x * (1 - 2 ** -53), x - 1, 1 - x]) out.push(y, -y);
  for (const x of [2 ** -1074, 2 ** -1022, 2 ** -54, 2 ** -29, 2 ** -28, 2 ** -20, 2 ** 53, Number.MAX_VALUE, Infinity]) out.push(x, -x, 1 + x, 1 - x);
  out.push(NaN);
  return Float64Array.from(out);
}

function xorshift(seed: number): () => number {
  let s = seed;
  return () => {
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    return s >>> 0;
  };
}

function bitsOf(x: number): bigint {
  return Object.is(x, NaN) ? -1n : new BigInt64Array(Float64Array.of(x).buffer)[0]!;
}

test("WebAssembly and TypeScript give the same bits", (t) => {
  const xs = values();
  const arena = new Arena(createKernelMemory(2 ** 20, 2 ** 24));
  const kernels = instantiateKernels(arena.memory);
  const n = xs.length;
  const x = arena.take(8 * n);
  const out = arena.take(8 * n);
  arena.f64(x, n).set(xs);
  for (const name of Object.keys(functions) as Name[]) {
    kernels[`${name}_f64`](out, x, n);
    const got = arena.f64(out, n);
    let wrong = 0;
    for (let i = 0; i < n; i++)
      if (bitsOf(got[i]!) !== bitsOf(functions[name](xs[i]!)) && wrong++ < 3) t.fail(`${name}(${xs[i]}): ${got[i]} and ${functions[name](xs[i]!)}`);
    t.is(wrong, 0, name);
  }
});

test("a batch may be written over its input", (t) => {
  const arena = new Arena(createKernelMemory(2 ** 17));
  const x = arena.take(24);
  arena.f64(x, 3).set([-1, 0, 1]);
  instantiateKernels(arena.memory).sigmoid_f64(x, x, 3);
  t.deepEqual([...arena.f64(x, 3)], [sigmoid(-1), 0.5, sigmoid(1)]);
});

// The oracle: fixed-point BigInt with 2^-1400 resolution is far finer than a float64 of the tested range.
const SCALE = 1400n;
const ONE = 1n << SCALE;

function toFixed(x: number): bigint {
  const bits = BigInt.asUintN(64, bitsOf(x));
  const e = Number((bits >> 52n) & 0x7ffn);
  const m = (bits & 0xfffffffffffffn) | (e === 0 ? 0n : 1n << 52n);
  const shift = BigInt(Math.max(e, 1) - 1075) + SCALE;
  const magnitude = shift >= 0n ? m << shift : m >> -shift;
  return x < 0 ? -magnitude : magnitude;
}

function expFixed(x: bigint): bigint {
  const halvings = 12n;
  const y = x >> halvings;
  let term = ONE;
  let sum = ONE;
  for (let i = 1n; term !== 0n && i < 200n; i++) {
    term = ((term * y) >> SCALE) / i;
    sum += term;
  }
  for (let i = 0n; i < halvings; i++) sum = (sum * sum) >> SCALE;
  return sum;
}

/** log of a fixed-point number by Newton's iteration on expFixed, from a float64 guess. */
function logFixed(v: bigint, guess: number): bigint {
  let y = toFixed(guess);
  for (let i = 0; i < 3; i++) {
    const e = expFixed(y);
    y += (2n * ((v - e) << SCALE)) / (v + e);
  }
  return y;
}

/** |got - exact| in units of the last place of `got`. */
function ulps(got: number, exact: bigint): number {
  const bits = BigInt.asUintN(64, bitsOf(Math.abs(got)));
  const ulp = toFixed(new Float64Array(BigInt64Array.of(bits + 1n).buffer)[0]!) - toFixed(Math.abs(got));
  const difference = toFixed(got) - exact;
  return Number(((difference < 0n ? -difference : difference) * 1000n) / ulp) / 1000;
}

test("exp, expm1, log and log1p are within 1 ulp of the exact value, sigmoid, softplus and logit within 3", (t) => {
  const random = xorshift(777);
  const worst = new Map<Name, number>();
  const note = (name: Name, x: number, exact: bigint): void => {
    const u = ulps(functions[name](x), exact);
    if (u > (worst.get(name) ?? 0)) worst.set(name, u);
  };
  for (let i = 0; i < 150; i++) {
    const x = (random() / 2 ** 32 - 0.5) * [1400, 80, 4, 2, 0.01][i % 5]!;
    const fx = toFixed(x);
    const ex = expFixed(fx);
    note("exp", x, ex);
    note("expm1", x, ex - ONE);
    note("sigmoid", x, (ex << SCALE) / (ONE + ex));
    if (Math.abs(x) < 700) note("softplus", x, logFixed(ONE + ex, x > 30 ? x : Math.log1p(Math.exp(x))));
    const y = Math.exp(x / 3);
    note("log", y, logFixed(toFixed(y), Math.log(y)));
    note("log1p", y, logFixed(ONE + toFixed(y), Math.log1p(y)));
    const p = random() / 2 ** 32;
    note("log1p", -p, logFixed(ONE - toFixed(p), Math.log1p(-p)));
    note("logit", p, logFixed((toFixed(p) << SCALE) / (ONE - toFixed(p)), Math.log(p / (1 - p))));
  }
  t.log([...worst].map(([name, u]) => `${name} ${u}`).join(", "));
  for (const name of ["exp", "expm1", "log", "log1p"] as const) t.true(worst.get(name)! < 1, `${name}: ${worst.get(name)} ulp`);
  for (const name of ["sigmoid", "softplus", "logit"] as const) t.true(worst.get(name)! < 3, `${name}: ${worst.get(name)} ulp`);
});

test("extremes have their limits", (t) => {
  t.is(exp(800), Infinity);
  t.is(exp(-800), 0);
  t.is(exp(-745), 5e-324);
  t.true(Number.isFinite(exp(709.782712893384)));
  t.is(exp(709.7827128933842), Infinity);
  t.is(exp(0), 1);
  t.is(exp(Infinity), Infinity);
  t.is(exp(-Infinity), 0);
  t.is(expm1(-800), -1);
  t.is(expm1(800), Infinity);
  t.is(expm1(1e-320), 1e-320);
  t.is(log(0), -Infinity);
  t.is(log(1), 0);
  t.is(log(-1), NaN);
  t.is(log(5e-324), -744.4400719213812);
  t.is(log(Infinity), Infinity);
  t.is(log1p(-1), -Infinity);
  t.is(log1p(-1.5), NaN);
  t.is(log1p(1e-320), 1e-320);
  t.is(sigmoid(800), 1);
  t.is(sigmoid(-800), 0);
  t.is(sigmoid(-745), 5e-324);
  t.is(softplus(800), 800);
  t.is(softplus(-800), 0);
  t.is(softplus(Infinity), Infinity);
  t.is(softplus(-Infinity), 0);
  t.is(logit(0), -Infinity);
  t.is(logit(1), Infinity);
  t.is(logit(0.5), 0);
  t.is(logit(1.1), NaN);
  for (const f of Object.values(functions)) t.is(f(NaN), NaN);
});
