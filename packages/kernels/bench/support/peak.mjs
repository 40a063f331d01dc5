// The rate of multiplications and additions of four float32 lanes that one thread reaches where nothing leaves the registers: what the products of a layer are measured by.
import asc from "assemblyscript/asc";

const CHAINS = 13;
const UNROLLED = 2;
const each = (n, line) => Array.from({ length: n }, (_, k) => line(k)).join("\n");
// Chains a = a s + t: as many as registers hold beside s and t, so that no operation waits for the one before it.
const SOURCE = `
export function peak(n: u32): f32 {
  const s = f32x4.splat(0.999);
  const t = f32x4.splat(0.001);
  ${each(CHAINS, (k) => `let a${k} = f32x4.splat(${k} * 0.01);`)}
  for (let i: u32 = 0; i < n; i++) {
    ${each(UNROLLED, () => each(CHAINS, (k) => `a${k} = f32x4.add(f32x4.mul(a${k}, s), t);`))}
  }
  let sum = f32x4.splat(0);
  ${each(CHAINS, (k) => `sum = f32x4.add(sum, a${k});`)}
  return f32x4.extract_lane(sum, 0);
}`;
/** Floating-point operations of a step. */
const OPERATIONS = 8 * CHAINS * UNROLLED;

/** A function that does about so many floating-point operations and returns how many it did. */
export async function peakLoop() {
  const { error, binary } = await asc.compileString(SOURCE, { optimizeLevel: 3, enable: ["simd"], runtime: "stub", noAssert: true });
  if (error) throw error;
  const { peak } = new WebAssembly.Instance(new WebAssembly.Module(binary), { env: { abort() {} } }).exports;
  return (operations) => {
    const n = Math.ceil(operations / OPERATIONS);
    peak(n);
    return n * OPERATIONS;
  };
}
