import test from "ava";
import fc from "fast-check";
import { Arena, createKernelMemory, instantiateKernels, xxh64Twin } from "../dist/index.js";

const memory = createKernelMemory(2 ** 20, 2 ** 24);
const arena = new Arena(memory);
const kernels = instantiateKernels(memory);

function hashed(bytes: Uint8Array, cut: number): number {
  const mark = arena.mark();
  const lanes = arena.take(32);
  const at = arena.take(bytes.length + 32);
  arena.u8(at, bytes.length).set(bytes);
  kernels.xxh64_begin(lanes);
  const whole = bytes.length - (bytes.length % 32);
  const first = Math.min(whole, 32 * cut);
  kernels.xxh64_stripes(lanes, at, first);
  kernels.xxh64_stripes(lanes, at + first, whole - first);
  const hash = kernels.xxh64_end_u32(lanes, at + whole, BigInt(bytes.length)) >>> 0;
  arena.release(mark);
  return hash;
}

test("the twin gives the published values", (t) => {
  t.is(xxh64Twin(new Uint8Array(0)), 0xef46db3751d8e999n);
  t.is(xxh64Twin(Buffer.from("a")), 0xd24ec4f1a98c6e5bn);
  t.is(xxh64Twin(Buffer.from("abc")), 0x44bc2cf5ad770999n);
  t.is(xxh64Twin(Buffer.from("Nobody inspects the spammish repetition")), 0xfbcea83c8a378bf1n);
});

test("the kernel equals its twin at every length and however the stripes come", (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(12), (bytes, cut) => {
      t.is(hashed(bytes, cut), Number(xxh64Twin(bytes) & 0xffffffffn));
    }),
  );
});
