import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { normalQuantile, RandomStream } from "@crossbill/numerics";
import { FairnessAccumulator, type FairnessValue, fairness, type SliceValue } from "@crossbill/slicing";
import test from "ava";
import fc from "fast-check";

type Row = { y: number; p: number; w: number; g: SliceValue };
const rowsOf = (weight: fc.Arbitrary<number>): fc.Arbitrary<Row[]> =>
  fc.array(
    fc.record({
      y: fc.constantFrom(0, 1),
      p: fc.constantFrom(0, 0.25, 0.5, 0.75, 1),
      w: weight,
      g: fc.constantFrom<SliceValue>("a", "__proto__", null, 1, "1"),
    }),
    { maxLength: 60 },
  );
const of = (rows: readonly Row[], weightKind: "importance" | "frequency", weighted = true): FairnessValue =>
  fairness(
    rows.map((r) => r.y),
    rows.map((r) => r.p),
    rows.map((r) => r.g),
    { weightKind, ...(weighted ? { weights: rows.map((r) => r.w) } : {}) },
  );
const share = (rows: readonly Row[], is: (r: Row) => boolean): number =>
  rows.filter(is).reduce((sum, r) => sum + r.w, 0) / rows.reduce((sum, r) => sum + r.w, 0);
const same = (got: number, want: number): boolean => (Number.isNaN(want) ? Number.isNaN(got) : Math.abs(got - want) < 1e-12);

test("an interval of a rate of 0 begins at 0, of a rate of 1 it ends at 1: no rounding is left", (t) => {
  for (let n = 1; n < 300; n++) {
    const all = Array.from({ length: n }, (_, i) => i);
    const [group] = fairness(
      all.map((i) => i % 2),
      all.map(() => 0.1),
      all.map(() => "a"),
      {},
    ).groups;
    t.is(group!.positiveRate.low, 0, `${n} rows`);
    const [other] = fairness(
      all.map((i) => i % 2),
      all.map(() => 0.9),
      all.map(() => "a"),
      {},
    ).groups;
    t.is(other!.positiveRate.high, 1, `${n} rows`);
  }
});

test("rates are those of their definitions, with Wilson's intervals of the draws behind them", (t) => {
  fc.assert(
    fc.property(rowsOf(fc.double({ min: 0.01, max: 10, noNaN: true })), fc.constantFrom("importance" as const, "frequency" as const), (rows, kind) => {
      const { groups } = of(rows, kind);
      t.is(groups.length, new Set(rows.map((r) => r.g)).size);
      for (const group of groups) {
        const own = rows.filter((r) => r.g === group.value);
        const positive = (r: Row): boolean => r.p >= 0.5;
        for (const [rate, base, is] of [
          [group.positiveRate, own, positive],
          [group.truePositiveRate, own.filter((r) => r.y === 1), positive],
          [group.falsePositiveRate, own.filter((r) => r.y === 0), positive],
          [group.precision, own.filter(positive), (r: Row) => r.y === 1],
        ] as const) {
          const p = share(base, is);
          t.true(same(rate.value, p));
          if (base.length === 0) continue;
          const weight = base.reduce((sum, r) => sum + r.w, 0);
          const squares = (of: (r: Row) => number): number => base.reduce((sum, r) => sum + (r.w * of(r)) ** 2, 0) / weight ** 2;
          const isMixed = base.some(is) && !base.every(is);
          const effective = isMixed ? (p * (1 - p)) / squares((r) => (is(r) ? 1 : 0) - p) : 1 / squares(() => 1);
          const n = kind === "frequency" ? weight : effective;
          // The interval's ends are where the score test of the rate just holds.
          for (const end of [rate.low, rate.high])
            if (end > 1e-9 && end < 1 - 1e-9) t.true(Math.abs(((p - end) ** 2 * n) / (end * (1 - end)) - normalQuantile(0.975) ** 2) < 1e-6);
        }
        t.true(
          same(
            group.baseRate,
            share(own, (r) => r.y === 1),
          ),
        );
      }
    }),
  );
});

