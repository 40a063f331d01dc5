import test from "ava";
import fc from "fast-check";
import {
  Arena,
  assignedCodes,
  CODE_RECORD_BYTES,
  createKernelMemory,
  HYBRID_BYTES,
  hybridTwin,
  instantiateKernels,
  NO_CODE,
  PAGE_SLACK,
  plainTextsTwin,
  snappyTwin,
  spread,
  tallies,
} from "../dist/index.js";

const memory = createKernelMemory(2 ** 20);
const arena = new Arena(memory);
const kernels = instantiateKernels(memory);
const [input, out, more, state] = [arena.take(2 ** 16), arena.take(2 ** 16), arena.take(2 ** 16), arena.take(HYBRID_BYTES)];

/** Puts bytes to kernel memory, with something behind them that is none of theirs. */
function put(at: number, bytes: Uint8Array): void {
  arena.u8(at, bytes.length + PAGE_SLACK).fill(0xa5);
  arena.u8(at, bytes.length).set(bytes);
}

function varint(n: number): number[] {
  return n < 128 ? [n] : [(n % 128) + 128, ...varint(Math.floor(n / 128))];
}

function little(n: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => Math.floor(n / 2 ** (8 * i)) % 256);
}

/** Snappy's elements: bytes as they are, or a copy of n bytes of so many back (at most, by the parameter, as many as there are). */
type Element = { readonly literal: number[]; readonly wide: number } | { readonly n: number; readonly back: number; readonly kind: 1 | 2 | 3 };

const element: fc.Arbitrary<Element> = fc.oneof(
  fc.record({ literal: fc.array(fc.nat(255), { minLength: 1, maxLength: 100 }), wide: fc.nat(4) }),
  fc.record({ n: fc.integer({ min: 4, max: 11 }), back: fc.integer({ min: 1, max: 2047 }), kind: fc.constant(1 as const) }),
  fc.record({ n: fc.integer({ min: 1, max: 64 }), back: fc.integer({ min: 1, max: 300 }), kind: fc.constantFrom(2 as const, 3 as const) }),
);

function snappyBlock(elements: readonly Element[]): { bytes: Uint8Array; length: number } {
  const bytes: number[] = [];
  let length = 0;
  for (const one of elements) {
    if ("literal" in one) {
      const n = one.literal.length - 1;
      bytes.push(...(one.wide === 0 && n < 60 ? [n << 2] : [(59 + Math.max(1, one.wide)) << 2, ...little(n, Math.max(1, one.wide))]), ...one.literal);
      length += n + 1;
    } else if (length > 0) {
      const back = 1 + (one.back % length);
      if (one.kind === 1) bytes.push((Math.floor(Math.min(back, 2047) / 256) << 5) | ((one.n - 4) << 2) | 1, Math.min(back, 2047) % 256);
      else bytes.push(((one.n - 1) << 2) | one.kind, ...little(back, one.kind === 2 ? 2 : 4));
      length += one.n;
    }
  }
  return { bytes: Uint8Array.from([...varint(length), ...bytes]), length };
}

function snappy(bytes: Uint8Array, length: number): number[] | null {
  put(input, bytes);
  return kernels.snappy_decompress(out, length, input, bytes.length) === 1 ? [...arena.u8(out, length)] : null;
}

test("a block of Snappy is decompressed as by its twin, literals and copies of all kinds", (t) => {
  fc.assert(
    fc.property(fc.array(element, { maxLength: 40 }), (elements) => {
      const { bytes, length } = snappyBlock(elements);
      const expected = snappyTwin(bytes, length);
      t.not(expected, null);
      t.deepEqual(snappy(bytes, length), expected);
    }),
  );
});

test("what is no block of Snappy is refused as by its twin: cut, changed, of another length", (t) => {
  fc.assert(
    fc.property(fc.array(element, { maxLength: 10 }), fc.nat(), fc.nat(255), fc.nat(2), (elements, at, byte, less) => {
      const { bytes, length } = snappyBlock(elements);
      bytes[at % bytes.length] = byte;
      const cut = bytes.subarray(0, Math.max(0, bytes.length - less));
      t.deepEqual(snappy(cut, length), snappyTwin(cut, length));
    }),
    { numRuns: 500 },
  );
});

