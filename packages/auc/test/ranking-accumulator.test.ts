import { RankingAccumulator, rankRows, rocAuc, rocCurveOf } from "@crossbill/auc";
import { CrossbillError, encodeMessage, v1 } from "@crossbill/messages";
import test from "ava";
import { rocAucTwin } from "./twins.js";

/** N seeded rows whose scores are all different. */
function rows(n: number, seed: number): { labels: Uint8Array; scores: Float64Array } {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
  const scores = Float64Array.from({ length: n }, next);
  return { scores, labels: Uint8Array.from(scores, (s) => (next() < s ? 1 : 0)) };
}

test("many updates, a sort by radix and a growing buffer give the ranking of the whole", (t) => {
  const { labels, scores } = rows(30_000, 7);
  const accumulator = new RankingAccumulator();
  for (let at = 0; at < scores.length; at += 700) accumulator.update(labels.subarray(at, at + 700), scores.subarray(at, at + 700));
  t.deepEqual(accumulator.ranking(), rankRows(labels, scores));
  t.is(accumulator.value().rows, 30_000);
  const few = { y: [...labels.subarray(0, 500)], s: [...scores.subarray(0, 500)] };
  t.true(Math.abs(rocAuc(few.y, few.s) - rocAucTwin(few.y, few.s)) < 1e-12);
});

test("beyond its capacity it rounds scores down, keeps true points of the curve, and states a bound that holds", (t) => {
  const { labels, scores } = rows(5000, 3);
  const exact = rocAuc(labels, scores);
  const accumulator = new RankingAccumulator({ capacity: 300 });
  accumulator.update(labels, scores);
  const value = accumulator.value();
  t.true(value.roundedBits > 0 && value.distinctScores <= 300 && value.distinctScores > 100);
  t.true(value.rocAucErrorBound > 0 && value.rocAucErrorBound < 0.01);
  t.true(Math.abs(value.rocAuc - exact) <= value.rocAucErrorBound);
  const curve = rocCurveOf(accumulator.ranking());
  for (const [k, threshold] of curve.thresholds.entries()) {
    t.is(curve.truePositiveRate[k], labels.filter((y, i) => y === 1 && scores[i]! >= threshold).length / labels.filter((y) => y === 1).length);
  }
});

test("equal data give equal bytes, in whatever order they came", (t) => {
  const { labels, scores } = rows(3000, 5);
  const weights = scores.map((s) => 0.1 + s);
  const bytes = (cuts: readonly [number, number][], capacity: number): Uint8Array => {
    const all = new RankingAccumulator({ capacity });
    for (const [from, to] of cuts) {
      const part = new RankingAccumulator({ capacity });
      part.update(labels.subarray(from, to), scores.subarray(from, to), weights.subarray(from, to));
      all.merge(part);
    }
    return encodeMessage(v1.RankingAccumulator, all.toMessage());
  };
  for (const capacity of [100, 2 ** 22]) {
    t.deepEqual(
      bytes([[0, 3000]], capacity),
      bytes(
        [
          [2000, 3000],
          [0, 10],
          [10, 2000],
        ],
        capacity,
      ),
    );
  }
});

test("infinite scores are ordered, merged and written like any other", (t) => {
  const a = new RankingAccumulator({ capacity: 2 });
  a.update([1, 0, 1, 0, 1], [Infinity, -Infinity, 3, -0, 0]);
  const b = RankingAccumulator.fromMessage(a.toMessage());
  t.deepEqual(b.value(), a.value());
  b.merge(a);
  t.is(b.value().positiveWeight, 6);
  t.is(b.value().rocAuc, a.value().rocAuc);
});

test("damaged messages and unlike accumulators are refused", (t) => {
  const a = new RankingAccumulator();
  a.update([0, 1], [0.5, 0.25], [1, 0.3]);
  const message = a.toMessage();
  const code = (f: () => unknown): string | undefined => t.throws(f, { instanceOf: CrossbillError })?.code;
  const refused = (change: v1.RankingAccumulator.$Properties): string | undefined => code(() => RankingAccumulator.fromMessage({ ...message, ...change }));
  t.is(refused({ scores: message.scores!.subarray(1) }), "E_MESSAGE_CORRUPT");
  t.is(refused({ scores: message.scores!.subarray(8) }), "E_MESSAGE_CORRUPT");
  t.is(refused({ positives: message.positives!.map(() => 0xff) }), "E_MESSAGE_CORRUPT");
  t.is(refused({ scores: message.scores!.map(() => 0), digits: message.digits!.map(() => 0) }), "E_MESSAGE_CORRUPT");
  t.is(refused({ roundedBits: 65 }), "E_MESSAGE_CORRUPT");
  t.is(refused({ capacity: 0 }), "E_CAPACITY_RANGE");
  t.is(refused({ formatVersion: 2 }), "E_MESSAGE_VERSION");
  t.is(
    code(() => a.merge(new RankingAccumulator({ capacity: 5 }))),
    "E_ACCUMULATOR_MISMATCH",
  );
});
