import test from "ava";
import fc from "fast-check";
import { bounded } from "../dist/bound-counted.js";
import { type Counted, mergeCounted, picked, readCounted, writeCounted } from "../dist/counted.js";
import { appendFit, finishFit, mergePartials } from "../dist/index.js";
import { packTexts, readTexts } from "../dist/texts.js";
import { countShard, hostileText, reset, type Spec } from "./support.js";

/** The slow twin: a plain map from text (a character a byte) to count. */
type Plain = Map<string, number>;

const latin1 = (text: Uint8Array): string => Buffer.from(text).toString("latin1");
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a, "latin1"), Buffer.from(b, "latin1"));

function countedOf(plain: Plain, mostLost = 0): Counted {
  const keys = [...plain.keys()].sort(byBytes);
  const bytes = Buffer.from(keys.join(""), "latin1");
  const offsets = new Uint32Array(keys.length + 1);
  for (const [i, key] of keys.entries()) offsets[i + 1] = offsets[i]! + key.length;
  return { list: { bytes, offsets, count: keys.length }, counts: Float64Array.from(keys, (key) => plain.get(key)!), mostLost };
}

function plainOf({ list, counts }: Counted): [string, number][] {
  return [...counts].map((count, i) => [latin1(list.bytes.subarray(list.offsets[i]!, list.offsets[i + 1]!)), count]);
}

const text = fc.oneof(
  hostileText.map((one) => latin1(Buffer.from(one))),
  fc.uint8Array({ maxLength: 12 }).map(latin1),
  fc.constantFrom("", "\0", "\0\0", "1234567", "12345678", "12345678\0", "123456789", "1234567\xff", "\xff".repeat(9), "y".repeat(70), `${"y".repeat(70)}z`),
);
const plain = fc.array(fc.tuple(text, fc.integer({ min: 1, max: 5 })), { maxLength: 40 }).map((entries): Plain => new Map(entries));

test("merged lists hold every value once, in byte order, with the sum of its counts", (t) => {
  fc.assert(
    fc.property(plain, plain, (a, b) => {
      const sum: Plain = new Map(a);
      for (const [key, count] of b) sum.set(key, (sum.get(key) ?? 0) + count);
      const merged = mergeCounted(countedOf(a, 3), countedOf(b, 4));
      t.deepEqual(plainOf(merged), plainOf(countedOf(sum)));
      t.is(merged.mostLost, 7);
    }),
  );
});

test("a list survives its message, wherever the message's bytes lie", (t) => {
  fc.assert(
    fc.property(plain, fc.nat(7), (values, shift) => {
      const written = writeCounted(countedOf(values, 2));
      const shifted = (bytes: Uint8Array): Uint8Array => Buffer.concat([Buffer.alloc(shift), bytes]).subarray(shift);
      const again = readCounted("v", { ...written, texts: shifted(written.texts), ends: shifted(written.ends), tallies: shifted(written.tallies) });
      t.deepEqual(plainOf(again), plainOf(countedOf(values)));
      t.is(again.mostLost, 2);
    }),
  );
  const good = writeCounted(
    countedOf(
      new Map([
        ["ab", 1],
        ["c", 2],
      ]),
    ),
  );
  const damaged = [
    { ...good, ends: good.ends.subarray(0, 5) },
    { ...good, tallies: good.tallies.subarray(0, 8) },
    { ...good, texts: good.texts.subarray(1) },
    { ...good, ends: new Uint8Array([9, 0, 0, 0, 3, 0, 0, 0]) },
  ];
  for (const one of damaged) t.throws(() => readCounted("v", one), { code: "E_COLUMN_STATE", message: /"v".*damaged/ });
});