/** Runs of one number, and groups of eight packed ones. */
const hybrid = fc.integer({ min: 0, max: 32 }).chain((width) => {
  const number = fc.nat(2 ** Math.min(width, 31) - 1);
  const run = fc.record({ count: fc.integer({ min: 1, max: 300 }), value: number });
  const packed = fc.array(number, { minLength: 1, maxLength: 4 }).map((values) => ({
    packed: values.flatMap((value) =>
      Array<number>(8)
        .fill(value)
        .map((v, i) => (i % 2 === 0 ? v : 0)),
    ),
  }));
  return fc.record({ width: fc.constant(width), parts: fc.array(fc.oneof(run, packed), { minLength: 1, maxLength: 8 }) });
});

function hybridBytes(width: number, parts: readonly ({ count: number; value: number } | { packed: number[] })[]): { bytes: Uint8Array; values: number[] } {
  const bytes: number[] = [];
  const values: number[] = [];
  for (const part of parts) {
    if ("packed" in part) {
      bytes.push(...varint((part.packed.length / 8) * 2 + 1));
      const bits = part.packed.flatMap((value) => Array.from({ length: width }, (_, i) => Math.floor(value / 2 ** i) % 2));
      for (let i = 0; i < bits.length; i += 8) bytes.push(bits.slice(i, i + 8).reduce((sum, bit, k) => sum + bit * 2 ** k, 0));
      values.push(...part.packed);
    } else {
      bytes.push(...varint(part.count * 2), ...little(part.value, Math.ceil(width / 8)));
      for (let i = 0; i < part.count; i++) values.push(part.value);
    }
  }
  return { bytes: Uint8Array.from(bytes), values };
}

/** n numbers, `step` at a time. */
function hybridNext(bytes: Uint8Array, width: number, n: number, step: number): number[] | null {
  put(input, bytes);
  kernels.hybrid_begin(state, input, input + bytes.length, width);
  for (let done = 0; done < n; done += step) if (kernels.hybrid_next(state, out + 4 * done, Math.min(step, n - done)) === 0) return null;
  return [...arena.u32(out, n)];
}

test("runs and packed numbers of any width come as from the twin, in pieces of any size", (t) => {
  fc.assert(
    fc.property(hybrid, fc.integer({ min: 1, max: 50 }), ({ width, parts }, step) => {
      const { bytes, values } = hybridBytes(width, parts);
      t.deepEqual(hybridTwin(bytes, width, values.length), values);
      t.deepEqual(hybridNext(bytes, width, values.length, step), values);
      t.is(hybridNext(bytes, width, values.length + 1, step), null, "there are no more");
    }),
  );
});

test("any bytes are the numbers that the twin finds in them, or none", (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(34), fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 50 }), (bytes, width, n, step) => {
      t.deepEqual(hybridNext(bytes, width, n, step), hybridTwin(bytes, width, n));
    }),
    { numRuns: 1000 },
  );
});

test("levels are counted; where all are 1 nothing need be written", (t) => {
  const part = fc.oneof(
    fc.record({ count: fc.integer({ min: 1, max: 60 }), value: fc.nat(1) }),
    fc.array(fc.nat(1), { minLength: 8, maxLength: 8 }).map((packed) => ({ packed })),
  );
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 30 }), (parts, step) => {
      const { bytes, values } = hybridBytes(1, parts);
      put(input, bytes);
      kernels.hybrid_begin(state, input, input + bytes.length, 1);
      for (let done = 0; done < values.length; done += step) {
        const expected = values.slice(done, done + step);
        const ones = kernels.levels_next(state, out, expected.length);
        t.is(ones, expected.filter((level) => level === 1).length);
        if (ones < expected.length) t.deepEqual([...arena.u32(out, expected.length)], expected);
      }
      t.is(kernels.levels_next(state, out, 1), -1);
    }),
  );
});

