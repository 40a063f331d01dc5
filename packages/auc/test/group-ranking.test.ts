import { GroupRankingAccumulator, type GroupRankingOptions, meanAveragePrecision, meanReciprocalRank, ndcg, precisionAt, recallAt } from "@crossbill/auc";
import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { type GroupedRow, groupRankingTwin } from "./twins.js";

const near = (got: number, want: number): boolean => Object.is(got, want) || Math.abs(got - want) <= 1e-12;

/** Groups of at most five rows, so that every order of equal scores can be tried out. */
const rowsOf = (weight: fc.Arbitrary<number>, relevance: fc.Arbitrary<number>): fc.Arbitrary<GroupedRow[]> =>
  fc
    .uniqueArray(fc.tuple(fc.constantFrom<string | number>(0, 1, 2, "1", "b", ""), weight), { selector: ([key]) => key, maxLength: 4 })
    .chain((groups) =>
      fc.tuple(
        ...groups.map(([group, w]) =>
          fc.array(
            fc
              .tuple(relevance, fc.oneof(fc.integer({ min: -1, max: 2 }), fc.double({ noNaN: true })))
              .map(([r, s]): GroupedRow => ({ group, relevance: r, score: s, weight: w })),
            { maxLength: 5 },
          ),
        ),
      ),
    )
    .map((groups) => groups.flat());
const grade = fc.oneof(fc.constantFrom(0, 0, 1), fc.nat(4));
const whole = fc.integer({ min: 0, max: 3 });
const real = fc.oneof(whole, fc.double({ min: 1e-3, max: 10, noNaN: true }));
const cutoff = fc.constantFrom(1, 2, 3, 5, 9, Infinity);

function accumulated(rows: readonly GroupedRow[]): GroupRankingAccumulator {
  const a = new GroupRankingAccumulator();
  a.update(
    rows.map((r) => r.relevance),
    rows.map((r) => r.score),
    rows.map((r) => r.group),
    rows.map((r) => r.weight),
  );
  return a;
}
const bytesOf = (a: GroupRankingAccumulator): Uint8Array => encodeMessage(v1.GroupRankingAccumulator, a.toMessage());
const sent = (a: GroupRankingAccumulator): GroupRankingAccumulator =>
  GroupRankingAccumulator.fromMessage(decodeMessage(v1.GroupRankingAccumulator, bytesOf(a), "part"));
const options = (k: number): GroupRankingOptions => (k === Infinity ? {} : { k });

for (const gain of ["exponential", "linear"] as const)
  test(`every measure is the mean over all orders of equal scores (${gain} gain)`, (t) => {
    const relevance = gain === "linear" ? fc.oneof(grade, fc.double({ min: 1e-3, max: 9, noNaN: true })) : grade;
    fc.assert(
      fc.property(rowsOf(real, relevance), cutoff, (rows, k) => {
        const value = accumulated(rows).value({ ...options(k), gain });
        const got = [value.ndcg, value.meanAveragePrecision, value.recall, value.precision, value.meanReciprocalRank];
        for (const [m, want] of groupRankingTwin(rows, k, gain).entries()) t.true(near(got[m]!, want), `${m}: got ${got[m]}, want ${want}`);
      }),
      { numRuns: 300 },
    );
  });

test("a group of weight k is k groups, bit for bit", (t) => {
  fc.assert(
    fc.property(rowsOf(whole, grade), cutoff, (rows, k) => {
      const copies = rows.flatMap((row) =>
        Array.from({ length: row.weight }, (_, c): GroupedRow => ({ ...row, weight: 1, group: `${typeof row.group} ${row.group} ${c}` })),
      );
      const { groups: _a, groupsWithoutRelevant: _b, ...want } = accumulated(copies).value(options(k));
      const { groups: _c, groupsWithoutRelevant: _d, ...got } = accumulated(rows).value(options(k));
      t.deepEqual(got, want);
    }),
    { numRuns: 100 },
  );
});

test("rows and merges in any order give the same bits and bytes, with groups spread over parts", (t) => {
  fc.assert(
    fc.property(rowsOf(real, grade), fc.nat(20), fc.integer({ min: 1, max: 1008 }), (rows, cut, seed) => {
      const shuffled = rows
        .map((row, i) => ({ row, at: ((i + 1) * seed) % 1009 }))
        .sort((a, b) => a.at - b.at)
        .map(({ row }) => row);
      const merged = sent(accumulated(shuffled.slice(cut)));
      merged.merge(sent(accumulated(shuffled.slice(0, cut))));
      const whole = accumulated(rows);
      t.deepEqual(bytesOf(merged), bytesOf(whole));
      t.deepEqual(merged.value({ k: 2 }), whole.value({ k: 2 }));
    }),
    { numRuns: 100 },
  );
});

test("the functions are the accumulator's numbers, ndcg with the exponential gain", (t) => {
  const relevances = [3, 0, 1, 0, 2, 0, 0];
  const scores = [0.9, 0.8, 0.8, 0.1, 0.4, 0.6, 0.2];
  const groups = ["a", "a", "a", "b", "c", "c", "b"];
  const a = new GroupRankingAccumulator();
  a.update(relevances, scores, groups);
  for (const k of [1, 2, undefined]) {
    const given = k === undefined ? { groups } : { groups, k };
    const value = a.value(k === undefined ? {} : { k });
    t.is(ndcg(relevances, scores, given), value.ndcg);
    t.is(meanAveragePrecision(relevances, scores, given), value.meanAveragePrecision);
    t.is(recallAt(relevances, scores, given), value.recall);
    t.is(precisionAt(relevances, scores, given), value.precision);
    t.is(meanReciprocalRank(relevances, scores, given), value.meanReciprocalRank);
  }
  t.deepEqual([a.value().groups, a.value().groupsWithoutRelevant, a.value().weight], [3, 1, 2]);
  t.is(meanAveragePrecision([0.5, 0], [1, 2], { groups: [1, 1] }), 0.5);
});