test("picked strings stand in the order they were asked for", (t) => {
  fc.assert(
    fc.property(fc.array(hostileText, { minLength: 1, maxLength: 20 }), fc.array(fc.nat(), { maxLength: 30 }), (texts, wanted) => {
      const list = readTexts(packTexts(texts));
      const order = Uint32Array.from(wanted, (i) => i % texts.length);
      const some = picked(list, order);
      t.deepEqual(
        Array.from(order, (_, i) => Buffer.from(some.bytes.subarray(some.offsets[i]!, some.offsets[i + 1]!)).toString()),
        Array.from(order, (i) => Buffer.from(texts[i]!).toString()),
      );
    }),
  );
});

test("lists that take more than their room keep the most frequent values, and say how much a count may lack", (t) => {
  fc.assert(
    fc.property(fc.array(plain, { minLength: 1, maxLength: 4 }), fc.nat(600), (columns, room) => {
      const lists = columns.map((column) => countedOf(column, 1));
      const size = (of: readonly Counted[]): number => of.reduce((sum, { list }) => sum + 12 * list.count + list.bytes.length, 0);
      const kept = bounded(lists, room);
      if (size(lists) <= room) {
        t.deepEqual(kept, lists);
        return;
      }
      t.true(size(kept) <= room);
      // The first values by falling count, then by column and byte order, as many as fit one after another.
      const all = lists.flatMap((list, column) => plainOf(list).map(([key, count], i) => ({ column, i, key, count })));
      all.sort((a, b) => b.count - a.count || a.column - b.column || a.i - b.i);
      let left = room;
      const fit = all.findIndex(({ key }) => {
        left -= 12 + key.length;
        return left < 0;
      });
      const wanted = all.slice(0, fit);
      const least = all[fit]!.count;
      for (const [column, list] of lists.entries()) {
        const mine = wanted.filter((one) => one.column === column).sort((a, b) => a.i - b.i);
        t.deepEqual(
          plainOf(kept[column]!),
          mine.map(({ key, count }): [string, number] => [key, count]),
        );
        t.is(kept[column]!.mostLost, mine.length < list.counts.length ? 1 + least : 1);
      }
    }),
  );
});

test("vocabularies in too little room: every count is right but for what the state says it may lack", (t) => {
  const specs: Spec[] = ["a", "b"].map((name) => ({ name, vocabulary: { field: name, minCount: 2 } }));
  const row = fc.record({ a: fc.nat(30), b: fc.nat(8) }).map(({ a, b }) => ({ a: `value ${a}`, b: `${b}` }));
  const night = fc.array(fc.array(row, { maxLength: 40 }), { minLength: 1, maxLength: 4 });
  let lossy = 0;
  fc.assert(
    fc.property(night, night, fc.integer({ min: 60, max: 900 }), (first, second, room) => {
      reset();
      const counted = [first, second].map((shards) => shards.map((rows) => countShard(specs, ["a", "b"], rows)).reduce((x, y) => mergePartials(x, y, room)));
      const state = appendFit(finishFit(specs, counted[0]!, room), counted[1]!, room);
      for (const [i, field] of (["a", "b"] as const).entries()) {
        const { values, counts, pending, pendingCounts, mostLost } = state.states[i]!.vocabulary!;
        const truth = new Map<string, number>();
        for (const one of [...first.flat(), ...second.flat()]) truth.set(one[field], (truth.get(one[field]) ?? 0) + 1);
        const read = (texts: typeof values, of: readonly number[]): [string, number][] => {
          const list = readTexts(texts);
          return of.map((count, k) => [Buffer.from(list.bytes.subarray(list.offsets[k]!, list.offsets[k + 1]!)).toString(), count]);
        };
        const kept = new Map([...read(values, counts), ...read(pending, pendingCounts)]);
        for (const [text, count] of truth) {
          const got = kept.get(text) ?? 0;
          t.true(got <= count && got >= count - mostLost, `${text}: ${got} of ${count}, at most ${mostLost} may lack`);
        }
        if (mostLost > 0) lossy++;
      }
    }),
  );
  t.true(lossy > 20);
});
