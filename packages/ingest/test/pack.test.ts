import fs from "node:fs";
import { openPack } from "@crossbill/ingest";
import { CrossbillError } from "@crossbill/messages";
import { atomicWriteStream, type Written } from "@crossbill/storage";
import { tableFromIPC } from "apache-arrow";
import test from "ava";
import fc from "fast-check";
import { PackBuilder, type PackInput } from "../dist/pack-builder.js";
import { makeRuntime } from "../dist/runtime.js";
import { folder } from "./support.js";

const layout = {
  ids: ["a"],
  numbers: ["x"],
  pairs: [
    { name: "l", valued: true },
    { name: "m", valued: false },
  ],
  slices: ["s", "none"],
  key: true,
};

/** n rows; every third has no number, slice and key. */
function rowsOf(n: number) {
  const f64 = (f: (i: number) => number): Float64Array => Float64Array.from({ length: n }, (_, i) => f(i));
  const text = (i: number): string | null => (i % 3 === 0 ? null : `t${i % 4}\ufeffé`);
  return {
    label: f64((i) => i % 2),
    weight: f64((i) => 1 + i / 4),
    a: Uint32Array.from({ length: n }, (_, i) => i),
    x: f64((i) => (i % 3 === 0 ? Number.NaN : i / 8)),
    slice: (field: string, row: number): string | null => (field === "none" ? null : text(row)),
    key: (row: number): string | null => (row % 3 === 0 ? null : `k${row}`),
    /** Row i has i mod 4 pairs. */
    pairs: Array.from({ length: n }, (_, i) => Array.from({ length: i % 4 }, (_, k) => [10 * k + (i % 7), i / 2 + k] as const)),
  };
}

async function build(file: string, n: number): Promise<{ made: PackBuilder; written: Written }> {
  const runtime = makeRuntime();
  const made = new PackBuilder(runtime, layout, "b", () => atomicWriteStream(file));
  const { a, x, pairs, ...rest } = rowsOf(n);
  const all = pairs.flat();
  const placed = {
    offsets: runtime.arena.take(4 * (n + 1)),
    ids: runtime.arena.take(4 * all.length),
    values: runtime.arena.take(8 * all.length),
    count: all.length,
  };
  let at = 0;
  for (const [row, own] of pairs.entries()) runtime.arena.u32(placed.offsets, n + 1)[row + 1] = at += own.length;
  runtime.arena.u32(placed.offsets, 1)[0] = 0;
  runtime.arena.u32(placed.ids, all.length).set(all.map(([id]) => id));
  runtime.arena.f64(placed.values, all.length).set(all.map(([, value]) => value));
  const [ids, numbers] = [runtime.arena.take(4 * n), runtime.arena.take(8 * n)];
  runtime.arena.u32(ids, n).set(a);
  runtime.arena.f64(numbers, n).set(x);
  const rows: PackInput = {
    ...rest,
    ids: new Map([["a", ids]]),
    numbers: new Map([["x", numbers]]),
    pairs: new Map([
      ["l", placed],
      ["m", placed],
    ]),
  };
  // in two pieces: what comes in together must not matter
  const first = Math.floor(n / 3);
  await made.add(
    rows,
    Uint32Array.from({ length: first }, (_, i) => i),
  );
  await made.add(
    rows,
    Uint32Array.from({ length: n - first }, (_, i) => i + first),
  );
  return { made, written: (await made.finish())! };
}

