import test from "ava";
import fc from "fast-check";
import { Arena, checksum, createKernelMemory, instantiateKernels } from "../dist/index.js";

const memory = createKernelMemory(2 ** 20);
const arena = new Arena(memory);
const kernels = instantiateKernels(memory);
const room = 8192;
const text = arena.take(room);

function summed(bytes: Uint8Array, shift = 0): bigint {
  arena.u8(text, room).fill(170);
  arena.u8(text + shift, bytes.length).set(bytes);
  return BigInt.asUintN(64, kernels.checksum_u64(text + shift, bytes.length));
}

const anyBytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ minLength: 1000, maxLength: 4000 }));

test("a checksum is what its slow twin says, wherever the bytes lie", (t) => {
  fc.assert(fc.property(anyBytes, fc.nat(15), (bytes, shift) => t.is(summed(bytes, shift), checksum(bytes))));
});

test("another byte anywhere, a byte more, a byte less, two stripes or two words exchanged give another checksum", (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 3000 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, at, by) => {
      const sum = summed(bytes);
      const other = bytes.slice();
      other[at % bytes.length]! ^= by;
      t.not(summed(other), sum);
      t.not(summed(Uint8Array.of(...bytes, 0)), sum);
      t.not(summed(bytes.subarray(0, -1)), sum);
      for (const size of [8, 64]) {
        const parts = Math.floor(bytes.length / size);
        if (parts < 2) continue;
        const [i, j] = [at % parts, (at + 1) % parts];
        const swapped = bytes.slice();
        swapped.set(bytes.subarray(size * i, size * (i + 1)), size * j);
        swapped.set(bytes.subarray(size * j, size * (j + 1)), size * i);
        if (!Buffer.from(swapped).equals(bytes)) t.not(summed(swapped), sum);
      }
    }),
  );
});

test("runs of one byte have checksums of their own", (t) => {
  const sums = new Set<bigint>();
  for (const byte of [0, 1, 32, 255]) for (let length = 0; length < 1100; length += 11) sums.add(summed(new Uint8Array(length).fill(byte)));
  t.is(sums.size, 4 * 100 - 3);
});
