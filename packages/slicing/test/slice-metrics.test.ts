import { CrossbillError } from "@crossbill/messages";
import { RandomStream, sigmoid } from "@crossbill/numerics";
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
  t.is(refused({ formatVersion: 1 }), "E_MESSAGE_VERSION");
  t.is(refused({ capacity: 0 }), "E_MESSAGE_CORRUPT");
  t.is(refused({ fields: [] }), "E_MESSAGE_CORRUPT");
  const message = a.toMessage();
  const [first] = message.slices!;
  const changed = (change: object): string | undefined => refused({ slices: [{ ...first, ...change }] });
  t.is(changed({ set: 7 }), "E_MESSAGE_CORRUPT");
  t.is(changed({ values: [] }), "E_MESSAGE_CORRUPT");
  t.is(changed({ ones: [] }), "E_MESSAGE_CORRUPT");
  t.is(changed({ rows: 0 }), "E_MESSAGE_CORRUPT");
  t.is(changed({ scores: { ...first!.scores, positives: new Uint8Array(5) } }), "E_MESSAGE_CORRUPT");
  t.is(refused({ slices: [first, first] }), "E_MESSAGE_CORRUPT");
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

test("down-sampled negatives: the standard error of true predictions is that of the residuals, not of weights at large", (t) => {
  const random = new RandomStream(3, 0);
  const rows = Array.from({ length: 20_000 }, () => sigmoid(-4 + 2 * random.uniform())).flatMap((p) => {
    const y = random.uniform() < p ? 1 : 0;
    return y === 1 || random.uniform() < 0.1 ? [{ p, y, w: y === 1 ? 1 : 10 }] : [];
  });
  const column = (key: "p" | "y" | "w"): number[] => rows.map((row) => row[key]);
  const [slice] = sliceMetrics(column("y"), column("p"), { s: rows.map(() => "a") }, column("w"));
  const { standardError, calibratedStandardError } = slice!.bias;
  t.true(Math.abs(calibratedStandardError / standardError - 1) < 0.05, `${calibratedStandardError} and ${standardError}`);
  const sum = (of: (row: { p: number; y: number; w: number }) => number): number => rows.reduce((total, row) => total + of(row), 0);
  // W_1 = 1, W_0 = 10.
  const want = Math.sqrt(sum(({ p, w }) => w * p * (1 - p) * (1 - p + 10 * p))) / sum(({ w }) => w);
  t.true(Math.abs(calibratedStandardError / want - 1) < 1e-12);
});

test("ranges of a column: all of them are told, in order, those without rows with NaN; texts that are no numbers have none", (t) => {
  const price = [5, "10", 19.99, 20, -3, null, "cheap", 1e300, " "];
  const found = sliceMetrics(
    price.map((_, i) => i % 2),
    price.map(() => 0.5),
    { price, kind: price.map(() => "a") },
    undefined,
    { sets: [{ column: "price", boundaries: [0, 10, 20, 50, 100] }, ["kind", { column: "price", boundaries: [10], name: "cheap" }]] },
  );
  t.deepEqual(
    found.map((s) => [...Object.values(s.slice), s.rows]),
    [
      ["(-inf, 0)", 1],
      ["[0, 10)", 1],
      ["[10, 20)", 2],
      ["[20, 50)", 1],
      ["[50, 100)", 0],
      ["[100, inf)", 1],
      [null, 3],
      ["a", "(-inf, 10)", 2],
      ["a", "[10, inf)", 4],
      ["a", null, 3],
    ],
  );
  t.deepEqual(Object.keys(found[7]!.slice), ["kind", "cheap"]);
  const none = found[4]!;
  for (const x of [none.logLoss, none.auc, none.brierScore, none.calibrationError, none.bias.difference, none.bias.low, none.aucErrorBound])
    t.is(x, Number.NaN);
  t.is(none.weight, 0);
});

test("quantiles of a column hold about equally much weight", (t) => {
  const x = Array.from({ length: 1000 }, (_, i) => (i * 7919) % 1000);
  const found = sliceMetrics(
    x.map((v) => v % 2),
    x.map(() => 0.5),
    { x, same: x.map(() => 3) },
    x.map((v) => (v < 500 ? 1 : 3)),
    {
      sets: [
        { column: "x", quantiles: 4 },
        { column: "same", quantiles: 3 },
      ],
    },
  );
  t.is(found.length, 5);
  for (const s of found.slice(0, 4)) t.true(Math.abs(s.weight - 500) <= 3, `${JSON.stringify(s.slice)} ${s.weight}`);
  t.deepEqual(found[4]!.slice, { same: 3 });
});

test("wrong ranges are refused", (t) => {
  const code = (set: object): string | undefined =>
    t.throws(() => sliceMetrics([1], [0.5], { a: [1] }, undefined, { sets: [set as { column: string; quantiles: number }] }), { instanceOf: CrossbillError })
      ?.code;
  for (const boundaries of [[], [1, 1], [2, 1], [Number.NaN], [Infinity]]) t.is(code({ column: "a", boundaries }), "E_SLICE_SET");
  t.is(code({ column: "a", quantiles: 1 }), "E_SLICE_SET");
  t.is(code({ column: "b", quantiles: 4 }), "E_SLICE_FIELD");
  t.is(
    code([
      { column: "a", boundaries: [1] },
      { column: "a", boundaries: [2] },
    ]),
    "E_SLICE_SET",
  );
  t.is(t.throws(() => new SliceAccumulator(["a"], { capacity: 0 }), { instanceOf: CrossbillError })?.code, "E_CAPACITY_RANGE");
});