for (const n of [1, 8192, 20000]) {
  test(`a pack of ${n} rows reads as it was built, in any range, and with Arrow's own reader`, async (t) => {
    const file = `${folder(t)}/p.arrow`;
    const { made, written } = await build(file, n);
    t.deepEqual((await build(`${file}-2`, n)).written, written);
    const pack = await openPack(file, written);
    t.deepEqual([pack.rows, pack.batches, pack.layout], [n, Math.ceil(n / 8192), layout]);
    t.is(
      made.weight,
      Array.from(rowsOf(n).weight).reduce((a, b) => a + b, 0),
    );
    for (const [from, to] of [
      [0, n],
      [Math.floor(n / 3), Math.ceil(n / 2)],
      [n - 1, n],
      [n, n],
    ] as const) {
      const wanted = rowsOf(n);
      const rows = await pack.read(from, to, { slices: true, keys: true });
      t.is(rows.rows, to - from);
      t.deepEqual(rows.label, wanted.label.slice(from, to));
      t.deepEqual(rows.weight, wanted.weight.slice(from, to));
      t.deepEqual(rows.ids.get("a"), wanted.a.slice(from, to));
      const { offsets, ids, values } = rows.pairs.get("l")!;
      const read = Array.from({ length: to - from }, (_, r) => {
        const [first, end] = [offsets[r]! - offsets[0]!, offsets[r + 1]! - offsets[0]!];
        return Array.from({ length: end - first }, (_, k) => [ids[first + k], values![first + k]]);
      });
      t.deepEqual(read as unknown, wanted.pairs.slice(from, to));
      t.deepEqual([rows.pairs.get("m")!.ids, rows.pairs.get("m")!.values], [ids, null]);
      t.deepEqual(rows.numbers.get("x"), wanted.x.slice(from, to));
      const texts = (of: (row: number) => string | null): (string | null)[] => Array.from({ length: to - from }, (_, i) => of(from + i));
      t.deepEqual(
        rows.slices.get("s"),
        texts((row) => wanted.slice("s", row)),
      );
      t.deepEqual(
        rows.slices.get("none"),
        texts(() => null),
      );
      t.deepEqual(
        rows.keys,
        texts((row) => wanted.key(row)),
      );
    }
    const plain = await pack.read(0, 1);
    t.deepEqual([plain.slices.size, plain.keys], [0, null]);
    await t.throwsAsync(pack.read(0, n + 1), { instanceOf: RangeError });
    const table = tableFromIPC(fs.readFileSync(file));
    t.is(table.numRows, n);
    t.is(table.getChild("n:x")!.get(0), null);
    t.is(table.getChild("s:s")!.nullCount, Math.ceil(n / 3));
  });
}

test("a damaged pack is refused before it is parsed, and what is no pack is said to be none", async (t) => {
  const file = `${folder(t)}/p.arrow`;
  const { written } = await build(file, 50);
  const bytes = fs.readFileSync(file);
  for (const damage of [0, 100, bytes.length - 20]) {
    const copy = Buffer.from(bytes);
    copy[damage]! ^= 1;
    fs.writeFileSync(file, copy);
    await t.throwsAsync(openPack(file, written), { code: "E_CORRUPT" });
  }
  fs.writeFileSync(file, bytes.subarray(0, bytes.length - 1));
  await t.throwsAsync(openPack(file, written), { code: "E_CORRUPT" });
  fs.writeFileSync(file, "no pack at all");
  await t.throwsAsync(openPack(file), { code: "E_PACK" });
  await t.throwsAsync(openPack(`${file}-nowhere`), { code: "E_NOT_FOUND" });
});

test("of a pack one record batch is in memory, in the room that is given for it", async (t) => {
  const file = `${folder(t)}/p.arrow`;
  const { written } = await build(file, 40_000);
  const room = new Uint8Array(2 ** 21);
  const pack = await openPack(file, written, room);
  for (let from = 0; from < 40_000; from += 512) {
    const to = Math.min(40_000, from + 512);
    const { label, ids, numbers, pairs } = await pack.read(from, to);
    t.is(label.buffer, room.buffer);
    t.is(ids.get("a")![0], from);
    t.true([numbers.get("x")!.buffer, pairs.get("l")!.ids.buffer].every((buffer) => buffer === room.buffer));
  }
});

test("whatever the bytes of a file are, reading it as a pack gives rows, or says that it cannot", async (t) => {
  const file = `${folder(t)}/p.arrow`;
  await build(file, 300);
  const whole = fs.readFileSync(file);
  const end = whole.length;
  const damages = fc.array(fc.record({ at: fc.oneof(fc.nat(end - 1), fc.integer({ min: end - 1500, max: end - 1 }), fc.nat(600)), byte: fc.nat(255) }), {
    minLength: 1,
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(damages, fc.oneof(fc.constant(end), fc.nat(end)), async (changes, length) => {
      const bytes = Buffer.from(whole.subarray(0, length));
      for (const { at, byte } of changes) if (at < length) bytes[at] = byte;
      fs.writeFileSync(file, bytes);
      try {
        const pack = await openPack(file);
        const { rows } = await pack.read(0, pack.rows, { slices: true, keys: true });
        return rows === pack.rows;
      } catch (thrown) {
        return thrown instanceof CrossbillError && (thrown.code === "E_PACK" || thrown.code === "E_CORRUPT");
      }
    }),
    // A type in the schema that became another one, with fewer buffers.
    {
      numRuns: 400,
      examples: [
        [
          [
            { at: end - 258, byte: 0 },
            { at: end - 1500, byte: 0 },
          ],
          end,
        ],
      ],
    },
  );
  t.pass();
});
