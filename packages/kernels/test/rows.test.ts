import test from "ava";
import fc from "fast-check";
import { Arena, createKernelMemory, gathered, instantiateKernels, validityBits } from "../dist/index.js";

const memory = createKernelMemory(2 ** 20);
const arena = new Arena(memory);
const kernels = instantiateKernels(memory);
const [out, values, selected] = [arena.take(4096), arena.take(4096), arena.take(2048)];

test("rows are gathered in the order they are asked for, once or more often", (t) => {
  const rows = fc
    .array(fc.double(), { minLength: 1, maxLength: 60 })
    .chain((x) => fc.tuple(fc.constant(x), fc.array(fc.nat(x.length - 1), { maxLength: 100 })));
  fc.assert(
    fc.property(rows, ([x, wanted]) => {
      arena.u32(selected, wanted.length).set(wanted);
      arena.f64(values, x.length).set(x);
      kernels.gather_f64(out, values, selected, wanted.length);
      t.deepEqual([...arena.f64(out, wanted.length)], gathered(x, wanted));
      const ids = x.map((_, i) => (i * 2654435761) >>> 0);
      arena.u32(values, ids.length).set(ids);
      kernels.gather_u32(out, values, selected, wanted.length);
      t.deepEqual([...arena.u32(out, wanted.length)], gathered(ids, wanted));
    }),
  );
});

test("the validity bitmap has a bit for every number and none behind the last", (t) => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.double(), fc.constant(Number.NaN)), { maxLength: 60 }), (x) => {
      arena.f64(values, x.length).set(x);
      arena.u8(out, 16).fill(255);
      const missing = kernels.validity_f64(out, values, x.length);
      t.deepEqual({ bits: [...arena.u8(out, Math.ceil(x.length / 8))], missing }, validityBits(x));
    }),
  );
});
