import { aucInterval, compareAuc, DelongAccumulator, type IntervalOptions, RankingAccumulator, rankRows } from "@crossbill/auc";
import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";

type Row = readonly [label: number, a: number, b: number, weight: number];

const score = fc.oneof(
  fc.integer({ min: -3, max: 6 }).map((k) => k / 8),
  fc.double({ noNaN: true }),
  fc.constantFrom(0, -0),
);
const weight = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.double({ min: 0, max: 10, noNaN: true }));
const rows = fc.array(fc.tuple(fc.constantFrom(0, 1), score, score, weight), { maxLength: 40 });
const KINDS: readonly IntervalOptions[] = [{}, { weightKind: "frequency", level: 0.8 }];

const column = (part: readonly Row[], k: 0 | 1 | 2 | 3): number[] => part.map((row) => row[k]);

/** The first pass: parts ranked alone, then merged. */
function ranked(parts: readonly (readonly Row[])[], k: 1 | 2, capacity = 2 ** 22): ReturnType<RankingAccumulator["ranking"]> {
  const all = new RankingAccumulator({ capacity });
  for (const part of parts) {
    const one = new RankingAccumulator({ capacity });
    one.update(column(part, 0), column(part, k), column(part, 3));
    all.merge(one);
  }
  return all.ranking();
}

/** The second pass: parts placed alone, each sent as a message, then merged. */
function placed(parts: readonly (readonly Row[])[]): DelongAccumulator {
  const a = ranked(parts, 1);
  const b = ranked(parts, 2);
  const [first, ...others] = parts.map((part) => {
    const one = new DelongAccumulator(a, b);
    one.update(column(part, 0), column(part, 1), column(part, 2), column(part, 3));
    return DelongAccumulator.fromMessage(decodeMessage(v1.DelongAccumulator, encodeMessage(v1.DelongAccumulator, one.toMessage()), "part"));
  });
  for (const other of others) first!.merge(other);
  return first!;
}

test("two passes over parts give the intervals of the whole arrays, bit for bit", (t) => {
  fc.assert(
    fc.property(rows, fc.nat(40), fc.nat(40), (all, i, j) => {
      const cut = [Math.min(i, j), Math.max(i, j)] as const;
      const parts = [all.slice(0, cut[0]), all.slice(cut[0], cut[1]), all.slice(cut[1])];
      const [labels, a, b, weights] = [column(all, 0), column(all, 1), column(all, 2), column(all, 3)];
      const accumulator = placed(parts);
      for (const options of KINDS) {
        const value = accumulator.value(options);
        t.deepEqual(value.a, aucInterval(labels, a, weights, options));
        t.deepEqual(value.b, aucInterval(labels, b, weights, options));
        t.deepEqual(value.comparison, compareAuc(labels, a, b, weights, options));
      }
      t.is(accumulator.value().rows, weights.filter((w) => w > 0).length);
    }),
    { numRuns: 150 },
  );
});

test("merges in any order give the same message bytes", (t) => {
  fc.assert(
    fc.property(rows, fc.nat(40), (all, i) => {
      const bytes = (parts: Row[][]): Uint8Array => encodeMessage(v1.DelongAccumulator, placed(parts).toMessage());
      t.deepEqual(bytes([all.slice(i), all.slice(0, i)]), bytes([all]));
    }),
    { numRuns: 60 },
  );
});

test("a row of frequency k is k rows", (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(0, 1), score, score, fc.integer({ min: 0, max: 4 })), { maxLength: 30 }), (all) => {
      const copies = all.flatMap(([y, a, b, w]) => Array<Row>(w).fill([y, a, b, 1]));
      t.deepEqual({ ...placed([all]).value({ weightKind: "frequency" }), rows: 0 }, { ...placed([copies]).value({ weightKind: "frequency" }), rows: 0 });
    }),
    { numRuns: 60 },
  );
});

test("one model has an interval and nothing to compare", (t) => {
  const accumulator = new DelongAccumulator(rankRows([0, 1, 0, 1], [0.1, 0.4, 0.4, 0.8]));
  accumulator.update([0, 1, 0, 1], [0.1, 0.4, 0.4, 0.8]);
  const value = DelongAccumulator.fromMessage(accumulator.toMessage()).value();
  t.deepEqual(value, { rows: 4, a: aucInterval([0, 1, 0, 1], [0.1, 0.4, 0.4, 0.8]), b: null, comparison: null });
  t.is(value.a.auc, 0.875);
});

test("where the ranking dropped low bits, rows stand where their scores were rounded down to", (t) => {
  const all = Array.from({ length: 3000 }, (_, i): Row => {
    const a = ((i * 7919) % 3001) / 3001 - 0.5;
    return [(i * 31) % 7 < 2 + 2 * a ? 1 : 0, a, 0, 1 + (i % 3)];
  });
  const ranking = ranked([all], 1, 100);
  const accumulator = new DelongAccumulator(ranking);
  accumulator.update(column(all, 0), column(all, 1), undefined, column(all, 3));
  const down = column(all, 1).map((s) => ranking.thresholds.find((threshold) => threshold <= s)!);
  t.deepEqual(accumulator.value().a, aucInterval(column(all, 0), down, column(all, 3)));
  t.true(Math.abs(accumulator.value().a.standardError - aucInterval(column(all, 0), column(all, 1), column(all, 3)).standardError) < 1e-3);
});

test("what does not belong together is refused, and nothing is added", (t) => {
  const code = (f: () => unknown): string | undefined => t.throws(f, { instanceOf: CrossbillError })?.code;
  const ranking = rankRows([0, 1, 0], [0.1, 0.4, 0.5]);
  const one = new DelongAccumulator(ranking);
  t.is(
    code(() => one.update([0, 1], [0.5, 0.05])),
    "E_SCORE_UNRANKED",
  );
  t.is(one.value().rows, 0);
  t.is(
    code(() => one.update([0], [0.5], [0.5])),
    "E_ACCUMULATOR_MISMATCH",
  );
  t.is(
    code(() => one.update([0], [0.5], undefined, [-1])),
    "E_WEIGHT_RANGE",
  );
  t.is(
    code(() => one.merge(new DelongAccumulator(rankRows([1, 0], [1, 0])))),
    "E_ACCUMULATOR_MISMATCH",
  );
  t.is(
    code(() => one.value({ weightKind: "both" as "frequency" })),
    "E_WEIGHT_KIND",
  );
  t.is(
    code(() => one.value({ level: 1 })),
    "E_LEVEL_RANGE",
  );
  const message = one.toMessage();
  const refused = (change: v1.DelongAccumulator.$Properties): string | undefined => code(() => DelongAccumulator.fromMessage({ ...message, ...change }));
  t.is(refused({ formatVersion: 9 }), "E_MESSAGE_VERSION");
  t.is(refused({ aucA: 2 }), "E_MESSAGE_CORRUPT");
  t.is(refused({ paired: true }), "E_MESSAGE_CORRUPT");
  t.is(refused({ positives: { ...message.positives, weight: new Uint8Array(3) } }), "E_MESSAGE_CORRUPT");
  t.is(
    code(() => DelongAccumulator.fromMessage(message).update([0], [0.5])),
    "E_ACCUMULATOR_MISMATCH",
  );
});
