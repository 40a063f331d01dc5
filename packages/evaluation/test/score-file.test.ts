import { CrossbillError } from "@crossbill/messages";
import { tableFromArrays, tableToIPC } from "apache-arrow";
import test from "ava";
import { decodeScores, encodeScores } from "../dist/score-file.js";

const scores = (n: number, seed: number) => {
  const column = (k: number) => Float64Array.from({ length: n }, (_, i) => (i * k + seed) / 7);
  return { label: column(1), weight: column(2), predictions: [column(3), column(-4)], hits: seed % 2 === 0 ? [column(0), column(1)] : [] };
};

test("scores come back bit for bit", (t) => {
  for (const n of [0, 1, 1000]) for (const seed of [3, 4]) t.deepEqual(decodeScores(encodeScores(scores(n, seed)), 2, "s.arrow"), scores(n, seed));
});

test("another Arrow file is an E_SCORES", (t) => {
  const other = tableToIPC(tableFromArrays({ label: Float64Array.of(1), weight: Float32Array.of(1) }), "file");
  t.is(t.throws(() => decodeScores(other, 1, "s.arrow"), { instanceOf: CrossbillError })?.code, "E_SCORES");
});