test("texts behind their lengths are found, or refused, as by the twin", (t) => {
  const texts = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 20 });
  fc.assert(
    fc.property(texts, fc.nat(6), (list, less) => {
      const whole = list.flatMap((text) => [...little(text.length, 4), ...text]);
      const bytes = Uint8Array.from(whole.slice(0, Math.max(0, whole.length - less)));
      const expected = plainTextsTwin(bytes, list.length);
      put(input, bytes);
      const end = kernels.plain_texts(out, more, list.length, input, input + bytes.length);
      t.is(end, expected === null ? 0 : input + expected.end);
      if (expected === null) return;
      const lengths = arena.u32(more, list.length);
      t.deepEqual(
        [...arena.u32(out, list.length)].map((start, i) => [...arena.u8(start, lengths[i]!)]),
        expected.texts.map((text) => [...text]),
      );
    }),
  );
});

test("numbers of 32 and 64 bits become doubles; what a double does not hold exactly is said", (t) => {
  const values = fc.array(
    fc.oneof(fc.integer(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: 2n ** 53n - 2n, max: 2n ** 53n + 2n })),
  );
  fc.assert(
    fc.property(values, (list) => {
      const wide = list.map((value) => BigInt(value));
      new BigInt64Array(memory.buffer, input, wide.length).set(wide);
      t.is(kernels.i64_to_f64(out, input, wide.length), wide.every((value) => value >= -(2n ** 53n) && value < 2n ** 53n) ? 1 : 0);
      t.deepEqual([...arena.f64(out, wide.length)], wide.map(Number));
      const narrow = wide.map((value) => Number(BigInt.asIntN(32, value)));
      arena.i32(input, narrow.length).set(narrow);
      kernels.i32_to_f64(out, input, narrow.length);
      t.deepEqual([...arena.f64(out, narrow.length)], narrow);
    }),
  );
  const floats = [0, -0, 1.5, Math.fround(0.1), Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  arena.f32(input, floats.length).set(floats);
  kernels.f32_to_f64(out, input, floats.length);
  t.deepEqual([...arena.f64(out, floats.length)], floats);
  t.is(kernels.count_odd_f64(out, floats.length), 3);
});

test("values of a dictionary are found by their places, and spread over the rows that have one", (t) => {
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true }), { minLength: 1, maxLength: 20 }), fc.array(fc.nat(20), { maxLength: 50 }), (values, codes) => {
      arena.f64(input, values.length).set(values);
      arena.u32(more, codes.length).set(codes);
      const all = codes.every((code) => code < values.length);
      t.is(kernels.decode_f64(out, more, codes.length, input, values.length), all ? 1 : 0);
      if (!all) return;
      const decoded = codes.map((code) => values[code]!);
      t.deepEqual([...arena.f64(out, codes.length)], decoded);
      const levels = decoded.flatMap((_, i) => (i % 3 === 0 ? [0, 1] : [1]));
      arena.u32(more, levels.length).set(levels);
      kernels.spread_f64(input, more, levels.length, out);
      t.deepEqual([...arena.f64(input, levels.length)], spread(levels, decoded, Number.NaN));
    }),
  );
});

test("texts of a batch get codes in the order in which they come, batch after batch", (t) => {
  const count = 30;
  const [codes, starts, lengths, dictionary] = [more, out, arena.take(4096), arena.take(CODE_RECORD_BYTES * count)];
  const [startOf, lengthOf] = [arena.take(4 * count), arena.take(4 * count)];
  for (let i = 0; i < count; i++) {
    arena.u32(startOf, count)[i] = 1000 + i;
    arena.u32(lengthOf, count)[i] = i;
  }
  kernels.codes_dictionary(dictionary, startOf, lengthOf, count);
  let serial = 0;
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat(count - 1), { maxLength: 40 }), { maxLength: 4 }), (windows) => {
      serial++;
      let texts: number[] = [];
      for (const values of windows) {
        arena.u32(input, values.length).set(values);
        const used = kernels.codes_assign(codes, input, values.length, dictionary, count, serial, starts, lengths, texts.length);
        const expected = assignedCodes(values, texts);
        t.is(used, expected.texts.length);
        t.deepEqual([...arena.u16(codes, values.length)], expected.codes);
        t.deepEqual([...arena.u32(lengths, used)], expected.texts);
        t.deepEqual(
          [...arena.u32(starts, used)],
          expected.texts.map((text) => 1000 + text),
        );
        ({ texts } = expected);
      }
    }),
  );
  arena.u32(input, 1).set([count]);
  t.is(kernels.codes_assign(codes, input, 1, dictionary, count, serial, starts, lengths, 0), -1, "no such text");
});