test("NDCG has scikit-learn's numbers (1.2.1), which averages equal scores too", (t) => {
  const relevances = [3, 2, 0, 1, 2, 0];
  const scores = [0.9, 0.5, 0.5, 0.5, 0.2, 0.1];
  const of = (k: number | undefined): number =>
    ndcg(relevances, scores, { groups: Array<number>(6).fill(7), gain: "linear", ...(k === undefined ? {} : { k }) });
  t.true(near(of(undefined), 0.937246925621577));
  t.is(of(1), 1);
  t.true(near(of(3), 0.7850703250369506));
  t.true(near(of(5), 0.937246925621577));
});

test("by hand: a group of four", (t) => {
  // Ranks 1 to 4: relevant, not, relevant, not.
  const given = { groups: ["q", "q", "q", "q"] };
  const [y, s] = [
    [1, 0, 1, 0],
    [4, 3, 2, 1],
  ];
  t.is(meanAveragePrecision(y, s, given), (1 + 2 / 3) / 2);
  t.true(near(ndcg(y, s, given), (1 + 1 / 2) / (1 + 1 / Math.log2(3))));
  t.is(recallAt(y, s, { ...given, k: 2 }), 0.5);
  t.is(precisionAt(y, s, { ...given, k: 10 }), 0.2);
  t.is(meanReciprocalRank([0, 0, 1, 1], s, given), 1 / 3);
  t.is(meanReciprocalRank([0, 0, 1, 1], s, { ...given, k: 2 }), 0);
  // One relevant among three equal ones: 1, 1/2 or 1/3.
  t.true(near(meanReciprocalRank([1, 0, 0], [5, 5, 5], { groups: [1, 1, 1] }), (1 + 1 / 2 + 1 / 3) / 3));
});

test("without rows or relevant ones the measures are NaN, and groups are counted", (t) => {
  for (const rows of [[], [{ group: "a", relevance: 0, score: 1, weight: 1 }]]) {
    const value = accumulated(rows).value();
    t.deepEqual([value.groups, value.groupsWithoutRelevant, value.weight], [rows.length, rows.length, 0]);
    for (const x of [value.ndcg, value.meanAveragePrecision, value.recall, value.precision, value.meanReciprocalRank]) t.is(x, Number.NaN);
  }
});

test("wrong input and damaged messages are said to be so, and nothing is added", (t) => {
  const code = (f: () => unknown): string | undefined => t.throws(f, { instanceOf: CrossbillError })?.code;
  const a = accumulated([
    { group: "a", relevance: 1, score: 1, weight: 2 },
    { group: 3, relevance: 0.5, score: 2, weight: 1 },
  ]);
  const before = bytesOf(a);
  for (const x of [-1, Number.NaN, Infinity])
    t.is(
      code(() => a.update([1, x], [1, 2], ["c", "c"])),
      "E_RELEVANCE_RANGE",
    );
  t.is(
    code(() => a.update([1], [Number.NaN], ["c"])),
    "E_SCORE_RANGE",
  );
  t.is(
    code(() => a.update([1], [1], [Number.NaN])),
    "E_GROUP_RANGE",
  );
  t.is(
    code(() => a.update([1], [1], [null as unknown as string])),
    "E_GROUP_RANGE",
  );
  t.is(
    code(() => a.update([1, 1], [1, 2], ["c"])),
    "E_LENGTH_MISMATCH",
  );
  t.is(
    code(() => a.update([1, 1], [1, 2], ["c", "c"], [1, 2])),
    "E_WEIGHT_RANGE",
  );
  t.is(
    code(() => a.update([1, 1], [1, 2], ["c", "a"], [1, 1])),
    "E_WEIGHT_RANGE",
  );
  t.is(
    code(() => a.merge(accumulated([{ group: "a", relevance: 1, score: 1, weight: 1 }]))),
    "E_WEIGHT_RANGE",
  );
  t.deepEqual(bytesOf(a), before);
  t.is(
    code(() => a.value()),
    "E_RELEVANCE_RANGE",
  );
  for (const k of [0, 1.5, Number.NaN])
    t.is(
      code(() => a.value({ k, gain: "linear" })),
      "E_OPTION_RANGE",
    );
  t.is(
    code(() => a.value({ gain: "log" as "linear" })),
    "E_OPTION_RANGE",
  );
  const message = a.toMessage();
  const refused = (change: v1.GroupRankingAccumulator.$Properties): string | undefined =>
    code(() => GroupRankingAccumulator.fromMessage({ ...message, ...change }));
  t.is(refused({ formatVersion: 3 }), "E_MESSAGE_VERSION");
  t.is(refused({ scores: message.scores!.subarray(8) }), "E_MESSAGE_CORRUPT");
  t.is(refused({ groups: [message.groups![0]!, message.groups![0]!] }), "E_MESSAGE_CORRUPT");
  t.is(refused({ groups: [message.groups![0]!, {}] }), "E_MESSAGE_CORRUPT");
});
