import { CrossbillError } from "@crossbill/messages";
import { SliceAccumulator, type SliceValue, sliceMetrics } from "@crossbill/slicing";
import test from "ava";

test("slices come in order of the sets, then of their values: numbers by size, texts by code units, null last", (t) => {
  const values: (SliceValue | undefined)[] = ["b", null, "B", 10, 9, undefined, "", "ä", "z", Number.NaN, -0, 0, "\u{1F600}", "\uFF5E"];
  const rows = sliceMetrics(
    values.map(() => 1),
    values.map(() => 0.5),
    { v: values, w: values.map(() => "one") },
    undefined,
    { sets: ["w", "v", ["w", "v"]] },
  );
  t.deepEqual(
    rows.map((s) => [Object.entries(s.slice), s.rows]),
    [
      [[["w", "one"]], 14],
      ...[
        [0, 2],
        [9, 1],
        [10, 1],
        ["", 1],
        ["B", 1],
        ["b", 1],
        ["z", 1],
        ["ä", 1],
        ["\u{1F600}", 1],
        ["\uFF5E", 1],
        [null, 3],
      ].map(([v, n]) => [[["v", v]], n]),
      ...[
        [0, 2],
        [9, 1],
        [10, 1],
        ["", 1],
        ["B", 1],
        ["b", 1],
        ["z", 1],
        ["ä", 1],
        ["\u{1F600}", 1],
        ["\uFF5E", 1],
        [null, 3],
      ].map(([v, n]) => [
        [
          ["w", "one"],
          ["v", v],
        ],
        n,
      ]),
    ],
  );
});

test("hostile names of fields and values are names like others", (t) => {
  const before = Reflect.ownKeys(Object.prototype).length;
  const slices = JSON.parse('{"__proto__": ["__proto__", "constructor", "", "toString"], "constructor": [1, 1, 1, 1], "": ["a", "a", "b", null]}') as Record<
    string,
    SliceValue[]
  >;
  const found = sliceMetrics([1, 0, 1, 0], [0.5, 0.5, 0.5, 0.5], slices, undefined, { sets: ["__proto__", "constructor", "", ["", "__proto__"]] });
  t.is(
    JSON.stringify(found.map((s) => s.slice)),
    '[{"__proto__":""},{"__proto__":"__proto__"},{"__proto__":"constructor"},{"__proto__":"toString"},{"constructor":1},{"":"a"},{"":"b"},{"":null},' +
      '{"":"a","__proto__":"__proto__"},{"":"a","__proto__":"constructor"},{"":"b","__proto__":""},{"":null,"__proto__":"toString"}]',
  );
  t.true(Object.hasOwn(found[0]!.slice, "__proto__"));
  const accumulator = new SliceAccumulator(["__proto__"]);
  accumulator.update([1, 0, 1, 0], [0.5, 0.5, 0.5, 0.5], slices);
  t.is(JSON.stringify(SliceAccumulator.fromMessage(accumulator.toMessage()).value()), JSON.stringify(accumulator.value()));
  t.is(Reflect.ownKeys(Object.prototype).length, before);
});

test("a slice of one class has no AUC, one without weight has no numbers", (t) => {
  const [one, none] = sliceMetrics([1, 1, 0, 1], [0.5, 0.25, 0.5, 1], { s: ["a", "a", "b", "b"] }, [1, 1, 0, 0]);
  t.true(Number.isNaN(one!.auc) && Number.isNaN(one!.normalizedEntropy) && one!.logLoss > 0);
  t.is(none!.rows, 2);
  t.is(none!.weight, 0);
  for (const x of [none!.auc, none!.logLoss, none!.bias.difference, none!.bias.ratio, none!.bias.low]) t.true(Number.isNaN(x));
});

test("importance weights count rows in the interval, frequency weights count weight", (t) => {
  const y = Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? 1 : 0));
  const p = y.map((_, i) => 0.2 + (i % 5) / 10);
  const s = y.map(() => "all");
  const width = (weights: number[] | undefined, weightKind: "importance" | "frequency"): number => {
    const [slice] = sliceMetrics(y, p, { s }, weights, { weightKind });
    return slice!.bias.high - slice!.bias.low;
  };
  const ten = y.map(() => 10);
  t.true(Math.abs(width(ten, "importance") - width(undefined, "importance")) < 1e-12);
  t.true(Math.abs(width(undefined, "frequency") - width(undefined, "importance")) < 1e-12);
  t.true(width(ten, "frequency") < width(undefined, "frequency") / 3);
});

test("unlike accumulators and damaged messages are refused", (t) => {
  const a = new SliceAccumulator(["s"]);
  a.update([1, 0], [0.5, 0.1], { s: ["x", 2] });
  const code = (f: () => unknown): string | undefined => t.throws(f, { instanceOf: CrossbillError })?.code;
  t.is(
    code(() => a.merge(new SliceAccumulator(["t"]))),
    "E_ACCUMULATOR_MISMATCH",
  );
  const refused = (change: object): string | undefined => code(() => SliceAccumulator.fromMessage({ ...a.toMessage(), ...change }));
  t.is(refused({ formatVersion: 2 }), "E_MESSAGE_VERSION");
  t.is(refused({ labels: Uint8Array.of(1, 7) }), "E_MESSAGE_CORRUPT");
  t.is(refused({ labels: Uint8Array.of(1) }), "E_MESSAGE_CORRUPT");
  t.is(refused({ probabilities: new Uint8Array(5) }), "E_MESSAGE_CORRUPT");
  t.is(refused({ fields: [{ ...a.toMessage().fields![0]!, values: [] }] }), "E_MESSAGE_CORRUPT");
});

test("a few rows without a positive are no proof of bias: the interval is as wide as the predictions' own variance", (t) => {
  const n = 40;
  const [slice] = sliceMetrics(new Float64Array(n), new Float64Array(n).fill(0.02), { s: new Array<string>(n).fill("a") });
  const { difference, low, standardError, calibratedStandardError } = slice!.bias;
  t.is(difference, 0.02);
  t.true(standardError < 1e-9, "the residuals are all the same");
  t.true(Math.abs(calibratedStandardError - Math.sqrt((0.02 * 0.98) / n)) < 1e-15);
  t.true(low < 0, "0.98 to the power of 40 is 45%: no click is nothing unusual");
});