test("weights that go with the label: intervals hold the truth as often as they say, and are not far too wide", (t) => {
  // 5% positives of which 60% are found, 10% false alarms; one negative in ten is kept and weighs 10. Two groups alike.
  const [rows, sets] = [600, 400];
  const random = new RandomStream(27, 4);
  const [precision, parity] = [(0.05 * 0.6) / (0.05 * 0.6 + 0.95 * 0.1), 0];
  let [heldPrecision, heldParity, kish] = [0, 0, 0];
  for (let set = 0; set < sets; set++) {
    const [labels, predictions, groups, weights]: [number[], number[], string[], number[]] = [[], [], [], []];
    while (labels.length < rows) {
      const y = random.uniform() < 0.05 ? 1 : 0;
      if (y === 0 && random.uniform() >= 0.1) continue;
      labels.push(y);
      predictions.push(random.uniform() < (y === 1 ? 0.6 : 0.1) ? 1 : 0);
      groups.push(random.uniform() < 0.5 ? "a" : "b");
      weights.push(y === 1 ? 1 : 10);
    }
    const value = fairness(labels, predictions, groups, { weights });
    const a = value.groups[0]!.precision;
    if (a.low <= precision && precision <= a.high) heldPrecision++;
    const [difference] = value.differences;
    if (difference!.low <= parity && parity <= difference!.high) heldParity++;
    const own = labels.flatMap((_, i) => (groups[i] === "a" && predictions[i] === 1 ? [weights[i]!] : []));
    const n = own.reduce((sum, w) => sum + w, 0) ** 2 / own.reduce((sum, w) => sum + w * w, 0);
    const z = normalQuantile(0.975);
    const wide = (2 * z * Math.sqrt((a.value * (1 - a.value)) / n + (z * z) / (4 * n * n))) / (1 + (z * z) / n);
    if (wide > 1.2 * (a.high - a.low)) kish++;
  }
  // 400 sets: five standard errors are 5.4 points.
  t.true(heldPrecision >= 0.896 * sets, `precision ${heldPrecision}`);
  t.true(heldParity >= 0.896 * sets, `demographic parity ${heldParity}`);
  t.true(kish > 0.8 * sets, `Kish's interval is far wider in ${kish}`);
});

test("a row of frequency weight k is k rows, bit for bit", (t) => {
  fc.assert(
    fc.property(rowsOf(fc.integer({ min: 1, max: 4 })), (rows) => {
      const copies = rows.flatMap((r) => Array<Row>(r.w).fill({ ...r, w: 1 }));
      const bare = (value: FairnessValue): unknown => ({ ...value, groups: value.groups.map((g) => ({ ...g, rows: 0 })) });
      t.deepEqual(bare(of(rows, "frequency")), bare(of(copies, "frequency", false)));
    }),
  );
});

test("merges in any order give the bits and the bytes of the whole", (t) => {
  const accumulate = (rows: readonly Row[]): FairnessAccumulator => {
    const made = new FairnessAccumulator({ threshold: 0.3 });
    made.update(
      rows.map((r) => r.y),
      rows.map((r) => r.p),
      rows.map((r) => r.g),
      rows.map((r) => r.w),
    );
    return FairnessAccumulator.fromMessage(decodeMessage(v1.FairnessAccumulator, encodeMessage(v1.FairnessAccumulator, made.toMessage()), "part"));
  };
  fc.assert(
    fc.property(rowsOf(fc.double({ min: 0, max: 10, noNaN: true })), fc.nat(60), (rows, cut) => {
      const whole = accumulate(rows);
      const merged = accumulate(rows.slice(cut).reverse());
      merged.merge(accumulate(rows.slice(0, cut)));
      t.deepEqual(merged.value(), whole.value());
      t.deepEqual(encodeMessage(v1.FairnessAccumulator, merged.toMessage()), encodeMessage(v1.FairnessAccumulator, whole.toMessage()));
    }),
  );
});