test("rows are counted by their codes where they are kept", (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: -1, max: 5 }), fc.nat(2)), { maxLength: 60 }), (rows) => {
      const [codes, keep] = [rows.map(([code]) => code), rows.map(([, kept]) => kept)];
      arena.u16(input, rows.length).set(codes.map((code) => (code < 0 ? NO_CODE : code)));
      arena.u8(more, rows.length).set(keep);
      const expected = tallies(codes, keep, 6);
      t.is(kernels.codes_tally(out, 6, input, more, rows.length), expected.missing);
      t.deepEqual([...arena.u32(out, 6)], expected.tallies);
    }),
  );
});

test("codes of rows are spread and counted, and texts, lengths and fingerprints are found by them", (t) => {
  fc.assert(
    fc.property(fc.array(fc.nat(1), { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (levels, count) => {
      const n = levels.length;
      const codes = levels.filter((level) => level === 1).map((_, i) => i % count);
      arena.u32(input, n).set(levels);
      arena.u16(more, codes.length).set(codes);
      kernels.codes_spread(out, input, n, more);
      const rows = spread(levels, codes, NO_CODE);
      t.deepEqual([...arena.u16(out, n)], rows);
      const values = Array.from({ length: count }, (_, i) => 100 + i);
      arena.u32(more, count + 1).set([...values, 99]);
      kernels.codes_u32(input, out, n, more, count, 7);
      t.is(arena.u32(more, count + 1)[count], 99);
      t.deepEqual(
        [...arena.u32(input, n)],
        rows.map((code) => (code === NO_CODE ? 7 : values[code]!)),
      );
      new BigUint64Array(memory.buffer, more, count + 1).set([...values, 99].map(BigInt));
      kernels.codes_u64(input, out, n, more, count);
      t.is(new BigUint64Array(memory.buffer, more, count + 1)[count], 99n);
      t.deepEqual(
        [...new BigUint64Array(memory.buffer, input, n)],
        rows.map((code) => (code === NO_CODE ? 0n : BigInt(values[code]!))),
      );
      arena.u32(input, n).set(levels);
      kernels.codes_count(out, input, n, 5);
      t.deepEqual(
        [...arena.u16(out, n)],
        spread(
          levels,
          codes.map((_, i) => 5 + i),
          NO_CODE,
        ),
      );
      kernels.codes_count(out, 0, n, 5);
      t.deepEqual(
        [...arena.u16(out, n)],
        levels.map((_, i) => 5 + i),
      );
    }),
  );
});

test("texts are measured, copied, placed one behind the other and checked", (t) => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.string({ maxLength: 100 }).map((text) => [...Buffer.from(text)]),
          fc.array(fc.nat(255), { maxLength: 4 }),
        ),
        { maxLength: 20 },
      ),
      (list) => {
        const bytes = list.flat();
        const lengths = list.map((text) => text.length);
        put(input, Uint8Array.from(bytes));
        arena.u32(more, list.length).set(lengths);
        t.is(kernels.texts_size(more, list.length), bytes.length);
        const starts = arena.take(4 * list.length + 4);
        kernels.texts_places(starts, more, list.length, input);
        let at = input;
        t.deepEqual(
          [...arena.u32(starts, list.length)],
          lengths.map((length) => (at += length) - length),
        );
        kernels.texts_copy(out, starts, more, list.length);
        t.deepEqual([...arena.u8(out, bytes.length)], bytes);
        const valid = list.every((text) => Buffer.from(Buffer.from(text).toString("utf8")).equals(Buffer.from(text)));
        t.is(kernels.texts_valid(starts, more, list.length, input + bytes.length), valid ? 1 : 0);
      },
    ),
  );
  arena.u32(more, 3).set([2, 0xffffffff, 3]);
  kernels.texts_places(out, more, 3, 1000);
  t.deepEqual([...arena.u32(out, 3)], [1000, 1002, 1002], "a missing text has no bytes");
});
