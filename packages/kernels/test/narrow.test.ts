import test from "ava";
import fc from "fast-check";
import { Arena, createKernelMemory, instantiateKernels, narrowed } from "../dist/index.js";

const memory = createKernelMemory(2 ** 20);
const arena = new Arena(memory);
const kernels = instantiateKernels(memory);
const [out, values] = [arena.take(4096), arena.take(4096)];

test("numbers are written in as few bytes as hold them as they are, and come back bit for bit", (t) => {
  const edges = [1, 2, 4].flatMap((width) => [2 ** (8 * width - 1), -(2 ** (8 * width - 1))].flatMap((edge) => [edge - 1, edge, edge + 1]));
  const number = fc.oneof(fc.integer({ min: -200, max: 200 }), fc.integer(), fc.constantFrom(...edges, 0, Number.NaN));
  const odd = fc.constantFrom(-0, 0.5, 1e300, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 53);
  const list = fc.oneof(
    fc.array(fc.integer({ min: -127, max: 127 }), { maxLength: 60 }),
    fc.array(number, { maxLength: 60 }),
    fc.array(fc.oneof(number, odd), { maxLength: 9 }),
  );
  fc.assert(
    fc.property(list, (x) => {
      arena.f64(values, x.length).set(x);
      const width = kernels.narrow_f64(out, values, x.length);
      const expected = narrowed(x);
      t.is(width, expected?.width ?? 0);
      if (expected === null) return;
      const bytes = [Int8Array, Int16Array, Int32Array].find((type) => type.BYTES_PER_ELEMENT === width)!;
      t.deepEqual([...new bytes(memory.buffer, out, x.length)], expected.values);
      arena.f64(values, x.length).fill(7);
      kernels.widen_f64(values, out, width, x.length);
      t.deepEqual([...arena.f64(values, x.length)], x);
    }),
    { numRuns: 500 },
  );
});

test("lengths below 256 are written in a byte", (t) => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(255), fc.nat(300)), { maxLength: 60 }), (x) => {
      arena.u32(values, x.length).set(x);
      const all = x.every((value) => value < 256);
      t.is(kernels.narrow_u32(out, values, x.length), all ? 1 : 0);
      if (!all) return;
      t.deepEqual([...arena.u8(out, x.length)], x);
      kernels.widen_u8(values, out, x.length);
      t.deepEqual([...arena.u32(values, x.length)], x);
    }),
  );
});
