import { decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { bytesOf, NO_VALUE, orderOf } from "../dist/history-rows.js";
import { mergeHistories } from "../dist/merge-histories.js";
import { TextIndex, textsOf } from "../dist/text-index.js";

interface Event {
  readonly key: bigint;
  readonly order: number;
  readonly value: string | null;
}

const spec = (last: number): v1.HistorySpec => v1.HistorySpec.create({ name: "seen", by: "user", of: "film", order: "time", last });

function rowsOf(events: readonly Event[]): v1.HistoryRows {
  const texts = new TextIndex();
  const values = Uint32Array.from(events, ({ value }) => (value === null ? NO_VALUE : texts.indexOf(value)));
  const one = v1.HistoryRowsOf.create({
    keys: bytesOf(BigUint64Array.from(events, ({ key }) => key)),
    orders: bytesOf(Float64Array.from(events, ({ order }) => order)),
    values: bytesOf(values),
    texts: texts.message(),
  });
  // As another thread would get it: at any alignment.
  return decodeMessage(v1.HistoryRows, encodeMessage(v1.HistoryRows, v1.HistoryRows.create({ histories: [one] })), "rows");
}

function readLists(lists: v1.HistoryLists): string[][] {
  const { starts, ends, items, texts } = lists.histories[0]!;
  const words = (bytes: Uint8Array): Uint32Array => new Uint32Array(new Uint8Array(bytes).buffer);
  const [from, to, all, names] = [words(starts), words(ends), words(items), textsOf(texts)];
  return Array.from(from, (start, row) => Array.from(all.subarray(start, to[row]), (item) => names[item]!));
}

/** What came strictly before, row by row. */
function oracle(events: readonly Event[], last: number): string[][] {
  return events.map(({ key, order }) => {
    if (Number.isNaN(order)) return [];
    const before = events.flatMap((other, i) => (other.key === key && other.order < order ? [{ ...other, i }] : []));
    before.sort((a, b) => a.order - b.order || a.i - b.i);
    return before.flatMap(({ value }) => (value === null ? [] : [value])).slice(-last);
  });
}

const event = fc.record({
  key: fc.bigInt({ min: 0n, max: 3n }),
  order: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constant(Number.NaN)),
  value: fc.option(fc.constantFrom("a", "b", "c", "é", "__proto__"), { freq: 6 }),
});

test("a row's list is what its key had strictly before, the latest ones, however the data are cut into shards", (t) => {
  fc.assert(
    fc.property(fc.array(fc.array(event, { maxLength: 12 }), { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 5 }), (shards, last) => {
      const merged = mergeHistories([spec(last)], shards.map(rowsOf));
      t.deepEqual(merged.flatMap(readLists), oracle(shards.flat(), last));
    }),
    { numRuns: 300 },
  );
});

test("a value is never in the list of its own row or of one of the same moment", (t) => {
  const events: Event[] = [1, 1, 2, 2].map((order, i) => ({ key: 7n, order, value: `v${i}` }));
  t.deepEqual(mergeHistories([spec(50)], [rowsOf(events)]).flatMap(readLists), [[], [], ["v0", "v1"], ["v0", "v1"]]);
});

test("what orders rows is a number, or a time where it is none", (t) => {
  t.is(orderOf(" 12.5 "), 12.5);
  t.is(orderOf("1260759144"), 1260759144);
  t.is(orderOf("2026-03-01"), Date.UTC(2026, 2, 1));
  t.true(orderOf("2026-03-01T10:00:00Z") < orderOf("2026-03-01T10:00:01Z"));
  for (const text of ["", "yes", "0x10", "Infinity", "NaN"]) t.true(Number.isNaN(orderOf(text)), text);
});