test("the largest differences and their groups; small groups are not compared", (t) => {
  const rows: Row[] = [];
  const add = (g: SliceValue, y: number, p: number, n: number): void => {
    for (let i = 0; i < n; i++) rows.push({ g, y, p, w: 1 });
  };
  add("a", 1, 0.9, 80);
  add("a", 1, 0.1, 20);
  add("a", 0, 0.9, 10);
  add("a", 0, 0.1, 90);
  add("b", 1, 0.9, 50);
  add("b", 1, 0.1, 50);
  add("b", 0, 0.9, 60);
  add("b", 0, 0.1, 40);
  add("c", 1, 0.1, 3);
  const [labels, p, g] = [rows.map((r) => r.y), rows.map((r) => r.p), rows.map((r) => r.g)];
  const [parity, opportunity, odds] = fairness(labels, p, g, { minRows: 10 }).differences;
  t.deepEqual([parity!.name, parity!.most, parity!.least], ["demographicParity", "b", "a"]);
  t.true(same(parity!.value, 0.55 - 0.45));
  t.deepEqual([opportunity!.name, opportunity!.most, opportunity!.least], ["equalOpportunity", "a", "b"]);
  t.true(same(opportunity!.value, 0.3));
  // Newcombe 1998, method 10, for 80 of 100 against 50 of 100: 0.17 to 0.42.
  t.true(Math.abs(opportunity!.low - 0.1697) < 0.002 && Math.abs(opportunity!.high - 0.4167) < 0.003, `${opportunity!.low} ${opportunity!.high}`);
  t.deepEqual([odds!.name, odds!.most, odds!.least], ["equalizedOdds", "b", "a"]);
  t.true(same(odds!.value, 0.5) && odds!.low > 0.3);
  t.is(fairness(labels, p, g).differences[1]!.least, "c");
  const [alone] = fairness([1], [1], ["a"]).differences;
  t.deepEqual([alone!.value, alone!.most], [Number.NaN, undefined]);
  const [alike] = fairness([1, 1], [1, 1], ["a", "b"]).differences;
  t.deepEqual([alike!.value, alike!.most, alike!.least], [0, "a", "b"]);
});

test("wrong input and damaged messages are refused", (t) => {
  const code = (f: () => unknown): string | undefined => t.throws(f, { instanceOf: CrossbillError })?.code;
  t.is(
    code(() => fairness([1], [0.5], ["a"], { threshold: 2 })),
    "E_THRESHOLD_RANGE",
  );
  t.is(
    code(() => fairness([1], [0.5], [])),
    "E_LENGTH_MISMATCH",
  );
  t.is(
    code(() => fairness([2], [0.5], ["a"])),
    "E_LABEL_RANGE",
  );
  t.is(
    code(() => fairness([1], [0.5], [true as unknown as string])),
    "E_SLICE_VALUE",
  );
  const made = new FairnessAccumulator();
  made.update([1], [0.5], ["a"]);
  const message = made.toMessage();
  t.is(
    code(() => FairnessAccumulator.fromMessage({ ...message, formatVersion: 2 })),
    "E_MESSAGE_VERSION",
  );
  t.is(
    code(() => FairnessAccumulator.fromMessage({ ...message, groups: [...message.groups!, ...message.groups!] })),
    "E_MESSAGE_CORRUPT",
  );
  t.is(
    code(() => FairnessAccumulator.fromMessage({ ...message, groups: [{ ...message.groups![0], weights: [] }] })),
    "E_MESSAGE_CORRUPT",
  );
  t.is(
    code(() => made.merge(new FairnessAccumulator({ threshold: 0.1 }))),
    "E_ACCUMULATOR_MISMATCH",
  );
});
