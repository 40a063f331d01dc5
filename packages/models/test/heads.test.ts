import { v1 } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { classPairs, classResponse, outputNames, outputSigns, outputsOf } from "../dist/index.js";

const { ONE_VS_ONE, ONE_VS_REST, SOFTMAX } = v1.Head;
const logit = fc.oneof(fc.double({ min: -30, max: 30, noNaN: true }), fc.constantFrom(0, 800, -800, 1e-300));
const classes = fc.integer({ min: 2, max: 7 });

function respond(head: v1.Head, K: number, z: readonly number[]): { best: number; p: number[] } {
  const out = new Float64Array(K + 2).fill(7);
  const best = classResponse(head, K)(Float64Array.of(Number.NaN, ...z), 1, out, 1);
  if (out[0] !== 7 || out[K + 1] !== 7) throw new Error("written beside its place");
  return { best, p: [...out.subarray(1, K + 1)] };
}

test("the outputs of a head", (t) => {
  t.deepEqual(classPairs(3), [
    [0, 1],
    [0, 2],
    [1, 2],
  ]);
  t.deepEqual(
    [SOFTMAX, ONE_VS_REST, ONE_VS_ONE].map((head) => [2, 3, 10].map((K) => outputsOf(head, K))),
    [
      [2, 3, 10],
      [2, 3, 10],
      [1, 3, 45],
    ],
  );
  t.is(outputsOf(v1.Head.LOGISTIC, 0), 1);
  t.deepEqual(outputNames(ONE_VS_ONE, ["a", "b", "c"]), ["a rather than b", "a rather than c", "b rather than c"]);
  t.deepEqual(outputNames(ONE_VS_REST, ["a", "b"]), ["a", "b"]);
  t.deepEqual(outputSigns(ONE_VS_ONE, 3, 1), [
    [0, -1],
    [2, 1],
  ]);
  t.deepEqual(outputSigns(SOFTMAX, 3, 2), [[2, 1]]);
});

test("probabilities of every head add up to 1, at logits of 800 too", (t) => {
  fc.assert(
    fc.property(
      fc.constantFrom(SOFTMAX, ONE_VS_REST, ONE_VS_ONE),
      classes.chain((K) => fc.tuple(fc.constant(K), fc.array(logit, { minLength: 21, maxLength: 21 }))),
      (head, [K, all]) => {
        const { best, p } = respond(head, K, all.slice(0, outputsOf(head, K)));
        t.true(p.every((one) => one >= 0 && one <= 1));
        t.true(Math.abs(p.reduce((a, b) => a + b) - 1) < 1e-12);
        t.true(Number.isInteger(best) && best >= 0 && best < K);
        if (head !== ONE_VS_ONE) t.true(p[best]! >= Math.max(...p) - 1e-15);
      },
    ),
  );
});

test("oneVsRest: the classes' own probabilities, brought to 1 together", (t) => {
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  const z = [-3, 0.5, 2, -40];
  const sum = z.reduce((all, x) => all + sigmoid(x), 0);
  const { best, p } = respond(ONE_VS_REST, 4, z);
  t.is(best, 2);
  for (const [k, x] of z.entries()) t.true(Math.abs(p[k]! - sigmoid(x) / sum) < 1e-14);
  t.deepEqual(respond(ONE_VS_REST, 3, [-900, -899, -900]).best, 1, "where every sigmoid is 0 in float64");
  t.true(respond(ONE_VS_REST, 3, [-900, -899, -900]).p[1]! > 0.5);
  t.is(respond(ONE_VS_REST, 3, [1, 2, 2]).best, 1, "of equal ones the first");
});

test("oneVsOne: pairs that agree with one distribution give it back", (t) => {
  fc.assert(
    fc.property(
      classes.chain((K) => fc.array(fc.double({ min: -8, max: 8, noNaN: true }), { minLength: K, maxLength: K })),
      (scores) => {
        const K = scores.length;
        const { best, p } = respond(
          ONE_VS_ONE,
          K,
          classPairs(K).map(([a, b]) => scores[a]! - scores[b]!),
        );
        const softmax = respond(SOFTMAX, K, scores);
        for (let k = 0; k < K; k++) t.true(Math.abs(p[k]! - softmax.p[k]!) < 1e-12);
        if (new Set(scores).size === K) t.is(best, softmax.best);
      },
    ),
  );
});

test("oneVsOne: most pairs won, then the largest sum of margins, then the first; the votes are not the probabilities", (t) => {
  // 0 beats 1 and 2 by a hair, 1 beats 2 by far.
  const narrow = respond(ONE_VS_ONE, 3, [0.01, 0.01, 9]);
  t.is(narrow.best, 0);
  // A circle: 0 beats 1, 1 beats 2, 2 beats 0; margins decide.
  t.is(respond(ONE_VS_ONE, 3, [1, -2, 3]).best, 1);
  t.is(respond(ONE_VS_ONE, 3, [1, -1, 1]).best, 0, "of equal ones the first");
  t.is(respond(ONE_VS_ONE, 3, [0, 0, 0]).best, 0);
  t.is(respond(ONE_VS_ONE, 3, [0, 0, -1]).best, 2, "a logit of 0 is won by none");
  const odd = respond(ONE_VS_ONE, 4, [0.01, 0.01, 0.01, -0.02, 5, 5]);
  t.is(odd.best, 0);
  t.true(odd.p[0]! < Math.max(...odd.p));
});
